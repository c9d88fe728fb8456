"""Back up a cluster into a file of its own."""

from datetime import datetime

from lab.actions.backups import check_can_run
from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, is_tried_out, record
from lab.effects import Follows
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Backup
from lab.store import backups, parties


def make_backup(lab: Lab, cluster: str) -> Backup:
    """Write all that the lab holds into a new file of the folder `backups`.

    The folder is beside the lab's file, and whoever may read a backup has the
    private keys in it. Raises `RuleError` when a service that it needs is not up, and
    `LabError` when the file cannot be written. Source: spec S31, facts §1.8.
    """
    with deed(lab) as now:
        parties.cluster(lab.db, cluster)
        check_can_run(lab, cluster, now)
        folder = backups.folder_of(lab.db)
        if folder is None or is_tried_out.get():
            raise RuleError(
                "what is tried out leaves no files, so no backup was made",
                hint="Make the backup in a lab that has a file of its own.",
            )
        made = backups.write(lab.db, folder, cluster, now)
        try:
            _note(lab, made, now)
        except BaseException:
            backups.remove(folder, made.name)
            raise
    return made


def _note(lab: Lab, made: Backup, now: datetime) -> None:
    # By this hash the file is known again.
    detail = f"{made.name}, {made.size} bytes, SHA-256 {made.digest}"
    record(lab, now, "backup.made", made.cluster, detail)
    close_tasks(lab, made.cluster, Follows.BACKUP, now=now)
