"""Node by store by certificate: what is there, what should be, and what is coming."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlite_utils import Database

from lab.models import Party


class Presence(StrEnum):
    """How one certificate stands in one store of one node."""

    PRESENT = "present"
    MISSING = "missing"  # the cluster's database has it
    STALE = "stale"  # an older one of a subject that the database has
    EXTRA = "extra"  # the database has nothing of the kind
    COMING = "coming"  # a change is on its way
    WAITING = "waiting"  # the change waits until the node is online again
    ABSENT = "absent"  # and need not be there
    NO_STORE = "no_store"  # the node does not have this store


DIFFERENCES = (
    Presence.MISSING,
    Presence.STALE,
    Presence.EXTRA,
    Presence.COMING,
    Presence.WAITING,
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the rules say of a store."""

    products: tuple[str, ...]
    replicates: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """One certificate in one store, and how it stands on each node."""

    store: str
    certificate: str
    subject: str
    common_name: str
    serial: str
    not_after: datetime
    expected: bool  # by the cluster's database
    nodes: Mapping[str, Presence]
    holders: tuple[str, ...]  # the nodes that have it now

    @property
    def differs(self) -> bool:
        return any(each in DIFFERENCES for each in self.nodes.values())


_MOST_SORTED = 5000  # lines that are sorted by subject; more, by fingerprint
_LINES = """
    WITH kept AS (
        SELECT json_extract(value, '$.store') AS store,
            json_extract(value, '$.nodes') AS nodes,
            json_extract(value, '$.replicates') AS replicates
        FROM json_each(:kept)
    ), compared AS (
        SELECT value AS id FROM json_each(:nodes)
    ), held AS MATERIALIZED (
        SELECT l.name AS store, l.certificate, count(*) AS number
        FROM places l JOIN compared n ON n.id = l.party JOIN kept k ON k.store = l.name
        WHERE l.usage = 'trust' AND :certificate IN ('', l.certificate)
        GROUP BY l.name, l.certificate
    ), expected AS MATERIALIZED (
        SELECT r.store, r.certificate FROM replicated r
        JOIN kept k ON k.store = r.store AND k.replicates
        WHERE :own AND r.cluster = :cluster AND :certificate IN ('', r.certificate)
        UNION ALL SELECT h.store, h.certificate FROM held h
        JOIN kept k ON k.store = h.store AND k.replicates WHERE NOT :own
    ), pending AS (
        SELECT DISTINCT json_extract(about, '$.store') AS store,
            json_extract(about, '$.certificate') AS certificate
        FROM (SELECT kind, about FROM jobs UNION ALL SELECT kind, about FROM missed)
        WHERE kind = 'take_from_trust'
        AND json_extract(about, '$.party') IN (SELECT id FROM compared)
    ), lines AS (
        SELECT store, certificate FROM held
        UNION SELECT store, certificate FROM expected
    ), found AS (
        SELECT w.store, w.certificate, e.certificate IS NOT NULL AS expected,
            CASE WHEN e.certificate IS NOT NULL THEN ifnull(h.number, 0) <> k.nodes
                WHEN k.replicates THEN 1
                ELSE EXISTS (SELECT 1 FROM pending p WHERE p.store = w.store
                    AND p.certificate = w.certificate)
            END AS differs
        FROM lines w JOIN kept k ON k.store = w.store
        LEFT JOIN held h ON h.store = w.store AND h.certificate = w.certificate
        LEFT JOIN expected e ON e.store = w.store AND e.certificate = w.certificate
    ), wanted AS (
        SELECT * FROM found f WHERE NOT :differing OR f.differs
    )
"""
_ROWS = """
    SELECT w.store, w.certificate, c.subject, c.common_name, c.serial, c.not_after,
        c.not_before, c.subject_hash, w.expected
"""
_SORTED = f"""
    {_LINES} {_ROWS} FROM wanted w JOIN certificates c ON c.sha256 = w.certificate
    ORDER BY w.store, c.subject, w.expected DESC, c.not_after DESC, w.certificate
    LIMIT :limit OFFSET :start
"""
# The certificates themselves are looked up for the lines of one page only.
_AS_THEY_COME = f"""
    {_LINES} {_ROWS} FROM (
        SELECT * FROM wanted ORDER BY store, certificate LIMIT :limit OFFSET :start
    ) w JOIN certificates c ON c.sha256 = w.certificate
    ORDER BY w.store, w.certificate
"""


def read(
    db: Database,
    cluster: str,
    nodes: Sequence[Party],
    stores: Mapping[str, Kept],
    *,
    certificate: str = "",
    differing: bool = False,
    start: int = 0,
    limit: int = 1000,
) -> tuple[int, list[Line]]:
    """How many lines there are, and `limit` of them from `start` on.

    `nodes` are those that are compared. Of an imported cluster, whose database is not
    known, what any node has is expected of all.
    """
    values: dict[str, object] = {
        "cluster": cluster,
        "nodes": json.dumps([node.id for node in nodes]),
        "own": any(node.fqdn for node in nodes),
        "differing": differing,
        "certificate": certificate,
        "kept": json.dumps(
            [
                {
                    "store": name,
                    "nodes": sum(node.kind in kept.products for node in nodes),
                    "replicates": kept.replicates,
                }
                for name, kept in stores.items()
            ]
        ),
    }
    counted = db.conn.execute(f"{_LINES} SELECT count(*) FROM wanted", values)
    (number,) = counted.fetchone()
    rows = db.conn.execute(
        _SORTED if number <= _MOST_SORTED else _AS_THEY_COME,
        values | {"limit": limit, "start": start},
    ).fetchall()
    entries = _entries(db, nodes, [row[1] for row in rows])
    latest = _latest(db, values)
    pending = _pending(db)
    lines = []
    for (
        store,
        sha256,
        subject,
        name,
        serial,
        end,
        began,
        subject_hash,
        expected,
    ) in rows:
        line = _Asked(
            store=store,
            certificate=sha256,
            subject_hash=subject_hash,
            expected=bool(expected),
            replicates=stores[store].replicates,
            older=began <= latest.get((store, subject_hash), ""),
        )
        lines.append(
            Line(
                store=store,
                certificate=sha256,
                subject=subject,
                common_name=name,
                serial=serial,
                not_after=datetime.fromisoformat(end),
                expected=bool(expected),
                nodes={
                    node.name: _presence(node, line, entries, pending)
                    if node.kind in stores[store].products
                    else Presence.NO_STORE
                    for node in nodes
                },
                holders=tuple(
                    node.name for node in nodes if (node.id, store, sha256) in entries
                ),
            )
        )
    return int(number), lines


@dataclass(frozen=True, kw_only=True)
class _Asked:
    store: str
    certificate: str
    subject_hash: str
    expected: bool
    replicates: bool
    older: bool


def _presence(
    node: Party,
    line: _Asked,
    entries: set[tuple[int, str, str]],
    pending: set[tuple[int, str, str]],
) -> Presence:
    there = (node.id, line.store, line.certificate) in entries
    coming = not pending.isdisjoint(
        (node.id, line.store, name) for name in (line.subject_hash, line.certificate)
    )
    wrong = there != line.expected if line.replicates else there and coming
    if not wrong:
        return Presence.PRESENT if there else Presence.ABSENT
    if coming:
        return Presence.COMING if node.online else Presence.WAITING
    if not there:
        return Presence.MISSING
    return Presence.STALE if line.older else Presence.EXTRA


def _entries(
    db: Database, nodes: Sequence[Party], sha256s: Sequence[str]
) -> set[tuple[int, str, str]]:
    """Each (node, store, certificate) of these that is there."""
    return set(
        db.conn.execute(
            # From these few: a store may hold a hundred thousand.
            "SELECT l.party, l.name, l.certificate FROM json_each(?) w "
            "CROSS JOIN places l ON l.certificate = w.value AND l.usage = 'trust' "
            "WHERE l.party IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(set(sha256s))), json.dumps([node.id for node in nodes])],
        )
    )


def _latest(db: Database, values: Mapping[str, object]) -> dict[tuple[str, str], str]:
    """When what the database has began, as ISO text, by store and subject hash."""
    rows = db.conn.execute(
        "SELECT r.store, c.subject_hash, c.not_before FROM replicated r "
        "JOIN certificates c ON c.sha256 = r.certificate "
        "WHERE r.cluster = :cluster AND :own",
        values,
    )
    return {(store, subject_hash): began for store, subject_hash, began in rows}


def _pending(db: Database) -> set[tuple[int, str, str]]:
    """Each (node, store, subject hash or certificate) of which a change is coming."""
    return set(
        db.conn.execute(
            "SELECT json_extract(about, '$.party'), json_extract(about, '$.store'), "
            "ifnull(json_extract(about, '$.subject_hash'), "
            "json_extract(about, '$.certificate')) "
            "FROM (SELECT kind, about FROM jobs "
            "UNION ALL SELECT kind, about FROM missed) "
            "WHERE kind IN ('sync_subject', 'take_from_trust')"
        )
    )
