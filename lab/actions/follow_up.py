"""What follows a change: what the cluster does by itself, and what is left to do."""

import json
from collections.abc import Sequence
from datetime import datetime

from lab.actions.phone_lists import rebuild_lists
from lab.actions.reset_phones import plan_reset
from lab.effects import Effect, opens_task, what_follows
from lab.lab import Lab
from lab.models import Party, Place
from lab.rules.parameters import PHONE_INTERACTION, default_of
from lab.rules.trust_stores import STORES, Reach
from lab.store import jobs, parties, places, services, settings, tasks


def follow_up(lab: Lab, changed: str, party: Party, *, now: datetime) -> list[Effect]:
    """Do or plan what follows by itself, note the rest as tasks, and return it all.

    `changed` is the purpose, the trust store, the enterprise parameter or another
    name of `lab.effects` that changed on this node. Called once by every deed that
    changes one, at its end and within its transaction. `now` is its moment.
    """
    effects = would_follow(lab, changed, party)
    rebuild_lists(lab, party.cluster, now)
    plan_reset(lab, party.cluster, changed, now)
    open_tasks(lab, changed, party, effects, now=now)
    return effects


def would_follow(lab: Lab, changed: str, party: Party) -> list[Effect]:
    """What follows a change of this on that node, as the cluster stands now.

    A shared certificate is changed on all nodes that hold it, a trust store on all
    that have it where it replicates. Services that do not run need no restart: they
    read what is stored when they are started.
    """
    home = parties.cluster(lab.db, party.cluster)
    nodes = [node for node in parties.nodes(lab.db, party.cluster) if node.fqdn]
    chosen = settings.parameter(lab.db, party.cluster, PHONE_INTERACTION)
    running = {
        node.id: {
            each.name for each in services.of_party(lab.db, node.id) if each.running
        }
        for node in nodes
    }
    return what_follows(
        changed,
        home.profile,
        party,
        nodes,
        mixed_mode=home.mixed_mode,
        holders=_holders(lab, changed, party, nodes),
        running=running,
        phones_by_hand=(chosen or default_of(PHONE_INTERACTION)) == "manual",
    )


def open_tasks(
    lab: Lab, cause: str, party: Party, effects: Sequence[Effect], *, now: datetime
) -> None:
    """Note what does not happen by itself, each node and thing as a task of its own."""
    known = {node.name: node.id for node in parties.nodes(lab.db, party.cluster)}
    for effect in effects:
        if not opens_task(effect):
            continue
        for node in effect.nodes or ("",):
            tasks.open_one(
                lab.db,
                party.cluster,
                effect.kind,
                now=now,
                what=effect.what,
                party=known.get(node),
                cause=cause,
                cause_party=party.id,
                note=effect.note,
                source=effect.source,
            )


def _holders(
    lab: Lab, changed: str, party: Party, nodes: Sequence[Party]
) -> list[Party]:
    """The nodes whose slot or store the change reaches, with the node itself."""
    if changed in STORES:
        rule = STORES[changed]
        if rule.upload is Reach.CLUSTER:
            return [node for node in nodes if node.kind in rule.product]
        return [party]
    own = places.slot(lab.db, party.id, changed)
    if own is None:
        return [party]
    return [
        node for node in nodes if _holds(lab, node, own) or _will_hold(lab, node, own)
    ]


def _holds(lab: Lab, node: Party, own: Place) -> bool:
    held = places.slot(lab.db, node.id, own.name)
    return held is not None and held.certificate == own.certificate


def _will_hold(lab: Lab, node: Party, own: Place) -> bool:
    """Whether a node that is offline gets the certificate when it is back."""
    wanted = {"purpose": own.name, "certificate": own.certificate}
    return not node.online and any(
        kind == "install_identity" and wanted.items() <= json.loads(about).items()
        for kind, about, _minutes in jobs.missed_by(lab.db, node.id)
    )
