"""What bytes are, told by their first elements; and the refusal of what is no use."""

from collections.abc import Iterator, Set
from itertools import islice

from lab.errors import BadInputError
from lab.pki.der import (
    BIT_STRING,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    element,
    whole_sequence,
)

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
DATA = bytes.fromhex("2a864886f70d010701")
REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
_TIMES = (0x17, 0x18)  # UTCTime, GeneralizedTime
_VERSION_3 = bytes.fromhex("a003020102")


def elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, element start, content start, end) of the elements in a range.

    Like `lab.pki.der.children`, one at a time: a hostile file has millions of them.
    """
    while start < end:
        tag, content, after = element(data, start)
        if after > end:
            raise ValueError("an element is longer than what holds it")
        yield tag, start, content, after
        start = after


def is_plain_certificate(data: bytes) -> bool:
    """Say whether the data open like a certificate of version 3, and end with it.

    The quick answer for nearly all files; no says nothing.
    """
    return (
        data[8:13] == _VERSION_3
        and data[:2] == data[4:6] == b"\x30\x82"
        and int.from_bytes(data[2:4]) + 4 == len(data)
    )


def kind_of(data: bytes) -> str:
    """Guess what DER is; the words are the labels of PEM where it has one."""
    if data[:2] == b"\x30\x80":  # BER; these two are written so
        if data[2:5] == b"\x02\x01\x03" and DATA in data[:40]:
            return "PKCS#12"
        return "PKCS#7" if SIGNED_DATA in data[:32] else ""
    if not whole_sequence(data):
        # Text may begin with a zero too, but not with such a second byte.
        return "cut" if data[:1] == b"\x30" and data[1:2] > b"\x80" else ""
    try:
        return _kind_of_sequence(data)
    except (ValueError, IndexError):
        return ""


def _kind_of_sequence(data: bytes) -> str:
    _, start, end = element(data, 0)
    outer = list(islice(elements(data, start, end), 4))
    tags = [part[0] for part in outer]
    if tags[0] == OID:
        is_signed = data[outer[0][2] : outer[0][3]] == SIGNED_DATA
        return "PKCS#7" if is_signed else ""
    if tags[:2] == [INTEGER, SEQUENCE]:
        _, at, _ = element(data, outer[1][1])
        is_pfx = data[at:].startswith(bytes((OID, len(DATA))) + DATA)
        return "PKCS#12" if is_pfx else "PRIVATE KEY"
    if tags[:2] in ([INTEGER, INTEGER], [INTEGER, OCTET_STRING]):
        return "PRIVATE KEY"
    if tags == [SEQUENCE, OCTET_STRING]:
        return "ENCRYPTED PRIVATE KEY"
    if tags == [SEQUENCE, BIT_STRING]:
        return "PUBLIC KEY"
    if tags == [SEQUENCE, SEQUENCE, BIT_STRING]:
        return _kind_of_signed(data, outer[0][2], outer[0][3])
    inner = list(islice(elements(data, outer[0][2], outer[0][3]), 4))
    if [part[0] for part in inner] == [SEQUENCE, SEQUENCE, BIT_STRING]:
        kind = _kind_of_signed(data, inner[0][2], inner[0][3])
        return "PkiPath" if kind == "certificate" else ""
    return ""


def _kind_of_signed(data: bytes, start: int, end: int) -> str:
    tags = [part[0] for part in islice(elements(data, start, end), 7)]
    if tags[:3] == [INTEGER, SEQUENCE, SEQUENCE] and len(tags) == 4 and tags[3] == 0xA0:
        return "CERTIFICATE REQUEST"
    if len(tags) >= 6:
        is_versioned = tags[0] == 0xA0 and tags[1] == INTEGER
        if is_versioned or tags[:6] == [INTEGER] + [SEQUENCE] * 5:
            return "certificate"
    # A CRL: version, algorithm, issuer, and a moment. RFC 5280 section 5.1.
    first = 1 if tags[0] == INTEGER else 0
    is_list = tags[first : first + 2] == [SEQUENCE, SEQUENCE]
    return "X509 CRL" if is_list and tags[first + 2] in _TIMES else ""


def nothing_in(found: Set[str]) -> BadInputError:
    """Refuse a file without a certificate by what it holds instead."""
    if "PKCS#12" in found:
        return BadInputError(
            "the file is a PKCS#12 file", hint="Export its certificates as PEM first."
        )
    if found & REQUEST_LABELS:
        return BadInputError(
            "the file holds a certificate signing request, not a certificate",
            hint="Have it signed, and give the certificate.",
        )
    if any(label.endswith("PRIVATE KEY") for label in found):
        return BadInputError(
            "the file holds a private key and no certificate",
            hint="Give the certificate; keep the key where it is.",
        )
    if any(label.endswith("PUBLIC KEY") for label in found):
        return BadInputError(
            "the file holds a public key and no certificate",
            hint="Give the certificate that was made for the key.",
        )
    if "X509 CRL" in found:
        return BadInputError(
            "the file holds a CRL, not a certificate", hint="Give the certificate."
        )
    return BadInputError(
        "there is no certificate in the file",
        hint="Give certificates as PEM, DER or PKCS#7.",
    )
