"""Sign the trust lists with another key, so that phones take them once more."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.follow_up import follow_up
from lab.actions.phone_lists import (
    Entry,
    ctl_entries,
    entries_of,
    has_key,
    itl_entries,
    presented,
    sign_list,
)
from lab.actions.phone_stations import desks
from lab.actions.trust_list_parts import held_lists
from lab.actions.update_ctl import check_mixed, list_makers, no_signer
from lab.effects import Effect
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.rules.after_change import CTL_RESET, ITL_RESET
from lab.rules.restarts import TFTP
from lab.store import certificates, phones, places, services, trust_lists
from lab.trust.phone_trust import Desk, HeldList, take_list

KEYS = ("localkey", "remotekey")


def reset_itl(lab: Lab, cluster: str, key: str = "localkey") -> list[Effect]:
    """Sign what the ITL of each TFTP node holds now with a key that phones know.

    The local key is that of CallManager, the node's own or the publisher's; where most
    phones know neither any more, the newest key of an earlier list that they know. The
    remote key is that of an ITLRecovery that was saved before. So it stays until TFTP
    is started again. Source: facts §8.4.
    """
    with deed(lab) as now:
        publisher, nodes = list_makers(lab, cluster)
        if key not in KEYS:
            raise RuleError(
                "there is no such key: {key}",
                hint="Use {known}.",
                key=repr(key),
                known=" or ".join(KEYS),
            )
        signed = []
        for node in nodes:
            signer = _sign_itl(lab, node, nodes, publisher, now, local=key == KEYS[0])
            if signer:
                signed.append(f"{node.name} by {signer.common_name}")
        if not signed:
            raise no_signer(cluster)
        effects = follow_up(lab, ITL_RESET, publisher, now=now)
        record(lab, now, "itl.reset", cluster, ", ".join(signed))
    return effects


def _sign_itl(
    lab: Lab,
    node: Party,
    nodes: Sequence[Party],
    publisher: Party,
    now: datetime,
    *,
    local: bool,
) -> Certificate | None:
    """Sign the list of one node, if its TFTP runs; return the signer."""
    tftp = services.get(lab.db, node.id, TFTP)
    if tftp is None or not (node.online and tftp.activated and tftp.running):
        return None
    entries = itl_entries(lab, node, nodes)
    own = [presented(lab, tftp, "CallManager"), _stored(lab, publisher)]
    last = [
        entries_of(each)
        for maker in dict.fromkeys((node.id, publisher.id))
        for each in trust_lists.all_of(lab.db, maker, "ITL")
    ]
    known = _earlier(lab, last, entries, own if local else [])
    signer = _best(lab, node.cluster, node.name, "ITL", known, nodes, now)
    if signer and sign_list(lab, node, "ITL", entries, signer.sha256, now):
        return signer
    return None


def reset_ctl(lab: Lab, cluster: str) -> list[Effect]:
    """Write the CTL with the local key as its signer: as `reset_itl` chooses it."""
    with deed(lab) as now:
        publisher, nodes = list_makers(lab, cluster)
        check_mixed(lab, cluster)
        entries = ctl_entries(lab, nodes)
        last = trust_lists.all_of(lab.db, publisher.id, "CTL")
        local = [_stored(lab, publisher)]
        own = _earlier(lab, [entries_of(each) for each in last], entries, local)
        signer = _best(lab, cluster, "", "CTL", own, nodes, now)
        if signer is None or not sign_list(
            lab, publisher, "CTL", entries, signer.sha256, now
        ):
            raise no_signer(cluster)
        effects = follow_up(lab, CTL_RESET, publisher, now=now)
        record(lab, now, "ctl.reset", cluster, f"by {signer.common_name}")
    return effects


def _earlier(
    lab: Lab,
    lists: Sequence[Sequence[Entry]],
    entries: Sequence[Entry],
    local: Sequence[str],
) -> list[Certificate]:
    """The local certificates, then signers of earlier lists, newest first; with keys.

    Without local ones, those of ITLRecovery alone.
    """
    names = dict.fromkeys(local)
    present = {sha256 for _, _, sha256 in entries}
    for role, sha256 in _signers(lists):
        first = role == 0  # each list begins with ITLRecovery
        if sha256 not in present and (local or first):
            names.setdefault(sha256)
    found = certificates.many(lab.db, names)
    return [
        found[each] for each in names if each in found and has_key(lab, found[each])
    ]


def _stored(lab: Lab, publisher: Party) -> str:
    slot = places.slot(lab.db, publisher.id, "CallManager")
    return slot.certificate if slot else ""


def _signers(lists: Sequence[Sequence[Entry]]) -> Iterator[tuple[int, str]]:
    for entries in lists:
        own = [sha256 for role, _, sha256 in entries if role == "SAST"]
        # CallManager first: it is the local key.
        yield from reversed(list(enumerate(own)))


def _best(
    lab: Lab,
    cluster: str,
    node: str,
    kind: str,
    candidates: Sequence[Certificate],
    nodes: Sequence[Party],
    now: datetime,
) -> Certificate | None:
    """The first of these that most phones would take a list of this kind from."""
    held = phones.held_lists(lab.db, cluster, node)
    lists = held_lists(lab, {each for pair in held for each in pair[:2]})
    around = desks(lab, cluster, nodes, now)
    return max(
        candidates,
        key=lambda each: _takers(each, kind, held, lists, around),
        default=None,
    )


def _takers(
    signer: Certificate,
    kind: str,
    held: Sequence[tuple[int | None, int | None, int]],
    lists: dict[int, HeldList],
    around: Sequence[Desk],
) -> int:
    served = HeldList(
        number=0, kind=kind, signer=signer.sha256, roles={}, certificates=0, size=0
    )
    return sum(
        count
        for itl, ctl, count in held
        if take_list(
            served,
            lists[itl] if itl else None,
            lists[ctl] if ctl else None,
            around,
        ).good
    )
