"""Do something, look at what it does, and undo it: what would this break?"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lab.actions.deed import deed as as_one
from lab.actions.deed import in_trial, is_tried_out
from lab.actions.register_phones import register_phones
from lab.actions.trust_on_nodes import refused_on_nodes
from lab.clock import FrozenClock
from lab.lab import Lab
from lab.models import Chain, Usage
from lab.rules.failures import Failure, failures_of
from lab.store import certificates, jobs, parties, watch
from lab.store.database import immediate
from lab.store.watch import Holder, Judged, LostPhones

_AHEAD = timedelta(minutes=60)  # replication and automatic resets are through by then
_MOST = 200  # certificates that are named


class _UndoError(Exception):
    """Ends a trial; nobody outside sees it."""


@dataclass(frozen=True, kw_only=True)
class Worse:
    """A certificate that ends sooner or loses its chain, and who holds it."""

    judged: Judged
    holders: tuple[Holder, ...]
    nodes: tuple[str, ...] = ()  # only these nodes refuse it; none: nobody takes it

    def stops(self, now: datetime) -> bool:
        """Whether it is of no use any more, now and not only later."""
        after = self.judged.after
        return after.chain is not Chain.COMPLETE or after.end <= now


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What a deed breaks within the hour: the first of each kind, and how many."""

    at: datetime
    certificates: tuple[Worse, ...]
    certificate_count: int
    failures: tuple[Failure, ...]  # what stops, by the purposes that do
    stopping: Mapping[str, int]  # how many certificates of each purpose stop
    phones: tuple[LostPhones, ...]

    @property
    def phone_count(self) -> int:
        """Phones that are not registered any more."""
        return sum(each.number for each in self.phones)

    def __bool__(self) -> bool:
        return bool(self.certificate_count or self.phone_count)


@contextmanager
def trial(lab: Lab) -> Iterator[None]:
    """Do deeds inside it, look at the rows they leave; in the end all is undone.

    Each deed is judged at its own end, as always. Nothing is copied, and everybody
    else who writes waits: keep it short, and ask nobody within it.
    """
    touched, before = set(lab.touched), in_trial.get()
    outside = is_tried_out.set(True)
    try:
        with suppress(_UndoError), immediate(lab.db):
            in_trial.set(True)
            yield
            raise _UndoError
    finally:
        is_tried_out.reset(outside)
        in_trial.set(before)
        lab.touched.clear()
        lab.touched.update(touched)


def what_breaks(lab: Lab, deed: Callable[[Lab], object]) -> Broken:
    """What the deed, and what it sets going within the hour, would break.

    The deed is really done, its jobs are run, and all of it is undone again; only
    what was judged anew is looked at, and what nodes verified by entries that they
    lost. A refusal of the deed is raised.
    """
    now = lab.clock.now()
    with trial(lab):
        _register_all(lab, now + _AHEAD)
        watch.begin(lab.db)
        last = jobs.last(lab.db)
        with as_one(lab):  # so that all is judged once
            deed(lab)
            _run_planned(lab, last, now + _AHEAD)
        _register_all(lab, now + _AHEAD)
        number, worse = _worse(lab, now)
        phones = watch.lost_phones(lab.db)
        stopping = watch.purposes_that_stop(lab.db, now)
    for each in worse:
        for holder in each.holders:
            if each.nodes and holder.usage == Usage.IDENTITY:
                stopping[holder.name] = stopping.get(holder.name, 0) + 1
    return Broken(
        at=now,
        certificates=tuple(worse),
        certificate_count=number,
        failures=tuple(
            {row.words: row for name in stopping for row in failures_of(name)}.values()
        ),
        stopping=stopping,
        phones=tuple(phones),
    )


def _register_all(lab: Lab, at: datetime) -> None:
    """Phones notice most things when they register anew, as after a restart."""
    then = replace(lab, clock=FrozenClock(at))
    for cluster in parties.clusters(lab.db):
        register_phones(then, cluster.name)


def _worse(lab: Lab, now: datetime) -> tuple[int, list[Worse]]:
    """What is worse for everybody, and then what only some nodes refuse."""
    number, judged = watch.worsened(lab.db, now, _MOST)
    refused = refused_on_nodes(lab, watch.lost_entries(lab.db), now)
    for sha256 in watch.broken(lab.db, now) & refused.keys():
        del refused[sha256]
    named = list(refused)[:_MOST]
    found = certificates.many(lab.db, named)
    nodes: dict[str, tuple[str, ...]] = {}
    for sha256 in named:
        before, after, lost = refused[sha256]
        nodes[sha256] = tuple(sorted(lost))
        row = found[sha256]
        judged.append(Judged(sha256, row.subject, row.common_name, before, after))
    held: dict[str, list[Holder]] = {}
    for holder in watch.holders(lab.db, [each.sha256 for each in judged]):
        held.setdefault(holder.certificate, []).append(holder)
    return number + len(refused), [
        Worse(
            judged=each,
            holders=tuple(held.get(each.sha256, ())),
            nodes=nodes.get(each.sha256, ()),
        )
        for each in judged
    ]


def _run_planned(lab: Lab, after: int, until: datetime) -> None:
    """Run the jobs that were planned since, and those that they plan, in order."""
    # Loaded late: some jobs are deeds whose pages ask what they break.
    from lab.actions.run_due import HANDLERS

    while job := jobs.next_after(lab.db, after, until):
        jobs.finish(lab.db, job)
        then = replace(lab, clock=FrozenClock(job.due_at), actor="schedule")
        HANDLERS[job.kind](then, job.about)
