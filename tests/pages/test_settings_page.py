"""Settings: enterprise parameters of a cluster, and what the lab itself may do."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.set_parameter import parameter
from lab.rules.parameters import PARAMETERS
from lab.store import events, parties, settings, tasks

CLUSTER = "Example Cluster"
BOTH = "All Supported EC and RSA Ciphers"
FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


@pytest.fixture
def page(example_path):
    """The settings of the example lab, drawn once."""
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    return app.switch_page("cluster_settings.py").run()


def choose(app, name, value):
    """Choose a value of a parameter, and ask for the dialog."""
    boxes = [*app.selectbox, *app.number_input]
    (box,) = [each for each in boxes if f"settings_value_{name}|" in str(each.key)]
    box.set_value(value).run()
    return app.button(key=f"settings_set_{name}").click().run()


def markdown(app):
    return "\n".join(each.value for each in (*app.markdown, *app.caption))


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_stands_with_what_it_decides_and_its_source(page, name):
    row = PARAMETERS[name]

    text = markdown(page).replace("\\", "")

    assert f"**{name}**" in text
    assert row.rule in text
    assert row.note in text
    assert f"Source: {row.source}" in text


def test_what_follows_is_said_before_anything_is_set(page, example):
    head = events.head(example.db)

    choose(page, "HTTPS Ciphers", BOTH)

    assert not page.exception
    assert "Restart Cisco Tomcat on cucm\\-pub, cucm\\-sub1" in markdown(page)
    assert events.head(example.db) == head
    assert parameter(example, CLUSTER, "HTTPS Ciphers") != BOTH


def test_setting_leaves_tasks_and_shows_the_new_value(page, example):
    choose(page, "HTTPS Ciphers", BOTH)

    page.button(key="settings_confirm").click().run()

    assert not page.exception
    assert parameter(example, CLUSTER, "HTTPS Ciphers") == BOTH
    assert "HTTPS Ciphers" in {task.cause for task in tasks.all_open(example.db)}
    (box,) = [each for each in page.selectbox if "HTTPS Ciphers" in str(each.key)]
    assert box.value == BOTH
    assert page.button(key="settings_set_HTTPS Ciphers").disabled


def test_a_number_is_set_too(page, example):
    choose(page, "Validity Check Frequency", 48)

    page.button(key="settings_confirm").click().run()

    assert not page.exception
    assert parameter(example, CLUSTER, "Validity Check Frequency") == "48"


def test_cancelling_changes_nothing(page, example):
    head = events.head(example.db)
    choose(page, "HTTPS Ciphers", BOTH)

    page.button(key="settings_cancel").click().run()

    assert events.head(example.db) == head
    assert "settings_confirm" not in [each.key for each in page.button]


def test_the_security_mode_is_changed_after_a_look(page, example):
    page.button(key="settings_mode").click().run()
    text = markdown(page)

    page.button(key="settings_confirm").click().run()

    assert not page.exception
    assert "Reset the phones" in text
    assert not parties.cluster(example.db, CLUSTER).mixed_mode


def test_the_clock_says_what_is_due_on_the_way_and_does_it(page, example):
    before = example.clock.now()
    due = list(page.dataframe[0].value["what"])

    page.button(key="settings_turn").click().run()

    assert not page.exception
    assert "A revocation list is published" in due
    assert (example.clock.now() - before).days == 30
    assert {event.kind for event in events.latest(example.db, 20)} >= {"crl.published"}


def test_no_turn_is_offered_for_no_time(page):
    page.number_input(key="settings_days").set_value(0).run()

    assert not page.exception
    assert page.button(key="settings_turn").disabled


def test_thresholds_are_saved(page, example):
    page.number_input(key="settings_far").set_value(100)

    page.button(key="settings_save_thresholds").click().run()

    assert settings.thresholds(example.db) == (100, 30, 7)


def test_the_base_url_is_saved_and_nonsense_refused(page, example):
    page.text_input(key="settings_base_url").set_value("https://pki.example/")
    page.button(key="settings_save_base_url").click().run()
    saved = settings.get(example.db, "base_url")

    page.text_input(key="settings_base_url").set_value("javascript:alert(1)")
    page.button(key="settings_save_base_url").click().run()

    assert saved == "https://pki.example"
    assert settings.get(example.db, "base_url") == saved
    assert any("is no base URL" in each.value for each in page.error)


def test_addresses_are_allowed_and_forbidden_again(page, example):
    page.text_input(key="settings_allow").set_value("192.0.2.0/24")
    (allow,) = [each for each in page.button if each.label == "Allow"]
    allow.click().run()
    allowed = [str(each) for each in settings.allowed_networks(example.db)]

    page.button(key="settings_forbid_192.0.2.0/24").click().run()

    assert not page.exception
    assert allowed == ["192.0.2.0/24"]
    assert settings.allowed_networks(example.db) == []


def test_an_empty_lab_has_settings_of_its_own_and_says_the_next_step(empty_path):
    app = AppTest.from_file(FRAME, default_timeout=60).run()

    app.switch_page("cluster_settings.py").run()

    assert not app.exception
    assert any("Build the example lab" in each.value for each in app.info)
    assert app.button(key="settings_turn").label == "Turn"
