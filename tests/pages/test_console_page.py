"""The console page: a prompt, its transcript, and the questions of the cluster."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.store import events, parties, places

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


def open_page(**asked):
    app = AppTest.from_file(FRAME, default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("cluster_console.py").run()


@pytest.fixture
def console(example_path):
    """The prompt of one node of the example lab."""
    return open_page(node="cucm-sub1")


def enter(app, line):
    app.text_input(key="console_line").set_value(line)
    app.button(key="console_enter").click().run()
    assert not app.exception
    return app.code[0].value


def slot(lab, purpose="tomcat"):
    party = parties.by_name(lab.db, "", "cucm-sub1")
    return places.slot(lab.db, party.id, purpose).certificate


def test_at_first_it_says_what_to_type(console):
    assert "Type help" in console.info[0].value
    assert console.selectbox(key="console_node").value.endswith("cucm-sub1")


def test_an_empty_lab_says_how_to_begin(empty_path):
    app = open_page()

    assert not app.exception
    assert "Nothing is here yet" in app.info[0].value


def test_a_command_is_answered_under_its_prompt(console):
    text = enter(console, "show cert list own")

    assert text.startswith("admin:show cert list own\ntomcat/tomcat.pem: ")
    assert console.text_input(key="console_line").value == ""


def test_a_question_is_asked_as_the_cluster_asks_it(console, example):
    before = slot(example)

    text = enter(console, "set cert regen tomcat")
    assert text.endswith("Proceed with regeneration (yes|no)?")
    assert slot(example) == before
    text = enter(console, "yes")

    assert "Proceed with regeneration (yes|no)? yes\n" in text
    assert "Successfully regenerated certificate for tomcat." in text
    assert slot(example) != before


def test_a_question_can_be_left(console, example):
    before = events.count(example.db)
    enter(console, "set cert regen tomcat")

    console.button(key="console_leave").click().run()

    assert console.code[0].value.endswith("^C")
    assert events.count(example.db) == before
    assert "admin:help" in enter(console, "help")


def test_a_certificate_is_pasted_into_a_larger_box(console, example):
    listed = enter(console, "show cert list trust")
    root = re.search(r"tomcat-trust/(Example_Root_CA\w+\.pem)", listed)[1]
    shown = enter(console, f"show cert trust {root}")
    pem = shown[shown.index("-----BEGIN") :]
    enter(console, "set cert import trust ipsec")

    console.text_area(key="console_line").set_value(pem)
    console.button(key="console_enter").click().run()

    assert not console.exception
    text = console.code[0].value
    assert "Successfully imported certificate for ipsec-trust." in text


def test_a_refusal_stands_in_the_transcript(console, example):
    before = events.count(example.db)

    text = enter(console, "utils ctl update CTLFile")

    assert "Executed command unsuccessfully" in text
    assert not console.error
    assert events.count(example.db) == before
    assert "No valid command entered" in enter(console, "<b>:smile:</b>")


def test_the_transcript_keeps_everything_until_it_is_cleared(console):
    enter(console, "show csr list")
    text = enter(console, "utils service list")

    assert text.count("admin:") == 2
    console.button(key="console_clear").click().run()
    assert not console.code


def test_an_earlier_command_can_be_typed_again(console):
    enter(console, "show csr list")

    console.selectbox(key="console_earlier").set_value("show csr list").run()

    assert console.text_input(key="console_line").value == "show csr list"


def test_the_privilege_counts(console):
    console.selectbox(key="console_privilege").set_value(0)

    assert "needs privilege 1" in enter(console, "show cert list own")
