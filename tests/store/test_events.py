import sqlite3
from datetime import UTC, datetime

import pytest

from lab.models import Event
from lab.store import events
from lab.store.database import open_database

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TRIGGERS = ("events_no_update", "events_no_delete")


@pytest.fixture
def db():
    db = open_database(":memory:")
    for number in range(5):
        event = Event(
            at=NOON, kind="thing.done", about=f"thing {number}", detail="x", actor="me"
        )
        events.record(db, event)
    db.conn.commit()
    yield db
    db.close()


def record_and_fail(db):
    with db.atomic():
        events.record(db, Event(at=NOON, kind="thing.begun", about="thing"))
        raise ZeroDivisionError


def without_guard(db):
    for trigger in TRIGGERS:
        db.execute(f"DROP TRIGGER {trigger}")


def test_an_untouched_log_is_whole(db):
    assert events.first_broken(db) is None
    assert events.count(db) == 5


def test_each_line_carries_the_hash_of_the_one_before(db):
    found = events.latest(db)[::-1]

    assert found[0].previous == events.GENESIS
    assert [each.previous for each in found[1:]] == [each.hash for each in found[:-1]]
    assert events.head(db) == found[-1].hash


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET detail = 'y' WHERE id = 3", "DELETE FROM events"]
)
def test_a_line_cannot_be_changed_or_removed(db, statement):
    with pytest.raises(sqlite3.IntegrityError, match="added, never changed"):
        db.execute(statement)

    assert events.first_broken(db) is None


@pytest.mark.parametrize("column", ["at", "kind", "about", "detail", "actor"])
def test_a_changed_line_is_found_by_its_number(db, column):
    without_guard(db)

    db.execute(f"UPDATE events SET {column} = 'another' WHERE id = 3")

    assert events.first_broken(db) == 3


def test_text_moved_from_one_column_to_the_next_is_found(db):
    without_guard(db)

    db.execute("UPDATE events SET about = 'thin', detail = 'g 2x' WHERE id = 3")

    assert events.first_broken(db) == 3


def test_a_removed_line_is_found_at_the_one_after(db):
    without_guard(db)

    db.execute("DELETE FROM events WHERE id = 2")

    assert events.first_broken(db) == 3


def test_lines_in_another_order_are_found(db):
    without_guard(db)

    db.execute("UPDATE events SET id = 9 WHERE id = 4")

    assert events.first_broken(db) == 5


def test_a_refused_deed_leaves_no_line(db):
    before = events.head(db)

    with pytest.raises(ZeroDivisionError):
        record_and_fail(db)

    assert events.head(db) == before
    assert events.first_broken(db) is None


def test_lines_come_newest_first_a_page_at_a_time(db):
    first, second = events.latest(db, 2), events.latest(db, 2, 2)

    assert [each.about for each in first + second] == [
        "thing 4",
        "thing 3",
        "thing 2",
        "thing 1",
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [("thing 3", 1), ("THING", 5), ("%", 0), ("_hing", 0), ("", 5), ("'", 0)],
)
def test_a_line_is_found_by_what_it_says(db, text, number):
    assert events.count(db, text) == number
    assert len(events.latest(db, text=text)) == number
