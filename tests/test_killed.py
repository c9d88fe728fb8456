"""A build that is killed at any moment leaves a file that opens, empty or complete."""

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.killing import ROOT, contents, kill_after, start

TIMES = 50
TOPOLOGY = """\
installed_days_ago = 100

[[authorities]]
name = "root"
label = "Root CA"
key = "EC 256"
crl_days = 1

[[clusters]]
name = "One"
domain = "one.example"
nodes = [{ name = "pub", product = "ucm" }, { name = "sub", product = "ucm" }]
"""


def start_build(folder):
    folder.mkdir()
    topology, path = folder / "small.toml", folder / "lab.sqlite3"
    topology.write_text(TOPOLOGY)
    return start("build", "--topology", topology, "--db", path), path


def killed_after(folder, seconds):
    """Kill a build so many seconds after its start; say whether it was still going."""
    build, path = start_build(folder)
    return path, kill_after(build, seconds)


def test_a_build_killed_at_any_moment_leaves_nothing_half_done(tmp_path):
    begun = time.monotonic()
    build, path = start_build(tmp_path / "whole")
    assert build.wait() == 0
    duration = time.monotonic() - begun
    complete = contents(path)
    assert min(complete) > 1
    # Seeded, so that a failure can be looked at again; more of them near the end,
    # where the file is written.
    chance = random.Random(1)
    moments = [duration * (0.3 + chance.random()) for _ in range(TIMES)]

    with ThreadPoolExecutor(2) as pairs:
        folders = [tmp_path / str(number) for number in range(TIMES)]
        ends = list(pairs.map(killed_after, folders, moments))
    found = [contents(path) for path, _ in ends]

    assert set(found) <= {(0, 0, 0), complete}
    assert sum(killed for _, killed in ends) > TIMES // 4
    for (_, killed), content in zip(ends, found, strict=True):
        assert killed or content == complete


def test_a_lab_that_a_killed_build_left_empty_can_be_built(tmp_path):
    build, path = start_build(tmp_path / "killed")
    while not path.exists() and build.poll() is None:
        time.sleep(0.005)
    build.kill()
    build.wait()
    assert contents(path) == (0, 0, 0)
    topology = tmp_path / "killed" / "small.toml"

    done = subprocess.run(
        [sys.executable, "-m", "lab", "build", "--db", path, "--topology", topology],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )

    assert done.returncode == 0, done.stderr
    assert contents(path)[0] > 10
