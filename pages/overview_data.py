"""What the overview reads, in one look, and the one sentence it says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from lab.lab import Lab
from lab.models import Placement, State, Task
from lab.rules.failures import Failure
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, listing, overview, places, services, tasks
from lab.store.listing import View
from lab.trust.left_to_do import Stale
from lab.trust.next_steps import (
    BROKEN,
    ENDING,
    Deed,
    Facts,
    Missing,
    NextStep,
    Signer,
    next_steps,
)
from pages.chart_style import days_between
from pages.language import _, counted, day_text
from pages.shared import as_text, days_text, fingerprint, place_text

KINDS = ("identities", "phones", "trust", "imported")
_REPLICATED = [name for name, row in STORES.items() if row.upload is Reach.CLUSTER]
# Steps that end on a date of their own, so that one of them is the first to come.
_DATED = (Deed.RENEW, Deed.FINISH, Deed.REPLACE, Deed.ISSUE, Deed.SUCCEED, Deed.LOOK)


@dataclass(frozen=True, kw_only=True)
class Overview:
    """One look at the lab, as it is or as it would be at `view.at`."""

    view: View
    now: datetime  # the lab's present, to the minute
    counts: Mapping[tuple[State, str], int]  # by state and month of the effective end
    broken: Placement | None  # the worst one
    rows: Sequence[Placement]  # of the timeline
    slots: Sequence[Placement]  # of nodes
    missing: Sequence[Missing]
    steps: Sequence[NextStep]
    key: tuple[object, ...]  # what it is true for

    def number(self, *states: State) -> int:
        """How many certificates are in one of these states."""
        return sum(
            count for (state, _month), count in self.counts.items() if state in states
        )

    @property
    def ahead(self) -> bool:
        return self.view.at > self.now


def read_overview(
    lab: Lab, view: View, now: datetime, kinds: Sequence[str], most: int
) -> Overview:
    """Read it, or take it from the cache as long as nothing was done."""
    key = (fingerprint(lab), view.at, view.thresholds, view.scope, tuple(kinds), most)
    return _read(key, now, view, tuple(kinds), most, lab)


@st.cache_data(max_entries=64, show_spinner=False)
def _read(
    key: tuple[object, ...],
    now: datetime,
    _view: View,
    _kinds: Sequence[str],
    _most: int,
    _lab: Lab,
) -> Overview:
    return look(_lab, _view, now, _kinds, _most, (*key, now))


def look(
    lab: Lab,
    view: View,
    now: datetime,
    kinds: Sequence[str],
    most: int,
    key: tuple[object, ...] = (),
) -> Overview:
    """Ask the store everything that the page shows."""
    db = lab.db
    counts = listing.tally(db, view)
    troubled = overview.troubled(db, view)
    slots = overview.of_nodes(db, view)
    coming = overview.on_the_way(db)
    missing = _missing(lab, view.scope, coming)
    waiting = overview.waiting_slots(db)
    facts = Facts(
        at=view.at,
        placements=[
            row
            for row in _with_waiting(troubled, slots, waiting)
            # A copy that replication is about to replace needs nobody.
            if (row.cluster, row.name, row.subject) not in coming
        ]
        + overview.unassigned_soon(db, view),
        stale=_stale(lab, view.scope),
        tasks=_tasks(lab, view.scope),
        missing=missing,
        waiting=waiting,
        phones=overview.phones_of_nodes(db),
        signers=_signers(lab, [*troubled, *slots]),
        imported_ended=overview.unassigned_ended(db, view),
    )
    return Overview(
        view=view,
        now=now,
        counts=counts,
        broken=_worst(lab, view, troubled, counts),
        rows=overview.first_to_end(db, view, kinds, most),
        slots=slots,
        missing=missing,
        steps=next_steps(facts),
        key=key,
    )


def _missing(lab: Lab, scope: str, coming: set[tuple[str, str, str]]) -> list[Missing]:
    """Copies that nodes lack, without those that are still on their way."""
    if scope == "imported":
        return []
    rows = places.drift(lab.db, _REPLICATED, "" if scope == "built" else scope)
    known = certificates.many(lab.db, {row[2] for row in rows})
    return [
        Missing(
            cluster=cluster,
            store=store,
            certificate=certificate,
            subject=known[certificate].common_name or subject,
            node=node,
        )
        for cluster, store, certificate, subject, node in rows
        if (cluster, store, subject) not in coming
    ]


def _stale(lab: Lab, scope: str) -> list[Stale]:
    if scope == "imported":
        return []
    rows = services.stale(lab.db, "" if scope == "built" else scope)
    loaded = certificates.many(lab.db, {row[4] for row in rows})
    return [
        Stale(
            cluster=cluster,
            node=node,
            service=service,
            purpose=purpose,
            end=loaded[sha256].not_after,
        )
        for cluster, node, service, purpose, sha256 in rows
    ]


def _tasks(lab: Lab, scope: str) -> list[Task]:
    if scope == "imported":
        return []
    return tasks.with_progress(lab.db, "" if scope == "built" else scope)


def _with_waiting(
    troubled: Sequence[Placement],
    slots: Sequence[Placement],
    waiting: Sequence[tuple[str, str, str]],
) -> list[Placement]:
    """A slot whose request waits is looked at even while its certificate is fine."""
    known = {row.place for row in troubled}
    wanted = set(waiting)
    return [
        *troubled,
        *(
            row
            for row in slots
            if row.place not in known and (row.cluster, row.party, row.name) in wanted
        ),
    ]


def _signers(lab: Lab, rows: Sequence[Placement]) -> dict[str, Signer]:
    found = overview.signers(lab.db, list({row.certificate for row in rows}))
    return {
        sha256: Signer(name=name, label=label, end=datetime.fromisoformat(end))
        for sha256, (name, label, end) in found.items()
    }


def _worst(
    lab: Lab,
    view: View,
    troubled: Sequence[Placement],
    counts: Mapping[tuple[State, str], int],
) -> Placement | None:
    order = list(State)
    broken = [row for row in troubled if row.state in BROKEN]
    if broken:
        return min(broken, key=lambda row: order.index(row.state))
    if not any(state in BROKEN for state, _month in counts):
        return None
    latest = listing.find(
        lab.db, view, states=BROKEN, descending=True, limit=1, once=True
    )
    return latest[0] if latest else None


def sentence(found: Overview) -> tuple[str, str]:
    """How bad it is ("error", "warning", "info" or "success"), and all in one line."""
    broken, ending = found.number(*BROKEN), found.number(*ENDING)
    parts = []
    if found.ahead:
        date = day_text(found.view.at)
        parts.append(_("On {date}, if nobody acts:", date=as_text(date)))
    if broken:
        parts.append(_broken_text(found, broken, ahead=found.ahead))
    if ending:
        parts.append(_ending_text(found, ending, after=broken > 0))
    if not broken and not ending:
        parts.append(_clear_text(found))
    if broken or found.number(State.ENDS_IN_7):
        return "error", " ".join(parts)
    if ending:
        return "warning", " ".join(parts)
    return "success", " ".join(parts)


def _clear_text(found: Overview) -> str:
    return _(
        "All clear, checked {time} UTC (lab time {date}).",
        time=f"{found.now:%H:%M}",
        date=as_text(day_text(found.now)),
    )


def _broken_text(found: Overview, number: int, *, ahead: bool) -> str:
    what = broken_words(found.broken, found.view.at) if found.broken else ""
    if number > 1:
        what = counted(
            "{what}, and {number} more",
            "{what}, and {number} more",
            number - 1,
            what=what,
        )
    if ahead:
        return counted(
            "{number} certificate is broken: {what}.",
            "{number} certificates are broken: {what}.",
            number,
            what=what,
        )
    return counted(
        "**{number} certificate is broken now:** {what}.",
        "**{number} certificates are broken now:** {what}.",
        number,
        what=what,
    )


def broken_words(row: Placement, at: datetime) -> str:
    """What is the matter with it: "syslog was revoked 3 days ago"."""
    what = as_text(place_text(row))
    match row.state:
        case State.REVOKED:
            when = days_text(days_between(at, row.revoked_at or at))
            return _("{what} was revoked {when}", what=what, when=when)
        case State.ON_HOLD:
            return _("{what} is on hold", what=what)
        case State.NOT_YET_VALID:
            start = as_text(day_text(row.not_before))
            return _("{what} is not valid before {date}", what=what, date=start)
        case State.BROKEN_CHAIN:
            return _("the chain of {what} is broken", what=what)
        case _:
            when = days_text(days_between(at, row.not_after))
            return _("{what} expired {when}", what=what, when=when)


def _ending_text(found: Overview, number: int, *, after: bool) -> str:
    limit = found.view.at + timedelta(days=found.view.thresholds[0])
    date = as_text(day_text(limit))
    first = next((s for s in found.steps if s.by and s.deed in _DATED), None)
    if after:
        text = counted(
            "**{number} more needs action before {date}**",
            "**{number} more need action before {date}**",
            number,
            date=date,
        )
    else:
        text = counted(
            "**{number} certificate needs action before {date}**",
            "**{number} certificates need action before {date}**",
            number,
            date=date,
        )
    if first is None or first.by is None:
        return text + _(".")
    what, when = step_subject(first), days_text(days_between(found.view.at, first.by))
    stops = failure_words(first.failures, first.phones)
    if not stops:
        return text + _("; the first is {what} {when}.", what=what, when=when)
    return text + _(
        "; the first is {what} {when}, which stops {stops}.",
        what=what,
        when=when,
        stops=stops,
    )


def step_subject(step: NextStep) -> str:
    """What a step is about, as Markdown: "tomcat on cucm-sub1"."""
    match step.deed:
        case Deed.ISSUE:
            return counted(
                "the LSC of {number} phone on {node}",
                "the LSCs of {number} phones on {node}",
                step.number,
                node=as_text(step.party),
            )
        case Deed.REPLACE:
            return as_text(step.party)
        case Deed.SUCCEED | Deed.LOOK:
            return as_text(step.about)
        case _:
            return _(
                "{what} on {where}", what=as_text(step.name), where=as_text(step.party)
            )


def failure_words(failures: Sequence[Failure], phones: int, most: int = 2) -> str:
    """What stops, the worst first: "web administration and SIP OAuth for 16 phones"."""
    words = []
    for row in failures[:most]:
        text = _(row.words)
        if row.for_phones and phones > 1:
            text = _(row.for_phones, number=phones)
        elif row.who == "phones" and phones:
            text = counted(
                "{what} ({number} affected)",
                "{what} ({number} affected)",
                phones,
                what=text,
            )
        words.append(text)
    if len(words) == 2:
        return _("{first} and {second}", first=words[0], second=words[1])
    return ", ".join(words)
