"""The `oauth_keys`, `oauth_copies` and `tokens` tables: what signs users in."""

from datetime import datetime

from sqlite_utils import Database

from lab.models import HeldKey, Token


def put(db: Database, cluster: str, kind: str, key: str, made_at: datetime) -> None:
    """Make it the cluster's key of that kind."""
    db.conn.execute(
        "INSERT OR REPLACE INTO oauth_keys (cluster, kind, key, made_at)"
        " VALUES (?, ?, ?, ?)",
        [cluster, kind, key, made_at.isoformat()],
    )


def of_cluster(db: Database, cluster: str) -> dict[str, HeldKey]:
    """The cluster's own keys, by kind."""
    rows = db.conn.execute(
        "SELECT kind, key, made_at FROM oauth_keys WHERE cluster = ?", [cluster]
    )
    return {row[0]: _held(*row) for row in rows}


def put_copy(db: Database, party: int, kind: str, key: str, since: datetime) -> None:
    """Make it the key of that kind which one node works with."""
    db.conn.execute(
        "INSERT OR REPLACE INTO oauth_copies (party, kind, key, since)"
        " VALUES (?, ?, ?, ?)",
        [party, kind, key, since.isoformat()],
    )


def copies(db: Database, party: int) -> dict[str, HeldKey]:
    """The keys that one node works with, by kind."""
    rows = db.conn.execute(
        "SELECT kind, key, since FROM oauth_copies WHERE party = ?", [party]
    )
    return {row[0]: _held(*row) for row in rows}


def drop_unused(db: Database) -> None:
    """Forget encryption keys that no cluster and no node works with any more."""
    db.conn.execute("""
        DELETE FROM keys WHERE type = 'AES'
        AND id NOT IN (SELECT key FROM oauth_keys)
        AND id NOT IN (SELECT key FROM oauth_copies)
    """)


def signer(db: Database, key: str) -> bytes | None:
    """The DER of a certificate for this signing key, if the lab has one."""
    row = db.conn.execute(
        "SELECT d.der FROM certificates c JOIN ders d ON d.certificate = c.sha256 "
        "WHERE c.key_id = ? LIMIT 1",
        [key],
    ).fetchone()
    return row[0] if row else None


def add_token(
    db: Database,
    cluster: str,
    user: str,
    kind: str,
    token: str,
    *,
    issued_at: datetime,
    ends_at: datetime,
    signing_key: str,
    encryption_key: str,
) -> None:
    db.conn.execute(
        "INSERT INTO tokens (cluster, user, kind, issued_at, ends_at, signing_key,"
        " encryption_key, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            cluster,
            user,
            kind,
            issued_at.isoformat(),
            ends_at.isoformat(),
            signing_key,
            encryption_key,
            token,
        ],
    )


def sign_out(db: Database, cluster: str, user: str) -> None:
    """Forget the tokens of a user, who gets new ones."""
    db.conn.execute(
        "DELETE FROM tokens WHERE cluster = ? AND user = ?", [cluster, user]
    )


def tokens(db: Database, cluster: str) -> list[Token]:
    rows = db.conn.execute(
        "SELECT id, user, kind, issued_at, ends_at, token FROM tokens "
        "WHERE cluster = ? ORDER BY user, kind, id",
        [cluster],
    )
    return [
        Token(
            id=number,
            user=user,
            kind=kind,
            issued_at=datetime.fromisoformat(issued_at),
            ends_at=datetime.fromisoformat(ends_at),
            text=text,
        )
        for number, user, kind, issued_at, ends_at, text in rows
    ]


def _held(kind: str, key: str, since: str) -> HeldKey:
    return HeldKey(kind=kind, key=key, since=datetime.fromisoformat(since))
