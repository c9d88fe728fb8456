"""Set the security mode of a cluster: mixed, or non-secure."""

from collections.abc import Sequence
from datetime import datetime

from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, record
from lab.actions.follow_up import follow_up
from lab.actions.phone_lists import ctl_entries, sign_list, write_ctl
from lab.actions.update_ctl import list_makers, no_signer
from lab.effects import Effect, Follows
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Party
from lab.rules.after_change import SECURITY_MODE
from lab.store import parties


def set_cluster_mode(lab: Lab, cluster: str, *, mixed: bool) -> list[Effect]:
    """Set it, on the publisher; return what follows.

    In mixed mode a CTL is written, and phones that have an LSC talk over TLS once they
    were reset. The way back leaves a CTL that holds its signers only: phones keep to
    it, and it is not written again (facts §8.4). Raises `RuleError` when the cluster
    is in that mode already, and while its publisher is offline.
    """
    with deed(lab) as now:
        publisher, nodes = list_makers(lab, cluster)
        if parties.cluster(lab.db, cluster).mixed_mode == mixed:
            raise RuleError(
                "{cluster} is in {mode} already",
                hint="Nothing has to be done.",
                cluster=cluster,
                mode=mode_name(mixed=mixed),
            )
        parties.set_mixed_mode(lab.db, cluster, mixed)
        written = (
            write_ctl(lab, publisher, nodes, now)
            if mixed
            else _write_stub(lab, publisher, nodes, now)
        )
        if written is None:
            raise no_signer(cluster)
        close_tasks(lab, cluster, Follows.TRUST_LIST, now=now)
        effects = follow_up(lab, SECURITY_MODE, publisher, now=now)
        record(lab, now, "mode.set", cluster, mode_name(mixed=mixed))
    return effects


def mode_name(*, mixed: bool) -> str:
    """The mode as the cluster's own command names it."""
    return "mixed-mode" if mixed else "non-secure-mode"


def _write_stub(
    lab: Lab, publisher: Party, nodes: Sequence[Party], now: datetime
) -> int | None:
    signers = [entry for entry in ctl_entries(lab, nodes) if entry[0] == "SAST"]
    signer = signers[0][2] if signers else ""
    return sign_list(lab, publisher, "CTL", signers, signer, now)
