"""Fixtures of the whole suite: an empty lab, and the example lab, built once."""

import fcntl
import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from click.testing import CliRunner

from lab.actions.build_lab import build_lab, example_topology
from lab.clock import FrozenClock
from lab.command import commands
from lab.lab import Lab, open_lab
from lab.models import KeySpec
from lab.pki.keys import make_key
from lab.store.database import open_database

# The same cases each time, however slow the machine is. New ones are searched for
# with: pytest --hypothesis-profile=default
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Done:
    """A command that has ended: what it said, where, and how it ended."""

    def __init__(self, result):
        self.status = result.exit_code
        self.out, self.err = result.stdout, result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit)

    def json(self):
        assert self.status == 0, self.err
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def no_columns(monkeypatch):
    """Whoever prints a table prints all of it, however wide this terminal is."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def lab_command():
    """`python -m lab`, within this process; `answer` is its standard input."""

    def run(*arguments, answer=None):
        words = [str(each) for each in arguments]
        return Done(CliRunner().invoke(commands, words, input=answer))

    return run


@pytest.fixture(scope="session")
def make_keys_fast():
    """Real P-256 keys in place of RSA ones: a test needs a key, not a long one.

    RSA slots refuse EC signatures, so this is for tests that sign nothing below.
    """
    return lambda _: make_key(KeySpec(type="EC", size=256))


@pytest.fixture
def lab():
    """An empty lab in memory, at noon on the first of January 2030."""
    lab = Lab(open_database(":memory:"), FrozenClock(NOON), actor="test")
    yield lab
    lab.close()


@pytest.fixture
def later():
    """The same lab, some days on."""

    def move(lab, **shift):
        return replace(lab, clock=FrozenClock(lab.clock.now() + timedelta(**shift)))

    return move


@pytest.fixture(scope="session")
def example_file(tmp_path_factory):
    """The example lab in a file, built once however many processes test it."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    path = base / "example" / "lab.sqlite3"
    path.parent.mkdir(exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (path.parent / "built").exists():
            lab = open_lab(path, actor="test")
            build_lab(lab, example_topology())
            lab.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            lab.close()
            (path.parent / "built").touch()
    return path


@pytest.fixture
def example_path(example_file, tmp_path, monkeypatch):
    """A copy of the example lab that this test may change; `LAB_DB` names it."""
    path = tmp_path / "lab.sqlite3"
    shutil.copy(example_file, path)
    monkeypatch.setenv("LAB_DB", str(path))
    return path


@pytest.fixture
def example(example_path):
    """The example lab, open."""
    lab = open_lab(example_path, actor="test")
    yield lab
    lab.close()


@pytest.fixture
def empty_path(tmp_path, monkeypatch):
    """A lab that exists and holds nothing; `LAB_DB` names it."""
    path = tmp_path / "empty.sqlite3"
    monkeypatch.setenv("LAB_DB", str(path))
    open_lab(path).close()
    return path
