"""The commands on trust stores and nodes."""

from collections import Counter
from dataclasses import asdict

import click

from lab.actions.compare_stores import compare_stores
from lab.actions.delete_trust import delete_trust
from lab.actions.intercluster_sync import force_intercluster_sync
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.trial import what_breaks
from lab.commands.broken import broken_fields, say_broken
from lab.commands.dossier import find_one
from lab.commands.effects import say_effects
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.printing import say, say_json, say_table, warn
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.rules.trust_stores import STORES
from lab.store import certificates, parties, places
from lab.store.drift import DIFFERENCES, Line, Presence

_WORDS = {
    Presence.PRESENT: "present",
    Presence.MISSING: "MISSING",
    Presence.STALE: "STALE",
    Presence.EXTRA: "EXTRA",
    Presence.COMING: "on its way",
    Presence.WAITING: "node offline",
    Presence.ABSENT: "",
    Presence.NO_STORE: "-",
}


@commands.command("delete-trust")
@click.argument("node")
@click.argument("store", type=click.Choice([*STORES]), metavar="STORE")
@click.argument("certificate")
@click.option("--yes", is_flag=True, help="Do not ask: it cannot be undone.")
@with_cluster
@with_db
@with_json
def delete_trust_(
    node: str,
    store: str,
    certificate: str,
    yes: bool,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Delete CERTIFICATE from STORE on NODE, and wherever such a deletion reaches.

    CERTIFICATE is a fingerprint, a serial or a common name. What would break is shown
    first, and asked about.
    """
    with opened(db) as lab:
        found = _entry(lab, parties.by_name(lab.db, cluster, node), store, certificate)

        def delete(at: Lab) -> object:
            return delete_trust(at, node, store, found.sha256, cluster=cluster)

        broken = what_breaks(lab, delete)
        if not as_json:
            say(f"{found.subject} goes from {store} on {STORES[store].delete}")
            say_broken(broken)
        if not yes:
            click.confirm("Delete it? It cannot be undone.", abort=True, err=True)
        effects = delete_trust(lab, node, store, found.sha256, cluster=cluster)
    if as_json:
        say_json(
            {
                "deleted": found.sha256,
                "breaks": broken_fields(broken),
                "follows": [asdict(effect) for effect in effects],
            }
        )
    else:
        say(f"deleted {found.subject} from {store} on {node}")
        say_effects(effects)


@commands.command()
@click.option("--store", type=click.Choice([*STORES]), help="Only this store.")
@click.option("--all", "everything", is_flag=True, help="What is the same, too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=1000, show_default=True)
@with_cluster
@with_db
@with_json
def drift(
    store: str | None,
    everything: bool,
    limit: int,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Show where the trust stores of a cluster's nodes differ: node by certificate."""
    with opened(db) as lab:
        names = [each.name for each in parties.clusters(lab.db)]
        if cluster:
            names = [parties.cluster(lab.db, cluster).name]
        found = {
            name: compare_stores(
                lab, name, store=store or "", differing=not everything, limit=limit
            )
            for name in names
        }
    if as_json:
        say_json(
            [
                {"cluster": name, **_line_fields(line)}
                for name, (_total, lines) in found.items()
                for line in lines
            ]
        )
        return
    for name, (total, lines) in found.items():
        _say_lines(name, total, lines)


@commands.group()
def node() -> None:
    """Take a node off the network, or bring it back."""


@node.command()
@click.argument("name")
@with_cluster
@with_db
@with_json
def offline(name: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Take NAME offline; what should reach it waits until it is back."""
    with opened(db) as lab:
        _say_node(take_offline(lab, name, cluster), as_json)


@node.command()
@click.argument("name")
@with_cluster
@with_db
@with_json
def back(name: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Bring NAME back; it then catches up with what it missed."""
    with opened(db) as lab:
        _say_node(bring_back(lab, name, cluster), as_json)


@commands.command("intercluster-sync")
@click.argument("node")
@with_cluster
@with_db
@with_json
def intercluster_sync(node: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Have the Intercluster Sync Agent of NODE carry trust certificates at once."""
    with opened(db) as lab:
        changed = force_intercluster_sync(lab, node, cluster)
    if as_json:
        say_json({"changed": changed})
    else:
        say(f"changed: {', '.join(changed) or 'nothing; all nodes were in step'}")


def _entry(lab: Lab, party: Party, store: str, name: str) -> Certificate:
    """The certificate that is meant: of several, the one that the store holds."""
    held = places.held(lab.db, party.id, store)
    meant = certificates.matching(lab.db, name)
    fitting = [each for each in meant if each.sha256 in held]
    return fitting[0] if len(fitting) == 1 else find_one(lab.db, name)


def _say_node(party: Party, as_json: bool) -> None:
    if as_json:
        say_json({"node": party.name, "online": party.online})
    else:
        say(f"{party.name} is {'online' if party.online else 'offline'}")


def _say_lines(cluster: str, total: int, lines: list[Line]) -> None:
    if not lines:
        say(f"{cluster}: all nodes trust the same")
        return
    names = list(lines[0].nodes)
    say_table(
        ("STORE", "CERTIFICATE", "FINGERPRINT", *names),
        [
            (
                line.store,
                line.common_name or line.subject,
                line.certificate[:12],
                *(_WORDS[line.nodes[name]] for name in names),
            )
            for line in lines
        ],
    )
    counts = Counter(each for line in lines for each in line.nodes.values())
    numbers = [f"{counts[each]} {_WORDS[each].lower()}" for each in DIFFERENCES]
    say(f"{cluster}: {', '.join(numbers)}")
    if total > len(lines):
        warn(f"{len(lines)} of {total} lines; --store narrows them")


def _line_fields(line: Line) -> dict[str, object]:
    return asdict(line) | {"differs": line.differs}
