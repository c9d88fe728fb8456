"""Values of the extensions that a judge reads, each checked for its shape."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from lab.pki.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    children,
    expect,
    oid_text,
    wrap,
)
from lab.pki.extensions import split_extensions
from lab.pki.names import name_hash
from lab.pki.usages import EXTENDED_KEY_USAGES, KEY_USAGES

ANY_USAGE = "anyExtendedKeyUsage"
KEY_USAGE, ALTERNATIVE_NAME, BASIC_CONSTRAINTS = "2.5.29.15", "2.5.29.17", "2.5.29.19"
NAME_CONSTRAINTS, EXTENDED_KEY_USAGE = "2.5.29.30", "2.5.29.37"
SUBJECT_KEY, AUTHORITY_KEY = "2.5.29.14", "2.5.29.35"
POLICIES, MAPPINGS = "2.5.29.32", "2.5.29.33"
POLICY_CONSTRAINTS, INHIBIT_ANY = "2.5.29.36", "2.5.29.54"
_CRL_POINTS, _NO_CHECK = "2.5.29.31", "1.3.6.1.5.5.7.48.1.5"

_USAGE_NAMES = {oid.dotted_string: name for name, oid in EXTENDED_KEY_USAGES.items()}
_USAGE_NAMES["2.5.29.37.0"] = ANY_USAGE
_KEY_IDENTIFIER, _ISSUER, _SERIAL = 0x80, 0xA1, 0x82  # of an AuthorityKeyIdentifier
_DIRECTORY = 0xA4  # of a GeneralName
_NULL = b"\x05\x00"
_LONGEST_IDENTIFIER = 63  # bytes; the library reads none that is longer

Part = tuple[int, int, int, int]  # tag, element start, content start, end


class Said(NamedTuple):
    """What an authority key identifier says of the issuer's certificate."""

    key: str = ""  # hex
    name_hash: str = ""
    serial: int | None = None


class Extension(NamedTuple):
    """One extension, read."""

    oid: str  # dotted
    critical: bool
    value: object  # by its reader; None when there is none
    is_readable: bool


def read_extension(whole: bytes) -> Extension | None:
    """Read one Extension; None when it is broken in shape."""
    # Usages, policies and the like are the same in most certificates of a CA.
    return _kept(whole) if len(whole) < 256 else _read(whole)


def _read(whole: bytes) -> Extension | None:
    entries = split_extensions(wrap(SEQUENCE, whole))
    if not entries:
        return None
    [entry] = entries
    reader = _READERS.get(entry.dotted)
    value = None
    if reader is not None:
        try:
            value = reader(entry.value)
        except ValueError:
            return Extension(entry.dotted, entry.critical, None, is_readable=False)
    return Extension(entry.dotted, entry.critical, value, is_readable=True)


_kept = lru_cache(maxsize=4096)(_read)


def _key_usage(value: bytes) -> tuple[str, ...]:
    start, end = expect(value, 0, BIT_STRING)
    bits = "".join(f"{byte:08b}" for byte in value[start + 1 : end][:2])
    names = tuple(
        name for name, bit in zip(KEY_USAGES, bits, strict=False) if bit == "1"
    )
    # At least one bit is set: RFC 5280 section 4.2.1.3.
    if end != len(value) or not names or value[start] > 7:
        raise ValueError("it is no BIT STRING with a bit that is set")
    return names


def _basic_constraints(value: bytes) -> tuple[bool, int | None]:
    # The library refuses FALSE that is written out, and a path length beside FALSE;
    # both are seen, and OpenSSL takes them.
    at, end = _whole(value)
    is_ca, path_length = False, None
    if at < end and value[at] == BOOLEAN:
        start, at = expect(value, at, BOOLEAN)
        if value[start:at] not in (b"\x00", b"\xff"):
            raise ValueError("it is no BOOLEAN of DER")
        is_ca = value[start:at] == b"\xff"
    if at < end:
        start, at = expect(value, at, INTEGER)
        path_length = _natural(value[start:at])
    if at != end:
        raise ValueError("something follows the path length")
    # Beside FALSE a length says nothing: RFC 5280 section 4.2.1.9.
    return is_ca, path_length if is_ca else None


def _extended_key_usage(value: bytes) -> tuple[str, ...]:
    found = []
    for tag, _, start, end in _some(value):
        if tag != OID or end - start > _LONGEST_IDENTIFIER:
            raise ValueError("it holds something else than identifiers")
        dotted = oid_text(value[start:end])
        found.append(_USAGE_NAMES.get(dotted, dotted))
    return tuple(found)


def _subject_key(value: bytes) -> str:
    start, end = expect(value, 0, OCTET_STRING)
    if end != len(value):
        raise ValueError("bytes follow the extension")
    return value[start:end].hex()


def _authority_key(value: bytes) -> Said:
    parts = {tag: value[start:end] for tag, _, start, end in _parts(value)}
    if parts.keys() - {_KEY_IDENTIFIER, _ISSUER, _SERIAL} or (
        (_ISSUER in parts) != (_SERIAL in parts)  # RFC 5280 section 4.2.1.1
    ):
        raise ValueError("it is not built as one")
    key = parts.get(_KEY_IDENTIFIER, b"").hex()
    if _ISSUER not in parts:
        return Said(key)
    names = [
        parts[_ISSUER][start:end]
        for tag, _, start, end in children(parts[_ISSUER], 0, len(parts[_ISSUER]))
        if tag == _DIRECTORY
    ]
    serial = int.from_bytes(parts[_SERIAL], signed=True)
    return Said(key, name_hash(names[0]) if names else "", serial)


def _general_names(value: bytes) -> int:
    """How many there are; what they say is judged where they are compared."""
    names = _some(value)
    if any(tag & 0x1F > 8 or tag & 0xC0 != 0x80 for tag, *_ in names):
        raise ValueError("it holds something else than names")
    return len(names)


def _subtrees(value: bytes) -> int:
    """How many there are, permitted and excluded."""
    number = 0
    for tag, _, start, end in _some(value):
        subtrees = children(value, start, end)
        if tag not in (0xA0, 0xA1) or not subtrees:
            raise ValueError("it holds something else than subtrees")
        _all_of(SEQUENCE, subtrees)
        number += len(subtrees)
    return number


def _policies(value: bytes) -> None:
    seen = set()
    for tag, _, start, end in _some(value):
        first = children(value, start, end)[:1]
        if tag != SEQUENCE or [kind for kind, *_ in first] != [OID]:
            raise ValueError("it holds something else than policies")
        seen.add(value[start : first[0][3]])
    if len(seen) != len(_parts(value)):  # RFC 5280 section 4.2.1.4
        raise ValueError("a policy is there twice")


def _mappings(value: bytes) -> None:
    for tag, _, start, end in _some(value):
        pair = [kind for kind, *_ in children(value, start, end)]
        if tag != SEQUENCE or pair != [OID, OID]:
            raise ValueError("it holds something else than pairs of policies")


def _policy_constraints(value: bytes) -> None:
    for tag, _, start, end in _some(value):
        if tag not in (0x80, 0x81):
            raise ValueError("it holds something else than two numbers")
        _natural(value[start:end])


def _inhibit_any(value: bytes) -> None:
    start, end = expect(value, 0, INTEGER)
    if end != len(value):
        raise ValueError("bytes follow the extension")
    _natural(value[start:end])


def _points(value: bytes) -> None:
    _all_of(SEQUENCE, _some(value))


def _nothing(value: bytes) -> None:
    if value != _NULL:
        raise ValueError("it is no NULL")


def _natural(content: bytes) -> int:
    number = int.from_bytes(content, signed=True)
    if not content or number < 0:
        raise ValueError("the number is negative")
    return number


def _all_of(kind: int, parts: list[Part]) -> None:
    if any(tag != kind for tag, *_ in parts):
        raise ValueError("it holds something else as well")


def _some(value: bytes) -> list[Part]:
    """The parts of a SEQUENCE of at least one."""
    parts = _parts(value)
    if not parts:
        raise ValueError("it is empty")
    return parts


def _parts(value: bytes) -> list[Part]:
    return children(value, *_whole(value))


def _whole(value: bytes) -> tuple[int, int]:
    start, end = expect(value, 0, SEQUENCE)
    if end != len(value):
        raise ValueError("bytes follow the extension")
    return start, end


_READERS: Mapping[str, Callable[[bytes], object]] = {
    KEY_USAGE: _key_usage,
    BASIC_CONSTRAINTS: _basic_constraints,
    EXTENDED_KEY_USAGE: _extended_key_usage,
    SUBJECT_KEY: _subject_key,
    AUTHORITY_KEY: _authority_key,
    ALTERNATIVE_NAME: _general_names,
    NAME_CONSTRAINTS: _subtrees,
    POLICIES: _policies,
    MAPPINGS: _mappings,
    POLICY_CONSTRAINTS: _policy_constraints,
    INHIBIT_ANY: _inhibit_any,
    _CRL_POINTS: _points,
    _NO_CHECK: _nothing,
}
