"""Open the lab's one file, and write to it one deed at a time."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from lab.errors import BadInputError, BusyError
from lab.store.schema import migrations

_WAIT_SECONDS = 10


def open_database(path: Path | str) -> Database:
    """Open the file, made when missing, with its tables up to date.

    A file that is no SQLite database, or cannot be opened, is a `BadInputError`.
    """
    if str(path) != ":memory:":
        _make_private(Path(path))
    try:
        # Streamlit runs one session on many threads, though never on two at once.
        connection = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, check_same_thread=False
        )
        db = Database(connection, strict=True)
        db.enable_wal()
        _set_pragmas(db)
        if migrations.pending(db):
            with immediate(db):
                migrations.apply(db)
    except sqlite3.DatabaseError as error:
        raise BadInputError(
            "{path} cannot be opened as a lab: {reason}",
            hint="Name another file with LAB_DB or --db.",
            path=path,
            reason=error,
        ) from None
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
    lock that is not to be had in ten seconds is a `BusyError`.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield
        return
    try:
        db.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise BusyError(
            "the lab was being written to for {seconds} seconds",
            hint="Nothing was changed. Try again in a moment.",
            seconds=_WAIT_SECONDS,
        ) from None
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def data_version(db: Database) -> int:
    """A number that changes when another connection has written."""
    (number,) = db.execute("PRAGMA data_version").fetchone()
    return int(number)


def _set_pragmas(db: Database) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    # A deleted or sealed key leaves no copy of itself in free pages.
    db.execute("PRAGMA secure_delete = ON")


def _make_private(path: Path) -> None:
    # The file holds private keys: it is its owner's alone from the first byte on.
    # SQLite gives its side files the same mode.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise BadInputError(
            "{path} cannot be opened as a lab: {reason}",
            hint="Name another file with LAB_DB or --db.",
            path=path,
            reason=error.strerror,
        ) from None
