"""Reset phones: they read their lists again, take them or not, and register."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, record
from lab.actions.register_phones import Fared, settle
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import PartyKind
from lab.rules.parameters import PARAMETERS, PHONE_INTERACTION, default_of
from lab.rules.trust_lists import RESET_MINUTES
from lab.store import jobs, parties, phones, settings
from lab.store.phones import PhoneRow


def plan_reset(lab: Lab, cluster: str, changed: str, now: datetime) -> bool:
    """Plan the automatic reset after a change of this purpose; say if there is one.

    Changes made together reach the phones together: one reset is planned a cluster.
    With the parameter set to manual somebody has to reset them: spec S19.
    """
    if changed not in PARAMETERS[PHONE_INTERACTION].purposes:
        return False
    chosen = settings.parameter(lab.db, cluster, PHONE_INTERACTION)
    if (chosen or default_of(PHONE_INTERACTION)) != "automatic":
        return False
    _, total = phones.count(lab.db, cluster)
    if not total:
        return False
    if jobs.planned(lab.db, "reset_phones", cluster) is None:
        due_at = now + timedelta(minutes=RESET_MINUTES)
        jobs.schedule(lab.db, "reset_phones", due_at=due_at, about=cluster)
    return True


def reset_phones(
    lab: Lab, cluster: str, devices: Sequence[str] = (), *, node: str = ""
) -> Fared:
    """Reset the phones that are named, those of a node, or all of the cluster.

    Raises `NotFoundError` for a phone that the cluster does not have, and `RuleError`
    for what is none. A reset of all ticks off that the phones are to be reset.
    """
    with deed(lab) as now:
        parties.cluster(lab.db, cluster)
        found = find_phones(lab, cluster, devices, node)
        fared = settle(lab, cluster, found, now=now, by_reset=True)
        if not devices and not node:
            close_tasks(lab, cluster, Follows.PHONES, now=now)
            jobs.cancel(lab.db, "reset_phones", cluster)
        detail = f"{fared.phones} phones: {fared.registered} registered"
        if fared.unregistered:
            detail += f", {fared.unregistered} not"
        record(lab, now, "phones.reset", node or cluster, detail)
    return fared


def find_phones(
    lab: Lab, cluster: str, devices: Sequence[str] = (), node: str = ""
) -> list[PhoneRow]:
    """The rows of these phones; a `LabError` for what is no phone of the cluster."""
    if node and parties.by_name(lab.db, cluster, node).kind is not PartyKind.UCM:
        raise RuleError(
            "no phone registers with {node}",
            hint="Name a node that runs Unified CM.",
            node=node,
        )
    found = phones.rows(lab.db, cluster, node=node, devices=devices)
    missing = set(devices) - {row.name for row in found}
    for device in sorted(missing):
        party = parties.by_name(lab.db, cluster, device)
        if party.kind is PartyKind.PHONE:
            raise NotFoundError(
                "{device} does not register with {node}",
                hint="Name the node it registers with: {home}.",
                device=device,
                node=node,
                home=party.node,
            )
        raise RuleError(
            "{device} is no phone",
            hint="Name phones of the cluster.",
            device=device,
        )
    return found
