from datetime import UTC, datetime, timedelta
from functools import partial

from lab.clock import FrozenClock, ShiftedClock, utc_text
from lab.store import settings
from lab.store.database import open_database

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_a_frozen_clock_stands_still():
    clock = FrozenClock(NOON)

    first, second = clock.now(), clock.now()

    assert first == second == NOON


def test_a_shifted_clock_tells_utc_in_whole_seconds():
    clock = ShiftedClock(timedelta)

    now = clock.now()

    assert now.tzinfo is UTC
    assert now.microsecond == 0


def test_a_shifted_clock_is_ahead_of_the_machine_by_its_shift():
    machine, ahead = ShiftedClock(timedelta), ShiftedClock(lambda: timedelta(days=30))

    before, moved, after = machine.now(), ahead.now(), machine.now()

    assert before <= moved - timedelta(days=30) <= after


def test_a_shifted_clock_asks_for_its_shift_every_time():
    db = open_database(":memory:")
    clock = ShiftedClock(partial(settings.clock_shift, db))
    before = clock.now()

    settings.set_clock_shift(db, timedelta(days=400))

    assert timedelta(days=400) <= clock.now() - before < timedelta(days=401)
    db.close()


def test_moments_are_written_for_people_with_their_zone():
    assert utc_text(NOON) == "2030-01-01 12:00 UTC"
