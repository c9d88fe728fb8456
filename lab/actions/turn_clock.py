"""Move the lab's clock forward."""

from datetime import datetime, timedelta

from lab.actions.deed import deed, record
from lab.actions.run_due import run_due
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.store import settings

_FARTHEST_YEARS = 100


def turn_clock(lab: Lab, *, days: float = 0, hours: float = 0) -> datetime:
    """Turn the clock forward, do what has come due on the way, return the new now.

    Raises `RuleError` for a turn back, for none, and for one past a century.
    """
    try:
        by = timedelta(days=days, hours=hours)
    except (OverflowError, ValueError):
        raise RuleError(
            "the lab's clock cannot be turned by {days} days and {hours} hours",
            hint="The farthest is {limit} years.",
            days=days,
            hours=hours,
            limit=_FARTHEST_YEARS,
        ) from None
    if by < timedelta(seconds=1):
        raise RuleError(
            "the lab's clock cannot be turned by {by}",
            hint="It goes forward only. An earlier date is a what-if on a copy.",
            by=by,
        )
    with deed(lab) as now:
        farthest = timedelta(days=365 * _FARTHEST_YEARS)
        shift = settings.clock_shift(lab.db) + min(by, farthest + by.resolution)
        if shift > farthest:
            raise RuleError(
                "the lab's clock cannot be turned {years} years ahead",
                hint="The farthest is {limit} years.",
                years=shift.days // 365,
                limit=_FARTHEST_YEARS,
            )
        settings.set_clock_shift(lab.db, shift)
        run_due(lab)
        then = lab.clock.now()
        detail = f"{utc_text(now)} to {utc_text(then)}"
        record(lab, then, "clock.turned", "lab", detail)
        return then
