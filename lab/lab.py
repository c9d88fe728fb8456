"""The lab itself: the rows, the time and the keys that every action works with."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from lab.clock import Clock, ShiftedClock
from lab.models import KeySpec
from lab.pki.keys import PrivateKey, make_key
from lab.pki.sealing import Sealer
from lab.store import keys, settings
from lab.store.database import copy_to_memory, immediate, open_database

DEFAULT_PATH = "data/lab.sqlite3"


@dataclass
class Touched:
    """What a deed has changed so far, and who must be judged again for it."""

    certificates: set[str] = field(default_factory=set)
    stores: set[tuple[str, str]] = field(default_factory=set)  # (cluster, store)

    def clear(self) -> None:
        self.certificates.clear()
        self.stores.clear()


@dataclass(frozen=True)
class Lab:
    """A handle: what is done with it is done to these rows, at this clock's time."""

    db: Database
    clock: Clock
    actor: str = ""  # who is at work, for the event log
    sealer: Sealer | None = None  # seals private keys, when there is a passphrase
    make_key: Callable[[KeySpec], PrivateKey] = make_key
    touched: Touched = field(default_factory=Touched)

    def touch(self, certificate: str, *, store: tuple[str, str] | None = None) -> None:
        """Have this certificate, and all that a store decides over, judged again.

        `store` is (cluster, trust store).
        """
        self.touched.certificates.add(certificate)
        if store:
            self.touched.stores.add(store)

    def what_if(self, clock: Clock) -> "Lab":
        """A copy at another time; what is done to it stays in it."""
        return replace(self, db=copy_to_memory(self.db), clock=clock, touched=Touched())

    def close(self) -> None:
        self.db.close()


def lab_path() -> Path:
    """The file that `LAB_DB` names, or the default one."""
    return Path(os.environ.get("LAB_DB") or DEFAULT_PATH)


def open_lab(path: Path | str, *, actor: str = "") -> Lab:
    """Open the lab in this file, made when missing.

    With `LAB_KEY_PASSPHRASE` set, every private key in it is sealed from then on; a
    passphrase that does not fit is a `RuleError` when a key is first needed.
    """
    db = open_database(path)
    sealer = _sealer(db, os.environ.get("LAB_KEY_PASSPHRASE", ""))
    clock = ShiftedClock(partial(settings.clock_shift, db))
    return Lab(db, clock, actor=actor, sealer=sealer)


def _sealer(db: Database, passphrase: str) -> Sealer | None:
    if not passphrase:
        return None
    with immediate(db):
        salt = settings.get(db, "key_salt")
        if not salt:
            salt = secrets.token_hex(16)
            settings.put(db, "key_salt", salt)
        sealer = Sealer.from_passphrase(passphrase, bytes.fromhex(salt))
        for key_id, material in list(keys.unsealed(db)):
            keys.seal(db, key_id, sealer.seal(material, key_id))
    return sealer
