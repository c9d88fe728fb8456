"""Take the trust lists away from one phone, as somebody does at its keys."""

from lab.actions.deed import deed, record
from lab.actions.register_phones import Fared, settle
from lab.actions.reset_phones import find_phones
from lab.lab import Lab
from lab.store import phones


def unlock_phone(lab: Lab, cluster: str, device: str) -> Fared:
    """Have the phone forget both lists and start anew: it takes what it is served.

    The cluster cannot do this from afar: each phone is unlocked by itself.
    """
    with deed(lab) as now:
        (row,) = find_phones(lab, cluster, [device])
        phones.forget_lists(lab.db, row.party)
        again = find_phones(lab, cluster, [device])
        fared = settle(lab, cluster, again, now=now, by_reset=True)
        detail = "registered" if fared.registered else "not registered"
        record(lab, now, "phone.unlocked", device, detail)
    return fared
