"""The `jobs` and `missed` tables: what has to happen, and when."""

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


def due_until(db: Database, until: datetime) -> list[tuple[str, int, datetime]]:
    """What falls due by then: kind, how often, and when first; the earliest first."""
    rows = db.conn.execute(
        "SELECT kind, count(*), min(due_at) FROM jobs WHERE due_at <= ? "
        "GROUP BY kind ORDER BY min(due_at), kind",
        [until.isoformat()],
    )
    return [
        (kind, number, datetime.fromisoformat(first)) for kind, number, first in rows
    ]


def finish(db: Database, job: Job) -> None:
    db.conn.execute("DELETE FROM jobs WHERE id = ?", [job.id])


def planned(db: Database, kind: str, about: str) -> datetime | None:
    """When the first of this kind about this is due; None while none is planned."""
    row = db.conn.execute(
        "SELECT min(due_at) FROM jobs WHERE kind = ? AND about = ?", [kind, about]
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row[0] else None


def cancel(db: Database, kind: str, about: str) -> None:
    db.conn.execute("DELETE FROM jobs WHERE kind = ? AND about = ?", [kind, about])


def schedule_once(db: Database, kind: str, *, due_at: datetime, about: str) -> None:
    """Plan it, unless the very same is planned for that moment already."""
    db.conn.execute(
        "INSERT INTO jobs (due_at, kind, about) SELECT ?1, ?2, ?3 WHERE NOT EXISTS ("
        "SELECT 1 FROM jobs WHERE due_at = ?1 AND kind = ?2 AND about = ?3)",
        [due_at.isoformat(), kind, about],
    )


def last(db: Database) -> int:
    """The number of the job that was planned last, of those that are still planned."""
    (number,) = db.conn.execute("SELECT ifnull(max(id), 0) FROM jobs").fetchone()
    return int(number)


def next_after(db: Database, after: int, until: datetime) -> Job | None:
    """Of the jobs with a higher number, the one that is due first by then."""
    row = db.conn.execute(
        "SELECT id, due_at, kind, about FROM jobs WHERE id > ? AND due_at <= ? "
        "ORDER BY due_at, id LIMIT 1",
        [after, until.isoformat()],
    ).fetchone()
    if row is None:
        return None
    number, due_at, kind, about = row
    return Job(id=number, due_at=datetime.fromisoformat(due_at), kind=kind, about=about)


def on_the_way_to(db: Database, party: int, after: datetime) -> list[Job]:
    """The jobs that must reach this node, and later than that, in their order.

    They are those whose JSON says how many `minutes` it takes to reach a node.
    """
    rows = db.conn.execute(
        "SELECT id, due_at, kind, about FROM jobs WHERE due_at > ? "
        "AND CASE WHEN json_valid(about) THEN json_extract(about, '$.party') = ? "
        "AND json_extract(about, '$.minutes') IS NOT NULL END ORDER BY due_at, id",
        [after.isoformat(), party],
    )
    return [
        Job(id=number, due_at=datetime.fromisoformat(due), kind=kind, about=about)
        for number, due, kind, about in rows
    ]


def miss(db: Database, party: int, kind: str, about: str, minutes: int) -> None:
    """Keep it for a node that is offline; the very same from before is forgotten."""
    db.conn.execute(
        "DELETE FROM missed WHERE party = ? AND kind = ? AND about = ?",
        [party, kind, about],
    )
    db.conn.execute(
        "INSERT INTO missed (party, kind, about, minutes) VALUES (?, ?, ?, ?)",
        [party, kind, about, minutes],
    )


def missed_by(db: Database, party: int) -> list[tuple[str, str, int]]:
    """What an offline node has missed: kind, about, minutes, in their order."""
    return list(
        db.conn.execute(
            "SELECT kind, about, minutes FROM missed WHERE party = ? ORDER BY id",
            [party],
        )
    )


def forget_missed(db: Database, party: int) -> None:
    db.conn.execute("DELETE FROM missed WHERE party = ?", [party])
