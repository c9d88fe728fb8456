"""Take in certificates from files: look first, then all or nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from types import MappingProxyType

from lab.actions.deed import deed, record
from lab.actions.helpers import helpers
from lab.actions.import_sources import files_of, files_under
from lab.actions.judge import judge, judge_linked
from lab.actions.link_issuers import Linking
from lab.actions.place_imported import (
    HOW,
    Target,
    Weighed,
    check_name,
    fitting,
    put_many,
    put_proposed,
    target_of,
    with_room,
)
from lab.actions.read_certificates import Read, read_certificates
from lab.belonging import Assignment, Belonging, FoundKey, Proposal, unsure
from lab.errors import LabError, RuleError
from lab.lab import Lab
from lab.models import Certificate, Usage
from lab.pki.archives import File
from lab.pki.files import Contents
from lab.store import certificates
from lab.store.database import bulk
from lab.store.digests import digests

__all__ = [
    "HOW",
    "Assignment",
    "File",
    "Found",
    "FoundKey",
    "Imported",
    "Preview",
    "Proposal",
    "Refused",
    "files_of",
    "files_under",
    "import_certificates",
    "preview_import",
]

_BATCH = 1000  # certificates taken in at once: memory stays flat
_MOST_NOTED = 1000  # of what a person is shown
_MOST_OF_A_FILE = 20  # refusals: one broken file must not hide the others
_NO_CHOICES: Mapping[FoundKey, Assignment] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Found:
    """A certificate of a file that could be read, and where it seems to belong."""

    file: str
    certificate: Certificate
    known: bool  # the lab has it already
    proposals: tuple[Proposal, ...]  # one at least, the surest first

    @property
    def key(self) -> FoundKey:
        return FoundKey(self.file, self.certificate.sha256)

    @property
    def proposal(self) -> Proposal:
        return self.proposals[0]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file, or a certificate in it, that cannot be taken in, and why."""

    file: str
    refusal: LabError


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What else a file holds, which was left where it was."""

    file: str
    private_keys: int
    requests: int


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A line of `show cert list` whose certificate is not in the files."""

    file: str
    place: str
    label: str
    how: str


@dataclass(kw_only=True)
class Imported:
    """What an import did, or a preview would do."""

    files: int = 0
    new: int = 0
    known: int = 0
    placed: int = 0  # put where it was proposed, or where a person has chosen
    untold: int = 0  # left unassigned because there are too many to be told apart
    refused: list[Refused] = field(default_factory=list)  # the first 1,000, 20 a file
    refusals: int = 0
    left_out: list[LeftOut] = field(default_factory=list)  # in the first 1,000 files
    private_keys: int = 0
    requests: int = 0

    def refuse(self, file: str, refusal: LabError) -> None:
        self.refusals += 1
        of_file = [
            each for each in self.refused[-_MOST_OF_A_FILE:] if each.file == file
        ]
        if len(self.refused) < _MOST_NOTED and len(of_file) < _MOST_OF_A_FILE:
            self.refused.append(Refused(file=file, refusal=refusal))

    def leave_out(self, file: str, private_keys: int, requests: int) -> None:
        self.private_keys += private_keys
        self.requests += requests
        if private_keys + requests and len(self.left_out) < _MOST_NOTED:
            self.left_out.append(
                LeftOut(file=file, private_keys=private_keys, requests=requests)
            )


@dataclass(kw_only=True)
class Preview(Imported):
    """What would come in; of the certificates the first 1,000 are kept to show."""

    found: list[Found] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)  # the first 1,000 of them
    missed: int = 0


def preview_import(
    lab: Lab,
    files: Iterable[File],
    *,
    passwords: Sequence[str] = (),
    assignment: Assignment | None = None,
    most: int = 1000,
) -> Preview:
    """Read the files and say what is new, known and refused, and where it belongs.

    Nothing is changed. `assignment` may name the cluster that all of it is of.
    """
    preview = Preview()
    belonging = Belonging(_cluster_alone(assignment or Assignment()))
    kept: list[tuple[Read, bool]] = []
    with helpers() as hands, digests() as met:
        read = partial(read_certificates, files, hands, passwords=passwords)
        found = _found(read, preview, belonging)
        while batch := list(islice(found, _BATCH)):
            first = met.add([each.certificate.sha256 for each in batch])
            new = certificates.new_among(lab.db, [each.certificate for each in batch])
            for each, is_first in zip(batch, first, strict=True):
                known = not is_first or each.certificate.sha256 not in new
                preview.known += known
                preview.new += not known
                if len(kept) < most:
                    kept.append((each, known))
    weighed = _weigh(lab, belonging, preview)
    preview.placed = len(
        {
            (key.sha256, proposal.target)
            for key, (_, proposals) in weighed.items()
            for proposal in proposals
            if not proposal.doubt
        }
    )
    preview.found = [_as_found(each, known, weighed) for each, known in kept]
    return preview


def import_certificates(
    lab: Lab,
    files: Iterable[File],
    assignment: Assignment | None = None,
    *,
    passwords: Sequence[str] = (),
    proposed: bool = False,
    choices: Mapping[FoundKey, Assignment] = _NO_CHOICES,
) -> Imported:
    """Store every readable certificate and put it where `assignment` says.

    With `proposed` each goes where it seems to belong, and `assignment` may name the
    cluster of all; those in `choices` go where these say, whatever else is said.

    One transaction: all of it, or nothing. Files that hold no certificate are
    listed in the result. Raises `RuleError` when nothing at all can be taken in, or
    when the place does not fit. A certificate that is known already gets the new
    place beside those it has.
    """
    where = assignment or Assignment()
    done = Imported()
    belonging = Belonging(_cluster_alone(where)) if proposed else None
    with bulk(lab.db), deed(lab) as now, helpers() as hands:
        taking = _Taking(lab, Linking(lab.db, hands), where, choices, now)
        read = partial(read_certificates, files, hands, passwords=passwords)
        found = _found(read, done, belonging, choices)
        while batch := list(islice(found, _BATCH)):
            taking.take(batch, done)
        if not done.new + done.known:
            raise _nothing(done)
        taking.place_chosen(done)
        if belonging:
            taking.place_proposed(_weigh(lab, belonging, done).values(), done)
        detail = f"{done.new} new, {done.known} known, from {done.files} files"
        if proposed or choices:
            detail = f"{detail}, {done.placed} placed"
        record(lab, now, "certificates.imported", str(where), detail)
    return done


class _Taking:
    """An import that is going on: all is taken in first, then each gets its place."""

    def __init__(
        self,
        lab: Lab,
        linking: Linking,
        where: Assignment,
        choices: Mapping[FoundKey, Assignment],
        now: datetime,
    ) -> None:
        self._lab = lab
        self._linking = linking
        self._choices = choices
        self._now = now
        self._target = target_of(lab, where)
        self._unassigned = Assignment(cluster=where.cluster)
        self._chosen: set[tuple[str, Assignment]] = set()
        self._placed: set[tuple[str, Assignment]] = set()
        self._slots: dict[tuple[int, str], set[str]] = {}  # what a person put there

    def take(self, batch: Sequence[Read], done: Imported) -> None:
        """Store a batch, put it into the place that is for all, and judge it."""
        new = self._linking.add(each.certificate for each in batch)
        done.new += len(new)
        done.known += len(batch) - len(new)
        rest = {}
        for each in batch:
            key = FoundKey(each.file, each.certificate.sha256)
            if key in self._choices:
                self._chosen.add((key.sha256, self._choices[key]))
            else:
                rest[key.sha256] = key.sha256 in new
        self._keep_slot(self._target, rest)
        known = [sha256 for sha256, is_new in rest.items() if not is_new]
        put_many(self._lab, self._target, rest.keys() - known, known, self._now)
        judge_linked(self._lab.db, self._linking.settle(behind=1))
        if self._target.usage is not Usage.UNASSIGNED:
            judge(self._lab.db, rest)

    def place_chosen(self, done: Imported) -> None:
        """Put each where a person has chosen, when all is stored and linked."""
        judge_linked(self._lab.db, self._linking.settle())
        for sha256, choice in sorted(self._chosen, key=str):
            where = choice if choice != Assignment() else self._unassigned
            target = target_of(self._lab, where)
            self._keep_slot(target, [sha256])
            put_many(self._lab, target, [], [sha256], self._now)
            self._lab.touch(sha256)
            if target.usage is not Usage.UNASSIGNED:
                self._placed.add((sha256, where))
        done.placed = len(self._placed)

    def place_proposed(self, weighed: Iterable[Weighed], done: Imported) -> None:
        """Put each where it seems to belong; what a person has chosen stays."""
        for seen, proposals in weighed:
            for proposal in proposals:
                if proposal.doubt:
                    continue
                target = target_of(self._lab, proposal.target, proposal)
                chosen = self._slots.get((target.party.id, target.name))
                if chosen is None or seen.key.sha256 in chosen:
                    put_proposed(self._lab, target, seen, self._now)
                    self._placed.add((seen.key.sha256, proposal.target))
        done.placed = len(self._placed)

    def _keep_slot(self, target: Target, sha256s: Iterable[str]) -> None:
        if target.usage is not Usage.IDENTITY:
            return
        held = self._slots.setdefault((target.party.id, target.name), set())
        held.update(sha256s)
        if len(held) > 1:
            raise RuleError(
                "{purpose} on {node} holds one certificate; the files have {count} "
                "or more",
                hint="Import its chain into a trust store, and the leaf alone here.",
                purpose=target.name,
                node=target.party.name,
                count=len(held),
            )


def _as_found(read: Read, known: bool, weighed: Mapping[FoundKey, Weighed]) -> Found:
    key = FoundKey(read.file, read.certificate.sha256)
    proposals = weighed[key][1] if key in weighed else (unsure(read.certificate),)
    return Found(
        file=read.file, certificate=read.certificate, known=known, proposals=proposals
    )


def _found(
    read: Callable[..., Iterator[Read | tuple[str, LabError]]],
    done: Imported,
    belonging: Belonging | None,
    choices: Collection[FoundKey] = (),
) -> Iterator[Read]:
    """The certificates of the files; all else is noted where it belongs."""

    def tell(file: str, contents: Contents) -> None:
        done.files += 1
        done.leave_out(file, contents.private_keys, contents.requests)
        if belonging:
            belonging.hear(file, contents.listed)

    for found in read(tell=tell):
        if not isinstance(found, Read):
            done.refuse(*found)
            continue
        if belonging and FoundKey(found.file, found.certificate.sha256) not in choices:
            belonging.see(found.file, found.label, found.certificate, found.clue)
        yield found


def _weigh(lab: Lab, belonging: Belonging, done: Imported) -> dict[FoundKey, Weighed]:
    """What is proposed, as far as it fits with what the lab holds."""
    weighed, unnamed = belonging.weigh()
    done.untold = belonging.untold
    if isinstance(done, Preview):
        done.missed = len(unnamed)
        done.missing = [
            Missing(file=file, place=line.place, label=line.label, how=line.how)
            for file, line in unnamed[:_MOST_NOTED]
        ]
    return with_room(
        lab,
        {
            key: (seen, tuple(fitting(lab, seen, proposal) for proposal in proposals))
            for key, (seen, proposals) in weighed.items()
        },
    )


def _cluster_alone(where: Assignment) -> str:
    if where.node or where.purpose or where.store:
        raise RuleError(
            "each goes where it seems to belong, or all of them to {place}",
            hint="Name no more than their cluster, or say that all go to one place.",
            place=where,
        )
    if where.cluster:
        check_name(where.cluster)
    return where.cluster


def _nothing(done: Imported) -> LabError:
    if not done.files:
        return RuleError(
            "there is no file to import", hint="Name a file, or a folder with files."
        )
    if not done.refused:
        return RuleError(
            "nothing could be imported from {count} files: they only list certificates",
            hint="Have them shown too: show cert own UNIT, or show cert trust FILE.",
            count=done.files,
        )
    first = done.refused[0]
    return RuleError(
        "nothing could be imported from {count} files; {file}: {reason}",
        hint="{next_step}",
        count=done.files,
        file=first.file,
        reason=first.refusal,
        next_step=first.refusal.hint,
    )
