"""Have the Intercluster Sync Agent carry trust certificates now: Force Manual Sync."""

from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.replication import check_online, sync_with_database
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Party, PartyKind, is_up
from lab.rules.trust_stores import STORES, SYNC_AGENT, SYNCED_STORES
from lab.store import parties, replicated, services


def force_intercluster_sync(lab: Lab, node: str, cluster: str = "") -> list[str]:
    """Make the stores that the agent carries equal to the database, on every node.

    Done on an IM and Presence node whose agent runs; it heals nodes that have drifted,
    at once. Nodes that are offline are left out. Returns the nodes that changed.
    Source: facts §2.2, §3.7.
    """
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, node)
        if party.kind is not PartyKind.IMP or not party.fqdn:
            raise RuleError(
                "{node} has no {service}",
                hint="Name an IM and Presence node that the lab runs.",
                node=node,
                service=SYNC_AGENT,
            )
        check_online(party)
        if not is_up(services.get(lab.db, party.id, SYNC_AGENT), now):
            raise RuleError(
                "{service} does not run on {node}",
                hint="Start it first, or wait until it has started.",
                service=SYNC_AGENT,
                node=node,
            )
        changed = {
            each.name: sum(
                _heal(lab, each, store, now)
                for store in SYNCED_STORES
                if each.kind in STORES[store].product
            )
            for each in parties.nodes(lab.db, party.cluster)
            if each.online and each.fqdn
        }
        found = [name for name, number in changed.items() if number]
        detail = f"{sum(changed.values())} entries on {', '.join(found) or 'no node'}"
        record(lab, now, "trust.synced", node, detail)
        return found


def _heal(lab: Lab, party: Party, store: str, now: datetime) -> int:
    """Make one store of one node equal to the database; say how much that took."""
    number = 0
    for subject in replicated.subjects(lab.db, party.id, party.cluster, store):
        came, gone = sync_with_database(lab, party, store, subject, now=now)
        number += len(came) + len(gone)
    return number
