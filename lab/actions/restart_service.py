"""Restart a service: from then on it presents what is stored."""

from lab.actions.deed import deed, record
from lab.actions.set_parameter import shows_elliptic
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.models import Party, Service
from lab.rules.services import SERVICES
from lab.store import parties, places, services


def restart_service(lab: Lab, node: str, service: str, *, cluster: str = "") -> Service:
    """Make the service read its certificates again; return it as it runs now."""
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, node)
        running = services.get(lab.db, party.id, service)
        if running is None:
            known = [each.name for each in services.of_party(lab.db, party.id)]
            raise NotFoundError(
                "{node} runs no service called {service}",
                hint="Its services are: {known}.",
                node=node,
                service=service,
                known=", ".join(known) or "none",
            )
        changed = load_certificates(lab, party, running)
        services.mark_started(lab.db, running.id, now)
        detail = f"now presents a new {', '.join(changed)}" if changed else ""
        record(lab, now, "service.restarted", f"{service} on {node}", detail)
    again = services.get(lab.db, party.id, service)
    return again or running


def load_certificates(lab: Lab, party: Party, service: Service) -> list[str]:
    """Read the slots this service presents; return the purposes that are new to it."""
    before = services.loaded(lab.db, service.id)
    changed = []
    for row in SERVICES:
        if row.name != service.name or row.product != party.kind:
            continue
        for purpose in row.loads:
            place = places.slot(lab.db, party.id, purpose)
            if not shows_elliptic(lab, party.cluster, purpose):
                services.unload(lab.db, service.id, purpose)
            elif place and before.get(purpose) != place.certificate:
                services.load(lab.db, service.id, purpose, place.certificate)
                changed.append(purpose)
    return changed
