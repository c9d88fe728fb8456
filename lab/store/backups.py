"""The files of the backup folder: written whole or not at all, and read with care.

A file that anybody may have put there is opened in memory only, after its bytes were
looked at, and it is believed only when the event log has its hash.
"""

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database

from lab.errors import BadInputError, LabError
from lab.models import Backup
from lab.store import events, settings
from lab.store.schema import migrations

_MOST_BYTES = 1024**3
_MAGIC = b"SQLite format 3\0"
# For a file that nobody vouches for: steps of SQLite's machine, bytes of one value.
_STEPS, _LONGEST_VALUE = 1_000_000, 1_000_000
_CLUSTER, _AT, _EVENT = "backup_cluster", "backup_at", "backup_event"


def folder_of(db: Database) -> Path | None:
    """Where backups of this lab lie: beside its file. None for one in memory."""
    for _, name, file in db.execute("PRAGMA database_list").fetchall():
        if name == "main" and file:
            return Path(file).parent / "backups"
    return None


def files(folder: Path) -> list[Path]:
    """What lies in the folder, by name; what is no file of its own is passed over."""
    try:
        with os.scandir(folder) as found:
            names = [
                each.name
                for each in found
                if each.is_file(follow_symlinks=False) and each.name[0] != "."
            ]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _no_folder(folder, error) from None
    return [folder / name for name in sorted(names)]


def shown(path: Path) -> str:
    """The name of a file, readable whatever bytes it is made of."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def write(db: Database, folder: Path, cluster: str, now: datetime) -> Backup:
    """Copy all rows as they stand into a new private file of the folder.

    It gets its name once it is complete. What an earlier one left half done, when
    its process was killed, is removed; the caller holds the lab's write lock.
    """
    facts = {
        _CLUSTER: cluster,
        _AT: now.isoformat(),
        _EVENT: str(events.count(db)),
    }
    part = folder / f".{_main_file(db)}.part"
    journal = part.with_name(f"{part.name}-journal")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        journal.unlink(missing_ok=True)
        try:
            _write_part(db, part, facts)
            data = part.read_bytes()
            path = _name_for(folder, cluster, now)
            part.rename(path)
        except BaseException:
            for left in (part, journal):
                with suppress(OSError):
                    left.unlink()
            raise
        _settle(folder)
    except OSError as error:
        raise _no_folder(folder, error) from None
    except sqlite3.OperationalError as error:
        raise _not_written(folder, error) from None
    return Backup(
        name=path.name,
        size=len(data),
        cluster=cluster,
        at=now,
        event=int(facts[_EVENT]),
        digest=sha256(data).hexdigest(),
    )


def remove(folder: Path, name: str) -> None:
    """Take back a file that was just written, when its deed is undone."""
    with suppress(OSError):
        (folder / name).unlink()


def look(path: Path) -> Backup:
    """What a file says of itself, or what is wrong with it; nothing is believed yet."""
    try:
        told = path.stat()
    except OSError as error:
        return _as_problem(path, 0, _unreadable(path, error))
    key = (told.st_size, told.st_mtime_ns, told.st_ino)
    return _look_once(path, *key)


def check(path: Path) -> Backup:
    """The same, but what is wrong with it is a `BadInputError`."""
    return _facts(path, _read(path))


@contextmanager
def opened(path: Path, digest: str) -> Iterator[Database]:
    """The rows of a backup, in memory and with the tables of today.

    A file that is not the one of this hash any more is a `BadInputError`.
    """
    data = _read(path)
    if sha256(data).hexdigest() != digest:
        raise BadInputError(
            "{name} was changed while it was looked at",
            hint="Take another backup.",
            name=shown(path),
        )
    with closing(_in_memory(data)) as connection:
        db = Database(connection, strict=True)
        if migrations.pending(db):
            migrations.apply(db)
        yield db


def told_of(db: Database, digest: str) -> bool:
    """Whether the event log has it that this very file was made."""
    found = db.conn.execute(
        "SELECT 1 FROM events WHERE kind = 'backup.made' AND instr(detail, ?) LIMIT 1",
        [digest],
    )
    return found.fetchone() is not None


@lru_cache(maxsize=256)
def _look_once(path: Path, size: int, changed: int, number: int) -> Backup:
    del changed, number  # they tell this file from what it was before
    try:
        return check(path)
    except LabError as problem:
        return _as_problem(path, size, problem)


def _as_problem(path: Path, size: int, problem: LabError) -> Backup:
    return Backup(
        name=shown(path),
        size=size,
        problem=problem.template,
        evidence=tuple((name, str(each)) for name, each in problem.values.items()),
    )


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _MOST_BYTES else b""
    except OSError as error:
        raise _unreadable(path, error) from None
    if size > _MOST_BYTES:
        raise BadInputError(
            "{name} has {size} bytes; at most {limit} are read",
            hint="A backup of this lab is not so large.",
            name=shown(path),
            size=size,
            limit=_MOST_BYTES,
        )
    if not data.startswith(_MAGIC):
        raise BadInputError(
            "{name} is no backup: it is not a file of SQLite",
            hint="Choose another file.",
            name=shown(path),
        )
    return data


def _facts(path: Path, data: bytes) -> Backup:
    """What the file says of itself; whatever it holds, this ends soon."""
    with closing(_in_memory(data)) as connection:
        connection.set_progress_handler(lambda: 1, _STEPS)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        try:
            return _read_facts(path, data, Database(connection, strict=True))
        except sqlite3.Error as error:
            raise BadInputError(
                "{name} is damaged: {reason}",
                hint="Take another backup.",
                name=shown(path),
                reason=error,
            ) from None


def _read_facts(path: Path, data: bytes, db: Database) -> Backup:
    tables = {
        name
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if not {migrations.migrations_table, "settings", "events"} <= tables:
        raise BadInputError(
            "{name} is a database of something else",
            hint="Choose another file.",
            name=shown(path),
        )
    with closing(sqlite3.connect(":memory:")) as empty:
        known = {each.name for each in migrations.pending(Database(empty))}
    if unknown := {str(each.name) for each in migrations.applied(db)} - known:
        raise BadInputError(
            "{name} was made by a newer version of the lab: it has {unknown}",
            hint="Restore it with that version.",
            name=shown(path),
            unknown=", ".join(sorted(unknown)),
        )
    try:
        cluster, at, event = (
            settings.get(db, name) for name in (_CLUSTER, _AT, _EVENT)
        )
        return Backup(
            name=shown(path),
            size=len(data),
            cluster=cluster,
            at=datetime.fromisoformat(at),
            event=int(event),
            digest=sha256(data).hexdigest(),
        )
    except (TypeError, ValueError):
        raise BadInputError(
            "{name} is a lab, but no backup of a cluster",
            hint="Name it with LAB_DB or --db to look at it.",
            name=shown(path),
        ) from None


def _in_memory(data: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    # The two bytes say that a log lies beside the file; in memory there is none.
    connection.deserialize(data[:18] + b"\1\1" + data[20:])
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _write_part(db: Database, part: Path, facts: Mapping[str, str]) -> None:
    # It holds private keys: it is its owner's alone from the first byte on.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # A copy of what this connection sees, with what the deed around has written.
    with closing(_in_memory(db.conn.serialize())) as copy:
        for name, value in facts.items():
            settings.put(Database(copy, strict=True), name, value)
        copy.commit()
        with closing(sqlite3.connect(part)) as file:
            copy.backup(file)
    _settle(part)


def _settle(path: Path) -> None:
    """Have the disk really hold it."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _name_for(folder: Path, cluster: str, now: datetime) -> Path:
    words = re.sub(r"[^a-z0-9]+", "-", cluster.lower()).strip("-") or "cluster"
    stem, number = f"{now:%Y%m%d-%H%M%S}-{words}", 1
    while (path := folder / f"{stem}{f'-{number}' * (number > 1)}.sqlite3").exists():
        number += 1
    return path


def _main_file(db: Database) -> str:
    (file,) = [row[2] for row in db.execute("PRAGMA database_list") if row[1] == "main"]
    return Path(file).name


def _unreadable(path: Path, error: OSError) -> BadInputError:
    return BadInputError(
        "{name} cannot be read: {reason}",
        hint="Choose another file.",
        name=shown(path),
        reason=error.strerror,
    )


def _no_folder(folder: Path, error: OSError) -> LabError:
    return LabError(
        "the backup folder {folder} cannot be used: {reason}",
        hint="Make room or give rights there, then try again.",
        folder=folder,
        reason=error.strerror,
    )


def _not_written(folder: Path, error: sqlite3.Error) -> LabError:
    return LabError(
        "the backup cannot be written to {folder}: {reason}",
        hint="Make room or give rights there, then try again.",
        folder=folder,
        reason=error,
    )
