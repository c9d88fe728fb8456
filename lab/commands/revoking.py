"""Commands that revoke, hold and release certificates, and publish CRLs."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import click

from lab.actions.hold_certificate import hold_certificate
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_invalidity_date import set_invalidity_date
from lab.actions.trial import what_breaks
from lab.clock import utc_text
from lab.commands import publishing
from lab.commands.broken import broken_fields, say_broken
from lab.commands.dossier import find_one
from lab.commands.frame import commands, opened, with_db, with_json
from lab.commands.printing import say, say_json
from lab.lab import Lab
from lab.models import Certificate, Revoked
from lab.rules.reasons import REASONS

__all__ = ["publishing"]  # its commands tell of what these do
_REASONS = [row.name for row in REASONS.values() if row.choosable]
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
_with_since = click.option(
    "--invalid-since", type=_MOMENT, help="Since when not to be believed, in UTC."
)


@commands.command()
@click.argument("certificate")
@click.option("--reason", type=click.Choice(_REASONS), default="unspecified")
@_with_since
@click.option("--yes", is_flag=True, help="Do not ask: it cannot be undone.")
@with_db
@with_json
def revoke(
    certificate: str,
    reason: str,
    invalid_since: datetime | None,
    yes: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Revoke CERTIFICATE, and publish a CRL that says so.

    CERTIFICATE is a fingerprint, a serial or a common name. What would break is shown
    first, and asked about. With the reason certificateHold it can be released again.
    """
    deed = partial(revoke_certificate, reason=reason, invalid_since=_utc(invalid_since))
    question = "" if yes else "Revoke it? Only a hold can be lifted."
    _take_back(certificate, deed, question, "revoked", db, as_json)


@commands.command()
@click.argument("certificate")
@_with_since
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_db
@with_json
def hold(
    certificate: str,
    invalid_since: datetime | None,
    yes: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Put CERTIFICATE on hold: clients refuse it until it is released."""
    deed = partial(hold_certificate, invalid_since=_utc(invalid_since))
    question = "" if yes else "Put it on hold?"
    _take_back(certificate, deed, question, "on hold", db, as_json)


def _take_back(
    name: str,
    deed: Callable[[Lab, str], Revoked],
    question: str,
    word: str,
    db: str | None,
    as_json: bool,
) -> None:
    with opened(db) as lab:
        found = find_one(lab.db, name)
        broken = what_breaks(lab, lambda trying: deed(trying, found.sha256))
        if not as_json:
            say_broken(broken)
        if question:
            click.confirm(question, abort=True, err=True)
        revoked = deed(lab, found.sha256)
    if as_json:
        fields = {"certificate": found.sha256, **asdict(revoked)}
        say_json(fields | {"breaks": broken_fields(broken)})
    else:
        _say(found, revoked, word)


@commands.command()
@click.argument("certificate")
@with_db
@with_json
def release(certificate: str, db: str | None, as_json: bool) -> None:
    """Release CERTIFICATE from its hold: it is good again."""
    with opened(db) as lab:
        found = release_certificate(lab, find_one(lab.db, certificate).sha256)
    if as_json:
        say_json({"certificate": found.sha256, "serial": found.serial})
    else:
        say(f"released: {found.subject}")


@commands.command()
@click.argument("certificate")
@click.argument("since", type=_MOMENT, required=False)
@click.option("--none", "forget", is_flag=True, help="Forget the date.")
@with_db
@with_json
def invalidity(
    certificate: str,
    since: datetime | None,
    forget: bool,
    db: str | None,
    as_json: bool,
) -> None:
    """Say SINCE when, in UTC, a revoked CERTIFICATE was not to be believed."""
    if forget == bool(since):
        raise click.UsageError("Name a date, or say --none.")
    with opened(db) as lab:
        found = find_one(lab.db, certificate)
        revoked = set_invalidity_date(lab, found.sha256, _utc(since))
    if as_json:
        say_json({"certificate": found.sha256, **asdict(revoked)})
    else:
        _say(found, revoked, "revoked")


def _say(certificate: Certificate, revoked: Revoked, word: str) -> None:
    line = f"{word} since {utc_text(revoked.at)}, {revoked.reason}"
    if revoked.invalid_since:
        line += f", invalid since {utc_text(revoked.invalid_since)}"
    say(f"{line}: {certificate.subject}")


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)
