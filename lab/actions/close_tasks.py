"""Tick off what is done: the deed that does it calls this within its transaction."""

from datetime import datetime

from lab.effects import Follows
from lab.lab import Lab
from lab.models import Party
from lab.store import tasks


def close_tasks(
    lab: Lab,
    cluster: str,
    kind: Follows,
    *,
    now: datetime,
    what: str = "",
    party: Party | None = None,
    how: str = "done",
) -> int:
    """Close the open tasks of this kind, whatever their cause; say how many.

    With `what` only those of that service or manner, with `party` only those of that
    node; without them, all of the cluster.
    """
    node = party.id if party else None
    return tasks.close(lab.db, cluster, kind, now=now, what=what, party=node, how=how)
