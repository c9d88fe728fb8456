"""The commands on OAuth keys and backups: oauth, backup, restore."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from lab.actions.backups import backups_of, differences, find_backup
from lab.actions.issue_tokens import issue_tokens
from lab.actions.judge_tokens import JudgedToken, judge_tokens
from lab.actions.look_at_oauth import KeyOnNodes, oauth_keys_of
from lab.actions.make_backup import make_backup
from lab.actions.regenerate_oauth_key import COMMAND_LINE, regenerate_oauth_key
from lab.actions.restore_backup import (
    phones_to_unlock,
    restore_backup,
    what_restoring_breaks,
)
from lab.clock import utc_text
from lab.commands.broken import broken_fields, say_broken
from lab.commands.effects import say_effects
from lab.commands.frame import (
    commands,
    opened,
    with_cluster,
    with_db,
    with_json,
)
from lab.commands.printing import say, say_json, say_table
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Backup, Difference, PartyKind
from lab.rules.oauth_keys import OAUTH_KEYS
from lab.store import parties

_SHOWN = 20  # differences that are printed; --json has all


@commands.group()
def oauth() -> None:
    """The two keys behind OAuth tokens."""


@oauth.command()
@with_cluster
@with_db
@with_json
def show(cluster: str, db: str | None, as_json: bool) -> None:
    """Show the checksums of both keys on every node, and who is signed in."""
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        keys = oauth_keys_of(lab, home)
        judged = judge_tokens(lab, home)
    if as_json:
        say_json(
            {
                "cluster": home,
                "keys": [asdict(each) for each in keys],
                "tokens": [_token_fields(each) for each in judged],
            }
        )
        return
    if not keys:
        say(f"{home} has no OAuth keys")
    for key in keys:
        _say_key(key)
    if judged:
        head = ("user", "token", "until", "state", "taken by")
        say_table(head, [_token_cells(each) for each in judged])


@oauth.command()
@click.argument("kind", type=click.Choice([row.name for row in OAUTH_KEYS]))
@with_cluster
@with_db
@with_json
def regenerate(kind: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Make a new key on the publisher: every access and refresh token dies."""
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        effects = regenerate_oauth_key(lab, home, kind, by=COMMAND_LINE)
        [key] = [each for each in oauth_keys_of(lab, home) if each.kind == kind]
    if as_json:
        say_json({"key": asdict(key), "follows": [asdict(each) for each in effects]})
    else:
        _say_key(key)
        say_effects(effects)


@oauth.command("sign-in")
@click.argument("users", nargs=-1, required=True)
@with_cluster
@with_db
@with_json
def sign_in(users: Sequence[str], cluster: str, db: str | None, as_json: bool) -> None:
    """Give USERS an access token and a refresh token each."""
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        number = issue_tokens(lab, home, users)
    if as_json:
        say_json({"cluster": home, "tokens": number})
    else:
        say(f"{number} tokens given to {len(users)} users")


@commands.command()
@click.option("--list", "only_list", is_flag=True, help="Show the backups there are.")
@with_cluster
@with_db
@with_json
def backup(only_list: bool, cluster: str, db: str | None, as_json: bool) -> None:
    """Back up a cluster into the folder beside the lab's file, or list the backups."""
    with opened(db) as lab:
        if only_list:
            found = backups_of(lab, cluster and parties.cluster(lab.db, cluster).name)
        else:
            found = [make_backup(lab, _cluster(lab, cluster))]
    if as_json:
        rows = [_backup_fields(each) for each in found]
        say_json(rows if only_list else rows[0])
    elif not found:
        say("there are no backups. Make one with: python -m lab backup.")
    else:
        head = ("file", "cluster", "made at", "bytes", "")
        say_table(head, [_backup_cells(each) for each in found])


@commands.command()
@click.argument("file")
@click.option("--yes", is_flag=True, help="Do not ask: it cannot be undone.")
@with_db
@with_json
def restore(file: str, yes: bool, db: str | None, as_json: bool) -> None:
    """Make a cluster as FILE has it: a name of `backup --list`, or a path.

    What differs, what would break and which phones would have to be unlocked one by
    one is shown first, and asked about.
    """
    with opened(db) as lab:
        _, found = find_backup(lab, file)
        differing = differences(lab, file)
        broken = what_restoring_breaks(lab, file)
        phones = phones_to_unlock(lab, file)
        if not as_json:
            of = utc_text(found.at) if found.at else ""
            say(f"{found.name} is of {found.cluster}, {of}")
            _say_differences(differing)
            say_broken(broken)
            if phones:
                say(f"to be unlocked one by one: {', '.join(phones)}")
        if not yes:
            click.confirm("Restore it? It cannot be undone.", abort=True, err=True)
        done = restore_backup(lab, file)
    if as_json:
        say_json(
            {
                "backup": _backup_fields(done.backup),
                "differences": [asdict(each) for each in done.differences],
                "breaks": broken_fields(broken),
                "ready_at": done.ready_at,
                "phones_to_unlock": phones,
            }
        )
        return
    say(f"restored. All services are up at {utc_text(done.ready_at)}")
    for phone in phones:
        say(f"  {phone} will not register. Unlock it when that time has come")


def _cluster(lab: Lab, name: str) -> str:
    """That cluster; without a name the only one that the lab runs itself."""
    if name:
        return parties.cluster(lab.db, name).name
    own = dict.fromkeys(
        node.cluster for node in parties.nodes(lab.db, kind=PartyKind.UCM) if node.fqdn
    )
    if len(own) != 1:
        raise RuleError(
            "the lab has {count} clusters of its own",
            hint="Name one with --cluster: {known}.",
            count=len(own),
            known=", ".join(own) or "there is none yet",
        )
    return next(iter(own))


def _say_key(key: KeyOnNodes) -> None:
    say(f"{key.kind} key, made {utc_text(key.made_at)}: {key.checksum}")
    for node in key.nodes:
        state = "the same" if node.is_current else node.checksum or "none yet"
        say(f"  {node.node}: {state}")


def _token_cells(each: JudgedToken) -> tuple[str, ...]:
    return (
        each.token.user,
        each.token.kind,
        utc_text(each.token.ends_at),
        each.state.value,
        ", ".join(each.taken_by) or "nobody",
    )


def _token_fields(each: JudgedToken) -> dict[str, Any]:
    return {
        "user": each.token.user,
        "kind": each.token.kind,
        "issued_at": each.token.issued_at,
        "ends_at": each.token.ends_at,
        "state": each.state.value,
        "reason": each.reason.format(**each.values),
        "taken_by": each.taken_by,
    }


def _backup_cells(each: Backup) -> tuple[str, ...]:
    made = utc_text(each.at) if each.at else ""
    return each.name, each.cluster, made, str(each.size), _problem(each)


def _backup_fields(each: Backup) -> dict[str, Any]:
    found = asdict(each) | {"problem": _problem(each)}
    del found["evidence"]
    return found


def _problem(each: Backup) -> str:
    return each.problem.format(**dict(each.evidence))


def _say_differences(found: Sequence[Difference]) -> None:
    if not found:
        say("nothing differs from now")
        return
    head = ("what", "where", "name", "in the backup", "now")
    say_table(
        head,
        [
            (each.kind, each.where, each.what, each.then or "-", each.now or "-")
            for each in found[:_SHOWN]
        ],
    )
    if len(found) > _SHOWN:
        say(f"and {len(found) - _SHOWN} more")
