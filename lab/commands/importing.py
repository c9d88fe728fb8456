"""The command that takes in certificates: import."""

import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click

from lab.actions.import_certificates import (
    Assignment,
    File,
    Found,
    Imported,
    Preview,
    files_under,
    import_certificates,
    preview_import,
)
from lab.actions.look_at_endpoint import look_at_endpoint
from lab.actions.run_due import run_due
from lab.commands.frame import commands, opened, path_of, with_db, with_json
from lab.commands.printing import certificate_fields, say, say_json, warn
from lab.errors import BadInputError
from lab.lab import Lab

_LOCKED = (".p12", ".pfx")  # what is asked a password for on a terminal
_LONGEST_PASSWORD_FILE = 4096


@commands.command("import")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--tls",
    "endpoints",
    multiple=True,
    metavar="HOST:PORT",
    help="Take the chain that this server presents; see also: addresses.",
)
@click.option(
    "--password-file",
    "password_files",
    multiple=True,
    metavar="FILE",
    help="Its first line is tried as the password of PKCS#12 files.",
)
@click.option("--cluster", default="", help="The cluster they belong to.")
@click.option("--node", default="", help="The node that holds them.")
@click.option("--purpose", default="", help="The identity slot, such as tomcat.")
@click.option("--store", default="", help="The trust store, such as tomcat-trust.")
@click.option(
    "--proposed",
    is_flag=True,
    help="Put each where it seems to belong; look first with --dry-run.",
)
@click.option("--dry-run", is_flag=True, help="Say what would come in; change nothing.")
@with_db
@with_json
def import_(
    paths: tuple[str, ...],
    endpoints: tuple[str, ...],
    password_files: tuple[str, ...],
    cluster: str,
    node: str,
    purpose: str,
    store: str,
    proposed: bool,
    dry_run: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Take in certificates from files, folders, zips and TLS servers.

    PEM, DER, PKCS#7, PKCS#12, snapshots of the cluster's certificate management (JSON)
    and what its command line printed (show cert own, show cert list).
    """
    if not paths and not endpoints:
        raise click.UsageError("Missing argument 'PATH...', or --tls HOST:PORT.")
    if purpose and store:
        raise click.UsageError("--purpose and --store exclude each other.")
    if proposed and (node or purpose or store):
        raise click.UsageError("--proposed takes --cluster alone.")
    where = Assignment(cluster=cluster, node=node, purpose=purpose, store=store)
    passwords = _passwords(paths, password_files)
    # A look at a lab that is not there yet makes none.
    looked_at = db
    if dry_run and not os.path.exists(path_of(db)):
        looked_at = ":memory:"
    with opened(looked_at, make=True) as lab:
        looked = [look_at_endpoint(lab, each) for each in endpoints]

        def files() -> Iterator[File]:
            named = files_under(map(Path, paths), own=path_of(db))
            return chain(looked, named)

        preview = None
        if dry_run:
            all_of = Assignment(cluster=cluster)
            preview = preview_import(
                lab, files(), passwords=passwords, assignment=all_of
            )
            copy = lab.what_if(lab.clock)
            done = _take_in(copy, files(), where, passwords, proposed)
            copy.close()
        else:
            run_due(lab)
            done = _take_in(lab, files(), where, passwords, proposed)
    if as_json:
        say_json(_import_fields(done) | (_preview_fields(preview) if preview else {}))
        return
    if preview:
        _say_preview(preview)
    for refused in done.refused:
        warn(f"{refused.file}: refused: {refused.refusal}. {refused.refusal.hint}")
    for left in done.left_out:
        warn(
            f"{left.file}: left out: private keys {left.private_keys}, "
            f"requests {left.requests}"
        )
    verb = "would import" if dry_run else "imported"
    place = f"{done.placed} where they seem to belong" if proposed else str(where)
    say(
        f"{verb} {done.new} new and {done.known} known certificates "
        f"from {done.files} files, {done.refusals} refused: {place}"
    )


def _take_in(
    lab: Lab,
    files: Iterator[File],
    where: Assignment,
    passwords: list[str],
    proposed: bool,
) -> Imported:
    return import_certificates(
        lab, files, where, passwords=passwords, proposed=proposed
    )


def _passwords(paths: tuple[str, ...], files: tuple[str, ...]) -> list[str]:
    """What the files say; on a terminal a person is asked when a file needs one."""
    found = [_password_in(file) for file in files]
    locked = [path for path in paths if path.lower().endswith(_LOCKED)]
    if locked and not found and sys.stdin.isatty():
        found.append(
            click.prompt(
                "Password of the PKCS#12 files",
                hide_input=True,
                default="",
                show_default=False,
                err=True,
            )
        )
    return found


def _password_in(file: str) -> str:
    try:
        with Path(file).open("rb") as source:
            data = source.read(_LONGEST_PASSWORD_FILE)
        line, *_ = data.splitlines() or [b""]
        return line.decode("utf-8")
    except (OSError, ValueError) as error:
        raise BadInputError(
            "the password file {file} cannot be read: {reason}",
            hint="Name a file in UTF-8 whose first line is the password.",
            file=file,
            reason=getattr(error, "strerror", None) or "it is no text",
        ) from None


def _say_preview(preview: Preview) -> None:
    for each in {each.key: each for each in preview.found}.values():
        known = "known" if each.known else "new"
        name = each.certificate.common_name or each.certificate.subject
        say(f"{each.file}: {known}: {name}")
        for proposal in each.proposals:
            place = f"{proposal.assignment}: " if not proposal.doubt else ""
            say(f"  {place}{proposal.why}")
    for line in preview.missing:
        say(
            f"{line.file}: names {line.place}/{line.label}, which is not in these files"
        )


def _preview_fields(preview: Preview) -> dict[str, Any]:
    return {
        "found": [_found_fields(each) for each in preview.found],
        "missing": [vars(each) for each in preview.missing],
    }


def _found_fields(found: Found) -> dict[str, Any]:
    return {
        "file": found.file,
        "known": found.known,
        "proposals": [
            {**vars(each.assignment), "why": each.why} for each in found.proposals
        ],
        **certificate_fields(found.certificate),
    }


def _import_fields(done: Imported) -> dict[str, Any]:
    return {
        "files": done.files,
        "new": done.new,
        "known": done.known,
        "placed": done.placed,
        "private_keys": done.private_keys,
        "requests": done.requests,
        "refusals": done.refusals,
        "refused": [
            {"file": each.file, "reason": str(each.refusal), "hint": each.refusal.hint}
            for each in done.refused
        ],
    }
