"""The command `utils fips_common_criteria`."""

from collections.abc import Sequence

from lab.actions.cluster_commands.session import Session
from lab.actions.set_common_criteria import common_criteria, set_common_criteria

_MODELLED = (
    "NOTE: The lab models what this mode means for revocation checks. FIPS mode and",
    "TLS versions stay as they are, and nothing is rebooted.",
)


def change(session: Session, words: Sequence[str]) -> None:
    """Enable or disable the mode, or say whether it is on."""
    verb = words[0]
    lab, cluster = session.lab, session.cluster
    if verb != "status":
        session.say(*_MODELLED)
        if not session.confirm(f"Do you want to {verb} it (yes|no)?"):
            return
        set_common_criteria(lab, cluster, verb == "enable")
    state = "enabled" if common_criteria(lab, cluster) else "disabled"
    session.say(f"Common Criteria mode is {state}")
