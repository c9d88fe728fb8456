"""What is still open after a certificate came into its slot: restarts, and the CTL."""

from dataclasses import dataclass
from datetime import datetime

from lab.actions.look_at_services import Presents, services_on
from lab.actions.trust_list_parts import read_list
from lab.effects import Follows
from lab.lab import Lab
from lab.models import Certificate, Party, Place
from lab.rules.purposes import Purpose
from lab.rules.restarts import TFTP
from lab.rules.third_party_flow import LIST_STEP, step_row
from lab.store import parties, places, tasks, trust_lists


@dataclass(frozen=True, kw_only=True)
class After:
    """What is still open after the certificate came into its slot."""

    stale: tuple[tuple[str, str], ...] = ()  # service, node
    restarted_at: datetime | None = None
    starting: tuple[tuple[str, str, datetime], ...] = ()
    open_restarts: tuple[tuple[str, str], ...] = ()
    restart_tasks: tuple[int, ...] = ()
    ctl_open: bool = False


def look_after(lab: Lab, party: Party, row: Purpose, in_slot: Certificate) -> After:
    """On every node that holds this certificate, whether one or several share it."""
    holders = [
        node
        for node in parties.nodes(lab.db, party.cluster)
        if (place := places.slot(lab.db, node.id, row.name))
        and place.certificate == in_slot.sha256
    ]
    now = lab.clock.now()
    stale, started, starting = [], [], []
    for node in holders:
        for status in services_on(lab, node, now):
            ready = status.service.started_at
            for each in status.presented:
                if each.purpose != row.name:
                    continue
                if each.presents is Presents.STORED and ready > now:
                    starting.append((status.service.name, node.name, ready))
                elif each.presents is Presents.STORED:
                    started.append(ready)
                elif each.presents in (Presents.OLD, Presents.COPY, Presents.NOT_YET):
                    stale.append((status.service.name, node.name))
    names = {node.name for node in holders}
    left = [
        task
        for task in tasks.all_open(lab.db, party.cluster)
        if task.cause == row.name and task.cause_node in names
    ]
    restarts = [task for task in left if task.kind in (Follows.RESTART, Follows.TFTP)]
    return After(
        stale=tuple(stale),
        restarted_at=max(started, default=None),
        starting=tuple(starting),
        open_restarts=tuple(
            (task.what if task.kind == Follows.RESTART else TFTP, task.node)
            for task in restarts
        ),
        restart_tasks=tuple(task.id for task in restarts),
        ctl_open=any(task.kind == Follows.TRUST_LIST for task in left),
    )


def newest_ctl(
    lab: Lab, party: Party, row: Purpose, place: Place | None
) -> tuple[datetime | None, bool]:
    """When the CTL was made last, and whether it is about what the slot holds now."""
    publisher = parties.publisher(lab.db, party.cluster)
    newest = publisher and trust_lists.latest(lab.db, publisher.id, "CTL")
    if not newest or place is None or row.name not in step_row(LIST_STEP).only_for:
        return None, False
    if row.key_type == "EC":  # the list has no record of it, so its age counts
        return newest.built_at, newest.built_at >= place.since
    named = {each.certificate.sha256 for each in read_list(newest.file).records}
    return newest.built_at, place.certificate in named
