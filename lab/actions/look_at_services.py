"""The control center: how the services of a node are, and what each presents."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lab.actions.set_parameter import shows_elliptic
from lab.lab import Lab
from lab.models import Certificate, Party, Service, ServiceState, state_of
from lab.rules.services import STARTS, Start, kept_over_restart, service_row
from lab.rules.services import Service as Row
from lab.store import certificates, parties, places, services


class Presents(StrEnum):
    """What a service presents for a purpose, beside what its slot holds."""

    STORED = "stored"  # the same
    OLD = "old"  # another one, until it is restarted
    COPY = "copy"  # another one, until it is deactivated and activated
    NOT_YET = "not_yet"  # nothing, until it is restarted
    STILL = "still"  # one that the cipher parameter no longer allows, until then
    HIDDEN = "hidden"  # nothing: the cipher parameter does not allow it
    NOTHING = "nothing"  # nothing: it does not run, or the slot is empty


BEHIND = (Presents.OLD, Presents.COPY, Presents.NOT_YET, Presents.STILL)


@dataclass(frozen=True, kw_only=True)
class Presented:
    """One purpose of a service: what it has loaded, and what is stored."""

    purpose: str
    loaded: Certificate | None
    stored: Certificate | None
    presents: Presents


@dataclass(frozen=True, kw_only=True)
class Status:
    """One service of a node at one moment."""

    node: Party
    service: Service
    state: ServiceState
    ready_in: int  # seconds until it has started; 0 unless it is starting
    presented: tuple[Presented, ...]
    row: Row
    rule: Start

    @property
    def is_behind(self) -> bool:
        """Whether it needs a restart to present what is stored."""
        return any(each.presents in BEHIND for each in self.presented)

    @property
    def swaps(self) -> bool:
        """Whether a restart is not enough for that."""
        return any(each.presents is Presents.COPY for each in self.presented)


def services_on(lab: Lab, node: Party, now: datetime) -> list[Status]:
    """Every service of the node, those that are behind first."""
    found = []
    for service in services.of_party(lab.db, node.id):
        row = service_row(service.name, node.kind)
        if row is None:
            continue
        state = state_of(service, now)
        left = service.started_at - now
        is_starting = state is ServiceState.STARTING
        found.append(
            Status(
                node=node,
                service=service,
                state=state,
                ready_in=int(left.total_seconds()) if is_starting else 0,
                presented=_presented(lab, node, service, row),
                row=row,
                rule=STARTS[service.name],
            )
        )
    return sorted(found, key=lambda each: not each.is_behind)


def _presented(
    lab: Lab, node: Party, service: Service, row: Row
) -> tuple[Presented, ...]:
    profile = parties.cluster(lab.db, node.cluster).profile
    kept = kept_over_restart(service.name, profile)
    held = services.loaded(lab.db, service.id)
    slots = {purpose: places.slot(lab.db, node.id, purpose) for purpose in row.loads}
    stored = {purpose: place.certificate for purpose, place in slots.items() if place}
    known = certificates.many(lab.db, {*held.values(), *stored.values()})
    found = []
    for purpose in row.loads:
        loaded, there = held.get(purpose), stored.get(purpose)
        if not service.running or not (loaded or there):
            presents = Presents.NOTHING
        elif not shows_elliptic(lab, node.cluster, purpose):
            presents = Presents.STILL if loaded else Presents.HIDDEN
        elif loaded == there:
            presents = Presents.STORED
        elif not loaded:
            presents = Presents.NOT_YET
        else:
            presents = Presents.COPY if purpose in kept else Presents.OLD
        found.append(
            Presented(
                purpose=purpose,
                loaded=known[loaded] if loaded else None,
                stored=known[there] if there else None,
                presents=presents,
            )
        )
    return tuple(found)
