"""The frame: the lab's clock and the language, on every page."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.lab import open_lab
from lab.store import certificates, events, jobs, settings

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


@pytest.fixture
def app(example_path):
    app = AppTest.from_file(FRAME, default_timeout=30)
    return app.run()


def clock_says(app):
    return " ".join(caption.value for caption in app.sidebar.caption)


def test_what_follows_from_a_turn_is_said_before_it_is_done(app, example):
    now = example.clock.now()
    ending = certificates.count_ending(example.db, now, now + timedelta(days=7))
    due = jobs.count_due(example.db, now + timedelta(days=7))

    app.number_input(key="frame_turn_days").set_value(7).run()

    assert not app.exception
    assert ending == 1
    assert f"{ending} certificate ends before" in clock_says(app)
    assert f"{due} thing" in clock_says(app)
    assert settings.clock_shift(example.db) == timedelta(0)


def test_a_turn_moves_the_lab_and_does_what_has_come_due(app, example):
    head = events.head(example.db)

    app.number_input(key="frame_turn_days").set_value(60).run()
    app.button(key="frame_turn").click().run()

    assert not app.exception
    assert settings.clock_shift(example.db) == timedelta(days=60)
    assert events.latest(example.db)[0].kind == "clock.turned"
    assert events.head(example.db) != head
    assert "turned by 60 days" in app.sidebar.markdown[0].value


def test_the_language_is_kept_in_the_address(app):
    app.selectbox(key="frame_language").select("ja").run()

    assert app.title[0].value == "概要"
    assert app.query_params["language"] in ("ja", ["ja"])


def test_an_address_opens_in_the_language_it_names(example_path):
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.query_params["language"] = "ja"

    app.run()

    assert app.title[0].value == "概要"


def test_an_unknown_language_is_english(example_path):
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.query_params["language"] = "<script>"

    app.run()

    assert not app.exception
    assert app.title[0].value == "Overview"


def test_a_lab_whose_keys_are_sealed_still_shows_its_pages(example_path, monkeypatch):
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "secret words")
    open_lab(example_path).close()
    monkeypatch.delenv("LAB_KEY_PASSPHRASE")

    app = AppTest.from_file(FRAME, default_timeout=30).run()

    assert not app.exception
    assert app.title[0].value == "Overview"


def damage(path):
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


def make_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("page", ["overview.py", "certificates.py", "event_log.py"])
@pytest.mark.parametrize(
    "spoil",
    [
        damage,
        make_folder,
        lambda path: path.write_bytes(b"this is no database" * 1000),
    ],
    ids=["damaged", "a folder", "another file"],
)
def test_a_file_that_is_no_lab_is_told_in_a_sentence(example_path, spoil, page):
    spoil(example_path)
    app = AppTest.from_file(FRAME, default_timeout=30).run()
    if page != "overview.py":
        app.switch_page(page).run()

    assert not app.exception
    assert app.error[0].value
    assert "Traceback" not in app.error[0].value


def test_a_wrong_passphrase_is_told_in_a_sentence(example_path, monkeypatch):
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "secret words")
    open_lab(example_path).close()
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "other words")

    app = AppTest.from_file(FRAME, default_timeout=30).run()

    assert not app.exception
    assert "passphrase" in app.error[0].value
