"""The rules of a path, certificate by certificate: RFC 5280 section 6.1, and usages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from cryptography import x509

from lab.rules.path_rules import Fault
from lab.trust.algorithms import judge_key, judge_signature
from lab.trust.extension_values import ANY_USAGE
from lab.trust.findings import Question, Role, finding, listed
from lab.trust.name_constraints import judge_names
from lab.trust.policies import judge_policies
from lab.trust.pool import Entry
from lab.trust.verdict import Finding, Peer

_Check = Callable[[Entry, Role, Question], Iterator[Finding]]
_LEAF_BITS: Mapping[Peer, tuple[str, ...]] = {  # any of them: OpenSSL's purposes
    Peer.SERVER: ("digitalSignature", "keyEncipherment", "keyAgreement"),
    Peer.CLIENT: ("digitalSignature", "keyAgreement"),
}
_USAGES = {Peer.SERVER: "serverAuth", Peer.CLIENT: "clientAuth"}
_ISSUES = "keyCertSign"


def own_findings(about: Entry, role: Role, question: Question) -> tuple[Finding, ...]:
    """The rules that a certificate breaks by itself, whatever stands around it."""
    key = (role, question.usage, question.policy)
    found = about.found.get(key)
    if found is None:
        found = about.found[key] = tuple(
            each for check in _CHECKS[role] for each in check(about, role, question)
        )
    # Both ends are inclusive: RFC 5280 section 4.1.2.5.
    if about.not_before <= question.at <= about.not_after:
        return found
    return (*_validity(about, question.at), *found)


def path_findings(path: Sequence[Entry]) -> Iterator[Finding]:
    """The rules that take a whole path, leaf first: its length, names and policies."""
    below = 0
    for issuer in path[1:]:
        allowed = issuer.structure.path_length
        if allowed is not None and below > allowed:
            yield finding(
                Fault.PATH_LENGTH,
                issuer,
                "{name} allows {allowed} intermediate certificates below it; "
                "there are {number}",
                allowed=allowed,
                number=below,
            )
        # Self-issued ones do not count: RFC 5280 section 6.1.4 (l).
        below += not issuer.self_issued
    chain = [entry.x509 for entry in reversed(path)]
    if any(entry.structure.constrains_names for entry in path[1:]):
        names = judge_names(chain)
        if names is not None:
            about = path[len(path) - 1 - names.position]
            yield finding(Fault.NAME_CONSTRAINTS, about, names.evidence, **names.values)
    if any(entry.structure.names_policies for entry in path):
        policies = judge_policies(chain)
        if policies is not None:
            about = path[len(path) - 1 - policies.position]
            yield finding(Fault.POLICY, about, policies.evidence, **policies.values)


def _validity(about: Entry, at: datetime) -> Iterator[Finding]:
    if at < about.not_before:
        yield finding(
            Fault.NOT_YET_VALID,
            about,
            "{name} begins on {begin}; the moment asked for is {at}",
            begin=about.not_before,
            at=at,
        )
    if at > about.not_after:
        yield finding(
            Fault.EXPIRED,
            about,
            "{name} ended on {end}; the moment asked for is {at}",
            end=about.not_after,
            at=at,
        )


def _malformed(about: Entry, role: Role, _: Question) -> Iterator[Finding]:
    faults = list(about.structure.faults)
    # The signature of an anchor is not judged, nor what it is made with.
    if role in (Role.LEAF, Role.ISSUER) and not about.structure.same_algorithms:
        faults.append(("{name} names one signature algorithm inside, one outside", {}))
    for evidence, values in faults[:1]:
        yield finding(Fault.MALFORMED, about, evidence, **values)


def _is_ca(about: Entry, role: Role, _: Question) -> Iterator[Finding]:
    structure = about.structure
    if structure.is_ca:
        return
    # RFC 5280 section 6.1.4 (k): one of version 1 is known as a CA by other means.
    is_v1 = about.x509.version is x509.Version.v1
    if is_v1 and role is Role.ANCHOR and about.self_signed:
        return
    if structure.is_ca is None:
        evidence = "{name} is an issuer and has no basic constraints"
    else:
        evidence = "{name} is an issuer and its basic constraints say CA:FALSE"
    yield finding(Fault.NOT_A_CA, about, evidence)


def _issues(about: Entry, _role: Role, _: Question) -> Iterator[Finding]:
    usages = about.structure.key_usage
    if usages is not None and _ISSUES not in usages:
        yield finding(
            Fault.KEY_USAGE,
            about,
            "{name} is an issuer and its key usage is {usages}, without {wanted}",
            usages=listed(usages),
            wanted=_ISSUES,
        )


def _leaf_usage(about: Entry, _: Role, question: Question) -> Iterator[Finding]:
    usages, wanted = about.structure.key_usage, _LEAF_BITS.get(question.usage)
    if usages is not None and wanted and not set(usages).intersection(wanted):
        yield finding(
            Fault.KEY_USAGE,
            about,
            "the key usage of {name} is {usages}; a TLS {role} needs one of {needed}",
            usages=listed(usages),
            role=question.usage.value,
            needed=listed(wanted),
            wanted=wanted[0],
        )


def _extended_usage(about: Entry, _: Role, question: Question) -> Iterator[Finding]:
    usages, wanted = about.structure.extended_key_usage, _USAGES.get(question.usage)
    # RFC 5280 section 4.2.1.12 lets any usage stand for each; OpenSSL does not.
    if usages is None or wanted is None or {wanted, ANY_USAGE}.intersection(usages):
        return
    yield finding(
        Fault.EXTENDED_KEY_USAGE,
        about,
        "the extended key usage of {name} is {usages}; {wanted} is asked for",
        usages=listed(usages),
        wanted=wanted,
    )


def _critical(about: Entry, _role: Role, _: Question) -> Iterator[Finding]:
    unknown = about.structure.unknown_critical
    if unknown:
        yield finding(
            Fault.CRITICAL_EXTENSION,
            about,
            "{name} has the critical extension {extension}, which is unknown here",
            extension=listed(unknown),
        )


_ALWAYS: tuple[_Check, ...] = (_malformed, _extended_usage, _critical, judge_key)
_CHECKS: Mapping[Role, tuple[_Check, ...]] = {
    Role.LEAF: (*_ALWAYS, _leaf_usage, judge_signature),
    Role.OWN_ANCHOR: (*_ALWAYS, _leaf_usage),
    Role.ISSUER: (*_ALWAYS, _is_ca, _issues, judge_signature),
    Role.ANCHOR: (*_ALWAYS, _is_ca, _issues),
}
