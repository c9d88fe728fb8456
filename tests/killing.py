"""Programs that are killed at any moment, and a look at what they leave."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from lab.lab import open_lab
from lab.store import certificates, events, parties
from lab.store.database import troubles

ROOT = Path(__file__).parent.parent


def start(*arguments, mark="LAB_TEST_MARK="):
    """Begin a command of the lab, without what this environment says of labs.

    `mark` is in the environment of the process, and of those that it begins.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"LAB_DB", "LAB_KEY_PASSPHRASE"}
    }
    name, _, value = mark.partition("=")
    environment[name] = value
    return subprocess.Popen(
        [sys.executable, "-m", "lab", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after(process, seconds):
    """Kill it so many seconds from now; say whether it was still going."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() < 0


def contents(path):
    """How many certificates, parties and events the file has; it must be whole."""
    if not path.exists():
        return 0, 0, 0
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()
    lab = open_lab(path)
    assert troubles(lab.db) == []
    assert events.first_broken(lab.db) is None
    found = (
        certificates.count(lab.db),
        len(parties.everyone(lab.db)),
        events.count(lab.db),
    )
    lab.close()
    return found
