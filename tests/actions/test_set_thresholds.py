"""The days at which a certificate asks for attention."""

import pytest

from lab.actions.set_thresholds import set_thresholds
from lab.errors import RuleError
from lab.store import events, settings


def test_thresholds_are_kept_and_recorded(lab):
    set_thresholds(lab, 120, 45, 10)

    assert settings.thresholds(lab.db) == (120, 45, 10)
    (event,) = events.latest(lab.db)
    assert (event.kind, event.about) == ("settings.changed", "thresholds")
    assert event.detail == "120, 45 and 10 days"


@pytest.mark.parametrize(
    "days",
    [(30, 30, 7), (30, 90, 7), (90, 30, 30), (90, 30, 0), (3651, 30, 7), (5, 4, -1)],
    ids=["far is near", "near is larger", "near is soon", "none", "ten years", "past"],
)
def test_thresholds_that_do_not_fall_are_refused_and_change_nothing(lab, days):
    with pytest.raises(RuleError, match="are not three falling thresholds"):
        set_thresholds(lab, *days)

    assert settings.thresholds(lab.db) == (90, 30, 7)
    assert events.count(lab.db) == 0


def test_the_widest_and_the_narrowest_thresholds_are_taken(lab):
    assert set_thresholds(lab, 3650, 2, 1) == (3650, 2, 1)
