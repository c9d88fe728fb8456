"""What a responder looks up: certificates by serial number and issuer."""

from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from lab.store import database


class Status(NamedTuple):
    """A certificate of an issuer, and whether it was revoked."""

    sha256: str
    subject: str
    revoked_at: datetime | None
    reason: str


def of_serial(db: Database, issuer: str, serial: int) -> Status | None:
    """What the lab knows of the certificate with this serial that `issuer` signed.

    Should there be two of that number, the one that is revoked counts.
    """
    row = db.conn.execute(
        "SELECT c.sha256, c.subject, c.revoked_at, c.revocation_reason "
        # CROSS: by serial number first, not through all that the issuer has signed.
        "FROM certificates c CROSS JOIN issuer_links k ON k.child = c.sha256 "
        "WHERE c.serial = ? AND k.issuer = ? "
        "ORDER BY c.revoked_at IS NULL, c.revoked_at LIMIT 1",
        [format(serial, "x"), issuer],
    ).fetchone()
    if row is None:
        return None
    sha256, subject, revoked_at, reason = row
    at = datetime.fromisoformat(revoked_at) if revoked_at else None
    return Status(sha256, subject, at, reason or "")


def changes(db: Database) -> tuple[int, int]:
    """Numbers that change when anybody has written, this connection included."""
    return database.data_version(db), db.conn.total_changes
