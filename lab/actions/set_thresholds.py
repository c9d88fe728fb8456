"""Say how many days before its end a certificate asks for attention."""

from lab.actions.deed import deed, record
from lab.errors import RuleError
from lab.lab import Lab
from lab.store import settings

_MOST_DAYS = 3650


def set_thresholds(lab: Lab, far: int, near: int, soon: int) -> tuple[int, int, int]:
    """Keep the three thresholds, in days; return them.

    Raises `RuleError` unless 1 <= soon < near < far <= 3650.
    """
    with deed(lab) as now:
        if not 1 <= soon < near < far <= _MOST_DAYS:
            raise RuleError(
                "{far}, {near} and {soon} days are not three falling thresholds",
                hint="Choose three numbers from {most} down to 1, the largest first.",
                far=far,
                near=near,
                soon=soon,
                most=_MOST_DAYS,
            )
        settings.put(lab.db, "thresholds", f"{far},{near},{soon}")
        detail = f"{far}, {near} and {soon} days"
        record(lab, now, "settings.changed", "thresholds", detail)
    return far, near, soon
