"""Replication: a trust certificate reaches one more node."""

import json

from lab.actions.deed import deed, record
from lab.actions.replication import put_in_store
from lab.lab import Lab
from lab.store import certificates, parties


def copy_to_trust(lab: Lab, about: str) -> None:
    """Do one due copy; `about` is the JSON that the deed before it scheduled."""
    wanted = json.loads(about)
    with deed(lab) as now:
        party = parties.get(lab.db, wanted["party"])
        certificate = certificates.get(lab.db, wanted["certificate"])
        changed = put_in_store(
            lab,
            party,
            wanted["store"],
            certificate.sha256,
            now=now,
            copy_of=wanted["copy_of"],
            description=wanted["description"],
        )
        if changed:
            where = f"{wanted['store']} on {party.name}"
            record(lab, now, "trust.replicated", where, certificate.subject)
