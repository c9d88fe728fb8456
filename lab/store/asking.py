"""Certificates that somebody may ask a responder about, as they are searched for."""

from typing import NamedTuple

from sqlite_utils import Database

from lab.store.text_search import literal, may_occur

MOST = 50  # of one search


class Asking(NamedTuple):
    """A certificate whose issuer the lab holds."""

    sha256: str
    common_name: str
    subject: str
    serial: str
    issued_by: str
    reason: str  # why it is revoked; empty when it is not


_SELECT = """
    SELECT c.sha256, c.common_name, c.subject, c.serial,
        ifnull(nullif(c.issuer_common_name, ''), c.issuer),
        CASE WHEN c.revoked_at IS NULL THEN '' ELSE c.revocation_reason END
    FROM certificates c
    WHERE NOT c.self_signed
        AND EXISTS (SELECT 1 FROM issuer_links k WHERE k.child = c.sha256)
"""


def find(db: Database, text: str = "", limit: int = MOST) -> list[Asking]:
    """Those whose name holds the text, or whose serial or fingerprint begins so.

    What is revoked comes first. A text that is too long is a `BadInputError`.
    """
    escaped = literal(text)
    if not may_occur(text):
        return []
    rows = db.conn.execute(
        f"{_SELECT} AND (c.common_name LIKE ?1 ESCAPE '\\' "
        "OR c.subject LIKE ?1 ESCAPE '\\' OR c.serial LIKE ?2 ESCAPE '\\' "
        "OR c.sha256 LIKE ?2 ESCAPE '\\') "
        # By an index, so that it ends with the limit.
        "ORDER BY c.revoked_at DESC LIMIT ?3",
        [f"%{escaped}%", f"{escaped}%", limit],
    )
    return [Asking(*row) for row in rows]


def named(db: Database, sha256s: list[str]) -> list[Asking]:
    """Those of these fingerprints that can be asked about, in their order."""
    marks = ", ".join("?" * len(sha256s))
    rows = db.conn.execute(f"{_SELECT} AND c.sha256 IN ({marks})", sha256s)
    found = {row[0]: Asking(*row) for row in rows}
    return [found[sha256] for sha256 in sha256s if sha256 in found]
