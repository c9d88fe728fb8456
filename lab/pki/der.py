"""A walk over DER: where the parts of a certificate lie, without decoding them."""

from typing import NamedTuple

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 1, 2, 3, 4, 6
SEQUENCE, SET = 48, 49
VERSION, EXTENSIONS = 0xA0, 0xA3  # context tags of a TBSCertificate
_LONGEST_OID = 128  # octets


class Sections(NamedTuple):
    """Parts of a certificate as they stand in its bytes (RFC 5280 section 4.1)."""

    tbs: bytes
    has_version: bool  # False: version 1
    serial: int
    issuer: bytes
    subject: bytes
    public_key: bytes  # the SubjectPublicKeyInfo
    extensions: bytes  # the SEQUENCE OF Extension; empty when there is none


def element(data: bytes, at: int) -> tuple[int, int, int]:
    """Return tag, first byte and end of the content of the element that starts at `at`.

    Raises ValueError on anything that is not one whole element of definite length.
    """
    if at + 2 > len(data):
        raise ValueError("the data end inside an element")
    tag, length = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise ValueError("tags of more than one byte are not used in X.509")
    start = at + 2
    if length >= 0x80:
        start += length & 0x7F
        if not at + 2 < start <= at + 6:
            raise ValueError("the length is indefinite or absurd")
        length = int.from_bytes(data[at + 2 : start])
    if start + length > len(data):
        raise ValueError("the data end inside an element")
    return tag, start, start + length


def expect(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return first byte and end of the content of an element that must have `tag`."""
    found, start, end = element(data, at)
    if found != tag:
        raise ValueError(f"tag {found} stands where {tag} should")
    return start, end


def children(data: bytes, start: int, end: int) -> list[tuple[int, int, int, int]]:
    """Return (tag, element start, content start, end) of all elements in a range."""
    found = []
    while start < end:
        if start + 2 > end:
            raise ValueError("the data end inside an element")
        tag, length = data[start], data[start + 1]
        if length < 0x80 and tag & 0x1F != 0x1F:  # most are short: the quick way
            content = start + 2
            after = content + length
        else:
            tag, content, after = element(data, start)
        if after > end:
            raise ValueError("an element is longer than what holds it")
        found.append((tag, start, content, after))
        start = after
    return found


def whole_sequence(data: bytes) -> bool:
    """Say whether the data are one SEQUENCE from the first byte to the last."""
    try:
        tag, _, end = element(data, 0)
    except ValueError:
        return False
    return tag == SEQUENCE and end == len(data)


def sections(der: bytes) -> Sections:
    """Find the parts of a certificate; ValueError when it is not built like one."""
    at, _ = expect(der, 0, SEQUENCE)
    start, end = expect(der, at, SEQUENCE)
    parts = children(der, start, end)
    has_version = bool(parts) and parts[0][0] == VERSION
    if has_version:
        parts.pop(0)
    if len(parts) < 6 or parts[0][0] != INTEGER:
        raise ValueError("the certificate has not all its parts")
    serial, _, issuer, _, subject, public_key = parts[:6]
    tail = b""
    if parts[-1][0] == EXTENSIONS:
        tail = der[parts[-1][2] : parts[-1][3]]
    return Sections(
        der[at:end],
        has_version,
        int.from_bytes(der[serial[2] : serial[3]], signed=True),
        der[issuer[1] : issuer[3]],
        der[subject[1] : subject[3]],
        der[public_key[1] : public_key[3]],
        tail,
    )


def oid_text(content: bytes) -> str:
    """Write an object identifier with dots; ValueError when it is cut or absurd."""
    # Writing a number takes the square of its length.
    if not content or content[-1] & 0x80 or len(content) > _LONGEST_OID:
        raise ValueError("the object identifier is cut or absurd")
    arcs, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def wrap(tag: int, content: bytes) -> bytes:
    """Put content into one element."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(size))) + size + content
