"""Regenerate an identity: a new key of the same length, and self-signed again."""

from lab.actions.deed import deed
from lab.actions.follow_up import follow_up
from lab.actions.generate_self_signed import make_self_signed
from lab.actions.identities import slot_to_change
from lab.actions.identity_choices import present_size
from lab.lab import Lab
from lab.models import Certificate
from lab.store import certificates, places


def regenerate_certificate(
    lab: Lab, node: str, purpose: str, *, cluster: str = ""
) -> Certificate:
    """Overwrite the slot with a self-signed certificate, its key as long as now.

    What an authority signed is overwritten too, and an expired one may be
    regenerated. A node that shared its certificate has one of its own from then on;
    the others keep the shared one. Source: spec S17, facts §1.10, §3.3.
    """
    with deed(lab) as now:
        _, party, row = slot_to_change(lab, node, purpose, cluster)
        place = places.slot(lab.db, party.id, purpose)
        current = certificates.get(lab.db, place.certificate) if place else None
        renewed = make_self_signed(
            lab,
            party,
            row,
            size=present_size(row, current),
            event="certificate.regenerated",
        )
        follow_up(lab, purpose, party, now=now)
    return renewed
