"""The events page: newest first, searched, paged, and its chain checked."""

import csv
import sqlite3
from io import StringIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.store import events
from pages.event_parts import EventsFile, headings, kinds

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


def open_page(**address):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    return app.switch_page("event_log.py").run()


def table(app):
    return app.dataframe[0].value


def tamper(path, sql):
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("DROP TRIGGER events_no_delete")
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_the_newest_event_comes_first(example):
    app = open_page()

    latest = events.latest(example.db)
    assert not app.exception
    assert list(table(app)["number"]) == [event.id for event in latest]
    assert table(app)["kind"][0] == "Lab built"


def test_an_untouched_chain_is_intact(example):
    app = open_page()

    total = events.count(example.db)
    assert app.success[0].value == f"The chain of {total} events is intact."


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("UPDATE events SET about = 'nobody' WHERE id = 7", 7),
        ("DELETE FROM events WHERE id = 11", 12),
        ("UPDATE events SET hash = previous WHERE id = 3", 3),
    ],
    ids=["changed", "deleted", "resealed"],
)
def test_a_changed_file_is_shown_as_broken(example_path, sql, number):
    open_page()
    tamper(example_path, sql)

    app = open_page()

    assert not app.exception
    assert f"broken at event {number}:" in app.error[0].value


def test_a_change_is_noticed_by_a_visit_that_saw_the_chain_intact(example_path):
    app = open_page()
    tamper(example_path, "UPDATE events SET actor = 'me' WHERE id = 5")

    app.run()

    assert "broken at event 5:" in app.error[0].value


def test_a_search_in_the_address_finds_what_contains_it(example):
    app = open_page(events_q="revoked")

    wanted = events.latest(example.db, text="revoked")
    assert list(table(app)["number"]) == [event.id for event in wanted]
    assert wanted


def test_the_last_page_ends_with_the_first_event(example):
    pages = -(-events.count(example.db) // 50)

    app = open_page(events_page=str(pages))

    assert list(table(app)["number"])[-1] == 1


@pytest.mark.parametrize(
    "address",
    [
        {"events_q": "%"},
        {"events_q": "_\\'\""},
        {"events_q": "a\0b"},
        {"events_page": "-1"},
        {"events_page": "9" * 30},
        {"events_page": "x"},
    ],
    ids=str,
)
def test_a_hostile_address_breaks_nothing(example_path, address):
    app = open_page(**address)

    assert not app.exception
    assert app.info or len(table(app)) == 50


def test_a_text_of_ten_thousand_letters_finds_nothing(example_path):
    app = open_page(events_q="x" * 10_000)

    assert not app.exception
    assert app.error or app.info


def test_an_empty_lab_offers_the_example(empty_path):
    app = open_page()

    assert not app.exception
    assert app.button(key="first_use_build")


def test_every_kind_of_event_in_the_example_has_words(example):
    found = {event.kind for event in events.latest(example.db, 10_000)}

    assert found <= set(kinds())


def test_the_file_holds_every_event(example):
    data = EventsFile("", headings())()

    rows = list(csv.reader(StringIO(data.getvalue().decode("utf-8-sig"))))
    assert len(rows) == events.count(example.db) + 1
    assert rows[1][1] == "lab.built"
