"""Put what is imported where a person says, or where it was proposed."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from lab.actions.identities import put_in_slot
from lab.belonging import Assignment, FoundKey, Proposal, Seen
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Cluster, Party, PartyKind, Usage
from lab.rules.belonging import Doubt
from lab.rules.peers import PHONE_IDENTITIES
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, parties, places

HOW = "imported"
Weighed = tuple[Seen, tuple[Proposal, ...]]
NOBODY = "Imported"  # who has the certificates of a cluster that are given no node
_PURPOSES = dict.fromkeys((*(name for _, name in SEED_R14), *PHONE_IDENTITIES))


class Target(NamedTuple):
    """A slot or a store of a party, or what it has without either."""

    party: Party
    usage: Usage
    name: str


def target_of(lab: Lab, where: Assignment, like: Proposal | None = None) -> Target:
    """The place that is meant; a cluster or a node that is missing is made.

    A node is made as the proposal describes it. Raises `RuleError` when there is no
    such place, or when the slot holds a certificate of the lab's own.
    """
    _check_whole(where)
    if where.node and not where.cluster:
        known = parties.by_name(lab.db, "", where.node)
        where = replace(where, cluster=known.cluster)
    kind = like.kind if like else _product(where)
    if where.cluster:
        _make_cluster(lab, where.cluster, like.domain if like else "")
    party = _party(lab, where, kind, like.role if like else "")
    if not _has_place(party.kind, where):
        if where.store:
            raise RuleError(
                "{node} has no trust store {store}",
                hint="Name another node or another store.",
                node=party.name,
                store=where.store,
            )
        raise RuleError(
            "{node} has no certificate purpose {purpose}",
            hint="Name another node or another purpose.",
            node=party.name,
            purpose=where.purpose,
        )
    if where.store:
        return Target(party, Usage.TRUST, where.store)
    if not where.purpose:
        return Target(party, Usage.UNASSIGNED, "")
    there = places.slot(lab.db, party.id, where.purpose)
    if there and there.how != HOW:
        raise RuleError(
            "{purpose} on {node} holds a certificate of the lab's own",
            hint="Upload into that slot instead, or import to another node.",
            purpose=where.purpose,
            node=party.name,
        )
    return Target(party, Usage.IDENTITY, where.purpose)


def put_many(
    lab: Lab,
    target: Target,
    new: Collection[str],
    known: Collection[str],
    now: datetime,
) -> None:
    """Put certificates there; what has another place already keeps it as well.

    Those without a slot or a store stay where they are, if they are anywhere.
    """
    party, usage, name = target
    if usage is Usage.UNASSIGNED:
        known = set(known) - places.placed_among(lab.db, known)
    else:  # they have found their place
        places.end_unassigned(lab.db, known)
    if usage is Usage.IDENTITY:
        for sha256 in (*new, *known):
            put_in_slot(lab, party.id, name, sha256, since=now, how=HOW)
    else:
        where = (party.id, usage, name)
        places.put_many(lab.db, *where, (*new, *known), since=now, how=HOW)


def fitting(lab: Lab, seen: Seen, proposal: Proposal) -> Proposal:
    """The proposal, doubted when what the lab holds already speaks against it.

    A store keeps one certificate a subject, a slot one at all: the one that began last
    (facts §3.1). Nothing of the lab's own makes room.
    """
    if proposal.doubt:
        return proposal
    for party in parties.named(lab.db, proposal.node):
        if party.cluster == proposal.cluster:
            check = _fitting_store if proposal.store else _fitting_slot
            if not _has_place(party.kind, proposal.target):
                return proposal.doubted(Doubt.OTHER_PRODUCT)
            return check(lab, party, seen, proposal)
    return proposal


def with_room(lab: Lab, weighed: Mapping[FoundKey, Weighed]) -> dict[FoundKey, Weighed]:
    """The same, doubted where a store has no room left beside what it holds."""
    left: dict[Assignment, int] = {}
    inside: set[tuple[Assignment, str]] = set()
    checked = {
        key: (seen, tuple(_with_room(lab, seen, each, left, inside) for each in found))
        for key, (seen, found) in sorted(weighed.items(), key=lambda it: it[0].sha256)
    }
    return {key: checked[key] for key in weighed}


def _with_room(
    lab: Lab,
    seen: Seen,
    proposal: Proposal,
    left: dict[Assignment, int],
    inside: set[tuple[Assignment, str]],
) -> Proposal:
    limit = STORES[proposal.store].limit if proposal.store else 0
    place, sha256 = proposal.target, seen.key.sha256
    if proposal.doubt or not limit or (place, sha256) in inside:
        return proposal
    held = [
        party.id
        for party in parties.named(lab.db, proposal.node)
        if party.cluster == proposal.cluster
    ]
    if place not in left:
        entries = places.entries(lab.db, held[0], proposal.store) if held else []
        left[place] = limit - len(entries)
    # One of its subject is there: it is that one, or takes its room.
    takes_room = not held or not places.of_subject(
        lab.db, held[0], proposal.store, seen.subject_hash
    )
    if left[place] < takes_room:
        return proposal.doubted(Doubt.FULL, limit=limit)
    left[place] -= takes_room
    inside.add((place, sha256))
    return proposal


def put_proposed(lab: Lab, target: Target, seen: Seen, now: datetime) -> None:
    """Put a certificate where it fits; what began earlier makes room for it."""
    sha256 = seen.key.sha256
    places.end_unassigned(lab.db, [sha256])
    party, usage, name = target
    if usage is Usage.IDENTITY:
        there = places.slot(lab.db, party.id, name)
        if not there or there.certificate != sha256:
            put_in_slot(lab, party.id, name, sha256, since=now, how=HOW)
        return
    rivals = places.of_subject(lab.db, party.id, name, seen.subject_hash)
    for rival, (place, _) in rivals.items():
        if rival != sha256:
            places.remove(lab.db, place)
            lab.touch(rival)
    places.put(lab.db, party.id, usage, name, sha256, since=now, how=HOW)
    lab.touch(sha256)


def _fitting_slot(lab: Lab, party: Party, seen: Seen, proposal: Proposal) -> Proposal:
    there = places.slot(lab.db, party.id, proposal.purpose)
    if there is None or there.certificate == seen.key.sha256:
        return proposal
    if there.how != HOW:
        return proposal.doubted(Doubt.OWN)
    began = certificates.get(lab.db, there.certificate).not_before
    return _unless_later(seen, proposal, {there.certificate: began})


def _fitting_store(lab: Lab, party: Party, seen: Seen, proposal: Proposal) -> Proposal:
    rule = STORES[proposal.store]
    publishers = [
        node.name
        for node in parties.nodes(lab.db, party.cluster, PartyKind.UCM)
        if node.role == "publisher"
    ]
    if rule.upload is Reach.PUBLISHER and party.name not in publishers and publishers:
        return proposal.doubted(Doubt.PUBLISHER, publisher=publishers[0])
    store = party.id, proposal.store
    rivals = places.of_subject(lab.db, *store, seen.subject_hash)
    if seen.key.sha256 in rivals:
        return proposal
    started = {rival: start for rival, (_, start) in rivals.items()}
    return _unless_later(seen, proposal, started)


def _unless_later(
    seen: Seen, proposal: Proposal, there: Mapping[str, datetime]
) -> Proposal:
    # Of two that began in the same second the same one wins in any order of imports.
    latest = max(((start, sha256) for sha256, start in there.items()), default=None)
    if latest and latest > (seen.not_before, seen.key.sha256):
        return proposal.doubted(Doubt.STORED, start=utc_text(latest[0]))
    return proposal


def _has_place(kind: PartyKind, where: Assignment) -> bool:
    if where.store:
        return kind in STORES[where.store].product
    if where.purpose in PHONE_IDENTITIES:
        return kind is PartyKind.PHONE
    return not where.purpose or (kind, where.purpose) in SEED_R14


def _check_whole(where: Assignment) -> None:
    if where.purpose and where.store:
        raise RuleError(
            "a certificate goes to the purpose {purpose} or to the store {store}",
            hint="Name one of the two.",
            purpose=where.purpose,
            store=where.store,
        )
    if (where.purpose or where.store) and not where.node:
        raise RuleError(
            "{name} needs a node that it is on",
            hint="Name the node, and its cluster.",
            name=where.purpose or where.store,
        )
    if where.store and where.store not in STORES:
        raise RuleError(
            "there is no trust store called {store}",
            hint="The stores are: {known}.",
            store=repr(where.store),
            known=", ".join(STORES),
        )
    if where.purpose and where.purpose not in _PURPOSES:
        raise RuleError(
            "there is no certificate purpose called {purpose}",
            hint="The purposes are: {known}.",
            purpose=repr(where.purpose),
            known=", ".join(sorted(_PURPOSES)),
        )


def _product(where: Assignment) -> PartyKind:
    """The product of a node that is not known yet, told by what it is to hold."""
    if not where.node:
        return PartyKind.IMPORTED
    if where.store:
        return PartyKind(STORES[where.store].product[0])
    if where.purpose in PHONE_IDENTITIES:
        return PartyKind.PHONE
    if where.purpose and (PartyKind.UCM, where.purpose) not in SEED_R14:
        return PartyKind.IMP
    return PartyKind.UCM


def _make_cluster(lab: Lab, name: str, domain: str) -> None:
    if name not in {each.name for each in parties.clusters(lab.db)}:
        check_name(name)
        cluster = Cluster(
            name=name, domain=domain, profile="seed-r14", mixed_mode=False
        )
        parties.add_cluster(lab.db, cluster)
    elif domain:
        parties.tell_domain(lab.db, name, domain)


def _party(lab: Lab, where: Assignment, kind: PartyKind, role: str) -> Party:
    name = where.node or NOBODY
    check_name(name)
    for known in parties.named(lab.db, name):
        if known.cluster == where.cluster:
            if role and not known.fqdn:
                parties.tell_role(lab.db, known.id, role)
            return known
    # No full name: that of a node which the lab itself runs; see `identities.slot_of`.
    return parties.add(
        lab.db,
        Party(id=0, cluster=where.cluster, kind=kind, name=name, fqdn="", role=role),
    )


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a cluster or a node."""
    if len(name) > 64 or not name.isprintable():
        raise RuleError(
            "{name} cannot be a name",
            hint="Use at most 64 readable characters.",
            name=repr(name[:80]),
        )
