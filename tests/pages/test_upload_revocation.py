"""An upload where revocation is asked for: it is done, and the alarm is told."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.request_certificate import request_certificate
from lab.actions.revocation_settings import set_revocation_settings
from lab.actions.sign_request import sign_request
from lab.pki.bundles import write_pem
from lab.store import events, parties, places, revocation_checks

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
CLUSTER = "Example Cluster"
NOBODY = "http://127.0.0.1:9/ocsp"  # the discard port: nobody listens


@pytest.fixture
def signed(example):
    # What the example's own history has left to be asked is none of this.
    example.db.execute("DELETE FROM checks_wanted")
    request = request_certificate(example, "cucm-sub1", "tomcat-ECDSA")
    return sign_request(example, "example-issuing", request.der, days=300)


def upload(signed):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.switch_page("certificate_upload.py").run()
    pem = write_pem([signed.der])
    app.file_uploader[0].set_value([("new.pem", pem, "application/octet-stream")])
    app.run()
    return app.button(key="upload_confirm").click().run()


def alarms(lab):
    return [each.about for each in events.latest(lab.db) if each.kind == "alarm.raised"]


def test_the_alarm_is_told_and_the_upload_stays(example, signed):
    set_revocation_settings(
        example,
        CLUSTER,
        enable_ocsp=True,
        use_configured_uri=True,
        configured_uri=NOBODY,
    )

    app = upload(signed)

    assert not app.exception
    assert "CertificateRevokationStatusByOCSP" in app.warning[0].value
    assert "Unreachable" in app.warning[0].value
    sub1 = parties.by_name(example.db, CLUSTER, "cucm-sub1")
    held = places.slot(example.db, sub1.id, "tomcat-ECDSA")
    assert held.certificate == signed.sha256
    assert alarms(example) == ["CertificateRevokationStatusByOCSP"]


def test_where_nobody_is_asked_nothing_is_said(example, signed):
    set_revocation_settings(example, CLUSTER, enable_ocsp=False)

    app = upload(signed)

    assert not app.exception
    assert "was raised" not in " ".join(each.value for each in app.warning)
    assert revocation_checks.latest_checks(example.db) == []
    assert alarms(example) == []
