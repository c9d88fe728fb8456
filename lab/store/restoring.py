"""A cluster's own rows, out of a backup of this lab and back into it.

Both files tell one history, so a node has the same number in both.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from lab.models import Job
from lab.store import trust_lists

_ABOUT_CLUSTERS = {
    "reset_phones",
    "finish_restore",
    "want_checks",
    "want_link_checks",
}
_NODES = """
    party IN (SELECT id FROM parties WHERE cluster = ?1 AND kind IN ('ucm', 'imp'))
"""
_SERVICES = f"service IN (SELECT id FROM services WHERE {_NODES})"
_HELD = f"usage IN ('identity', 'trust') AND {_NODES}"


class StoredKey(NamedTuple):
    id: str
    type: str
    size: int
    sealed: bool
    material: bytes


def held(db: Database, cluster: str) -> set[tuple[int, str, str, str]]:
    """What every slot and store of the nodes holds: party, usage, name, certificate."""
    rows = db.conn.execute(
        f"SELECT party, usage, name, certificate FROM places WHERE {_HELD}", [cluster]
    )
    return set(rows)


def named(db: Database, cluster: str) -> set[str]:
    """Every certificate that the cluster's own rows name."""
    rows = db.conn.execute(
        f"""
        SELECT certificate FROM places WHERE {_HELD}
        UNION SELECT certificate FROM replicated WHERE cluster = ?1
        UNION SELECT certificate FROM loaded WHERE {_SERVICES}
        UNION SELECT signer FROM trust_lists WHERE {_NODES}
        """,
        [cluster],
    )
    return {sha256 for (sha256,) in rows}


def own_keys(db: Database, cluster: str) -> dict[str, StoredKey]:
    """The keys that the nodes of a cluster have, in use or not any more.

    Which they are, their certificates tell: where they are, or whom they name.
    """
    rows = db.conn.execute(
        f"""
        WITH own (id) AS (
            SELECT c.key_id FROM certificates c WHERE c.sha256 IN (
                SELECT certificate FROM places WHERE usage = 'identity' AND {_NODES}
                UNION SELECT certificate FROM loaded WHERE {_SERVICES}
                UNION SELECT signer FROM trust_lists WHERE {_NODES})
            UNION SELECT c.key_id FROM certificates c JOIN keys k ON k.id = c.key_id
                JOIN parties p ON p.cluster = ?1 AND p.kind IN ('ucm', 'imp')
                    AND p.fqdn <> ''
                WHERE instr(char(10) || c.alternative_names || char(10),
                            char(10) || 'DNS:' || p.fqdn || char(10))
            UNION SELECT key FROM requests WHERE {_NODES}
            UNION SELECT key FROM oauth_keys WHERE cluster = ?1
            UNION SELECT key FROM oauth_copies WHERE {_NODES})
        SELECT id, type, size, sealed, material FROM keys
        WHERE id IN (SELECT id FROM own)
        """,
        [cluster],
    )
    return {row[0]: StoredKey(*row) for row in rows}


def nodes_of(db: Database, cluster: str) -> dict[str, str]:
    """Node to product."""
    rows = db.conn.execute(
        "SELECT name, kind FROM parties WHERE cluster = ? AND kind IN ('ucm', 'imp')",
        [cluster],
    )
    return dict(rows.fetchall())


def parameters(db: Database, cluster: str) -> dict[str, str]:
    """The enterprise parameters of a cluster that were set, by name."""
    start = f"parameter {cluster} "
    # "parameter A B x" may be B x of A, or x of A B.
    longer = [
        f"parameter {name} "
        for (name,) in db.conn.execute("SELECT name FROM clusters")
        if name.startswith(f"{cluster} ")
    ]
    rows = db.conn.execute(
        "SELECT name, value FROM settings WHERE substr(name, 1, ?) = ?",
        [len(start), start],
    )
    return {
        name.removeprefix(start): value
        for name, value in rows
        if not name.startswith(tuple(longer))
    }


def planned(db: Database, cluster: str) -> list[Job]:
    """Jobs that concern this cluster or one of its nodes."""
    own = {
        party
        for (party,) in db.conn.execute(
            "SELECT id FROM parties WHERE cluster = ?", [cluster]
        )
    }
    rows = db.conn.execute("SELECT id, due_at, kind, about FROM jobs ORDER BY due_at")
    return [
        Job(id=number, due_at=datetime.fromisoformat(due_at), kind=kind, about=about)
        for number, due_at, kind, about in rows
        if _concerns(kind, about, cluster, own)
    ]


def bring_back(db: Database, then: Database, cluster: str, now: datetime) -> None:
    """Make the cluster's own rows as the backup has them; keys are there already."""
    _replace(db, then, "places", _HELD, cluster, but="id")
    _replace(db, then, "replicated", "cluster = ?1", cluster)
    _replace(db, then, "requests", _NODES, cluster)
    _replace(db, then, "oauth_keys", "cluster = ?1", cluster)
    _replace(db, then, "oauth_copies", _NODES, cluster)
    db.conn.execute(f"DELETE FROM missed WHERE {_NODES}", [cluster])
    _bring_back_services(db, then, cluster)
    _bring_back_settings(db, then, cluster)
    db.conn.execute(
        "UPDATE tasks SET closed_at = ?, closed_how = 'restored' "
        "WHERE cluster = ? AND closed_at IS NULL",
        [now.isoformat(), cluster],
    )
    open_then = "cluster = ?1 AND closed_at IS NULL"
    _copy(db, then, "tasks", open_then, cluster, but="id")
    _bring_back_ctl(db, then, cluster)


def drop_keys(db: Database, names: Iterable[str]) -> None:
    db.conn.executemany("DELETE FROM keys WHERE id = ?", [(name,) for name in names])


def ders(db: Database, sha256s: Iterable[str]) -> list[bytes]:
    rows = db.conn.execute(
        "SELECT der FROM ders WHERE certificate IN (SELECT value FROM json_each(?))",
        [json.dumps(sorted(sha256s))],
    )
    return [der for (der,) in rows]


def _bring_back_services(db: Database, then: Database, cluster: str) -> None:
    rows = then.conn.execute(
        f"SELECT activated, running, party, name FROM services WHERE {_NODES}",
        [cluster],
    )
    db.conn.executemany(
        "UPDATE services SET activated = ?, running = ? WHERE party = ? AND name = ?",
        rows.fetchall(),
    )
    _replace(db, then, "loaded", _SERVICES, cluster)


def revocation(db: Database, cluster: str) -> dict[str, str]:
    """The settings of revocation of a cluster that were set, by their fields."""
    start = f"revocation {cluster} "
    rows = db.conn.execute(
        "SELECT name, value FROM settings WHERE substr(name, 1, ?) = ?",
        [len(start), start],
    )
    found = {name.removeprefix(start): value for name, value in rows}
    # No field has a blank in it: the others are of a cluster with a longer name.
    return {name: value for name, value in found.items() if " " not in name}


def _bring_back_settings(db: Database, then: Database, cluster: str) -> None:
    for kind, found in (("parameter", parameters), ("revocation", revocation)):
        prefix = f"{kind} {cluster} "
        db.conn.executemany(
            "DELETE FROM settings WHERE name = ?",
            [(prefix + name,) for name in found(db, cluster)],
        )
        db.conn.executemany(
            "INSERT INTO settings (name, value) VALUES (?, ?)",
            [(prefix + name, value) for name, value in found(then, cluster).items()],
        )
    mixed = then.conn.execute(
        "SELECT mixed_mode FROM clusters WHERE name = ?", [cluster]
    ).fetchone()
    db.conn.execute(
        "UPDATE clusters SET mixed_mode = ? WHERE name = ?", [*mixed, cluster]
    )


def _bring_back_ctl(db: Database, then: Database, cluster: str) -> None:
    """Serve the CTL of the backup again; the ITL is built anew by whoever serves it."""
    parties = then.conn.execute(
        f"SELECT DISTINCT party FROM trust_lists WHERE kind = 'CTL' AND {_NODES}",
        [cluster],
    )
    for (party,) in parties.fetchall():
        old = trust_lists.latest(then, party, "CTL")
        last = trust_lists.latest(db, party, "CTL")
        if old and (last is None or last.file != old.file):
            trust_lists.add(
                db, party, "CTL", now=old.built_at, signer=old.signer, file=old.file
            )


def _concerns(kind: str, about: str, cluster: str, own: set[int]) -> bool:
    try:
        told = json.loads(about)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        # The others of this form name an authority.
        return kind in _ABOUT_CLUSTERS and about == cluster
    return told.get("cluster") == cluster or told.get("party") in own


def _replace(
    db: Database, then: Database, table: str, where: str, cluster: str, but: str = ""
) -> None:
    db.conn.execute(f"DELETE FROM {table} WHERE {where}", [cluster])
    _copy(db, then, table, where, cluster, but)


def _copy(
    db: Database, then: Database, table: str, where: str, cluster: str, but: str = ""
) -> None:
    cursor = then.conn.execute(f"SELECT * FROM {table} WHERE {where}", [cluster])
    names = [column[0] for column in cursor.description]
    kept = [at for at, name in enumerate(names) if name != but]
    db.conn.executemany(
        f"INSERT INTO {table} ({', '.join(names[at] for at in kept)}) "
        f"VALUES ({', '.join('?' * len(kept))})",
        [[row[at] for at in kept] for row in cursor],
    )
