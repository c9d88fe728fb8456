"""The matrix as files: a table, and a test that runs it elsewhere."""

from collections.abc import Iterable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from lab.actions.export import rows_as_csv
from lab.clock import utc_text
from lab.laboratory.matrix import Cell, Matrix
from lab.rules.faults import METHODS, RULINGS
from lab.trust.judged import words

_TEMPLATE = Path(__file__).with_name("exported_pytest.txt")
_HEAD = (
    "fault",
    "method",
    "policy",
    "applies",
    "status",
    "connects",
    "verdict",
    "reason",
    "why",
    "source",
    "model",
    "http status",
    "milliseconds",
    "steps",
)


def matrix_csv(matrix: Matrix) -> BytesIO:
    """A row for each cell, for a spreadsheet; no cell is a formula."""
    return rows_as_csv(_HEAD, map(_row, matrix.cells))


def matrix_pytest(matrix: Matrix, shift: timedelta = timedelta()) -> BytesIO:
    """A file for pytest that asks any responder, and wants what the matrix found.

    `shift` is what the responder's clock is ahead of the machine's. It needs pytest
    and cryptography, and nothing of the lab.
    """
    seconds = int(shift.total_seconds())
    filled = {
        "at": utc_text(matrix.at),
        "shift": f"timedelta(seconds={seconds})" if seconds else "timedelta()",
        "methods": _table(
            (_quoted(row.name), _tuple(row.channels)) for row in METHODS.values()
        ),
        "policies": _table(
            (_tuple(key), str(row.connects)) for key, row in RULINGS.items()
        ),
        "cases": "\n".join(map(_case, matrix.cells)),
    }
    text = _TEMPLATE.read_text("utf-8")
    for name, value in filled.items():
        text = text.replace("{{" + name + "}}", value)
    return BytesIO(text.encode())


def _row(cell: Cell) -> tuple[object, ...]:
    return (
        cell.fault,
        cell.method,
        cell.policy,
        "yes" if cell.applies else "no",
        cell.status,
        "yes" if cell.connects else "no",
        cell.verdict.label,
        words(cell.reason),
        cell.why,
        cell.source.value,
        cell.asked.model,
        cell.asked.http_status or "",
        cell.asked.milliseconds,
        "; ".join(map(words, cell.asked.steps)),
    )


def _case(cell: Cell) -> str:
    names = (cell.fault, cell.method, cell.policy, cell.status)
    return "    ({}, {}),".format(", ".join(map(_quoted, names)), cell.connects)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(["{", *(f"    {key}: {value}," for key, value in rows), "}"])


def _tuple(names: Iterable[str]) -> str:
    shown = ", ".join(map(_quoted, names))
    return f"({shown})" if ", " in shown else f"({shown},)"


def _quoted(name: str) -> str:
    return f'"{name}"'  # names of our own tables, in which no letter is special
