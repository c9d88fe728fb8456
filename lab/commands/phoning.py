"""The commands on phones and their own certificates: phones, lsc."""

from dataclasses import asdict

import click

from lab.actions.issue_lsc import issue_lsc
from lab.actions.lsc_order import LscOrder
from lab.actions.register_phones import Fared
from lab.actions.reset_phones import reset_phones
from lab.actions.stale_lscs import stale_lscs
from lab.actions.unlock_phone import unlock_phone
from lab.clock import utc_text
from lab.commands import trust_listing
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.phone_lines import (
    cells,
    fields,
    group_lines,
    only_cluster,
    phones_named,
)
from lab.commands.printing import say, say_json, say_table
from lab.rules.phone_certificates import (
    BY_NULL_STRING,
    DELETE,
    INSTALL,
    RSA_ONLY,
    lsc_choices,
)
from lab.store import phone_listing
from lab.store.phone_listing import LIST_STATES, PhoneFilter

__all__ = ["trust_listing"]  # its commands are these phones' too
with_node = click.option("--node", default="", help="Those of this node only.")


@commands.group(invoke_without_command=True)
@click.option("--lost", is_flag=True, help="Only phones that are not registered.")
@click.option("--itl", "itl_state", type=click.Choice(LIST_STATES), help="Its ITL.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True)
@with_node
@with_cluster
@with_db
@with_json
@click.pass_context
def phones(
    context: click.Context,
    lost: bool,
    itl_state: str | None,
    limit: int,
    node: str,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Show the phones: registered or not and why, their lists and their LSC."""
    if context.invoked_subcommand:
        return
    wanted = PhoneFilter(
        cluster=cluster,
        node=node,
        registered=False if lost else None,
        itl_state=itl_state or "",
    )
    with opened(db) as lab:
        found = phone_listing.page(lab.db, wanted, limit)
        total = phone_listing.count(lab.db, wanted)
        alike = phone_listing.groups(lab.db, cluster)
    if as_json:
        say_json([fields(each) for each in found])
        return
    for line in group_lines(alike):
        say(line)
    if found:
        head = ("phone", "node", "state", "since", "ITL", "CTL", "LSC ends")
        say_table(head, [cells(each) for each in found])
    say(f"{len(found)} of {total} phones")


@phones.command("reset")
@click.argument("devices", nargs=-1)
@with_node
@with_cluster
@with_db
@with_json
def reset(
    devices: tuple[str, ...], node: str, cluster: str, db: str | None, as_json: bool
) -> None:
    """Reset DEVICES, those of a node, or all: they read their lists and register."""
    with opened(db) as lab:
        home = only_cluster(lab, cluster)
        fared = reset_phones(lab, home, devices, node=node)
        alike = phone_listing.groups(lab.db, home)
    _say_fared(fared, as_json)
    for line in group_lines(alike) if not as_json else ():
        say(line)


@phones.command("unlock")
@click.argument("devices", nargs=-1, required=True)
@with_cluster
@with_db
@with_json
def unlock(
    devices: tuple[str, ...], cluster: str, db: str | None, as_json: bool
) -> None:
    """Take the lists away from DEVICES, one by one, as somebody does at their keys."""
    registered = []
    with opened(db) as lab:
        home = only_cluster(lab, cluster)
        for device in devices:
            if unlock_phone(lab, home, device).registered:
                registered.append(device)
    _say_fared(Fared(phones=len(devices), registered=len(registered)), as_json)


def _say_fared(fared: Fared, as_json: bool) -> None:
    if as_json:
        say_json(asdict(fared))
        return
    some = "phone" if fared.phones == 1 else "phones"
    say(f"{fared.phones} {some}: {fared.registered} registered")
    if fared.unregistered:
        say(f"{fared.unregistered} not registered")


@commands.group()
def lsc() -> None:
    """The phones' own certificates, which CAPF signs."""


@lsc.command("issue")
@click.argument("devices", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="All phones, or all of a node.")
@click.option("--days", type=int, default=365, show_default=True)
@click.option(
    "--authentication",
    type=click.Choice(lsc_choices("Authentication Mode")),
    default=BY_NULL_STRING,
    show_default=True,
)
@click.option("--string", default="", help="The digits, by authentication string.")
@click.option(
    "--key-order",
    type=click.Choice(lsc_choices("Key Order")),
    default=RSA_ONLY,
    show_default=True,
)
@click.option("--key-size", type=int, help="Else 2048 bits for RSA, 256 for EC.")
@with_node
@with_cluster
@with_db
@with_json
def issue(
    devices: tuple[str, ...],
    everyone: bool,
    days: int,
    authentication: str,
    string: str,
    key_order: str,
    key_size: int | None,
    node: str,
    cluster: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Install or upgrade the LSC of DEVICES."""
    is_rsa = key_order == RSA_ONLY
    order = LscOrder(
        operation=INSTALL,
        authentication=authentication,
        string=string,
        key_order=key_order,
        rsa_size=(is_rsa and key_size) or 2048,
        ec_size=(not is_rsa and key_size) or 256,
    )
    with opened(db) as lab:
        home = only_cluster(lab, cluster)
        names = phones_named(lab, home, devices, node, everyone=everyone)
        issued = issue_lsc(lab, home, names, days=days, order=order)
    if as_json:
        say_json([each.sha256 for each in issued])
    else:
        say(f"issued {len(issued)} LSCs")
        if issued:
            say(f"until {utc_text(issued[0].not_after)}, {issued[0].key_type} key")


@lsc.command("delete")
@click.argument("devices", nargs=-1, required=True)
@with_cluster
@with_db
@with_json
def delete(
    devices: tuple[str, ...], cluster: str, db: str | None, as_json: bool
) -> None:
    """Take the LSC away from DEVICES; they go on with their MIC."""
    with opened(db) as lab:
        home = only_cluster(lab, cluster)
        issue_lsc(lab, home, devices, order=LscOrder(operation=DELETE))
    if as_json:
        say_json({"deleted": list(devices)})
    else:
        say(f"deleted the LSC of {len(devices)} phones")


@lsc.command("stale")
@with_cluster
@with_db
@with_json
def stale(cluster: str, db: str | None, as_json: bool) -> None:
    """Show the LSCs that an earlier CAPF signed."""
    with opened(db) as lab:
        found = stale_lscs(lab, only_cluster(lab, cluster))
    if as_json:
        say_json([each._asdict() for each in found])
    elif found:
        head = ("phone", "node", "ends", "signed by", "verifies")
        say_table(
            head,
            [
                (
                    each.device,
                    each.node,
                    utc_text(each.ends),
                    each.issuer,
                    "yes" if each.verifies else "no",
                )
                for each in found
            ],
        )
    else:
        say("every LSC was signed by the present CAPF")
