"""What changes within one transaction, noted by triggers that vanish with it."""

from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from lab.models import Chain, Effective

_TABLES = """
    CREATE TEMP TABLE judged_before (
        sha256 TEXT PRIMARY KEY, effective_end TEXT, limited_by TEXT, chain TEXT);
    CREATE TEMP TABLE lost_entries (party INTEGER, store TEXT, certificate TEXT);
    CREATE TEMP TABLE lost_phones (party INTEGER PRIMARY KEY);
"""
_TRIGGERS = (
    """
    CREATE TEMP TRIGGER watch_certificates
    AFTER UPDATE OF effective_end, chain ON main.certificates
    WHEN OLD.rowid <= {last} BEGIN
        INSERT OR IGNORE INTO judged_before
        VALUES (OLD.sha256, OLD.effective_end, OLD.limited_by, OLD.chain);
    END
    """,
    """
    CREATE TEMP TRIGGER watch_places AFTER DELETE ON main.places
    WHEN OLD.usage = 'trust' BEGIN
        INSERT INTO lost_entries VALUES (OLD.party, OLD.name, OLD.certificate);
    END
    """,
    """
    CREATE TEMP TRIGGER watch_phones AFTER UPDATE OF registered ON main.phones
    WHEN OLD.registered <> NEW.registered BEGIN
        -- Not OR IGNORE: what the statement around says of conflicts would count.
        INSERT INTO lost_phones SELECT OLD.party
        WHERE NOT EXISTS (SELECT 1 FROM lost_phones WHERE party = OLD.party);
    END
    """,
)
# Phones are many, and each is one phone's matter.
_OF_PHONES = """
    NOT EXISTS (SELECT 1 FROM places l JOIN parties p ON p.id = l.party
        WHERE l.certificate = c.sha256 AND p.kind <> 'phone')
"""


class Judged(NamedTuple):
    """A certificate that is judged otherwise than before."""

    sha256: str
    subject: str
    common_name: str
    before: Effective
    after: Effective


class Holder(NamedTuple):
    """Where a certificate is: a slot or a store of somebody."""

    certificate: str
    cluster: str
    party: str
    kind: str
    usage: str
    name: str


class LostPhones(NamedTuple):
    """Phones of one node that are not registered any more, for one reason."""

    cluster: str
    node: str
    number: int
    device: str  # the first of them
    reason: str  # a template, as it is stored
    evidence: str  # JSON: its values


def begin(db: Database) -> None:
    """Note from here on what is judged anew, and what stores and phones lose.

    It ends when the transaction is undone; it is not for one that is kept.
    """
    (last,) = db.conn.execute(
        "SELECT ifnull(max(rowid), 0) FROM certificates"
    ).fetchone()
    for statement in _TABLES.split(";"):
        db.conn.execute(statement)
    for trigger in _TRIGGERS:
        db.conn.execute(trigger.format(last=int(last)))


def worsened(db: Database, now: datetime, limit: int) -> tuple[int, list[Judged]]:
    """Certificates that had a future, are held, and end sooner or lose their chain.

    How many, and the first of them: broken chains before early ends.
    """
    where = """
        FROM judged_before b JOIN certificates c ON c.sha256 = b.sha256
        WHERE b.effective_end >= ?1 AND b.chain = 'complete'
        AND (c.chain <> 'complete' OR c.effective_end < b.effective_end)
        AND EXISTS (SELECT 1 FROM places l WHERE l.certificate = c.sha256)
    """
    moment = now.isoformat()
    (number,) = db.conn.execute(f"SELECT count(*) {where}", [moment]).fetchone()
    rows = db.conn.execute(
        "SELECT c.sha256, c.subject, c.common_name, b.effective_end, b.limited_by, "
        "b.chain, c.effective_end, c.limited_by, c.chain "
        f"{where} ORDER BY {_OF_PHONES}, c.chain = 'complete', c.effective_end, "
        "c.sha256 LIMIT ?2",
        [moment, limit],
    )
    return int(number), [
        Judged(sha256, subject, name, _effective(*rest[:3]), _effective(*rest[3:]))
        for sha256, subject, name, *rest in rows
    ]


def broken(db: Database, now: datetime) -> set[str]:
    """Certificates that had a future, and now have no chain to a trusted root."""
    rows = db.conn.execute(
        "SELECT b.sha256 FROM judged_before b "
        "JOIN certificates c ON c.sha256 = b.sha256 WHERE b.effective_end >= ? "
        "AND b.chain = 'complete' AND c.chain <> 'complete'",
        [now.isoformat()],
    )
    return {sha256 for (sha256,) in rows}


def purposes_that_stop(db: Database, now: datetime) -> dict[str, int]:
    """The purposes of identities that worked before and do not now; how many each."""
    rows = db.conn.execute(
        """
        SELECT l.name, count(*) FROM judged_before b
        JOIN certificates c ON c.sha256 = b.sha256
        JOIN places l ON l.certificate = c.sha256 AND l.usage = 'identity'
        WHERE b.effective_end >= ?1 AND b.chain = 'complete'
        AND (c.chain <> 'complete' OR c.effective_end <= ?1)
        GROUP BY l.name ORDER BY min(l.id)
        """,
        [now.isoformat()],
    )
    return {name: int(number) for name, number in rows}


def holders(db: Database, sha256s: list[str]) -> list[Holder]:
    """Where these certificates are, identities first."""
    found: list[Holder] = []
    for start in range(0, len(sha256s), 500):
        part = sha256s[start : start + 500]
        marks = ", ".join("?" * len(part))
        rows = db.conn.execute(
            "SELECT l.certificate, ifnull(p.cluster, ''), p.name, p.kind, l.usage, "
            "l.name FROM places l JOIN parties p ON p.id = l.party "
            f"WHERE l.certificate IN ({marks}) ORDER BY l.usage, l.id",
            part,
        )
        found += [Holder(*row) for row in rows]
    return found


def lost_entries(db: Database) -> list[tuple[int, str, str]]:
    """Trust entries that are gone: party, store, certificate."""
    return list(
        db.conn.execute(
            "SELECT DISTINCT e.party, e.store, e.certificate FROM lost_entries e "
            "WHERE NOT EXISTS (SELECT 1 FROM places l WHERE l.party = e.party "
            "AND l.usage = 'trust' AND l.name = e.store "
            "AND l.certificate = e.certificate)"
        )
    )


def lost_phones(db: Database) -> list[LostPhones]:
    """Phones that were registered and are not any more, by node and reason."""
    rows = db.conn.execute(
        "SELECT ifnull(p.cluster, ''), ifnull(n.name, ''), count(*), min(p.name), "
        "f.reason, f.evidence FROM lost_phones w JOIN phones f ON f.party = w.party "
        "JOIN parties p ON p.id = w.party LEFT JOIN parties n ON n.id = p.node "
        "WHERE f.registered = 0 GROUP BY n.id, f.reason, f.evidence ORDER BY n.id"
    )
    return [LostPhones(*row) for row in rows]


def _effective(end: str, limited_by: str, chain: str) -> Effective:
    return Effective(
        end=datetime.fromisoformat(end), limited_by=limited_by, chain=Chain(chain)
    )
