"""Let one node lose one trust certificate, as a failed replication does."""

from lab.actions.deed import deed, record
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.store import certificates, parties, places


def lose_trust_copy(
    lab: Lab, node: str, store: str, sha256: str, *, cluster: str = ""
) -> None:
    """Take the copy away on this node only; all other nodes keep theirs.

    The cluster has no such command. It is how the lab makes a node drift.
    """
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, node)
        certificate = certificates.get(lab.db, sha256)
        for entry in places.entries(lab.db, party.id, store):
            if entry.certificate == sha256:
                places.remove(lab.db, entry.id)
                break
        else:
            raise NotFoundError(
                "{subject} is not in {store} on {node}",
                hint="Look up where it is on the certificates page.",
                subject=certificate.subject,
                store=store,
                node=node,
            )
        lab.touch(sha256)
        record(lab, now, "trust.lost", f"{store} on {node}", certificate.subject)
