"""The `faults` table: what responders and lists do wrong on purpose."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.models import Fault

_COLUMNS = "target, channel, fault, seconds, since"


def put(db: Database, fault: Fault, since: datetime) -> None:
    """Keep it in place of what the target had on that channel."""
    db.conn.execute(
        f"INSERT OR REPLACE INTO faults ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        [fault.target, fault.channel, fault.fault, fault.seconds, since.isoformat()],
    )


def every(db: Database) -> list[Fault]:
    """All of them, those of everything first."""
    return _read(db, "ORDER BY target, channel", [])


def of(db: Database, target: str) -> list[Fault]:
    """Those of exactly this target."""
    return _read(db, "WHERE target = ? ORDER BY channel", [target])


def at(db: Database, targets: Iterable[str], channel: str) -> list[Fault]:
    """Those on a channel whose target is one of these."""
    named = list(targets)
    marks = ", ".join("?" * len(named))
    return _read(db, f"WHERE target IN ({marks}) AND channel = ?", [*named, channel])


def below(db: Database, issuer: str, channel: str) -> list[tuple[str, Fault]]:
    """Those of single certificates that this issuer (a fingerprint) has signed.

    Each with the serial number of its certificate, in hex.
    """
    found = {fault.target: fault for fault in every(db) if fault.channel == channel}
    rows = db.conn.execute(
        "SELECT serial, sha256 FROM certificates JOIN issuer_links k ON k.child = "
        "sha256 WHERE k.issuer = ? AND sha256 IN "
        "(SELECT target FROM faults WHERE channel = ?) ORDER BY serial",
        [issuer, channel],
    )
    return [(serial, found[sha256]) for serial, sha256 in rows]


def serials_below(db: Database, issuer: str) -> list[str]:
    """The serial numbers, in hex, of all that this issuer has signed."""
    rows = db.conn.execute(
        "SELECT serial FROM certificates JOIN issuer_links k ON k.child = sha256 "
        "WHERE k.issuer = ? AND k.child <> k.issuer ORDER BY serial",
        [issuer],
    )
    return [serial for (serial,) in rows]


def drop(db: Database, target: str, channel: str) -> None:
    db.conn.execute(
        "DELETE FROM faults WHERE target = ? AND channel = ?", [target, channel]
    )


def _read(db: Database, rest: str, values: list[Any]) -> list[Fault]:
    rows = db.conn.execute(f"SELECT {_COLUMNS} FROM faults {rest}", values)
    return [
        Fault(
            target=target,
            channel=channel,
            fault=fault,
            seconds=seconds,
            since=datetime.fromisoformat(since),
        )
        for target, channel, fault, seconds, since in rows
    ]
