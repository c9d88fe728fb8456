"""The `trust_lists` table: every ITL and CTL that was ever built."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

_SELECT = "SELECT id, party, kind, built_at, signer, file FROM trust_lists"
_Row = tuple[int, int, str, str, str, bytes]


@dataclass(frozen=True, kw_only=True)
class BuiltList:
    """One list as a node built it."""

    id: int
    party: int
    kind: str  # "ITL" or "CTL"
    built_at: datetime
    signer: str  # fingerprint
    file: bytes


def add(
    db: Database, party: int, kind: str, *, now: datetime, signer: str, file: bytes
) -> int:
    """Store it; return its number. Later ones have higher numbers."""
    cursor = db.conn.execute(
        "INSERT INTO trust_lists (party, kind, built_at, signer, file) "
        "VALUES (?, ?, ?, ?, ?)",
        [party, kind, now.isoformat(), signer, file],
    )
    return int(cursor.lastrowid or 0)


def latest(db: Database, party: int, kind: str) -> BuiltList | None:
    """The list of this kind that the node built last."""
    row = db.conn.execute(
        f"{_SELECT} WHERE party = ? AND kind = ? ORDER BY id DESC LIMIT 1",
        [party, kind],
    ).fetchone()
    return row and _from_row(row)


def all_of(db: Database, party: int, kind: str, limit: int = 50) -> list[BuiltList]:
    """The lists of this kind that the node has built, newest first."""
    rows = db.conn.execute(
        f"{_SELECT} WHERE party = ? AND kind = ? ORDER BY id DESC LIMIT ?",
        [party, kind, limit],
    )
    return [_from_row(row) for row in rows]


def many(db: Database, numbers: Iterable[int]) -> dict[int, BuiltList]:
    """The lists of these numbers, by number."""
    wanted = sorted(set(numbers))
    found: dict[int, BuiltList] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ", ".join("?" * len(part))
        for row in db.conn.execute(f"{_SELECT} WHERE id IN ({marks})", part):
            found[row[0]] = _from_row(row)
    return found


def _from_row(row: _Row) -> BuiltList:
    number, party, kind, built_at, signer, file = row
    return BuiltList(
        id=number,
        party=party,
        kind=kind,
        built_at=datetime.fromisoformat(built_at),
        signer=signer,
        file=file,
    )
