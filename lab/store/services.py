"""The `services` and `loaded` tables: what runs, and which certificates it read."""

from datetime import datetime

from sqlite_utils import Database

from lab.models import Service

_COLUMNS = "id, party, name, kind, activated, running, started_at"


def add(db: Database, party: int, name: str, kind: str, *, now: datetime) -> Service:
    db.conn.execute(
        "INSERT INTO services (party, name, kind, running, started_at) "
        "VALUES (?, ?, ?, 1, ?)",
        [party, name, kind, now.isoformat()],
    )
    found = get(db, party, name)
    assert found  # just added
    return found


def get(db: Database, party: int, name: str) -> Service | None:
    row = db.conn.execute(
        f"SELECT {_COLUMNS} FROM services WHERE party = ? AND name = ?", [party, name]
    ).fetchone()
    return row and _from_row(row)


def of_party(db: Database, party: int) -> list[Service]:
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM services WHERE party = ? ORDER BY id", [party]
    )
    return [_from_row(row) for row in rows]


def mark_started(db: Database, service: int, at: datetime) -> None:
    """Note that it is activated and runs; until `at` it is still starting."""
    db.conn.execute(
        "UPDATE services SET activated = 1, running = 1, started_at = ? WHERE id = ?",
        [at.isoformat(), service],
    )


def mark_stopped(db: Database, service: int, *, activated: bool = True) -> None:
    db.conn.execute(
        "UPDATE services SET activated = ?, running = 0 WHERE id = ?",
        [int(activated), service],
    )


def load(db: Database, service: int, purpose: str, certificate: str) -> None:
    """Note that the service now presents this certificate for this purpose.

    One that does not run reads nothing, until it is started.
    """
    db.conn.execute(
        "INSERT INTO loaded SELECT id, ?, ? FROM services WHERE id = ? AND running = 1 "
        "ON CONFLICT DO UPDATE SET certificate = excluded.certificate",
        [purpose, certificate, service],
    )


def unload(db: Database, service: int, purpose: str) -> None:
    """Note that the service presents nothing for this purpose any more."""
    db.conn.execute(
        "DELETE FROM loaded WHERE service = ? AND purpose = ?", [service, purpose]
    )


def loaded(db: Database, service: int) -> dict[str, str]:
    """Purpose to certificate: what the service read when it last started."""
    rows = db.conn.execute(
        "SELECT purpose, certificate FROM loaded WHERE service = ?", [service]
    )
    return dict(rows.fetchall())


def loaded_by(db: Database, sha256: str) -> list[tuple[str, str, str, str]]:
    """Services that present this certificate: cluster, node, service, purpose."""
    return list(
        db.conn.execute(
            """
            SELECT ifnull(p.cluster, ''), p.name, s.name, d.purpose
            FROM loaded d JOIN services s ON s.id = d.service
            JOIN parties p ON p.id = s.party
            WHERE d.certificate = ? AND s.running = 1
            ORDER BY p.id, s.id, d.purpose
            """,
            [sha256],
        )
    )


def stale(db: Database, cluster: str = "") -> list[tuple[str, str, str, str, str]]:
    """Services that present another certificate than their slot holds.

    Each row: cluster, node, service, purpose, the certificate it still presents.
    """
    return list(
        db.conn.execute(
            """
            SELECT p.cluster, p.name, s.name, d.purpose, d.certificate
            FROM loaded d JOIN services s ON s.id = d.service
            JOIN parties p ON p.id = s.party
            JOIN places l ON l.party = p.id AND l.usage = 'identity'
                AND l.name = d.purpose
            WHERE s.running = 1 AND l.certificate <> d.certificate
                AND ? IN ('', p.cluster)
            ORDER BY p.id, s.id
            """,
            [cluster],
        )
    )


def starting(
    db: Database, cluster: str, now: datetime
) -> list[tuple[str, str, datetime]]:
    """Services that are not ready yet: node, service, and when they will be."""
    rows = db.conn.execute(
        """
        SELECT p.name, s.name, s.started_at FROM services s
        JOIN parties p ON p.id = s.party
        WHERE s.running = 1 AND s.started_at > ? AND ? IN ('', p.cluster)
        ORDER BY s.started_at, p.id, s.id
        """,
        [now.isoformat(), cluster],
    )
    return [
        (node, service, datetime.fromisoformat(ready)) for node, service, ready in rows
    ]


def _from_row(row: tuple[int, int, str, str, int, int, str]) -> Service:
    number, party, name, kind, activated, running, started_at = row
    return Service(
        id=number,
        party=party,
        name=name,
        kind=kind,
        activated=bool(activated),
        running=bool(running),
        started_at=datetime.fromisoformat(started_at),
    )
