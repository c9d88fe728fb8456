"""Open labs for the machine routes: each is lent to one request at a time."""

import logging
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
def borrowed_lab() -> Iterator[Lab]:
    """Lend the lab that `LAB_DB` names, on a connection that nobody else uses now.

    Connections are kept for the next request while they lead to the same file.
    Raises `NotFoundError` when the file is not there: a question makes no lab.
    """
    path = lab_path()
    lab = _take(path) or _open(path)
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


def _identity(path: Path) -> tuple[str, int, int]:
    """What tells this file from another that takes its place later."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        raise NotFoundError(
            "there is no lab on this server yet",
            hint="Open the dashboard, or build one with: python -m lab build.",
        ) from None
    return str(path), found.st_dev, found.st_ino


def _take(path: Path) -> Lab | None:
    wanted = _identity(path)
    with _lock:
        others = [lab for identity, lab in _idle if identity != wanted]
        _idle[:] = [entry for entry in _idle if entry[0] == wanted]
        found = _idle.pop()[1] if _idle else None
    for lab in others:
        lab.close()
    return found


def _open(path: Path) -> Lab:
    try:
        return open_lab(path, actor="machine", wait_seconds=_WAIT_SECONDS)
    except BadInputError as refusal:
        # Its words name a path, which is no business of a client's.
        _log.error("%s", refusal)
        raise RuleError(
            "the lab cannot be opened", hint="The log of the server says why."
        ) from None


def _give_back(path: Path, lab: Lab) -> None:
    try:
        identity = _identity(path)
    except NotFoundError:
        lab.close()
        return
    with _lock:
        if len(_idle) < _MOST_IDLE:
            _idle.append((identity, lab))
            return
    lab.close()
