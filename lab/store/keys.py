"""The `keys` table: private keys, sealed when the lab has a passphrase."""

from collections.abc import Iterator

from sqlite_utils import Database

from lab.errors import NotFoundError
from lab.models import KeySpec


def add(
    db: Database, key_id: str, spec: KeySpec, material: bytes, *, sealed: bool
) -> None:
    db.conn.execute(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [key_id, spec.type, spec.size, int(sealed), material],
    )


def get(db: Database, key_id: str) -> tuple[bytes, bool]:
    """The key's bytes, and whether they are sealed."""
    row = db.conn.execute(
        "SELECT material, sealed FROM keys WHERE id = ?", [key_id]
    ).fetchone()
    if row is None:
        raise NotFoundError(
            "the lab does not hold the private key {key_id}",
            hint="Only the lab's own certificates can sign.",
            key_id=key_id[:16],
        )
    return row[0], bool(row[1])


def known(db: Database, key_id: str) -> bool:
    found = db.conn.execute("SELECT 1 FROM keys WHERE id = ?", [key_id])
    return found.fetchone() is not None


def unsealed(db: Database) -> Iterator[tuple[str, bytes]]:
    yield from db.conn.execute("SELECT id, material FROM keys WHERE sealed = 0")


def seal(db: Database, key_id: str, material: bytes) -> None:
    db.conn.execute(
        "UPDATE keys SET material = ?, sealed = 1 WHERE id = ?", [material, key_id]
    )


def drop(db: Database, key_id: str) -> None:
    db.conn.execute("DELETE FROM keys WHERE id = ?", [key_id])
