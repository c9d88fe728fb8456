"""What follows a change: what the cluster does by itself, and what is left to do."""

from datetime import datetime

from lab.effects import Effect, what_follows
from lab.lab import Lab
from lab.models import Party
from lab.store import parties


def follow_up(lab: Lab, changed: str, party: Party, *, now: datetime) -> list[Effect]:
    """Do or plan what follows by itself, note the rest as tasks, and return it all.

    `changed` is the purpose or the trust store that changed on this node. Called by
    every deed that changes one, within its transaction. `now` is its moment.
    """
    del now
    home = parties.cluster(lab.db, party.cluster)
    return what_follows(
        changed,
        home.profile,
        party,
        parties.nodes(lab.db, party.cluster),
        mixed_mode=home.mixed_mode,
    )
