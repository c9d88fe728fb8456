"""Read the files of the backup folder with care: anybody may have put them there.

A file is opened in memory only, after its bytes were looked at. What it says of itself
is believed only when the event log has its hash.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database

from lab.errors import BadInputError, LabError
from lab.models import Backup
from lab.store import settings
from lab.store.schema import migrations

MOST_BYTES = 1024**3
CLUSTER, AT, EVENT = "backup_cluster", "backup_at", "backup_event"
_MAGIC = b"SQLite format 3\0"
# For a file that nobody vouches for: steps of SQLite's machine, bytes of one value.
_STEPS, _LONGEST_VALUE = 1_000_000, 1_000_000


def shown(path: Path) -> str:
    """The name of a file, readable whatever bytes it is made of."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


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
    with closing(in_memory(data)) as connection:
        db = Database(connection, strict=True)
        if migrations.pending(db):
            migrations.apply(db)
        yield db


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
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise _unreadable(path, error) from None
    if size > MOST_BYTES:
        raise BadInputError(
            "{name} has {size} bytes; at most {limit} are read",
            hint="A backup of this lab is not so large.",
            name=shown(path),
            size=size,
            limit=MOST_BYTES,
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
    with closing(in_memory(data)) as connection:
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
        cluster, at, event = (settings.get(db, name) for name in (CLUSTER, AT, EVENT))
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


def in_memory(data: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    # The two bytes say that a log lies beside the file; in memory there is none.
    connection.deserialize(data[:18] + b"\1\1" + data[20:])
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _unreadable(path: Path, error: OSError) -> BadInputError:
    return BadInputError(
        "{name} cannot be read: {reason}",
        hint="Choose another file.",
        name=shown(path),
        reason=error.strerror,
    )
