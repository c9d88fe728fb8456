"""Activate and deactivate a feature service; only that clears what it has kept."""

from lab.actions.deed import deed, record
from lab.actions.running_services import find_service, start, stop
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Service
from lab.store import services


def activate_service(
    lab: Lab, node: str, service: str, *, cluster: str = ""
) -> Service:
    """Activate it on this node: it starts, and reads everything it presents."""
    with deed(lab) as now:
        party, found = find_service(lab, node, service, cluster)
        _check_feature(found)
        if found.activated:
            raise RuleError(
                "{service} on {node} is activated already",
                hint="Start or restart it, or deactivate it first.",
                service=service,
                node=node,
            )
        start(lab, party, found, now)
        record(lab, now, "service.activated", f"{service} on {node}")
    return services.get(lab.db, party.id, service) or found


def deactivate_service(
    lab: Lab, node: str, service: str, *, cluster: str = ""
) -> Service:
    """Deactivate it on this node: it stops, and forgets every certificate it read."""
    with deed(lab) as now:
        party, found = find_service(lab, node, service, cluster)
        _check_feature(found)
        if not found.activated:
            raise RuleError(
                "{service} on {node} is deactivated already",
                hint="Activate it, if it should run.",
                service=service,
                node=node,
            )
        stop(lab, party, found, now, activated=False)
        record(lab, now, "service.deactivated", f"{service} on {node}")
    return services.get(lab.db, party.id, service) or found


def toggle_service(lab: Lab, node: str, service: str, *, cluster: str = "") -> Service:
    """Deactivate it and activate it again, as TFTP needs it after a new tomcat."""
    with deed(lab):
        deactivate_service(lab, node, service, cluster=cluster)
        return activate_service(lab, node, service, cluster=cluster)


def _check_feature(service: Service) -> None:
    if service.kind != "feature":
        raise RuleError(
            "{service} is a network service, which cannot be deactivated or activated",
            hint="Stop, start or restart it.",
            service=service.name,
        )
