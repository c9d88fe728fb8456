"""Make a backup later, when the services that it needs have started."""

from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.make_backup import make_backup
from lab.errors import LabError
from lab.lab import Lab
from lab.store import jobs


def plan_backup(lab: Lab, cluster: str, at: datetime) -> None:
    """Have it made then; one that is planned for earlier waits too."""
    jobs.cancel(lab.db, "make_backup", cluster)
    jobs.schedule(lab.db, "make_backup", due_at=at, about=cluster)


def make_planned_backup(lab: Lab, cluster: str) -> None:
    """Make it. When it is refused that is an event, and the task stays open."""
    with deed(lab) as now:
        try:
            make_backup(lab, cluster)
        except LabError as refusal:
            record(lab, now, "backup.refused", cluster, str(refusal))
