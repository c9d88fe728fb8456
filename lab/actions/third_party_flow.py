"""Where a slot is in the eight steps to an outside CA's certificate. It only reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.download_request import TAKEN, key_mark
from lab.actions.identities import slot_of
from lab.actions.look_at_services import Presents, services_on
from lab.actions.trust_list_parts import read_list
from lab.effects import Follows
from lab.lab import Lab
from lab.models import Certificate, Cluster, Party, PartyKind, Place, SigningRequest
from lab.pki.links import is_issued_by, may_issue
from lab.pki.reading import read_certificate
from lab.pki.requests import read_request
from lab.rules.purposes import Purpose
from lab.rules.restarts import TFTP
from lab.rules.third_party_flow import CAPF_STEP, LIST_STEP, step_row
from lab.rules.trust_stores import STORES
from lab.store import (
    certificates,
    events,
    parties,
    places,
    requests,
    tasks,
    trust_lists,
)
from lab.trust.third_party_flow import Flow, FlowFacts, Held, judge_flow

_CAPF_STORE = "CallManager-trust"
_LONGEST_CHAIN = 20


@dataclass(frozen=True, kw_only=True)
class WaitingFlow:
    """A signing request that has no certificate in its slot yet."""

    made_at: datetime
    request: SigningRequest
    shared: bool
    flow: Flow


def flow_of(
    lab: Lab,
    node: str,
    purpose: str,
    cluster: str = "",
    *,
    answer: Sequence[bytes] = (),
) -> Flow:
    """The eight steps of this slot, each as the lab shows it (spec S21).

    `answer` are certificates at hand (DER) that are not uploaded yet, such as those
    in the file that an outside authority has sent. A shared request that lists this
    node counts for it, whichever node made it.
    """
    home, party, row = slot_of(lab, node, purpose, cluster)
    given = [read_certificate(der) for der in answer]
    kept = _request_for(lab, party, row.name)
    signed = certificates.with_keys(lab.db, [kept.key]) if kept else {}
    return _flow(lab, home, party, row, kept, signed, given)


def waiting_flows(lab: Lab, cluster: str = "") -> list[WaitingFlow]:
    """Every request that waits, the oldest first, and where it is."""
    waiting = requests.waiting(lab.db, cluster)
    signed = certificates.with_keys(lab.db, [kept.key for kept in waiting])
    found = []
    for kept in waiting:
        holder = parties.get(lab.db, kept.party)
        slot = slot_of(lab, holder.name, kept.purpose, holder.cluster)
        found.append(
            WaitingFlow(
                made_at=kept.made_at,
                request=read_request(kept.der),
                shared=kept.shared,
                flow=_flow(lab, *slot, kept, signed, []),
            )
        )
    return found


def answers_to(
    lab: Lab, node: str, purpose: str, cluster: str = ""
) -> list[Certificate]:
    """What authorities of the lab have issued for the waiting request, newest first."""
    _, party, row = slot_of(lab, node, purpose, cluster)
    kept = _request_for(lab, party, row.name)
    if kept is None:
        return []
    found = certificates.with_keys(lab.db, [kept.key]).get(kept.key, [])
    return sorted(found, key=lambda each: each.not_before, reverse=True)


def _request_for(lab: Lab, party: Party, purpose: str) -> requests.Waiting | None:
    """The slot's own request, else a shared one that lists this node."""
    shared = None
    for kept in requests.waiting(lab.db, party.cluster):
        if kept.purpose != purpose:
            continue
        if kept.party == party.id:
            return kept
        if kept.shared and _lists(kept, party):
            shared = kept
    return shared


def _lists(kept: requests.Waiting, party: Party) -> bool:
    names = {name.lower() for name in read_request(kept.der).alternative_names}
    return f"dns:{party.fqdn.lower()}" in names


def _flow(
    lab: Lab,
    home: Cluster,
    party: Party,
    row: Purpose,
    kept: requests.Waiting | None,
    signed: Mapping[str, list[Certificate]],
    given: Sequence[Certificate],
) -> Flow:
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
    after = _After()
    if answer and in_slot and answer.sha256 == in_slot.sha256:
        after = _after(lab, party, row, in_slot)
    ctl_at, ctl_fits = _newest_ctl(lab, party, row, place)
    facts = FlowFacts(
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
    )
    return judge_flow(home.name, facts)


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
        (name, entry.certificate)
        for name in own
        for entry in places.entries(lab.db, party.id, name)
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


@dataclass(frozen=True, kw_only=True)
class _After:
    """What is still open after the certificate came into its slot."""

    stale: tuple[tuple[str, str], ...] = ()  # service, node
    restarted_at: datetime | None = None
    starting: tuple[tuple[str, str, datetime], ...] = ()
    open_restarts: tuple[tuple[str, str], ...] = ()
    ctl_open: bool = False


def _after(lab: Lab, party: Party, row: Purpose, in_slot: Certificate) -> _After:
    holders = [
        node
        for node in parties.nodes(lab.db, party.cluster)
        if (place := places.slot(lab.db, node.id, row.name))
        and place.certificate == in_slot.sha256
    ]
    now = lab.clock.now()
    stale, started, starting = [], [], []
    for node in holders:
        for status in services_on(lab, node, now):
            ready = status.service.started_at
            for each in status.presented:
                if each.purpose != row.name:
                    continue
                if each.presents is Presents.STORED and ready > now:
                    starting.append((status.service.name, node.name, ready))
                elif each.presents is Presents.STORED:
                    started.append(ready)
                elif each.presents in (Presents.OLD, Presents.COPY, Presents.NOT_YET):
                    stale.append((status.service.name, node.name))
    names = {node.name for node in holders}
    left = [
        task
        for task in tasks.all_open(lab.db, party.cluster)
        if task.cause == row.name and task.cause_node in names
    ]
    return _After(
        stale=tuple(stale),
        restarted_at=max(started, default=None),
        starting=tuple(starting),
        open_restarts=tuple(
            (task.what if task.kind == Follows.RESTART else TFTP, task.node)
            for task in left
            if task.kind in (Follows.RESTART, Follows.TFTP)
        ),
        ctl_open=any(task.kind == Follows.TRUST_LIST for task in left),
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


def _newest_ctl(
    lab: Lab, party: Party, row: Purpose, place: Place | None
) -> tuple[datetime | None, bool]:
    """When the CTL was made last, and whether it is about what the slot holds now."""
    ucm = parties.nodes(lab.db, party.cluster, PartyKind.UCM)
    publisher = next((node for node in ucm if node.role == "publisher"), None)
    newest = publisher and trust_lists.latest(lab.db, publisher.id, "CTL")
    if not newest or place is None or row.name not in step_row(LIST_STEP).only_for:
        return None, False
    if row.key_type == "EC":  # the list has no record of it, so its age counts
        return newest.built_at, newest.built_at >= place.since
    named = {each.certificate.sha256 for each in read_list(newest.file).records}
    return newest.built_at, place.certificate in named
