"""Have phones register: which can, which cannot, and why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lab.actions.deed import deed, record
from lab.actions.phone_stations import Surroundings, surroundings
from lab.actions.trust_list_parts import held_lists
from lab.lab import Lab
from lab.models import Certificate
from lab.rules.trust_lists import (
    MOST_ITL_BYTES,
    MOST_ITL_CERTIFICATES,
    PHONE_REASONS,
)
from lab.store import certificates, phones
from lab.store.phones import PhoneRow, PhoneState
from lab.trust.phone_trust import (
    Answer,
    HeldList,
    Outcome,
    Station,
    Trust,
    lsc_dates,
    register,
    reset,
)


@dataclass(frozen=True, kw_only=True)
class Fared:
    """How phones fared: how many there were, and who came or went."""

    phones: int = 0
    registered: int = 0
    lost: tuple[str, ...] = ()  # names of those that were registered before
    back: tuple[str, ...] = ()

    @property
    def unregistered(self) -> int:
        return self.phones - self.registered


def register_phones(
    lab: Lab, cluster: str, node: str = "", *, devices: Sequence[str] = ()
) -> Fared:
    """Have phones register anew with the lists they hold: those of a node, or all.

    Called after whatever they notice at once: their node is back or gone, its Cisco
    CallManager has started or stopped, they have a new certificate of their own.
    """
    with deed(lab) as now:
        found = phones.rows(lab.db, cluster, node=node, devices=devices)
        fared = settle(lab, cluster, found, now=now, by_reset=False)
        _record_changes(lab, now, node or cluster, fared)
    return fared


def settle(
    lab: Lab,
    cluster: str,
    found: Sequence[PhoneRow],
    *,
    now: datetime,
    by_reset: bool,
) -> Fared:
    """Work out how these phones fare and store it; each distinct case once."""
    if not found:
        return Fared()
    around = surroundings(lab, cluster, now, stations={row.node for row in found})
    held = held_lists(lab, {number for row in found for number in (row.itl, row.ctl)})
    cases: dict[tuple[object, ...], _Case] = {}
    states: list[PhoneState] = []
    lost: list[str] = []
    back: list[str] = []
    for row in found:
        trust = _trust(row, held, now)
        kept = "" if by_reset else _refused_before(row)
        key = (row.node, row.itl, row.ctl, *_of_lsc(trust), kept)
        if key not in cases:
            cases[key] = _case(lab, around, trust, row.node, kept, by_reset=by_reset)
        case = cases[key]
        states.append(_state(row, case, now, by_reset=by_reset))
        if case.registered != row.registered:
            (back if case.registered else lost).append(row.name)
    phones.put_many(lab.db, states)
    registered = sum(state.registered for state in states)
    return Fared(
        phones=len(states), registered=registered, lost=tuple(lost), back=tuple(back)
    )


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What is the same for all phones of one kind."""

    itl: int | None
    ctl: int | None
    registered: bool
    reason: str
    evidence: str


def _case(
    lab: Lab,
    around: Surroundings,
    trust: Trust,
    node: str,
    kept: str,
    *,
    by_reset: bool,
) -> _Case:
    station = around.stations[node]
    if by_reset:
        outcome = reset(trust, station, around.desks)
    else:
        answer = register(trust, station, around.desks)
        outcome = Outcome(itl=trust.itl, ctl=trust.ctl, registration=answer)
    refused = json.loads(kept) if kept else {}
    refused |= {
        kind: _evidence(lab, answer, station)
        for kind, answer in outcome.refused.items()
    }
    answer = outcome.registration
    found = {} if answer.good else _evidence(lab, answer, station)
    if refused:
        found["refused"] = refused
    return _Case(
        itl=outcome.itl.number if outcome.itl else None,
        ctl=outcome.ctl.number if outcome.ctl else None,
        registered=answer.good,
        reason=PHONE_REASONS[answer.why].words if answer.why else "",
        evidence=json.dumps(found, sort_keys=True),
    )


def _trust(row: PhoneRow, held: Mapping[int, HeldList], now: datetime) -> Trust:
    dates = ""
    if row.lsc:
        starts = datetime.fromisoformat(row.lsc_starts)
        dates = lsc_dates(starts, datetime.fromisoformat(row.lsc_ends), now)
    return Trust(
        itl=held[row.itl] if row.itl else None,
        ctl=held[row.ctl] if row.ctl else None,
        has_lsc=row.lsc is not None,
        lsc_issuers=tuple(filter(None, row.lsc_issuers.split(","))),
        lsc_dates=dates,
    )


def _of_lsc(trust: Trust) -> tuple[object, ...]:
    return trust.has_lsc, trust.lsc_issuers, trust.lsc_dates


def _refused_before(row: PhoneRow) -> str:
    """The lists that the phone refused at its last reset: it has not asked again."""
    if '"refused"' not in row.evidence:
        return ""
    return json.dumps(json.loads(row.evidence)["refused"], sort_keys=True)


def _state(row: PhoneRow, case: _Case, now: datetime, *, by_reset: bool) -> PhoneState:
    # One that was reset registers anew; one that stays away is away since then.
    anew = case.registered != row.registered or (by_reset and case.registered)
    moment = now.isoformat()
    return PhoneState(
        party=row.party,
        itl=case.itl,
        ctl=case.ctl,
        registered=case.registered,
        since=moment if anew or not row.since else row.since,
        reset_at=moment if by_reset else "",
        reason=case.reason,
        evidence=case.evidence,
    )


def _evidence(lab: Lab, answer: Answer, station: Station) -> dict[str, Any]:
    """What the words of the reason are filled with, and who was asked."""
    found: dict[str, Any] = {"why": answer.why, "node": station.node}
    if answer.kind:
        served = station.itl if answer.kind == "ITL" else station.ctl
        found |= {"list": answer.kind, "number": served.number if served else 0}
    if answer.about:
        found |= _named(certificates.many(lab.db, [answer.about]), answer.about)
    if answer.why == "itl_too_large" and station.itl:
        found |= {
            "certificates": station.itl.certificates,
            "size": station.itl.size,
            "most": MOST_ITL_CERTIFICATES,
            "most_size": MOST_ITL_BYTES,
        }
    if answer.asked:
        found["asked"] = [list(each) for each in answer.asked]
    return found


def _named(found: Mapping[str, Certificate], sha256: str) -> dict[str, str]:
    certificate = found.get(sha256)
    name = certificate.common_name or certificate.subject if certificate else sha256
    serial = certificate.serial if certificate else ""
    return {"subject": name, "serial": serial, "certificate": sha256}


def _record_changes(lab: Lab, now: datetime, about: str, fared: Fared) -> None:
    if fared.lost:
        record(lab, now, "phones.lost", about, f"{len(fared.lost)} phones")
    if fared.back:
        record(lab, now, "phones.returned", about, f"{len(fared.back)} phones")
