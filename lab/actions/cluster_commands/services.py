"""The commands on services: `utils service`, `utils ipsec`, `utils capf`."""

from collections.abc import Sequence

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.cluster_commands.session import Session
from lab.actions.restart_service import restart_service
from lab.actions.stale_lscs import stale_lscs
from lab.actions.start_service import start_service
from lab.actions.stop_service import stop_service
from lab.models import ServiceState, state_of
from lab.store import services

_DEEDS = {
    "restart": restart_service,
    "start": start_service,
    "stop": stop_service,
    "activate": activate_service,
    "deactivate": deactivate_service,
}
_WORDS = {
    ServiceState.STARTED: "[STARTED]",
    ServiceState.STARTING: "[STARTING]",
    ServiceState.STOPPED: "[STOPPED]  Commanded Out of Service",
    ServiceState.DEACTIVATED: "[STOPPED]  Service Not Activated",
}


def show_list(session: Session, words: Sequence[str]) -> None:
    """Every service of this node, and its state."""
    del words
    lab = session.lab
    now = lab.clock.now()
    found = services.of_party(lab.db, session.node.id)
    session.say(
        "Requesting service status, please wait...",
        *(
            f"{each.name}{_WORDS[state_of(each, now)]}"
            for each in sorted(found, key=lambda each: each.name)
        ),
    )


def change(session: Session, words: Sequence[str]) -> None:
    """Restart, start, stop, activate or deactivate a service of this node."""
    verb, name = words
    lab, node = session.lab, session.node
    known = {
        each.name.lower(): each.name for each in services.of_party(lab.db, node.id)
    }
    name = known.get(name.lower(), name)
    done = _DEEDS[verb](lab, node.name, name, cluster=node.cluster)
    if verb == "restart":
        session.say(f"{done.name}[STOPPING]")
    session.say(f"{done.name}{_WORDS[state_of(done, lab.clock.now())]}")


def restart_ipsec(session: Session, words: Sequence[str]) -> None:
    """It is part of the platform, and a service of its own here."""
    del words
    change(session, ("restart", "Cisco IPsec"))


def stale_phone_certificates(session: Session, words: Sequence[str]) -> None:
    """LSCs that the CAPF of today has not issued, or that have expired."""
    del words
    lab = session.lab
    now = lab.clock.now()
    stale = [
        f"{each.device}: LSC expired on {each.ends:%Y-%m-%d}"
        if each.ends < now
        else f"{each.device}: LSC issued by {each.issuer}"
        for each in stale_lscs(lab, session.cluster, ended_by=now)
    ]
    session.say(*stale or ["No stale LSC found"])
