"""Commands that keep a lab going: serve, due, clock, verify."""

import os

import click

from lab.actions.faults import active_faults
from lab.actions.run_due import run_due
from lab.actions.turn_clock import turn_clock
from lab.clock import utc_text
from lab.commands.frame import commands, opened, path_of, with_db, with_json
from lab.commands.printing import say, say_json
from lab.errors import RuleError
from lab.store import events, settings
from lab.store.database import troubles


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8501, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@with_db
@with_json
def serve(host: str, port: int, workers: int, db: str | None, as_json: bool) -> None:
    """Answer machines over HTTP, without the dashboard: CRLs, issuer certificates."""
    from lab.web.serving import serve as serve_routes  # it takes half a second to load

    with opened(db) as lab:
        active_faults(lab)  # what LAB_FAULTS gets wrong is told now, not to clients
        # The server's processes find the lab by its name.
        os.environ["LAB_DB"] = str(path_of(db).resolve())

    def ready(address: str) -> None:
        if as_json:
            say_json({"address": address})
        else:
            say(f"answering at {address} until stopped")

    serve_routes(host, port, workers, ready)


@commands.command()
@with_db
@with_json
def due(db: str | None, as_json: bool) -> None:
    """Do what has come due by the lab's clock."""
    with opened(db) as lab:
        done = run_due(lab)
    if as_json:
        say_json({"done": done})
    else:
        say(f"{done} due jobs done")


@commands.command()
@click.option("--days", type=float, default=0, help="Turn it forward by days.")
@click.option("--hours", type=float, default=0, help="Turn it forward by hours.")
@with_db
@with_json
def clock(days: float, hours: float, db: str | None, as_json: bool) -> None:
    """Show the lab's clock, or turn it forward and do what comes due on the way."""
    with opened(db) as lab:
        if days or hours:
            turn_clock(lab, days=days, hours=hours)
        now, ahead = lab.clock.now(), settings.clock_shift(lab.db)
    if as_json:
        say_json({"now": now, "ahead_seconds": int(ahead.total_seconds())})
    else:
        say(f"{utc_text(now)}, {ahead} ahead of this machine")


@commands.command()
@with_db
@with_json
def verify(db: str | None, as_json: bool) -> None:
    """Check the file, the references between its rows, and the event log's hashes."""
    with opened(db) as lab:
        found = troubles(lab.db)
        broken = events.first_broken(lab.db)
        number = events.count(lab.db)
    if broken is not None:
        found.append(f"event {broken} does not fit the one before it")
    if as_json:
        say_json({"ok": not found, "events": number, "found": found})
    elif not found:
        say(f"the file, its references and the chain of {number} events are whole")
    if found:
        raise RuleError(
            "the lab's file has {count} faults; the first: {first}",
            hint="Go back to a copy of the file from before.",
            count=len(found),
            first=found[0],
        )
