"""Certificate policies: whether one of them holds along a whole path."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.pki.der import INTEGER, OID, SEQUENCE, children, expect, sections
from lab.pki.extensions import split_extensions
from lab.pki.names import name_hash, read_name
from lab.trust.general_names import identifier_text, members

ANY_POLICY = "2.5.29.32.0"

# What is said of a fault, to be filled from its values.
REQUIRED = "{authority} requires a certificate policy, and none holds down to {subject}"
ASKED_FOR = "a certificate policy is asked for, and none holds down to {subject}"
NOT_WANTED = "no certificate policy that is wanted holds down to {subject}: {wanted}"
UNREADABLE = "the certificate policies of {subject} cannot be read"
TWICE = "{subject} names the certificate policy {policy} twice"
MAPS_ANY = "{subject} maps a certificate policy from or to anyPolicy"

# certificatePolicies, policyMappings, policyConstraints, inhibitAnyPolicy
_READ = [bytes.fromhex(oid) for oid in ("551d20", "551d21", "551d24", "551d36")]
_ANY_OF_THEM = re.compile(b"|".join(map(re.escape, _READ)))
_REQUIRE_EXPLICIT, _INHIBIT_MAPPING = 0x80, 0x81  # context tags
_LIMITS = {
    (_REQUIRE_EXPLICIT,),
    (_INHIBIT_MAPPING,),
    (_REQUIRE_EXPLICIT, _INHIBIT_MAPPING),
}


@dataclass(frozen=True, kw_only=True)
class PolicyFault:
    """Where no policy is left that has to be, or where nobody can tell.

    `evidence` is a template that `values` fill.
    """

    position: int  # of the certificate at fault in the path; the anchor is 0
    evidence: str
    values: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What one certificate says of policies."""

    subject: str
    self_issued: bool
    policies: tuple[str, ...] | None  # None: it has no such extension
    mappings: tuple[tuple[str, str], ...]  # the issuer's policy, the subject's
    require_explicit: int | None  # how many certificates below are still free
    inhibit_mapping: int | None
    inhibit_any: int | None


class _Node(NamedTuple):
    """A policy that holds down to here."""

    expected: frozenset[str]  # its names in the next certificate
    wanted: bool  # it is, or stands below, a policy that is asked for


def judge_policies(
    path: Sequence[x509.Certificate],
    *,
    wanted: frozenset[str] = frozenset(),
    explicit: bool = False,
) -> PolicyFault | None:
    """Process the certificate policies along a path: RFC 5280 section 6.1, RFC 9618.

    `path` is the anchor first and the leaf last; what the anchor says does not count.
    `wanted` is the user-initial-policy-set in dotted identifiers, empty for any policy,
    and `explicit` the initial-explicit-policy. Never raises: what cannot be read is a
    fault.
    """
    ders = [certificate.public_bytes(Encoding.DER) for certificate in path[1:]]
    if not explicit and not any(map(_ANY_OF_THEM.search, ders)):
        return None  # the counters end above zero
    said: list[_Said] = []
    for position, der in enumerate(ders, 1):
        subject = read_name(sections(der).subject).text
        try:
            one = _read(der, subject)
        except ValueError:
            return _fault(position, UNREADABLE, subject=subject)
        [(policy, times)] = Counter(one.policies).most_common(1) or [("", 0)]
        if times > 1:  # RFC 5280 section 4.2.1.4
            return _fault(position, TWICE, subject=subject, policy=policy)
        if any(ANY_POLICY in pair for pair in one.mappings):  # 4.2.1.5, 6.1.4 (a)
            return _fault(position, MAPS_ANY, subject=subject)
        said.append(one)
    return _process(said, frozenset() if ANY_POLICY in wanted else wanted, explicit)


def _process(
    said: Sequence[_Said], wanted: frozenset[str], explicit: bool
) -> PolicyFault | None:
    # Of the graph only the lowest level is kept, by policy: what has no children is
    # deleted (6.1.3 (d)(3)), so the graph is gone when that level is empty. Nothing
    # multiplies: a level has the policies named in its certificate or expected from
    # above, each once.
    level = {ANY_POLICY: _Node(frozenset({ANY_POLICY}), True)}
    any_policy = mapping = len(said) + 1
    required = 0 if explicit else len(said) + 1
    authority = ""  # who brought `required` down
    for position, one in enumerate(said, 1):
        is_leaf = position == len(said)
        use_any = any_policy > 0 or (one.self_issued and not is_leaf)
        level = _below(level, one, use_any, wanted)
        if is_leaf:  # 6.1.5 (a, b)
            if one.require_explicit == 0 and required > 1:
                required, authority = 0, one.subject
            required = max(required - 1, 0)
        if required == 0 and not any(node.wanted for node in level.values()):
            # Above the leaf a policy that is not wanted may not be the last word, but
            # none becomes wanted further down.
            return _none_left(position, one.subject, authority, level, wanted)
        level = _mapped(level, one, mapping > 0, wanted)
        step = 0 if one.self_issued else 1  # 6.1.4 (h)
        if one.require_explicit is not None and one.require_explicit < required - step:
            authority = one.subject
        required = _next(required, step, one.require_explicit)
        mapping = _next(mapping, step, one.inhibit_mapping)
        any_policy = _next(any_policy, step, one.inhibit_any)
    return None


def _next(counter: int, step: int, limit: int | None) -> int:
    counter = max(counter - step, 0)
    return counter if limit is None else min(counter, limit)


def _below(
    above: Mapping[str, _Node], one: _Said, use_any: bool, wanted: frozenset[str]
) -> dict[str, _Node]:
    """The policies that hold down to the next certificate: 6.1.3 (d, e)."""
    expected: dict[str, bool] = {}  # whether one of its parents is wanted
    for node in above.values():
        for policy in node.expected:
            expected[policy] = expected.get(policy, False) or node.wanted
    level: dict[str, bool] = {}
    for policy in one.policies or ():
        if policy == ANY_POLICY:
            continue
        if policy in expected:
            level[policy] = expected[policy]
        elif ANY_POLICY in above:
            level[policy] = not wanted or policy in wanted
    if use_any and ANY_POLICY in (one.policies or ()):
        level = expected | level
    return {
        policy: _Node(frozenset({policy}), is_wanted)
        for policy, is_wanted in level.items()
    }


def _mapped(
    level: dict[str, _Node], one: _Said, may_map: bool, wanted: frozenset[str]
) -> dict[str, _Node]:
    """The same with their names of the next certificate: 6.1.4 (b)."""
    names: dict[str, set[str]] = {}
    for issuers, subjects in one.mappings:
        names.setdefault(issuers, set()).add(subjects)
    if not may_map:
        return {policy: node for policy, node in level.items() if policy not in names}
    mapped = dict(level)
    for policy, expected in names.items():
        if policy in level:
            is_wanted = level[policy].wanted
        elif ANY_POLICY in level:
            is_wanted = not wanted or policy in wanted
        else:
            continue
        mapped[policy] = _Node(frozenset(expected), is_wanted)
    return mapped


def _none_left(
    position: int,
    subject: str,
    authority: str,
    level: Mapping[str, _Node],
    wanted: frozenset[str],
) -> PolicyFault:
    if level:
        texts = ", ".join(sorted(wanted))
        return _fault(position, NOT_WANTED, subject=subject, wanted=texts)
    if authority:
        return _fault(position, REQUIRED, subject=subject, authority=authority)
    return _fault(position, ASKED_FOR, subject=subject)


def _fault(position: int, evidence: str, **values: object) -> PolicyFault:
    return PolicyFault(position=position, evidence=evidence, values=values)


def _read(der: bytes, subject: str) -> _Said:
    parts = sections(der)
    values: dict[bytes, bytes] = {}
    for entry in split_extensions(parts.extensions):
        if entry.oid in _READ and entry.oid in values:
            raise ValueError("the extension is there twice")
        values[entry.oid] = entry.value
    policies, mappings, constraints, inhibit_any = map(values.get, _READ)
    limits = {} if constraints is None else _limits(constraints)
    return _Said(
        subject=subject,
        self_issued=name_hash(parts.issuer) == name_hash(parts.subject),
        policies=None if policies is None else _policies(policies),
        mappings=() if mappings is None else _mappings(mappings),
        require_explicit=limits.get(_REQUIRE_EXPLICIT),
        inhibit_mapping=limits.get(_INHIBIT_MAPPING),
        inhibit_any=None if inhibit_any is None else _skip(inhibit_any),
    )


def _policies(der: bytes) -> tuple[str, ...]:
    return tuple([policy for (policy,) in _identifiers(der)])


def _mappings(der: bytes) -> tuple[tuple[str, str], ...]:
    return tuple([(issuers, subjects) for issuers, subjects in _identifiers(der)])


def _identifiers(der: bytes) -> list[list[str]]:
    """The object identifiers of each SEQUENCE in a SEQUENCE; never none at all."""
    found = []
    for _, at, _, _ in members(der):
        parts = children(der, *expect(der, at, SEQUENCE))
        found.append(
            [identifier_text(der[to:end]) for tag, _, to, end in parts if tag == OID]
        )
    if not found:
        raise ValueError("an empty list")
    return found


def _limits(der: bytes) -> dict[int, int]:
    parts = members(der)
    # Section 4.2.1.11: not empty.
    if tuple(tag for tag, *_ in parts) not in _LIMITS:
        raise ValueError("neither of the two, or not in their order")
    return {tag: _count(der[start:end]) for tag, _, start, end in parts}


def _skip(der: bytes) -> int:
    start, end = expect(der, 0, INTEGER)
    if end != len(der):
        raise ValueError("bytes follow the number")
    return _count(der[start:end])


def _count(content: bytes) -> int:
    number = int.from_bytes(content, signed=True)
    if number < 0 or not content:
        raise ValueError("not a number of certificates")
    return number
