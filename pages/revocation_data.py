"""What the revocation page shows, read once, and its sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from lab.actions.believed import Belief, Known, still_held, what_clients_believe
from lab.actions.plan_checks import next_check
from lab.actions.revocation_health import TROUBLED, Line, revocation_health
from lab.lab import Lab
from lab.models import Check, Cluster
from lab.store import revocation_checks
from lab.store.revocation_listing import Released, count_taken
from lab.store.revocation_settings import RevocationSettings, read_settings
from pages.language import _, counted, moment_text
from pages.revocation_words import health_words, line_words
from pages.shared import as_text, fingerprint

MOST = 200  # certificates that were taken back; the list of certificates has them all
UNSURE = ("unknown", "unreachable")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Everything above the tabs, and what they share."""

    now: datetime
    revoked: int
    on_hold: int
    known: Sequence[Known]
    lifted: Sequence[tuple[Released, Belief]]  # holds that not every client knows of
    lines: Sequence[Line]
    cluster: Cluster | None  # None: the lab runs none
    settings: RevocationSettings | None
    latest: Sequence[Check]  # of each certificate of the cluster
    next_at: datetime | None

    @property
    def doubtful(self) -> list[Known]:
        """Those that a client may still believe to be good."""
        return [each for each in self.known if each.good_until]

    @property
    def asks(self) -> bool:
        return bool(self.settings and self.settings.methods)

    def number(self, *statuses: str) -> int:
        return sum(check.status in statuses for check in self.latest)

    @property
    def learned(self) -> dict[str, Check]:
        return {check.certificate: check for check in self.latest}


@st.cache_data(max_entries=20, show_spinner=False)
def _believed(
    _lab: Lab,
    true_for: str,  # noqa: ARG001  # a key of the cache
    minute: datetime,
) -> tuple[list[Known], list[tuple[Released, Belief]]]:
    known = what_clients_believe(_lab, minute, limit=MOST)
    return known, still_held(_lab, minute)


def read_picture(lab: Lab, cluster: Cluster | None, now: datetime) -> Picture:
    """The lab's present; what is slow to find is kept until something is done."""
    minute = now.replace(second=59, microsecond=0)
    revoked, on_hold = count_taken(lab.db, now)
    known, lifted = _believed(lab, fingerprint(lab), minute)
    latest: Sequence[Check] = ()
    if cluster:
        latest = revocation_checks.latest_checks(lab.db, cluster.name)
    return Picture(
        now=now,
        revoked=revoked,
        on_hold=on_hold,
        known=known,
        lifted=lifted,
        lines=revocation_health(lab, now),
        cluster=cluster,
        settings=read_settings(lab.db, cluster.name) if cluster else None,
        latest=latest,
        next_at=next_check(lab, cluster.name) if cluster else None,
    )


def sentence(found: Picture) -> tuple[str, str]:
    """How bad it is ("error", "warning" or "success"), and what is so, as Markdown."""
    troubled = [line for line in found.lines if line.health in TROUBLED]
    parts = [_counts(found), _doubts(found), _asking(found)]
    parts += [_trouble(line) for line in troubled[:3]]
    if troubled:
        kind = "error"
    elif found.doubtful or found.number(*UNSURE) or not found.asks:
        kind = "warning"
    else:
        kind = "success"
    return kind, " ".join(part for part in parts if part)


def _counts(found: Picture) -> str:
    if not found.revoked and not found.on_hold:
        return f"**{_('Nothing is revoked or on hold.')}**"
    revoked = counted(
        "{number} certificate is revoked", "{number} certificates are revoked",
        found.revoked,
    ) if found.revoked else _("no certificate is revoked")  # fmt: skip
    held = (
        counted("{number} is on hold", "{number} are on hold", found.on_hold)
        if found.on_hold
        else _("none is on hold")
    )
    words = _("{revoked}, {held}.", revoked=revoked, held=held)
    return f"**{words[:1].upper()}{words[1:]}**"


def _doubts(found: Picture) -> str:
    doubtful, total = found.doubtful, found.revoked + found.on_hold
    if not doubtful:
        return _("Every client that asks knows it.") if found.known else ""
    until = max(each.good_until for each in doubtful if each.good_until)
    if total == 1:
        return _(
            "A client with an earlier answer or list may still believe that it is "
            "good, until {until} at the latest.",
            until=moment_text(until),
        )
    return counted(
        "Clients with earlier answers or lists may still believe that {number} of them "
        "is good, until {until} at the latest.",
        "Clients with earlier answers or lists may still believe that {number} of them "
        "are good, until {until} at the latest.",
        len(doubtful),
        until=moment_text(until),
    )


def _asking(found: Picture) -> str:
    if found.cluster is None:
        return ""
    name = as_text(found.cluster.name)
    if not found.asks:
        return _(
            "**The nodes of {cluster} do not ask**: OCSP and CRLs are switched off "
            "there.",
            cluster=name,
        )
    out = sum(not check.connects for check in found.latest)
    if not found.latest:
        return _("{cluster} has not asked yet.", cluster=name)
    if not out:
        return _("{cluster} found nothing that it must refuse.", cluster=name)
    return counted(
        "{cluster} has taken {number} certificate out of use.",
        "{cluster} has taken {number} certificates out of use.",
        out,
        cluster=name,
    )


def _trouble(line: Line) -> str:
    return _(
        "**{authority}**: {what}, {state}.",
        authority=as_text(line.authority.label),
        what=line_words(line),
        state=health_words()[line.health].lower(),
    )
