"""When revocation is asked: at the interval, on long-lived links, after an upload."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from lab.actions.check_links import wanted_on_links
from lab.lab import Lab
from lab.models import Certificate
from lab.rules.parameters import CHECK_FREQUENCY, VALIDITY_CHECK, default_of
from lab.rules.revocation import LINK_INTERVALS, LinkInterval
from lab.store import jobs, revocation_checks, settings
from lab.store.revocation_settings import read_settings

SCHEDULE, LINKS = "want_checks", "want_link_checks"


@dataclass(frozen=True, kw_only=True)
class LinkSchedule:
    """How often long-lived links are checked, and whose interval that is."""

    hours: int  # 0: not at all
    page_hours: int  # the interval of the settings page, on or off
    parameter_hours: int
    rule: LinkInterval
    next_at: datetime | None


def link_schedule(lab: Lab, cluster: str) -> LinkSchedule:
    """Which of the two intervals wins. Source: facts §5."""
    asked = read_settings(lab.db, cluster)
    frequency = int(_parameter(lab, cluster, CHECK_FREQUENCY))
    is_on = _parameter(lab, cluster, VALIDITY_CHECK) == "True"
    rule = LINK_INTERVALS[is_on, asked.enable_check]
    hours = {"page": asked.hours, "parameter": frequency, "nobody": 0}
    return LinkSchedule(
        hours=hours[rule.wins],
        page_hours=asked.hours,
        parameter_hours=frequency,
        rule=rule,
        next_at=jobs.planned(lab.db, LINKS, cluster),
    )


def next_check(lab: Lab, cluster: str) -> datetime | None:
    """When the schedule asks next; None when it does not."""
    return jobs.planned(lab.db, SCHEDULE, cluster)


@contextmanager
def replanning(lab: Lab, cluster: str, now: datetime) -> Iterator[None]:
    """Plan anew what the changes within it give another interval; a part of a deed."""
    before = _intervals(lab, cluster)
    yield
    for kind, hours in _intervals(lab, cluster).items():
        if hours != before[kind]:
            jobs.cancel(lab.db, kind, cluster)
            _plan(lab, kind, cluster, hours, now)


def want_checks(lab: Lab, cluster: str) -> None:
    """Mark what the cluster's nodes hold as to be asked for, and plan the next time.

    However often it comes due before anybody asks, each certificate is asked for once.
    """
    _want(lab, SCHEDULE, cluster)


def want_link_checks(lab: Lab, cluster: str) -> None:
    """The same for the certificates of long-lived links."""
    _want(lab, LINKS, cluster)


def want_uploaded(
    lab: Lab, cluster: str, uploaded: Iterable[Certificate], now: datetime
) -> None:
    """Mark what was just uploaded, when revocation is asked for at all.

    Nobody revokes what signed itself.
    """
    if read_settings(lab.db, cluster).methods:
        found = [each.sha256 for each in uploaded if not each.self_signed]
        revocation_checks.want(lab.db, cluster, found, "upload", at=now)


def _want(lab: Lab, kind: str, cluster: str) -> None:
    hours = _intervals(lab, cluster)[kind]
    if not hours:
        return
    now = lab.clock.now()
    if kind == SCHEDULE:
        revocation_checks.want_of_nodes(lab.db, cluster, "schedule", at=now)
    else:
        found = wanted_on_links(lab, cluster, now)
        revocation_checks.want(lab.db, cluster, found, "link", at=now)
    _plan(lab, kind, cluster, hours, now)


def _plan(lab: Lab, kind: str, cluster: str, hours: int, now: datetime) -> None:
    if hours:
        due_at = now + timedelta(hours=hours)
        jobs.schedule_once(lab.db, kind, due_at=due_at, about=cluster)


def _intervals(lab: Lab, cluster: str) -> dict[str, int]:
    """Hours from one time to the next, by the kind of job; 0: never."""
    asked = read_settings(lab.db, cluster)
    return {
        SCHEDULE: asked.hours if asked.enable_check else 0,
        LINKS: link_schedule(lab, cluster).hours,
    }


def _parameter(lab: Lab, cluster: str, name: str) -> str:
    return settings.parameter(lab.db, cluster, name) or default_of(name)
