"""The chain that a server presents is seen, and no server takes longer than allowed."""

import socket
import struct
import time
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lab.errors import BadInputError, RuleError
from lab.outside.tls_look import look

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
SOON = 0.7  # seconds allowed where nothing will come
SLACK = 2  # of a machine that is busy with other tests
HELLO_REQUEST = bytes.fromhex("160303000400000000")


def at_loopback(port):
    """A resolver that knows every name, and puts it on this machine."""
    return lambda *_, **__: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    ]


def seen(endpoint, *, seconds=5, allowed=LOOPBACK, **more):
    """`look`, which must not take longer than it may."""
    began = time.monotonic()
    try:
        return look(endpoint, allowed=allowed, seconds=seconds, **more)
    finally:
        assert time.monotonic() - began < seconds + SLACK


def refusal(endpoint, kind=BadInputError, **more):
    with pytest.raises(kind) as caught:
        seen(endpoint, **more)
    assert caught.value.hint.endswith(".")
    return str(caught.value)


# -- chains --------------------------------------------------------------------------


def test_a_full_chain_is_seen_as_it_is_presented(tls_server, leaf, intermediate):
    server = tls_server(leaf, intermediate)

    found = seen(server)

    assert found.chain == (leaf.der, intermediate.der)
    assert found.name == server
    assert found.address == "127.0.0.1"
    assert (found.protocol, found.cipher[:4]) == ("TLSv1.3", "TLS_")


def test_a_chain_without_its_intermediate_is_the_leaf_alone(tls_server, leaf):
    assert seen(tls_server(leaf)).chain == (leaf.der,)


def test_a_chain_in_the_wrong_order_stays_so(tls_server, leaf, intermediate, root):
    found = seen(tls_server(leaf, root, intermediate))

    assert found.chain == (leaf.der, root.der, intermediate.der)


def test_an_expired_leaf_is_seen(tls_server, intermediate):
    expired = intermediate.sign("expired.test", days=1)

    assert seen(tls_server(expired, intermediate)).chain[0] == expired.der


def test_a_weak_key_is_seen(tls_server, root):
    weak = root.sign("weak.test", key=rsa.generate_private_key(65537, 1024))

    found = seen(tls_server(weak, options=["-cipher", "ALL:@SECLEVEL=0"]))

    assert found.chain == (weak.der,)


@pytest.mark.parametrize(
    ("options", "protocol"),
    [
        (["-tls1_3"], "TLSv1.3"),
        (["-tls1_2"], "TLSv1.2"),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "TLSv1.1"),
        (["-tls1", "-cipher", "ALL:@SECLEVEL=0"], "TLSv1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_server_of_one_version_is_seen(tls_server, leaf, options, protocol):
    found = seen(tls_server(leaf, options=options))

    assert (found.chain, found.protocol) == ((leaf.der,), protocol)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_server_that_wants_a_client_certificate_has_shown_its_own(
    tls_server, leaf, version
):
    assert seen(tls_server(leaf, options=[version, "-Verify", "1"])).chain == (
        leaf.der,
    )


def test_a_server_on_ipv6_is_seen(tls_server, leaf):
    if not socket.has_ipv6 or not _can_bind_ipv6():
        pytest.skip("this machine has no IPv6")

    found = seen(tls_server(leaf, address="[::1]"))

    assert found.name.startswith("[::1]:")
    assert (found.chain, found.address) == ((leaf.der,), "::1")


def _can_bind_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_the_server_hears_the_name_that_was_asked_for(tls_server, leaf, root, tmp_path):
    own = root.sign("own.test")
    tls_server(own)  # writes the file of its certificate and key
    (tmp_path / "leaf.pem").rename(tmp_path / "named.pem")
    named = str(tmp_path / "named.pem")
    options = ["-servername", "xn--bcher-kva.test", "-cert2", named, "-key2", named]
    _, port = tls_server(leaf, options=options).split(":")

    by_name = seen(f"bücher.test:{port}", resolve=at_loopback(int(port)))
    by_address = seen(f"127.0.0.1:{port}")

    assert (by_name.chain, by_name.name) == ((own.der,), f"xn--bcher-kva.test:{port}")
    assert by_address.chain == (leaf.der,)


def test_no_address_of_a_certificate_is_followed(tls_server, plain_server, root):
    visits = []
    trap = plain_server(visits.append)
    baited = root.sign("baited.test", aia=f"http://{trap}/issuer.cer")

    found = seen(tls_server(baited))

    assert found.chain == (baited.der,)
    assert not visits


# -- servers without a certificate ----------------------------------------------------


def test_a_server_with_anonymous_ciphers_presents_no_certificate(tls_server):
    server = tls_server(options=["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"])

    assert f"{server} presents no certificate: it agreed on A" in refusal(server)


def test_an_alert_is_named(tls_server):
    server = tls_server(options=["-tls1_2"])

    assert refusal(server) == (
        f"{server} ends the TLS handshake with the alert handshake_failure (40)"
    )


def test_an_unknown_alert_is_told_by_its_number(plain_server):
    server = plain_server(_answer(bytes.fromhex("150303000202fe")))

    assert "with the alert unknown (254)" in refusal(server)


def test_more_certificates_than_anybody_needs_are_refused(tls_server, leaf, root):
    many = [root.sign(f"extra {number}", key=root.key) for number in range(400)]

    assert "excessive message size" in refusal(tls_server(leaf, *many))


# -- what is no TLS -------------------------------------------------------------------


def _answer(said):
    """Read what the client says, then say this and close."""

    def talk(connection):
        connection.recv(65536)
        connection.sendall(said)

    return talk


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n", "HTTP/1.1 400 Bad Request"),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian"),
        (b"220 mail ESMTP " + b"x" * 999, "220 mail ESMTP " + "x" * 25),
        (b"\x1b[2J\0\xff\xe2\x80\xae", r"\1B[2J\00\xff\xe2\x80\xae"),
        (b"\x16\x04\x00", r"\16\04\00"),
        (b"\x80\x2e\x01\x00\x02", r"\x80.\01\00\02"),
    ],
    ids=["HTTP", "SSH", "long", "hostile", "no version", "SSL 2"],
)
def test_what_does_not_speak_tls_is_quoted(plain_server, said, shown):
    server = plain_server(_answer(said))

    assert refusal(server) == (f"{server} answers, but not with TLS; it says: {shown}")


def test_a_server_that_closes_at_once_said_nothing(plain_server):
    server = plain_server(lambda connection: connection.recv(65536))

    assert "closes the connection before it says anything" in refusal(server)


def test_a_server_that_resets_said_nothing(plain_server):
    def reset(connection):
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )

    assert "before it says anything" in refusal(plain_server(reset))


def test_a_server_that_stops_within_the_handshake_is_told_from_that(plain_server):
    server = plain_server(_answer(bytes.fromhex("16030300ff")))

    assert "closes the connection within the TLS handshake" in refusal(server)


def test_a_server_that_breaks_the_protocol_is_told_how(plain_server):
    server = plain_server(_answer(bytes.fromhex("160303000401000000")))

    assert f"the TLS handshake with {server} fails: unexpected message" in refusal(
        server
    )


# -- what never ends ------------------------------------------------------------------


def test_a_port_that_never_answers_is_left_in_time(plain_server):
    server = plain_server(
        lambda connection: connection.recv(65536) and _wait(connection)
    )

    assert refusal(server, seconds=SOON) == (
        f"{server} gives no answer within 0.7 seconds"
    )


def test_a_host_that_never_takes_the_connection_is_left_in_time():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        there = full.getsockname()
        with socket.create_connection(there):  # nobody accepts: no room for others
            words = refusal(f"127.0.0.1:{there[1]}", seconds=SOON)

    assert "gives no answer within 0.7 seconds" in words


def test_a_server_that_trickles_does_not_stretch_the_limit(plain_server):
    def trickle(connection):
        for byte in HELLO_REQUEST * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    words = refusal(plain_server(trickle), seconds=SOON)

    assert "gives no answer within 0.7 seconds" in words


def test_a_server_that_never_ends_is_left(plain_server):
    def pour(connection):
        while True:
            connection.sendall(HELLO_REQUEST * 1000)

    assert "bytes, and its TLS handshake goes on" in refusal(plain_server(pour))


def test_a_chain_that_was_seen_in_time_is_returned_though_the_rest_never_comes(
    tls_server, plain_server, leaf
):
    """A relay that falls silent after the server's first flight."""
    host, port = tls_server(leaf, options=["-tls1_2"]).split(":")

    def relay(connection):
        with socket.create_connection((host, int(port))) as server:
            server.sendall(connection.recv(65536))
            server.settimeout(0.3)
            try:
                while data := server.recv(65536):
                    connection.sendall(data)
            except TimeoutError:
                _wait(connection)

    found = seen(plain_server(relay), seconds=SOON)

    assert (found.chain, found.protocol) == ((leaf.der,), "TLSv1.2")


def _wait(connection):
    while connection.recv(65536):
        pass


# -- addresses ------------------------------------------------------------------------


def test_a_port_where_nobody_listens_refuses():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert refusal(f"127.0.0.1:{port}") == f"127.0.0.1:{port} refuses the connection"


def test_an_address_without_a_route_cannot_be_reached():
    # No connection goes to a group: RFC 1122 section 4.2.3.10.
    words = refusal("224.0.0.1:443", allowed=EVERYWHERE)

    assert words.startswith("224.0.0.1:443 cannot be reached: ")


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("8.8.8.8:853", "8.8.8.8"),
        ("169.254.169.254:80", "169.254.169.254"),
        ("0.0.0.0:443", "0.0.0.0"),
        ("134744072:443", "8.8.8.8"),
        ("0x08080808:443", "8.8.8.8"),
        ("010.8.8.8:443", "8.8.8.8"),
        ("8.8:443", "8.0.0.8"),
        ("[::]:443", "::"),
        ("[fe80::1]:443", "fe80::1"),
        ("[::ffff:169.254.169.254]:80", "169.254.169.254"),
        ("[::ffff:8.8.8.8]:443", "8.8.8.8"),
        ("[64:ff9b::a9fe:a9fe]:80", "64:ff9b::a9fe:a9fe"),
        ("[::8.8.8.8]:443", "::808:808"),
    ],
    ids=lambda value: value,
)
def test_an_address_outside_the_allowed_ones_is_not_spoken_to(endpoint, address):
    words = refusal(endpoint, RuleError)

    assert f" is at {address}, and the lab may not speak to that" in words


def test_the_refusal_of_an_address_says_how_to_allow_it():
    with pytest.raises(RuleError) as caught:
        look("8.8.8.8:443", allowed=LOOPBACK)

    assert "python -m lab addresses --allow 8.8.8.8" in caught.value.hint


@pytest.mark.parametrize("address", ["64:ff9b::808:808", "2002:808:808::1"])
def test_ipv4_behind_ipv6_must_be_allowed_too(address):
    nearly = (ip_network("::/0"), ip_network("10.0.0.0/8"))

    assert "may not speak to that" in refusal(
        f"[{address}]:443", RuleError, allowed=nearly
    )


@pytest.mark.parametrize(
    "spelling", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"]
)
def test_every_spelling_of_an_allowed_address_is_taken(tls_server, leaf, spelling):
    _, port = tls_server(leaf).split(":")

    assert seen(f"{spelling}:{port}").chain == (leaf.der,)


def test_only_the_allowed_addresses_of_a_name_are_spoken_to(tls_server, leaf):
    _, port = tls_server(leaf).split(":")
    asked = []

    def resolve(*question, **_):
        asked.append(question)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))
            for address in ("8.8.8.8", "127.0.0.1")
        ]

    found = seen(f"both.test:{port}", resolve=resolve)

    assert found.address == "127.0.0.1"
    assert asked == [("both.test", int(port))]  # a second answer could differ


def test_the_next_address_of_a_name_is_tried(tls_server, leaf):
    _, port = tls_server(leaf).split(":")

    def resolve(*_, **__):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))
            for address in ("127.0.0.2", "127.0.0.1")
        ]

    assert seen(f"two.test:{port}", resolve=resolve).address == "127.0.0.1"


def test_a_name_server_that_never_answers_is_left_in_time():
    def resolve(*_, **__):
        time.sleep(1.5)
        return []

    words = refusal("slow.test", seconds=SOON, resolve=resolve)

    assert words == "slow.test:443 gives no answer within 0.7 seconds"


def test_a_name_that_nobody_has_is_told():
    def resolve(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert refusal("no.test", resolve=resolve) == (
        "no.test has no address: Name or service not known"
    )


# -- endpoints ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("node.test:8443", "node.test:8443"),
        ("  node.test\n", "node.test:443"),
        ("https://node.test", "node.test:443"),
        ("HTTPS://node.test:8443/ccmadmin/?a=b:c@d#e", "node.test:8443"),
        ("https://[::1]/x", "[::1]:443"),
        ("[::1]:8443", "[::1]:8443"),
        ("[fe80::1%lo]", "[fe80::1%lo]:443"),
        ("証明書.test:1", "xn--2hv5tk06f.test:1"),
        ("under_score.test:65535", "under_score.test:65535"),
        ("node.test.:443", "node.test.:443"),
    ],
    ids=lambda value: value.strip(),
)
def test_an_endpoint_is_read(text, name):
    words = refusal(text, RuleError, allowed=(), resolve=at_loopback(1))

    assert words.startswith(f"{name} is at 127.0.0.1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ":443",
        "node.test:",
        "node.test:99999999",
        "node.test:\uff14\uff14\uff13",
        "node.test:-1",
        "node.test/x",
        "http://node.test",
        "ldaps://node.test:636",
        "https://user:password@node.test",
        "user@node.test",
        "::1",
        "fe80::1:8443",
        "[::1",
        "[127.0.0.1]:443",
        "[node.test]:443",
        "two words:443",
        "a\0b:443",
        "a\x1b[2J:443",
        "-e `id`:443",
        "..",
        "a..b:443",
        "x" * 64 + ".test",
        ".".join(["x"] * 200),
        "x" * 100_000,
        "\ud800.test",
        "\u202enode.test",
        "file:///etc/passwd",
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_endpoint_is_refused(text):
    words = refusal(text, resolve=at_loopback(1))

    assert words.endswith(" names no TLS endpoint")
    assert len(words) < 200
    assert words.isprintable()


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_out_of_range_is_refused(port):
    assert refusal(f"node.test:{port}") == f"{port} is not a port"
