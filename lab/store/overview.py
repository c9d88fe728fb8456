"""What the overview asks of the store beside the list: few rows, chosen by indexes."""

from collections.abc import Sequence

from sqlite_utils import Database

from lab.models import Placement
from lab.store.listing import View, read_places

# An identity before a copy, the oldest first: one row a certificate.
_ONCE = """
    NOT EXISTS (SELECT 1 FROM places o WHERE o.certificate = l.certificate
        AND (o.usage = 'trust', o.id) < (l.usage = 'trust', l.id))
"""
# From the places that are slots and stores: few, however many rows were imported.
_ASSIGNED = """
    FROM places l
    CROSS JOIN certificates c ON c.sha256 = l.certificate
    CROSS JOIN parties p ON p.id = l.party
"""
# From the index of ends: the first of many are read, and no more.
_BY_END = """
    FROM certificates c INDEXED BY certificates_effective_end
    CROSS JOIN places l ON l.certificate = c.sha256
    CROSS JOIN parties p ON p.id = l.party
"""
KINDS = {
    "identities": (
        "l.how <> 'imported' AND l.usage = 'identity' "
        "AND p.kind NOT IN ('phone', 'authority')"
    ),
    "phones": "l.how <> 'imported' AND l.usage = 'identity' AND p.kind = 'phone'",
    "trust": (
        "l.how <> 'imported' AND (l.usage = 'trust' "
        "OR (l.usage = 'identity' AND p.kind = 'authority'))"
    ),
    "imported": "l.how = 'imported'",
}


def first_to_end(
    db: Database, view: View, kinds: Sequence[str], limit: int
) -> list[Placement]:
    """The certificates of these kinds whose best chain ends first, each once."""
    if view.scope == "built":
        kinds = [kind for kind in kinds if kind != "imported"]
    wanted = " OR ".join(f"({KINDS[kind]})" for kind in kinds) or "0"
    tables, usage = _BY_END, "1"
    if "imported" not in kinds:
        tables, usage = _ASSIGNED, "l.usage IN ('identity', 'trust')"
    return _read(
        db,
        view,
        f"{tables} WHERE {usage} AND {view.where()} AND ({wanted}) AND {_ONCE} "
        "ORDER BY c.effective_end, l.id",
        limit,
    )


def troubled(db: Database, view: View, limit: int = 1000) -> list[Placement]:
    """Certificates in a slot or a store that something may be the matter with."""
    return _read(
        db,
        view,
        f"""
        {_ASSIGNED}
        WHERE l.usage IN ('identity', 'trust') AND {view.where()} AND (
            c.effective_end < :within_90 OR c.revoked_at <= :at
            OR c.not_before > :at OR c.chain <> 'complete'
            OR (l.copy_of <> '' AND NOT EXISTS (
                SELECT 1 FROM places o
                WHERE o.certificate = l.certificate AND o.usage = 'identity')))
        AND {_ONCE}
        ORDER BY l.usage = 'trust', c.effective_end, l.id""",
        limit,
    )


def of_nodes(db: Database, view: View, limit: int = 5000) -> list[Placement]:
    """The identities in the slots of nodes, publishers first, slot by slot."""
    return _read(
        db,
        view,
        f"""
        FROM parties p
        CROSS JOIN places l ON l.party = p.id AND l.usage = 'identity'
        WHERE p.kind IN ('ucm', 'imp') AND {view.where()}
        ORDER BY p.cluster, p.kind = 'imp', p.role = 'subscriber', p.id, l.id""",
        limit,
    )


def unassigned_soon(db: Database, view: View, limit: int = 50) -> list[Placement]:
    """Imported certificates without a slot that end within the farthest threshold."""
    return _read(
        db,
        view,
        f"""
        {_BY_END}
        WHERE c.effective_end >= :at AND c.effective_end < :within_90
        AND l.usage = 'unassigned' AND {view.where()} AND {_ONCE}
        ORDER BY c.effective_end, l.id""",
        limit,
    )


def unassigned_ended(db: Database, view: View) -> int:
    """How many imported certificates without a slot have ended."""
    if view.scope == "built":
        return 0
    where = ""
    if view.scope not in ("", "imported"):
        holder = f"p.id = l.party AND {view.where()}"
        where = f"AND EXISTS (SELECT 1 FROM parties p WHERE {holder})"
    row = db.conn.execute(
        f"""
        SELECT count(*) FROM certificates c INDEXED BY certificates_standing
        WHERE c.not_after < :at AND EXISTS (
            SELECT 1 FROM places l
            WHERE l.certificate = c.sha256 AND l.usage = 'unassigned' {where})
        """,
        view.parameters(),
    ).fetchone()
    return int(row[0])


def signers(db: Database, sha256s: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """For each of these that a lab CA signed: the CA's name, its label, its end.

    The end is ISO text: the effective end of the CA's own certificate.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for start in range(0, len(sha256s), 500):
        part = sha256s[start : start + 500]
        rows = db.conn.execute(
            f"""
            SELECT k.child, a.name, a.label, c.effective_end
            FROM issuer_links k
            JOIN places l ON l.certificate = k.issuer AND l.usage = 'identity'
                AND l.name = 'CA'
            JOIN authorities a ON a.party = l.party
            JOIN certificates c ON c.sha256 = k.issuer
            WHERE k.child IN ({", ".join("?" * len(part))})
            ORDER BY c.effective_end
            """,
            list(part),
        )
        found |= {child: (name, label, end) for child, name, label, end in rows}
    return found


def phones_of_nodes(db: Database) -> dict[tuple[str, str], int]:
    """How many phones register with each node, by cluster and node."""
    rows = db.conn.execute("""
        SELECT ifnull(n.cluster, ''), n.name, count(*) FROM parties p
        JOIN parties n ON n.id = p.node WHERE p.kind = 'phone' GROUP BY n.id
    """)
    return {(cluster, node): number for cluster, node, number in rows}


def waiting_slots(db: Database) -> list[tuple[str, str, str]]:
    """Slots whose signing request waits: cluster, node, purpose."""
    return list(
        db.conn.execute("""
            SELECT ifnull(p.cluster, ''), p.name, r.purpose FROM requests r
            JOIN parties p ON p.id = r.party ORDER BY r.made_at
        """)
    )


def on_the_way(db: Database) -> set[tuple[str, str, str]]:
    """What replication has still to carry: cluster, store, subject.

    What waits for a node that is offline is on its way too.
    """
    return set(
        db.conn.execute("""
            WITH coming AS (
                SELECT DISTINCT json_extract(about, '$.party') AS party,
                    json_extract(about, '$.store') AS store,
                    json_extract(about, '$.subject_hash') AS subject_hash
                FROM (SELECT kind, about FROM jobs UNION ALL
                      SELECT kind, about FROM missed)
                WHERE kind = 'sync_subject')
            SELECT p.cluster, w.store, c.subject FROM coming w
            JOIN parties p ON p.id = w.party
            JOIN certificates c ON c.subject_hash = w.subject_hash
        """)
    )


def _read(db: Database, view: View, rest: str, limit: int) -> list[Placement]:
    rows = db.conn.execute(
        f"SELECT l.id {rest} LIMIT :limit", view.parameters() | {"limit": limit}
    )
    return read_places(db, view, [place for (place,) in rows])
