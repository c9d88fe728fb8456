"""Say that something was done outside the lab."""

from lab.actions.deed import deed, record
from lab.clock import utc_text
from lab.effects import Follows
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Task
from lab.rules.follow_rules import follow_rule
from lab.store import tasks


def confirm_task(lab: Lab, number: int) -> Task:
    """Tick off what the lab cannot do itself, such as new metadata for sign-on.

    Raises `NotFoundError` for an unknown number, `RuleError` for a task that is closed
    or that ticks itself off when the lab does it.
    """
    with deed(lab) as now:
        task = tasks.get(lab.db, number)
        if task.closed_at:
            raise RuleError(
                "task {number} was closed on {when}",
                hint="Nothing needs to be done.",
                number=number,
                when=utc_text(task.closed_at),
            )
        if not is_outside(task):
            raise RuleError(
                "task {number} is not done outside the lab: {kind} {what}",
                hint="Do it here; it then ticks itself off.",
                number=number,
                kind=task.kind,
                what=task.what or task.cluster,
            )
        tasks.close_one(lab.db, number, now=now, how="confirmed")
        about = f"{task.kind} of {task.cluster}"
        detail = f"{task.what or task.kind} after {task.cause} on {task.cause_node}"
        record(lab, now, "task.confirmed", about, detail)
    return tasks.get(lab.db, number)


def is_outside(task: Task) -> bool:
    """Whether somebody does it elsewhere and says so."""
    return follow_rule(Follows(task.kind), task.what).by == "outside"
