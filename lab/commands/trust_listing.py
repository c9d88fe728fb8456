"""The commands on the lists that phones keep: itl, ctl."""

from dataclasses import asdict
from typing import Any

import click

from lab.actions.reset_trust_lists import KEYS, reset_ctl, reset_itl
from lab.actions.set_cluster_mode import mode_name, set_cluster_mode
from lab.actions.show_trust_list import decoded_list, served_list, show_list
from lab.actions.update_ctl import update_ctl
from lab.commands.effects import say_effects
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.phone_lines import (
    only_cluster,
)
from lab.commands.printing import say, say_json
from lab.effects import Effect


@commands.group()
def itl() -> None:
    """The list of the certificates that phones trust, one on each TFTP node."""


@commands.group()
def ctl() -> None:
    """The list of the certificates that phones trust in mixed mode."""


def _show(kind: str, node: str, cluster: str, db: str | None, as_json: bool) -> None:
    with opened(db) as lab:
        home = cluster if node else only_cluster(lab, cluster)
        built = served_list(lab, kind, node, home)
        if as_json:
            say_json(asdict(decoded_list(lab, built.id)) if built else None)
            return
        for line in show_list(lab, kind, node, home).splitlines():
            say(line)


@itl.command("show")
@click.option("--node", default="", help="Of this node; else of the publisher.")
@with_cluster
@with_db
@with_json
def itl_show(node: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Show the ITL that a node serves, as `show itl` does."""
    _show("ITL", node, cluster, db, as_json)


@ctl.command("show")
@with_cluster
@with_db
@with_json
def ctl_show(cluster: str, db: str | None, as_json: bool) -> None:
    """Show the CTL, as `show ctl` does."""
    _show("CTL", "", cluster, db, as_json)


def _say_done(done: dict[str, Any], effects: list[Effect], as_json: bool) -> None:
    if as_json:
        say_json({**done, "follows": [asdict(each) for each in effects]})
        return
    say(done["done"])
    say_effects(effects)


def _reset_itl(key: str, cluster: str, db: str | None, as_json: bool) -> None:
    with opened(db) as lab:
        effects = reset_itl(lab, only_cluster(lab, cluster), key)
    _say_done({"done": f"the ITL was signed with the {key}"}, effects, as_json)


for _key in KEYS:

    @itl.command(f"reset-{_key}", help=f"Sign the ITL with the {_key}.")
    @with_cluster
    @with_db
    @with_json
    def itl_reset(cluster: str, db: str | None, as_json: bool, key: str = _key) -> None:
        _reset_itl(key, cluster, db, as_json)


@ctl.command("update")
@with_cluster
@with_db
@with_json
def ctl_update(cluster: str, db: str | None, as_json: bool) -> None:
    """Write the CTL from what is stored now."""
    with opened(db) as lab:
        effects = update_ctl(lab, only_cluster(lab, cluster))
    _say_done({"done": "the CTL was written"}, effects, as_json)


@ctl.command("reset-localkey")
@with_cluster
@with_db
@with_json
def ctl_reset(cluster: str, db: str | None, as_json: bool) -> None:
    """Write the CTL, signed with the local key."""
    with opened(db) as lab:
        effects = reset_ctl(lab, only_cluster(lab, cluster))
    _say_done({"done": "the CTL was signed with the localkey"}, effects, as_json)


@ctl.command("mode")
@click.argument("mode", type=click.Choice(["mixed-mode", "non-secure-mode"]))
@with_cluster
@with_db
@with_json
def ctl_mode(mode: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Set the security mode of the cluster."""
    with opened(db) as lab:
        home = only_cluster(lab, cluster)
        effects = set_cluster_mode(lab, home, mixed=mode == mode_name(mixed=True))
    _say_done({"done": f"{home} is in {mode}"}, effects, as_json)
