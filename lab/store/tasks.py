"""The `tasks` table: what somebody has still to do after a change."""

from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.errors import NotFoundError
from lab.models import Task

_SELECT = """
    SELECT t.id, t.cluster, t.kind, t.what, ifnull(p.name, ''), t.cause,
           ifnull(c.name, ''), t.opened_at, t.note, t.source, t.closed_at,
           t.closed_how
    FROM tasks t LEFT JOIN parties p ON p.id = t.party
    LEFT JOIN parties c ON c.id = t.cause_party
"""


def open_one(
    db: Database,
    cluster: str,
    kind: str,
    *,
    now: datetime,
    what: str = "",
    party: int | None = None,
    cause: str,
    cause_party: int | None = None,
    note: str = "",
    source: str = "",
) -> None:
    """Note that it is to be done; one that is open already begins anew."""
    db.conn.execute(
        """
        INSERT INTO tasks (cluster, kind, what, party, cause, cause_party, opened_at,
                           note, source)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (cluster, kind, what, ifnull(party, 0), cause,
                     ifnull(cause_party, 0)) WHERE closed_at IS NULL
        DO UPDATE SET opened_at = excluded.opened_at, note = excluded.note,
                      source = excluded.source
        """,
        [
            *(cluster, kind, what, party, cause, cause_party),
            *(now.isoformat(), note, source),
        ],
    )


def all_open(db: Database, cluster: str = "") -> list[Task]:
    """What is still to be done in a cluster, or in all, the oldest first."""
    return _read(
        db,
        "WHERE t.closed_at IS NULL AND ? IN ('', t.cluster) ORDER BY t.id",
        [cluster],
    )


def with_progress(db: Database, cluster: str = "") -> list[Task]:
    """What is open, and what the same changes asked for and has been done since."""
    return _read(
        db,
        """
        WHERE ? IN ('', t.cluster) AND (t.closed_at IS NULL
        OR (t.cluster, t.cause, ifnull(t.cause_party, 0), t.opened_at) IN (
            SELECT cluster, cause, ifnull(cause_party, 0), max(opened_at) FROM tasks
            WHERE closed_at IS NULL GROUP BY cluster, cause, ifnull(cause_party, 0)))
        ORDER BY t.id
        """,
        [cluster],
    )


def get(db: Database, number: int) -> Task:
    for found in _read(db, "WHERE t.id = ?", [number]):
        return found
    raise NotFoundError(
        "there is no task with number {number}",
        hint="Look at what is left to do with: python -m lab tasks.",
        number=number,
    )


def close(
    db: Database,
    cluster: str,
    kind: str,
    *,
    now: datetime,
    what: str = "",
    party: int | None = None,
    how: str,
) -> int:
    """Close what is open of this kind; say how many. Empty values mean any."""
    cursor = db.conn.execute(
        "UPDATE tasks SET closed_at = ?1, closed_how = ?2 WHERE closed_at IS NULL "
        "AND cluster = ?3 AND kind = ?4 AND ?5 IN ('', what) "
        "AND (?6 IS NULL OR party = ?6)",
        [now.isoformat(), how, cluster, kind, what, party],
    )
    return cursor.rowcount


def close_one(db: Database, number: int, *, now: datetime, how: str) -> None:
    db.conn.execute(
        "UPDATE tasks SET closed_at = ?, closed_how = ? WHERE id = ?",
        [now.isoformat(), how, number],
    )


def _read(db: Database, rest: str, values: list[Any]) -> list[Task]:
    return [_from_row(row) for row in db.conn.execute(_SELECT + rest, values)]


def _from_row(row: tuple[Any, ...]) -> Task:
    number, cluster, kind, what, node, cause, cause_node = row[:7]
    opened_at, note, source, closed_at, closed_how = row[7:]
    return Task(
        id=number,
        cluster=cluster,
        kind=kind,
        what=what,
        node=node,
        cause=cause,
        cause_node=cause_node,
        opened_at=datetime.fromisoformat(opened_at),
        note=note,
        source=source,
        closed_at=datetime.fromisoformat(closed_at) if closed_at else None,
        closed_how=closed_how,
    )
