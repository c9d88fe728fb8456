"""Restart what still presents the old certificate after an upload: the eighth step."""

from lab.actions.deed import deed
from lab.actions.finish_tasks import finish_tasks
from lab.actions.restart_service import take_up
from lab.actions.third_party_flow import flow_of
from lab.errors import RuleError
from lab.lab import Lab
from lab.store import parties


def restart_after_upload(
    lab: Lab, node: str, purpose: str, *, cluster: str = ""
) -> list[str]:
    """On every node that holds this certificate; return the nodes.

    What presents the old one takes up the new one; then the restarts that the
    documents ask for besides are done. `RuleError` when there is nothing to restart.
    """
    with deed(lab):
        facts = flow_of(lab, node, purpose, cluster).facts
        home = parties.by_name(lab.db, cluster, node).cluster
        nodes = sorted({name for _, name in (*facts.stale, *facts.open_restarts)})
        if not nodes:
            raise RuleError(
                "no service has to be restarted for {purpose} on {node}",
                hint="Look at what services present on the services page.",
                purpose=purpose,
                node=node,
            )
        for name in sorted({name for _, name in facts.stale}):
            take_up(lab, parties.by_name(lab.db, home, name), purpose)
        if left := flow_of(lab, node, purpose, home).facts.restart_tasks:
            finish_tasks(lab, home, only=left)
    return nodes
