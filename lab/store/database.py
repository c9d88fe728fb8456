"""Open the lab's one file, and write to it one deed at a time."""

import errno
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlite_utils import Database

from lab.errors import BadInputError, BusyError, LabError
from lab.store.schema import migrations

WAIT_SECONDS = 10
_BULK_KIB = 24 * 1024
_TRY_AGAIN_SECONDS = (0.001, 0.01)
_making = Lock()  # nobody connects to a file between its making and its closing


def open_database(path: Path | str, *, wait_seconds: float = WAIT_SECONDS) -> Database:
    """Open the file, made when missing, with its tables up to date.

    A file that is no SQLite database, or cannot be opened, is a `BadInputError`, and
    so is one that a newer version of the lab has made. Whoever wants to write waits
    `wait_seconds` for another writer, and is then told by a `BusyError`.
    """
    if str(path) != ":memory:":
        _make_private(Path(path))
    # Streamlit runs one session on many threads, though never on two at once.
    try:
        connection = sqlite3.connect(
            path, timeout=wait_seconds, check_same_thread=False
        )
    except sqlite3.OperationalError as error:
        raise _no_lab(path, error) from None
    try:
        db = Database(connection, strict=True)
        _check_version(db, path)
        db.enable_wal()
        _set_pragmas(db)
        if migrations.pending(db):
            with immediate(db):
                migrations.apply(db)
    except sqlite3.DatabaseError as error:
        connection.close()
        if _is_locked(error):
            raise _busy(wait_seconds) from None
        raise _no_lab(path, error) from None
    except LabError:
        connection.close()
        raise
    return db


def copy_to_memory(db: Database) -> Database:
    """The same rows in memory; what is done to them stays there."""
    scratch = Database(
        sqlite3.connect(":memory:", check_same_thread=False), strict=True
    )
    db.conn.backup(scratch.conn)
    _set_pragmas(scratch)
    return scratch


@contextmanager
def immediate(db: Database) -> Iterator[None]:
    """One transaction that may check and then write; nested ones are savepoints.

    It takes the write lock first, so that two people cannot both pass the check. A
    lock that is not to be had in time is a `BusyError`.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield
        return
    _take_write_lock(db)
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _take_write_lock(db: Database) -> None:
    """Begin to write, waiting as long as this connection waits.

    SQLite's own waiting favours whoever came last: it tries less often the longer it
    waits. Here all who wait try equally often, so nobody is left out.
    """
    seconds = _wait_seconds(db)
    until = time.monotonic() + seconds
    db.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                db.conn.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if not _is_locked(error):
                    raise
                if time.monotonic() >= until:
                    raise _busy(seconds) from None
            time.sleep(random.uniform(*_TRY_AGAIN_SECONDS))
    finally:
        db.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


@contextmanager
def bulk(db: Database) -> Iterator[None]:
    """For a deed that writes a great deal, and deletes nothing that is secret.

    More pages stay at hand, and what index pages let go of is not wiped.
    """
    (pages,) = db.execute("PRAGMA cache_size").fetchone()
    db.execute(f"PRAGMA cache_size = {-_BULK_KIB}")
    db.execute("PRAGMA secure_delete = OFF").fetchall()
    try:
        yield
    finally:
        db.execute("PRAGMA secure_delete = ON").fetchall()
        db.execute(f"PRAGMA cache_size = {pages}")


@contextmanager
def telling_trouble(db: Database) -> Iterator[None]:
    """Turn what is wrong with the file itself into refusals of what is done here."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if _is_locked(error):
            raise _busy(_wait_seconds(db)) from None
        raise _broken(error) from None
    except sqlite3.DatabaseError as error:
        # The kinds below it are mistakes of the program, not of the file.
        if type(error) is not sqlite3.DatabaseError:
            raise
        raise _broken(error) from None


def troubles(db: Database) -> list[str]:
    """What SQLite finds wrong with the file, a line each; empty when all is well."""
    found = [line for (line,) in db.execute("PRAGMA integrity_check") if line != "ok"]
    rows = db.execute("PRAGMA foreign_key_check")
    return found + [
        f"row {number} of {table} names a row of {parent} that is not there"
        for table, number, parent, _ in rows
    ]


def forget_old_pages(db: Database) -> None:
    """Leave nothing in the file, or beside it, of what rows held before."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def data_version(db: Database) -> int:
    """A number that changes when another connection has written."""
    (number,) = db.execute("PRAGMA data_version").fetchone()
    return int(number)


def _set_pragmas(db: Database) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    # A deleted or sealed key leaves no copy of itself in free pages.
    db.execute("PRAGMA secure_delete = ON")


def _check_version(db: Database, path: Path | str) -> None:
    """Refuse a file with tables of something else, or of a lab from the future."""
    tables = db.table_names()  # asked first: somebody may be making them right now
    applied = {each.name for each in migrations.applied(db)}
    if tables and not applied:
        raise BadInputError(
            "{path} is a database of something else",
            hint="Name another file with LAB_DB or --db.",
            path=path,
        )
    empty = Database(memory=True)
    known = {each.name for each in migrations.pending(empty)}
    empty.close()
    if unknown := applied - known:
        raise BadInputError(
            "{path} was made by a newer version of the lab: it has {unknown}",
            hint="Use that version, or name another file with LAB_DB or --db.",
            path=path,
            unknown=", ".join(sorted(unknown)),
        )


def _is_locked(error: sqlite3.Error) -> bool:
    return "locked" in str(error)


def _wait_seconds(db: Database) -> float:
    (milliseconds,) = db.conn.execute("PRAGMA busy_timeout").fetchone()
    return float(milliseconds) / 1000


def _busy(seconds: float) -> BusyError:
    return BusyError(
        "the lab was being written to for {seconds} seconds",
        hint="Nothing was changed. Try again in a moment.",
        seconds=f"{seconds:g}",
    )


def _broken(error: sqlite3.Error) -> LabError:
    return LabError(
        "the lab's file cannot be used: {reason}",
        hint="Look at it with: python -m lab verify. Name another with LAB_DB or --db.",
        reason=error,
    )


def _make_private(path: Path) -> None:
    # The file holds private keys: it is its owner's alone from the first byte on.
    # SQLite gives its side files the same mode. A file that is there is not opened:
    # closing it again would take away the locks of every other connection that this
    # process has to it (POSIX), and with them what they write.
    if os.path.isdir(path):
        raise _no_lab(path, os.strerror(errno.EISDIR))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _making:
            new = os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL, 0o600)
            os.close(new)
    except FileExistsError:
        pass
    except OSError as error:
        raise _no_lab(path, error.strerror) from None


def _no_lab(path: Path | str, reason: object) -> BadInputError:
    return BadInputError(
        "{path} cannot be opened as a lab: {reason}",
        hint="Name another file with LAB_DB or --db.",
        path=path,
        reason=reason,
    )
