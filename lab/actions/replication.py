"""How trust certificates reach the nodes: at once, some minutes later, or never.

A store that replicates is what the cluster's own database holds: it changes at once,
and so does the node where it was done; each other node follows when it is due.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party, PartyKind, Usage
from lab.rules.cluster_messages import REMOTE_NODE
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, jobs, parties, places, replicated


def check_online(party: Party) -> None:
    """Refuse, in the cluster's words, what is asked of a node that is offline."""
    if not party.online:
        raise RuleError(
            REMOTE_NODE,
            hint="{node} is offline. Bring it back first, or choose another node.",
            node=party.name,
        )


def check_has_store(party: Party, store: str) -> None:
    """Refuse what is asked of a node whose product has no such store."""
    if party.kind not in STORES[store].product:
        raise RuleError(
            "{node} has no trust store {store}",
            hint="It is on {products} nodes.",
            node=party.name,
            store=store,
            products=" and ".join(STORES[store].product),
        )


def reach(
    lab: Lab,
    party: Party,
    kind: str,
    about: Mapping[str, object],
    *,
    now: datetime,
    minutes: int = 0,
) -> bool:
    """Plan a job for a node, `minutes` from now; an offline one gets it when back.

    Its `about` is the JSON of this mapping with the node's number as `party`, and with
    the `minutes`, by which a job is known as one that must reach a node. Says whether
    the node is online.
    """
    text = json.dumps({"party": party.id, "minutes": minutes, **about})
    if not party.online:
        jobs.miss(lab.db, party.id, kind, text, minutes)
        return False
    due_at = now + timedelta(minutes=minutes)
    jobs.schedule_once(lab.db, kind, due_at=due_at, about=text)
    return True


def spread(
    lab: Lab,
    party: Party,
    store: str,
    sha256: str,
    *,
    now: datetime,
    copy_of: str = "",
    description: str = "",
) -> None:
    """Put a certificate into a trust store here, and wherever the store replicates."""
    put_in_store(
        lab, party, store, sha256, now=now, copy_of=copy_of, description=description
    )
    if STORES[store].upload is not Reach.CLUSTER:
        return
    subject = certificates.get(lab.db, sha256).subject_hash
    rivals = replicated.of_subject(lab.db, party.cluster, store, subject)
    there = [row.certificate for row in rivals]
    if sha256 not in there and not newer_among(lab, there, sha256):
        for rival in there:
            replicated.remove(lab.db, party.cluster, store, rival)
        replicated.put(
            lab.db,
            party.cluster,
            store,
            sha256,
            since=now,
            copy_of=copy_of,
            description=description,
        )
    _tell_others(lab, party, store, subject, now)
    if _differs(lab, party, store, subject):
        _tell(lab, party, store, subject, now)


def withdraw(
    lab: Lab, party: Party, store: str, sha256: str, *, now: datetime
) -> list[str]:
    """Take an entry out of a store here, and wherever a deletion reaches.

    Returns the names of the nodes that lose it, at once or when it is due. An offline
    one loses it once it is back.
    """
    rule = STORES[store]
    take_from_store(lab, party, store, sha256)
    others = _others(lab, party, store)
    holding = [node for node in others if places.entry(lab.db, node.id, store, sha256)]
    if rule.delete is not Reach.CLUSTER:
        if not holding:  # it was on no other node, so nothing brings it back
            replicated.remove(lab.db, party.cluster, store, sha256)
        return [party.name]
    if rule.upload is Reach.CLUSTER:
        replicated.remove(lab.db, party.cluster, store, sha256)
        subject = certificates.get(lab.db, sha256).subject_hash
        _tell_others(lab, party, store, subject, now)
        return [party.name, *(node.name for node in others)]
    for node in holding:
        if node.online and not rule.delay_minutes:
            take_from_store(lab, node, store, sha256)
        else:
            about = {"store": store, "certificate": sha256}
            delay = rule.delay_minutes
            reach(lab, node, "take_from_trust", about, now=now, minutes=delay)
    return [party.name, *(node.name for node in holding)]


def sync_with_database(
    lab: Lab, party: Party, store: str, subject_hash: str, *, now: datetime
) -> tuple[list[str], list[str]]:
    """Make a node's entries of this subject equal to the database's.

    Returns the certificates that came, and those that went.
    """
    rows = replicated.of_subject(lab.db, party.cluster, store, subject_hash)
    wanted = {row.certificate: row for row in rows}
    there = places.of_subject(lab.db, party.id, store, subject_hash)
    gone = [sha256 for sha256 in there if sha256 not in wanted]
    came = [sha256 for sha256 in wanted if sha256 not in there]
    for sha256 in gone:
        place, _ = there[sha256]
        places.remove(lab.db, place)
        lab.touch(sha256)
    for sha256 in came:
        row = wanted[sha256]
        _add(
            lab,
            party,
            store,
            sha256,
            now=now,
            copy_of=row.copy_of,
            description=row.description,
        )
    return came, gone


def put_in_store(
    lab: Lab,
    party: Party,
    store: str,
    sha256: str,
    *,
    now: datetime,
    copy_of: str = "",
    description: str = "",
) -> bool:
    """Add one entry to one store; an older one of the same subject makes room.

    A store keeps one certificate a subject, the one with the later notBefore
    (facts §3.1); of two of the same second the one that arrives. Says whether the
    store has changed.
    """
    rivals = namesakes(lab, party, store, sha256)
    if sha256 in rivals.values() or newer_among(lab, rivals.values(), sha256):
        return False
    for place, there in rivals.items():
        places.remove(lab.db, place)
        lab.touch(there)
    return _add(
        lab, party, store, sha256, now=now, copy_of=copy_of, description=description
    )


def take_from_store(lab: Lab, party: Party, store: str, sha256: str) -> bool:
    """Remove one entry from one store; say whether it was there."""
    entry = places.entry(lab.db, party.id, store, sha256)
    if entry:
        places.remove(lab.db, entry.id)
        lab.touch(sha256)
    return entry is not None


def namesakes(lab: Lab, party: Party, store: str, sha256: str) -> dict[int, str]:
    """Entries of a store with the same subject as this certificate, by their place."""
    subject = certificates.get(lab.db, sha256).subject_hash
    there = places.of_subject(lab.db, party.id, store, subject)
    return {place: each for each, (place, _) in there.items()}


def newer_among(lab: Lab, rivals: Iterable[str], sha256: str) -> Certificate | None:
    """One of the rivals that began after this certificate, if any did."""
    found = certificates.many(lab.db, [sha256, *rivals])
    began = found[sha256].not_before
    return next((each for each in found.values() if each.not_before > began), None)


def identity_purpose(lab: Lab, cluster: str, sha256: str) -> str:
    """The purpose that this certificate is the identity of now, or nothing."""
    for place in places.of_certificate(lab.db, sha256):
        if place.usage is Usage.IDENTITY:
            holder = parties.get(lab.db, place.party)
            if holder.cluster == cluster and holder.kind in PartyKind.nodes():
                return place.name
    return ""


def _add(
    lab: Lab,
    party: Party,
    store: str,
    sha256: str,
    *,
    now: datetime,
    copy_of: str,
    description: str,
) -> bool:
    added = places.put(
        lab.db,
        party.id,
        Usage.TRUST,
        store,
        sha256,
        since=now,
        how="copied" if copy_of else "uploaded",
        copy_of=copy_of,
        description=description,
    )
    lab.touch(sha256)
    return added


def _tell_others(
    lab: Lab, party: Party, store: str, subject_hash: str, now: datetime
) -> None:
    for node in _others(lab, party, store):
        if node.online and not STORES[store].delay_minutes:
            sync_with_database(lab, node, store, subject_hash, now=now)
        else:
            _tell(lab, node, store, subject_hash, now)


def _tell(lab: Lab, node: Party, store: str, subject_hash: str, now: datetime) -> None:
    about = {"store": store, "subject_hash": subject_hash}
    delay = STORES[store].delay_minutes
    reach(lab, node, "sync_subject", about, now=now, minutes=delay)


def _others(lab: Lab, party: Party, store: str) -> list[Party]:
    return [
        node
        for node in parties.nodes(lab.db, party.cluster)
        # One that was imported is only looked at.
        if node.fqdn and node.id != party.id and node.kind in STORES[store].product
    ]


def _differs(lab: Lab, party: Party, store: str, subject_hash: str) -> bool:
    rows = replicated.of_subject(lab.db, party.cluster, store, subject_hash)
    there = places.of_subject(lab.db, party.id, store, subject_hash)
    return {row.certificate for row in rows} != set(there)
