"""Commands on what changes leave to do, and on settings of cluster and lab."""

import click

from lab.actions.confirm_task import confirm_task
from lab.actions.finish_tasks import Finished, finish_tasks
from lab.actions.set_base_url import set_base_url
from lab.actions.set_parameter import parameter, set_parameter
from lab.actions.set_thresholds import set_thresholds
from lab.clock import utc_text
from lab.commands.effects import effect_line, say_effects
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say, say_json, say_table
from lab.effects import Effect, Follows
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.models import Task
from lab.rules.follow_rules import follow_rule
from lab.rules.parameters import PARAMETERS
from lab.rules.sources import Source
from lab.store import parties
from lab.store import settings as lab_settings
from lab.store import tasks as store


@commands.command()
@click.option("--cluster", metavar="NAME", default="", help="Only of this cluster.")
@click.option("--confirm", metavar="ID", type=int, help="It was done outside the lab.")
@click.option("--finish", is_flag=True, help="Do all that the lab can do.")
@click.option("--outside", is_flag=True, help="With --finish: the rest is done too.")
@with_db
@with_json
def tasks(
    cluster: str,
    confirm: int | None,
    finish: bool,
    outside: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """List what changes have left to do, confirm one thing, or do them all."""
    if confirm is not None and finish:
        raise click.UsageError("--confirm and --finish exclude each other.")
    if outside and not finish:
        raise click.UsageError("--outside needs --finish.")
    with opened(db) as lab:
        if cluster:
            parties.cluster(lab.db, cluster)
        done = Finished()
        if confirm is not None:
            confirm_task(lab, confirm)
        if finish:
            done = finish_tasks(lab, cluster, outside=outside)
        left = store.all_open(lab.db, cluster)
    if as_json:
        say_json([_fields(task) for task in left])
        return
    _say_done(done)
    if not left:
        say("nothing is left to do")
        return
    say_table(
        ["ID", "CLUSTER", "WHAT", "AFTER", "SINCE", "BY"],
        [
            [
                str(task.id),
                task.cluster,
                _words(task),
                f"{task.cause} on {task.cause_node}",
                utc_text(task.opened_at),
                follow_rule(task.kind, task.what).by,
            ]
            for task in left
        ],
    )


def _say_done(done: Finished) -> None:
    for task in done.done:
        say(f"done: {_words(task)}")
    for task, at in done.planned:
        say(f"at {at:%Y-%m-%d %H:%M:%S} UTC: {_words(task)}")
    for task, refusal in done.refused:
        say(f"refused: {_words(task)}: {refusal}")


def _words(task: Task) -> str:
    """What is to be done, without its full stop."""
    nodes = (task.node,) if task.node else ()
    effect = Effect(
        kind=Follows(task.kind), what=task.what, nodes=nodes, source=Source.HOUSE
    )
    return effect_line(effect).rstrip(".")


def _fields(task: Task) -> dict[str, object]:
    return {
        "id": task.id,
        "cluster": task.cluster,
        "kind": task.kind,
        "what": task.what,
        "node": task.node,
        "after": task.cause,
        "on": task.cause_node,
        "since": task.opened_at,
        "by": follow_rule(task.kind, task.what).by,
        "note": task.note,
        "source": task.source,
    }


@commands.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--cluster", metavar="NAME", default="", help="Whose parameters.")
@with_db
@with_json
def settings(
    name: str | None, value: str | None, cluster: str, db: str | None, as_json: bool
) -> None:
    """List a cluster's enterprise parameters, show one, or set it."""
    with opened(db) as lab:
        home = cluster or _only_cluster(lab)
        effects: list[Effect] = []
        if name and value is not None:
            effects = set_parameter(lab, home, name, value)
        wanted = [_known(name)] if name else list(PARAMETERS)
        present = {each: parameter(lab, home, each) for each in wanted}
        mixed = parties.cluster(lab.db, home).mixed_mode
    if as_json:
        rows = [_parameter_fields(each, present[each]) for each in wanted]
        follows = [effect_line(effect) for effect in effects]
        say_json({"cluster": home, "parameters": rows, "follows": follows})
        return
    mode = "mixed" if mixed else "non-secure"
    say(f"{home} is in {mode} mode")
    say_table(
        ["PARAMETER", "VALUE", "DEFAULT", "CHOICES"],
        [
            [each, now, PARAMETERS[each].default, _choices(each)]
            for each, now in present.items()
        ],
    )
    say_effects(effects)


def _only_cluster(lab: Lab) -> str:
    known = [each.name for each in parties.clusters(lab.db)]
    if len(known) == 1:
        return known[0]
    raise NotFoundError(
        "the lab has {count} clusters",
        hint="Name one with --cluster: {known}.",
        count=len(known),
        known=", ".join(known) or "there are none",
    )


def _known(name: str) -> str:
    if name in PARAMETERS:
        return name
    raise NotFoundError(
        "there is no enterprise parameter called {name}",
        hint="The lab models: {known}.",
        name=repr(name),
        known=", ".join(PARAMETERS),
    )


def _choices(name: str) -> str:
    row = PARAMETERS[name]
    return f"{row.least} to {row.most}" if row.most else ", ".join(row.options)


def _parameter_fields(name: str, value: str) -> dict[str, object]:
    row = PARAMETERS[name]
    return {
        "name": name,
        "section": row.section,
        "value": value,
        "default": row.default,
        "choices": _choices(name),
        "rule": row.rule,
        "note": row.note,
        "source": row.source,
    }


@commands.command("base-url")
@click.argument("url", required=False)
@with_db
@with_json
def base_url(url: str | None, db: str | None, as_json: bool) -> None:
    """Show the address that certificates name for CRLs and issuers, or set it."""
    with opened(db) as lab:
        if url is not None:
            set_base_url(lab, url)
        present = lab_settings.get(lab.db, "base_url")
    if as_json:
        say_json({"base_url": present})
    else:
        say(present)


@commands.command()
@click.argument("days", type=int, nargs=-1, metavar="[FAR NEAR SOON]")
@with_db
@with_json
def thresholds(days: tuple[int, ...], db: str | None, as_json: bool) -> None:
    """Show the days before its end at which a certificate asks for attention."""
    if len(days) not in (0, 3):
        raise click.UsageError("Give three numbers of days, the largest first.")
    with opened(db) as lab:
        if days:
            set_thresholds(lab, *days)
        far, near, soon = lab_settings.thresholds(lab.db)
    if as_json:
        say_json({"far": far, "near": near, "soon": soon})
    else:
        say(f"{far}, {near} and {soon} days")
