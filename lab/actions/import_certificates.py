"""Take in certificates from files: look first, then all or nothing."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from lab.actions.deed import deed, record
from lab.actions.identities import put_in_slot
from lab.actions.judge import add_certificates, judge
from lab.errors import BadInputError, LabError, RuleError
from lab.lab import Lab
from lab.models import Certificate, Cluster, Party, PartyKind, Place, Usage
from lab.pki.bundles import MAX_FILE_BYTES, split_certificates
from lab.pki.reading import read_certificate
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES
from lab.store import certificates, parties, places

File = tuple[str, bytes | LabError]  # a name, and its bytes or why it has none
HOW = "imported"
_BATCH = 2000  # certificates judged at once: memory stays flat
_MOST_REFUSALS = 1000


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Where imported certificates go; all empty leaves them unassigned."""

    cluster: str = ""
    node: str = ""
    purpose: str = ""
    store: str = ""

    def __str__(self) -> str:
        parts = (self.purpose or self.store, self.node, self.cluster)
        return " on ".join(part for part in parts if part) or "unassigned"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A certificate of a file that could be read."""

    file: str
    certificate: Certificate
    known: bool  # the lab has it already


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file, or a certificate in it, that cannot be taken in, and why."""

    file: str
    refusal: LabError


@dataclass(kw_only=True)
class Imported:
    """What an import did, or a preview would do."""

    files: int = 0
    new: int = 0
    known: int = 0
    refused: list[Refused] = field(default_factory=list)  # the first 1,000 of them
    refusals: int = 0

    def refuse(self, file: str, refusal: LabError) -> None:
        self.refusals += 1
        if len(self.refused) < _MOST_REFUSALS:
            self.refused.append(Refused(file=file, refusal=refusal))


@dataclass(kw_only=True)
class Preview(Imported):
    """What would come in; of the certificates the first 1,000 are kept to show."""

    found: list[Found] = field(default_factory=list)


def files_under(paths: Iterable[Path], *, own: Path | None = None) -> Iterator[File]:
    """Each file named, and each file in a folder named, once, in order of name.

    A file that is too large, unreadable or no regular file comes with its refusal.
    `own` is the lab's file: it and its side files are left closed, for closing them
    would take away the locks that the lab has on them (POSIX).
    """
    seen: set[Path] = set()
    if own:
        seen = {_real(Path(f"{own}{end}")) for end in ("", "-wal", "-shm", "-journal")}
    for path in paths:
        for file in sorted(path.rglob("*")) if os.path.isdir(path) else [path]:
            if os.path.isdir(file) and file != path:
                continue
            real = _real(file)
            if real not in seen:
                seen.add(real)
                yield str(file), _read(file)


def preview_import(lab: Lab, files: Iterable[File], *, most: int = 1000) -> Preview:
    """Read the files and say what is new, known and refused; change nothing."""
    preview = Preview()
    seen: set[str] = set()
    for file, certificate in _certificates(files, preview):
        known = certificate.sha256 in seen or certificates.known(
            lab.db, certificate.sha256
        )
        seen.add(certificate.sha256)
        preview.known += known
        preview.new += not known
        if len(preview.found) < most:
            preview.found.append(Found(file=file, certificate=certificate, known=known))
    return preview


def import_certificates(
    lab: Lab, files: Iterable[File], assignment: Assignment | None = None
) -> Imported:
    """Store every readable certificate and put it where `assignment` says.

    One transaction: all of it, or nothing. Files that hold no certificate are
    listed in the result. Raises `RuleError` when nothing at all can be taken in, or
    when the place does not fit. A certificate that is known already gets the new
    place beside those it has.
    """
    where = assignment or Assignment()
    done = Imported()
    with deed(lab) as now:
        party, usage, name = _place(lab, where)
        found = (row for _, row in _certificates(files, done))
        while batch := list(islice(found, _BATCH)):
            _check_fits_slot(where, usage, done.new + done.known + len(batch))
            new = add_certificates(lab.db, batch)
            done.new += len(new)
            done.known += len(batch) - len(new)
            for sha256 in dict.fromkeys(row.sha256 for row in batch):
                # What is new has no place yet, so nobody needs to look for one.
                there = [] if sha256 in new else places.of_certificate(lab.db, sha256)
                _put(lab, party, usage, name, sha256, there, now)
            judge(lab.db, [row.sha256 for row in batch])
        if not done.new + done.known:
            raise _nothing(done)
        detail = f"{done.new} new, {done.known} known, from {done.files} files"
        record(lab, now, "certificates.imported", str(where), detail)
    return done


def _certificates(
    files: Iterable[File], done: Imported
) -> Iterator[tuple[str, Certificate]]:
    for file, data in files:
        done.files += 1
        if isinstance(data, LabError):
            done.refuse(file, data)
            continue
        try:
            for der in split_certificates(data):
                try:
                    yield file, read_certificate(der)
                except BadInputError as refusal:
                    done.refuse(file, refusal)
        except BadInputError as refusal:
            done.refuse(file, refusal)


def _place(lab: Lab, where: Assignment) -> tuple[Party, Usage, str]:
    """The party, usage and name that the certificates get; made when missing."""
    if where.purpose and where.store:
        raise RuleError(
            "a certificate goes to the purpose {purpose} or to the store {store}",
            hint="Name one of the two.",
            purpose=where.purpose,
            store=where.store,
        )
    if (where.purpose or where.store) and not where.node:
        raise RuleError(
            "{name} needs a node that it is on",
            hint="Name the node, and its cluster.",
            name=where.purpose or where.store,
        )
    if where.node and not where.cluster:
        where = Assignment(
            cluster=parties.by_name(lab.db, "", where.node).cluster,
            node=where.node,
            purpose=where.purpose,
            store=where.store,
        )
    product = _product(where)
    if where.cluster and where.cluster not in {
        each.name for each in parties.clusters(lab.db)
    }:
        _check_name(where.cluster)
        parties.add_cluster(
            lab.db,
            Cluster(
                name=where.cluster, domain="", profile="seed-r14", mixed_mode=False
            ),
        )
    party = _party(lab, where, product)
    if where.store:
        if party.kind not in STORES[where.store].product:
            raise RuleError(
                "{node} has no trust store {store}",
                hint="Name another node or another store.",
                node=party.name,
                store=where.store,
            )
        return party, Usage.TRUST, where.store
    if where.purpose:
        if (party.kind, where.purpose) not in SEED_R14:
            raise RuleError(
                "{node} has no certificate purpose {purpose}",
                hint="Name another node or another purpose.",
                node=party.name,
                purpose=where.purpose,
            )
        there = places.slot(lab.db, party.id, where.purpose)
        if there and there.how != HOW:
            raise RuleError(
                "{purpose} on {node} holds a certificate of the lab's own",
                hint="Upload into that slot instead, or import to another node.",
                purpose=where.purpose,
                node=party.name,
            )
        return party, Usage.IDENTITY, where.purpose
    return party, Usage.UNASSIGNED, ""


def _product(where: Assignment) -> PartyKind:
    """The product of a node that is not known yet, told by what it is to hold."""
    if where.store and where.store not in STORES:
        raise RuleError(
            "there is no trust store called {store}",
            hint="The stores are: {known}.",
            store=repr(where.store),
            known=", ".join(STORES),
        )
    purposes = {name for _, name in SEED_R14}
    if where.purpose and where.purpose not in purposes:
        raise RuleError(
            "there is no certificate purpose called {purpose}",
            hint="The purposes are: {known}.",
            purpose=repr(where.purpose),
            known=", ".join(sorted(purposes)),
        )
    if where.store:
        return PartyKind(STORES[where.store].product[0])
    if where.purpose and (PartyKind.UCM, where.purpose) not in SEED_R14:
        return PartyKind.IMP
    return PartyKind.UCM


def _party(lab: Lab, where: Assignment, product: PartyKind) -> Party:
    name = where.node or "Imported"
    kind = product if where.node else PartyKind.IMPORTED
    _check_name(name)
    for known in parties.named(lab.db, name):
        if known.cluster == where.cluster:
            return known
    return parties.add(
        lab.db,
        Party(id=0, cluster=where.cluster, kind=kind, name=name, fqdn="", role=""),
    )


def _put(
    lab: Lab,
    party: Party,
    usage: Usage,
    name: str,
    sha256: str,
    there: Sequence[Place],
    now: datetime,
) -> None:
    if usage is Usage.UNASSIGNED and there:
        return
    for place in there:  # it has found its place
        if place.usage is Usage.UNASSIGNED:
            places.remove(lab.db, place.id)
    if usage is Usage.IDENTITY:
        put_in_slot(lab, party.id, name, sha256, since=now, how=HOW)
    else:
        places.put(lab.db, party.id, usage, name, sha256, since=now, how=HOW)


def _check_fits_slot(where: Assignment, usage: Usage, count: int) -> None:
    if usage is Usage.IDENTITY and count > 1:
        raise RuleError(
            "{purpose} on {node} holds one certificate; the files have {count} or more",
            hint="Import its chain into a trust store, and the leaf alone here.",
            purpose=where.purpose,
            node=where.node,
            count=count,
        )


def _check_name(name: str) -> None:
    if len(name) > 64 or not name.isprintable():
        raise RuleError(
            "{name} cannot be a name",
            hint="Use at most 64 readable characters.",
            name=repr(name[:80]),
        )


def _nothing(done: Imported) -> LabError:
    if not done.refused:
        return RuleError(
            "there is no file to import", hint="Name a file, or a folder with files."
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


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # a name that no file can have: `_read` says so
        return path


def _read(path: Path) -> bytes | LabError:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return BadInputError("it is no regular file", hint="Name a file.")
        if found.st_size > MAX_FILE_BYTES:
            return BadInputError(
                "the file has {size} bytes; the most is {limit}",
                hint="Split it into smaller files.",
                size=found.st_size,
                limit=MAX_FILE_BYTES,
            )
        return path.read_bytes()
    except OSError as error:
        return BadInputError(
            "it cannot be read: {reason}",
            hint="Check its name and its permissions.",
            reason=error.strerror,
        )
    except ValueError:
        return BadInputError(
            "its name has a character that no file name has", hint="Check its name."
        )
