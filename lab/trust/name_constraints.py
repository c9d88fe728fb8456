"""Name constraints: what a CA permits and excludes for all that stands below it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.pki.der import SEQUENCE, children, sections
from lab.pki.names import name_hash, read_name
from lab.trust.general_names import (
    DIRECTORY_NAME,
    DNS_NAME,
    RawName,
    alternative_names,
    common_names,
    extension_value,
    mail_attributes,
    members,
    relative_names,
)
from lab.trust.name_forms import DNS, FORMS, MAIL, form_of, is_long_host

MOST_COMPARISONS = 2**20  # along a path; OpenSSL makes as many for each CA in it

# What is said of a fault, to be filled from its values.
NOT_PERMITTED = "{name} is outside of what {authority} permits: {constraint}"
EXCLUDED = "{name} is within what {authority} excludes: {constraint}"
NOT_COMPARABLE = "{name} cannot be compared with {constraint}, set by {authority}"
DISTANCE = "{authority} sets a minimum or maximum on {constraint}; RFC 5280 has none"
TOO_MANY = "{count} comparisons of names are needed; at most {limit} are made"
UNREADABLE_CONSTRAINTS = "the name constraints of {authority} cannot be read"
UNREADABLE_NAMES = "the names of {subject} cannot be read"

_NAME_CONSTRAINTS = bytes.fromhex("551d1e")
_PERMITTED, _EXCLUDED = 0xA0, 0xA1  # context tags of NameConstraints
_MINIMUM, _MAXIMUM = 0x80, 0x81  # and of a GeneralSubtree
_LIMITS = {(), (_MINIMUM,), (_MAXIMUM,), (_MINIMUM, _MAXIMUM)}
_MOST_SHOWN, _MOST_LETTERS = 3, 200  # constraints, and letters of a name, in a text


@dataclass(frozen=True, kw_only=True)
class NameFault:
    """A name that a CA above does not allow, or of which nobody can tell.

    `evidence` is a template that `values` fill. `name` and `form` are empty when the
    fault does not lie in one name.
    """

    position: int  # of the certificate at fault in the path; the anchor is 0
    by: int  # the position of the CA that constrains it
    name: str = ""
    form: str = ""  # "dNSName", "directoryName", …
    evidence: str
    values: Mapping[str, object]


class _Name(NamedTuple):
    raw: RawName
    form: str
    value: Any  # as its form reads it; None: of no use for comparing


@dataclass(frozen=True)
class _Constraints:
    by: int
    authority: str
    permitted: dict[str, list[_Name]] = field(default_factory=dict)  # by form
    excluded: dict[str, list[_Name]] = field(default_factory=dict)
    unusable: dict[str, tuple[str, RawName]] = field(default_factory=dict)


def judge_names(path: Sequence[x509.Certificate]) -> NameFault | None:
    """Judge the names of each certificate by the constraints of every CA above it.

    `path` is the anchor first and the leaf last. The constraints of the anchor count
    too, as RFC 5937 and OpenSSL have it. Never raises: what cannot be read is a fault.
    """
    return next(_faults(path), None)


def _faults(path: Sequence[x509.Certificate]) -> Iterator[NameFault]:
    above: list[_Constraints] = []
    comparisons = 0
    for position, certificate in enumerate(path):
        is_leaf = position == len(path) - 1
        if above:
            try:
                names = _names(certificate, is_leaf)
            except ValueError:
                told: dict[str, object] = {"subject": _subject(certificate)}
                yield _fault(position, above[0].by, UNREADABLE_NAMES, told)
                return
            comparisons += _comparisons(names, above)
            if comparisons > MOST_COMPARISONS:
                told = {"count": comparisons, "limit": MOST_COMPARISONS}
                yield _fault(position, above[-1].by, TOO_MANY, told)
                return
            yield from _broken(position, names, above)
        if not is_leaf:
            try:
                above += _constraints(position, certificate)
            except ValueError:
                told = {"authority": _subject(certificate)}
                yield _fault(position, position, UNREADABLE_CONSTRAINTS, told)
                return


def _names(certificate: x509.Certificate, is_leaf: bool) -> list[_Name]:
    """What constraints above apply to; ValueError when it cannot be read."""
    parts = sections(certificate.public_bytes(Encoding.DER))
    if not is_leaf and name_hash(parts.subject) == name_hash(parts.issuer):
        return []  # RFC 5280 section 6.1.3 (b): another key of the CA above
    names = [_name(one) for one in alternative_names(certificate)]
    relatives = relative_names(parts.subject)
    if relatives:
        names.append(_name(RawName(DIRECTORY_NAME, parts.subject)))
    forms = {name.form for name in names}
    if MAIL not in forms:
        # RFC 5280 section 4.2.1.10. OpenSSL looks at them in any case.
        names += [_name(one) for one in mail_attributes(relatives)]
    if is_leaf and DNS not in forms:
        # It may count as a host name, so OpenSSL binds it too; without a dot it does
        # not: most of those are no hosts.
        hosts = filter(is_long_host, common_names(relatives))
        names += [_name(RawName(DNS_NAME, host.encode())) for host in hosts]
    return names


def _name(raw: RawName) -> _Name:
    form = form_of(raw)
    how = FORMS.get(form)
    try:
        return _Name(raw, form, how.value(raw) if how else None)
    except ValueError:
        return _Name(raw, form, None)


def _constraints(
    position: int, certificate: x509.Certificate
) -> Iterator[_Constraints]:
    """What a CA sets, if anything; ValueError when it cannot be read."""
    der = extension_value(certificate, _NAME_CONSTRAINTS)
    if der is None:
        return
    found = _Constraints(position, _subject(certificate))
    before = 0
    for kind, _, start, end in members(der):
        if kind not in (_PERMITTED, _EXCLUDED) or kind <= before:
            raise ValueError("not once permitted, then once excluded")
        before = kind
        for tag, _, first, last in children(der, start, end):
            if tag != SEQUENCE:
                raise ValueError("not a subtree")
            _add_subtree(found, kind, der, first, last)
    yield found


def _add_subtree(
    found: _Constraints, kind: int, der: bytes, start: int, end: int
) -> None:
    parts = children(der, start, end)
    if tuple(tag for tag, *_ in parts[1:]) not in _LIMITS or not parts:
        raise ValueError("not a subtree")
    tag, _, first, last = parts[0]
    base = RawName(tag, der[first:last])
    form = form_of(base)
    how = FORMS.get(form)
    try:
        value = how.base(base) if how else None
    except ValueError:
        value = None
    if value is None:
        found.unusable.setdefault(form, (NOT_COMPARABLE, base))
    # Section 4.2.1.10: the minimum is 0, and there is no maximum.
    if any(tag == _MAXIMUM or any(der[at:to]) for tag, _, at, to in parts[1:]):
        found.unusable.setdefault(form, (DISTANCE, base))
    kept = found.permitted if kind == _PERMITTED else found.excluded
    kept.setdefault(form, []).append(_Name(base, form, value))


def _comparisons(names: Sequence[_Name], above: Sequence[_Constraints]) -> int:
    forms = Counter(name.form for name in names)
    return sum(
        forms[form] * len(bases)
        for constraints in above
        for kept in (constraints.permitted, constraints.excluded)
        for form, bases in kept.items()
    )


def _broken(
    position: int, names: Sequence[_Name], above: Sequence[_Constraints]
) -> Iterator[NameFault]:
    for constraints in above:
        for name in names:
            broken = _break(name, constraints)
            if broken:
                yield _name_fault(position, constraints, name, *broken)


def _break(
    name: _Name, constraints: _Constraints
) -> tuple[str, Sequence[RawName]] | None:
    """How one name breaks the constraints of one CA, and which of them."""
    if name.form in constraints.unusable:
        evidence, base = constraints.unusable[name.form]
        return evidence, [base]
    permitted = constraints.permitted.get(name.form, [])
    excluded = constraints.excluded.get(name.form, [])
    if not permitted and not excluded:
        return None
    if name.value is None:
        return NOT_COMPARABLE, [base.raw for base in (*permitted, *excluded)]
    _, _, is_within, touches = FORMS[name.form]
    if permitted and not any(is_within(name.value, base.value) for base in permitted):
        return NOT_PERMITTED, [base.raw for base in permitted]
    for one in excluded:
        if touches(name.value, one.value):
            return EXCLUDED, [one.raw]
    return None


def _name_fault(
    position: int,
    constraints: _Constraints,
    name: _Name,
    evidence: str,
    bases: Sequence[RawName],
) -> NameFault:
    text = _short(name.raw.text)
    shown = [_short(base.text) for base in bases[:_MOST_SHOWN]]
    if len(bases) > _MOST_SHOWN:
        shown.append("…")
    values = {
        "name": text,
        "authority": constraints.authority,
        "constraint": ", ".join(shown),
    }
    return NameFault(
        position=position,
        by=constraints.by,
        name=text,
        form=name.form,
        evidence=evidence,
        values=values,
    )


def _fault(
    position: int, by: int, evidence: str, values: Mapping[str, object]
) -> NameFault:
    return NameFault(position=position, by=by, evidence=evidence, values=values)


def _subject(certificate: x509.Certificate) -> str:
    subject = sections(certificate.public_bytes(Encoding.DER)).subject
    return _short(read_name(subject).text)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
