"""Sign the next certificate revocation lists of an authority, full and delta."""

from datetime import timedelta

from lab.actions.crl_desk import Desk
from lab.actions.deed import deed, record
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Crl
from lab.store import crls, jobs, parties

FULL_JOB, DELTA_JOB = "publish_crl", "publish_delta"


def publish_crl(lab: Lab, authority: str, *, regular: bool = False) -> Crl:
    """Sign and keep the full lists that are true now; return the one of everything.

    An authority with deltas gets new ones too, with the same number (RFC 5280 section
    5.2.3). A `regular` list is the schedule's own; only after such a one that was made
    beyond its end an entry is let go (section 3.3). What is published in between
    leaves the schedule as it is.
    """
    with deed(lab) as now:
        desk = Desk.of(lab, authority, now)
        period = timedelta(days=desk.issuer.crl_days)
        full = [desk.full(scope, now + period) for scope in desk.scopes()]
        if regular:
            desk.note_regular()
        deltas = _deltas(desk) if desk.issuer.delta_hours else []
        _plan(desk, FULL_JOB, period, keep=not regular)
        first, size = full[0]
        detail = f"number {first.number}, {size} revoked"
        if deltas:
            detail += f", delta since number {deltas[0][0].base}"
        detail += f", next update {utc_text(first.next_update)}"
        record(lab, now, "crl.published", authority, detail)
    return first


def publish_regular_crl(lab: Lab, authority: str) -> Crl:
    """Publish what the schedule asks for."""
    return publish_crl(lab, authority, regular=True)


def publish_delta(lab: Lab, authority: str) -> Crl:
    """Sign and keep what has changed since a full list; schedule the next delta.

    When no full list can be its base, because the latest one names another place, a
    new full one is published with it. Source: RFC 5280 section 5.2.4.
    """
    with deed(lab) as now:
        desk = Desk.of(lab, authority, now)
        if not desk.issuer.delta_hours:
            raise RuleError(
                "{issuer} publishes no delta CRLs",
                hint="Set the hours between two of them first.",
                issuer=desk.issuer.label,
            )
        if not all(map(desk.base, desk.scopes())):
            publish_crl(lab, authority)
            found = crls.latest(lab.db, authority, delta=True)
            assert found  # it was published with the full one
            return found
        first, size = _deltas(desk)[0]
        detail = (
            f"delta number {first.number} since number {first.base}, "
            f"{size} changed, next update {utc_text(first.next_update)}"
        )
        record(lab, now, "crl.published", authority, detail)
    return first


def publish_change(lab: Lab, authority: str) -> Crl:
    """Let clients know of a change: by a delta where there are deltas."""
    if parties.authority(lab.db, authority).delta_hours:
        return publish_delta(lab, authority)
    return publish_crl(lab, authority)


def _deltas(desk: Desk) -> list[tuple[Crl, int]]:
    """One of each scope, with how many entries it has; the next ones are planned."""
    period = timedelta(hours=desk.issuer.delta_hours)
    _plan(desk, DELTA_JOB, period)
    return [desk.delta(scope, desk.now + period) for scope in desk.scopes()]


def _plan(desk: Desk, kind: str, period: timedelta, *, keep: bool = False) -> None:
    """Have the next one made in time; with `keep` not later than it is planned.

    It is made when nine tenths of this one's time have gone, so that a client always
    finds one that has not ended.
    """
    db, about = desk.lab.db, desk.issuer.name
    planned = jobs.planned(db, kind, about) if keep else None
    jobs.cancel(db, kind, about)
    if desk.certificate.not_after > desk.now + period:
        due_at = (desk.now + period * 9 / 10).replace(microsecond=0)
        jobs.schedule(db, kind, due_at=min(due_at, planned or due_at), about=about)
