"""Let one node lose one trust certificate, as a failed replication does."""

from lab.actions.deed import deed, record
from lab.actions.replication import take_from_store
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.store import certificates, parties


def lose_trust_copy(
    lab: Lab, node: str, store: str, sha256: str, *, cluster: str = ""
) -> None:
    """Take the copy away on this node only; all other nodes keep theirs.

    The cluster has no such command. It is how the lab makes a node drift.
    """
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, node)
        certificate = certificates.get(lab.db, sha256)
        if not take_from_store(lab, party, store, sha256):
            raise NotFoundError(
                "{subject} is not in {store} on {node}",
                hint="Look up where it is on the certificates page.",
                subject=certificate.subject,
                store=store,
                node=node,
            )
        record(lab, now, "trust.lost", f"{store} on {node}", certificate.subject)
