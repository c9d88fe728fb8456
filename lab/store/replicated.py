"""The `replicated` table: what a cluster's own database holds of its trust stores."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database


@dataclass(frozen=True, kw_only=True)
class Row:
    """One certificate that every node of a cluster should have in a store."""

    certificate: str
    not_before: datetime
    copy_of: str
    description: str


def put(
    db: Database,
    cluster: str,
    store: str,
    certificate: str,
    *,
    since: datetime,
    copy_of: str = "",
    description: str = "",
) -> None:
    db.conn.execute(
        "INSERT INTO replicated "
        "(cluster, store, certificate, since, copy_of, description) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [cluster, store, certificate, since.isoformat(), copy_of, description],
    )


def remove(db: Database, cluster: str, store: str, certificate: str) -> None:
    db.conn.execute(
        "DELETE FROM replicated WHERE cluster = ? AND store = ? AND certificate = ?",
        [cluster, store, certificate],
    )


def of_subject(db: Database, cluster: str, store: str, subject_hash: str) -> list[Row]:
    """What the database holds of this subject: one at most, once it has settled."""
    return _read(db, "AND c.subject_hash = ?", [cluster, store, subject_hash])


def of_store(db: Database, cluster: str, store: str) -> list[Row]:
    """All that the database holds of this store, the oldest first."""
    return _read(db, "ORDER BY r.since, r.certificate", [cluster, store])


def subjects(db: Database, party: int, cluster: str, store: str) -> list[str]:
    """The hash of each subject that this node's store or the database has."""
    rows = db.conn.execute(
        "SELECT c.subject_hash FROM places l "
        "JOIN certificates c ON c.sha256 = l.certificate "
        "WHERE l.party = ?1 AND l.usage = 'trust' AND l.name = ?3 "
        "UNION SELECT c.subject_hash FROM replicated r "
        "JOIN certificates c ON c.sha256 = r.certificate "
        "WHERE r.cluster = ?2 AND r.store = ?3 ORDER BY 1",
        [party, cluster, store],
    )
    return [subject for (subject,) in rows]


def _read(db: Database, rest: str, values: list[str]) -> list[Row]:
    rows = db.conn.execute(
        "SELECT r.certificate, c.not_before, r.copy_of, r.description "
        "FROM replicated r JOIN certificates c ON c.sha256 = r.certificate "
        f"WHERE r.cluster = ? AND r.store = ? {rest}",
        values,
    )
    return [
        Row(
            certificate=certificate,
            not_before=datetime.fromisoformat(not_before),
            copy_of=copy_of,
            description=description,
        )
        for certificate, not_before, copy_of, description in rows
    ]
