"""The frame of every action: one transaction, one moment, one event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from lab.lab import Lab
from lab.models import Event
from lab.store import events
from lab.store.database import immediate


@contextmanager
def deed(lab: Lab) -> Iterator[datetime]:
    """Begin, hand out the moment, and commit; a refusal undoes everything."""
    with immediate(lab.db):
        yield lab.clock.now()


def record(lab: Lab, at: datetime, kind: str, about: str, detail: str = "") -> None:
    """Write the event of this action: `kind` is noun.past, `about` names the thing."""
    event = Event(at=at, kind=kind, about=about, detail=detail, actor=lab.actor)
    events.record(lab.db, event)
