"""Have a node present what is stored: restart whatever presents something else."""

from lab.actions.activate_service import toggle_service
from lab.actions.deed import deed
from lab.actions.look_at_services import services_on
from lab.actions.replication import check_online
from lab.actions.restart_service import restart_service
from lab.errors import RuleError
from lab.lab import Lab
from lab.store import parties


def catch_up(lab: Lab, node: str, *, cluster: str = "") -> list[str]:
    """One deed, with an event a service; return their names.

    What keeps its copy over a restart is deactivated and activated. Raises
    `RuleError` when nothing on the node presents anything but what is stored.
    """
    with deed(lab) as now:
        party = parties.by_name(lab.db, cluster, node)
        check_online(party)
        behind = [each for each in services_on(lab, party, now) if each.is_behind]
        if not behind:
            raise RuleError(
                "everything that runs on {node} presents what is stored",
                hint="Nothing has to be restarted.",
                node=node,
            )
        for each in behind:
            again = toggle_service if each.swaps else restart_service
            again(lab, node, each.service.name, cluster=party.cluster)
    return [each.service.name for each in behind]
