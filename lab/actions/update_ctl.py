"""Write the CTL anew, as `utils ctl update CTLFile` does."""

from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, record
from lab.actions.follow_up import follow_up
from lab.actions.phone_lists import write_ctl
from lab.actions.replication import check_online
from lab.effects import Effect, Follows
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.rules.after_change import CTL_UPDATE
from lab.store import parties


def update_ctl(lab: Lab, cluster: str) -> list[Effect]:
    """Write the CTL from what is stored; return what follows.

    Phones fetch it when they are reset. Raises `RuleError` outside mixed mode, while
    the publisher is offline, and where nobody can sign.
    """
    with deed(lab) as now:
        publisher, nodes = list_makers(lab, cluster)
        check_mixed(lab, cluster)
        if write_ctl(lab, publisher, nodes, now) is None:
            raise no_signer(cluster)
        close_tasks(lab, cluster, Follows.TRUST_LIST, now=now)
        effects = follow_up(lab, CTL_UPDATE, publisher, now=now)
        record(lab, now, "ctl.updated", cluster, f"for {len(nodes)} nodes")
    return effects


def list_makers(lab: Lab, cluster: str) -> tuple[Party, list[Party]]:
    """The publisher, which must be there, and the nodes whose lists it looks after."""
    parties.cluster(lab.db, cluster)
    publisher = parties.publisher(lab.db, cluster)
    if publisher is None:
        raise RuleError(
            "{cluster} has no publisher that makes trust lists",
            hint="Install its publisher first.",
            cluster=cluster,
        )
    check_online(publisher)
    return publisher, parties.nodes(lab.db, cluster, PartyKind.UCM)


def check_mixed(lab: Lab, cluster: str) -> None:
    if not parties.cluster(lab.db, cluster).mixed_mode:
        raise RuleError(
            "{cluster} is in non-secure mode, so it has no CTL to write",
            hint="Set it to mixed mode first: utils ctl set-cluster mixed-mode.",
            cluster=cluster,
        )


def no_signer(cluster: str) -> RuleError:
    return RuleError(
        "the lab holds no key that could sign the trust lists of {cluster}",
        hint="Generate ITLRecovery on its publisher.",
        cluster=cluster,
    )
