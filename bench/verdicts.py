"""Judging certificates a line at a time, as `explain --batch` does.

The lines are the cases of the tests, over and over, until there are ten thousand. The
start of the process counts.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from bench.measure import Row, seconds

ROOT = Path(__file__).parents[1]
_LINES = 10_000


def measure_verdicts() -> Iterator[Row]:
    """One row: lines a minute."""
    lines = "\n".join(islice(cycle(_cases()), _LINES))
    command = [sys.executable, "-m", "lab", "explain", "--batch"]

    def judge() -> None:
        subprocess.run(
            command,
            cwd=ROOT,
            input=lines.encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    yield Row(
        what=f"{_LINES:,} certificates judged by explain --batch, a minute",
        figure=_LINES / seconds(judge) * 60,
        bound=10_000,
        unit="",
        at_least=True,
    )


def _cases() -> list[str]:
    from tests.explain_cases import ROWS  # making them takes a while

    return [json.dumps(row.as_line()) for row in ROWS.values()]
