"""Keep what a check found out: the evidence, what has changed, and the alarm."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from lab.actions.deed import deed, record
from lab.lab import Lab
from lab.models import Check, Step
from lab.rules.alarms import alarm_of
from lab.rules.revocation import alarm_after
from lab.store import certificates, revocation_checks
from lab.trust.judged import fine

MOST_KEPT = 100  # checks of one certificate
MOST_BYTES = 256 * 1024  # of a request or a response
BY_HAND = "by hand"
_BY_ITSELF = ("schedule", "link")  # nobody is at work: their alarms tell of changes


def keep_checks(lab: Lab, checks: Sequence[Check]) -> list[Check]:
    """Write them in one deed, and return them as they were kept."""
    if not checks:
        return []
    with deed(lab) as now:
        return [_keep(lab, each, now) for each in checks]


def keep_waiting(
    lab: Lab, checks: Sequence[Check], cluster: str, certificate: str, since: str
) -> list[Check]:
    """The same for what was on the waiting list, and take it off.

    When it is gone from there, somebody else was quicker and nothing is kept.
    """
    with deed(lab):
        if not revocation_checks.take(lab.db, cluster, certificate, since):
            return []
        return keep_checks(lab, checks)


def _keep(lab: Lab, found: Check, now: datetime) -> Check:
    before = revocation_checks.latest_of(lab.db, found.cluster, found.certificate)
    kept = replace(_cut(found), at=now)
    number = revocation_checks.add(lab.db, kept, keep=MOST_KEPT)
    is_new = before is None or _outcome(before) != _outcome(found)
    at_work = replace(lab, actor="schedule") if found.cause in _BY_ITSELF else lab
    subject = certificates.get(lab.db, found.certificate).subject
    if is_new or found.cause == BY_HAND:
        detail = f"{_outcome_text(found)}, {found.cause}"
        record(at_work, now, "revocation.checked", subject, detail)
    alarm = alarm_after(found.cause, found.status, found.client)
    if alarm and (is_new or found.cause not in _BY_ITSELF):
        detail = f"{subject}: {found.status}; {alarm_of(alarm).condition}"
        record(at_work, now, "alarm.raised", alarm, detail)
    return replace(kept, id=number)


def _outcome(check: Check) -> tuple[str, bool]:
    return check.status, check.connects


def _outcome_text(check: Check) -> str:
    return f"{check.status}, {'connects' if check.connects else 'does not connect'}"


def _cut(check: Check) -> Check:
    """The check without bytes that are too many to keep; a step tells what they were.

    A CRL of a large authority would be kept once for every certificate it is about.
    """
    steps = list(check.steps)
    return replace(
        check,
        request=_small("request", check.request, steps),
        response=_small("response", check.response, steps),
        steps=tuple(steps),
    )


def _small(name: str, data: bytes | None, steps: list[Step]) -> bytes | None:
    if data is None or len(data) <= MOST_BYTES:
        return data
    steps.append(
        fine(
            "the {name} has {size} bytes, and at most {most} are kept; its SHA-256 is "
            "{digest}",
            name=name,
            size=len(data),
            most=MOST_BYTES,
            digest=sha256(data).hexdigest(),
        )
    )
    return None
