"""The frame of every command: options, the lab it opens, how a refusal ends it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from lab.commands.printing import warn
from lab.errors import LabError, NotFoundError
from lab.lab import DEFAULT_PATH, Lab, lab_path, open_lab
from lab.store.database import telling_trouble

_Command = TypeVar("_Command", bound=Callable[..., object])


class Refusal(click.ClickException):
    """A `LabError` on its way to standard error: what, and what next, in one line."""

    exit_code = 1

    def show(self, file: object = None) -> None:  # noqa: ARG002  # click names it
        warn(f"refused: {self.message}")


class _Commands(click.Group):
    """Turns every refusal of the lab into one line and exit status 1."""

    def main(self, *args: Any, **extra: Any) -> Any:
        for text in sys.argv[1:]:
            if not text.isascii() and "\\udc" in ascii(text):
                warn("refused: an argument is no readable text. Write it in UTF-8.")
                sys.exit(Refusal.exit_code)
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LabError as refusal:
            hint = refusal.hint or "Nothing was changed."
            line = " ".join(f"{refusal}. {hint}".split())
            raise Refusal(line) from None


def with_db(command: _Command) -> _Command:
    return click.option(
        "--db",
        metavar="PATH",
        help=f"The lab's file; else LAB_DB names it, else {DEFAULT_PATH}.",
    )(command)


def with_cluster(command: _Command) -> _Command:
    return click.option(
        "--cluster", default="", help="Which cluster, where a name is in several."
    )(command)


def with_json(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@with_db
@click.pass_context
def commands(context: click.Context, db: str | None) -> None:
    """A working certificate lab: build it, look into it, serve it.

    Exit status: 0 done, 1 refused, 2 wrong usage.
    """
    context.obj = db


@contextmanager
def opened(db: str | None, *, make: bool = False) -> Iterator[Lab]:
    """The lab of this command; with `make` it may be a new one."""
    path = path_of(db)
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


def path_of(db: str | None) -> Path:
    named = db or click.get_current_context().find_root().obj
    return Path(named) if named else lab_path()
