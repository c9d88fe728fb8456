"""PKCS#7 and its like: files that are nothing but certificates, in and out."""

from collections.abc import Iterable, Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lab.errors import BadInputError
from lab.pki.der import OID, SEQUENCE, expect
from lab.pki.kinds import elements
from lab.pki.loading import UNREADABLE, quietly

MAX_CERTIFICATES = 300_000  # in one structure; the largest file has no room for more
_CERTIFICATES = 0xA0  # context tag of SignedData.certificates


def pkcs7_certificates(der: bytes) -> Iterator[bytes]:
    """Yield the certificates of a PKCS#7 structure as they stand in it.

    Raises BadInputError when there is none, before it yields any.
    """
    try:
        start, end = _certificates(der)
        count = _count(der, start, end)
    except (ValueError, IndexError):
        loaded = _lenient_pkcs7(der)
        if not loaded:
            raise _nothing() from None
        yield from loaded
        return
    if not count:
        raise _nothing()
    yield from _cut(der, start, end)


def path_certificates(der: bytes) -> Iterator[bytes]:
    """Yield the certificates of a PkiPath, a SEQUENCE OF them (X.509 section 7).

    Raises BadInputError for anything else, before it yields any.
    """
    try:
        start, end = expect(der, 0, SEQUENCE)
        _count(der, start, end)
    except ValueError:
        raise BadInputError(
            "the certificate path is broken", hint="Copy the file again."
        ) from None
    yield from _cut(der, start, end)


def write_pkcs7(ders: Iterable[bytes]) -> bytes:
    """Write certificates as PKCS#7 DER; BadInputError when one is unreadable."""
    try:
        loaded = quietly(lambda: [x509.load_der_x509_certificate(der) for der in ders])
        return pkcs7.serialize_certificates(loaded, Encoding.DER)
    except UNREADABLE:
        raise BadInputError(
            "a certificate cannot be written as PKCS#7", hint="Export it as PEM."
        ) from None


def _certificates(der: bytes) -> tuple[int, int]:
    # ContentInfo and SignedData: RFC 2315 sections 7 and 9.1.
    start, end = expect(der, 0, SEQUENCE)
    if end != len(der):
        raise ValueError("bytes follow the PKCS#7 structure")
    _, content = expect(der, start, OID)
    start, _ = expect(der, content, 0xA0)
    start, end = expect(der, start, SEQUENCE)
    for tag, _, first, last in elements(der, start, end):
        if tag == _CERTIFICATES:
            return first, last
    return 0, 0


def _cut(der: bytes, start: int, end: int) -> Iterator[bytes]:
    for tag, at, _, after in elements(der, start, end):
        if tag == SEQUENCE:
            yield der[at:after]


def _count(der: bytes, start: int, end: int) -> int:
    count = 0
    for tag, *_ in elements(der, start, end):
        count += tag == SEQUENCE
        if count > MAX_CERTIFICATES:
            raise BadInputError(
                "the file holds more than {limit} certificates",
                hint="Split the file.",
                limit=MAX_CERTIFICATES,
            )
    return count


def _lenient_pkcs7(der: bytes) -> list[bytes]:
    # BER with indefinite lengths, as some tools write it.
    try:
        loaded = quietly(lambda: pkcs7.load_der_pkcs7_certificates(der))
        return [certificate.public_bytes(Encoding.DER) for certificate in loaded]
    except UNREADABLE:
        return []


def _nothing() -> BadInputError:
    return BadInputError(
        "the PKCS#7 file holds no certificate that can be read",
        hint="Export the certificates again.",
    )
