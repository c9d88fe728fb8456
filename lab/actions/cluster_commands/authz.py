"""The commands on the keys behind OAuth tokens: `set key regen`, `show key`."""

from collections.abc import Sequence

from lab.actions.cluster_commands.session import Session
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.errors import NotFoundError
from lab.store import oauth


def regenerate(session: Session, words: Sequence[str]) -> None:
    """A new encryption or signing key; every token dies by it."""
    kind = words[0]
    session.say(
        f"WARNING: This operation will overwrite the existing {kind} key.",
        "All access and refresh tokens become invalid.",
    )
    if session.confirm("Proceed with regeneration (yes|no)?"):
        effects = regenerate_oauth_key(session.lab, session.cluster, kind)
        session.say(f"Successfully regenerated {kind} key for authz.")
        session.say_effects(effects)


def show(session: Session, words: Sequence[str]) -> None:
    """The checksum of the key that this node works with."""
    held = oauth.copies(session.lab.db, session.node.id).get(words[0])
    if held is None:
        raise NotFoundError(
            "{node} has no {kind} key yet",
            hint="It gets one when it is reached.",
            node=session.node.name,
            kind=words[0],
        )
    session.say(f"authz {words[0]} key checksum: {held.key}")
