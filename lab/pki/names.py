"""Names in certificates: built from fields, read for people, hashed to compare."""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from lab.errors import BadInputError
from lab.models import SubjectFields
from lab.pki.der import OID, SEQUENCE, SET, children, element, expect, oid_text, wrap
from lab.pki.loading import UNREADABLE

# Field, attribute, words for people, upper bound (RFC 5280 appendix A.1), in the
# order the cluster writes them (facts §1.5).
_FIELDS = (
    ("country", NameOID.COUNTRY_NAME, "country", 2),
    ("organization", NameOID.ORGANIZATION_NAME, "organization", 64),
    (
        "organizational_unit",
        NameOID.ORGANIZATIONAL_UNIT_NAME,
        "organizational unit",
        64,
    ),
    ("common_name", NameOID.COMMON_NAME, "common name", 64),
    ("state", NameOID.STATE_OR_PROVINCE_NAME, "state", 128),
    ("locality", NameOID.LOCALITY_NAME, "locality", 128),
)
_COUNTRY = re.compile(r"[A-Z]{2}")
_DNS_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")

_CN = bytes.fromhex("550403")
_SHORT_NAMES = {  # RFC 4514 section 3, and what people know by name
    _CN: "CN",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550409"): "STREET",
    bytes.fromhex("0992268993f22c640119"): "DC",
    bytes.fromhex("0992268993f22c640101"): "UID",
    bytes.fromhex("550405"): "serialNumber",
    bytes.fromhex("55040c"): "title",
    bytes.fromhex("550404"): "SN",
    bytes.fromhex("55042a"): "GN",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
}
_ENCODINGS = {  # X.690 section 8.23, by tag; Teletex is Latin-1 in practice
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    26: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}
_SPECIAL = {ord(letter): "\\" + letter for letter in '",+;<>\\'}
_PLAIN = re.compile(r"\w([\w .:/()@*=?'-]*\w)?", re.ASCII)  # needs no escape
_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}  # control, half a surrogate pair, line separators


class NameParts(NamedTuple):
    """A name, read once."""

    text: str  # RFC 4514, for people
    hash: str  # for comparing, RFC 5280 section 7.1
    common_name: str  # the most specific one; empty when there is none


def build_name(fields: SubjectFields) -> x509.Name:
    """Build a subject in the cluster's order; empty fields are left out.

    Raises BadInputError for an empty common name, a country that is not two capital
    letters, control characters, and text over the bounds of RFC 5280.
    """
    if not fields.common_name.strip():
        raise BadInputError(
            "the common name is empty", hint="Give the name of the node or the CA."
        )
    attributes = []
    for field, oid, words, limit in _FIELDS:
        value: str = getattr(fields, field)
        if value:
            _check_text(value, words, limit)
            attributes.append(x509.NameAttribute(oid, value))
    return x509.Name(attributes)


def _check_text(value: str, words: str, limit: int) -> None:
    shown = repr(value)
    if words == "country" and not _COUNTRY.fullmatch(value):
        raise BadInputError(
            "the country {value} is not a code of two capital letters",
            hint="Give the ISO 3166 code, such as JP.",
            value=shown,
        )
    if any(unicodedata.category(letter) in _UNSAFE for letter in value):
        raise BadInputError(
            "the {field} {value} has a character that cannot be shown",
            hint="Remove control characters and line breaks.",
            field=words,
            value=shown,
        )
    if len(value) > limit:
        raise BadInputError(
            "the {field} {value} has {length} characters; at most {limit} are allowed",
            hint="Shorten it.",
            field=words,
            value=shown,
            length=len(value),
            limit=limit,
        )
    # The library counts the bytes of a common name; RFC 5280 counts characters.
    if words == "common name" and len(value.encode()) > limit:
        raise BadInputError(
            "the common name {value} takes {length} bytes; at most {limit} fit",
            hint="Shorten it; letters beyond ASCII take two to four bytes each.",
            value=shown,
            length=len(value.encode()),
            limit=limit,
        )


def name_text(name: x509.Name) -> str:
    """Write a name for people, RFC 4514; as well as can be when it is broken."""
    try:
        return read_name(name.public_bytes()).text
    except UNREADABLE:
        return "(unreadable name)"


def name_hash(name_der: bytes) -> str:
    """Return the SHA-256 of the normalised name, as hex.

    String types, letter case and inner white space do not matter
    (RFC 5280 section 7.1), their order does. A name that cannot be read is
    equal to itself only.
    """
    return read_name(name_der).hash


def read_name(name_der: bytes) -> NameParts:
    """Read the DER of a Name; never raises."""
    # Names are kept by the thousand, so only those of a sane size are.
    return _kept_name(name_der) if len(name_der) < 1024 else _any_name(name_der)


def _any_name(der: bytes) -> NameParts:
    try:
        start, end = expect(der, 0, SEQUENCE)
        if end != len(der):
            raise ValueError("bytes follow the name")
        relatives = [der[at:after] for _, at, _, after in children(der, start, end)]
        read = _kept_relative if len(der) < 1024 else _read_relative
        parts = [read(relative) for relative in relatives]
    except ValueError:
        return NameParts("#" + der.hex(), sha256(der).hexdigest(), "")
    # RFC 4514 section 2.1: the last one first.
    text = ",".join([part.text for part in reversed(parts)])
    digest = sha256(",".join([part.hash for part in parts]).encode()).hexdigest()
    names = [part.common_name for part in parts if part.common_name]
    return NameParts(text, digest, names[-1] if names else "")


def _read_relative(rdn: bytes) -> NameParts:
    # Organization, country and the like are the same in most names of a lab.
    texts, keys, common_name = [], [], ""
    start, end = expect(rdn, 0, SET)
    for _, at, _, stop in children(rdn, start, end):
        oid, tag, raw = _attribute(rdn, at, stop)
        value = _decode(tag, raw)
        if value is None:
            shown = key = "#" + wrap(tag, raw).hex()
        else:
            folded = _folded(value)
            shown, key = escape(value), f"{len(folded)}:{folded}"
            if oid == _CN:
                common_name = visible(value)
        texts.append(f"{_SHORT_NAMES.get(oid) or oid_text(oid)}={shown}")
        keys.append(f"{oid.hex()}:{key}")
    keys.sort()  # a SET has no order
    return NameParts("+".join(texts), "+".join(keys), common_name)


_kept_name = lru_cache(maxsize=4096)(_any_name)
_kept_relative = lru_cache(maxsize=4096)(_read_relative)


def _attribute(der: bytes, at: int, stop: int) -> tuple[bytes, int, bytes]:
    start, _ = expect(der, at, SEQUENCE)
    first, last = expect(der, start, OID)
    tag, start, end = element(der, last)
    if end != stop:
        raise ValueError("an attribute has one value")
    return der[first:last], tag, der[start:end]


def _decode(tag: int, value: bytes) -> str | None:
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        return None
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        return None


def _folded(value: str) -> str:
    # RFC 4518, as RFC 5280 section 7.1 asks: compatibility forms, case, white space.
    if not value.isascii():
        value = unicodedata.normalize("NFKC", value)
        value = unicodedata.normalize("NFKC", value.casefold())
    return " ".join(value.lower().split())


def visible(value: str) -> str:
    r"""Write what cannot be shown as \XX, so that a name is one line without tricks."""
    if value.isprintable():
        return value
    return "".join(
        letter
        if letter.isprintable() or unicodedata.category(letter) == "Zs"
        else "".join(f"\\{byte:02X}" for byte in letter.encode("utf-8", "replace"))
        for letter in value
    )


def escape(value: str) -> str:
    """Escape a value for RFC 4514 (section 2.4)."""
    if _PLAIN.fullmatch(value):
        return value
    text = visible(value.translate(_SPECIAL))
    if value.endswith(" "):
        text = text[:-1] + "\\ "
    return "\\" + text if value.startswith("#") or text.startswith(" ") else text


def general_name_text(name: x509.GeneralName) -> str:
    """Write one general name with its kind: "DNS:…", "IP:…", "URI:…", "email:…"."""
    match name:
        case x509.DNSName():
            return "DNS:" + visible(name.value)
        case x509.IPAddress():
            return f"IP:{name.value}"
        case x509.UniformResourceIdentifier():
            return "URI:" + visible(name.value)
        case x509.RFC822Name():
            return "email:" + visible(name.value)
        case x509.DirectoryName():
            return "dirName:" + name_text(name.value)
        case x509.RegisteredID():
            return "RID:" + name.value.dotted_string
        case x509.OtherName():
            return f"otherName:{name.type_id.dotted_string}:{name.value.hex()}"
    return "unknown"


def build_general_names(texts: Iterable[str]) -> list[x509.GeneralName]:
    """Build alternative names from "node.uc.example", "10.0.0.1" or "URI:…".

    A text without a kind is an address when it reads as one, else a DNS name.
    Raises BadInputError for a name that cannot stand in a certificate.
    """
    return [_general_name(text) for text in dict.fromkeys(texts)]


def _general_name(text: str) -> x509.GeneralName:
    kind, _, value = text.partition(":")
    try:
        match kind:
            case "IP":
                return x509.IPAddress(ipaddress.ip_address(value))
            case "URI" if value.isascii() and value.isprintable() and ":" in value:
                return x509.UniformResourceIdentifier(value)
            case "email" if value.isascii() and value.isprintable():
                return x509.RFC822Name(value)
            case "DNS" if _is_dns(value):
                return x509.DNSName(value)
        try:
            return x509.IPAddress(ipaddress.ip_address(text))
        except ValueError:
            if _is_dns(text):
                return x509.DNSName(text)
    except UNREADABLE:
        pass
    raise BadInputError(
        "{name} is not a name that a certificate can carry",
        hint="Give a DNS name in ASCII (xn--… for others), or an IP address.",
        name=repr(text),
    )


def _is_dns(value: str) -> bool:
    labels = value.removeprefix("*.").split(".")
    return len(value) <= 253 and all(_DNS_LABEL.fullmatch(label) for label in labels)
