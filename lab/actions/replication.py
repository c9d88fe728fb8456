"""How trust certificates reach the nodes: at once, some minutes later, or never."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from lab.lab import Lab
from lab.models import Certificate, Party, PartyKind, Usage
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, jobs, parties, places


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
    rule = STORES[store]
    if rule.upload is not Reach.CLUSTER:
        return
    for node in parties.nodes(lab.db, party.cluster):
        if node.id == party.id or node.kind not in rule.product:
            continue
        if rule.delay_minutes:
            about = {
                "party": node.id,
                "store": store,
                "certificate": sha256,
                "copy_of": copy_of,
                "description": description,
            }
            jobs.schedule(
                lab.db,
                "copy_to_trust",
                due_at=now + timedelta(minutes=rule.delay_minutes),
                about=json.dumps(about),
            )
        else:
            put_in_store(
                lab,
                node,
                store,
                sha256,
                now=now,
                copy_of=copy_of,
                description=description,
            )


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


def namesakes(lab: Lab, party: Party, store: str, sha256: str) -> dict[int, str]:
    """Entries of a store with the same subject as this certificate, by their place."""
    entries = places.entries(lab.db, party.id, store)
    found = certificates.many(lab.db, [sha256, *(each.certificate for each in entries)])
    subject = found[sha256].subject_hash
    return {
        entry.id: entry.certificate
        for entry in entries
        if found[entry.certificate].subject_hash == subject
    }


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
