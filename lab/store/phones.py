"""The `phones` table: which lists each phone holds, and how it fares."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

# A phone that came in before the lab knew of lists has no row of its own yet.
_ROWS = """
    FROM parties p JOIN parties n ON n.id = p.node
    LEFT JOIN phones f ON f.party = p.id
    LEFT JOIN places l ON l.party = p.id AND l.usage = 'identity' AND l.name = 'LSC'
    LEFT JOIN certificates c ON c.sha256 = l.certificate
"""


class PhoneRow(NamedTuple):
    """What the lab works out a phone's registration from, and what it was."""

    party: int
    name: str
    node: str
    itl: int | None
    ctl: int | None
    registered: bool
    since: str
    reason: str
    evidence: str
    lsc: str | None
    lsc_issuers: str  # fingerprints, separated by commas
    lsc_starts: str
    lsc_ends: str


class PhoneState(NamedTuple):
    """What is stored of a phone after a reset, or after it was looked at again."""

    party: int
    itl: int | None
    ctl: int | None
    registered: bool
    since: str
    reset_at: str  # empty: as it was
    reason: str
    evidence: str


def rows(
    db: Database, cluster: str, *, node: str = "", devices: Sequence[str] = ()
) -> list[PhoneRow]:
    """The phones of a cluster, of one node of it, or those that are named."""
    where = "WHERE p.kind = 'phone' AND p.cluster = ?1 AND ?2 IN ('', n.name)"
    if devices:
        where += " AND p.name IN (SELECT value FROM json_each(?3))"
    found = db.conn.execute(
        f"""
        SELECT p.id, p.name, n.name, f.itl, f.ctl, ifnull(f.registered, 0),
               ifnull(f.since, ''), ifnull(f.reason, ''), ifnull(f.evidence, '{{}}'),
               l.certificate, ifnull((SELECT group_concat(k.issuer) FROM issuer_links k
               WHERE k.child = l.certificate), ''), c.not_before, c.not_after
        {_ROWS} {where} ORDER BY p.id
        """,
        [cluster, node, *([json.dumps(list(devices))] if devices else [])],
    )
    return [PhoneRow._make((*row[:5], bool(row[5]), *row[6:])) for row in found]


def put_many(db: Database, states: Iterable[PhoneState]) -> None:
    """Store how phones fare now; one that was not reset keeps when it was."""
    db.conn.executemany(
        """
        INSERT INTO phones (party, itl, ctl, registered, since, reset_at, reason,
                            evidence)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (party) DO UPDATE SET itl = excluded.itl, ctl = excluded.ctl,
            registered = excluded.registered, since = excluded.since,
            reset_at = CASE excluded.reset_at WHEN '' THEN reset_at
                ELSE excluded.reset_at END,
            reason = excluded.reason, evidence = excluded.evidence
        """,
        states,
    )


def forget_lists(db: Database, party: int) -> None:
    """Take both lists away from a phone, as somebody does at its keys."""
    db.conn.execute("UPDATE phones SET itl = NULL, ctl = NULL WHERE party = ?", [party])


def count(db: Database, cluster: str = "") -> tuple[int, int]:
    """How many phones are registered, and how many there are."""
    row = db.conn.execute(
        "SELECT ifnull(sum(f.registered), 0), count(*) FROM parties p "
        "LEFT JOIN phones f ON f.party = p.id "
        "WHERE p.kind = 'phone' AND p.node IS NOT NULL AND ? IN ('', p.cluster)",
        [cluster],
    ).fetchone()
    return int(row[0]), int(row[1])


def held_lists(
    db: Database, cluster: str, node: str = ""
) -> list[tuple[int | None, int | None, int]]:
    """Each pair of ITL and CTL that phones hold, and how many hold it."""
    return list(
        db.conn.execute(
            f"SELECT f.itl, f.ctl, count(*) {_ROWS} WHERE p.kind = 'phone' "
            "AND p.cluster = ? AND ? IN ('', n.name) AND f.party IS NOT NULL "
            "GROUP BY f.itl, f.ctl",
            [cluster, node],
        )
    )


class LscRow(NamedTuple):
    """An LSC that another CAPF signed than the one of now."""

    device: str
    node: str
    certificate: str
    ends: datetime
    issuer: str  # its common name
    verifies: bool  # CallManager-trust at the phone's node holds a signer of it


def stale_lscs(
    db: Database, cluster: str, capf: str, ended_by: datetime | None = None
) -> list[LscRow]:
    """LSCs that the certificate of this fingerprint has not signed.

    With a moment also those that had ended by then.
    """
    found = db.conn.execute(
        f"""
        SELECT p.name, n.name, c.sha256, c.not_after, c.issuer_common_name, EXISTS (
            SELECT 1 FROM issuer_links k
            JOIN places t ON t.certificate = k.issuer AND t.party = n.id
                AND t.usage = 'trust' AND t.name = 'CallManager-trust'
            WHERE k.child = c.sha256)
        {_ROWS} WHERE p.kind = 'phone' AND p.cluster = ?
        AND c.sha256 IS NOT NULL AND (c.not_after < ? OR NOT EXISTS (
            SELECT 1 FROM issuer_links k
            WHERE k.child = c.sha256 AND k.issuer = ?))
        ORDER BY p.id
        """,
        [cluster, ended_by.isoformat() if ended_by else "", capf],
    )
    return [
        LscRow(
            device, node, sha256, datetime.fromisoformat(ends), issuer, bool(verified)
        )
        for device, node, sha256, ends, issuer, verified in found
    ]
