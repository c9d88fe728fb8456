"""Replication that has come due: one node follows the cluster's database."""

import json

from lab.actions.deed import deed, record
from lab.actions.replication import sync_with_database, take_from_store
from lab.lab import Lab
from lab.store import certificates, parties


def sync_subject(lab: Lab, about: str) -> None:
    """Bring one node's entries of one subject in line; `about` is the job's JSON."""
    wanted = json.loads(about)
    with deed(lab) as now:
        party = parties.get(lab.db, wanted["party"])
        store = wanted["store"]
        came, gone = sync_with_database(
            lab, party, store, wanted["subject_hash"], now=now
        )
        names = certificates.many(lab.db, [*came, *gone])
        where = f"{store} on {party.name}"
        for sha256 in came:
            record(lab, now, "trust.replicated", where, names[sha256].subject)
        for sha256 in () if came else gone:
            record(lab, now, "trust.withdrawn", where, names[sha256].subject)


def take_from_trust(lab: Lab, about: str) -> None:
    """Do a deletion on one more node; `about` is the JSON of its job."""
    wanted = json.loads(about)
    with deed(lab) as now:
        party = parties.get(lab.db, wanted["party"])
        certificate = certificates.get(lab.db, wanted["certificate"])
        if take_from_store(lab, party, wanted["store"], certificate.sha256):
            where = f"{wanted['store']} on {party.name}"
            record(lab, now, "trust.withdrawn", where, certificate.subject)
