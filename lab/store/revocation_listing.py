"""What the revocation page asks of the store: what is revoked, and which lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

HOLD = "certificateHold"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A certificate that its issuer has revoked or suspended, and where it is."""

    certificate: str
    common_name: str
    subject: str
    serial: str
    is_ca: bool
    issued_by: str
    authority: str  # the lab's own that issued it, by its name in URLs
    not_after: datetime
    at: datetime
    reason: str
    invalid_since: datetime | None
    party: str  # who holds it, in the place that matters most; empty: nobody
    place: str  # the purpose or the store there
    places: int
    services: int  # that still present it

    @property
    def is_hold(self) -> bool:
        return self.reason == HOLD


class Listed(NamedTuple):
    """A CRL without its bytes."""

    authority: str
    scope: str
    number: int
    base: int | None
    this_update: datetime
    next_update: datetime
    size: int  # bytes

    @property
    def kept(self) -> str:
        """What a client says that it goes by."""
        return "CRL" if self.base is None else "delta CRL"


class Released(NamedTuple):
    """A certificate that is no longer on hold."""

    certificate: str
    common_name: str
    serial: str


class Askable(NamedTuple):
    """A certificate that a cluster may ask for."""

    certificate: str
    common_name: str
    subject: str
    serial: str


_SELECT = """
    SELECT c.sha256, c.common_name, c.subject, c.serial, c.is_ca, c.issuer_common_name,
        ifnull((SELECT a.name FROM issuer_links k
            JOIN places h ON h.certificate = k.issuer AND h.usage = 'identity'
                AND h.name = 'CA'
            JOIN authorities a ON a.party = h.party
            WHERE k.child = c.sha256 LIMIT 1), ''),
        c.not_after, c.revoked_at, c.revocation_reason, c.invalid_since,
        ifnull(p.name, ''), ifnull(l.name, ''),
        (SELECT count(*) FROM places o WHERE o.certificate = c.sha256),
        (SELECT count(DISTINCT d.service) FROM loaded d WHERE d.certificate = c.sha256)
    FROM certificates c
    LEFT JOIN places l ON l.id = (
        SELECT o.id FROM places o WHERE o.certificate = c.sha256
        ORDER BY o.usage = 'trust', o.id LIMIT 1)
    LEFT JOIN parties p ON p.id = l.party
"""


def taken_back(
    db: Database, at: datetime, *, limit: int = 50, offset: int = 0
) -> list[Taken]:
    """What is revoked or on hold at that moment, the latest first."""
    rows = db.conn.execute(
        f"{_SELECT} WHERE c.revoked_at <= ? "
        "ORDER BY c.revoked_at DESC, c.sha256 LIMIT ? OFFSET ?",
        [at.isoformat(), max(0, min(limit, 1000)), max(0, offset)],
    )
    return [_taken(row) for row in rows]


def taken(db: Database, sha256: str, at: datetime) -> Taken | None:
    """How this certificate was revoked or suspended; None when it was not."""
    row = db.conn.execute(
        f"{_SELECT} WHERE c.sha256 = ? AND c.revoked_at <= ?", [sha256, at.isoformat()]
    ).fetchone()
    return _taken(row) if row else None


def count_taken(db: Database, at: datetime) -> tuple[int, int]:
    """How many are revoked for good, and how many are on hold."""
    revoked, held = db.conn.execute(
        "SELECT ifnull(sum(revocation_reason <> ?1), 0), "
        "ifnull(sum(revocation_reason = ?1), 0) "
        "FROM certificates WHERE revoked_at <= ?2",
        [HOLD, at.isoformat()],
    ).fetchone()
    return int(revoked), int(held)


def lists_in_force(db: Database, authority: str, at: datetime) -> list[Listed]:
    """The lists of this authority that a client may still go by, the newest first."""
    rows = db.conn.execute(
        "SELECT scope, number, base, this_update, next_update, length(der) FROM crls "
        "WHERE authority = ? AND this_update <= ? AND next_update > ? "
        "ORDER BY this_update DESC, number DESC",
        [authority, at.isoformat(), at.isoformat()],
    )
    return [
        Listed(
            authority,
            scope,
            number,
            base,
            datetime.fromisoformat(this_update),
            datetime.fromisoformat(next_update),
            size,
        )
        for scope, number, base, this_update, next_update, size in rows
    ]


def released(db: Database, issuer: str, serials: Sequence[str]) -> list[Released]:
    """Those of these serials that this issuer has not taken back, or not any more."""
    found = []
    for start in range(0, len(serials), 500):
        part = serials[start : start + 500]
        rows = db.conn.execute(
            "SELECT c.sha256, c.common_name, c.serial FROM certificates c "
            "JOIN issuer_links k ON k.child = c.sha256 "
            "WHERE k.issuer = ? AND c.revoked_at IS NULL "
            f"AND c.serial IN ({', '.join('?' * len(part))})",
            [issuer, *part],
        )
        found += [Released(*row) for row in rows]
    return found


def askable(
    db: Database, cluster: str, at: datetime, limit: int = 1000
) -> list[Askable]:
    """What the nodes of a cluster hold and may be asked for, by name.

    Who signed itself is revoked by nobody.
    """
    rows = db.conn.execute(
        "SELECT DISTINCT c.sha256, c.common_name, c.subject, c.serial FROM parties p "
        "JOIN places l ON l.party = p.id JOIN certificates c "
        "ON c.sha256 = l.certificate WHERE p.cluster = ? AND p.kind IN ('ucm', 'imp') "
        "AND l.usage IN ('identity', 'trust') "
        "AND (NOT c.self_signed OR c.not_after < ?) "
        "ORDER BY c.common_name, c.not_after LIMIT ?",
        [cluster, at.isoformat(), limit],
    )
    return [Askable(*row) for row in rows]


def _taken(row: tuple[object, ...]) -> Taken:
    values = dict(zip(Taken.__dataclass_fields__, row, strict=True))
    for name in ("not_after", "at", "invalid_since"):
        if values[name]:
            values[name] = datetime.fromisoformat(str(values[name]))
    values["is_ca"] = bool(values["is_ca"])
    return Taken(**values)  # type: ignore[arg-type]  # as the columns are declared
