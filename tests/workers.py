"""The processes of `serve --workers`, and connections that reach every one of them.

Read from /proc: this is for Linux.
"""

import os
from pathlib import Path
from time import monotonic, sleep

_PATIENCE_SECONDS = 60
_LEAST, _MOST = 3, 400


def workers_of(pid):
    """The processes that this one has begun and that serve."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for task in tasks for child in task.read_text().split()]
    # The other child counts semaphores for the rest.
    return [child for child in found if b"spawn_main" in _command(child)]


def connections(pid, port):
    """How many open connections to this port the process has taken."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
    established = "01"
    inodes = {
        row[9]
        for row in rows
        if row[1].endswith(f":{port:04X}") and row[3] == established
    }
    files = [_target(file) for file in Path(f"/proc/{pid}/fd").iterdir()]
    return sum(name.startswith("socket:[") and name[8:-1] in inodes for name in files)


def reach_all(pid, port, count, connect):
    """Connections, by `connect()`, until each of so many workers has taken a few.

    Whoever is free takes the next one; a worker that has just begun takes none.
    """
    lines, give_up = [], monotonic() + _PATIENCE_SECONDS
    while monotonic() < give_up and len(lines) < _MOST:
        lines += [connect() for _ in range(4)]
        sleep(0.1)
        shares = [connections(worker, port) for worker in workers_of(pid)]
        if len(shares) == count and min(shares) >= _LEAST:
            return lines
    raise AssertionError(f"no connection reaches each of {count} workers")


def _command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _target(file):
    try:
        return os.readlink(file)
    except FileNotFoundError:  # closed meanwhile
        return ""
