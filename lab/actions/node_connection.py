"""Take a node off the network, and bring it back: it catches up with what it missed."""

import json
from datetime import datetime, timedelta

from lab.actions.deed import deed, record
from lab.actions.phone_lists import rebuild_lists
from lab.actions.register_phones import register_phones
from lab.actions.run_due import run_due
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.store import jobs, parties


def take_offline(lab: Lab, node: str, cluster: str = "") -> Party:
    """Nothing reaches the node from now on; what was on its way waits for it.

    Deeds on the node itself are refused until it is back.
    """
    with deed(lab) as now:
        party = _node(lab, node, cluster)
        if not party.online:
            raise RuleError(
                "{node} is offline already",
                hint="Bring it back when it has been away long enough.",
                node=node,
            )
        _keep_for_later(lab, party, now)
        parties.set_online(lab.db, party.id, False)
        record(lab, now, "node.disconnected", node)
        register_phones(lab, party.cluster, node)
        return parties.get(lab.db, party.id)


def bring_back(lab: Lab, node: str, cluster: str = "") -> Party:
    """Connect the node again; what it missed is sent anew, as late as it takes then."""
    with deed(lab) as now:
        party = _node(lab, node, cluster)
        if party.online:
            raise RuleError(
                "{node} is not offline",
                hint="Only a node that was taken offline can be brought back.",
                node=node,
            )
        parties.set_online(lab.db, party.id, True)
        party = parties.get(lab.db, party.id)
        number = _send_what_was_missed(lab, party, now)
        record(lab, now, "node.reconnected", node, f"{number} changes missed")
        run_due(lab)  # what takes no time
        rebuild_lists(lab, party.cluster, now)
        register_phones(lab, party.cluster, node)
        return party


def _keep_for_later(lab: Lab, party: Party, now: datetime) -> None:
    """Have what is on its way to this node wait until the node is back."""
    for job in jobs.on_the_way_to(lab.db, party.id, now):
        jobs.finish(lab.db, job)
        minutes = json.loads(job.about)["minutes"]
        jobs.miss(lab.db, party.id, job.kind, job.about, minutes)


def _send_what_was_missed(lab: Lab, party: Party, now: datetime) -> int:
    """Plan anew what could not reach this node; say how much it was."""
    missed = jobs.missed_by(lab.db, party.id)
    for kind, about, minutes in missed:
        due_at = now + timedelta(minutes=minutes)
        jobs.schedule_once(lab.db, kind, due_at=due_at, about=about)
    jobs.forget_missed(lab.db, party.id)
    return len(missed)


def _node(lab: Lab, node: str, cluster: str) -> Party:
    party = parties.by_name(lab.db, cluster, node)
    if party.kind not in PartyKind.nodes():
        raise RuleError(
            "{name} is not a node",
            hint="Only nodes of a cluster can be taken offline.",
            name=node,
        )
    if not party.fqdn:
        raise RuleError(
            "{name} was imported, so the lab only looks at its certificates",
            hint="Name a node that the lab runs itself.",
            name=node,
        )
    return party
