"""Do what is left to do after changes, in the safe order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from lab.actions.activate_service import toggle_service
from lab.actions.confirm_task import confirm_task, is_outside
from lab.actions.deed import deed
from lab.actions.make_backup import make_backup
from lab.actions.planned_backup import plan_backup
from lab.actions.reset_phones import reset_phones
from lab.actions.restart_service import restart_service
from lab.actions.update_ctl import update_ctl
from lab.effects import Follows
from lab.errors import LabError, RuleError
from lab.lab import Lab
from lab.models import PartyKind, ServiceState, Task, state_of
from lab.rules.after_change import AFTER_CHANGE, SWAP
from lab.rules.backups import BACKUP_NEEDS
from lab.rules.follow_rules import follow_rule
from lab.rules.restarts import TFTP
from lab.store import jobs, parties, services, tasks


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What was done, what is planned, and what was refused, with why."""

    done: tuple[Task, ...] = ()
    planned: tuple[tuple[Task, datetime], ...] = ()  # and when it happens
    refused: tuple[tuple[Task, LabError], ...] = ()


def finish_tasks(
    lab: Lab,
    cluster: str = "",
    node: str = "",
    purpose: str = "",
    *,
    only: Collection[int] = (),
    outside: bool = False,
) -> Finished:
    """Do every open task that the lab can do, and what that asks for in its turn.

    `node` and `purpose` choose by what was changed, and where; `only` names tasks by
    their numbers, and a `RuleError` says when none of them is open any more. With
    `outside` the rest is said to be done outside the lab. Publishers come first, the
    backup last. A refusal of one keeps none of the others waiting; it is raised when
    nothing at all could be done.
    """
    done: list[Task] = []
    planned: list[tuple[Task, datetime]] = []
    refused: list[tuple[Task, LabError]] = []
    with deed(lab) as now:
        before = {task.id for task in tasks.all_open(lab.db)}
        wanted = {
            task.id
            for task in tasks.all_open(lab.db, cluster)
            if node in ("", task.cause_node)
            and purpose in ("", task.cause)
            and (not only or task.id in only)
            and (outside or not is_outside(task))
        }
        if only and not wanted:
            raise RuleError(
                "what was left to do is done already",
                hint="Look again at what is left.",
            )
        while task := _next(lab, wanted):
            wanted.discard(task.id)
            try:
                if at := _ready(lab, task, now):
                    _plan(lab, task, at)
                    planned.append((task, at))
                else:
                    _do(lab, task)
                    done.append(task)
            except LabError as refusal:
                refused.append((task, refusal))
            if not only:
                opened = tasks.all_open(lab.db, task.cluster)
                wanted |= {
                    each.id
                    for each in opened
                    if each.id not in before and (outside or not is_outside(each))
                }
                before |= {each.id for each in opened}
        if refused and not done and not planned:
            raise refused[0][1]
    return Finished(done=tuple(done), planned=tuple(planned), refused=tuple(refused))


def _next(lab: Lab, wanted: Collection[int]) -> Task | None:
    """The first of these in the safe order that is still open.

    Asked anew each time, as what is done may tick off others.
    """
    order = {
        (each.cluster, each.name): at for at, each in enumerate(parties.nodes(lab.db))
    }
    return min(
        (task for task in tasks.all_open(lab.db) if task.id in wanted),
        key=lambda task: (
            *_position(task),
            order.get((task.cluster, task.node), -1),
            task.id,
        ),
        default=None,
    )


def _position(task: Task) -> tuple[int, int, bool]:
    """Lists that were reset reach the phones before anything else is touched.

    A restart of TFTP comes after what more is asked of it, which may do for both.
    """
    after = AFTER_CHANGE.get(task.cause)
    first = bool(after and after.phones_first)
    if first and task.kind == Follows.PHONES:
        return 0, 0, False
    position = follow_rule(task.kind, task.what).position
    if task.kind == Follows.RESTART and task.what == TFTP:
        return 1 if first else 2, follow_rule(Follows.TFTP, SWAP).position, True
    return 1 if first else 2, position, False


def _ready(lab: Lab, task: Task, now: datetime) -> datetime | None:
    """When that what this needs is up, if it is starting; None: it can be done now.

    Phones would find nobody before, and a backup would be refused.
    """
    if task.kind not in (Follows.PHONES, Follows.BACKUP):
        return None
    needed = [row.service for row in BACKUP_NEEDS]
    starting = [
        each.started_at
        for node in parties.nodes(lab.db, task.cluster)
        for each in services.of_party(lab.db, node.id)
        if state_of(each, now) is ServiceState.STARTING
        and (node.kind is PartyKind.UCM or task.kind == Follows.BACKUP)
        and (each.name in needed or task.kind == Follows.PHONES)
    ]
    return max(starting, default=None)


def _plan(lab: Lab, task: Task, at: datetime) -> None:
    """Have it done then; what is planned for earlier waits too."""
    if task.kind == Follows.BACKUP:
        plan_backup(lab, task.cluster, at)
    else:
        jobs.cancel(lab.db, "reset_phones", task.cluster)
        jobs.schedule(lab.db, "reset_phones", due_at=at, about=task.cluster)


def _do(lab: Lab, task: Task) -> None:
    match task.kind:
        case Follows.RESTART:
            restart_service(lab, task.node, task.what, cluster=task.cluster)
        case Follows.TFTP if task.what == SWAP:
            toggle_service(lab, task.node, TFTP, cluster=task.cluster)
        case Follows.TFTP:
            restart_service(lab, task.node, TFTP, cluster=task.cluster)
        case Follows.TRUST_LIST:
            update_ctl(lab, task.cluster)
        case Follows.PHONES:
            reset_phones(lab, task.cluster)
        case Follows.BACKUP:
            make_backup(lab, task.cluster)
        case _:
            confirm_task(lab, task.id)
