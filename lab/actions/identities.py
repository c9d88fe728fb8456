"""What every deed on an identity slot shares: which slot, and what follows at once."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from lab.actions.judge import add_certificate
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Cluster, Party, PartyKind, Usage
from lab.rules.purposes import PROFILES, Purpose
from lab.rules.restarts import NO_RESTART
from lab.rules.services import services_of
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, jobs, parties, places, services


def slot_of(
    lab: Lab, node: str, purpose: str, cluster: str = ""
) -> tuple[Cluster, Party, Purpose]:
    """The node and the rule of that slot; a `LabError` when it has no such slot."""
    party = parties.by_name(lab.db, cluster, node)
    if party.kind not in (PartyKind.UCM, PartyKind.IMP):
        raise RuleError(
            "{name} is not a node, so it has no certificate purposes",
            hint="Name a node of the cluster.",
            name=node,
        )
    if not party.fqdn:
        raise RuleError(
            "{name} was imported, so the lab only looks at its certificates",
            hint="Import the new certificate instead.",
            name=node,
        )
    home = parties.cluster(lab.db, party.cluster)
    table = PROFILES[home.profile]
    row = table.get((party.kind, purpose))
    if row is None:
        known = [name for kind, name in table if kind == party.kind]
        raise RuleError(
            "{node} has no certificate purpose {purpose}",
            hint="Its purposes are: {known}.",
            node=node,
            purpose=purpose,
            known=", ".join(known),
        )
    if row.held_by != "node" and party.role != "publisher":
        raise RuleError(
            "{purpose} is made on the publisher; {node} is a subscriber",
            hint="Do it on the publisher.",
            purpose=purpose,
            node=node,
        )
    return home, party, row


def install_identity(
    lab: Lab,
    party: Party,
    purpose: Purpose,
    certificate: Certificate,
    *,
    now: datetime,
    how: str,
    description: str,
) -> None:
    """Put the certificate into its slot, and its copies into the trust stores.

    An identity of the whole cluster goes to every UCM node. The copy in this node's
    own store follows at once, the others when replication is due (facts §2.2).
    """
    add_certificate(lab.db, certificate)
    holders = [party]
    if purpose.held_by == "cluster":
        holders = parties.nodes(lab.db, party.cluster, PartyKind.UCM)
    for holder in holders:
        put_in_slot(
            lab,
            holder.id,
            purpose.name,
            certificate.sha256,
            since=now,
            how=how,
            description=description,
        )
        _load_where_no_restart_is_needed(lab, holder, purpose)
    if purpose.copied_to:
        spread(
            lab,
            party,
            purpose.copied_to,
            certificate.sha256,
            now=now,
            copy_of=purpose.name,
            description="Trust Certificate",
        )


def put_in_slot(
    lab: Lab,
    party: int,
    name: str,
    sha256: str,
    *,
    since: datetime,
    how: str,
    description: str = "",
) -> None:
    """Make it the identity of that slot; both it and what was there are judged."""
    before = places.slot(lab.db, party, name)
    if before:
        lab.touch(before.certificate)
    places.put_in_slot(
        lab.db, party, name, sha256, since=since, how=how, description=description
    )
    lab.touch(sha256)


def _load_where_no_restart_is_needed(lab: Lab, holder: Party, purpose: Purpose) -> None:
    """Some services take a new certificate up by themselves: `rules.restarts`."""
    profile = parties.cluster(lab.db, holder.cluster).profile
    if (purpose.name, profile) not in {
        (row.changed, row.profile) for row in NO_RESTART
    }:
        return
    loads = {row.name for row in services_of(holder.kind) if purpose.name in row.loads}
    place = places.slot(lab.db, holder.id, purpose.name)
    for service in services.of_party(lab.db, holder.id):
        if place and service.name in loads:
            services.load(lab.db, service.id, purpose.name, place.certificate)


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
