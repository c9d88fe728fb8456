"""How the command line writes: tables that fit, names made harmless, JSON."""

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import click

from lab.models import Certificate, Placement
from lab.pki.names import visible

_GAP = "  "
_NARROWEST = 8  # a column is not cut below this
_WIDEST = 64  # nor filled up to more than this in a file: a longer cell stands out


def say(line: str) -> None:
    """One line to standard output; control characters in it are made visible."""
    click.echo(visible(line))


def warn(line: str) -> None:
    """One line to standard error; control characters in it are made visible."""
    click.echo(visible(line), err=True)


def say_json(value: object) -> None:
    """A value as JSON, in ASCII so that it passes every terminal and pipe."""
    click.echo(json.dumps(value, default=_plain, indent=2))


def say_json_rows(rows: Iterable[object]) -> None:
    """Many values as one JSON list, written as they come."""
    before = "["
    for row in rows:
        click.echo(f"{before}\n{json.dumps(row, default=_plain)}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows below a head; on a terminal the widest columns are cut until it fits."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(head, *cells, strict=True)]
    is_cut = sys.stdout.isatty() or bool(os.environ.get("COLUMNS"))
    if is_cut:
        _fit(widths)
    else:  # a file or a pipe gets everything
        widths = [min(width, _WIDEST) for width in widths]
    for row in (head, *cells):
        line = _GAP.join(
            _pad(_cut(cell, width) if is_cut else cell, width)
            for cell, width in zip(row, widths, strict=True)
        )
        click.echo(line.rstrip())


def certificate_fields(certificate: Certificate) -> dict[str, Any]:
    """Everything a certificate row says, without its bytes."""
    names = [field.name for field in fields(certificate) if field.name != "der"]
    return {name: getattr(certificate, name) for name in names}


def placement_fields(row: Placement) -> dict[str, Any]:
    return asdict(row)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no JSON form")


def _fit(widths: list[int]) -> None:
    room = shutil.get_terminal_size().columns - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1


def _cut(text: str, width: int) -> str:
    """As much of a text as fits; the last column then says that it goes on."""
    used = fitting = 0
    for at, letter in enumerate(text):
        used += _width(letter)
        if used > width:
            return text[:fitting] + "…"
        if used < width:
            fitting = at + 1
    return text


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns of a terminal that this text takes."""
    return sum(
        0
        if unicodedata.combining(letter)
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )
