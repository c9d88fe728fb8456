"""TLS clients of the cluster that ask for revocation while they connect."""

from dataclasses import dataclass

from lab.actions.check_revocation import check
from lab.actions.connection_ends import connection, servers
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.models import Certificate, Check
from lab.rules.revocation import LIVE
from lab.rules.sources import Source
from lab.store import certificates, parties, revocation_checks


@dataclass(frozen=True, kw_only=True)
class LiveRow:
    """A client, and the leaf certificate of one other side that it meets."""

    client: str
    connection: str = ""  # an id in lab.rules.connections
    label: str = ""
    party: str = ""  # empty: the lab has nobody that this client connects to
    cluster: str = ""  # of that party
    certificate: Certificate | None = None
    latest: Check | None = None  # of this client
    note: str
    source: Source


def live_checks(lab: Lab, cluster: str) -> list[LiveRow]:
    """Every client and each other side that it meets, as they are in the lab."""
    home = parties.cluster(lab.db, cluster).name
    rows = []
    for client in LIVE:
        met = [
            (name, end)
            for name in client.connections
            for end in servers(lab, home, name)
        ]
        found = certificates.many(lab.db, {end.certificate for _, end in met})
        rows += [
            LiveRow(
                client=client.client,
                connection=name,
                label=connection(name).label,
                party=end.party.name,
                cluster=end.party.cluster,
                certificate=found[end.certificate],
                latest=revocation_checks.latest_of(
                    lab.db, home, end.certificate, cause="live", client=client.client
                ),
                note=client.note,
                source=client.source,
            )
            for name, end in met
        ] or [LiveRow(client=client.client, note=client.note, source=client.source)]
    return rows


def check_live(lab: Lab, cluster: str, client: str, party: str) -> Check:
    """Have a client connect to that party: ask for its leaf, and judge by the answer.

    Never called within a deed. Raises `NotFoundError` where no such client meets that
    party, `RuleError` where nobody can be asked. Source: facts §5.
    """
    rows = [row for row in live_checks(lab, cluster) if row.party]
    for row in rows:
        if row.certificate and (row.client, row.party) == (client, party):
            return check(
                lab, cluster, row.certificate.sha256, cause="live", client=client
            )
    raise NotFoundError(
        "no client called {client} of {cluster} connects to {party}",
        hint="These do: {known}.",
        client=repr(client[:80]),
        cluster=cluster,
        party=repr(party[:80]),
        known=", ".join(f"{row.client} to {row.party}" for row in rows) or "none",
    )
