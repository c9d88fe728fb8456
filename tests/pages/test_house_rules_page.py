"""The house rules page: every table opens, and everything in it can be found."""

from enum import Enum
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.rules.contradictions import CONTRADICTIONS
from lab.rules.sources import Source
from lab.rules.tables import TABLES
from pages.rule_parts import BY_SLUG, cell, found_in, heading, rows_of

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
CONTRADICTING = next(name for name, table in BY_SLUG.items() if table is TABLES[-1])


def open_page(**address):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    return app.switch_page("house_rules.py").run()


@pytest.fixture
def app(empty_path):
    return open_page()


def at_address(app, **address):
    app.query_params.clear()
    app.query_params.update(address)
    return app.run()


def test_every_table_has_a_name_of_its_own_in_the_address():
    assert len(BY_SLUG) == len(TABLES)


def test_every_table_opens_and_shows_all_its_rows(app):
    for name, table in BY_SLUG.items():
        at_address(app, table=name)

        assert not app.exception, name
        assert not app.warning, name
        if name != CONTRADICTING:
            assert len(app.dataframe[0].value) == len(table.rows), name


def test_a_table_that_is_chosen_goes_into_the_address(app):
    app.selectbox(key="rules_table").set_value("trust-stores").run()

    assert app.query_params == {"table": "trust-stores"}
    assert "CAPF-trust" in set(app.dataframe[0].value["name"])


def test_contradictions_stand_side_by_side_with_the_choice(app):
    at_address(app, table=CONTRADICTING)

    assert len(app.columns) >= sum(len(row.readings) for row in CONTRADICTIONS)
    text = "\n".join(each.value.replace("\\", "") for each in app.markdown)
    for row in CONTRADICTIONS:
        assert row.lab_choice in text
        for _, reading in row.readings:
            assert reading in text


def test_a_search_shows_each_table_that_contains_it(empty_path):
    app = open_page(rules_q="phone-edge")

    wanted = [table for table in TABLES if found_in(table, "phone-edge")]
    assert not app.exception
    assert [each.value for each in app.subheader] == [each.title for each in wanted]
    assert len(wanted) > 1


def test_a_search_in_vain_says_so(empty_path):
    app = open_page(rules_q="no such words")

    assert "No table says that" in app.info[0].value


@pytest.mark.parametrize("name", ["x", "'; --", "**", "a" * 10_000, "\0"])
def test_an_unknown_table_is_named_and_the_first_is_shown(app, name):
    at_address(app, table=name)

    assert not app.exception
    assert "There is no table called" in app.warning[0].value
    assert len(app.dataframe[0].value) == len(TABLES[0].rows)


def test_cells_and_headings_are_words():
    for table in TABLES:
        for row in rows_of(table):
            for name, text in row.items():
                assert "_" not in heading(name)
                assert not text.startswith(("((", "frozenset(", "<Source", "Source."))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ((), ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (float("inf"), "any"),
        pytest.param(frozenset({"b", "a"}), "a, b", id="a set"),
        ((1024, 2048), "1024, 2048"),
        (((Source.HOUSE, "so"), (Source.AXL, "thus")), None),
        (Source.AXL, "AXL schema"),
    ],
    ids=str,
)
def test_values_are_readable(value, text):
    if text is None:
        text = "; ".join(f"{source.value}: {words}" for source, words in value)

    assert cell(value) == text
    assert not isinstance(cell(value), Enum)
