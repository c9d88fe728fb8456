"""Requests that no decent client sends: each is refused, and none does more."""

import base64
import os
import resource
import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.x509 import ocsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.pki import ocsp as ours
from lab.pki.der import OCTET_STRING, OID, SEQUENCE, wrap
from lab.pki.ocsp import cert_id
from lab.web import posted
from tests.revocation_site import issuer_der
from tests.web.responding import POST_PATH, TYPE, post, word_of

MALFORMED, UNAUTHORIZED = "MALFORMED_REQUEST", "UNAUTHORIZED"
STATUSES = {"GOOD", "REVOKED", "UNKNOWN", MALFORMED, UNAUTHORIZED}
SHA1 = wrap(SEQUENCE, wrap(OID, bytes.fromhex("2b0e03021a")) + b"\x05\x00")
NONCE = bytes.fromhex("2b0601050507300102")
FOREIGN_OID = bytes.fromhex("2b06010401fd5901")
CRITICAL = b"\x01\x01\xff"


def octets(data):
    return wrap(OCTET_STRING, data)


def sequence(*parts):
    return wrap(SEQUENCE, b"".join(parts))


def extension(oid, value, critical=b""):
    return sequence(wrap(OID, oid), critical, octets(value))


class Parts:
    """A request as its parts, of which some may be wrong."""

    def __init__(self, asking):
        self.good = asking.request()
        wanted = cert_id(asking.leaf().der, issuer_der(asking.lab, "issuing"))
        self.name, self.key = octets(wanted.name_hash), octets(wanted.key_hash)
        size = wanted.serial.bit_length() // 8 + 1
        self.serial = wrap(2, wanted.serial.to_bytes(size, signed=True))
        self.id = self.id_of()
        self.ids = wanted

    def id_of(self, algorithm=SHA1, name=None, key=None, serial=None):
        return sequence(
            algorithm, name or self.name, key or self.key, serial or self.serial
        )

    def of(self, *requests, before=b"", after=b"", signature=b""):
        tbs = sequence(before, sequence(*requests), after)
        return sequence(tbs, signature)

    def single(self, **more):
        return self.of(sequence(self.id_of(**more)))

    def with_extensions(self, *extensions):
        return self.of(sequence(self.id), after=wrap(0xA2, sequence(*extensions)))

    def with_nonce(self, size):
        return self.with_extensions(extension(NONCE, octets(b"n" * size)))

    def with_single_extension(self, *extensions):
        return self.of(sequence(self.id, wrap(0xA0, sequence(*extensions))))

    def signed(self, signature=b"not a signature"):
        algorithm = sequence(wrap(OID, bytes.fromhex("2a864886f70d01010b")))
        return self.of(
            sequence(self.id),
            before=wrap(0xA1, wrap(0xA4, sequence())),
            signature=wrap(0xA0, sequence(algorithm, wrap(3, b"\x00" + signature))),
        )


def sha224(parts):
    oid = wrap(OID, bytes.fromhex("608648016503040204"))
    return parts.single(
        algorithm=sequence(oid), name=octets(b"n" * 28), key=octets(b"k" * 28)
    )


def of_serial(content):
    return lambda parts: parts.single(serial=wrap(2, content))


# What is posted, and the status of OCSP that answers it.
BODIES = {
    "nothing at all": (lambda _: b"", MALFORMED),
    "one zero octet": (lambda _: b"\x00", MALFORMED),
    "text": (lambda _: b"hello", MALFORMED),
    "a web page": (lambda _: b"<html></html>", MALFORMED),
    "a form": (lambda _: b"a=b&c=d", MALFORMED),
    "JSON": (lambda _: b'{"serial": 1}', MALFORMED),
    "base64 in place of DER": (lambda p: base64.b64encode(p.good), MALFORMED),
    "PEM": (lambda _: b"-----BEGIN OCSP REQUEST-----\n", MALFORMED),
    "an empty sequence": (lambda _: sequence(), MALFORMED),
    "an empty request": (lambda _: sequence(sequence()), MALFORMED),
    "an empty list": (lambda p: p.of(), MALFORMED),
    "a list of nothing": (lambda p: p.of(sequence()), MALFORMED),
    "a certificate": (lambda p: p.certificate, MALFORMED),
    "an OCSP response": (lambda _: ours.refusal("tryLater"), MALFORMED),
    "cut in the middle": (lambda p: p.good[: len(p.good) // 2], MALFORMED),
    "cut by one octet": (lambda p: p.good[:-1], MALFORMED),
    "one octet too many": (lambda p: p.good + b"\x00", MALFORMED),
    "twice in one body": (lambda p: p.good * 2, MALFORMED),
    "an indefinite length": (lambda p: b"\x30\x80" + p.good[2:] + bytes(2), MALFORMED),
    "a length of four gigabytes": (lambda _: b"\x30\x84\xff\xff\xff\xff", MALFORMED),
    "a length of many octets": (lambda _: b"\x30\xff" + b"\xff" * 127, MALFORMED),
    "a high tag number": (lambda _: b"\x3f\x81\x01\x00", MALFORMED),
    "ten thousand sequences in one another": (
        lambda _: b"\x30\x80" * 10_000,
        MALFORMED,
    ),
    "sequences to the bottom": (lambda _: nested(60), MALFORMED),
    "a set for a sequence": (lambda p: b"\x31" + p.good[1:], MALFORMED),
    "version 1": (
        lambda p: p.of(sequence(p.id), before=wrap(0xA0, b"\x02\x01\x00")),
        "GOOD",
    ),
    "version 2": (
        lambda p: p.of(sequence(p.id), before=wrap(0xA0, b"\x02\x01\x01")),
        MALFORMED,
    ),
    "no serial number": (of_serial(b""), MALFORMED),
    "a negative serial number": (of_serial(b"\x80"), "UNKNOWN"),
    "the serial number zero": (of_serial(b"\x00"), "UNKNOWN"),
    "a serial number of 20 octets": (of_serial(b"\x7f" * 20), "UNKNOWN"),
    "a serial number of 10,000 octets": (of_serial(b"\x7f" * 10_000), "UNKNOWN"),
    "a serial number that is text": (
        lambda p: p.single(serial=octets(b"1")),
        MALFORMED,
    ),
    "an issuer of nobody": (lambda p: p.single(name=octets(b"x" * 20)), UNAUTHORIZED),
    "a key of nobody": (lambda p: p.single(key=octets(b"x" * 20)), UNAUTHORIZED),
    "hashes of no octets": (
        lambda p: p.single(name=octets(b""), key=octets(b"")),
        UNAUTHORIZED,
    ),
    "hashes of 20,000 octets": (
        lambda p: p.single(name=octets(b"x" * 20_000), key=octets(b"x" * 20_000)),
        UNAUTHORIZED,
    ),
    "the hash of SHA-1 under another name": (
        lambda p: p.single(algorithm=sequence(wrap(OID, b"\x2a\x03"))),
        UNAUTHORIZED,
    ),
    "MD5": (
        lambda p: p.single(
            algorithm=sequence(wrap(OID, bytes.fromhex("2a864886f70d0205")))
        ),
        UNAUTHORIZED,
    ),
    "SHA-224": (sha224, UNAUTHORIZED),
    "an OID that is cut": (
        lambda p: p.single(algorithm=sequence(wrap(OID, b"\x2a\x86"))),
        MALFORMED,
    ),
    "an OID of 1,000 octets": (
        lambda p: p.single(algorithm=sequence(wrap(OID, b"\x81" * 999 + b"\x01"))),
        MALFORMED,
    ),
    "a hash with parameters": (
        lambda p: p.single(
            algorithm=sequence(wrap(OID, bytes.fromhex("2b0e03021a")), octets(b"x"))
        ),
        MALFORMED,
    ),
    "a hash without its NULL": (
        lambda p: p.single(algorithm=sequence(wrap(OID, bytes.fromhex("2b0e03021a")))),
        "GOOD",
    ),
    "a nonce of 0 octets": (lambda p: p.with_nonce(0), MALFORMED),
    "a nonce of 1 octet": (lambda p: p.with_nonce(1), "GOOD"),
    "a nonce of 32 octets": (lambda p: p.with_nonce(32), "GOOD"),
    "a nonce of 127 octets": (lambda p: p.with_nonce(127), "GOOD"),
    "a nonce of 128 octets": (lambda p: p.with_nonce(128), "GOOD"),
    "a nonce of 129 octets": (lambda p: p.with_nonce(129), MALFORMED),
    "a nonce of 60,000 octets": (lambda p: p.with_nonce(60_000), MALFORMED),
    "a nonce that is not wrapped": (
        lambda p: p.with_extensions(extension(NONCE, b"n" * 32)),
        MALFORMED,
    ),
    "a nonce with something after it": (
        lambda p: p.with_extensions(extension(NONCE, octets(b"n") + b"\x05\x00")),
        MALFORMED,
    ),
    "two nonces": (
        lambda p: p.with_extensions(*[extension(NONCE, octets(b"n"))] * 2),
        MALFORMED,
    ),
    "a critical nonce": (
        lambda p: p.with_extensions(extension(NONCE, octets(b"n"), CRITICAL)),
        "GOOD",
    ),
    "a critical unknown extension": (
        lambda p: p.with_extensions(extension(FOREIGN_OID, b"\x05\x00", CRITICAL)),
        MALFORMED,
    ),
    "a critical unknown extension of one certificate": (
        lambda p: p.with_single_extension(
            extension(FOREIGN_OID, b"\x05\x00", CRITICAL)
        ),
        MALFORMED,
    ),
    "an unknown extension": (
        lambda p: p.with_extensions(extension(FOREIGN_OID, b"\x05\x00")),
        "GOOD",
    ),
    "an unknown extension that says it is not critical": (
        lambda p: p.with_extensions(
            extension(FOREIGN_OID, b"\x05\x00", b"\x01\x01\x00")
        ),
        "GOOD",
    ),
    "an unknown extension of one certificate": (
        lambda p: p.with_single_extension(extension(FOREIGN_OID, b"\x05\x00")),
        "GOOD",
    ),
    "an extension without a value": (
        lambda p: p.with_extensions(sequence(wrap(OID, FOREIGN_OID))),
        MALFORMED,
    ),
    "extensions of no kind": (
        lambda p: p.of(sequence(p.id), after=wrap(0xA2, b"x")),
        MALFORMED,
    ),
    "an unknown tag at the end": (
        lambda p: p.of(sequence(p.id), after=wrap(0xA3, sequence())),
        MALFORMED,
    ),
    "a bad signature": (lambda p: p.signed(), "GOOD"),
    "a signature of 50,000 octets": (lambda p: p.signed(b"s" * 50_000), "GOOD"),
    "something where the signature should be": (
        lambda p: p.of(sequence(p.id), signature=octets(b"s")),
        MALFORMED,
    ),
    "1,000 certificates": (lambda p: thousand(p), "GOOD"),
    "the same certificate 500 times": (
        lambda p: p.of(*[sequence(p.id)] * 500),
        "GOOD",
    ),
    "a certificate of ours and one of others": (
        lambda p: p.of(sequence(p.id), sequence(p.id_of(name=octets(b"x" * 20)))),
        UNAUTHORIZED,
    ),
    "64 KiB less one of zeros": (lambda _: bytes(65_535), MALFORMED),
}


def nested(depth):
    data = b""
    for _ in range(depth):
        data = sequence(data)
    return data


def thousand(parts):
    """So many as fit: their numbers are short ones that nobody has."""
    few = [
        sequence(parts.id_of(serial=wrap(2, bytes([n % 100 + 1])))) for n in range(999)
    ]
    found = parts.of(sequence(parts.id), *few)
    assert len(found) <= posted.MOST_OCTETS
    return found


@pytest.fixture
def parts(asking):
    parts = Parts(asking)
    parts.certificate = asking.leaf().der
    return parts


@pytest.mark.parametrize("case", BODIES)
def test_what_is_posted_gets_the_right_status(server, parts, case):
    make, expected = BODIES[case]

    answer = post(server, make(parts))

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/ocsp-response"
    assert first_word(answer.body) == expected


def first_word(body):
    """That of the first certificate, where there are several."""
    response = ocsp.load_der_ocsp_response(body)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return response.response_status.name
    return next(iter(response.responses)).certificate_status.name


def test_there_are_sixty_requests_and_more():
    assert len(BODIES) + len(PATHS) + len(METHODS) + len(TYPES) >= 60


def test_a_thousand_certificates_get_a_thousand_answers(server, parts):
    answer = post(server, thousand(parts))

    found = list(ocsp.load_der_ocsp_response(answer.body).responses)
    assert len(found) == 1000
    assert [each.certificate_status.name for each in found] == ["GOOD"] + [
        "UNKNOWN"
    ] * 999


PATHS = {
    "nothing": ("", MALFORMED),
    "slashes": ("////", MALFORMED),
    "no base64": ("%00%ff", MALFORMED),
    "letters outside of the alphabet": ("!!!!", MALFORMED),
    "a letter beyond ASCII": ("%C3%A9", MALFORMED),
    "one letter": ("M", MALFORMED),
    "padding alone": ("====", MALFORMED),
    "padding in the middle": ("MA==MA==", MALFORMED),
    "the URL-safe alphabet": ("-_-_", MALFORMED),
    "zeros": ("AAAA", MALFORMED),
    "dots": ("../../etc/passwd", MALFORMED),
    "twice encoded": ("%254d%2541", MALFORMED),
    "60,000 letters": ("A" * 60_000, MALFORMED),
}


@pytest.mark.parametrize("case", PATHS)
def test_what_stands_in_a_path_gets_the_right_status(server, case):
    path, expected = PATHS[case]

    answer = server.ask(f"{POST_PATH}/{path}")

    assert answer.status == 200
    assert word_of(answer.body) == expected
    assert answer.headers["Cache-Control"] == "no-store"


METHODS = {
    ("HEAD", ""): "POST",
    ("PUT", ""): "POST",
    ("DELETE", ""): "POST",
    ("PATCH", ""): "POST",
    ("OPTIONS", ""): "POST",
    ("GET", ""): "POST",
    ("HEAD", "/MA"): "GET",
    ("PUT", "/MA"): "GET",
    ("DELETE", "/MA"): "GET",
    ("POST", "/MA"): "GET",
    ("BREW", "/"): "GET, POST",
}


@pytest.mark.parametrize(("method", "rest"), METHODS)
def test_another_method_is_told_which_ones_there_are(server, method, rest):
    line = f"{method} {POST_PATH}{rest} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    received = server.send_raw(line)

    if method == "BREW":  # which the server itself may not know
        assert received.split(b" ")[1] in (b"400", b"405")
        return
    assert received.split(b" ")[1] == b"405"
    assert f"allow: {METHODS[method, rest]}\r\n".encode() in received.lower().replace(
        b"get", b"GET"
    ).replace(b"post", b"POST")


TYPES = {
    "text/plain": 415,
    "application/ocsp-response": 415,
    "application/x-www-form-urlencoded": 415,
    "": 415,
    "application/ocsp-requestx": 415,
    "multipart/form-data; boundary=application/ocsp-request": 415,
    "application/ocsp-request": 200,
    "Application/OCSP-Request; charset=binary": 200,
}


@pytest.mark.parametrize("kind", TYPES)
def test_a_request_has_its_content_type(server, asking, kind):
    answer = post(server, asking.request(), Content_Type=kind)

    assert answer.status == TYPES[kind]


def test_a_path_beside_it_is_not_found(server):
    assert server.ask("/pki/ocspx").status == 404


@pytest.mark.parametrize("size", [65_537, 10**7])
def test_a_body_of_more_than_64_kib_is_refused_before_it_is_read(server, size):
    head = f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n"
    head += f"Content-Length: {size}\r\n\r\n"

    received = server.send_raw(head.encode())

    assert received.split(b" ")[1] == b"413"


def test_64_kib_are_read(server):
    answer = post(server, bytes(65_536))

    assert (answer.status, word_of(answer.body)) == (200, MALFORMED)


def test_chunks_of_more_than_64_kib_are_refused(server):
    head = f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + bytes(0x4000) + b"\r\n"

    received = server.send_raw(head.encode() + chunk * 5)

    assert received.split(b" ")[1] == b"413"


def test_chunks_make_a_whole(server, asking):
    body = asking.request()
    head = f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n"
    head += "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = b"".join(b"1\r\n" + body[n : n + 1] + b"\r\n" for n in range(len(body)))

    received = server.send_raw(head.encode() + chunks + b"0\r\n\r\n")

    assert received.split(b" ")[1] == b"200"
    assert word_of(received.partition(b"\r\n\r\n")[2]) == "GOOD"


def test_a_body_that_comes_too_slowly_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(posted, "_BODY_SECONDS", 0.2)
    head = f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n"

    received = server.send_raw(f"{head}Content-Length: 100\r\n\r\nab".encode())

    assert received.split(b" ")[1] == b"408"


def test_a_client_that_goes_in_the_middle_harms_nobody(server, asking):
    head = f"POST {POST_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n"
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(f"{head}Content-Length: 100\r\n\r\nab".encode())

    assert word_of(post(server, asking.request()).body) == "GOOD"


def test_a_path_of_more_than_64_kib_is_too_long(server):
    answer = server.ask(f"{POST_PATH}/{'A' * 90_000}")

    assert answer.status in (400, 414)


def resident_kib():
    line = Path("/proc/self/statm").read_text().split()[1]
    return int(line) * resource.getpagesize() // 1024


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here")
def test_memory_stays_flat_whatever_is_asked(server, parts):
    def storm(turn):
        for n in range(300):
            post(server, parts.single(serial=wrap(2, b"\x11%03d%03d" % (turn, n))))
            post(server, parts.with_nonce(32)[:-32] + os.urandom(32))
            if n % 10 == 0:
                post(server, parts.single(name=octets(os.urandom(30_000))))
                post(server, of_serial(b"\x11" + os.urandom(30_000))(parts))

    storm(0)
    before = resident_kib()
    for turn in range(1, 4):
        storm(turn)

    # What is kept are answers of 2 KiB or less; the large ones are gone.
    assert resident_kib() - before < 12 * 1024


PROPERTY = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@PROPERTY
@given(body=st.binary(max_size=400))
def test_no_octets_do_more_than_be_answered(server, body):
    answer = post(server, body)

    assert answer.status == 200
    assert first_word(answer.body) in STATUSES


@PROPERTY
@given(data=st.data())
def test_no_change_of_a_request_does_more_than_be_answered(server, asking, data):
    body = bytearray(asking.request(nonce=b"n" * 16))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))

    answer = post(server, bytes(body))

    assert answer.status == 200
    assert first_word(answer.body) in STATUSES


@PROPERTY
@given(text=st.text(max_size=60))
def test_no_path_does_more_than_be_answered(server, text):
    answer = server.ask(f"{POST_PATH}/{quote(text, safe='')}")

    if "\n" in text:  # which is no path at all
        assert answer.status == 404
        return
    assert answer.status == 200
    assert first_word(answer.body) in STATUSES
