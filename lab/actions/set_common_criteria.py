"""Put a cluster into Common Criteria mode, or take it out: what "unknown" means."""

from lab.actions.deed import deed, record
from lab.errors import RuleError
from lab.lab import Lab
from lab.store import parties
from lab.store import revocation_settings as stored


def common_criteria(lab: Lab, cluster: str) -> bool:
    """Whether it is on; `NotFoundError` when there is no such cluster."""
    return stored.common_criteria(lab.db, parties.cluster(lab.db, cluster).name)


def set_common_criteria(lab: Lab, cluster: str, enabled: bool) -> None:
    """Switch it for the whole cluster; the next check judges by it.

    The lab models what it means for revocation. That it also switches FIPS mode on,
    and forbids TLS 1.0, is not modelled. Source: facts §5.
    """
    with deed(lab) as now:
        home = parties.cluster(lab.db, cluster).name
        if stored.common_criteria(lab.db, home) == enabled:
            raise RuleError(
                "the Common Criteria mode of {cluster} is {state} already",
                hint="Nothing needs to be done.",
                cluster=home,
                state="enabled" if enabled else "disabled",
            )
        stored.set_common_criteria(lab.db, home, enabled)
        detail = "enabled" if enabled else "disabled"
        record(lab, now, "common_criteria.set", home, detail)
