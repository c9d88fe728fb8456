"""Start a service that was stopped."""

from lab.actions.deed import deed, record
from lab.actions.running_services import check_activated, find_service, start
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Service
from lab.store import services


def start_service(lab: Lab, node: str, service: str, *, cluster: str = "") -> Service:
    """Start it; it reads what is stored, but for what it keeps over a restart."""
    with deed(lab) as now:
        party, found = find_service(lab, node, service, cluster)
        check_activated(party, found)
        if found.running:
            raise RuleError(
                "{service} on {node} runs already",
                hint="Restart it to have it read its certificates again.",
                service=service,
                node=node,
            )
        start(lab, party, found, now)
        record(lab, now, "service.started", f"{service} on {node}")
    return services.get(lab.db, party.id, service) or found
