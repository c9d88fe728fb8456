"""Commands that look: list, show, export."""

import base64
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import click

from lab.actions.export import Kind, certificate_file
from lab.commands.dossier import dossier, find_one, place_text, sections
from lab.commands.files import write_file
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import (
    placement_fields,
    say,
    say_json,
    say_json_rows,
    say_table,
    warn,
)
from lab.errors import RuleError
from lab.models import Condition, Placement, State
from lab.rules.states import STATES
from lab.store import listing, parties, settings

_PAGE = 1000


def _read_conditions(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> list[Condition]:
    return [_read_condition(text) for text in texts]


def _read_condition(text: str) -> Condition:
    column, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if column not in listing.COLUMNS:
        known = ", ".join(listing.COLUMNS)
        raise click.BadParameter(f"{text!r} does not begin with one of: {known}")
    for operator in listing.OPERATORS:
        for spelling in (operator, operator.replace("_", " ")):
            if rest == spelling or rest.startswith(spelling + " "):
                value = rest.removeprefix(spelling).strip()
                return Condition(column=column, operator=operator, text=value)
    known = ", ".join(operator.replace("_", " ") for operator in listing.OPERATORS)
    raise click.BadParameter(f"{text!r} has none of: {known}")


@commands.command("list")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    callback=_read_conditions,
    help='Such as "common_name contains tomcat"; all of several must hold.',
)
@click.option(
    "--state",
    type=click.Choice([each.value for each in State]),
    help="Only those in this state.",
)
@click.option("--scope", default="", help="built, imported, or the name of a cluster.")
@click.option("--sort", type=click.Choice([*listing.SORTS]), default="effective_end")
@click.option("--descending", is_flag=True, help="The last first.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True)
@click.option("--all", "everything", is_flag=True, help="All, whatever the limit.")
@with_db
@with_json
def list_(
    conditions: list[Condition],
    state: str | None,
    scope: str,
    sort: str,
    descending: bool,
    limit: int,
    everything: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """List certificates where they are, the earliest effective end first."""
    if state:
        wanted = Condition(column="state", operator="is_exactly", text=state)
        conditions = [*conditions, wanted]
    with opened(db) as lab:
        if scope not in ("", "built", "imported"):
            parties.cluster(lab.db, scope)
        now = lab.clock.now()
        view = listing.View(at=now, thresholds=settings.thresholds(lab.db), scope=scope)
        total = listing.count(lab.db, view, conditions)
        limit = total if everything else limit

        def rows() -> Iterator[Placement]:
            for offset in range(0, limit, _PAGE):
                page = listing.find(
                    lab.db,
                    view,
                    conditions,
                    sort=sort,
                    descending=descending,
                    limit=min(_PAGE, limit - offset),
                    offset=offset,
                )
                yield from page
                if len(page) < _PAGE:
                    return

        if as_json:
            say_json_rows(map(placement_fields, rows()))
            return
        say_table(*_table(list(rows()), now))
        if total > limit:
            warn(f"{limit} of {total}; --all lists the rest")


def _table(
    rows: Sequence[Placement], now: datetime
) -> tuple[list[str], list[list[str]]]:
    head = ["FINGERPRINT", "COMMON NAME", "PLACE", "ISSUED BY", "ENDS", "DAYS", "STATE"]
    return head, [
        [
            row.certificate[:12],
            row.common_name or row.subject,
            place_text(row),
            row.issued_by,
            f"{row.effective_end:%Y-%m-%d}",
            str(int((row.effective_end - now) / timedelta(days=1))),
            STATES[row.state].label,
        ]
        for row in rows
    ]


@commands.command()
@click.argument("name")
@with_db
@with_json
def show(name: str, db: str | None, as_json: bool) -> None:
    """Show one certificate: by fingerprint, its beginning, serial or common name."""
    with opened(db) as lab:
        certificate = find_one(lab.db, name)
        if as_json:
            say_json(dossier(lab, certificate))
            return
        for heading, lines in sections(lab, certificate):
            say(heading)
            for line in lines:
                say(f"  {line}")


@commands.command()
@click.argument("name")
@click.option(
    "--format", "form", type=click.Choice(["pem", "der", "chain"]), default="pem"
)
@click.option("--output", metavar="FILE", help="Else it goes to standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@with_db
@with_json
def export(
    name: str,
    form: Kind,
    output: str | None,
    force: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Write a certificate as PEM or DER, or as PEM with the chain above it."""
    with opened(db) as lab:
        certificate = find_one(lab.db, name)
        data = certificate_file(lab, certificate.sha256, form).data
    if output:
        write_file(output, data, force=force)
    if as_json:
        text = base64.b64encode(data).decode() if form == "der" else data.decode()
        done = {"fingerprint": certificate.sha256, "format": form, "output": output}
        say_json(done if output else done | {"content": text})
    elif output:
        say(f"wrote {len(data)} bytes to {output}")
    elif form == "der" and sys.stdout.isatty():
        raise RuleError(
            "DER is not for a terminal",
            hint="Name a file with --output, or use a pipe.",
        )
    else:
        sys.stdout.buffer.write(data)
