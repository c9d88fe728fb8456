"""Keep issuer links and effective ends true after a change of rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from sqlite_utils import Database

from lab.models import Certificate, PartyKind
from lab.pki.links import is_issued_by, may_issue
from lab.rules.peers import PEERS, PHONE_IDENTITIES
from lab.rules.purposes import PROFILES
from lab.store import certificates, parties, places
from lab.trust.effective import Graph, Span, effective_ends

_LINKS = 500  # written at once


def add_certificate(db: Database, certificate: Certificate) -> bool:
    """Store a certificate with its links up and down; say whether it was new.

    Call `judge` with it once its places are written.
    """
    return bool(add_certificates(db, [certificate]))


def add_certificates(db: Database, batch: Sequence[Certificate]) -> set[str]:
    """The same for many; return the fingerprints of those that were new."""
    new = certificates.add_many(db, batch)
    links = (
        (child.sha256, issuer.sha256)
        for child, issuer in _candidates(db, new)
        if is_issued_by(child.der, issuer.der)
    )
    while some := list(islice(links, _LINKS)):
        certificates.add_links(db, some)
    return set(new)


def _candidates(
    db: Database, new: Mapping[str, Certificate]
) -> Iterator[tuple[Certificate, Certificate]]:
    """Pairs of child and issuer that may be a link: one is new, names and keys fit.

    By issuer name and key identifier: another key of an issuer of the same name is
    another issuer (RFC 5280 section 4.2.1.1).
    """
    issuers: dict[str, dict[str, list[Certificate]]] = {}
    for child in new.values():
        if child.issuer_hash not in issuers:
            named = issuers.setdefault(child.issuer_hash, {})
            for issuer in certificates.with_subject(db, child.issuer_hash):
                if may_issue(issuer):
                    key = issuer.subject_key_identifier
                    named.setdefault(key, []).append(issuer)
        for issuer in _named(issuers[child.issuer_hash], child):
            if issuer.sha256 != child.sha256:
                yield child, issuer
    for issuer in new.values():
        if may_issue(issuer):
            named = {issuer.subject_key_identifier: [issuer]}
            for child in certificates.with_issuer(db, issuer.subject_hash):
                if child.sha256 not in new:
                    yield from ((child, each) for each in _named(named, child))


def _named(
    issuers: Mapping[str, list[Certificate]], child: Certificate
) -> Iterable[Certificate]:
    """Those whose key the child names; all, where one side names no key."""
    key = child.authority_key_identifier
    if not key:
        return chain.from_iterable(issuers.values())
    return chain(issuers.get(key, ()), issuers.get("", ()))


def judge(db: Database, changed: Iterable[str]) -> None:
    """Work out the effective ends of these certificates and of all below them.

    `changed` are those that were added, moved, revoked, or came to or left a store.
    """
    touched = certificates.below(db, changed)
    if not touched:
        return
    around = certificates.above(db, touched)
    graph = Graph(
        spans={
            sha256: Span(
                end=end,
                self_signed=self_signed,
                self_issued=self_issued,
                path_length=path_length,
            )
            for sha256, (
                end,
                self_signed,
                self_issued,
                path_length,
            ) in certificates.spans(db, around).items()
        },
        issuers=_issuers(db, around),
    )
    found = effective_ends(graph, _anchors(db, touched, graph))
    certificates.set_effective(db, found)


def _issuers(db: Database, sha256s: set[str]) -> Mapping[str, list[str]]:
    issuers: dict[str, list[str]] = {}
    for child, issuer in certificates.links_among(db, sha256s):
        issuers.setdefault(child, []).append(issuer)
    return issuers


def _anchors(
    db: Database, sha256s: set[str], graph: Graph
) -> dict[str, frozenset[str] | None]:
    """For each certificate the roots that those who verify it hold; None for any."""
    profiles = {each.name: each.profile for each in parties.clusters(db)}
    held: dict[tuple[str, str], set[str]] = {}
    for cluster, store, sha256 in places.in_stores(db):
        held.setdefault((cluster, store), set()).add(sha256)
    stores: dict[str, set[tuple[str, str]]] = {}
    for sha256, cluster, kind, role, place in places.holders(db, sha256s):
        usage, _, name = place.partition(":")
        if usage == "trust":
            stores.setdefault(sha256, set()).add((cluster, name))
        elif usage == "identity":
            self_signed = graph.spans[sha256].self_signed
            for store in _verified_with(
                profiles.get(cluster, ""), kind, role, name, self_signed=self_signed
            ):
                stores.setdefault(sha256, set()).add((cluster, store))
    unions: dict[frozenset[tuple[str, str]], frozenset[str]] = {}
    anchors: dict[str, frozenset[str] | None] = dict.fromkeys(sha256s)
    for sha256, wanted in stores.items():
        key = frozenset(wanted)
        if key not in unions:
            unions[key] = frozenset().union(*(held.get(each, set()) for each in key))
        anchors[sha256] = unions[key]
    return anchors


def _verified_with(
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
