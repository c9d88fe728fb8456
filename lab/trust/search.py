"""Paths from a leaf to an anchor, the soundest first, found within bounds."""

import heapq
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import count
from typing import NamedTuple

from lab.trust.findings import Question, Role
from lab.trust.issuers import Issuers, TooComplexError
from lab.trust.name_constraints import MOST_COMPARISONS, judge_names
from lab.trust.path_checks import own_findings
from lab.trust.pool import Entry, Pool

MOST_STEPS = 50_000  # pairs of certificate and issuer looked at for the best path
MOST_DETOURS = 20_000  # and for any path that names and policies do not stand against
_MOST_NAMES = 4 * MOST_COMPARISONS  # compared with constraints, for all paths together


class End(IntEnum):
    """Where a path ends, the best first."""

    ANCHOR = 0
    ROOT = 1  # self-signed and not trusted
    CIRCLE = 2  # the issuers sign each other
    MISSING = 3  # nobody of the issuer's name is here, or none but itself


class Found(NamedTuple):
    """One path, leaf first."""

    path: tuple[Entry, ...]
    end: End
    faults: int  # rules broken above the leaf, but for what a whole path alone breaks


class _Step(NamedTuple):
    """A certificate, and the way to it from the leaf."""

    entry: Entry
    below: "_Step | None"
    faults: int
    length: int
    counted: int  # intermediate certificates that are not self-issued

    @property
    def path(self) -> tuple[Entry, ...]:
        entries, step = [], self
        while step.below is not None:
            entries.append(step.entry)
            step = step.below
        return (step.entry, *reversed(entries))


class Search:
    """The issuers above one leaf, each link checked once for all its paths.

    What is not yet a whole path waits in a heap, the fewest faults first, so the first
    whole path that comes out is the best (Dijkstra's search). Path lengths are why the
    number of intermediate certificates is kept beside the faults: a second way to a
    certificate is given up only when it is worse in both. Hence the work grows with
    the links, however many paths they make. A certificate that is met twice on one
    path is met sooner without the circle between.
    """

    def __init__(
        self, leaf: Entry, trusted: Pool, untrusted: Pool, question: Question
    ) -> None:
        self.steps = 0
        self.issuers = Issuers(leaf, trusted, untrusted)
        self._names = 0
        self._leaf = leaf
        self._trusted = trusted
        self._question = question
        self._costs: dict[str, int] = {}

    def paths(self, *, every: bool = False) -> Iterator[Found]:
        """Paths, the best first: fewest faults, nearest to an anchor, shortest.

        Those that another one is better than in all ways are left out; with `every`
        all paths to an anchor without a fault come, and no others. Raises
        TooComplexError when a bound is reached.
        """
        order = count()
        limit = MOST_STEPS if not every else self.steps + MOST_DETOURS
        start = furthest = _Step(self._leaf, None, 0, 1, 0)
        heap: list[tuple[int, int, int, bool, int, _Step, End | None]] = []
        heapq.heappush(heap, (0, 0, 0, False, next(order), start, None))
        seen: dict[str, list[_Step]] = {}
        found = False
        while heap:
            *_, step, end = heapq.heappop(heap)
            if end is None and step.entry.sha256 in self._trusted:
                end = End.ANCHOR
            if end is not None:
                found = True
                yield Found(step.path, end, step.faults)
                continue
            if not every and _is_worse(step, seen):
                continue
            furthest = min(furthest, step, key=lambda it: (it.faults, -it.length))
            end, above = self._above(step)
            self.steps += len(above)
            if self.steps > limit:
                raise TooComplexError
            if end is not None and not every:
                # An incomplete path is the better the further it gets.
                rank = -step.length if end is End.MISSING else step.length
                last = step._replace(faults=step.faults + 1)
                heapq.heappush(
                    heap, (last.faults, end, rank, False, next(order), last, end)
                )
            for each in above:
                if not every or (not each.faults and not _is_round(each)):
                    # An issuer that is not trusted needs one more at the least: so the
                    # first way up is followed before a thousand others of its length.
                    goes_on = each.entry.sha256 not in self._trusted
                    length = each.length + goes_on
                    heapq.heappush(
                        heap,
                        (each.faults, 0, length, goes_on, next(order), each, None),
                    )
        if not found and not every:
            yield Found(furthest.path, End.CIRCLE, furthest.faults + 1)

    def charge_names(self, path: Sequence[Entry]) -> None:
        """Count what judging the names of a path, leaf first, will take at the most."""
        below = 0
        for entry in path:
            self._names += below * entry.structure.subtrees
            below += entry.structure.names
        if self._names > _MOST_NAMES:
            raise TooComplexError

    def _above(self, step: _Step) -> tuple[End | None, list[_Step]]:
        """Where the path ends, or the ways it goes on."""
        entry = step.entry
        end = End.ROOT if self.issuers.is_root(entry) else None
        if end and entry is not self._leaf:
            return end, []
        issuers, signed = self.issuers.of(entry)
        if end:
            # Of those with its name and key only one that is trusted leads further.
            issuers = tuple(each for each in issuers if each.sha256 in self._trusted)
        elif not issuers:
            end = End.MISSING
        return end, [self._on(step, issuer, signed=signed) for issuer in issuers]

    def _on(self, step: _Step, issuer: Entry, *, signed: bool) -> _Step:
        allowed = issuer.structure.path_length
        too_long = allowed is not None and step.counted > allowed
        return _Step(
            issuer,
            step,
            step.faults + self._cost(issuer) + too_long + (not signed),
            step.length + 1,
            step.counted + (not issuer.self_issued),
        )

    def _cost(self, issuer: Entry) -> int:
        """How many rules it breaks as an issuer of this leaf."""
        known = self._costs.get(issuer.sha256)
        if known is None:
            is_trusted = issuer.sha256 in self._trusted
            is_last = is_trusted or self.issuers.is_root(issuer)
            role = Role.ANCHOR if is_last else Role.ISSUER
            known = len(own_findings(issuer, role, self._question))
            if issuer.structure.constrains_names:
                self.charge_names((self._leaf, issuer))
                known += judge_names([issuer.x509, self._leaf.x509]) is not None
            self._costs[issuer.sha256] = known
        return known


def _is_worse(step: _Step, seen: dict[str, list[_Step]]) -> bool:
    ways = seen.setdefault(step.entry.sha256, [])
    if any(way.faults <= step.faults and way.counted <= step.counted for way in ways):
        return True
    ways.append(step)
    return False


def _is_round(step: _Step) -> bool:
    """Say whether its last certificate has the name and key of one before."""
    # RFC 4158 section 2.4.2. The leaf is no issuer there, so it is not looked at.
    *before, last = step.path[1:]
    entity = (last.subject_hash, last.key_id)
    return any((each.subject_hash, each.key_id) == entity for each in before)
