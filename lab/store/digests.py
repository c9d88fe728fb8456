"""Which things a long look has met: kept beside the lab, on disk when they are many."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def digests() -> Iterator["Digests"]:
    """Begin with none; they are gone when the body has run."""
    # SQLite keeps a database without a name in memory, and spills it into a file that
    # has no name either.
    found = Digests(sqlite3.connect("", check_same_thread=False))
    try:
        yield found
    finally:
        found.close()


class Digests:
    """A set of digests that takes no more memory the more they are."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "CREATE TABLE met (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID"
        )

    def add(self, digests: Sequence[str]) -> list[bool]:
        """Add digests in hex; say of each whether it is met for the first time."""
        insert = self._connection.cursor()
        first = []
        for digest in digests:
            met = bytes.fromhex(digest)
            insert.execute("INSERT OR IGNORE INTO met VALUES (?)", [met])
            first.append(insert.rowcount > 0)
        return first

    def close(self) -> None:
        self._connection.close()
