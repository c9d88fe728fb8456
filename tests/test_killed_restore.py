"""A backup or a restore that is killed leaves the lab as before or after it."""

import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.actions.backups import backups_of
from lab.actions.build_lab import build_lab
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.make_backup import make_backup
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.request_certificate import request_certificate
from lab.lab import open_lab
from lab.store import events, jobs, oauth, requests, restoring
from tests.killing import contents, kill_after, start

TIMES = 12
TOPOLOGY = """\
[[clusters]]
name = "One"
domain = "one.example"
nodes = [{ name = "pub", product = "ucm" }, { name = "sub", product = "ucm" }]
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A lab with one backup, and much that has changed since; the backup's name."""
    path = tmp_path_factory.mktemp("changed") / "lab.sqlite3"
    lab = open_lab(path)
    build_lab(lab, TOPOLOGY)
    made = make_backup(lab, "One")
    for node in ("pub", "sub"):
        generate_self_signed(lab, node, "tomcat-ECDSA")
        request_certificate(lab, node, "CallManager-ECDSA")
    regenerate_oauth_key(lab, "One", "encryption")
    lab.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lab.close()
    return path, made.name


def state(path):
    """Whatever a restore changes, in few words; the file must be whole."""
    contents(path)
    lab = open_lab(path)
    found = (
        events.count(lab.db),
        oauth.of_cluster(lab.db, "One")["encryption"].key,
        len(requests.pending(lab.db)),
        frozenset(restoring.held(lab.db, "One")),
        frozenset(restoring.own_keys(lab.db, "One")),
        sum(job.kind == "finish_restore" for job in restoring.planned(lab.db, "One")),
    )
    lab.close()
    return found


def files_of(path):
    """The backups that are of use, how many are not, and how many were made."""
    lab = open_lab(path)
    found = backups_of(lab)
    made = sum(
        event.kind == "backup.made" for event in events.latest(lab.db, limit=10_000)
    )
    assert jobs.next_due(lab.db, lab.clock.now()) is None
    lab.close()
    useless = [each for each in found if each.problem]
    return len(found) - len(useless), len(useless), made


def copied(changed, folder):
    shutil.copytree(changed[0].parent, folder)
    return folder / changed[0].name


def at_any_moment(changed, folder, arguments):
    """Run it whole once, then many times until it is killed; yield each lab."""
    whole = copied(changed, folder / "whole")
    begun = time.monotonic()
    assert start(*arguments, "--db", whole).wait() == 0
    duration = time.monotonic() - begun
    # Seeded, so that a failure can be looked at again; most of the first half is
    # Python that starts.
    chance = random.Random(1)
    moments = [duration * (0.5 + 0.6 * chance.random()) for _ in range(TIMES)]

    def run(number, seconds):
        path = copied(changed, folder / str(number))
        killed = kill_after(start(*arguments, "--db", path), seconds)
        return path, killed

    with ThreadPoolExecutor(2) as pairs:
        return whole, list(pairs.map(run, range(TIMES), moments))


def test_a_killed_restore_leaves_the_lab_as_before_or_after(changed, tmp_path):
    before = state(changed[0])

    whole, ends = at_any_moment(changed, tmp_path, ("restore", changed[1], "--yes"))

    after = state(whole)
    assert len({before, after}) == 2
    assert {state(path) for path, _ in ends} <= {before, after}
    assert any(killed for _, killed in ends)
    for path, killed in ends:
        assert killed or state(path) == after


def test_a_killed_backup_leaves_all_of_a_file_or_none(changed, tmp_path):
    whole, ends = at_any_moment(changed, tmp_path, ("backup",))

    assert files_of(whole) == (2, 0, 2)
    assert any(killed for _, killed in ends)
    for path, killed in ends:
        good, useless, made = files_of(path)
        # A whole file that its event did not follow is listed, and not believed.
        assert (good, made) in {(1, 1), (2, 2)}
        assert useless <= 2 - good
        assert killed or good == 2
        assert contents(path)
    lab = open_lab(ends[0][0])
    again = make_backup(lab, "One")
    assert backups_of(lab)[0] == again
    left = [each.name for each in (ends[0][0].parent / "backups").iterdir()]
    assert not [name for name in left if name.startswith(".")]
    lab.close()


def test_several_at_once_each_make_a_whole_backup(changed, tmp_path):
    path = copied(changed, tmp_path / "shared")

    ends = [start("backup", "--db", path) for _ in range(4)]

    assert [each.wait() for each in ends] == [0] * 4
    assert files_of(path) == (5, 0, 5)


def test_two_restores_at_once_are_no_mixture(changed, tmp_path):
    path = copied(changed, tmp_path / "shared")
    before = state(path)

    ends = [start("restore", changed[1], "--yes", "--db", path) for _ in range(2)]

    # Whoever comes second finds the services starting, unless twenty seconds late.
    done = [each.wait() for each in ends].count(0)
    assert done >= 1
    assert state(path)[0] == before[0] + done
