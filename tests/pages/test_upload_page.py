"""The upload page: what it is, where it goes, what it would change, and then."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request
from lab.actions.turn_clock import turn_clock
from lab.pki.bundles import write_pem
from lab.store import certificates, events, parties, places, requests

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


@pytest.fixture
def signed(example):
    """An answer to a new request of tomcat-ECDSA on cucm-sub1, with its chain."""
    request = request_certificate(example, "cucm-sub1", "tomcat-ECDSA")
    leaf = sign_request(example, "example-issuing", request.der, days=300)
    return [
        leaf,
        authority(example, "example-issuing"),
        authority(example, "example-root"),
    ]


def authority(lab, name):
    found = parties.authority(lab.db, name)
    return certificates.get(lab.db, found.certificate)


@pytest.fixture
def app(example_path):
    app = AppTest.from_file(FRAME, default_timeout=60)
    app.run()
    return app.switch_page("certificate_upload.py").run()


def give(app, *files):
    app.file_uploader[0].set_value(
        [(name, data, "application/octet-stream") for name, data in files]
    )
    return app.run()


def slot(lab, node, purpose):
    party = parties.by_name(lab.db, "", node)
    return places.slot(lab.db, party.id, purpose).certificate


def texts(app):
    return " ".join(each.value for each in (*app.markdown, *app.error, *app.info))


def test_a_chain_is_told_apart_and_shown_before_it_is_uploaded(example, signed, app):
    leaf = signed[0]
    before = events.head(example.db)

    give(app, ("chain.pem", write_pem(each.der for each in signed)))

    assert not app.exception
    assert events.head(example.db) == before
    assert "an answer to a waiting request" in app.info[0].value
    assert "It has every usage" in texts(app)
    assert "Its chain reaches" in texts(app)

    app.button(key="upload_confirm").click().run()

    assert not app.exception
    assert slot(example, "cucm-sub1", "tomcat-ECDSA") == leaf.sha256
    assert "cucm-sub1" in app.success[0].value
    assert "What follows" in texts(app)


def test_when_the_lab_changed_since_the_look_the_new_one_is_shown_first(
    example, signed, app
):
    leaf = signed[0]
    give(app, ("leaf.cer", leaf.der))
    turn_clock(example, days=1)

    app.button(key="upload_confirm").click().run()

    assert not app.exception
    assert "has changed since" in app.error[0].value
    assert "The lab has changed since you looked" in app.warning[0].value
    assert slot(example, "cucm-sub1", "tomcat-ECDSA") != leaf.sha256

    app.button(key="upload_confirm").click().run()

    assert not app.exception
    assert slot(example, "cucm-sub1", "tomcat-ECDSA") == leaf.sha256


def test_what_the_cluster_would_refuse_cannot_be_confirmed(example, signed, app):
    leaf = signed[0]
    party = parties.by_name(example.db, "", "cucm-sub1")
    give(app, ("leaf.pem", write_pem([leaf.der])))
    request_certificate(example, "cucm-sub1", "tomcat-ECDSA")

    app.run()
    app.selectbox(key="upload_left0_name__ucm").set_value("tomcat-ECDSA").run()
    app.selectbox(key="upload_left0_node_cucm-pub").set_value("cucm-sub1").run()

    assert not app.exception
    assert "CSR Public Key and Certificate Public Key do not match" in texts(app)
    assert app.button(key="upload_confirm").disabled
    assert requests.get(example.db, party.id, "tomcat-ECDSA")


def test_a_file_without_a_certificate_is_refused_in_words(app):
    give(app, ("note.txt", b"hello"))

    assert not app.exception
    assert "there is no certificate in the file" in app.error[0].value


def test_an_imported_lab_says_that_nothing_can_be_uploaded(empty_path):
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.run()
    app.switch_page("certificate_upload.py").run()

    assert not app.exception
    assert app.info
