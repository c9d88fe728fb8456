"""The files of the backup folder: written whole or not at all."""

import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database

from lab.errors import LabError, RuleError
from lab.models import Backup
from lab.store import events, settings
from lab.store.backup_reading import AT, CLUSTER, EVENT, MOST_BYTES, in_memory


def folder_of(db: Database) -> Path | None:
    """Where backups of this lab lie: beside its file. None for one in memory."""
    for _, name, file in db.execute("PRAGMA database_list").fetchall():
        if name == "main" and file:
            return Path(file).parent / "backups"
    return None


def files(folder: Path) -> list[Path]:
    """What lies in the folder, by name; what is no file of its own is passed over."""
    try:
        with os.scandir(folder) as found:
            names = [
                each.name
                for each in found
                if each.is_file(follow_symlinks=False) and each.name[0] != "."
            ]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _no_folder(folder, error) from None
    return [folder / name for name in sorted(names)]


def write(db: Database, folder: Path, cluster: str, now: datetime) -> Backup:
    """Copy all rows as they stand into a new private file of the folder.

    It gets its name once it is complete. What an earlier one left half done, when
    its process was killed, is removed; the caller holds the lab's write lock.
    """
    facts = {
        CLUSTER: cluster,
        AT: now.isoformat(),
        EVENT: str(events.count(db)),
    }
    _check_size(db)
    part = folder / f".{_main_file(db)}.part"
    journal = part.with_name(f"{part.name}-journal")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        journal.unlink(missing_ok=True)
        try:
            _write_part(db, part, facts)
            data = part.read_bytes()
            path = _name_for(folder, cluster, now)
            part.rename(path)
        except BaseException:
            for left in (part, journal):
                with suppress(OSError):
                    left.unlink()
            raise
        _settle(folder)
    except OSError as error:
        raise _no_folder(folder, error) from None
    except sqlite3.OperationalError as error:
        raise _not_written(folder, error) from None
    return Backup(
        name=path.name,
        size=len(data),
        cluster=cluster,
        at=now,
        event=int(facts[EVENT]),
        digest=sha256(data).hexdigest(),
    )


def remove(folder: Path, name: str) -> None:
    """Take back a file that was just written, when its deed is undone."""
    with suppress(OSError):
        (folder / name).unlink()


def told_of(db: Database, digest: str) -> bool:
    """Whether the event log has it that this very file was made."""
    found = db.conn.execute(
        "SELECT 1 FROM events WHERE kind = 'backup.made' AND instr(detail, ?) LIMIT 1",
        [digest],
    )
    return found.fetchone() is not None


def _check_size(db: Database) -> None:
    (pages,), (page,) = (
        db.execute(f"PRAGMA {each}").fetchone() for each in ("page_count", "page_size")
    )
    if pages * page > MOST_BYTES:
        raise RuleError(
            "the lab has {size} bytes; backups have at most {limit}",
            hint="Copy its file while nobody writes to it.",
            size=pages * page,
            limit=MOST_BYTES,
        )


def _write_part(db: Database, part: Path, facts: Mapping[str, str]) -> None:
    # It holds private keys: it is its owner's alone from the first byte on.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # A copy of what this connection sees, with what the deed around has written.
    with closing(in_memory(db.conn.serialize())) as copy:
        for name, value in facts.items():
            settings.put(Database(copy, strict=True), name, value)
        copy.commit()
        with closing(sqlite3.connect(part)) as file:
            copy.backup(file)
    _settle(part)


def _settle(path: Path) -> None:
    """Have the disk really hold it."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _name_for(folder: Path, cluster: str, now: datetime) -> Path:
    words = re.sub(r"[^a-z0-9]+", "-", cluster.lower()).strip("-") or "cluster"
    stem, number = f"{now:%Y%m%d-%H%M%S}-{words}", 1
    while (path := folder / f"{stem}{f'-{number}' * (number > 1)}.sqlite3").exists():
        number += 1
    return path


def _main_file(db: Database) -> str:
    (file,) = [row[2] for row in db.execute("PRAGMA database_list") if row[1] == "main"]
    return Path(file).name


def _no_folder(folder: Path, error: OSError) -> LabError:
    return LabError(
        "the backup folder {folder} cannot be used: {reason}",
        hint="Make room or give rights there, then try again.",
        folder=folder,
        reason=error.strerror,
    )


def _not_written(folder: Path, error: sqlite3.Error) -> LabError:
    return LabError(
        "the backup cannot be written to {folder}: {reason}",
        hint="Make room or give rights there, then try again.",
        folder=folder,
        reason=error,
    )
