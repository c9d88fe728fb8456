"""The `jobs` table: what has to happen, and when."""

from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from lab.models import Job


def schedule(db: Database, kind: str, *, due_at: datetime, about: str = "") -> None:
    db.conn.execute(
        "INSERT INTO jobs (due_at, kind, about) VALUES (?, ?, ?)",
        [due_at.isoformat(), kind, about],
    )


def next_due(
    db: Database, now: datetime, *, but_not: Collection[int] = ()
) -> Job | None:
    """The job that has been due longest, leaving out those numbers."""
    marks = ", ".join("?" * len(but_not))
    row = db.conn.execute(
        "SELECT id, due_at, kind, about FROM jobs WHERE due_at <= ? "
        f"AND id NOT IN ({marks}) ORDER BY due_at, id LIMIT 1",
        [now.isoformat(), *but_not],
    ).fetchone()
    if row is None:
        return None
    number, due_at, kind, about = row
    return Job(id=number, due_at=datetime.fromisoformat(due_at), kind=kind, about=about)


def count_due(db: Database, until: datetime) -> int:
    """How many jobs that are planned now fall due by then."""
    row = db.conn.execute(
        "SELECT count(*) FROM jobs WHERE due_at <= ?", [until.isoformat()]
    ).fetchone()
    return int(row[0])


def finish(db: Database, job: Job) -> None:
    db.conn.execute("DELETE FROM jobs WHERE id = ?", [job.id])


def cancel(db: Database, kind: str, about: str) -> None:
    db.conn.execute("DELETE FROM jobs WHERE kind = ? AND about = ?", [kind, about])
