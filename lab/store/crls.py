"""The `crls` table: what each authority published, by number."""

from datetime import datetime

from sqlite_utils import Database

from lab.models import Crl


def add(db: Database, crl: Crl) -> None:
    db.conn.execute(
        "INSERT INTO crls (authority, scope, number, base, der, this_update, "
        "next_update) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            crl.authority,
            crl.scope,
            crl.number,
            crl.base,
            crl.der,
            crl.this_update.isoformat(),
            crl.next_update.isoformat(),
        ],
    )


def latest(db: Database, authority: str) -> Crl | None:
    row = db.conn.execute(
        "SELECT number, der, this_update, next_update FROM crls "
        "WHERE authority = ? ORDER BY number DESC LIMIT 1",
        [authority],
    ).fetchone()
    if row is None:
        return None
    number, der, this_update, next_update = row
    return Crl(
        authority=authority,
        number=number,
        der=der,
        this_update=datetime.fromisoformat(this_update),
        next_update=datetime.fromisoformat(next_update),
    )
