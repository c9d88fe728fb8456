"""Commands that fill a lab: build, import."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
from lab.commands.frame import commands, opened, path_of, with_db, with_json
from lab.commands.printing import certificate_fields, say, say_json, warn
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


@commands.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--cluster", default="", help="The cluster they belong to.")
@click.option("--node", default="", help="The node that holds them.")
@click.option("--purpose", default="", help="The identity slot, such as tomcat.")
@click.option("--store", default="", help="The trust store, such as tomcat-trust.")
@click.option("--dry-run", is_flag=True, help="Say what would come in; change nothing.")
@with_db
@with_json
def import_(
    paths: tuple[str, ...],
    cluster: str,
    node: str,
    purpose: str,
    store: str,
    dry_run: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Take in certificates from files and folders: PEM, DER or PKCS#7."""
    if purpose and store:
        raise click.UsageError("--purpose and --store exclude each other.")
    where = Assignment(cluster=cluster, node=node, purpose=purpose, store=store)
    files = [Path(path) for path in paths]
    # A look at a lab that is not there yet makes none.
    looked_at = db
    if dry_run and not os.path.exists(path_of(db)):
        looked_at = ":memory:"
    with opened(looked_at, make=True) as lab:
        rows = []
        if dry_run:
            preview = preview_import(lab, files_under(files, own=path_of(db)))
            rows = [
                {
                    "file": each.file,
                    "known": each.known,
                    **certificate_fields(each.certificate),
                }
                for each in preview.found
            ]
            copy = lab.what_if(lab.clock)
            done = import_certificates(copy, files_under(files, own=path_of(db)), where)
            copy.close()
        else:
            run_due(lab)
            done = import_certificates(lab, files_under(files, own=path_of(db)), where)
    if as_json:
        say_json(_import_fields(done) | ({"found": rows} if dry_run else {}))
        return
    for row in rows:
        known = "known" if row["known"] else "new"
        say(f"{row['file']}: {known}: {row['common_name'] or row['subject']}")
    for refused in done.refused:
        warn(f"{refused.file}: refused: {refused.refusal}. {refused.refusal.hint}")
    verb = "would import" if dry_run else "imported"
    say(
        f"{verb} {done.new} new and {done.known} known certificates "
        f"from {done.files} files, {done.refusals} refused: {where}"
    )


def _import_fields(done: Imported) -> dict[str, Any]:
    return {
        "files": done.files,
        "new": done.new,
        "known": done.known,
        "refusals": done.refusals,
        "refused": [
            {"file": each.file, "reason": str(each.refusal), "hint": each.refusal.hint}
            for each in done.refused
        ],
    }
