"""A chain dropped onto the upload page of a real browser, looked at and uploaded."""

import shutil
from base64 import b64encode

import pytest

from bench.serving import serving
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request
from lab.lab import open_lab
from lab.pki.bundles import write_pem
from lab.store import certificates, parties, places
from tests.browser.looking import open_tab
from tests.browser.test_import import DROP

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def path(example_file, tmp_path):
    path = tmp_path / "lab.sqlite3"
    shutil.copy(example_file, path)
    return path


@pytest.fixture
def signed(path):
    lab = open_lab(path)
    request = request_certificate(lab, "cucm-sub1", "tomcat-ECDSA")
    leaf = sign_request(lab, "example-issuing", request.der, days=300)
    issuer = parties.authority(lab.db, "example-issuing")
    above = certificates.get(lab.db, issuer.certificate)
    lab.close()
    return write_pem([above.der, leaf.der]), leaf


@pytest.fixture
def visit(browser, path, signed):
    with (
        serving(environment={"LAB_DB": str(path)}) as address,
        open_tab(browser, address) as visit,
    ):
        yield visit


def test_a_chain_is_dropped_looked_at_and_uploaded(visit, path, signed):
    chain, leaf = signed
    visit.open("certificate_upload")

    zone = visit.page.get_by_test_id("stFileUploaderDropzone")
    zone.evaluate(DROP, [["chain.pem", b64encode(chain).decode()]])
    visit.page.get_by_text("What the upload to").first.wait_for()
    visit.settle()

    assert visit.faults() == []
    lab = open_lab(path)
    party = parties.by_name(lab.db, "", "cucm-sub1")
    before = places.slot(lab.db, party.id, "tomcat-ECDSA").certificate
    assert before != leaf.sha256

    visit.page.get_by_role("button", name="Upload", exact=True).last.click()
    visit.page.get_by_text("Certificate Uploaded").wait_for()
    visit.settle()

    assert visit.faults() == []
    assert places.slot(lab.db, party.id, "tomcat-ECDSA").certificate == leaf.sha256
    lab.close()
