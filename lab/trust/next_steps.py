"""What to do next, in order of urgency: rows of the lab in, steps out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lab.models import PartyKind, Placement, State, Task, Usage
from lab.rules.failures import Failure, failures_of
from lab.trust.left_to_do import Change, Stale, unfinished

_FINISH_WITHIN = timedelta(days=7)
_MOST_CHANGES = 2  # that have a step of their own; more of them are one
_MOST_DAYS = 730  # how long a renewed certificate lasts, where its issuer does
BROKEN = (
    State.REVOKED,
    State.ON_HOLD,
    State.EXPIRED,
    State.NOT_YET_VALID,
    State.BROKEN_CHAIN,
)
ENDING = (State.ENDS_IN_7, State.ENDS_IN_30, State.ENDS_IN_90)
_OWN = ("CA", "OCSP signer")  # what an authority holds; a store's name is no such


class Deed(StrEnum):
    """What kind of step it is."""

    RENEW = "renew"  # an identity of a node
    FINISH = "finish"  # an identity whose signing request waits
    RESTART = "restart"  # services that still present the old certificate
    FOLLOW = "follow"  # what a change still asks for
    FOLLOW_ALL = "follow_all"  # the same for many changes of a cluster
    PUT_BACK = "put_back"  # a trust certificate that one node lacks
    REPLACE = "replace"  # the certificate of an outside system
    ISSUE = "issue"  # the LSCs of a node's phones
    SUCCEED = "succeed"  # an authority, or another trusted certificate, that ends
    REPAIR = "repair"  # a chain that does not reach a trusted root
    DELETE = "delete"  # a trust copy that nobody needs
    LOOK = "look"  # imported: its own people renew it


@dataclass(frozen=True, kw_only=True)
class Signer:
    """The lab's authority that signed a certificate, and until when it can sign."""

    name: str
    label: str
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A trust certificate that other nodes of the cluster have and this one lacks."""

    cluster: str
    store: str
    certificate: str
    subject: str
    node: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that the steps are told by. `placements` name each certificate once."""

    at: datetime
    placements: Sequence[Placement]
    stale: Sequence[Stale] = ()
    tasks: Sequence[
        Task
    ] = ()  # open ones, with those of the same changes that are done
    missing: Sequence[Missing] = ()
    waiting: Sequence[tuple[str, str, str]] = ()  # cluster, node, purpose
    phones: Mapping[tuple[str, str], int] = field(default_factory=dict)
    signers: Mapping[str, Signer] = field(default_factory=dict)
    imported_ended: int = 0  # imported certificates without a slot that have ended


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """One thing to do: what, by when, what breaks otherwise, and who can sign it."""

    deed: Deed
    cluster: str
    party: str
    name: str = ""  # the purpose or the store; for REPAIR several, with commas
    state: State
    by: datetime | None  # None: at once
    certificate: str = ""
    about: str = ""  # the certificate's name, for people
    failures: tuple[Failure, ...] = ()
    phones: int = 0  # that the failures reach
    services: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()  # what else ends with it
    signer: str = ""  # the lab's authority that signs the new one
    signer_label: str = ""
    days: int = 0  # how long the new one can last; 0 where nobody here decides
    number: int = 1  # certificates it is about
    possible: bool = True  # the lab can do it
    changes: tuple[Change, ...] = ()  # FOLLOW, FOLLOW_ALL: what they are about

    @property
    def id(self) -> str:
        return "|".join(
            (self.deed, self.cluster, self.party, self.name, self.certificate[:12])
        )


def next_steps(facts: Facts) -> list[NextStep]:
    """Every step that the facts ask for, the most urgent first.

    First what no longer works, then nodes that differ, then by date; what is only
    to be tidied up comes last.
    """
    changes = unfinished(facts.tasks, facts.stale)
    steps = [
        *_follow(facts, changes),
        *_restarts(facts, changes),
        *_put_back(facts),
        *_phones(facts),
        *_identities(facts),
        *_authorities(facts),
        *_left_over(facts),
        *_chains(facts),
        *_imported(facts),
    ]
    return sorted(steps, key=lambda step: _urgency(step, facts.at))


def _urgency(step: NextStep, at: datetime) -> tuple[int, str, int, str]:
    pressing = any(each.is_pressing for each in step.changes)
    by = step.by
    if pressing and by:  # what was begun is finished before what can wait a week
        by = min(by, at + _FINISH_WITHIN)
    if step.deed is Deed.DELETE:
        rank = 4
    elif step.changes and not pressing:
        rank = 3
    elif step.state in BROKEN and step.deed is not Deed.LOOK:
        rank = 0
    elif any(each.is_pressing and not each.stale for each in step.changes):
        rank = 1
    else:
        rank = 1 if by is None else 2
    return rank, by.isoformat() if by else "", -step.phones, step.id


def _identities(facts: Facts) -> Iterator[NextStep]:
    """Nodes and outside systems whose own certificate ends, or no longer works."""
    ending = {row.certificate for row in facts.placements if row.is_ca}
    waiting = set(facts.waiting)
    for row in facts.placements:
        if row.usage is not Usage.IDENTITY or _is_imported(row):
            continue
        if row.party_kind not in (*PartyKind.nodes(), PartyKind.PEER):
            continue
        slot = (row.cluster, row.party, row.name)
        if slot not in waiting:
            if row.state not in (*BROKEN, *ENDING) or row.state in (
                State.NOT_YET_VALID,
                State.BROKEN_CHAIN,
            ):
                continue
            if _limited(row) and row.limited_by in ending and row.state in ENDING:
                continue  # a new one would end no later: see its authority's step
        yield _identity(facts, row, waits=slot in waiting)


def _identity(facts: Facts, row: Placement, *, waits: bool) -> NextStep:
    signer = facts.signers.get(row.certificate)
    days = min(_MOST_DAYS, (signer.end - facts.at).days) if signer else 0
    peer = row.party_kind is PartyKind.PEER
    possible = days > 0 or (row.self_signed and not peer and not waits)
    deed = Deed.REPLACE if peer else Deed.FINISH if waits else Deed.RENEW
    failures, phones = _failures(facts, "peer" if peer else row.name, row)
    return replace(
        _of(row, deed),
        failures=failures,
        phones=phones,
        signer=signer.name if signer else "",
        signer_label=signer.label if signer else row.issued_by,
        days=max(days, 0),
        possible=possible,
    )


def _follow(facts: Facts, changes: Sequence[Change]) -> Iterator[NextStep]:
    """A step for each change that asks for something still; for many of them, one."""
    clusters: dict[str, list[Change]] = {}
    for change in changes:
        clusters.setdefault(change.cluster, []).append(change)
    for cluster, several in clusters.items():
        if len(several) > _MOST_CHANGES:
            yield _following(facts, Deed.FOLLOW_ALL, cluster, several)
        else:
            for change in several:
                yield _following(facts, Deed.FOLLOW, cluster, [change])


def _following(
    facts: Facts, deed: Deed, cluster: str, changes: Sequence[Change]
) -> NextStep:
    alone = deed is Deed.FOLLOW
    step = NextStep(
        deed=deed,
        cluster=cluster,
        party=changes[0].node if alone else "",
        name=changes[0].cause if alone else "",
        state=State.NOT_IN_USE,
        by=None,
        number=len(changes),
        possible=any(item.by == "lab" for each in changes for item in each.items),
        changes=tuple(changes),
    )
    stale = [row for each in changes for row in each.stale]
    return _late(facts, step, stale) if stale else step


def _restarts(facts: Facts, changes: Sequence[Change]) -> Iterator[NextStep]:
    """Services that go on with the old certificate, one step a node and purpose.

    Those that a change above them asks to restart are not said twice.
    """
    said = {id(row) for change in changes for row in change.stale}
    slots: dict[tuple[str, str, str], list[Stale]] = {}
    for row in facts.stale:
        if id(row) not in said:
            slots.setdefault((row.cluster, row.node, row.purpose), []).append(row)
    for (cluster, node, purpose), rows in slots.items():
        step = NextStep(
            deed=Deed.RESTART,
            cluster=cluster,
            party=node,
            name=purpose,
            state=State.NOT_IN_USE,
            by=None,
            services=tuple(dict.fromkeys(row.service for row in rows)),
        )
        yield _late(facts, step, rows)


def _late(facts: Facts, step: NextStep, rows: Sequence[Stale]) -> NextStep:
    """The same step with the day on which the first old certificate ends."""
    first = min(rows, key=lambda row: row.end)
    end, over = first.end, first.end < facts.at
    nodes = {(row.cluster, row.node) for row in rows if row.purpose == first.purpose}
    phones = sum(facts.phones.get(node, 0) for node in nodes)
    failures = _reaching(failures_of(first.purpose), phones)
    return replace(
        step,
        state=State.EXPIRED if over else State.NOT_IN_USE,
        by=None if over else end,
        failures=failures,
        phones=phones if _meet_phones(failures) else 0,
    )


def _put_back(facts: Facts) -> Iterator[NextStep]:
    for row in facts.missing:
        yield NextStep(
            deed=Deed.PUT_BACK,
            cluster=row.cluster,
            party=row.node,
            name=row.store,
            state=State.FINE,
            by=None,
            certificate=row.certificate,
            about=row.subject,
        )


def _phones(facts: Facts) -> Iterator[NextStep]:
    """One step for all phones of a node whose LSC ends, or no longer works."""
    nodes: dict[tuple[str, str], list[Placement]] = {}
    for row in facts.placements:
        issued = row.party_kind is PartyKind.PHONE and row.name == "LSC"
        if issued and row.state in (*BROKEN, *ENDING) and not _is_imported(row):
            nodes.setdefault((row.cluster, row.node), []).append(row)
    for (cluster, node), rows in nodes.items():
        worst = min(rows, key=lambda row: (list(State).index(row.state), row.place))
        broken = worst.state in BROKEN
        yield NextStep(
            deed=Deed.ISSUE,
            cluster=cluster,
            party=node,
            name="LSC",
            state=worst.state,
            by=None if broken else min(row.effective_end for row in rows),
            failures=tuple(failures_of("LSC")),
            phones=len(rows),
            devices=tuple(sorted(row.party for row in rows)),
            days=365,
            number=len(rows),
        )


def _authorities(facts: Facts) -> Iterator[NextStep]:
    """Authorities and other trusted certificates that end, and what ends with them."""
    for row in facts.placements:
        trusted = row.usage is Usage.TRUST or row.party_kind is PartyKind.AUTHORITY
        wanted = row.state in (*ENDING, State.REVOKED, State.ON_HOLD)
        if row.party_kind is PartyKind.AUTHORITY and row.state is State.EXPIRED:
            wanted = True
        if not trusted or not wanted or row.name == "MIC":
            continue
        if row.name == "OCSP signer" and row.state in ENDING:
            continue  # it is renewed by itself, and ends at the latest with its CA
        yield replace(
            _of(row, Deed.SUCCEED),
            failures=tuple(failures_of(row.name if row.name in _OWN else "CA")),
            limits=tuple(
                other.party if other.name in ("peer", "LSC") else other.common_name
                for other in facts.placements
                if _limited(other) and other.limited_by == row.certificate
            ),
            possible=False,
        )


def _left_over(facts: Facts) -> Iterator[NextStep]:
    for row in facts.placements:
        if row.usage is Usage.TRUST and row.state in (State.LEFT_OVER, State.EXPIRED):
            yield replace(_of(row, Deed.DELETE), by=None, possible=False)


def _chains(facts: Facts) -> Iterator[NextStep]:
    """Holders whose certificates do not lead to a trusted root, one step each."""
    holders: dict[tuple[str, str], list[Placement]] = {}
    for row in facts.placements:
        if row.state is State.BROKEN_CHAIN:
            holders.setdefault((row.cluster, row.party), []).append(row)
    for (cluster, party), rows in holders.items():
        first = rows[0]
        failures, phones = _failures(facts, first.name, first)
        yield NextStep(
            deed=Deed.REPAIR,
            cluster=cluster,
            party=party,
            name=", ".join(dict.fromkeys(row.name for row in rows)),
            state=State.BROKEN_CHAIN,
            by=None,
            certificate=first.certificate,
            about=first.issued_by or first.issuer,
            failures=failures,
            phones=phones,
            number=len(rows),
            possible=False,
        )


def _imported(facts: Facts) -> Iterator[NextStep]:
    for row in facts.placements:
        if not _is_imported(row) or row.usage is Usage.TRUST:
            continue
        if row.state in (*ENDING, *BROKEN) and row.state is not State.BROKEN_CHAIN:
            yield replace(
                _of(row, Deed.LOOK),
                signer_label=row.issued_by,
                possible=False,
            )
    if facts.imported_ended:
        yield NextStep(
            deed=Deed.LOOK,
            cluster="",
            party="",
            state=State.EXPIRED,
            by=None,
            number=facts.imported_ended,
            possible=False,
        )


def _of(row: Placement, deed: Deed) -> NextStep:
    """The step that one certificate asks for, before what is special to its kind."""
    return NextStep(
        deed=deed,
        cluster=row.cluster,
        party=row.party,
        name=row.name,
        state=row.state,
        by=None if row.state in BROKEN else row.effective_end,
        certificate=row.certificate,
        about=row.common_name or row.subject,
    )


def _failures(
    facts: Facts, purpose: str, row: Placement
) -> tuple[tuple[Failure, ...], int]:
    phones = facts.phones.get((row.cluster, row.party), 0)
    failures = _reaching(failures_of(purpose), phones)
    return failures, phones if _meet_phones(failures) else 0


def _reaching(failures: Iterable[Failure], phones: int) -> tuple[Failure, ...]:
    """Without those that only phones would notice, where no phone registers."""
    return tuple(row for row in failures if phones or row.who != "phones")


def _meet_phones(failures: Iterable[Failure]) -> bool:
    return any(row.who == "phones" for row in failures)


def _limited(row: Placement) -> bool:
    return row.limited_by != row.certificate


def _is_imported(row: Placement) -> bool:
    return row.how == "imported"
