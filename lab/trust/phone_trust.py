"""When a phone takes a new trust list, and when it registers: facts §8.2.

A phone trusts what its own lists hold. Beyond them it asks the trust verification
services (TVS) that its ITL names, and nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lab.models import ServiceState
from lab.rules.trust_lists import MOST_ITL_BYTES, MOST_ITL_CERTIFICATES

SIGNERS = ("SAST",)
FILES = ("CCM+TFTP", "TFTP")  # whose signature below a configuration is taken
SERVERS = ("CCM", "CCM+TFTP")


@dataclass(frozen=True, kw_only=True)
class HeldList:
    """A list that a phone holds, or is served: who is in it, in which role."""

    number: int
    kind: str  # "ITL" or "CTL"
    signer: str  # fingerprint
    roles: Mapping[str, frozenset[str]]  # fingerprints by role
    certificates: int
    size: int
    genuine: bool = True  # the signer's key made its signature

    def knows(self, sha256: str, roles: Sequence[str]) -> bool:
        return any(sha256 in self.roles.get(role, ()) for role in roles)

    @property
    def takes_any_file(self) -> bool:
        """Its TVS and TFTP sections are empty: the cluster is prepared for rollback."""
        return not any(self.roles.get(role) for role in ("TVS", *FILES))

    @property
    def too_large(self) -> bool:
        return self.certificates > MOST_ITL_CERTIFICATES or self.size > MOST_ITL_BYTES


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A trust verification service: what it shows, and whom it knows."""

    node: str
    state: str  # "up", "down" or "offline"
    shows: str  # fingerprint of its own certificate; empty while it shows none
    knows: frozenset[str]  # identities of the cluster, and what its stores hold


@dataclass(frozen=True, kw_only=True)
class Station:
    """What a node is to its phones."""

    node: str
    online: bool
    calls: ServiceState | None  # of Cisco CallManager; None where there is none
    serves: bool  # its TFTP answers
    itl: HeldList | None  # what it serves
    ctl: HeldList | None
    file_signer: str  # fingerprint of what signs configurations
    server: str  # fingerprint of what Cisco CallManager shows
    mixed: bool  # phones with an LSC talk over TLS
    issuers: frozenset[str] = frozenset()  # of LSCs that verify here
    entries: frozenset[str] = frozenset()  # everything in CallManager-trust here


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What a phone holds, as far as its trust depends on it."""

    itl: HeldList | None = None
    ctl: HeldList | None = None
    has_lsc: bool = False
    lsc_issuers: tuple[str, ...] = ()
    lsc_dates: str = ""  # "", "lsc_ended" or "lsc_not_yet"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A yes or no with its reason: a key of `PHONE_REASONS`, and what it is about."""

    good: bool
    why: str = ""
    about: str = ""  # fingerprint of the certificate in question
    kind: str = ""  # of the list in question
    rule: int = 0  # of `PHONE_RULES`, for a list
    asked: tuple[tuple[str, str], ...] = ()  # (node, key of TVS_ANSWERS)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a phone fares after a reset: the lists it holds now, and its registration."""

    itl: HeldList | None
    ctl: HeldList | None
    registration: Answer
    refused: Mapping[str, Answer] = field(default_factory=dict)  # by kind of list


def ask_tvs(
    itl: HeldList | None, sha256: str, desks: Sequence[Desk]
) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Whether a TVS that this ITL names vouches, and what each of them answered."""
    if itl is None or not itl.roles.get("TVS"):
        return False, (("", "no_list"),)
    asked = tuple((desk.node, _answer(itl, sha256, desk)) for desk in desks)
    return any(said == "vouched" for _, said in asked), asked


def take_list(
    served: HeldList,
    itl: HeldList | None,
    ctl: HeldList | None,
    desks: Sequence[Desk],
) -> Answer:
    """Whether a phone with these lists takes the one it is served: rules 1 to 4."""
    if itl is None and ctl is None:
        return _of_list(served, rule=1)
    if not served.genuine:
        return _of_list(served, rule=3, why="not_genuine")
    if served.kind == "ITL" and ctl:
        known = ctl.knows(served.signer, SIGNERS)
        return _of_list(served, rule=2, why="" if known else "ctl_not_knowing")
    if itl and not ctl and itl.takes_any_file:
        return _of_list(served, rule=1)
    if any(held and held.knows(served.signer, SIGNERS) for held in (ctl, itl)):
        return _of_list(served, rule=3)
    good, asked = ask_tvs(itl, served.signer, desks)
    return _of_list(served, rule=4, why="" if good else "nobody_vouches", asked=asked)


def reset(trust: Trust, station: Station, desks: Sequence[Desk]) -> Outcome:
    """What a reset makes of a phone: it reads the CTL, then the ITL, and registers.

    In non-secure mode only a phone that holds a CTL still asks for one.
    """
    held = {"CTL": trust.ctl, "ITL": trust.itl}
    refused: dict[str, Answer] = {}
    reachable = station.online and station.serves
    for served in (station.ctl, station.itl) if reachable else ():
        if served is None or (served.kind == "ITL" and served.too_large):
            continue
        if served.kind == "CTL" and not (station.mixed or trust.ctl):
            continue
        now = held[served.kind]
        if now and now.number == served.number:
            continue
        answer = take_list(served, held["ITL"], held["CTL"], desks)
        if answer.good:
            held[served.kind] = served
        else:
            refused[served.kind] = answer
    after = Trust(
        itl=held["ITL"],
        ctl=held["CTL"],
        has_lsc=trust.has_lsc,
        lsc_issuers=trust.lsc_issuers,
        lsc_dates=trust.lsc_dates,
    )
    return Outcome(
        itl=after.itl,
        ctl=after.ctl,
        registration=register(after, station, desks),
        refused=refused,
    )


def register(trust: Trust, station: Station, desks: Sequence[Desk]) -> Answer:
    """Whether a phone that trusts this registers with its node, and if not, why."""
    if not station.online:
        return Answer(good=False, why="node_offline")
    if station.calls is ServiceState.STARTING:
        return Answer(good=False, why="calls_starting")
    if station.calls is not ServiceState.STARTED:
        return Answer(good=False, why="calls_down")
    if trust.itl is None and trust.ctl is None and not station.serves:
        return Answer(good=False, why="nothing_served")
    if station.serves and station.itl and station.itl.too_large:
        return Answer(good=False, why="itl_too_large")
    if station.serves and station.file_signer:
        answer = _knows(trust, station.file_signer, FILES, desks)
        if not answer.good:
            return answer
    if station.mixed and trust.has_lsc:
        return _register_securely(trust, station, desks)
    return Answer(good=True)


def lsc_dates(starts: datetime, ends: datetime, now: datetime) -> str:
    """The reason against an LSC of these dates, or nothing; notAfter is inclusive."""
    if now < starts:
        return "lsc_not_yet"
    return "lsc_ended" if now > ends else ""


def _register_securely(trust: Trust, station: Station, desks: Sequence[Desk]) -> Answer:
    answer = _knows(trust, station.server, SERVERS, desks)
    if not answer.good:
        return answer
    if trust.lsc_dates:
        return Answer(good=False, why=trust.lsc_dates)
    if not station.issuers.isdisjoint(trust.lsc_issuers):
        return Answer(good=True)
    there = [each for each in trust.lsc_issuers if each in station.entries]
    why = "lsc_broken" if there else "lsc_unknown"
    return Answer(good=False, why=why, about=(there or [*trust.lsc_issuers, ""])[0])


def _knows(
    trust: Trust, sha256: str, roles: Sequence[str], desks: Sequence[Desk]
) -> Answer:
    why = "file_unknown" if roles is FILES else "server_unknown"
    if any(held and held.knows(sha256, roles) for held in (trust.ctl, trust.itl)):
        return Answer(good=True)
    free = trust.itl and not trust.ctl and trust.itl.takes_any_file
    if free and roles is FILES:  # the rollback parameter does not empty the CTL
        return Answer(good=True)
    good, asked = ask_tvs(trust.itl, sha256, desks)
    return Answer(good=good, why="" if good else why, about=sha256, asked=asked)


def _of_list(
    served: HeldList,
    *,
    rule: int,
    why: str = "",
    asked: tuple[tuple[str, str], ...] = (),
) -> Answer:
    return Answer(
        good=not why,
        why=why,
        about=served.signer,
        kind=served.kind,
        rule=rule,
        asked=asked,
    )


def _answer(itl: HeldList, sha256: str, desk: Desk) -> str:
    if desk.state != "up":
        return "offline" if desk.state == "offline" else "down"
    if not desk.shows or not itl.knows(desk.shows, ("TVS",)):
        return "not_in_list"
    return "vouched" if sha256 in desk.knows else "not_known"
