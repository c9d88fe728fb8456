"""Who stands at the ends of a connection in this lab, and what they present there."""

from dataclasses import dataclass

from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.rules.connections import CONNECTIONS, Connection
from lab.store import parties, places, services


@dataclass(frozen=True, kw_only=True)
class End:
    """A certificate that one end of a connection presents."""

    party: Party
    purpose: str
    certificate: str  # sha256


def connection(name: str) -> Connection:
    """The row of that number; KeyError if there is none."""
    return {row.id: row for row in CONNECTIONS}[name]


def servers(lab: Lab, cluster: str, name: str) -> list[End]:
    """What the servers of this connection present to the cluster.

    A node presents what its service has loaded, an outside system what it holds.
    """
    row = connection(name)
    return _ends(lab, cluster, row.server, row.server_purposes, row.server_service)


def both_ends(lab: Lab, cluster: str, name: str) -> list[End]:
    """The same of clients and servers; each certificate of a party once."""
    row = connection(name)
    clients = _ends(lab, cluster, row.client, row.client_purposes, row.client_service)
    found = {
        (each.party.id, each.certificate): each
        for each in (*servers(lab, cluster, name), *clients)
    }
    return list(found.values())


def _ends(
    lab: Lab, cluster: str, role: str, purposes: tuple[str, ...], service: str
) -> list[End]:
    found = []
    for party in _parties(lab, cluster, role):
        presented = _presented(lab, party, purposes, service)
        found += [
            End(party=party, purpose=purpose, certificate=presented[purpose])
            for purpose in purposes
            if purpose in presented
        ]
    return found


def _parties(lab: Lab, cluster: str, role: str) -> list[Party]:
    match role:
        case "node":
            return parties.nodes(lab.db, cluster)
        case "ucm" | "imp":
            return parties.nodes(lab.db, cluster, PartyKind(role))
        case "other-cluster":
            every = parties.nodes(lab.db, kind=PartyKind.UCM)
            return [each for each in every if each.cluster != cluster]
    peers = parties.of_kind(lab.db, cluster, PartyKind.PEER)
    return [each for each in peers if each.role == role]


def _presented(
    lab: Lab, party: Party, purposes: tuple[str, ...], service: str
) -> dict[str, str]:
    """Certificates by purpose; a service that does not run presents none."""
    if party.kind is PartyKind.PEER or not service:
        slots = (places.slot(lab.db, party.id, purpose) for purpose in purposes)
        return {slot.name: slot.certificate for slot in slots if slot}
    found = services.get(lab.db, party.id, service)
    if found is None or not found.running:
        return {}
    return services.loaded(lab.db, found.id)
