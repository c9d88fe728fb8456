"""Twenty processes at work on one lab for a minute: nothing lost, nobody locked out."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from lab.lab import open_lab
from lab.store import events
from lab.store.database import troubles

ROOT = Path(__file__).parent.parent
PROCESSES, SECONDS = 20, 60


def test_twenty_processes_lose_no_event_and_are_never_locked_out(example_path):
    before = open_lab(example_path)
    begun = events.count(before.db)
    before.close()

    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.deeds_of_one", str(number), str(SECONDS)],
            cwd=ROOT,
            env=os.environ | {"LAB_DB": str(example_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    ends = [worker.communicate(timeout=SECONDS * 4) for worker in workers]

    assert [worker.returncode for worker in workers] == [0] * PROCESSES, ends
    told = [json.loads(out) for out, _ in ends]
    lab = open_lab(example_path)
    assert troubles(lab.db) == []
    assert events.first_broken(lab.db) is None
    written = Counter(
        (event.actor, event.kind) for event in events.latest(lab.db, limit=1_000_000)
    )
    for number, each in enumerate(told):
        assert each["locked"] == []
        assert each["done"] > 0
        for kind, count in each["events"].items():
            assert written[f"worker {number}", kind] == count
    assert events.count(lab.db) > begun + PROCESSES
    lab.close()
