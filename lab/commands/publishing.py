"""Commands on authorities: how they answer, and the CRLs that they publish."""

from dataclasses import asdict
from itertools import islice
from typing import Any

import click

from lab.actions.issue_ocsp_signer import SIGNER_KEYS
from lab.actions.publish_crl import publish_crl, publish_delta
from lab.actions.set_authority import set_authority
from lab.clock import utc_text
from lab.commands.files import write_file
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say, say_json, say_table
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.models import Authority, Crl
from lab.pki.crls import read_crl
from lab.rules.publishing import CRL_SCOPES, OCSP_MODES
from lab.store import crls, parties

_SCOPES = ("everything", "users", "authorities")
_SIGNER_KEYS = {str(key): key for key in SIGNER_KEYS}
_with_scope = click.option(
    "--scope", type=click.Choice(_SCOPES), default="everything", show_default=True
)
_with_limit = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True
)


@commands.group()
def crl() -> None:
    """See, publish and save certificate revocation lists."""


@crl.command("list")
@click.argument("authority", required=False)
@_with_limit
@with_db
@with_json
def list_(authority: str | None, limit: int, db: str | None, as_json: bool) -> None:
    """Show what was published, the newest first: of AUTHORITY, or of each."""
    with opened(db) as lab:
        names = [each.name for each in parties.authorities(lab.db)]
        if authority:
            names = [parties.authority(lab.db, authority).name]
        found = [each for name in names for each in crls.all_of(lab.db, name, limit)]
    if as_json:
        say_json([_fields(each) for each in found])
        return
    head = ("AUTHORITY", "SCOPE", "NUMBER", "KIND", "MADE", "NEXT UPDATE", "ENTRIES")
    say_table(head, [_cells(each) for each in found])


@crl.command()
@click.argument("authority")
@click.option("--delta", is_flag=True, help="Only what has changed.")
@with_db
@with_json
def publish(authority: str, delta: bool, db: str | None, as_json: bool) -> None:
    """Have AUTHORITY publish a CRL now, outside its schedule."""
    with opened(db) as lab:
        deed = publish_delta if delta else publish_crl
        made = deed(lab, authority)
    if as_json:
        say_json(_fields(made))
    else:
        kind = f"delta since number {made.base}" if made.base is not None else "full"
        until = utc_text(made.next_update)
        say(f"{authority} published number {made.number}, {kind}, until {until}")


@crl.command()
@click.argument("authority")
@click.option("--number", type=int, help="Else the latest one.")
@click.option("--delta", is_flag=True, help="The delta CRL.")
@_with_scope
@click.option("--output", metavar="FILE", help="Write it there, in DER.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@_with_limit
@with_db
@with_json
def show(
    authority: str,
    number: int | None,
    delta: bool,
    scope: str,
    output: str | None,
    force: bool,
    limit: int,
    db: str | None,
    as_json: bool,
) -> None:
    """Show what a CRL of AUTHORITY says, or write it to a file."""
    with opened(db) as lab:
        found = _find(lab, authority, scope, number, delta)
        if output:
            write_file(output, found.der, force=force)
    read = read_crl(found.der)
    lines = list(islice(read.lines(), limit))
    if as_json:
        fields = _fields(found) | {
            "issuer": read.issuer,
            "places": read.places,
            "freshest": read.freshest,
        }
        say_json(fields | {"entries": [asdict(line) for line in lines]})
        return
    if output:
        say(f"number {found.number} of {authority}: {output}")
        return
    for name, value in _shown(found).items():
        say(f"{name + ':':13}{value}")
    if lines:
        head = ("SERIAL", "REVOKED", "REASON", "INVALID SINCE")
        say_table(
            head,
            [
                (
                    line.serial,
                    utc_text(line.at),
                    line.reason,
                    utc_text(line.invalid_since) if line.invalid_since else "",
                )
                for line in lines
            ],
        )
    if read.size > limit:
        say(f"and {read.size - limit} more")


def _find(lab: Lab, name: str, scope: str, number: int | None, delta: bool) -> Crl:
    authority = parties.authority(lab.db, name).name
    if number is None:
        found = crls.latest(lab.db, authority, scope, delta=delta)
    else:
        found = crls.by_number(lab.db, authority, scope, number, delta=delta)
    if found is None:
        raise NotFoundError(
            "{name} has published no such CRL",
            hint="See what it has with: python -m lab crl list {name}.",
            name=name,
        )
    return found


def _fields(found: Crl) -> dict[str, Any]:
    return {
        "authority": found.authority,
        "scope": found.scope,
        "number": found.number,
        "base": found.base,
        "this_update": found.this_update,
        "next_update": found.next_update,
        "size": read_crl(found.der).size,
    }


def _cells(found: Crl) -> tuple[str, ...]:
    return (
        found.authority,
        found.scope,
        str(found.number),
        "full" if found.base is None else f"delta since {found.base}",
        utc_text(found.this_update),
        utc_text(found.next_update),
        str(read_crl(found.der).size),
    )


def _shown(found: Crl) -> dict[str, str]:
    read = read_crl(found.der)
    shown = {
        "issuer": read.issuer,
        "number": str(found.number),
        "base": "" if found.base is None else str(found.base),
        "scope": found.scope,
        "made": utc_text(found.this_update),
        "next update": utc_text(found.next_update),
        "read at": ", ".join(read.places),
        "deltas at": ", ".join(read.freshest),
        "entries": str(read.size),
    }
    return {name: value for name, value in shown.items() if value}


@commands.group()
def authority() -> None:
    """See and set how the lab's authorities answer and publish."""


@authority.command("list")
@with_db
@with_json
def list_authorities(db: str | None, as_json: bool) -> None:
    """Show the lab's authorities with their settings."""
    with opened(db) as lab:
        found = parties.authorities(lab.db)
    if as_json:
        say_json([asdict(each) for each in found])
        return
    say_table(
        ("NAME", "LABEL", "OCSP", "MINUTES", "CRL DAYS", "DELTA HOURS", "SCOPE"),
        [_row(each) for each in found],
    )


@authority.command("set")
@click.argument("name")
@click.option("--ocsp", type=click.Choice(OCSP_MODES), help="Who signs its answers.")
@click.option("--ocsp-minutes", type=int, help="For how long an answer holds.")
@click.option("--signer-key", type=click.Choice([*_SIGNER_KEYS]))
@click.option("--crl-days", type=int, help="For how long a full CRL holds.")
@click.option("--delta-hours", type=int, help="Between two delta CRLs; 0 for none.")
@click.option("--crl-scope", type=click.Choice(CRL_SCOPES))
@with_db
@with_json
def set_(
    name: str, signer_key: str | None, db: str | None, as_json: bool, **wanted: Any
) -> None:
    """Set how authority NAME answers and publishes; what is not named stays."""
    with opened(db) as lab:
        key = _SIGNER_KEYS.get(signer_key or "")
        found = set_authority(lab, name, signer_key=key, **wanted)
    if as_json:
        say_json(asdict(found))
    else:
        say(
            f"{name}: OCSP {found.ocsp}, {found.ocsp_minutes} minutes; CRLs for "
            f"{found.crl_days} days, of {found.crl_scope}, deltas each "
            f"{found.delta_hours} hours"
        )


def _row(each: Authority) -> tuple[str, ...]:
    return (
        each.name,
        each.label,
        each.ocsp,
        str(each.ocsp_minutes),
        str(each.crl_days),
        str(each.delta_hours),
        each.crl_scope,
    )
