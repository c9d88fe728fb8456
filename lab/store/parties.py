"""The `clusters`, `parties` and `authorities` tables: who holds certificates."""

from typing import Any

from sqlite_utils import Database

from lab.errors import NotFoundError
from lab.models import Authority, Cluster, Party, PartyKind

_SELECT = """
    SELECT p.id, ifnull(p.cluster, '') AS cluster, p.kind, p.name, p.fqdn, p.role,
           ifnull(n.name, '') AS node, p.online
    FROM parties p LEFT JOIN parties n ON n.id = p.node
"""
_NODES_FIRST = """
    ORDER BY p.cluster, CASE p.kind
        WHEN 'ucm' THEN 0 WHEN 'imp' THEN 1 WHEN 'peer' THEN 2 WHEN 'phone' THEN 3
        ELSE 4 END, p.role = 'subscriber', p.id
"""


def add_cluster(db: Database, cluster: Cluster) -> None:
    db.conn.execute(
        "INSERT INTO clusters VALUES (?, ?, ?, ?)",
        [cluster.name, cluster.domain, cluster.profile, int(cluster.mixed_mode)],
    )


def tell_domain(db: Database, cluster: str, domain: str) -> None:
    """Note the domain of a cluster that came in without one."""
    db.conn.execute(
        "UPDATE clusters SET domain = ? WHERE name = ? AND domain = ''",
        [domain, cluster],
    )


def tell_role(db: Database, party: int, role: str) -> None:
    """Note the role of a node that came in without one."""
    db.conn.execute(
        "UPDATE parties SET role = ? WHERE id = ? AND role = ''", [role, party]
    )


def set_online(db: Database, party: int, online: bool) -> None:
    db.conn.execute("UPDATE parties SET online = ? WHERE id = ?", [int(online), party])


def set_mixed_mode(db: Database, cluster: str, mixed: bool) -> None:
    db.conn.execute(
        "UPDATE clusters SET mixed_mode = ? WHERE name = ?", [int(mixed), cluster]
    )


def clusters(db: Database) -> list[Cluster]:
    rows = db.conn.execute(
        "SELECT name, domain, profile, mixed_mode FROM clusters ORDER BY rowid"
    )
    return [
        Cluster(name=name, domain=domain, profile=profile, mixed_mode=bool(mixed))
        for name, domain, profile, mixed in rows
    ]


def cluster(db: Database, name: str) -> Cluster:
    for found in clusters(db):
        if found.name == name:
            return found
    raise NotFoundError(
        "no cluster called {name}",
        hint="The lab's clusters are: {known}.",
        name=name,
        known=", ".join(each.name for each in clusters(db)) or "none",
    )


def add(db: Database, party: Party) -> Party:
    """Store it; return it with its id."""
    node = by_name(db, party.cluster, party.node).id if party.node else None
    cursor = db.conn.execute(
        "INSERT INTO parties (cluster, kind, name, fqdn, role, node, online) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            party.cluster or None,
            party.kind,
            party.name,
            party.fqdn,
            party.role,
            node,
            int(party.online),
        ],
    )
    return get(db, int(cursor.lastrowid or 0))


def get(db: Database, party: int) -> Party:
    for found in _read(db, "WHERE p.id = ?", [party]):
        return found
    raise NotFoundError("no party with number {party}", party=party)


def named(db: Database, name: str) -> list[Party]:
    """Everybody of that name, in whatever cluster or in none."""
    return _read(db, "WHERE p.name = ?", [name])


def by_name(db: Database, cluster: str, name: str) -> Party:
    """The party of that name in the cluster; with no cluster named, in any."""
    found = named(db, name)
    if cluster:
        found = [each for each in found if each.cluster in (cluster, "")]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(
            "{name} is in {count} clusters",
            hint="Say which cluster is meant.",
            name=name,
            count=len(found),
        )
    raise NotFoundError(
        "nothing in the lab is called {name}",
        hint="The lab's nodes are: {known}.",
        name=name,
        known=", ".join(node.name for node in nodes(db, cluster)) or "none",
    )


def everyone(db: Database) -> list[Party]:
    """All parties: nodes first, publishers before subscribers."""
    return _read(db, _NODES_FIRST, [])


def nodes(
    db: Database, cluster: str = "", kind: PartyKind | None = None
) -> list[Party]:
    """The nodes of one cluster, or of all, publishers first."""
    return _read(
        db,
        "WHERE p.kind IN ('ucm', 'imp') AND ? IN ('', p.cluster) "
        "AND ? IN ('', p.kind)" + _NODES_FIRST,
        [cluster, kind or ""],
    )


def publisher(db: Database, cluster: str) -> Party | None:
    """The Unified CM publisher, unless the cluster was only imported."""
    for node in nodes(db, cluster, PartyKind.UCM):
        if node.role == "publisher" and node.fqdn:
            return node
    return None


def of_kind(db: Database, cluster: str, kind: PartyKind) -> list[Party]:
    return _read(
        db,
        "WHERE p.kind = ? AND ? IN ('', p.cluster)" + _NODES_FIRST,
        [kind, cluster],
    )


def add_authority(db: Database, authority: Authority) -> None:
    db.conn.execute(
        "INSERT INTO authorities (party, name, label, role, crl_days, ocsp, "
        "ocsp_minutes, delta_hours, crl_scope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            authority.party,
            authority.name,
            authority.label,
            authority.role,
            authority.crl_days,
            authority.ocsp,
            authority.ocsp_minutes,
            authority.delta_hours,
            authority.crl_scope,
        ],
    )


def change_authority(db: Database, authority: Authority) -> None:
    """Keep what can be set of it: how it answers, and how it publishes."""
    db.conn.execute(
        "UPDATE authorities SET crl_days = ?, ocsp = ?, ocsp_minutes = ?, "
        "delta_hours = ?, crl_scope = ? WHERE name = ?",
        [
            authority.crl_days,
            authority.ocsp,
            authority.ocsp_minutes,
            authority.delta_hours,
            authority.crl_scope,
            authority.name,
        ],
    )


def authorities(db: Database) -> list[Authority]:
    """The CAs whose keys the lab holds, in the order they were made."""
    rows = db.conn.execute("""
        SELECT a.party, a.name, a.label, a.role, a.crl_days, a.ocsp, a.ocsp_minutes,
            a.delta_hours, a.crl_scope, l.certificate
        FROM authorities a
        JOIN places l ON l.party = a.party AND l.usage = 'identity' AND l.name = 'CA'
        ORDER BY a.party
    """)
    names = [column[0] for column in rows.description]
    return [Authority(**dict(zip(names, row, strict=True))) for row in rows]


def authority(db: Database, name: str) -> Authority:
    for found in authorities(db):
        if found.name == name:
            return found
    raise NotFoundError(
        "the lab has no certificate authority called {name}",
        hint="Its authorities are: {known}.",
        name=name,
        known=", ".join(each.name for each in authorities(db)) or "none",
    )


def _read(db: Database, rest: str, values: list[Any]) -> list[Party]:
    cursor = db.conn.execute(_SELECT + rest, values)
    names = [column[0] for column in cursor.description]
    rows = (dict(zip(names, row, strict=True)) for row in cursor)
    return [
        Party(**row | {"kind": PartyKind(row["kind"]), "online": bool(row["online"])})
        for row in rows
    ]
