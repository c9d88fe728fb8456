"""How many more authorities may stand below one: RFC 5280 section 6.1.4."""

from math import inf

from lab.lab import Lab
from lab.store import certificates


def room_below(lab: Lab, sha256: str) -> float:
    """What the path lengths of an authority and of those above it leave, or infinity.

    Of several ways up to a root, the one that leaves the most counts.
    """
    above = certificates.issuers_above(lab.db, [sha256])
    rows = certificates.many(lab.db, above)
    own = {
        name: inf if row.path_length is None else row.path_length
        for name, row in rows.items()
    }
    room = {name: own[name] for name in rows if not above[name]}
    room |= {name: own[name] for name, row in rows.items() if row.self_signed}
    # Each round reaches one step further down from the roots.
    for _ in rows:
        for name, row in rows.items():
            ways = [room[issuer] for issuer in above[name] if issuer in room]
            if ways and not row.self_signed:
                counts = row.subject_hash != row.issuer_hash
                room[name] = min(own[name], max(ways) - counts)
    return room.get(sha256, own[sha256])
