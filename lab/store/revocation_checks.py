"""The `revocation_checks` and `checks_wanted` tables: what was found, what waits."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.errors import NotFoundError
from lab.models import Check, Step

_BYTES = ("signer", "request", "response")
_COLUMNS = tuple(field.name for field in fields(Check) if field.name != "id")
_PLAIN = tuple(name for name in _COLUMNS if name not in _BYTES)


def add(db: Database, check: Check, *, keep: int) -> int:
    """Store it and return its number; of this certificate the latest `keep` stay."""
    values = {name: getattr(check, name) for name in _COLUMNS} | {
        "at": check.at.isoformat(),
        "connects": int(check.connects),
        "this_update": _text(check.this_update),
        "next_update": _text(check.next_update),
        "steps": json.dumps(
            [[step.template, dict(step.values), step.is_fine] for step in check.steps]
        ),
    }
    cursor = db.conn.execute(
        f"INSERT INTO revocation_checks ({', '.join(_COLUMNS)}) "
        f"VALUES ({', '.join('?' * len(_COLUMNS))})",
        [values[name] for name in _COLUMNS],
    )
    db.conn.execute(
        "DELETE FROM revocation_checks WHERE cluster = ?1 AND certificate = ?2 "
        "AND id <= (SELECT id FROM revocation_checks WHERE cluster = ?1 "
        "AND certificate = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
        [check.cluster, check.certificate, keep],
    )
    return int(cursor.lastrowid or 0)


def check(db: Database, number: int) -> Check:
    """The check of that number, with all its evidence."""
    # Beyond what SQLite counts to there is none.
    for found in _read(db, _COLUMNS, "WHERE id = ?", [min(number, 2**63 - 1)]):
        return found
    raise NotFoundError(
        "there is no check with number {number}",
        hint="Look at the latest with: python -m lab revocation list.",
        number=number,
    )


def latest_checks(db: Database, cluster: str = "") -> list[Check]:
    """The latest check of each certificate, newest first, without its bytes."""
    return _read(
        db,
        _PLAIN,
        "WHERE id IN (SELECT max(id) FROM revocation_checks "
        "WHERE ? IN ('', cluster) GROUP BY cluster, certificate) ORDER BY id DESC",
        [cluster],
    )


def checks_of(
    db: Database, certificate: str, *, cluster: str = "", limit: int = 50
) -> list[Check]:
    """The checks of one certificate, newest first, without their bytes."""
    return _read(
        db,
        _PLAIN,
        "WHERE certificate = ? AND ? IN ('', cluster) ORDER BY id DESC LIMIT ?",
        [certificate, cluster, limit],
    )


def latest_of(
    db: Database, cluster: str, certificate: str, *, cause: str = "", client: str = ""
) -> Check | None:
    """The latest check of a certificate, or the latest of this cause and client."""
    found = _read(
        db,
        _PLAIN,
        "WHERE cluster = ? AND certificate = ? AND ? IN ('', cause) "
        "AND ? IN ('', client) ORDER BY id DESC LIMIT 1",
        [cluster, certificate, cause, client],
    )
    return found[0] if found else None


def out_of_use(db: Database, cluster: str) -> set[str]:
    """The certificates whose latest check forbids to connect."""
    rows = db.conn.execute(
        "SELECT certificate FROM revocation_checks WHERE NOT connects AND id IN "
        "(SELECT max(id) FROM revocation_checks WHERE cluster = ? "
        "GROUP BY certificate)",
        [cluster],
    )
    return {sha256 for (sha256,) in rows}


def want(
    db: Database, cluster: str, sha256s: Iterable[str], cause: str, *, at: datetime
) -> None:
    """Note that these are to be checked; an upload comes before the schedule."""
    db.conn.executemany(
        "INSERT INTO checks_wanted VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET cause = excluded.cause, "
        "wanted_at = excluded.wanted_at WHERE excluded.cause = 'upload'",
        [(cluster, sha256, cause, at.isoformat()) for sha256 in sha256s],
    )


def want_of_nodes(db: Database, cluster: str, cause: str, *, at: datetime) -> None:
    """The same for the identity and trust certificates of the cluster's nodes.

    Who signed itself is revoked by nobody: it is wanted once it has expired.
    """
    db.conn.execute(
        "INSERT INTO checks_wanted "
        "SELECT DISTINCT p.cluster, l.certificate, ?2, ?3 FROM parties p "
        "JOIN places l ON l.party = p.id JOIN certificates c "
        "ON c.sha256 = l.certificate WHERE p.cluster = ?1 "
        "AND (p.kind IN ('ucm', 'imp') AND l.usage IN ('identity', 'trust') "
        "OR p.kind = 'imported') AND (NOT c.self_signed OR c.not_after < ?3) "
        "ON CONFLICT DO NOTHING",
        [cluster, cause, at.isoformat()],
    )


def wanted(db: Database, cause: str = "") -> list[tuple[str, str, str, str]]:
    """Each (cluster, certificate, cause, since when) that waits, uploads first."""
    return list(
        db.conn.execute(
            "SELECT cluster, certificate, cause, wanted_at FROM checks_wanted "
            "WHERE ? IN ('', cause) "
            "ORDER BY cause <> 'upload', wanted_at, cluster, certificate",
            [cause],
        )
    )


def take(db: Database, cluster: str, certificate: str, wanted_at: str) -> bool:
    """Take it off the list; say whether it still stood there as it did then."""
    cursor = db.conn.execute(
        "DELETE FROM checks_wanted WHERE cluster = ? AND certificate = ? "
        "AND wanted_at = ?",
        [cluster, certificate, wanted_at],
    )
    return cursor.rowcount > 0


def _read(
    db: Database, columns: Sequence[str], rest: str, values: list[Any]
) -> list[Check]:
    names = ("id", *columns)
    rows = db.conn.execute(
        f"SELECT {', '.join(names)} FROM revocation_checks {rest}", values
    )
    return [_from_row(dict(zip(names, row, strict=True))) for row in rows]


def _from_row(row: dict[str, Any]) -> Check:
    row |= {
        "at": datetime.fromisoformat(row["at"]),
        "connects": bool(row["connects"]),
        "this_update": _moment(row["this_update"]),
        "next_update": _moment(row["next_update"]),
        "steps": tuple(
            Step(template=template, values=values, is_fine=is_fine)
            for template, values, is_fine in json.loads(row["steps"])
        ),
    }
    return Check(**row)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
