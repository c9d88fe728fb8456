"""Open labs for the machine routes: each is lent to one request at a time."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from lab.errors import BadInputError, LabError, NotFoundError, RuleError
from lab.lab import Lab, lab_path, open_lab
from lab.store.database import telling_trouble

_WAIT_SECONDS = 2  # for the write lock; a machine asks again by itself
_MOST_IDLE = 8

_log = logging.getLogger(__name__)
_idle: list[tuple[tuple[str, int, int], Lab]] = []
_lock = Lock()


@contextmanager
def borrowed_lab(path: Path | None = None) -> Iterator[Lab]:
    """Lend the lab of this file, on a connection that nobody else uses now.

    Without a path it is the one that `LAB_DB` names.

    Connections are kept for the next request while they lead to the same file.
    Raises `NotFoundError` when the file is not there: a question makes no lab.
    """
    path = path or lab_path()
    lab = _take(path) or open_quietly(path, _WAIT_SECONDS)
    try:
        with telling_trouble(lab.db):
            yield lab
    except LabError:
        _give_back(path, lab)
        raise
    except BaseException:
        lab.close()
        raise
    _give_back(path, lab)


def close_idle() -> None:
    """Close the kept connections."""
    with _lock:
        closing = [lab for _, lab in _idle]
        _idle.clear()
    for lab in closing:
        lab.close()


def identity(path: Path | str) -> tuple[str, int, int]:
    """What tells this file from another that takes its place later.

    Raises `NotFoundError` when there is none.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        raise NotFoundError(
            "there is no lab on this server yet",
            hint="Open the dashboard, or build one with: python -m lab build.",
        ) from None
    return str(path), found.st_dev, found.st_ino


def _take(path: Path) -> Lab | None:
    wanted = identity(path)
    with _lock:
        others = [lab for kept, lab in _idle if kept != wanted]
        _idle[:] = [entry for entry in _idle if entry[0] == wanted]
        found = _idle.pop()[1] if _idle else None
    for lab in others:
        lab.close()
    return found


def open_quietly(path: Path, wait_seconds: float) -> Lab:
    """Open the lab of a file that is there; a refusal does not name the file."""
    try:
        return open_lab(path, actor="machine", wait_seconds=wait_seconds)
    except BadInputError as refusal:
        # Its words name a path, which is no business of a client's.
        _log.error("%s", refusal)
        raise RuleError(
            "the lab cannot be opened", hint="The log of the server says why."
        ) from None


def _give_back(path: Path, lab: Lab) -> None:
    try:
        found = identity(path)
    except NotFoundError:
        lab.close()
        return
    with _lock:
        if len(_idle) < _MOST_IDLE:
            _idle.append((found, lab))
            return
    lab.close()
