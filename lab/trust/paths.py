"""Judge one certificate and say why: the best path there is, and all that it breaks."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from lab.errors import BadInputError
from lab.rules.algorithm_policies import POLICIES
from lab.rules.path_rules import Fault
from lab.trust.findings import Question, Role, finding, listed
from lab.trust.host_names import NameMatch, judge_name
from lab.trust.issuers import TooComplexError
from lab.trust.link_checks import link_findings
from lab.trust.path_checks import own_findings, path_findings
from lab.trust.pool import EMPTY, Entry, Pool, pool
from lab.trust.search import End, Found, Search
from lab.trust.verdict import Finding, Peer, Verdict

__all__ = ["EMPTY", "Peer", "Pool", "Verdict", "explain", "pool"]

_MOST_COMPARED = 16  # paths that fail, to find the one that fails least
_MOST_JUDGED = 200  # paths whose certificates are sound and whose whole may not be
_ORDER = {fault: number for number, fault in enumerate(Fault)}


def explain(
    leaf: bytes,
    *,
    trusted: Pool,
    untrusted: Pool = EMPTY,
    at: datetime,
    name: str = "",
    usage: Peer = Peer.SERVER,
    policy: str = "default",
) -> Verdict:
    """Judge a certificate by RFC 5280 section 6 and the rules of the cluster.

    `name` is the host name or address that is called, and `policy` one of
    `lab.rules.algorithm_policies`. It is accepted when one path to a trusted
    certificate breaks no rule; else the findings are those of the path that breaks
    fewest. Which pool holds what in which order makes no difference. BadInputError when
    the leaf is no certificate, the name none, or there is no such policy.
    """
    if policy not in POLICIES:
        raise BadInputError(
            "there is no algorithm policy {policy}",
            hint="Give one of: {known}.",
            policy=repr(policy),
            known=", ".join(POLICIES),
        )
    fingerprint = sha256(leaf).hexdigest()
    entry = trusted.get(fingerprint) or untrusted.get(fingerprint) or Entry(leaf)
    match = judge_name(name, entry.x509) if name else None
    # The last second counts whole: RFC 5280 section 4.1.2.5 knows no parts of seconds.
    question = Question(at=at.replace(microsecond=0), usage=usage, policy=policy)
    search = Search(entry, trusted, untrusted, question)
    try:
        answer = _answer(search, question)
    except TooComplexError:
        answer = _too_complex(entry, search, question)
    findings = list(answer.findings)
    if match is not None and not match.matched:
        findings.append(_mismatch(entry, name, match))
    findings.sort(key=lambda each: _ORDER[each.fault])
    path = tuple(each.certificate for each in answer.path)
    rules = {
        "own_anchor": answer.anchored and len(path) == 1,
        "partial_chain": answer.anchored and not path[-1].self_signed,
        "common_name": match is not None and match.by == "common name",
    }
    return Verdict(
        accepted=not findings,
        findings=tuple(findings),
        path=path,
        anchored=answer.anchored,
        rules=tuple(rule for rule, used in rules.items() if used),
        tried=answer.tried,
    )


class _Answer(NamedTuple):
    """The best path that was looked at, leaf first, and what it breaks."""

    path: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    anchored: bool
    tried: int


def _answer(search: Search, question: Question) -> _Answer:
    """Look at paths until none can be better; TooComplexError when there is no end."""
    best: _Answer | None = None
    sound = False
    for number, found in enumerate(islice(search.paths(), _MOST_COMPARED), start=1):
        best = _better(best, found, number, search, question)
        sound |= not found.faults
        # The next ones break as many rules by their certificates, or more.
        if len(best.findings) <= found.faults + len(_of_leaf(found, question)):
            return best
    assert best is not None  # there is always a path, be it the leaf alone
    if not sound:
        return best
    # Names or policies stand against a path of sound certificates: any other may do.
    for number, found in enumerate(search.paths(every=True), start=best.tried + 1):
        if number > _MOST_JUDGED:
            raise TooComplexError
        best = _better(best, found, number, search, question)
        if len(best.findings) <= len(_of_leaf(found, question)):
            break
    return best


def _better(
    best: _Answer | None,
    found: Found,
    number: int,
    search: Search,
    question: Question,
) -> _Answer:
    findings = tuple(_findings(found, search, question))
    if best is not None and len(best.findings) <= len(findings):
        return best._replace(tried=number)
    return _Answer(found.path, findings, found.end is End.ANCHOR, number)


def _findings(found: Found, search: Search, question: Question) -> Iterator[Finding]:
    """All rules that a path breaks."""
    yield from _of_leaf(found, question)
    yield from link_findings(found, search.issuers)
    last = found.path[-1]
    for each in found.path[1:]:
        is_last = each is last and found.end in (End.ANCHOR, End.ROOT)
        yield from own_findings(each, Role.ANCHOR if is_last else Role.ISSUER, question)
    search.charge_names(found.path)
    yield from path_findings(found.path)


def _of_leaf(found: Found, question: Question) -> tuple[Finding, ...]:
    alone = len(found.path) == 1 and found.end in (End.ANCHOR, End.ROOT)
    role = Role.OWN_ANCHOR if alone else Role.LEAF
    return own_findings(found.path[0], role, question)


def _too_complex(leaf: Entry, search: Search, question: Question) -> _Answer:
    stopped = finding(
        Fault.TOO_COMPLEX,
        leaf,
        "the search for the issuers of {name} was stopped after {steps} steps "
        "and the work of {signatures} signatures",
        steps=search.steps,
        signatures=search.issuers.work,
    )
    findings = (*own_findings(leaf, Role.LEAF, question), stopped)
    return _Answer((leaf,), findings, anchored=False, tried=1)


def _mismatch(leaf: Entry, asked: str, match: NameMatch) -> Finding:
    if not match.carried:
        evidence = "{name} carries no host name; {asked} is asked for"
        return finding(Fault.NAME_MISMATCH, leaf, evidence, asked=asked)
    return finding(
        Fault.NAME_MISMATCH,
        leaf,
        "{name} is for {carried}; {asked} is asked for",
        carried=listed(match.carried),
        asked=asked,
    )
