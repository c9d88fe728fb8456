"""The `settings` table: what every session and the machine routes share."""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from sqlite_utils import Database

DEFAULTS = {
    "clock_shift": "0",  # seconds between the machine's time and the lab's
    "base_url": "http://127.0.0.1:8501",  # in the AIA and CRL URLs of certificates
    "thresholds": "90,30,7",  # days left at which a badge changes
    "allowed_networks": "",  # to speak to, beside those that the rules allow
}


def get(db: Database, name: str) -> str:
    row = db.conn.execute(
        "SELECT value FROM settings WHERE name = ?", [name]
    ).fetchone()
    return row[0] if row else DEFAULTS.get(name, "")


def put(db: Database, name: str, value: str) -> None:
    db.conn.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, value])


def clock_shift(db: Database) -> timedelta:
    return timedelta(seconds=int(get(db, "clock_shift")))


def set_clock_shift(db: Database, shift: timedelta) -> None:
    put(db, "clock_shift", str(int(shift.total_seconds())))


def thresholds(db: Database) -> tuple[int, int, int]:
    """Days left at which a certificate ends soon, sooner, and now."""
    far, near, now = (int(days) for days in get(db, "thresholds").split(","))
    return far, near, now


def allowed_networks(db: Database) -> list[IPv4Network | IPv6Network]:
    """Networks that the lab may speak to, beside those that the rules allow."""
    return [ip_network(text) for text in get(db, "allowed_networks").split(",") if text]


def set_allowed_networks(
    db: Database, networks: Iterable[IPv4Network | IPv6Network]
) -> None:
    put(db, "allowed_networks", ",".join(map(str, networks)))


def parameter(db: Database, cluster: str, name: str) -> str:
    """An enterprise parameter of a cluster; empty while it has its default."""
    return get(db, f"parameter {cluster} {name}")


def put_parameter(db: Database, cluster: str, name: str, value: str) -> None:
    put(db, f"parameter {cluster} {name}", value)
