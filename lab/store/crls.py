"""The `crls` table: what each authority published, full and delta, by number."""

from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.models import Crl

_SELECT = (
    "SELECT authority, number, scope, base, der, this_update, next_update FROM crls "
)
_OF = "WHERE authority = ? "


def add(db: Database, crl: Crl) -> None:
    db.conn.execute(
        "INSERT INTO crls (authority, scope, number, base, der, this_update, "
        "next_update) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            crl.authority,
            crl.scope,
            crl.number,
            crl.base,
            crl.der,
            crl.this_update.isoformat(),
            crl.next_update.isoformat(),
        ],
    )


def latest(
    db: Database, authority: str, scope: str = "everything", *, delta: bool = False
) -> Crl | None:
    """The full list published last for this scope, or the delta list."""
    rest = _OF + "AND scope = ? AND (base IS NOT NULL) = ? ORDER BY number DESC LIMIT 1"
    found = _read(db, rest, [authority, scope, int(delta)])
    return found[0] if found else None


def last_full(db: Database, authority: str, scope: str, count: int) -> list[Crl]:
    """So many full lists of this scope, the newest first."""
    rest = _OF + "AND scope = ? AND base IS NULL ORDER BY number DESC LIMIT ?"
    return _read(db, rest, [authority, scope, count])


def from_number(db: Database, authority: str, scope: str, number: int) -> list[Crl]:
    """The lists of this scope from that number on, full and delta, the oldest first."""
    rest = _OF + "AND scope = ? AND number >= ? ORDER BY number, base IS NOT NULL"
    return _read(db, rest, [authority, scope, number])


def all_of(db: Database, authority: str, limit: int) -> list[Crl]:
    """Every list of this authority, the newest first."""
    rest = _OF + "ORDER BY number DESC, scope, base IS NOT NULL LIMIT ?"
    return _read(db, rest, [authority, limit])


def by_number(
    db: Database, authority: str, scope: str, number: int, *, delta: bool
) -> Crl | None:
    rest = _OF + "AND scope = ? AND number = ? AND (base IS NOT NULL) = ?"
    found = _read(db, rest, [authority, scope, number, int(delta)])
    return found[0] if found else None


def newest(db: Database, at: datetime) -> list[Crl]:
    """The newest full and the newest delta CRL of every authority and scope."""
    return _read(
        db,
        "WHERE number = (SELECT max(o.number) FROM crls o "
        "WHERE o.authority = crls.authority AND o.scope = crls.scope "
        "AND (o.base IS NULL) = (crls.base IS NULL) AND o.this_update <= ?) "
        "ORDER BY authority, scope, base IS NOT NULL",
        [at.isoformat()],
    )


def last_number(db: Database, authority: str) -> int:
    """The highest number given so far; 0 before the first list."""
    (number,) = db.conn.execute(
        "SELECT ifnull(max(number), 0) FROM crls WHERE authority = ?", [authority]
    ).fetchone()
    return int(number)


def scopes(db: Database, authority: str) -> set[str]:
    """The scopes for which this authority has published."""
    rows = db.conn.execute(
        "SELECT DISTINCT scope FROM crls WHERE authority = ?", [authority]
    )
    return {scope for (scope,) in rows}


def _read(db: Database, rest: str, values: list[Any]) -> list[Crl]:
    return [
        Crl(
            authority=authority,
            number=number,
            scope=scope,
            base=base,
            der=der,
            this_update=datetime.fromisoformat(this_update),
            next_update=datetime.fromisoformat(next_update),
        )
        for authority, number, scope, base, der, this_update, next_update in (
            db.conn.execute(_SELECT + rest, values)
        )
    ]
