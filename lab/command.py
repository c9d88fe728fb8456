"""The command line: every command is one deed, or one look, at one lab."""

import base64
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from lab.actions.build_lab import build_lab, example_topology, read_topology
from lab.actions.import_certificates import (
    Assignment,
    Imported,
    files_under,
    import_certificates,
    preview_import,
)
from lab.actions.key_pool import no_progress
from lab.actions.run_due import run_due
from lab.actions.turn_clock import turn_clock
from lab.clock import utc_text
from lab.errors import BadInputError, LabError, NotFoundError, RuleError
from lab.lab import DEFAULT_PATH, Lab, lab_path, open_lab
from lab.models import Certificate, Chain, Condition, Placement, State
from lab.pki.bundles import write_pem
from lab.pki.describe import describe_extensions, describe_key
from lab.printing import (
    certificate_fields,
    placement_fields,
    say,
    say_json,
    say_json_rows,
    say_table,
    warn,
)
from lab.rules.states import STATES
from lab.store import certificates, events, listing, parties, settings
from lab.store.database import telling_trouble, troubles

_MOST_TOPOLOGY_BYTES = 4 * 1024 * 1024  # read_topology counts the characters
_PAGE = 1000
_Command = TypeVar("_Command", bound=Callable[..., object])


class _Refusal(click.ClickException):
    """A `LabError` on its way to standard error: what, and what next, in one line."""

    exit_code = 1

    def show(self, file: object = None) -> None:
        warn(f"refused: {self.message}")


class _Commands(click.Group):
    """Turns every refusal of the lab into one line and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LabError as refusal:
            hint = refusal.hint or "Nothing was changed."
            line = " ".join(f"{refusal}. {hint}".split())
            raise _Refusal(line) from None


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal cannot write is written with escapes.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files
    commands(prog_name="python -m lab")
    raise AssertionError("click ends the process")


def _with_db(command: _Command) -> _Command:
    return click.option(
        "--db",
        metavar="PATH",
        help=f"The lab's file; else LAB_DB names it, else {DEFAULT_PATH}.",
    )(command)


def _with_json(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@_with_db
@click.pass_context
def commands(context: click.Context, db: str | None) -> None:
    """A working certificate lab: build it, look into it, serve it.

    Exit status: 0 done, 1 refused, 2 wrong usage.
    """
    context.obj = db


@contextmanager
def _open(db: str | None, *, make: bool = False) -> Iterator[Lab]:
    """The lab of this command; with `make` it may be a new one."""
    path = _path(db)
    if not make and not os.path.exists(path):
        raise NotFoundError(
            "there is no lab in {path}",
            hint="Build one with: python -m lab build. Name another with --db.",
            path=path,
        )
    lab = open_lab(path, actor="command line")
    try:
        with telling_trouble(lab.db):
            yield lab
    finally:
        lab.close()


def _path(db: str | None) -> Path:
    named = db or click.get_current_context().find_root().obj
    return Path(named) if named else lab_path()
