"""An import that is killed at any moment leaves all of it or nothing, and no helper."""

import random
import shutil
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from lab.actions.add_parties import add_cluster
from lab.actions.import_certificates import files_of, import_certificates
from lab.lab import open_lab
from tests.killing import ROOT, contents, kill_after, start

TIMES = 50
COUNT = 2000  # enough for helpers to be called


def still_alive(mark):
    """Processes that were begun with this mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes())
        except OSError:  # it has ended just now
            continue
    return found


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "many.zip"
    # In a process of its own: it begins others, and they look for its main module.
    command = "import sys; from pathlib import Path; " + (
        "from bench.certificates import write_certificates; "
        "write_certificates(Path(sys.argv[1]), int(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", command, path, str(COUNT)], cwd=ROOT, check=True
    )
    return path


@pytest.fixture(scope="module")
def held(tmp_path_factory, many):
    """A lab with a cluster, and with a few of the certificates."""
    path = tmp_path_factory.mktemp("held") / "lab.sqlite3"
    lab = open_lab(path, actor="test")
    add_cluster(lab, "One", "one.example")
    import_certificates(lab, islice(files_of([("x", many.read_bytes())]), 9))
    lab.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    lab.close()
    return path


def test_an_import_killed_at_any_moment_leaves_all_of_it_or_nothing(
    tmp_path, many, held
):
    mark = f"LAB_TEST_MARK={uuid.uuid4()}"

    def begin(number):
        path = tmp_path / f"{number}.sqlite3"
        shutil.copy(held, path)
        return path, start("import", many, "--db", path, mark=mark)

    def killed_after(number, seconds):
        path, process = begin(number)
        return path, kill_after(process, seconds)

    before = contents(held)
    begun = time.monotonic()
    path, process = begin("whole")
    assert process.wait() == 0
    duration = time.monotonic() - begun
    complete = contents(path)
    assert complete[0] == COUNT > before[0] > 0
    # Seeded, so that a failure can be looked at again; few while Python starts.
    chance = random.Random(1)
    moments = [duration * (0.3 + chance.random()) for _ in range(TIMES)]

    with ThreadPoolExecutor(2) as pairs:
        ends = list(pairs.map(killed_after, range(TIMES), moments))
    found = [contents(path) for path, _ in ends]

    assert set(found) <= {before, complete}
    assert sum(killed for _, killed in ends) > TIMES // 4
    for (_, killed), content in zip(ends, found, strict=True):
        assert killed or content == complete
    deadline = time.monotonic() + 10
    while (alive := still_alive(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive == []
