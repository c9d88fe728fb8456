"""Gather what the lab shows of a slot on its way to an outside CA's certificate."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lab.actions.download_request import TAKEN, key_mark
from lab.actions.flow_after import After, look_after, newest_ctl
from lab.lab import Lab
from lab.models import Certificate, Cluster, Party, Place
from lab.pki.links import is_issued_by, may_issue
from lab.pki.requests import read_request
from lab.rules.purposes import Purpose
from lab.rules.third_party_flow import CAPF_STEP, step_row
from lab.rules.trust_stores import STORES
from lab.store import certificates, events, parties, places, requests
from lab.trust.flow_values import FlowFacts, Held

_CAPF_STORE = "CallManager-trust"
_LONGEST_CHAIN = 20


def gather_facts(
    lab: Lab,
    home: Cluster,
    party: Party,
    row: Purpose,
    kept: requests.Waiting | None,
    signed: Mapping[str, list[Certificate]],
    given: Sequence[Certificate],
) -> FlowFacts:
    """What the lab shows of this slot; `given` are certificates at hand."""
    place = places.slot(lab.db, party.id, row.name)
    in_slot = certificates.get(lab.db, place.certificate) if place else None
    answer, in_file = None, False
    if kept:
        answer, in_file = _answer(kept.key, signed, given)
    elif in_slot and not in_slot.self_signed:
        answer = in_slot
    key = kept.key if kept else answer.key_id if answer else ""
    maker = parties.get(lab.db, kept.party) if kept else party
    chain = _chain(lab, answer, given) if answer else ()
    after = After()
    if answer and in_slot and answer.sha256 == in_slot.sha256:
        after = look_after(lab, party, row, in_slot)
    ctl_at, ctl_fits = newest_ctl(lab, party, row, place)
    return FlowFacts(
        node=party.name,
        purpose=row.name,
        maker=maker.name,
        request=read_request(kept.der) if kept else None,
        made_at=kept.made_at if kept else _made_at(lab, party, row, place),
        taken_at=_taken_at(lab, maker, row, key),
        answer=answer,
        answered_by=_own_authority(lab, answer),
        in_file=in_file,
        in_slot=in_slot,
        in_slot_since=place.since if place else None,
        chain=chain,
        wanted=_wanted(lab, maker, row.verified_with, chain),
        capf=_wanted(lab, party, [_CAPF_STORE], chain[-1:])
        if row.name in step_row(CAPF_STEP).only_for and _is_root(chain)
        else (),
        mixed_mode=home.mixed_mode,
        ctl_at=ctl_at,
        ctl_fits=ctl_fits and not after.ctl_open,
        stale=after.stale,
        restarted_at=after.restarted_at,
        starting=after.starting,
        open_restarts=after.open_restarts,
        restart_tasks=after.restart_tasks,
    )


def _answer(
    key_id: str,
    signed: Mapping[str, list[Certificate]],
    given: Sequence[Certificate],
) -> tuple[Certificate | None, bool]:
    """The certificate that answers the request, and whether it is only in a file."""
    at_hand = [each for each in given if each.key_id == key_id and not each.self_signed]
    known = [each for each in signed.get(key_id, ()) if not each.self_signed]
    newest = max(at_hand or known, key=lambda each: each.not_before, default=None)
    is_known = newest and newest.sha256 in {each.sha256 for each in known}
    return newest, bool(newest and not is_known)


def _chain(
    lab: Lab, leaf: Certificate, given: Sequence[Certificate]
) -> tuple[Certificate, ...]:
    """The issuers above a certificate, as far as they are known; the root is last."""
    chain = [leaf]
    while not chain[-1].self_signed and len(chain) < _LONGEST_CHAIN:
        child = chain[-1]
        above = [
            each
            for each in (
                *given,
                *certificates.with_subjects(lab.db, [child.issuer_hash]),
            )
            if each.subject_hash == child.issuer_hash
            and each not in chain
            and may_issue(each)
            and is_issued_by(child.der, each.der)
        ]
        if not above:
            break
        chain.append(max(above, key=lambda each: each.not_after))
    return tuple(chain[1:])


def _is_root(chain: Sequence[Certificate]) -> bool:
    return bool(chain) and chain[-1].self_signed


def _wanted(
    lab: Lab, party: Party, stores: Iterable[str], chain: Sequence[Certificate]
) -> tuple[Held, ...]:
    """Which CAs of the chain the stores of the node hold, the root first."""
    own = [name for name in stores if party.kind in STORES[name].product]
    held = {
        (name, sha256) for name in own for sha256 in places.held(lab.db, party.id, name)
    }
    # One store that holds it is enough for the cluster to find it.
    return tuple(
        Held(
            store=next((name for name in own if (name, each.sha256) in held), own[0]),
            certificate=each,
            held=any((name, each.sha256) in held for name in own),
        )
        for each in reversed(chain)
        if own
    )


def _own_authority(lab: Lab, answer: Certificate | None) -> str:
    if answer is None:
        return ""
    issuers = set(certificates.issuers_of(lab.db, answer.sha256))
    return next(
        (
            authority.label
            for authority in parties.authorities(lab.db)
            if authority.certificate in issuers
        ),
        "",
    )


def _made_at(
    lab: Lab, party: Party, row: Purpose, place: Place | None
) -> datetime | None:
    """When the request was made that what is in the slot answers."""
    about = f"{row.name} on {party.name}"
    for event in events.of_thing(lab.db, "request.made", about):
        if place and event.at <= place.since:
            return event.at
    return None


def _taken_at(lab: Lab, party: Party, row: Purpose, key_id: str) -> datetime | None:
    for event in events.of_thing(lab.db, TAKEN, f"{row.name} on {party.name}"):
        if key_id and event.detail.endswith(key_mark(key_id)):
            return event.at
    return None
