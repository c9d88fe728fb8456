"""Stop a service: it presents nothing until it is started."""

from lab.actions.deed import deed, record
from lab.actions.running_services import check_activated, find_service, stop
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Service
from lab.rules.services import STARTS
from lab.store import services


def stop_service(lab: Lab, node: str, service: str, *, cluster: str = "") -> Service:
    """Stop it; a `RuleError` for those that can be restarted only."""
    with deed(lab) as now:
        party, found = find_service(lab, node, service, cluster)
        check_activated(party, found)
        if not STARTS[service].stops:
            raise RuleError(
                "{service} cannot be stopped: {reason}",
                hint="Restart it.",
                service=service,
                reason=STARTS[service].note,
            )
        if not found.running:
            raise RuleError(
                "{service} on {node} is stopped already",
                hint="Start it, if it should run.",
                service=service,
                node=node,
            )
        stop(lab, party, found, now)
        record(lab, now, "service.stopped", f"{service} on {node}")
    return services.get(lab.db, party.id, service) or found
