"""The `requests` table: at most one signing request a slot."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A slot that waits for its signed certificate."""

    party: int
    purpose: str
    der: bytes
    key: str
    made_at: datetime
    shared: bool  # for all nodes that its alternative names list


def put(
    db: Database,
    party: int,
    purpose: str,
    der: bytes,
    key_id: str,
    made_at: datetime,
    *,
    shared: bool = False,
) -> None:
    """Store the request; one that was there for the slot is overwritten."""
    db.conn.execute(
        "INSERT OR REPLACE INTO requests (party, purpose, der, key, made_at, shared)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [party, purpose, der, key_id, made_at.isoformat(), int(shared)],
    )


def get(db: Database, party: int, purpose: str) -> tuple[bytes, str, datetime] | None:
    """The request's DER, the id of its key, and when it was made; or None."""
    row = db.conn.execute(
        "SELECT der, key, made_at FROM requests WHERE party = ? AND purpose = ?",
        [party, purpose],
    ).fetchone()
    return row and (row[0], row[1], datetime.fromisoformat(row[2]))


def is_shared(db: Database, party: int, purpose: str) -> bool:
    """Whether the slot's request is for all nodes that its alternative names list."""
    row = db.conn.execute(
        "SELECT shared FROM requests WHERE party = ? AND purpose = ?",
        [party, purpose],
    ).fetchone()
    return bool(row and row[0])


def waiting(db: Database, cluster: str = "") -> list[Waiting]:
    """Every request of a cluster, or of all, the oldest first."""
    rows = db.conn.execute(
        "SELECT r.party, r.purpose, r.der, r.key, r.made_at, r.shared "
        "FROM requests r JOIN parties p ON p.id = r.party "
        "WHERE ? IN ('', p.cluster) ORDER BY r.made_at, r.party, r.purpose",
        [cluster],
    )
    return [
        Waiting(
            party=party,
            purpose=purpose,
            der=der,
            key=key,
            made_at=datetime.fromisoformat(made_at),
            shared=bool(shared),
        )
        for party, purpose, der, key, made_at, shared in rows
    ]


def remove(db: Database, party: int, purpose: str) -> None:
    db.conn.execute(
        "DELETE FROM requests WHERE party = ? AND purpose = ?", [party, purpose]
    )


def pending(db: Database) -> list[tuple[int, str, datetime]]:
    """Each slot that waits for its signed certificate, and since when."""
    rows = db.conn.execute(
        "SELECT party, purpose, made_at FROM requests ORDER BY made_at"
    )
    return [
        (party, purpose, datetime.fromisoformat(made_at))
        for party, purpose, made_at in rows
    ]
