"""The commands on services: services, restart, start, stop, activate, deactivate."""

from collections.abc import Callable
from typing import Any

import click

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.catch_up import catch_up
from lab.actions.look_at_services import Presents, Status, services_on
from lab.actions.restart_everywhere import restart_everywhere
from lab.actions.restart_service import restart_service
from lab.actions.start_service import start_service
from lab.actions.stop_service import stop_service
from lab.clock import utc_text
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.printing import say, say_json, say_table
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Service, ServiceState, state_of
from lab.store import parties

_WORDS = {
    Presents.STORED: "",
    Presents.OLD: "old until restarted",
    Presents.COPY: "old until deactivated and activated",
    Presents.NOT_YET: "not until restarted",
    Presents.STILL: "until restarted, against the cipher parameter",
    Presents.HIDDEN: "not presented: cipher parameter",
    Presents.NOTHING: "nothing",
}


@commands.command("services")
@click.option("--node", default="", help="Only this node.")
@click.option("--old", is_flag=True, help="Only what presents something old.")
@with_cluster
@with_db
@with_json
def list_services(
    node: str, old: bool, cluster: str, db: str | None, as_json: bool
) -> None:
    """Show what runs on each node, and what it presents against what is stored."""
    with opened(db) as lab:
        now = lab.clock.now()
        found = [
            each
            for party in _nodes(lab, node, cluster)
            for each in services_on(lab, party, now)
            if each.is_behind or not old
        ]
    if as_json:
        say_json([_fields(each) for each in found])
    elif found:
        head = ("node", "service", "kind", "state", "since", "presents")
        say_table(head, [_cells(each) for each in found])
    else:
        say("nothing presents an old certificate" if old else "no service is there")


def _nodes(lab: Lab, node: str, cluster: str) -> list[Any]:
    if node:
        return [parties.by_name(lab.db, cluster, node)]
    if cluster:
        parties.cluster(lab.db, cluster)
    return parties.nodes(lab.db, cluster)


def _cells(each: Status) -> tuple[str, ...]:
    words = each.state.value
    if each.ready_in:
        words = f"starting, {each.ready_in} s"
    is_up = each.state is ServiceState.STARTED
    shown = [
        f"{one.purpose} ({_WORDS[one.presents]})" if _WORDS[one.presents] else
        one.purpose
        for one in each.presented
    ]  # fmt: skip
    return (
        each.node.name,
        each.service.name,
        each.service.kind,
        words,
        utc_text(each.service.started_at) if is_up else "",
        ", ".join(shown),
    )


def _fields(each: Status) -> dict[str, Any]:
    return {
        "cluster": each.node.cluster,
        "node": each.node.name,
        "service": each.service.name,
        "kind": each.service.kind,
        "state": each.state.value,
        "ready_in_seconds": each.ready_in,
        "started_at": each.service.started_at if each.service.running else None,
        "behind": each.is_behind,
        "presents": [
            {
                "purpose": one.purpose,
                "presents": one.presents.value,
                "loaded": one.loaded and one.loaded.sha256,
                "stored": one.stored and one.stored.sha256,
            }
            for one in each.presented
        ],
    }


@commands.command()
@click.argument("names", nargs=-1, required=True, metavar="[NODE] [SERVICE]")
@click.option("--all-nodes", is_flag=True, help="On every node, the publisher first.")
@click.option("--old", is_flag=True, help="All of NODE that presents something old.")
@with_cluster
@with_db
@with_json
def restart(
    names: tuple[str, ...],
    all_nodes: bool,
    old: bool,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Restart SERVICE on NODE, so that it presents what is stored.

    With --all-nodes name SERVICE alone, with --old NODE alone.
    """
    if (all_nodes and old) or len(names) != (1 if all_nodes or old else 2):
        raise click.UsageError(
            "Name NODE and SERVICE; SERVICE with --all-nodes, or NODE with --old."
        )
    if old:
        _restart_old(names[0], cluster, db, as_json)
    elif all_nodes:
        _restart_everywhere(names[0], cluster, db, as_json)
    else:
        _do(restart_service, names[0], names[1], cluster, db, as_json)


def _restart_old(node: str, cluster: str, db: str | None, as_json: bool) -> None:
    with opened(db) as lab:
        done = catch_up(lab, node, cluster=cluster)
    if as_json:
        say_json({"node": node, "services": done})
    else:
        say(f"starting on {node}: {', '.join(done)}")


def _restart_everywhere(
    service: str, cluster: str, db: str | None, as_json: bool
) -> None:
    with opened(db) as lab:
        done = restart_everywhere(lab, cluster or _only_cluster(lab), service)
    if as_json:
        say_json({"service": service, "nodes": done.nodes, "left_out": done.left_out})
        return
    say(f"{service} restarted on {', '.join(done.nodes)}")
    if done.left_out:
        say(f"stopped or offline, so left out: {', '.join(done.left_out)}")


def _only_cluster(lab: Lab) -> str:
    known = [each.name for each in parties.clusters(lab.db)]
    if len(known) == 1:
        return known[0]
    raise RuleError(
        "the lab has {count} clusters",
        hint="Name one with --cluster: {known}.",
        count=len(known),
        known=", ".join(known) or "none",
    )


def _command(name: str, deed: Callable[..., Service], text: str) -> None:
    @commands.command(name, help=text)
    @click.argument("node")
    @click.argument("service")
    @with_cluster
    @with_db
    @with_json
    def run(
        node: str, service: str, cluster: str, db: str | None, as_json: bool
    ) -> None:
        _do(deed, node, service, cluster, db, as_json)


_command("start", start_service, "Start SERVICE on NODE, where it is stopped.")
_command("stop", stop_service, "Stop SERVICE on NODE; it then presents nothing.")
_command("activate", activate_service, "Activate the feature service SERVICE on NODE.")
_command(
    "deactivate",
    deactivate_service,
    "Deactivate the feature service SERVICE on NODE; it forgets what it has loaded.",
)


def _do(
    deed: Callable[..., Service],
    node: str,
    service: str,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    with opened(db) as lab:
        done = deed(lab, node, service, cluster=cluster)
        now = lab.clock.now()
    state = state_of(done, now)
    if as_json:
        say_json(
            {
                "node": node,
                "service": service,
                "state": state.value,
                "started_at": done.started_at if done.running else None,
            }
        )
    elif state is ServiceState.STARTING:
        seconds = int((done.started_at - now).total_seconds())
        say(f"{service} on {node} is starting, ready in {seconds} s")
    else:
        say(f"{service} on {node} is {state.value}")
