"""Addresses are read as they are written, or not at all."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.errors import BadInputError, LabError, RuleError
from lab.outside.urls import is_of_origin, read_url, redirected

HOSTS = st.from_regex(
    r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{1,8})?", fullmatch=True
)
PATHS = st.from_regex(r"(/[A-Za-z0-9._~%!$&'()*+,;=:@-]{0,12}){0,4}", fullmatch=True)
QUERIES = st.from_regex(r"(\?[A-Za-z0-9/?=&+%-]{0,20})?", fullmatch=True)
PORTS = st.one_of(st.none(), st.integers(1, 65535))


def outcome(function, *arguments):
    """What comes back, or the refusal."""
    try:
        return function(*arguments)
    except LabError as refusal:
        return refusal


@pytest.mark.parametrize(
    ("text", "endpoint", "target"),
    [
        ("http://pki.example", "pki.example:80", "/"),
        ("HTTP://PKI.example/Ca.crl", "pki.example:80", "/Ca.crl"),
        ("http://pki.example:8501/a/b?c=d", "pki.example:8501", "/a/b?c=d"),
        ("http://pki.example?c", "pki.example:80", "/?c"),
        ("http://pki.example/a#part", "pki.example:80", "/a"),
        ("http://[fd00::1]/", "[fd00::1]:80", "/"),
        ("http://[fd00::1]:88/", "[fd00::1]:88", "/"),
        ("  http://127.0.0.1:1/x ", "127.0.0.1:1", "/x"),
        ("http://pki.example/a%20b", "pki.example:80", "/a%20b"),
    ],
)
def test_an_address_is_read(text, endpoint, target):
    found = read_url(text)

    assert (str(found.endpoint), found.target) == (endpoint, target)
    assert read_url(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "http:///path",
        "http:/pki.example",
        "//pki.example/",
        "pki.example/ocsp",
        "ftp://pki.example/",
        "file:///etc/passwd",
        "ldap:///CN=CA?certificateRevocationList",
        "http://pki.example:/",
        "http://pki.example:0/",
        "http://pki.example:65536/",
        "http://pki.example:99999999999999999999/",
        "http://pki.example:80:80/",
        "http://[::1/",
        "http://::1/",
        "http://[pki.example]/",
        "http://pki.example/a b",
        "http://pki.example/a\tb",
        "http://pki.example/\r\nHost: other",
        "http://pki.example/\n",
        "http://pki.example\\@other/",
        "http://pki.example/\\..\\",
        "http://pki.example/\0",
        "http://pki.example/ä",
        "http://pki。example/",
        'http://pki.example/"<>',
        "http://pki.example/" + "a" * 9000,
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadInputError) as caught:
        read_url(text)

    assert "no address that can be asked over HTTP" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_https_is_refused_with_the_reason():
    with pytest.raises(RuleError) as caught:
        read_url("HTTPS://pki.example/ocsp")

    assert "'HTTPS://pki.example/ocsp' is an https address" in str(caught.value)
    assert "RFC 5280 section 8" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["http://me@pki.example/", "http://me:secret@pki.example/", "http://@x/"]
)
def test_a_user_is_refused(text):
    with pytest.raises(RuleError, match="names a user"):
        read_url(text)


def test_an_at_sign_in_the_path_names_no_user():
    assert read_url("http://pki.example/a@b").endpoint.host == "pki.example"


@given(HOSTS, PORTS, PATHS, QUERIES)
def test_what_is_well_written_is_read_as_others_read_it(host, port, path, query):
    text = f"http://{host}{'' if port is None else f':{port}'}{path}{query}"

    found = read_url(text)

    theirs = urlsplit(text)
    assert found.endpoint == (theirs.hostname, theirs.port or 80)
    assert found.target == (theirs.path or "/") + (query if query != "?" else "?")
    assert read_url(str(found)) == found


@given(st.one_of(st.text(), st.text().map(lambda rest: "http://" + rest)))
@example("http://\u2100.example/")
@example("http://a\u200b/")
@example("http://xn--/")
@example("http://[::ffff:1.2.3.4]/")
def test_whatever_is_written_is_read_or_refused(text):
    """What is read has no byte in it that could begin another header."""
    found = outcome(read_url, text)

    if isinstance(found, LabError):
        assert found.hint
        return
    assert str(found).isascii()
    assert all("!" <= letter <= "~" for letter in str(found))
    assert "@" not in str(found.endpoint)
    assert 1 <= found.endpoint.port <= 65535
    assert read_url(str(found)) == found


@given(st.text(max_size=60))
@example("//other.example/x")
@example("http://[")
@example("http://me@other.example/")
@example("\\\\other.example\\x")
@example("?x")
@example("#x")
def test_a_redirect_goes_to_an_address_or_is_refused(location):
    found = outcome(redirected, read_url("http://pki.example/a/b"), location)

    if isinstance(found, LabError):
        assert found.hint
        return
    assert read_url(str(found)) == found


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("/c", "http://pki.example/c"),
        ("c", "http://pki.example/a/c"),
        ("//other.example/c", "http://other.example/c"),
        ("http://other.example:81", "http://other.example:81/"),
        ("?q", "http://pki.example/a/b?q"),
    ],
)
def test_a_redirect_may_be_relative(location, where):
    there = read_url("http://pki.example/a/b")

    assert str(redirected(there, location)) == where


@pytest.mark.parametrize(
    ("base", "is_own"),
    [
        ("http://pki.example:8501", True),
        ("http://PKI.example:8501/", True),
        ("http://pki.example:8501/sub", True),
        ("http://pki.example", False),
        ("http://pki.example:8502", False),
        ("http://pki.example.evil:8501", False),
        ("http://evil/pki.example:8501", False),
        ("https://pki.example:8501", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_an_origin_is_a_host_and_a_port(base, is_own):
    url = read_url("http://pki.example:8501/pki/ocsp")

    assert is_of_origin(url, base) is is_own


def test_a_long_address_is_shown_by_its_beginning():
    url = read_url("http://pki.example/" + "a" * 500)

    assert len(url.shown) == 201
