"""The drawer of a certificate: revoke, hold, release, invalidity date."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.hold_certificate import hold_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_authority import set_authority
from lab.actions.turn_clock import turn_clock
from lab.store import certificates, events, parties, places

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
DEEDS = {"revoke", "hold", "release", "invalidity"}


@pytest.fixture
def tomcat(example):
    """An identity that the lab's issuing CA signed."""
    node = parties.by_name(example.db, "", "cucm-sub1")
    place = places.slot(example.db, node.id, "tomcat")
    return certificates.get(example.db, place.certificate)


def drawer(sha256):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params["certificate"] = sha256
    return app.switch_page("certificates.py").run()


def offered(app):
    keys = {each.key.removeprefix("certificates_") for each in app.button if each.key}
    return keys & DEEDS


def texts(app):
    boxes = (app.markdown, app.warning, app.error, app.success, app.info, app.caption)
    return "\n".join(each.value for box in boxes for each in box)


def click(app, *keys):
    for key in keys:
        app.button(key=f"certificates_{key}").click().run()
        assert not app.exception
    return app


def test_what_is_offered_follows_its_state(example, tomcat):
    good = offered(drawer(tomcat.sha256))
    hold_certificate(example, tomcat.sha256)
    held = offered(drawer(tomcat.sha256))
    revoke_certificate(example, tomcat.sha256, "superseded")
    revoked = offered(drawer(tomcat.sha256))

    assert good == {"revoke", "hold"}
    assert held == {"revoke", "release", "invalidity"}
    assert revoked == {"invalidity"}


@pytest.mark.parametrize("what", ["root", "self-signed", "expired"])
def test_nothing_is_offered_where_nothing_can_be_done(example, tomcat, what):
    node = parties.by_name(example.db, "", "cucm-sub1")
    sha256 = {
        "root": parties.authority(example.db, "example-root").certificate,
        "self-signed": places.slot(example.db, node.id, "ipsec").certificate,
        "expired": tomcat.sha256,
    }[what]
    if what == "expired":
        turn_clock(example, days=(tomcat.not_after - example.clock.now()).days + 1)

    app = drawer(sha256)

    assert not app.exception
    assert offered(app) == set()


def test_revoking_shows_what_breaks_and_when_clients_notice(example, tomcat):
    app = click(drawer(tomcat.sha256), "revoke")
    asked = texts(app)
    still = certificates.revocation(example.db, tomcat.sha256)
    reasons = app.selectbox(key="certificates_reason").options
    app.selectbox(key="certificates_reason").set_value("keyCompromise").run()
    click(app, "confirm")

    assert still is None
    assert tomcat.common_name in asked
    assert "**Stops:** web administration of this node" in asked
    assert "does not notice until" in asked
    assert "An OCSP answer from before holds for 60 minutes." in asked
    assert "only a hold can be lifted" in asked
    shown = " ".join(reasons)
    assert "keyCompromise" in shown
    assert not {"certificateHold", "cACompromise", "removeFromCRL"} & set(shown.split())
    found = certificates.revocation(example.db, tomcat.sha256)
    assert (found.reason, found.invalid_since) == ("keyCompromise", None)
    assert "is revoked." in texts(app)
    assert offered(app) == {"invalidity"}
    (event,) = [
        each
        for each in events.latest(example.db, limit=3)
        if each.kind == "certificate.revoked"
    ]
    assert event.actor == "dashboard"


def test_a_revocation_can_say_since_when(example, tomcat):
    app = click(drawer(tomcat.sha256), "revoke")
    app.checkbox(key="certificates_dated").check().run()
    since = example.clock.now().replace(second=0, tzinfo=None) - timedelta(days=3)
    app.datetime_input(key="certificates_since").set_value(since).run()
    click(app, "confirm")

    found = certificates.revocation(example.db, tomcat.sha256)
    assert found.invalid_since.replace(tzinfo=None) == since


def test_hold_and_release(example, tomcat):
    app = click(drawer(tomcat.sha256), "hold")
    asked = texts(app)
    click(app, "confirm")
    held = certificates.revocation(example.db, tomcat.sha256)
    told = texts(app)
    click(app, "release", "confirm")

    assert "until it is released" in asked
    assert held.reason == "certificateHold"
    assert "Taken back on" in told
    assert "Suspended for now" in told
    assert certificates.revocation(example.db, tomcat.sha256) is None
    assert "is released." in texts(app)


def test_an_invalidity_date_is_set_and_forgotten(example, tomcat):
    revoke_certificate(example, tomcat.sha256, "keyCompromise")
    app = click(drawer(tomcat.sha256), "invalidity")
    since = example.clock.now().replace(second=0, tzinfo=None) - timedelta(days=9)
    app.datetime_input(key="certificates_since").set_value(since).run()
    click(app, "confirm")
    dated = certificates.revocation(example.db, tomcat.sha256).invalid_since
    told = texts(app)
    click(app, "invalidity", "forget")

    assert dated.replace(tzinfo=None) == since
    assert "Not to be believed since" in told
    assert certificates.revocation(example.db, tomcat.sha256).invalid_since is None


def test_a_dialog_that_is_closed_does_nothing(example, tomcat):
    before = events.head(example.db)

    app = click(drawer(tomcat.sha256), "hold", "cancel")

    assert offered(app) == {"revoke", "hold"}
    assert events.head(example.db) == before


def test_with_deltas_clients_notice_sooner(example, tomcat):
    set_authority(example, "example-issuing", delta_hours=1, ocsp="none")

    app = click(drawer(tomcat.sha256), "hold")

    until = example.clock.now() + timedelta(hours=1)
    assert f"{until:%H}" in texts(app)
    assert "An OCSP answer" not in texts(app)


def test_a_refusal_of_the_deed_is_shown_and_the_dialog_stays(example, tomcat):
    app = click(drawer(tomcat.sha256), "hold")
    revoke_certificate(example, tomcat.sha256, "superseded")

    click(app, "confirm")

    assert "was revoked on" in texts(app)
    found = certificates.revocation(example.db, tomcat.sha256)
    assert found.reason == "superseded"
