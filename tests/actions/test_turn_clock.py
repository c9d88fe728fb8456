"""Time: forward only, and what is due happens at its own moment."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.run_due import run_due
from lab.actions.turn_clock import turn_clock
from lab.clock import ShiftedClock
from lab.errors import NotFoundError, RuleError
from lab.store import crls, events, jobs, parties, settings


class Watch:
    """A machine's clock that a test sets: what `ShiftedClock` adds its shift to."""

    def __init__(self, lab):
        self.start, self.db = lab.clock.now(), lab.db

    def now(self):
        return self.start + settings.clock_shift(self.db)


@pytest.fixture
def running(site):
    """The small cluster with a clock that can be turned and does not run."""
    return replace(site, clock=Watch(site))


def test_the_clock_goes_forward_by_what_was_asked(running, seen):
    before = running.clock.now()

    after = turn_clock(running, days=3, hours=2)

    assert after == running.clock.now() == before + timedelta(days=3, hours=2)
    event = seen.events()[-1]
    assert (event.kind, event.at) == ("clock.turned", after)
    assert event.detail == "2030-01-01 13:00 UTC to 2030-01-04 15:00 UTC"


def test_turns_add_up(running):
    before = running.clock.now()

    for _ in range(3):
        turn_clock(running, hours=12)

    assert running.clock.now() - before == timedelta(hours=36)


def test_every_session_sees_the_turned_clock(site):
    first, second = (
        replace(site, clock=ShiftedClock(partial(settings.clock_shift, site.db)))
        for _ in range(2)
    )
    before = second.clock.now()

    turn_clock(first, days=100)

    assert second.clock.now() - before >= timedelta(days=100)


@pytest.mark.parametrize(
    "by",
    [
        {},
        {"days": 0},
        {"days": -1},
        {"days": 1, "hours": -24},
        {"hours": 0.0001},
        {"days": float("-inf")},
        {"days": float("inf")},
        {"days": float("nan")},
        {"days": 36501},
        {"days": 10**9 - 1},
        {"days": 10**9},
        {"hours": 10**300},
    ],
    ids=str,
)
def test_a_turn_back_none_or_past_a_century_is_refused(running, refusal_of, by):
    settings.set_clock_shift(running.db, timedelta(days=1))

    with refusal_of(running, RuleError, "the lab's clock cannot be turned"):
        turn_clock(running, **by)


def test_a_century_is_reached_and_not_passed(running, refusal_of):
    running.db.execute("DELETE FROM jobs")

    turn_clock(running, days=36500)

    with refusal_of(running, RuleError, "cannot be turned 100 years ahead"):
        turn_clock(running, hours=1)


def deeds(lab, look):
    return [
        (event.at, event.kind, event.about, event.detail.partition(",")[0])
        for event in look(lab).events()
        if event.kind != "clock.turned"
    ]


def test_a_month_turned_leaves_the_same_events_as_a_month_waited(
    site, running, look, later
):
    generate_self_signed(running, "sub", "tomcat-ECDSA")
    turned = replace(running.what_if(running.clock), make_key=running.make_key)
    turned = replace(turned, clock=Watch(turned))
    waited = site.what_if(site.clock)

    turn_clock(turned, days=31)
    for hours in range(0, 31 * 24 + 1, 8):
        run_due(later(waited, hours=hours))

    assert deeds(turned, look) == deeds(waited, look)
    assert look(turned).jobs() == look(waited).jobs()
    assert any(kind == "crl.published" for _, kind, _, _ in deeds(turned, look)[-5:])


def test_events_stay_in_order_of_lab_time_over_a_year(running, seen):
    for _ in range(12):
        turn_clock(running, days=30)

    moments = [event.at for event in seen.events()]
    assert moments == sorted(moments)
    assert events.first_broken(running.db) is None


def test_after_a_turn_nothing_that_is_due_is_left(running, seen):
    turn_clock(running, days=500)

    assert all(due_at > running.clock.now() for due_at, _ in seen.jobs())
    assert crls.latest(running.db, "issuing").next_update > running.clock.now()


def test_a_job_that_fails_undoes_the_turn(running, seen, refusal_of):
    for table in ("oauth_copies", "oauth_keys", "keys"):
        running.db.execute(f"DELETE FROM {table}")

    with refusal_of(running, NotFoundError, "does not hold the private key"):
        turn_clock(running, days=40)


# -- Due jobs -------------------------------------------------------------------------


def test_nothing_due_is_nothing_done(site, dump):
    before = dump(site)

    done = run_due(site)

    assert done == 0
    assert dump(site) == before


def test_due_jobs_run_once_and_are_counted(site, seen, later):
    generate_self_signed(site, "sub", "tomcat-ECDSA")
    after = later(site, minutes=30)

    first, second = run_due(after), run_due(after)

    assert (first, second) == (2, 0)


def test_a_job_is_not_run_a_second_early(site, later):
    generate_self_signed(site, "sub", "tomcat-ECDSA")

    done = run_due(later(site, minutes=30, seconds=-1))

    assert done == 0


def test_jobs_run_in_order_of_their_moment(site, seen, later):
    generate_self_signed(site, "sub", "tomcat-ECDSA")
    generate_self_signed(later(site, minutes=-20), "pub", "tomcat-ECDSA")
    before = len(seen.events())

    run_due(later(site, days=100))

    moments = [event.at for event in seen.events()[before:]]
    assert moments == sorted(moments)
    assert len(moments) > 10


def test_a_job_that_is_refused_keeps_the_others_from_nothing(site, later):
    now = site.clock.now()
    jobs.schedule(site.db, "publish_crl", due_at=now, about="no-such-authority")
    known = parties.authorities(site.db)[0].name
    before = crls.latest(site.db, known).number
    jobs.schedule(site.db, "publish_crl", due_at=now, about=known)

    with pytest.raises(NotFoundError, match="no-such-authority"):
        run_due(later(site, minutes=1))

    assert crls.latest(site.db, known).number == before + 1
    assert jobs.next_due(site.db, now).about == "no-such-authority"
