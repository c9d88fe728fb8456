"""How a certificate is built: what the judge reads, and what RFC 5280 forbids in it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography import x509

from lab.pki.der import SEQUENCE, VERSION, Sections, children, element, expect
from lab.pki.describe import NAMES
from lab.rules.path_rules import KNOWN_EXTENSIONS
from lab.trust.extension_values import (
    ALTERNATIVE_NAME,
    AUTHORITY_KEY,
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    INHIBIT_ANY,
    KEY_USAGE,
    MAPPINGS,
    NAME_CONSTRAINTS,
    POLICIES,
    POLICY_CONSTRAINTS,
    SUBJECT_KEY,
    Extension,
    Said,
    read_extension,
)

_OF_POLICIES = {POLICIES, MAPPINGS, POLICY_CONSTRAINTS, INHIBIT_ANY}
_MAY_BE_CRITICAL = {row.oid for row in KNOWN_EXTENSIONS.values() if row.may_be_critical}
_EMPTY = b"\x30\x00"  # a SEQUENCE
_NOBODY = Said()
_TWICE = "{name} has the extension {extension} twice"
_UNREADABLE = "the extension {extension} of {name} is not built as RFC 5280 asks"

Evidence = tuple[str, Mapping[str, object]]  # a template, and values beside the name


class Structure(NamedTuple):
    """What judging a path asks of one certificate. None: the extension is not there."""

    is_ca: bool | None
    path_length: int | None
    key_usage: tuple[str, ...] | None  # RFC spelling
    extended_key_usage: tuple[str, ...] | None  # names where known, else dotted
    subject_key: str  # hex; empty when it is not said
    issued_by: Said
    names: int  # among its alternative names, and its subject
    subtrees: int  # of its name constraints
    constrains_names: bool
    names_policies: bool
    unknown_critical: tuple[str, ...]  # names where known, else dotted
    faults: tuple[Evidence, ...]
    same_algorithms: bool  # the one that is signed, and the one beside the signature


def read_structure(
    der: bytes, certificate: x509.Certificate, parts: Sections
) -> Structure:
    """Read what judging needs; never raises for a certificate that is loaded."""
    extensions = _extensions(parts.extensions)
    faults = _faults(extensions)
    if certificate.version is x509.Version.v1:
        if parts.extensions:
            faults.append(("{name} has extensions and is not of version 3", {}))
        if _has_unique_identifiers(parts.tbs):
            faults.append(("{name} has unique identifiers and is of version 1", {}))
    elif parts.extensions == _EMPTY:
        faults.append(("{name} has a list of no extensions", {}))
    read = _values(extensions)
    is_ca, path_length = read.get(BASIC_CONSTRAINTS) or (None, None)
    if parts.issuer == _EMPTY:
        faults.append(("{name} names no issuer", {}))
    if is_ca and parts.subject == _EMPTY:
        faults.append(("{name} is a CA and has no name", {}))
    return Structure(
        is_ca=is_ca,
        path_length=path_length,
        key_usage=read.get(KEY_USAGE),
        extended_key_usage=read.get(EXTENDED_KEY_USAGE),
        subject_key=read.get(SUBJECT_KEY) or "",
        issued_by=read.get(AUTHORITY_KEY) or _NOBODY,
        names=1 + (read.get(ALTERNATIVE_NAME) or 0),
        subtrees=read.get(NAME_CONSTRAINTS) or 0,
        constrains_names=NAME_CONSTRAINTS in read,
        names_policies=not _OF_POLICIES.isdisjoint(read),
        unknown_critical=tuple(
            NAMES.get(each.oid, each.oid)
            for each in extensions
            if each.critical and each.oid not in _MAY_BE_CRITICAL
        ),
        faults=tuple(faults),
        same_algorithms=_has_same_algorithms(der),
    )


def _extensions(raw: bytes) -> list[Extension]:
    if not raw:
        return []
    start, end = expect(raw, 0, SEQUENCE)
    read = (
        read_extension(raw[at:after]) for _, at, _, after in children(raw, start, end)
    )
    return [each for each in read if each is not None]


def _values(extensions: list[Extension]) -> dict[str, Any]:
    """What each says; of a kind that is there twice neither counts."""
    read: dict[str, Any] = {}
    for each in extensions:
        read[each.oid] = None if each.oid in read else each.value
    return read


def _faults(extensions: list[Extension]) -> list[Evidence]:
    faults: list[Evidence] = []
    seen = set()
    for each in extensions:
        about = {"extension": NAMES.get(each.oid, each.oid)}
        if each.oid in seen:
            faults.append((_TWICE, about))
        if not each.is_readable:
            faults.append((_UNREADABLE, about))
        seen.add(each.oid)
    return faults


def _has_unique_identifiers(tbs: bytes) -> bool:
    # RFC 5280 section 4.1.2.8.
    parts = children(tbs, *expect(tbs, 0, SEQUENCE))
    return any(tag in (0x81, 0x82) for tag, *_ in parts)


def _has_same_algorithms(der: bytes) -> bool:
    # RFC 5280 section 4.1.1.2: parameters and all.
    at, _ = expect(der, 0, SEQUENCE)
    inner, outer = expect(der, at, SEQUENCE)
    if der[inner] == VERSION:
        inner = element(der, inner)[2]
    inner = element(der, inner)[2]  # the serial number
    end = element(der, inner)[2]
    return der[inner:end] == der[outer : element(der, outer)[2]]
