"""Commands of the laboratory: faults, the matrix; `ask` is in a module of its own."""

import sys
from typing import Any

import click

from lab.actions.faults import ALL, VARIABLE, active_faults
from lab.actions.set_fault import clear_faults, set_fault
from lab.clock import utc_text
from lab.commands import asking
from lab.commands.dossier import find_one
from lab.commands.files import write_file
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say, say_json, say_table
from lab.lab import Lab
from lab.models import Fault
from lab.rules.faults import CHANNELS, FAULTS, METHODS, POLICIES
from lab.store import certificates, parties, settings

__all__ = ["asking", "faults", "matrix"]


@commands.group()
def faults() -> None:
    """What responders and revocation lists do wrong on purpose.

    LAB_FAULTS adds more for one process: TARGET=FAULT[:SECONDS][@OCSP|@CRL], parted by
    commas, where TARGET is an authority, a fingerprint or * for all.
    """


@faults.command("list")
@click.option("--known", is_flag=True, help="Every fault that there is.")
@with_db
@with_json
def list_faults(known: bool, db: str | None, as_json: bool) -> None:
    """Show the faults that are at work: of the lab, and of LAB_FAULTS."""
    if known:
        _list_known(as_json)
        return
    with opened(db) as lab:
        found = active_faults(lab)
    if as_json:
        say_json([_fields(each) for each in found])
    elif found:
        say_table(
            ["TARGET", "CHANNEL", "FAULT", "SECONDS", "SINCE"],
            [_cells(each) for each in found],
        )
    else:
        say("no fault is at work")


@faults.command("set")
@click.argument("target")
@click.argument("fault")
@click.option(
    "--channel",
    type=click.Choice(CHANNELS, case_sensitive=False),
    help="Of the responder alone, or of the list; else wherever it can be.",
)
@click.option("--seconds", type=float, default=0, help="How late a slow answer is.")
@with_db
@with_json
def set_one(
    target: str,
    fault: str,
    channel: str | None,
    seconds: float,
    db: str | None,
    as_json: bool,
) -> None:
    """Have FAULT at work for TARGET: an authority, a certificate, or * for all.

    All that there are: python -m lab faults list --known.
    """
    with opened(db) as lab:
        made = set_fault(lab, _target(lab, target), channel or "", fault, seconds)
    if as_json:
        say_json([_fields(each) for each in made])
    else:
        channels = " and ".join(each.channel for each in made)
        say(f"{fault} is at work for {target} in {channels}")


@faults.command("clear")
@click.argument("target", default="")
@with_db
@with_json
def clear(target: str, db: str | None, as_json: bool) -> None:
    """Take back the faults of TARGET (* for those of all alike), or every fault."""
    with opened(db) as lab:
        gone = clear_faults(lab, _target(lab, target))
    if as_json:
        say_json([_fields(each) for each in gone])
    else:
        for each in gone:
            say(f"{each.fault} of {each.target or ALL} in {each.channel} is taken back")


@commands.command()
@click.option("--fault", "chosen", multiple=True, help="Only this one; repeatable.")
@click.option("--method", "methods", multiple=True, type=click.Choice(list(METHODS)))
@click.option("--csv", "table", metavar="FILE", help="Write a table, too.")
@click.option("--pytest", "test", metavar="FILE", help="Write a test, too.")
@click.option("--force", is_flag=True, help="Overwrite these files.")
@with_db
@with_json
def matrix(
    chosen: tuple[str, ...],
    methods: tuple[str, ...],
    table: str | None,
    test: str | None,
    force: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Run every fault over HTTP, and show what each client policy makes of it.

    A server of its own answers from a lab of its own; the lab stays as it is.
    """
    # The server is loaded by nothing else.
    from lab.laboratory.export import matrix_csv, matrix_pytest
    from lab.laboratory.matrix import Cell, run_matrix
    from lab.trust.judged import words

    with opened(db) as lab:
        shift = settings.clock_shift(lab.db)
        bar = click.progressbar(length=1, label="asking", file=sys.stderr)
        with bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            found = run_matrix(
                lab, faults=chosen or None, methods=methods or None, progress=show
            )
    if table:
        write_file(table, matrix_csv(found).getvalue(), force=force)
    if test:
        write_file(test, matrix_pytest(found, shift).getvalue(), force=force)
    if as_json:
        say_json([_cell_fields(each, words(each.reason)) for each in found.cells])
        return
    by_run: dict[tuple[str, str], list[Cell]] = {}
    for each in found.cells:
        by_run.setdefault((each.fault, each.method), []).append(each)
    head = ["FAULT", "ASKED BY", "STATUS"]
    head += [policy.label.upper() for policy in POLICIES.values()]
    say_table(
        [*head, "BECAUSE"],
        [
            [
                fault,
                method,
                cells[0].status,
                *(each.verdict.label.lower() for each in cells),
                words(cells[0].reason),
            ]
            for (fault, method), cells in by_run.items()
        ],
    )


def _cell_fields(cell: Any, reason: str) -> dict[str, Any]:
    return {
        "fault": cell.fault,
        "method": cell.method,
        "policy": cell.policy,
        "applies": cell.applies,
        "status": cell.status,
        "connects": cell.connects,
        "verdict": cell.verdict.name,
        "colour": cell.colour,
        "reason": reason,
        "why": cell.why,
        "source": cell.source.value,
        "url": cell.asked.url,
        "http_status": cell.asked.http_status,
        "milliseconds": cell.asked.milliseconds,
    }


def _target(lab: Lab, named: str) -> str:
    """What the lab calls it: a certificate may be named as elsewhere."""
    known = {authority.name for authority in parties.authorities(lab.db)}
    if named in ("", ALL) or named in known:
        return named
    if certificates.matching(lab.db, named, 1):
        return find_one(lab.db, named).sha256
    return named  # the deed says what is wrong with it


def _list_known(as_json: bool) -> None:
    rows = [row for row in FAULTS.values() if row.settable]
    if as_json:
        say_json([vars(row) for row in rows])
        return
    say_table(
        ["FAULT", "CHANNELS", "WHAT HAPPENS", "WHAT A CLIENT SHOULD DO", "SOURCE"],
        [
            [
                row.name,
                ", ".join(row.channels),
                row.happens,
                row.client,
                f"{row.source.value} {row.section}".strip(),
            ]
            for row in rows
        ],
    )


def _cells(fault: Fault) -> list[str]:
    since = utc_text(fault.since) if fault.since else f"by {VARIABLE}"
    late = f"{fault.seconds:g}" if fault.seconds else ""
    return [fault.target or ALL, fault.channel, fault.fault, late, since]


def _fields(fault: Fault) -> dict[str, Any]:
    return {**vars(fault), "target": fault.target or ALL}
