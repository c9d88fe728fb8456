"""Which identities does one node no longer trust, though others may still do?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lab.actions.judge import span_of, verified_with
from lab.lab import Lab
from lab.models import Chain, Effective, Usage
from lab.store import certificates, parties, places
from lab.trust.effective import Graph, effective_ends

_MOST = 20_000  # identities below the lost ones that are looked at
Lost = tuple[int, str, str]  # party, store, certificate
Refused = dict[str, tuple[Effective, Effective, set[str]]]


def refused_on_nodes(lab: Lab, lost: Sequence[Lost], now: datetime) -> Refused:
    """Identities that nodes verified by the entries they lost, and do not any more.

    By certificate: its end before, as that node saw it, after, and the nodes.
    """
    gone: dict[int, dict[str, set[str]]] = {}
    for party, store, sha256 in lost:
        gone.setdefault(party, {}).setdefault(store, set()).add(sha256)
    below: dict[frozenset[str], list[str]] = {}
    found: Refused = {}
    for party, stores in gone.items():
        key = frozenset().union(*stores.values())
        if key not in below:
            below[key] = _below(lab, key)
        node = parties.get(lab.db, party)
        verified = _verified_by(lab, below[key], node.cluster, stores)
        held = {
            store: places.held(lab.db, party, store)
            for store in set().union(*verified.values())
        }
        after = _ends(lab, verified, held)
        before = _ends(
            lab,
            verified,
            {store: held[store] | stores.get(store, set()) for store in held},
        )
        for sha256, was in before.items():
            trusted = was.chain is Chain.COMPLETE and was.end >= now
            if trusted and after[sha256].chain is not Chain.COMPLETE:
                _, _, nodes = found.setdefault(sha256, (was, after[sha256], set()))
                nodes.add(node.name)
    return found


def _below(lab: Lab, sha256s: Iterable[str]) -> list[str]:
    """Identities among these and all that stand below them."""
    found: dict[str, None] = {}
    for part in certificates.below(lab.db, sha256s):
        for sha256, *_rest, place in places.holders(lab.db, part):
            if place.startswith(Usage.IDENTITY):
                found[sha256] = None
        if len(found) >= _MOST:
            break
    return list(found)


def _verified_by(
    lab: Lab, sha256s: Sequence[str], cluster: str, lost: Iterable[str]
) -> dict[str, set[str]]:
    """Identities of these that nodes verify by a store that lost something.

    With each, all the stores of a node that may vouch for it.
    """
    profiles = {each.name: each.profile for each in parties.clusters(lab.db)}
    facts = certificates.spans(lab.db, sha256s)
    found: dict[str, set[str]] = {}
    for sha256, home, kind, role, place in places.holders(lab.db, sha256s):
        usage, _, name = place.partition(":")
        if home == cluster and usage == Usage.IDENTITY:
            self_signed = facts[sha256].self_signed
            found.setdefault(sha256, set()).update(
                verified_with(profiles[home], kind, role, name, self_signed=self_signed)
            )
    return {
        name: stores for name, stores in found.items() if not stores.isdisjoint(lost)
    }


def _ends(
    lab: Lab, verified: Mapping[str, set[str]], held: Mapping[str, set[str]]
) -> dict[str, Effective]:
    """The end of each of these for a node whose stores hold this."""
    issuers = certificates.issuers_above(lab.db, verified)
    upper = {*issuers, *(each for found in issuers.values() for each in found)}
    spans = {
        sha256: span_of(fact)
        for sha256, fact in certificates.spans(lab.db, upper).items()
    }
    graph = Graph(spans=spans, issuers={each: issuers.get(each, []) for each in spans})
    unions: dict[frozenset[str], frozenset[str]] = {}
    for stores in map(frozenset, verified.values()):
        if stores not in unions:
            entries = set().union(*(held[store] for store in stores))
            unions[stores] = frozenset(entries & spans.keys())
    anchors = {name: unions[frozenset(stores)] for name, stores in verified.items()}
    return effective_ends(graph, anchors)
