"""Extensions one by one: what cannot be decoded spoils nothing but itself."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography import x509

from lab.pki.der import (
    BOOLEAN,
    OCTET_STRING,
    OID,
    SEQUENCE,
    children,
    expect,
    oid_text,
    wrap,
)
from lab.pki.loading import UNREADABLE, quietly
from lab.pki.names import general_name_text, visible
from lab.pki.usages import extended_key_usage_names, key_usage_names


class ExtensionFacts(NamedTuple):
    """What the lab looks up in extensions."""

    alternative_names: tuple[str, ...] = ()
    subject_key_identifier: str = ""
    authority_key_identifier: str = ""
    key_usage: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    constraints: tuple[bool, int | None] = (False, None)  # is a CA, path length


class RawExtension(NamedTuple):
    """One extension as it stands in the bytes."""

    oid: bytes
    critical: bool
    value: bytes
    whole: bytes

    @property
    def dotted(self) -> str:
        try:
            return oid_text(self.oid)
        except ValueError:
            return "#" + self.oid.hex()


# The OIDs 2.5.29.n, with the place of the fact in ExtensionFacts.
_SUBJECT_KEY = bytes.fromhex("551d0e")
_USUAL_SUBJECT_KEY = bytes.fromhex("301d0603551d0e04160414")  # not critical, 20 octets
_FIELDS = {
    bytes.fromhex("551d11"): 0,
    _SUBJECT_KEY: 1,
    bytes.fromhex("551d23"): 2,
    bytes.fromhex("551d0f"): 3,
    bytes.fromhex("551d25"): 4,
    bytes.fromhex("551d13"): 5,
}
_NOTHING = ExtensionFacts()
_UNKNOWN = object()
_DNS_NAME = 0x82  # context tag of a GeneralName


def split_extensions(raw: bytes) -> list[RawExtension]:
    """Cut a SEQUENCE OF Extension; one that is broken in shape is left out."""
    cut = (_cut(whole) for whole in _wholes(raw))
    return [entry for entry in cut if entry is not None]


def extension_facts(raw: bytes) -> ExtensionFacts:
    """Look up what the lab needs; an extension that is unreadable says nothing.

    `raw` is the SEQUENCE OF Extension. Of a kind that is there twice neither counts
    (RFC 5280 section 4.2).
    """
    facts: list[Any] = list(_NOTHING)
    seen: set[int] = set()
    for whole in _wholes(raw):
        if len(whole) < 9:  # too short for any of them
            continue
        at = 4 if whole[1] < 0x80 else 4 + (whole[1] & 0x7F)
        place = _FIELDS.get(whole[at : at + whole[at - 1]])
        if place is None:
            continue
        fact: object = _UNKNOWN
        if place not in seen:
            seen.add(place)
            # The first two differ from one certificate to the next: no cache helps.
            if place < 2:
                fact = _own_fact(whole)
            else:
                fact = (_cached_fact if len(whole) < 1024 else _decoded_fact)(whole)
        facts[place] = _NOTHING[place] if fact is _UNKNOWN else fact
    return ExtensionFacts(*facts)


def _wholes(raw: bytes) -> list[bytes]:
    try:
        start, end = expect(raw, 0, SEQUENCE)
        parts = children(raw, start, end)
    except ValueError:
        return []
    # Identifier and value at the least.
    return [raw[at:after] for _, at, _, after in parts if after - at > 6]


def _cut(whole: bytes) -> RawExtension | None:
    try:
        content, after = expect(whole, 0, SEQUENCE)
        start, stop = expect(whole, content, OID)
        oid, critical = whole[start:stop], False
        if whole[stop] == BOOLEAN:
            start, stop = expect(whole, stop, BOOLEAN)
            critical = whole[start:stop] != b"\x00"
        start, stop = expect(whole, stop, OCTET_STRING)
    except (ValueError, IndexError):
        return None
    if stop != after:
        return None
    return RawExtension(oid, critical, whole[start:stop], whole)


def facts_of(
    extensions: Iterable[x509.Extension[x509.ExtensionType]],
) -> ExtensionFacts:
    """Look up the same in extensions that are decoded."""
    facts: list[Any] = list(_NOTHING)
    for extension in extensions:
        place, fact = _place_and_fact(extension.value)
        if place is not None:
            facts[place] = fact
    return ExtensionFacts(*facts)


def _own_fact(whole: bytes) -> object:
    if whole.startswith(_USUAL_SUBJECT_KEY) and len(whole) == 31:
        return whole[11:].hex()
    entry = _cut(whole)
    if entry is None:
        return _UNKNOWN
    value = entry.value
    try:
        if entry.oid == _SUBJECT_KEY:
            start, end = expect(value, 0, OCTET_STRING)
            return value[start:end].hex() if end == len(value) else _UNKNOWN
        start, end = expect(value, 0, SEQUENCE)
        names = children(value, start, end) if end == len(value) else []
        if names and all(tag == _DNS_NAME for tag, *_ in names):
            texts = [value[first:last].decode("ascii") for _, _, first, last in names]
            return tuple(["DNS:" + visible(text) for text in texts])
    except ValueError:
        return _UNKNOWN
    return _decoded_fact(whole)


def _decoded_fact(whole: bytes) -> object:
    extension = one_extension(whole)
    return _UNKNOWN if extension is None else _place_and_fact(extension.value)[1]


_cached_fact = lru_cache(maxsize=4096)(_decoded_fact)


def _place_and_fact(value: x509.ExtensionType) -> tuple[int | None, object]:
    match value:
        case x509.SubjectAlternativeName():
            return 0, tuple(map(general_name_text, value))
        case x509.SubjectKeyIdentifier():
            return 1, value.digest.hex()
        case x509.AuthorityKeyIdentifier():
            return 2, (value.key_identifier or b"").hex()
        case x509.KeyUsage():
            return 3, key_usage_names(value)
        case x509.ExtendedKeyUsage():
            return 4, extended_key_usage_names(value)
        case x509.BasicConstraints():
            return 5, (value.ca, value.path_length)
    return None, _UNKNOWN


def one_extension(whole: bytes) -> x509.Extension[x509.ExtensionType] | None:
    """Decode a single extension; None when it cannot be."""
    # The library decodes all or nothing, so the one is put into a certificate.
    body = wrap(SEQUENCE, _HOLDER + wrap(0xA3, wrap(SEQUENCE, whole)))
    der = wrap(SEQUENCE, body + _ALGORITHM + b"\x03\x01\x00")
    try:
        holder = x509.load_der_x509_certificate(der)
        decoded: x509.Extensions = quietly(lambda: holder.extensions)
    except UNREADABLE:
        return None
    return next(iter(decoded), None)


_ALGORITHM = wrap(SEQUENCE, bytes.fromhex("06032a0304"))
_HOLDER = b"".join(
    (
        bytes.fromhex("a003020102020101"),  # version 3, serial 1
        _ALGORITHM,
        wrap(SEQUENCE, b""),
        wrap(SEQUENCE, (b"\x17\x0d" + b"300101000000Z") * 2),
        wrap(SEQUENCE, b""),
        wrap(SEQUENCE, _ALGORITHM + b"\x03\x01\x00"),
    )
)
