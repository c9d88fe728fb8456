"""The lab itself: the rows, the time and the keys that every action works with."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from lab.clock import Clock, ShiftedClock
from lab.errors import LabError
from lab.models import KeySpec
from lab.pki.keys import PrivateKey, make_key
from lab.pki.sealing import Sealer
from lab.store import keys, settings
from lab.store.database import (
    WAIT_SECONDS,
    copy_to_memory,
    forget_old_pages,
    immediate,
    open_database,
)

DEFAULT_PATH = "data/lab.sqlite3"


@dataclass(frozen=True)
class Lab:
    """A handle: what is done with it is done to these rows, at this clock's time."""

    db: Database
    clock: Clock
    actor: str = ""  # who is at work, for the event log
    sealer: Sealer | None = None  # seals private keys, when there is a passphrase
    make_key: Callable[[KeySpec], PrivateKey] = make_key
    touched: set[str] = field(default_factory=set)  # by the deed that is going on

    def touch(self, certificate: str) -> None:
        """Have this certificate, and all below it, judged again when the deed is done.

        That is all a change of a trust store asks for: only what stands below the
        root that came or went can end on another day.
        """
        self.touched.add(certificate)

    def what_if(self, clock: Clock) -> "Lab":
        """A copy at another time; what is done to it stays in it."""
        return replace(self, db=copy_to_memory(self.db), clock=clock, touched=set())

    def close(self) -> None:
        self.db.close()


def lab_path() -> Path:
    """The file that `LAB_DB` names, or the default one."""
    return Path(os.environ.get("LAB_DB") or DEFAULT_PATH)


def open_lab(
    path: Path | str, *, actor: str = "", wait_seconds: float = WAIT_SECONDS
) -> Lab:
    """Open the lab in this file, made when missing.

    With `LAB_KEY_PASSPHRASE` set, every private key in it is sealed from then on; a
    passphrase that does not fit is a `RuleError`. Without it, a sealed lab can be
    looked at, and whatever needs a key is refused. `wait_seconds` is how long a
    writer waits for another.
    """
    db = open_database(path, wait_seconds=wait_seconds)
    try:
        sealer = _sealer(db, os.environ.get("LAB_KEY_PASSPHRASE", ""))
    except LabError:
        db.close()
        raise
    clock = ShiftedClock(partial(settings.clock_shift, db))
    return Lab(db, clock, actor=actor, sealer=sealer)


def _sealer(db: Database, passphrase: str) -> Sealer | None:
    if not passphrase:
        return None
    sealer = Sealer.from_passphrase(passphrase, bytes.fromhex(_salt(db)))
    check = settings.get(db, "key_check")
    if check:
        sealer.unseal(bytes.fromhex(check), "this lab")
    if not check or any(keys.unsealed(db)):
        _seal_all(db, sealer)
    return sealer


def _salt(db: Database) -> str:
    if not settings.get(db, "key_salt"):
        with immediate(db):
            salt = settings.get(db, "key_salt") or secrets.token_hex(16)
            settings.put(db, "key_salt", salt)
    return settings.get(db, "key_salt")


def _seal_all(db: Database, sealer: Sealer) -> None:
    with immediate(db):
        # Somebody else may have been first, with another passphrase.
        if check := settings.get(db, "key_check"):
            sealer.unseal(bytes.fromhex(check), "this lab")
        else:
            settings.put(db, "key_check", sealer.seal(b"", "this lab").hex())
        for key_id, material in list(keys.unsealed(db)):
            keys.seal(db, key_id, sealer.seal(material, key_id))
    forget_old_pages(db)
