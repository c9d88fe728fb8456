"""Restart a service: once it has started, it presents what is stored."""

from collections.abc import Collection

from lab.actions.activate_service import toggle_service
from lab.actions.deed import deed, record
from lab.actions.running_services import check_activated, find_service, start
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Party, Service
from lab.rules.services import kept_over_restart, service_row
from lab.store import parties, services


def restart_service(lab: Lab, node: str, service: str, *, cluster: str = "") -> Service:
    """Make the service read its certificates again; return it as it starts."""
    with deed(lab) as now:
        party, found = find_service(lab, node, service, cluster)
        check_activated(party, found)
        if not found.running:
            raise RuleError(
                "{service} on {node} is stopped",
                hint="Start it; it reads its certificates then.",
                service=service,
                node=node,
            )
        changed = start(lab, party, found, now)
        detail = f"now presents a new {', '.join(changed)}" if changed else ""
        record(lab, now, "service.restarted", f"{service} on {node}", detail)
    return services.get(lab.db, party.id, service) or found


def take_up(
    lab: Lab, party: Party, purpose: str, *, only: Collection[str] = ()
) -> list[str]:
    """Have everything on the node that presents this purpose take up what is stored.

    With `only` just these of its services. What keeps its copy over a restart is
    deactivated and activated. What does not run is left alone: it reads its slots
    when it starts. Returns the services.
    """
    with deed(lab):
        profile = parties.cluster(lab.db, party.cluster).profile
        done = []
        for each in services.of_party(lab.db, party.id):
            row = service_row(each.name, party.kind)
            if row is None or purpose not in row.loads or not each.running:
                continue
            if only and each.name not in only:
                continue
            again = restart_service
            if purpose in kept_over_restart(each.name, profile):
                again = toggle_service
            again(lab, party.name, each.name, cluster=party.cluster)
            done.append(each.name)
    return done
