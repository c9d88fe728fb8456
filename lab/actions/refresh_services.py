"""Have services that still present an old certificate take up the stored one."""

from collections.abc import Sequence

from lab.actions.activate_service import toggle_service
from lab.actions.deed import deed
from lab.actions.restart_service import restart_service
from lab.lab import Lab
from lab.rules.services import kept_over_restart
from lab.store import parties


def refresh_services(
    lab: Lab, cluster: str, node: str, services: Sequence[str], purpose: str
) -> None:
    """Restart these services of one node; one that keeps its copy is toggled."""
    with deed(lab):
        profile = parties.cluster(lab.db, cluster).profile
        for service in services:
            again = restart_service
            if purpose in kept_over_restart(service, profile):
                again = toggle_service
            again(lab, node, service, cluster=cluster)
