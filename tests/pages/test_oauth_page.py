"""The OAuth keys page: both keys, every node, every token, and the renewal."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.issue_tokens import issue_tokens
from lab.actions.judge_tokens import judge_tokens
from lab.actions.node_connection import take_offline
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.lab import open_lab
from lab.models import TokenState
from lab.store import events, oauth

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
CLUSTER = "Example Cluster"


def open_page():
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    return app.switch_page("oauth_keys.py").run()


def words(app):
    texts = [*app.markdown, *app.caption, *app.warning, *app.error, *app.info]
    return " ".join(each.value for each in texts)


def table_with(app, column):
    """The table that has this column."""
    [found] = [each.value for each in app.dataframe if column in each.value]
    return found


def held(lab):
    return {kind: each.key for kind, each in oauth.of_cluster(lab.db, CLUSTER).items()}


def test_both_checksums_stand_on_every_node(example):
    app = open_page()

    table = table_with(app, "node")
    assert not app.exception
    assert all(checksum in words(app) for checksum in held(example).values())
    assert list(table["node"]) == [
        "cucm-pub",
        "cucm-sub1",
        "cucm-sub2",
        "imp-pub",
        "imp-sub",
    ]
    for kind, checksum in held(example).items():
        assert set(table[kind]) == {checksum[:16]}


def test_the_encryption_key_has_a_command_and_no_button(example):
    app = open_page()

    assert app.code[0].value == "set key regen authz encryption"
    assert [each.key for each in app.button if "renew" in str(each.key)] == [
        "oauth_renew"
    ]
    assert held(example)["encryption"]


def test_the_signing_key_is_renewed_after_a_question(example):
    issue_tokens(example, CLUSTER, ["alice"])
    before = held(example)
    judged = judge_tokens(example, CLUSTER)
    good = sum(each.state is TokenState.GOOD for each in judged)
    app = open_page()

    app.button(key="oauth_renew").click().run()
    asked = words(app)
    unchanged = held(example)
    app.button(key="oauth_renew_now").click().run()

    after = held(example)
    assert not app.exception
    assert f"{good} that are good now" in asked
    assert good >= 2
    assert "Cisco CallManager" in asked
    assert "Cisco Expressway" in asked
    assert unchanged == before
    assert after["signing"] != before["signing"]
    assert after["encryption"] == before["encryption"]
    assert "The signing key is renewed" in words(app)
    assert events.latest(example.db, limit=1)[0].kind == "oauth_key.regenerated"
    states = {each.state for each in judge_tokens(example, CLUSTER)}
    assert states == {TokenState.DEAD}


def test_a_renewal_can_be_left(example):
    before = held(example)
    app = open_page()

    app.button(key="oauth_renew").click().run()
    app.button(key="oauth_cancel").click().run()

    assert held(example) == before
    assert "oauth_renew_now" not in {each.key for each in app.button}


def test_users_sign_in_and_their_tokens_die(example):
    app = open_page()
    before = len(oauth.tokens(example.db, CLUSTER))

    app.text_input(key="oauth_users").set_value("zoe, yan")
    app.button(key="oauth_sign_in_button").click().run()
    table = table_with(app, "taken_by")
    good = {*table[table["user"].isin(["zoe", "yan"])]["state"].explode()}
    regenerate_oauth_key(example, CLUSTER, "encryption")
    app.run()

    after = table_with(app, "taken_by")
    assert not app.exception
    assert len(table) == before + 4
    assert good == {"✓ Good"}
    assert set(after["state"].explode()) == {"✕ Dead"}
    assert all("encryption key" in reason for reason in after["reason"])


def test_a_name_that_is_none_is_refused(example):
    app = open_page()
    before = events.head(example.db)

    app.text_input(key="oauth_users").set_value("x" * 70)
    app.button(key="oauth_sign_in_button").click().run()

    assert "cannot be the name of a user" in app.error[0].value
    assert events.head(example.db) == before


def test_a_node_that_is_behind_is_named(example):
    take_offline(example, "imp-sub")
    regenerate_oauth_key(example, CLUSTER, "encryption")

    app = open_page()

    assert "Not on imp\\-sub yet" in app.warning[0].value
    table = table_with(app, "node")
    assert table["encryption"][4].endswith("(offline)")
    assert table["signing"][4] == table["signing"][0]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_empty_lab_says_how_to_begin(empty_path, language):
    app = AppTest.from_file(FRAME, default_timeout=60)
    app.query_params["language"] = language
    app.run()

    app.switch_page("oauth_keys.py").run()

    assert not app.exception
    assert app.button(key="first_use_build")
    open_lab(empty_path).close()
