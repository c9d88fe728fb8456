"""The commands on the lists of phones: `show itl`, `utils itl`, the same for ctl."""

from collections.abc import Sequence

from lab.actions.cluster_commands.session import Session
from lab.actions.reset_trust_lists import reset_ctl, reset_itl
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.trust_list_parts import read_list
from lab.actions.update_ctl import update_ctl
from lab.pki.trust_list_text import absent_text, list_text
from lab.store import certificates, trust_lists

_AGAIN = "Do you want to continue? (y/n):"


def show_itl(session: Session, words: Sequence[str]) -> None:
    """The ITL that this node serves."""
    del words
    _show(session, "ITL")


def show_ctl(session: Session, words: Sequence[str]) -> None:
    """The CTL; it is on the publisher."""
    del words
    _show(session, "CTL")


def _show(session: Session, kind: str) -> None:
    built = trust_lists.latest(session.lab.db, session.node.id, kind)
    if built is None:
        session.say(absent_text(kind))
        return
    signer = certificates.get(session.lab.db, built.signer).der
    session.say(list_text(built.file, read_list(built.file), kind, signer))


def set_mode(session: Session, words: Sequence[str]) -> None:
    """Mixed mode, or back."""
    mixed = words[0] == "mixed-mode"
    name = "Mixed" if mixed else "Non Secure"
    question = f"This operation will set the cluster to {name} mode. {_AGAIN}"
    if session.confirm(question):
        effects = set_cluster_mode(session.lab, session.cluster, mixed=mixed)
        session.say(f"Moving Cluster to {name} Mode", f"Cluster set to {name} Mode")
        session.say_effects(effects)


def update(session: Session, words: Sequence[str]) -> None:
    """Write the CTL anew."""
    del words
    if session.confirm(f"This operation will update the CTLFile. {_AGAIN}"):
        effects = update_ctl(session.lab, session.cluster)
        session.say("Updating CTL file", "CTL file Updated")
        session.say_effects(effects)


def reset_ctl_key(session: Session, words: Sequence[str]) -> None:
    """Sign the CTL with the local key."""
    del words
    if session.confirm(f"This operation will sign the CTLFile anew. {_AGAIN}"):
        effects = reset_ctl(session.lab, session.cluster)
        session.say("CTL file signed with the local key")
        session.say_effects(effects)


def reset_itl_key(session: Session, words: Sequence[str]) -> None:
    """Sign the ITL of all TFTP nodes with the local or the remote key."""
    if session.confirm(f"This operation will sign the ITL of all nodes anew. {_AGAIN}"):
        effects = reset_itl(session.lab, session.cluster, words[0])
        session.say(f"ITL signed with the {words[0]}")
        session.say_effects(effects)
