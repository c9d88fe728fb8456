"""The `places` table: in which slot or trust store a certificate is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.models import Place, Usage

_SELECT = """
    SELECT l.id, l.party, l.usage, l.name, l.certificate, l.since, l.how, l.copy_of,
           l.description
    FROM places l
"""


def put_in_slot(
    db: Database,
    party: int,
    purpose: str,
    certificate: str,
    *,
    since: datetime,
    how: str,
    description: str = "",
) -> None:
    """Make it the identity of that slot; what was there before is overwritten."""
    db.conn.execute(
        "INSERT INTO places (party, usage, name, certificate, since, how, description)"
        " VALUES (?, 'identity', ?, ?, ?, ?, ?)"
        " ON CONFLICT (party, name) WHERE usage = 'identity' DO UPDATE SET"
        " certificate = excluded.certificate, since = excluded.since,"
        " how = excluded.how, description = excluded.description",
        [party, purpose, certificate, since.isoformat(), how, description],
    )


def put(
    db: Database,
    party: int,
    usage: Usage,
    name: str,
    certificate: str,
    *,
    since: datetime,
    how: str,
    copy_of: str = "",
    description: str = "",
) -> bool:
    """Add it to a trust store, or unassigned; say whether it was not there yet."""
    cursor = db.conn.execute(
        "INSERT INTO places"
        " (party, usage, name, certificate, since, how, copy_of, description)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [party, usage, name, certificate, since.isoformat(), how, copy_of, description],
    )
    return cursor.rowcount > 0


def put_many(
    db: Database,
    party: int,
    usage: Usage,
    name: str,
    certificates: Iterable[str],
    *,
    since: datetime,
    how: str,
) -> None:
    """Add many to a trust store, or unassigned; those that are there already stay."""
    rest = (usage.value, name, since.isoformat(), how)
    db.conn.executemany(
        "INSERT INTO places (party, certificate, usage, name, since, how)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(party, sha256, *rest) for sha256 in sorted(certificates)],
    )


def remove(db: Database, place: int) -> None:
    db.conn.execute("DELETE FROM places WHERE id = ?", [place])


def end_unassigned(db: Database, certificates: Iterable[str]) -> None:
    """Take certificates from where they waited for a place."""
    db.conn.executemany(
        "DELETE FROM places WHERE certificate = ? AND usage = 'unassigned'",
        [(sha256,) for sha256 in certificates],
    )


def placed_among(db: Database, sha256s: Iterable[str]) -> set[str]:
    """Those of these certificates that are anywhere, unassigned or not."""
    select = "SELECT l.certificate FROM places l WHERE 1"
    return {sha256 for (sha256,) in _of_many(db, select, sha256s)}


def slot(db: Database, party: int, purpose: str) -> Place | None:
    """The identity in that slot, or None while it is empty."""
    where = "WHERE l.party = ? AND l.usage = 'identity' AND l.name = ?"
    return next(iter(_read(db, where, [party, purpose])), None)


def entries(db: Database, party: int, store: str) -> list[Place]:
    """What one trust store of one party holds."""
    return _read(
        db,
        "WHERE l.party = ? AND l.usage = 'trust' AND l.name = ? ORDER BY l.id",
        [party, store],
    )


def entry(db: Database, party: int, store: str, sha256: str) -> Place | None:
    """That certificate in that trust store, or None."""
    where = "WHERE l.party = ? AND l.usage = 'trust' AND l.name = ? "
    found = _read(db, where + "AND l.certificate = ?", [party, store, sha256])
    return next(iter(found), None)


def held(db: Database, party: int, store: str) -> set[str]:
    """The certificates that one trust store of one party holds."""
    rows = db.conn.execute(
        "SELECT certificate FROM places WHERE party = ? AND usage = 'trust' "
        "AND name = ?",
        [party, store],
    )
    return {sha256 for (sha256,) in rows}


def of_subject(
    db: Database, party: int, store: str, subject_hash: str
) -> dict[str, tuple[int, datetime]]:
    """Entries of a store with this subject: their place, and their notBefore."""
    rows = db.conn.execute(
        "SELECT l.certificate, l.id, c.not_before FROM places l "
        "JOIN certificates c ON c.sha256 = l.certificate "
        "WHERE l.party = ? AND l.usage = 'trust' AND l.name = ? AND c.subject_hash = ?",
        [party, store, subject_hash],
    )
    return {
        sha256: (place, datetime.fromisoformat(start)) for sha256, place, start in rows
    }


def of_certificate(db: Database, sha256: str) -> list[Place]:
    return _read(db, "WHERE l.certificate = ? ORDER BY l.id", [sha256])


def in_stores(db: Database, sha256s: Iterable[str]) -> list[tuple[str, str, str]]:
    """Each (cluster, store, certificate) of these, once however many nodes hold it."""
    return _of_many(
        db,
        "SELECT DISTINCT p.cluster, l.name, l.certificate FROM places l "
        "JOIN parties p ON p.id = l.party "
        "WHERE l.usage = 'trust' AND p.cluster IS NOT NULL",
        sha256s,
    )


def stores(db: Database) -> list[tuple[str, str]]:
    """Each (cluster, trust store) that holds anything."""
    return list(
        db.conn.execute(
            "SELECT DISTINCT p.cluster, l.name FROM places l "
            "JOIN parties p ON p.id = l.party "
            "WHERE l.usage = 'trust' AND p.cluster IS NOT NULL ORDER BY 1, 2"
        )
    )


def held_in(db: Database, cluster: str, store: str) -> set[str]:
    """The certificates that a trust store has on any node of the cluster."""
    rows = db.conn.execute(
        "SELECT l.certificate FROM places l JOIN parties p ON p.id = l.party "
        "WHERE l.usage = 'trust' AND l.name = ? AND p.cluster = ?",
        [store, cluster],
    )
    return {sha256 for (sha256,) in rows}


def identities_of(db: Database, cluster: str) -> set[str]:
    """The certificates in the identity slots of the cluster's nodes."""
    rows = db.conn.execute(
        "SELECT l.certificate FROM places l JOIN parties p ON p.id = l.party "
        "WHERE l.usage = 'identity' AND p.kind IN ('ucm', 'imp') AND p.cluster = ?",
        [cluster],
    )
    return {sha256 for (sha256,) in rows}


def holders(
    db: Database, sha256s: Iterable[str]
) -> list[tuple[str, str, str, str, str]]:
    """Each (certificate, cluster, kind of party, its role, usage:name) of these."""
    return _of_many(
        db,
        "SELECT DISTINCT l.certificate, ifnull(p.cluster, ''), p.kind, p.role, "
        "l.usage || ':' || l.name FROM places l JOIN parties p ON p.id = l.party "
        "WHERE l.usage IN ('identity', 'trust')",
        sha256s,
    )


def identities_below(
    db: Database, issuer_hash: str, cluster: str = ""
) -> list[tuple[str, str, str, str, str]]:
    """Identities of nodes and peers that an issuer of this name has signed.

    Each row: cluster, kind of party, its role, its name, the purpose.
    """
    return list(
        db.conn.execute(
            "SELECT DISTINCT p.cluster, p.kind, p.role, p.name, l.name "
            "FROM certificates c JOIN places l ON l.certificate = c.sha256 "
            "JOIN parties p ON p.id = l.party "
            "WHERE c.issuer_hash = ?1 AND c.subject_hash <> ?1 "
            "AND l.usage = 'identity' AND p.kind IN ('ucm', 'imp', 'peer') "
            "AND ?2 IN ('', p.cluster) ORDER BY p.id, l.name",
            [issuer_hash, cluster],
        )
    )


def shared(db: Database, sha256s: Sequence[str]) -> set[str]:
    """Those of these certificates that are in several identity slots."""
    marks = ", ".join("?" * len(sha256s))
    rows = db.conn.execute(
        "SELECT certificate FROM places WHERE usage = 'identity' "
        f"AND certificate IN ({marks}) GROUP BY certificate HAVING count(*) > 1",
        list(sha256s),
    )
    return {sha256 for (sha256,) in rows}


def drift(
    db: Database, stores: Sequence[str], cluster: str = ""
) -> list[tuple[str, str, str, str, str]]:
    """Certificates of these stores that some nodes of a cluster should have and lack.

    Each row: cluster, store, certificate, its subject, the node that lacks it. What
    should be there is what the cluster's database has; of imported clusters, whose
    database is not known, what any node has. A store counts on the nodes of every
    product that keeps anything in it. `stores` are those that replicate; in the others
    nodes may differ.
    """
    marks = ", ".join("?" * len(stores))
    return list(
        db.conn.execute(
            f"""
            WITH own AS (
                SELECT DISTINCT cluster FROM parties
                WHERE kind IN ('ucm', 'imp') AND fqdn <> ''
            ), compared AS (
                SELECT p.id, p.cluster, p.kind, p.name, p.cluster IN own AS own
                FROM parties p WHERE p.kind IN ('ucm', 'imp')
                AND ? IN ('', p.cluster) AND (p.fqdn <> '' OR p.cluster NOT IN own)
            ), entries AS (
                SELECT n.cluster, l.name AS store, l.certificate, n.id, n.kind, n.own
                FROM places l JOIN compared n ON n.id = l.party
                WHERE l.usage = 'trust' AND l.name IN ({marks})
            ), wanted AS (
                SELECT DISTINCT cluster, store, certificate FROM entries WHERE NOT own
                UNION
                SELECT cluster, store, certificate FROM replicated
                WHERE cluster IN own AND cluster IN (SELECT cluster FROM compared)
                AND store IN ({marks})
            ), keepers AS (
                SELECT DISTINCT cluster, store, kind FROM entries
            )
            SELECT w.cluster, w.store, w.certificate, c.subject, n.name
            FROM wanted w
            JOIN keepers k ON k.cluster = w.cluster AND k.store = w.store
            JOIN compared n ON n.cluster = w.cluster AND n.kind = k.kind
            JOIN certificates c ON c.sha256 = w.certificate
            WHERE NOT EXISTS (
                SELECT 1 FROM entries e WHERE e.id = n.id
                AND e.store = w.store AND e.certificate = w.certificate)
            ORDER BY w.cluster, w.store, c.subject, n.id
            """,
            [cluster, *stores, *stores],
        )
    )


def _of_many(db: Database, select: str, sha256s: Iterable[str]) -> list[Any]:
    """The rows of a query that ends in conditions, for the places of these only."""
    found: list[Any] = []
    wanted = sorted(sha256s)
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ", ".join("?" * len(part))
        found += db.conn.execute(f"{select} AND l.certificate IN ({marks})", part)
    return found


def _read(db: Database, rest: str, values: list[Any]) -> list[Place]:
    cursor = db.conn.execute(f"{_SELECT} {rest}", values)
    names = [column[0] for column in cursor.description]
    rows = (dict(zip(names, row, strict=True)) for row in cursor)
    return [
        Place(
            **row
            | {
                "usage": Usage(row["usage"]),
                "since": datetime.fromisoformat(row["since"]),
            }
        )
        for row in rows
    ]
