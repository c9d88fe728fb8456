"""Commands of the cluster's revocation checking: settings, checks, evidence."""

from base64 import b64encode
from dataclasses import asdict

import click

from lab.actions.check_links import links
from lab.actions.check_revocation import ROUND_SECONDS, check, check_all
from lab.actions.live_check import check_live, live_checks
from lab.actions.plan_checks import link_schedule, next_check
from lab.actions.revocation_settings import (
    read_setting,
    revocation_settings,
    set_revocation_settings,
    setting_text,
)
from lab.actions.set_common_criteria import common_criteria, set_common_criteria
from lab.clock import utc_text
from lab.commands.checking_lines import (
    say_checks,
    say_rows,
    verdict,
    whole_fields,
)
from lab.commands.dossier import find_one
from lab.commands.effects import effect_line, say_effects
from lab.commands.frame import commands, opened, with_cluster, with_db, with_json
from lab.commands.printing import say, say_json, say_table
from lab.errors import RuleError
from lab.lab import Lab
from lab.rules.revocation import REVOCATION_FIELDS
from lab.store import certificates, parties, revocation_checks
from lab.trust.judged import words


@commands.group("revocation")
def revocation() -> None:
    """How a cluster asks whether certificates are revoked, and what it found out."""


@revocation.command("settings")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Change a field; several addresses are parted by commas.",
)
@with_cluster
@with_db
@with_json
def settings(
    changes: tuple[str, ...], cluster: str, db: str | None, as_json: bool
) -> None:
    """Show the settings of a cluster, or change them."""
    wanted = dict(_field_of(change) for change in changes)
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        effects = set_revocation_settings(lab, home, **wanted) if wanted else []
        found = revocation_settings(lab, home)
        due, schedule = next_check(lab, home), link_schedule(lab, home)
    if as_json:
        shown = asdict(found) | {"next_check": due, "link_hours": schedule.hours}
        shown |= {"next_link_check": schedule.next_at, "wins": schedule.rule.wins}
        say_json(shown | {"follows": [effect_line(each) for each in effects]})
        return
    rows = [
        (row.name, setting_text(getattr(found, row.name)), row.label)
        for row in REVOCATION_FIELDS
    ]
    say_table(("field", "value", "on the page"), rows)
    say(f"next check: {utc_text(due) if due else 'none is planned'}")
    say(f"long-lived links: {schedule.rule.meaning}")
    say_effects(effects)


@revocation.command("check")
@click.argument("certificate", required=False, default="")
@click.option(
    "--seconds", default=ROUND_SECONDS, help="Begin none after so long.", type=float
)
@with_cluster
@with_db
@with_json
def check_now(
    certificate: str, seconds: float, cluster: str, db: str | None, as_json: bool
) -> None:
    """Ask now for CERTIFICATE, by fingerprint, serial or common name, or for all."""
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        if certificate:
            found = [check(lab, home, find_one(lab.db, certificate).sha256)]
        else:
            found = check_all(lab, home, seconds=seconds)
        say_checks(lab, found, as_json, none="there was nothing to check")


@revocation.command("list")
@click.option("--certificate", default="", help="All kept checks of this one.")
@with_cluster
@with_db
@with_json
def list_checks(certificate: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Show the latest check of each certificate, newest first."""
    with opened(db) as lab:
        if cluster:
            parties.cluster(lab.db, cluster)
        if certificate:
            sha256 = find_one(lab.db, certificate).sha256
            found = revocation_checks.checks_of(lab.db, sha256, cluster=cluster)
        else:
            found = revocation_checks.latest_checks(lab.db, cluster)
        say_checks(lab, found, as_json, none="nothing was checked yet")


@revocation.command("show")
@click.argument("number", type=int)
@with_db
@with_json
def show(number: int, db: str | None, as_json: bool) -> None:
    """Show all that was kept of check NUMBER: every step, the request, the answer."""
    with opened(db) as lab:
        found = revocation_checks.check(lab.db, number)
        row = certificates.get(lab.db, found.certificate)
    if as_json:
        say_json(whole_fields(found))
        return
    say(f"{row.subject}, serial {row.serial}")
    say(f"{found.status}: {verdict(found)}, at {utc_text(found.at)}, {found.cause}")
    if found.method:
        say(f"{found.method} at {found.url or 'nobody'}, {found.milliseconds} ms")
    if found.model:
        say(f"the signer was believed by the model {found.model}")
    for step in found.steps:
        mark = "ok  " if step.is_fine else "FAIL"
        say(f"  {mark} {words(step)}")
    for name in ("request", "response"):
        data = getattr(found, name)
        if data:
            say(f"{name}, {len(data)} bytes: {b64encode(data).decode()}")


@revocation.command("live")
@click.argument("client", required=False, default="")
@click.argument("party", required=False, default="")
@with_cluster
@with_db
@with_json
def live(client: str, party: str, cluster: str, db: str | None, as_json: bool) -> None:
    """Show who asks live for whom; with CLIENT and PARTY, have it connect now."""
    if bool(client) != bool(party):
        raise click.UsageError("Name CLIENT and PARTY, or neither.")
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        if client:
            found = check_live(lab, home, client, party)
            say_checks(lab, [found], as_json, none="")
            return
        rows = live_checks(lab, home)
    say_rows(rows, ("client", "connection", "party"), as_json)


@revocation.command("links")
@with_cluster
@with_db
@with_json
def show_links(cluster: str, db: str | None, as_json: bool) -> None:
    """Show the certificates of long-lived links, and whose interval counts."""
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        rows, schedule = links(lab, home), link_schedule(lab, home)
    if not as_json:
        say(schedule.rule.meaning)
        if schedule.next_at:
            say(f"every {schedule.hours} hours, next {utc_text(schedule.next_at)}")
    say_rows(rows, ("link", "connection", "party", "purpose"), as_json)


@revocation.command("common-criteria")
@click.argument(
    "mode", required=False, type=click.Choice(("enable", "disable", "status"))
)
@with_cluster
@with_db
@with_json
def criteria(mode: str | None, cluster: str, db: str | None, as_json: bool) -> None:
    """Show, enable or disable Common Criteria mode: what "unknown" leads to."""
    with opened(db) as lab:
        home = _cluster(lab, cluster)
        if mode in ("enable", "disable"):
            set_common_criteria(lab, home, mode == "enable")
        is_on = common_criteria(lab, home)
    if as_json:
        say_json({"cluster": home, "common_criteria": is_on})
    else:
        say(f"Common Criteria mode of {home} is {'enabled' if is_on else 'disabled'}")


def _field_of(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"Write FIELD=VALUE, not {text!r}.")
    return name.strip(), read_setting(name.strip(), value)


def _cluster(lab: Lab, name: str) -> str:
    known = [each.name for each in parties.clusters(lab.db)]
    if name or len(known) == 1:
        return parties.cluster(lab.db, name or known[0]).name
    raise RuleError(
        "the lab has {count} clusters",
        hint="Name one with --cluster: {known}.",
        count=len(known),
        known=", ".join(known) or "none",
    )
