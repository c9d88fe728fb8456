"""Phones as lists show them: filtered, in pages, and counted by what ails them.

One that came in with an import registers with no node, and is not among them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

MOST_ROWS = 1000  # that one page of the list takes
_FROM = """
    FROM parties p JOIN parties n ON n.id = p.node
    LEFT JOIN phones f ON f.party = p.id
    LEFT JOIN places l ON l.party = p.id AND l.usage = 'identity' AND l.name = 'LSC'
    LEFT JOIN certificates c ON c.sha256 = l.certificate
    LEFT JOIN (SELECT party, max(id) AS id FROM trust_lists WHERE kind = 'ITL'
               GROUP BY party) i ON i.party = n.id
    LEFT JOIN (SELECT b.cluster, max(t.id) AS id FROM trust_lists t
               JOIN parties b ON b.id = t.party WHERE t.kind = 'CTL'
               GROUP BY b.cluster) k ON k.cluster = p.cluster
"""
_SELECT = f"""
    SELECT p.id AS party, p.name AS device, p.cluster, n.name AS node, p.role AS model,
        ifnull(f.registered, 0) AS registered, ifnull(f.since, '') AS since,
        ifnull(f.reset_at, '') AS reset_at,
        CASE WHEN f.party IS NULL THEN 'never_reset'
            ELSE ifnull(json_extract(f.evidence, '$.why'), '') END AS why,
        ifnull(f.evidence, '{{"why": "never_reset"}}') AS evidence, f.itl, f.ctl,
        CASE WHEN f.itl IS NULL THEN 'none' WHEN f.itl = i.id THEN 'current'
            WHEN json_extract(f.evidence, '$.refused.ITL.number') = i.id
            THEN 'refused' ELSE 'older' END AS itl_state,
        CASE WHEN f.ctl IS NULL THEN 'none' WHEN f.ctl = k.id THEN 'current'
            WHEN json_extract(f.evidence, '$.refused.CTL.number') = k.id
            THEN 'refused' ELSE 'older' END AS ctl_state,
        ifnull(c.not_after, '') AS lsc_ends,
        ifnull(c.issuer_common_name, '') AS lsc_issuer,
        ifnull(c.sha256, '') AS lsc
    {_FROM} WHERE p.kind = 'phone'
"""
LIST_STATES = ("current", "older", "none", "refused")


class PhoneLine(NamedTuple):
    """One phone as lists show it."""

    party: int
    device: str
    cluster: str
    node: str
    model: str
    registered: bool
    since: datetime | None
    reset_at: datetime | None
    why: str  # a key of PHONE_REASONS; empty while registered
    evidence: str  # JSON
    itl: int | None
    ctl: int | None
    itl_state: str  # one of LIST_STATES
    ctl_state: str
    lsc_ends: datetime | None
    lsc_issuer: str
    lsc: str  # fingerprint


@dataclass(frozen=True, kw_only=True)
class PhoneFilter:
    """Which phones are wanted; what is empty lets all through."""

    cluster: str = ""
    node: str = ""
    registered: bool | None = None
    why: str = ""
    itl_state: str = ""
    text: str = ""  # a part of the name or the model


_ALL = PhoneFilter()


def count(db: Database, wanted: PhoneFilter = _ALL) -> int:
    where, values = _where(wanted)
    row = db.conn.execute(f"SELECT count(*) FROM ({_SELECT}) {where}", values)
    return int(row.fetchone()[0])


def page(
    db: Database, wanted: PhoneFilter = _ALL, limit: int = MOST_ROWS, offset: int = 0
) -> list[PhoneLine]:
    """So many phones from there on: those that are not registered first."""
    where, values = _where(wanted)
    rows = db.conn.execute(
        f"SELECT * FROM ({_SELECT}) {where} "
        "ORDER BY registered, party LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    return list(_lines(rows))


def one(db: Database, cluster: str, device: str) -> PhoneLine | None:
    """The phone of that name, or None."""
    rows = db.conn.execute(
        f"{_SELECT} AND p.name = ? AND ? IN ('', p.cluster) LIMIT 1", [device, cluster]
    )
    return next(_lines(rows), None)


def groups(
    db: Database, cluster: str = "", limit: int = 20
) -> list[tuple[int, str, str, str]]:
    """Phones that fare alike and are not registered, the most first.

    Each row: how many, their node, the key of the reason, its evidence as JSON.
    """
    return list(
        db.conn.execute(
            f"SELECT count(*), node, why, evidence FROM ({_SELECT}) "
            "WHERE NOT registered AND ? IN ('', cluster) "
            "GROUP BY node, why, evidence ORDER BY 1 DESC, node LIMIT ?",
            [cluster, limit],
        )
    )


def by_node(db: Database, cluster: str = "") -> list[tuple[str, int, int]]:
    """Each node with phones: its name, how many are registered, how many there are."""
    return list(
        db.conn.execute(
            "SELECT n.name, ifnull(sum(f.registered), 0), count(*) FROM parties p "
            "JOIN parties n ON n.id = p.node LEFT JOIN phones f ON f.party = p.id "
            "WHERE p.kind = 'phone' AND ? IN ('', p.cluster) "
            "GROUP BY n.id ORDER BY n.id",
            [cluster],
        )
    )


def by_list_state(db: Database, cluster: str = "") -> dict[str, int]:
    """How many phones hold the ITL in each state."""
    rows = db.conn.execute(
        f"SELECT itl_state, count(*) FROM ({_SELECT}) WHERE ? IN ('', cluster) "
        "GROUP BY itl_state",
        [cluster],
    )
    return dict(rows.fetchall())


def clusters(db: Database) -> list[str]:
    """The clusters that have phones."""
    rows = db.conn.execute(
        "SELECT c.name FROM clusters c WHERE EXISTS (SELECT 1 FROM parties p "
        "WHERE p.cluster = c.name AND p.kind = 'phone' AND p.node IS NOT NULL) "
        "ORDER BY c.rowid"
    )
    return [name for (name,) in rows]


def _where(wanted: PhoneFilter) -> tuple[str, list[Any]]:
    parts = ["? IN ('', cluster)", "? IN ('', node)", "? IN ('', why)"]
    parts.append("? IN ('', itl_state)")
    values: list[Any] = [wanted.cluster, wanted.node, wanted.why, wanted.itl_state]
    if wanted.registered is not None:
        parts.append("registered = ?")
        values.append(int(wanted.registered))
    if wanted.text:
        parts.append("instr(lower(device || ' ' || model), lower(?))")
        values.append(wanted.text)
    return "WHERE " + " AND ".join(parts), values


def _lines(rows: Any) -> Iterator[PhoneLine]:
    for row in rows:
        line = PhoneLine._make(row)
        yield line._replace(
            registered=bool(line.registered),
            since=_moment(row[6]),
            reset_at=_moment(row[7]),
            lsc_ends=_moment(row[14]),
        )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
