"""What every deed on a service shares: which one, how it starts, what follows."""

import json
from datetime import datetime, timedelta

from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, record
from lab.actions.phone_lists import rebuild_lists
from lab.actions.register_phones import register_phones
from lab.actions.replication import check_online
from lab.actions.set_parameter import shows_elliptic
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Party, Service, is_up
from lab.rules.restarts import CALLS, CAPF, TFTP, TVS
from lab.rules.services import STARTS, kept_over_restart, service_row
from lab.store import jobs, parties, places, services


def find_service(
    lab: Lab, node: str, service: str, cluster: str = ""
) -> tuple[Party, Service]:
    """The node and the service on it; a `LabError` when it cannot be reached."""
    party = parties.by_name(lab.db, cluster, node)
    check_online(party)
    found = services.get(lab.db, party.id, service)
    if found is None:
        known = [each.name for each in services.of_party(lab.db, party.id)]
        raise NotFoundError(
            "{node} runs no service called {service}",
            hint="Its services are: {known}.",
            node=node,
            service=service,
            known=", ".join(known) or "none",
        )
    return party, found


def check_activated(party: Party, service: Service) -> None:
    if not service.activated:
        raise RuleError(
            "{service} on {node} is deactivated",
            hint="Activate it first; it starts by that.",
            service=service.name,
            node=party.name,
        )


def start(lab: Lab, party: Party, service: Service, now: datetime) -> list[str]:
    """Have it read its certificates and begin; return the purposes new to it.

    It is ready after the seconds that `lab.rules.services.STARTS` says.
    """
    ready = now + timedelta(seconds=STARTS[service.name].seconds)
    services.mark_started(lab.db, service.id, ready)
    kept = _kept(lab, party, service)
    changed = load_certificates(lab, party, service)
    about = {"party": party.id, "service": service.name}
    jobs.schedule(lab.db, "finish_start", due_at=ready, about=json.dumps(about))
    home = party.cluster
    close_tasks(lab, home, Follows.RESTART, now=now, what=service.name, party=party)
    if service.name == TFTP:
        what = "restart" if kept else ""  # with no copy kept, all that was asked of it
        close_tasks(lab, home, Follows.TFTP, now=now, what=what, party=party)
    _tell_phones(lab, party, service, now)
    return changed


def finish_start(lab: Lab, about: str) -> None:
    """The moment a start is over: from now on the service answers."""
    with deed(lab) as now:
        told = json.loads(about)
        service = services.get(lab.db, told["party"], told["service"])
        # It may have been stopped since, or restarted once more.
        if service and is_up(service, now) and service.started_at == now:
            party = parties.get(lab.db, service.party)
            record(lab, now, "service.ready", f"{service.name} on {party.name}")
            _tell_phones(lab, party, service, now)


def stop(
    lab: Lab, party: Party, service: Service, now: datetime, *, activated: bool = True
) -> None:
    """Have it end: it forgets what it read, but for its own copy while activated."""
    kept = _kept(lab, party, service) if activated else set()
    services.mark_stopped(lab.db, service.id, activated=activated)
    for purpose in services.loaded(lab.db, service.id).keys() - kept:
        services.unload(lab.db, service.id, purpose)
    _tell_phones(lab, party, service, now)


def load_certificates(lab: Lab, party: Party, service: Service) -> list[str]:
    """Read the slots this service presents; return the purposes that are new to it.

    A copy that it keeps until it is deactivated stays as it was.
    """
    row = service_row(service.name, party.kind)
    if row is None:
        return []
    before = services.loaded(lab.db, service.id)
    kept = _kept(lab, party, service)
    changed = []
    for purpose in row.loads:
        place = places.slot(lab.db, party.id, purpose)
        if not shows_elliptic(lab, party.cluster, purpose):
            services.unload(lab.db, service.id, purpose)
        elif place and purpose not in kept and before.get(purpose) != place.certificate:
            services.load(lab.db, service.id, purpose, place.certificate)
            changed.append(purpose)
    return changed


def _tell_phones(lab: Lab, party: Party, service: Service, now: datetime) -> None:
    """The ITL names what some services loaded; phones notice others come and go."""
    if service.name in (TFTP, TVS, CAPF):
        rebuild_lists(lab, party.cluster, now)
    if service.name in (CALLS, TFTP):
        register_phones(lab, party.cluster, party.name)
    elif service.name == TVS:  # phones of other nodes ask it too
        register_phones(lab, party.cluster)


def _kept(lab: Lab, party: Party, service: Service) -> set[str]:
    """Purposes of which it has a copy that only a deactivation ends."""
    profile = parties.cluster(lab.db, party.cluster).profile
    rule = kept_over_restart(service.name, profile)
    return {*rule} & services.loaded(lab.db, service.id).keys()
