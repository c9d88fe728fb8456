"""One HTTP request: whatever a server does, it ends in time, and in plain words."""

import socket
import struct
import threading
import time
from ipaddress import ip_network

import pytest

from lab.errors import BadInputError, RuleError, UnreachableError
from lab.outside.fetch import fetch

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SOON = 0.7  # seconds allowed where nothing will come
SLACK = 2  # of a machine that is busy with other tests
OK = b"HTTP/1.1 200 OK\r\n"


def asked(url, *, seconds=5, allowed=LOOPBACK, **more):
    """`fetch`, which must not take longer than it may."""
    began = time.monotonic()
    try:
        return fetch(url, allowed=allowed, seconds=seconds, **more)
    finally:
        assert time.monotonic() - began < seconds + SLACK


def refusal(url, kind=BadInputError, **more):
    with pytest.raises(kind) as caught:
        asked(url, **more)
    assert type(caught.value) is kind
    assert caught.value.hint.endswith(".")
    assert str(caught.value).isprintable()
    return str(caught.value)


def read_all(connection):
    """The question: its head, and as much of a body as the head says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head, body


@pytest.fixture
def http_server(plain_server):
    """Say these bytes to everybody, or those that a function makes of the question."""

    def start(said, path="/x"):
        def talk(connection):
            head, body = read_all(connection)
            connection.sendall(said(head, body) if callable(said) else said)

        return f"http://{plain_server(talk)}{path}"

    return start


def at_loopback(port):
    """A resolver that knows every name, and puts it on this machine."""
    return lambda *_, **__: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    ]


def never_resolve(*_, **__):
    raise AssertionError("nobody was to be asked for the name")


# -- answers ---------------------------------------------------------------------------


def test_an_answer_is_returned_with_what_stands_around_it(http_server):
    url = http_server(
        OK + b"Content-Type: Application/OCSP-Response; x=1\r\n"
        b"X-Note: two  words\r\nContent-Length: 3\r\n\r\nabc"
    )

    found = asked(url)

    assert (found.http_status, found.body) == (200, b"abc")
    assert found.content_type == "application/ocsp-response"
    assert ("X-Note", "two  words") in found.headers
    assert (found.url, found.address, found.redirects) == (url, "127.0.0.1", ())
    assert 0 <= found.milliseconds < 5000


def test_a_question_by_get_names_the_host_and_nothing_of_the_lab(http_server):
    heads = []
    url = http_server(lambda head, _: heads.append(head) or OK + b"\r\n", "/a?b=c#d")

    asked(url)

    lines = heads[0].decode().split("\r\n")
    host = url.removeprefix("http://").split("/")[0]
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert f"Host: {host}" in lines
    assert "Connection: close" in lines
    assert not [line for line in lines if line.lower().startswith(("cookie", "auth"))]


def test_a_body_is_sent_by_post(http_server):
    seen = []
    url = http_server(lambda head, body: seen.append((head, body)) or OK + b"\r\n")

    asked(url, body=b"\0\xffquestion", content_type="application/ocsp-request")

    head, body = seen[0]
    assert head.startswith(b"POST /x HTTP/1.1")
    assert b"Content-Type: application/ocsp-request" in head
    assert body == b"\0\xffquestion"


def test_an_empty_body_is_a_body(http_server):
    url = http_server(lambda head, _: OK + b"\r\n" + head.split()[0])

    assert asked(url, body=b"").body == b"POST"


@pytest.mark.parametrize("status", [201, 204, 304, 400, 404, 429, 500, 503])
def test_every_status_is_an_answer(http_server, status):
    url = http_server(b"HTTP/1.1 %d What\r\nContent-Length: 0\r\n\r\n" % status)

    assert asked(url).http_status == status


@pytest.mark.parametrize(
    "said",
    [
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n",
        OK + b"\r\nabc",
        b"HTTP/1.0 200 OK\r\n\r\nabc",
        OK + b"Content-Length: 3\r\n\r\nabc and what nobody reads",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 3\r\n\r\nabc",
        OK + b"content-length: 3\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["chunked", "until the end", "HTTP/1.0", "more", "continue", "twice the same"],
)
def test_a_body_is_framed_in_several_ways(http_server, said):
    assert asked(http_server(said)).body == b"abc"


def test_the_environment_names_no_proxy(http_server, plain_server, monkeypatch):
    visits = []
    proxy = plain_server(visits.append)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{proxy}")
    monkeypatch.delenv("no_proxy", raising=False)

    assert asked(http_server(OK + b"\r\nabc")).body == b"abc"
    assert not visits


def test_headers_that_are_not_to_be_shown_are_shown_escaped(http_server):
    found = asked(http_server(OK + b"X: a\x1b[2Jb\xe9\r\n\r\n"))

    assert found.headers == (("X", r"a\1B[2Jbé"),)


# -- answers that are none -------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
        b"220 mail ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 20000 OK\r\n\r\n",
        b"\r\n\r\n",
        OK + b"X: " + b"y" * 70000 + b"\r\n\r\n",
        OK + b"X: y\r\n" * 200 + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
        b"\0" * 100,
    ],
    ids=lambda said: repr(said[:30]),
)
def test_what_is_no_http_is_quoted(http_server, said):
    words = refusal(http_server(said))

    assert "does not answer as HTTP has it; it begins: " in words
    assert len(words) < 300


@pytest.mark.parametrize(
    "said",
    [
        OK + b"Content-Length: -1\r\n\r\nabc",
        OK + b"Content-Length: 3, 3\r\n\r\nabc",
        OK + b"Content-Length: +3\r\n\r\nabc",
        OK + b"Content-Length: 0x3\r\n\r\nabc",
        OK + b"Content-Length: three\r\n\r\nabc",
        OK + b"Content-Length: 1_0\r\n\r\nabc",
        OK + b"Content-Length: \xb3\r\n\r\nabc",
        OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nabc",
        OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK
        + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Content-Encoding: gzip\r\n\r\nabc",
    ],
    ids=lambda said: repr(said[17:60]),
)
def test_a_frame_that_can_be_read_in_two_ways_is_refused(http_server, said):
    assert "frames its answer in a way that is not clear: " in refusal(
        http_server(said)
    )


@pytest.mark.parametrize(
    "said",
    [
        OK + b"Content-Length: 30\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["length", "chunk", "no last chunk", "no chunk", "no chunk at all"],
)
def test_a_body_that_is_cut_short_is_no_answer(http_server, said):
    words = refusal(http_server(said))

    assert "bytes came" in words or "are missing" in words


def test_headers_that_are_cut_short_are_headers_of_an_empty_answer(http_server):
    """As every browser has it; nothing of use can come of it."""
    assert asked(http_server(OK + b"X: y")).body == b""


def test_a_connection_that_is_reset_in_the_middle_is_broken_off(plain_server):
    def talk(connection):
        read_all(connection)
        connection.sendall(OK + b"Content-Length: 30\r\n\r\nabc")
        time.sleep(0.2)
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )

    words = refusal(f"http://{plain_server(talk)}/")

    assert "breaks off within its answer; 42 bytes came" in words


@pytest.mark.parametrize(
    "talk",
    [
        lambda _: None,
        read_all,
        lambda connection: connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        ),
    ],
    ids=["at once", "after the question", "with a reset"],
)
def test_a_connection_that_is_closed_says_nothing(plain_server, talk):
    words = refusal(f"http://{plain_server(talk)}/", UnreachableError)

    assert "closes the connection before it says anything" in words


# -- limits ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
        OK + b"Content-Length: 999999999999999\r\n\r\n",
        OK + b"\r\n" + b"x" * 1001,
        OK
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"1f4\r\n%b\r\n" % (b"x" * 500) * 3
        + b"0\r\n\r\n",
    ],
    ids=["length", "a word only", "until the end", "chunked"],
)
def test_more_than_an_answer_may_have_is_not_taken(http_server, said):
    assert "sends more than an answer may have" in refusal(
        http_server(said), most_bytes=1000
    )


def test_as_much_as_an_answer_may_have_is_taken(http_server):
    url = http_server(OK + b"\r\n" + b"x" * 1000)

    assert len(asked(url, most_bytes=1000).body) == 1000


@pytest.mark.parametrize(
    ("before", "again"),
    [
        (OK + b"\r\n", b"x" * 65536),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10000),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 10000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    ],
    ids=["body", "chunks", "trailers", "continue"],
)
def test_what_never_ends_is_left(plain_server, before, again):
    ended = threading.Event()

    def pour(connection):
        read_all(connection)
        try:
            connection.sendall(before)
            while True:
                connection.sendall(again)
        except OSError:
            ended.set()

    words = refusal(f"http://{plain_server(pour)}/", most_bytes=100_000)

    assert "sends more than an answer may have" in words
    assert ended.wait(5)


def test_a_server_that_never_answers_is_left_in_time(plain_server):
    url = f"http://{plain_server(lambda connection: _wait(connection))}/"

    assert refusal(url, UnreachableError, seconds=SOON) == (
        f"{url} gives no answer within 0.7 seconds"
    )


@pytest.mark.parametrize(
    "said",
    [
        OK + b"Content-Length: 90000\r\n\r\n" + b"x" * 90000,
        OK + b"X: " + b"y" * 60000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 9000,
    ],
    ids=["body", "header", "chunks"],
)
def test_a_server_that_drips_does_not_stretch_the_limit(plain_server, said):
    def drip(connection):
        read_all(connection)
        for byte in said:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    words = refusal(f"http://{plain_server(drip)}/", UnreachableError, seconds=SOON)

    assert "has not ended its answer after 0.7 seconds; " in words


def test_a_server_that_reads_nothing_does_not_stretch_the_limit(plain_server):
    url = f"http://{plain_server(lambda _: time.sleep(5))}/"

    words = refusal(url, UnreachableError, seconds=SOON, body=b"x" * 50_000_000)

    assert "within 0.7 seconds" in words


def test_a_name_that_takes_too_long_is_left_in_time():
    words = refusal(
        "http://slow.test/",
        UnreachableError,
        seconds=SOON,
        resolve=lambda *_, **__: time.sleep(5),
    )

    assert words == "http://slow.test/ gives no answer within 0.7 seconds"


def test_redirects_share_one_limit(plain_server):
    def talk(connection):
        read_all(connection)
        time.sleep(0.4)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n")

    url = f"http://{plain_server(talk)}/"

    assert "within 0.7 seconds" in refusal(url, UnreachableError, seconds=SOON)


def _wait(connection):
    while connection.recv(65536):
        pass


# -- where one may ask -----------------------------------------------------------------


def test_a_port_where_nobody_listens_refuses():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    words = refusal(f"http://127.0.0.1:{port}/", UnreachableError)

    assert words == f"127.0.0.1:{port} refuses the connection"


def test_a_name_without_an_address_is_nobody():
    def resolve(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    words = refusal("http://nobody.test/", UnreachableError, resolve=resolve)

    assert words == "nobody.test has no address: Name or service not known"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://0xa9fea9fe/",
        "http://8.8.8.8/",
        "http://[fe80::1]/",
    ],
)
def test_an_address_outside_the_allowed_ones_is_not_spoken_to(url):
    assert "and the lab may not speak to that" in refusal(url, RuleError)


def test_nothing_is_allowed_that_was_not(http_server):
    url = http_server(OK + b"\r\n")

    assert "may not speak to that" in refusal(url, RuleError, allowed=())


def test_the_labs_own_address_is_always_allowed(http_server):
    url = http_server(OK + b"\r\nabc")
    own = url.removesuffix("/x")

    assert asked(url, allowed=(), own=own).body == b"abc"
    assert "may not speak to that" in refusal(
        url, RuleError, allowed=(), own=own.replace("127.0.0.1", "localhost")
    )


def test_a_name_that_is_at_a_forbidden_address_is_not_spoken_to(http_server):
    port = int(http_server(OK + b"\r\n").split(":")[2].removesuffix("/x"))

    words = refusal(
        f"http://inside.test:{port}/",
        RuleError,
        allowed=[ip_network("192.0.2.0/24")],
        resolve=at_loopback(port),
    )

    assert "inside.test" in words
    assert "is at 127.0.0.1, and the lab may not speak to that" in words


def test_a_name_is_resolved_once_so_that_a_second_answer_changes_nothing(http_server):
    port = int(http_server(OK + b"\r\nabc").split(":")[2].removesuffix("/x"))
    answers = [("127.0.0.1", port), ("169.254.169.254", port)]
    rows = iter(answers)

    def resolve(*_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(rows))]

    assert asked(f"http://twice.test:{port}/", resolve=resolve).body == b"abc"
    assert next(rows) == answers[1]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://me@127.0.0.1/", "https://[::1]:8443/"]
)
def test_what_may_not_be_asked_is_refused_before_a_name_is_resolved(url):
    refusal(url, RuleError, resolve=never_resolve)


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/", "http://a/\r\nX: y"])
def test_what_is_no_address_is_refused_before_a_name_is_resolved(url):
    refusal(url, BadInputError, resolve=never_resolve)


# -- redirects -------------------------------------------------------------------------


def redirect(location, status=302):
    return b"HTTP/1.1 %d Go\r\nLocation: %b\r\n\r\n" % (status, location.encode())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(http_server, status):
    target = http_server(OK + b"\r\nabc")
    url = http_server(redirect(target, status))

    found = asked(url)

    assert (found.body, found.url, found.redirects) == (b"abc", target, (url,))


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_question_is_followed(http_server, status):
    target = http_server(lambda _, body: OK + b"\r\n" + body)
    url = http_server(redirect(target, status))

    assert asked(url, body=b"question").body == b"question"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_drops_the_question_is_not(http_server, status):
    url = http_server(redirect("/other", status))

    words = refusal(url, body=b"question")

    assert (
        words
        == f"{url} answers a question with HTTP {status}, which drops the question"
    )


@pytest.mark.parametrize(
    ("location", "kind", "words"),
    [
        ("http://169.254.169.254/", RuleError, "may not speak to that"),
        ("http://8.8.8.8/", RuleError, "may not speak to that"),
        ("https://127.0.0.1/", RuleError, "is an https address"),
        ("http://me@127.0.0.1/", RuleError, "names a user"),
        ("file:///etc/passwd", BadInputError, "no address that can be asked"),
        ("gopher://127.0.0.1:25/x", BadInputError, "no address that can be asked"),
        ("http://[", BadInputError, "no address that can be asked"),
        ("http://127.0.0.1/a b", BadInputError, "no address that can be asked"),
    ],
)
def test_each_redirect_is_judged_anew(http_server, location, kind, words):
    assert words in refusal(http_server(redirect(location)), kind)


def test_the_labs_own_address_opens_no_door_to_others(http_server):
    other = http_server(OK + b"\r\nsecret")
    url = http_server(redirect(other))
    own = url.removesuffix("/x")

    assert "may not speak to that" in refusal(url, RuleError, allowed=(), own=own)


def test_a_circle_ends(http_server):
    words = refusal(http_server(redirect("/x")), most_redirects=3)

    assert "sends on to another address, after 3 redirects" in words


def test_no_redirect_may_be_allowed(http_server):
    words = refusal(http_server(redirect("/x")), most_redirects=0)

    assert "sends on to another address, after 0 redirects" in words


def test_a_redirect_without_a_place_is_an_answer(http_server):
    assert asked(http_server(b"HTTP/1.1 302 Found\r\n\r\n")).http_status == 302
