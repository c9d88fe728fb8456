"""What clients still believe of a revoked certificate, because of what they kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lab.actions.revocation_health import answers_hold
from lab.lab import Lab
from lab.models import Authority
from lab.pki.crls import REMOVE, ReadCrl, read_crl
from lab.store import crls, parties
from lab.store.revocation_listing import (
    HOLD,
    Listed,
    Released,
    Taken,
    lists_in_force,
    released,
    taken,
    taken_back,
)

_MOST_BYTES = 512 * 1024  # of a list that is searched: some 10,000 entries
_MOST_LISTS = 40  # the latest of an authority, that are searched for holds


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What a client takes for true because of something it kept, and until when."""

    kept: str  # "OCSP", "CRL" or "delta CRL"
    status: str  # "good" or "on_hold"
    until: datetime
    since: datetime | None = None  # of a list: when it was published
    number: int | None = None  # of a list
    is_newest: bool = False  # whoever fetches that list now gets the same


@dataclass(frozen=True, kw_only=True)
class Known:
    """A certificate that was taken back, and what clients may still believe of it."""

    taken: Taken
    beliefs: tuple[Belief, ...]

    @property
    def good_until(self) -> datetime | None:
        """Until when a client may take it for good; None when no client can."""
        ends = [each.until for each in self.beliefs if each.status == "good"]
        return max(ends, default=None)


@dataclass
class _Lists:
    """The lists in force; of each the bytes are read once, when they are needed."""

    lab: Lab
    now: datetime
    of_authority: dict[str, list[Listed]] = field(default_factory=dict)
    read: dict[Listed, ReadCrl] = field(default_factory=dict)

    def in_force(self, authority: str) -> list[Listed]:
        """All that a client of this authority may still go by, the newest first."""
        if authority not in self.of_authority:
            found = lists_in_force(self.lab.db, authority, self.now)
            self.of_authority[authority] = found
        return self.of_authority[authority]

    def status(self, listed: Listed, row: Taken) -> str:
        """What this list, a delta together with its full one, says of it.

        A very long list is not searched: until it was revoked, it was good.
        """
        if listed.size > _MOST_BYTES:
            return "good" if listed.this_update < row.at else "revoked"
        found = self.opened(listed).find(row.serial)
        if found is None:
            base = self._base(listed)
            return self.status(base, row) if base else "good"
        if found.reason == REMOVE:
            return "good"
        return "on_hold" if found.reason == HOLD else "revoked"

    def opened(self, listed: Listed) -> ReadCrl:
        if listed not in self.read:
            name, scope, number, base, *_rest = listed
            found = crls.by_number(
                self.lab.db, name, scope, number, delta=base is not None
            )
            assert found  # lists are never taken away
            self.read[listed] = read_crl(found.der)
        return self.read[listed]

    def held(self, listed: Listed) -> list[str]:
        """The serials that it suspends; a very long list is not searched."""
        if listed.size > _MOST_BYTES:
            return []
        lines = self.opened(listed).lines()
        return [each.serial for each in lines if each.reason == HOLD]

    def _base(self, delta: Listed) -> Listed | None:
        """The full list that a delta starts from, while that is in force."""
        wanted = (delta.scope, delta.base)
        for each in self.in_force(delta.authority):
            if each.base is None and (each.scope, each.number) == wanted:
                return each
        return None


def what_clients_believe(
    lab: Lab, now: datetime, *, limit: int = 200, offset: int = 0
) -> list[Known]:
    """The certificates that were taken back, the latest first."""
    lists = _Lists(lab, now)
    own = {each.name: each for each in parties.authorities(lab.db)}
    rows = taken_back(lab.db, now, limit=limit, offset=offset)
    return [_known(lists, own, row) for row in rows]


def what_is_believed_of(lab: Lab, sha256: str, now: datetime) -> Known | None:
    """The same of one certificate; None when it is neither revoked nor on hold."""
    row = taken(lab.db, sha256, now)
    own = {each.name: each for each in parties.authorities(lab.db)}
    return _known(_Lists(lab, now), own, row) if row else None


def _known(lists: _Lists, own: dict[str, Authority], row: Taken) -> Known:
    authority = own.get(row.authority)
    if authority is None:
        return Known(taken=row, beliefs=())
    beliefs = []
    if authority.ocsp != "none":
        # An answer from just before it was revoked lasts the longest.
        until = row.at + answers_hold(authority)
        if until > lists.now:
            beliefs.append(Belief(kept="OCSP", status="good", until=until))
    scopes = ("everything", "authorities" if row.is_ca else "users")
    for scope in scopes:
        for kept in ("CRL", "delta CRL"):
            chain = [
                each
                for each in lists.in_force(row.authority)
                if (each.scope, each.kept) == (scope, kept)
            ]
            beliefs += _by_lists(lists, row, chain)
    return Known(taken=row, beliefs=tuple(_longest(beliefs)))


def _by_lists(lists: _Lists, row: Taken, chain: Sequence[Listed]) -> Iterable[Belief]:
    """The last of these lists that says something else, for each thing they say."""
    found: dict[str, Belief] = {}
    for place, listed in enumerate(chain):
        # A full list has what was taken back before it: at most as being on hold.
        is_later = listed.base is None and listed.this_update > row.at
        if is_later and (row.is_hold or "on_hold" in found or place >= _MOST_LISTS):
            continue
        if "good" in found:  # and so say all the earlier ones
            if listed.next_update > found["good"].until:
                found["good"] = _of_list(listed, "good")
            continue
        status = lists.status(listed, row)
        if status != "revoked" and not (row.is_hold and status == "on_hold"):
            found.setdefault(status, _of_list(listed, status, is_newest=not place))
    return found.values()


def _longest(beliefs: Iterable[Belief]) -> Iterable[Belief]:
    """Of each kind the one that is gone by the longest."""
    found: dict[tuple[str, str], Belief] = {}
    for each in beliefs:
        before = found.get((each.kept, each.status))
        if before is None or before.until < each.until:
            found[each.kept, each.status] = each
    return found.values()


def still_held(lab: Lab, now: datetime) -> list[tuple[Released, Belief]]:
    """Certificates whose hold was lifted, and which a list in force still suspends.

    The latest lists of each authority are looked through.
    """
    lists = _Lists(lab, now)
    last: dict[str, tuple[Released, Belief]] = {}
    for authority in parties.authorities(lab.db):
        newest: set[tuple[str, str]] = set()
        for listed in lists.in_force(authority.name)[:_MOST_LISTS]:
            kind = listed.scope, listed.kept
            belief = _of_list(listed, "on_hold", is_newest=kind not in newest)
            newest.add(kind)
            for row in released(lab.db, authority.certificate, lists.held(listed)):
                before = last.get(row.certificate)
                if before is None or before[1].until < belief.until:
                    last[row.certificate] = row, belief
    return list(last.values())


def _of_list(listed: Listed, status: str, *, is_newest: bool = False) -> Belief:
    return Belief(
        kept=listed.kept,
        status=status,
        until=listed.next_update,
        since=listed.this_update,
        number=listed.number,
        is_newest=is_newest,
    )
