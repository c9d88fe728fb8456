"""The names in a certificate as they stand in its bytes, readable or not."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.pki.der import (
    OID,
    SEQUENCE,
    SET,
    children,
    element,
    expect,
    oid_text,
    sections,
    wrap,
)
from lab.pki.extensions import split_extensions
from lab.pki.names import read_name, visible

# Context tags of a GeneralName (RFC 5280 section 4.2.1.6).
OTHER_NAME, MAIL_NAME, DNS_NAME, X400_ADDRESS = 0xA0, 0x81, 0x82, 0xA3
DIRECTORY_NAME, EDI_PARTY_NAME, URI_NAME = 0xA4, 0xA5, 0x86
IP_ADDRESS, REGISTERED_ID = 0x87, 0x88
_TEXTS = {MAIL_NAME: "email", DNS_NAME: "DNS", URI_NAME: "URI"}
_KINDS = {
    IP_ADDRESS: "IP",
    REGISTERED_ID: "RID",
    OTHER_NAME: "otherName",
    X400_ADDRESS: "x400Address",
    EDI_PARTY_NAME: "ediPartyName",
}
_SUBJECT_ALTERNATIVE_NAME = bytes.fromhex("551d11")
_MAIL_ATTRIBUTE = bytes.fromhex("2a864886f70d010901")
_MOST_IDENTIFIER = 63  # octets; the library that loads certificates reads no more
_LIKE_ASCII = (12, 19, 20, 22)  # string types that write ASCII as it is


class RawName(NamedTuple):
    """A GeneralName: its tag and what it holds."""

    tag: int
    content: bytes

    @property
    def text(self) -> str:
        """The name for people, as `general_name_text` writes it; never raises."""
        tag, content = self
        if tag in _TEXTS:
            return f"{_TEXTS[tag]}:{visible(content.decode('latin-1'))}"
        if tag == DIRECTORY_NAME:
            return "dirName:" + read_name(content).text
        try:
            if tag == IP_ADDRESS:
                return "IP:" + _address_text(content)
            if tag == REGISTERED_ID:
                return "RID:" + identifier_text(content)
            if tag == OTHER_NAME:
                kind, rest = other_name(content)
                return f"otherName:{identifier_text(kind)}:{rest.hex()}"
        except ValueError:
            pass
        return f"{_KINDS.get(tag, tag)}:#{content.hex()}"


def extension_value(certificate: x509.Certificate, oid: bytes) -> bytes | None:
    """The value of one extension; None when it is not there, ValueError when twice."""
    der = certificate.public_bytes(Encoding.DER)
    if oid not in der:  # as a rule, and then nothing has to be cut
        return None
    entries = split_extensions(sections(der).extensions)
    values = [entry.value for entry in entries if entry.oid == oid]
    if len(values) > 1:
        raise ValueError("the extension is there twice")
    return values[0] if values else None


def alternative_names(certificate: x509.Certificate) -> list[RawName]:
    """All alternative names; ValueError when the extension is not built as one."""
    value = extension_value(certificate, _SUBJECT_ALTERNATIVE_NAME)
    if value is None:
        return []
    return [RawName(tag, value[at:end]) for tag, _, at, end in members(value)]


def other_name(content: bytes) -> tuple[bytes, bytes]:
    """The kind of an otherName, as the bytes of its identifier, and what follows."""
    start, end = expect(content, 0, OID)
    return content[start:end], content[end:]


def identifier_text(content: bytes) -> str:
    """Write an object identifier with dots; ValueError when it is cut or absurd."""
    # The time to write one grows with the square of its length.
    if len(content) > _MOST_IDENTIFIER:
        raise ValueError("the object identifier is absurdly long")
    return oid_text(content)


def relative_names(name_der: bytes) -> list[bytes]:
    """The parts of a Name, the most general first; ValueError when it is not one."""
    return [name_der[at:end] for _, at, _, end in members(name_der)]


def common_names(relatives: Iterable[bytes]) -> list[str]:
    """The common names among the parts of a Name, each on one line without tricks."""
    names = (read_name(wrap(SEQUENCE, one)).common_name for one in relatives)
    return [name for name in names if name]


def mail_attributes(relatives: Iterable[bytes]) -> list[RawName]:
    """The emailAddress attributes among the parts of a Name, as alternative names.

    Raises ValueError for one that is no string which ASCII can be read from: it is an
    IA5String (RFC 5280 section 4.1.2.6).
    """
    found = []
    for relative in relatives:
        start, end = expect(relative, 0, SET)
        for _, at, _, _ in children(relative, start, end):
            content, _ = expect(relative, at, SEQUENCE)
            first, last = expect(relative, content, OID)
            if relative[first:last] != _MAIL_ATTRIBUTE:
                continue
            tag, first, last = element(relative, last)
            if tag not in _LIKE_ASCII:
                raise ValueError("the mail address is no string")
            found.append(RawName(MAIL_NAME, relative[first:last]))
    return found


def prefix_length(mask: bytes) -> int:
    """The ones that a mask begins with; ValueError when others follow (RFC 4632)."""
    bits = f"{int.from_bytes(mask):0{8 * len(mask)}b}"
    if "01" in bits:
        raise ValueError("the mask has gaps")
    return bits.count("1")


def members(der: bytes) -> list[tuple[int, int, int, int]]:
    """Like `children`, of data that are one SEQUENCE; ValueError when they are not."""
    start, end = expect(der, 0, SEQUENCE)
    if end != len(der):
        raise ValueError("bytes follow the sequence")
    return children(der, start, end)


def _address_text(content: bytes) -> str:
    if len(content) not in (8, 32):
        return str(ip_address(content))
    half = len(content) // 2  # in a constraint a mask follows
    address, mask = ip_address(content[:half]), ip_address(content[half:])
    try:
        return f"{address}/{prefix_length(mask.packed)}"
    except ValueError:
        return f"{address}/{mask}"
