"""The command that makes a lab: build."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from lab.actions.build_lab import build_lab, example_topology, read_topology
from lab.actions.key_pool import no_progress
from lab.commands.frame import commands, opened, path_of, with_db, with_json
from lab.commands.printing import say, say_json
from lab.errors import BadInputError
from lab.store import certificates, events, parties

_MOST_TOPOLOGY_BYTES = 4 * 1024 * 1024  # read_topology counts the characters


@commands.command()
@click.option("--topology", metavar="FILE", help="What to build; else the example.")
@with_db
@with_json
def build(topology: str | None, db: str | None, as_json: bool) -> None:
    """Build the example lab, or the one of a topology file, into an empty lab."""
    text = _read_topology(topology) if topology else example_topology()
    read_topology(text)  # refused before a file is made
    with opened(db, make=True) as lab:
        with _progress() as tell:
            deeds = build_lab(lab, text, tell)
        done = {
            "path": str(path_of(db)),
            "deeds": deeds,
            "parties": len(parties.everyone(lab.db)),
            "certificates": certificates.count(lab.db),
            "events": events.count(lab.db),
        }
    if as_json:
        say_json(done)
    else:
        say(
            "built {certificates} certificates for {parties} parties in {deeds} deeds: "
            "{path}".format(**done)
        )


def _read_topology(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST_TOPOLOGY_BYTES + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            "the topology {name} cannot be read: {reason}",
            hint="Name a TOML file in UTF-8, such as data/example_lab.toml.",
            name=name,
            reason=getattr(error, "strerror", None) or error,
        ) from None


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal; without one, nothing."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    with click.progressbar(length=1, label="Building", file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield tell
