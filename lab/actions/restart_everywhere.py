"""Restart a service on all nodes of a cluster, the publisher first."""

from dataclasses import dataclass

from lab.actions.deed import deed
from lab.actions.restart_service import restart_service
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.store import parties, services


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """Where a service was restarted, and where it does not run or cannot be reached."""

    nodes: tuple[str, ...]
    left_out: tuple[str, ...]


def restart_everywhere(lab: Lab, cluster: str, service: str) -> Restarted:
    """One deed, with an event a node; what is stopped or offline is left out.

    Raises `NotFoundError` when no node has the service, and `RuleError` when it can
    be restarted on none.
    """
    with deed(lab):
        parties.cluster(lab.db, cluster)
        found = {
            party: services.get(lab.db, party.id, service)
            for party in parties.nodes(lab.db, cluster)
        }
        held = {party: each for party, each in found.items() if each}
        if not held:
            raise NotFoundError(
                "no node of {cluster} runs a service called {service}",
                hint="Look at the services of a node with: python -m lab services.",
                cluster=cluster,
                service=service,
            )
        reached = [
            party.name for party, each in held.items() if each.running and party.online
        ]
        left_out = [party.name for party in held if party.name not in reached]
        if not reached:
            raise RuleError(
                "{service} runs on no node that can be reached",
                hint="Start it, or bring a node back; there are: {nodes}.",
                service=service,
                nodes=", ".join(left_out),
            )
        for node in reached:
            restart_service(lab, node, service, cluster=cluster)
    return Restarted(nodes=tuple(reached), left_out=tuple(left_out))
