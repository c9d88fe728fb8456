"""Keep issuer links and effective ends true after a change of rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlite_utils import Database

from lab.actions.helpers import Helpers
from lab.actions.link_issuers import Linked, Linking
from lab.models import Certificate, Effective, PartyKind
from lab.rules.peers import PEERS, PHONE_IDENTITIES
from lab.rules.purposes import PROFILES
from lab.store import certificates, parties, places
from lab.store.certificates import Standing
from lab.trust.effective import Graph, Span, effective_ends

_NEVER = datetime.max.replace(tzinfo=UTC)


def add_certificate(db: Database, certificate: Certificate) -> bool:
    """Store a certificate with its links up and down; say whether it was new.

    Call `judge` with it once its places are written.
    """
    return bool(add_certificates(db, [certificate]))


def add_certificates(db: Database, batch: Sequence[Certificate]) -> set[str]:
    """The same for many; return the fingerprints of those that were new."""
    linking = Linking(db, Helpers(0))
    new = linking.add(batch)
    linking.settle()
    return set(new)


def judge(db: Database, changed: Iterable[str]) -> None:
    """Work out the effective ends of these certificates and of all below them.

    `changed` are those that were added, moved, revoked, or came to or left a store.
    """
    for part in certificates.below(db, changed):
        issuers = certificates.issuers_above(db, part)
        _judge(db, part, issuers, certificates.spans(db, issuers))


def judge_linked(db: Database, linked: Linked) -> None:
    """The same for what has come in; nothing stands below a new leaf."""
    judge(db, linked.changed)
    if linked.leaves:
        own = {sha256: sorted(found) for sha256, (_, found) in linked.leaves.items()}
        above = {issuer for found in own.values() for issuer in found}
        upper = certificates.issuers_above(db, above)
        facts = {
            sha256: certificates.standing(leaf)
            for sha256, (leaf, _) in linked.leaves.items()
        }
        facts |= certificates.spans(db, upper)
        _judge(db, list(own), own | upper, facts)


def _judge(
    db: Database,
    sha256s: Sequence[str],
    issuers: Mapping[str, list[str]],
    facts: Mapping[str, Standing],
) -> None:
    """Judge so many at once, given all that stand above them.

    Certificates that differ in nothing but their own ends are looked up once, as one
    that never ends: it shows what limits them all.
    """
    anchors = _anchors(db, sha256s, facts)
    upper = {issuer for found in issuers.values() for issuer in found}
    spans = {sha256: span_of(facts[sha256]) for sha256 in upper}
    alike: dict[tuple[object, ...], list[str]] = {}
    for sha256 in sha256s:
        fact = facts[sha256]
        if fact.self_signed or sha256 in upper:
            alike[sha256,] = [sha256]
            spans[sha256] = span_of(fact)
        else:
            kind = anchors[sha256], fact.self_issued, fact.path_length
            alike.setdefault((*issuers[sha256], *kind), []).append(sha256)
    for first, *_ in alike.values():
        endless = facts[first]._replace(end=_NEVER)
        spans.setdefault(first, span_of(endless))
    graph = Graph(spans=spans, issuers={each: issuers[each] for each in spans})
    wanted = {first: anchors[first] for first, *_ in alike.values()}
    found = effective_ends(graph, wanted)
    certificates.set_effective(
        db,
        (
            (sha256, *judged)
            for same in alike.values()
            for sha256 in same
            if (judged := _least(sha256, facts[sha256].end, found[same[0]]))
            != facts[sha256].judged
        ),
    )


def _least(sha256: str, end: datetime, above: Effective) -> tuple[str, str, str]:
    """What to store: the certificate's own end, unless its chain has an earlier one."""
    if end <= above.end:
        return end.isoformat(), sha256, above.chain.value
    return above.end.isoformat(), above.limited_by, above.chain.value


def span_of(fact: Standing) -> Span:
    """What the search for the best chain needs to know of it."""
    return Span(
        end=fact.end,
        self_signed=fact.self_signed,
        self_issued=fact.self_issued,
        path_length=fact.path_length,
    )


def _anchors(
    db: Database, sha256s: Sequence[str], facts: Mapping[str, Standing]
) -> dict[str, frozenset[str] | None]:
    """For each certificate the roots that those who verify it hold; None for any."""
    profiles = {each.name: each.profile for each in parties.clusters(db)}
    stores: dict[str, set[tuple[str, str]]] = {}
    for sha256, cluster, kind, role, place in places.holders(db, sha256s):
        usage, _, name = place.partition(":")
        if usage == "trust":
            stores.setdefault(sha256, set()).add((cluster, name))
        elif usage == "identity":
            self_signed = facts[sha256].self_signed
            for store in verified_with(
                profiles.get(cluster, ""), kind, role, name, self_signed=self_signed
            ):
                stores.setdefault(sha256, set()).add((cluster, store))
    held: dict[tuple[str, str], set[str]] = {}
    roots = [sha256 for sha256, fact in facts.items() if fact.self_signed]
    for cluster, store, sha256 in places.in_stores(db, roots) if stores else ():
        held.setdefault((cluster, store), set()).add(sha256)
    unions: dict[frozenset[tuple[str, str]], frozenset[str]] = {}
    anchors: dict[str, frozenset[str] | None] = dict.fromkeys(sha256s)
    for sha256, wanted in stores.items():
        key = frozenset(wanted)
        if key not in unions:
            unions[key] = frozenset().union(*(held.get(each, set()) for each in key))
        anchors[sha256] = unions[key]
    return anchors


def verified_with(
    profile: str, kind: str, role: str, name: str, *, self_signed: bool
) -> tuple[str, ...]:
    if kind == PartyKind.PHONE:
        row = PHONE_IDENTITIES.get(name)
        return row.verified_with if row else ()
    if kind == PartyKind.PEER:
        return PEERS[role].verified_with if role in PEERS else ()
    purpose = PROFILES.get(profile, {}).get((kind, name))
    if purpose is None or (self_signed and purpose.copied_to is None):
        # Verified by list (ITL, CTL, TVS) or by nobody: no store decides over it.
        return ()
    return purpose.verified_with
