"""The `events` table: rows are added, never changed; each seals the one before."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.models import Event
from lab.store.text_search import literal, may_occur

_COLUMNS = "id, at, kind, about, detail, actor, previous, hash"
GENESIS = "0" * 64


def record(db: Database, event: Event) -> None:
    """Add one line, chained to the last by its hash."""
    previous = head(db)
    row = [event.at.isoformat(), event.kind, event.about, event.detail, event.actor]
    db.conn.execute(
        "INSERT INTO events (at, kind, about, detail, actor, previous, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [*row, previous, _hash(previous, row)],
    )


def head(db: Database) -> str:
    """The hash of the last line: it changes whenever anything was done."""
    row = db.conn.execute("SELECT hash FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return row[0] if row else GENESIS


def count(db: Database, text: str = "") -> int:
    (number,) = db.conn.execute(
        f"SELECT count(*) FROM events WHERE {_FOUND}", _like(text)
    ).fetchone()
    return int(number)


def latest(
    db: Database, limit: int = 50, offset: int = 0, text: str = ""
) -> list[Event]:
    """Newest first; with `text`, the lines that contain it in any column.

    A text that is too long to search for is a `BadInputError`.
    """
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM events WHERE {_FOUND} "
        "ORDER BY id DESC LIMIT ? OFFSET ?",
        [*_like(text), limit, offset],
    )
    return [_from_row(row) for row in rows]


def of_thing(db: Database, kind: str, about: str, limit: int = 50) -> list[Event]:
    """The lines of this kind about exactly this thing, newest first."""
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM events WHERE about = ? AND kind = ? "
        "ORDER BY id DESC LIMIT ?",
        [about, kind, limit],
    )
    return [_from_row(row) for row in rows]


def first_broken(db: Database) -> int | None:
    """The number of the first line whose hash does not fit, or None: all is well."""
    previous, number = GENESIS, 0
    for row in db.conn.execute(f"SELECT {_COLUMNS} FROM events ORDER BY id"):
        number, at, kind, about, detail, actor, before, found = row
        if before != previous or found != _hash(
            previous, [at, kind, about, detail, actor]
        ):
            return int(number)
        previous = found
    return None


_FOUND = """
    (?1 = '' OR kind || ' ' || about || ' ' || detail || ' ' || actor
     LIKE ?2 ESCAPE '\\')
"""


def _like(text: str) -> list[str]:
    escaped = literal(text)
    # A pattern that nothing is like, for a text that nothing can hold.
    return [text, f"%{escaped}%"] if may_occur(text) else ["-", ""]


def _hash(previous: str, row: list[str]) -> str:
    sealed = json.dumps([previous, *row], ensure_ascii=False)
    return hashlib.sha256(sealed.encode()).hexdigest()


def _from_row(row: tuple[Any, ...]) -> Event:
    number, at, kind, about, detail, actor, previous, found = row
    return Event(
        id=number,
        at=datetime.fromisoformat(at),
        kind=kind,
        about=about,
        detail=detail,
        actor=actor,
        previous=previous,
        hash=found,
    )
