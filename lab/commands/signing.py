"""The commands that make identities: sign, regenerate, self-signed."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from lab.actions.follow_up import would_follow
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.sign_request import sign_request, waiting_request
from lab.clock import utc_text
from lab.commands.effects import say_effects
from lab.commands.files import write_file
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.printing import certificate_fields, say, say_json, warn
from lab.errors import BadInputError
from lab.lab import Lab
from lab.models import Certificate
from lab.pki.bundles import write_pem
from lab.pki.requests import MAX_REQUEST_BYTES
from lab.rules.keys_and_names import notes_on
from lab.rules.signing import HONOURED, IGNORED, PICKED
from lab.store import parties

with_key = click.option("--size", type=int, help="Key length in bits.")
with_hash = click.option(
    "--hash", "hash_name", default="", help="SHA256, SHA384 or SHA512."
)
with_shared = click.option(
    "--shared", is_flag=True, help="For all nodes that share it: multi-server (SAN)."
)


def _listed(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> list[str] | None:
    """The words of "a, b"; an empty text is a list of none."""
    if text is None:
        return None
    return [word for word in text.replace(",", " ").split() if word]


@commands.command()
@click.argument("authority")
@click.argument("what", nargs=-1, required=True, metavar="(NODE PURPOSE | FILE)")
@click.option("--days", type=int, default=730, show_default=True)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="The end instead of days, in UTC.",
)
@click.option("--ignore-extensions", is_flag=True, help="As a plain web server.")
@click.option(
    "--key-usage", metavar="LIST", callback=_listed, help="Picked by hand: with commas."
)
@click.option("--extended-key-usage", metavar="LIST", callback=_listed)
@click.option("--names", metavar="LIST", callback=_listed, help="Alternative names.")
@click.option("--output", metavar="FILE", help="Else it goes to standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@with_cluster
@with_db
@with_json
def sign(
    authority: str,
    what: tuple[str, ...],
    days: int,
    until: datetime | None,
    ignore_extensions: bool,
    output: str | None,
    force: bool,
    cluster: str,
    db: str | None,
    as_json: bool,
    **picked: list[str] | None,
) -> None:
    """Have AUTHORITY sign a waiting request, or one in a file; write it as PEM.

    What the request asks for is honoured, unless it is ignored or usages and names
    are picked by hand. An empty list picks none.
    """
    if len(what) > 2:
        raise click.UsageError("Name NODE and PURPOSE, or a FILE.")
    if ignore_extensions:
        mode = IGNORED
    else:
        mode = HONOURED if all(each is None for each in picked.values()) else PICKED
    with opened(db) as lab:
        signed = sign_request(
            lab,
            authority,
            _request_of(lab, what, cluster),
            days=days,
            not_after=until and until.replace(tzinfo=UTC),
            extensions=mode,
            **picked,
        )
        pem = write_pem([signed.der])
        if output:
            write_file(output, pem, force=force)
    if as_json:
        say_json(certificate_fields(signed) | {"pem": pem.decode()})
        return
    until_text = utc_text(signed.not_after)
    line = f"{authority} signed {signed.subject} until {until_text}: {signed.sha256}"
    if output:
        say(line)
    else:
        warn(line)
        sys.stdout.write(pem.decode())


def _request_of(lab: Lab, what: tuple[str, ...], cluster: str) -> bytes:
    if len(what) == 2:
        return waiting_request(lab, *what, cluster)
    try:
        if what[0] == "-":
            return sys.stdin.buffer.read(MAX_REQUEST_BYTES + 1)
        with Path(what[0]).open("rb") as file:
            return file.read(MAX_REQUEST_BYTES + 1)
    except OSError as error:
        raise BadInputError(
            "the request {name} cannot be read: {reason}",
            hint="Name a file with one PKCS#10 request, PEM or DER.",
            name=what[0],
            reason=error.strerror,
        ) from None


@commands.command()
@click.argument("node")
@click.argument("purpose")
@with_cluster
@with_db
@with_json
def regenerate(
    node: str, purpose: str, cluster: str, db: str | None, as_json: bool
) -> None:
    """Regenerate PURPOSE on NODE: a new key as long as now, self-signed.

    A certificate that an authority signed is overwritten.
    """
    _replace(regenerate_certificate, node, purpose, cluster, db, as_json)


@commands.command("self-signed")
@click.argument("node")
@click.argument("purpose")
@with_shared
@click.option("--parent-domain", default="", metavar="DOMAIN", help="One more name.")
@with_key
@click.option("--years", type=int, help="1, 2, 5, 10 or 20.")
@with_hash
@with_cluster
@with_db
@with_json
def self_signed(
    node: str, purpose: str, cluster: str, db: str | None, as_json: bool, **choices: Any
) -> None:
    """Generate a self-signed certificate for PURPOSE on NODE, as chosen."""
    _replace(generate_self_signed, node, purpose, cluster, db, as_json, **choices)


def _replace(
    deed: Callable[..., Certificate],
    node: str,
    purpose: str,
    cluster: str,
    db: str | None,
    as_json: bool,
    **choices: Any,
) -> None:
    with opened(db) as lab:
        made = deed(lab, node, purpose, cluster=cluster, **choices)
        party = parties.by_name(lab.db, cluster, node)
        effects = would_follow(lab, purpose, party)
    if as_json:
        say_json(
            certificate_fields(made) | {"follows": [asdict(each) for each in effects]}
        )
        return
    key = f"{made.key_type} {made.key_size}"
    say(f"{purpose} on {node}: {made.subject}, {key}, until {utc_text(made.not_after)}")
    for note in notes_on(purpose, made.key_type, made.key_size):
        warn(f"note: {note.note}")
    say_effects(effects)
