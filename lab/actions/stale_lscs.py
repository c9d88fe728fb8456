"""The LSCs that an earlier CAPF signed: `utils capf stale-lsc list`."""

from datetime import datetime

from lab.lab import Lab
from lab.models import PartyKind
from lab.store import parties, phones, places
from lab.store.phones import LscRow


def stale_lscs(
    lab: Lab, cluster: str, *, ended_by: datetime | None = None
) -> list[LscRow]:
    """LSCs that were not signed by the CAPF certificate that is stored now.

    They verify for as long as CallManager-trust still holds their signer. With a
    moment also those that had ended by then.
    """
    nodes = parties.nodes(lab.db, cluster, PartyKind.UCM)
    slots = (places.slot(lab.db, node.id, "CAPF") for node in nodes)
    capf = next((slot.certificate for slot in slots if slot), "")
    return phones.stale_lscs(lab.db, cluster, capf, ended_by)
