"""The frame of every action: one transaction, one moment, one event."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from lab.actions.judge import judge
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Event
from lab.store import events
from lab.store.database import immediate

# Whether what is done now is undone again, however deep within deeds it is.
is_tried_out: ContextVar[bool] = ContextVar("is_tried_out", default=False)
# Whether the next deed stands by itself within a trial, and so is judged at its end.
in_trial: ContextVar[bool] = ContextVar("in_trial", default=False)


@contextmanager
def deed(lab: Lab) -> Iterator[datetime]:
    """Begin, hand out the moment, and commit; a refusal undoes everything.

    A deed within a deed is a part of it. What was touched is judged once, at the end
    of the outermost.
    """
    stands_alone = in_trial.get()
    outermost = stands_alone or not lab.db.conn.in_transaction
    in_trial.set(False)
    try:
        with immediate(lab.db):
            if outermost:
                lab.touched.clear()
            yield lab.clock.now()
            if outermost:
                judge(lab.db, lab.touched)
    finally:
        in_trial.set(stands_alone)


def days_after(now: datetime, days: float, *, seconds: int = 0) -> datetime:
    """The moment so many days on; a `RuleError` when no calendar reaches so far."""
    try:
        return now + timedelta(days=days, seconds=seconds)
    except (OverflowError, ValueError):
        raise RuleError(
            "{days} days from now is past the year 9999",
            hint="Choose fewer days.",
            days=days,
        ) from None


def record(lab: Lab, at: datetime, kind: str, about: str, detail: str = "") -> None:
    """Write the event of this action: `kind` is noun.past, `about` names the thing."""
    event = Event(at=at, kind=kind, about=about, detail=detail, actor=lab.actor)
    events.record(lab.db, event)
