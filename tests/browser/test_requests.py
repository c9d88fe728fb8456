"""The eight steps in a real browser: once with a CA of the lab, once with OpenSSL's."""

import shutil
import subprocess
import sys
from base64 import b64encode

import pytest

from bench.serving import serving
from tests.browser.looking import open_tab
from tests.browser.test_import import DROP

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        shutil.which("openssl") is None, reason="openssl is not installed"
    ),
]
FLOW = """
import sys
from lab.actions.third_party_flow import flow_of
from lab.lab import open_lab
lab = open_lab(sys.argv[1])
flow = flow_of(lab, *sys.argv[2:])
print(*(step.progress.value for step in flow.steps), sep=",")
print(flow.facts.in_slot.issuer_common_name)
"""


@pytest.fixture
def path(example_file, tmp_path):
    path = tmp_path / "lab.sqlite3"
    shutil.copy(example_file, path)
    return path


@pytest.fixture
def visit(browser, path):
    with (
        serving(environment={"LAB_DB": str(path)}) as address,
        open_tab(browser, address) as visit,
    ):
        yield visit


def flow_in(path, node, purpose):
    """How the steps are, told by a process that comes and goes."""
    command = [sys.executable, "-c", FLOW, path, node, purpose]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    steps, issuer = done.stdout.splitlines()
    return steps.split(","), issuer


def press(visit, name, within=None):
    place = within or visit.page.get_by_test_id("stMain")
    place.get_by_role("button", name=name, exact=True).first.click()
    visit.settle()


def confirm(visit, name):
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_role("button", name=name, exact=True).click()
    dialog.wait_for(state="detached")
    visit.settle()


def wait_for_step(visit, number):
    """Wait until this step is the next one, and open."""
    step = visit.page.get_by_test_id("stExpander").nth(number - 1)
    step.get_by_text("next", exact=True).wait_for()
    step.locator("details[open]").wait_for()
    return step


def open_step(visit, number):
    """Open a step that is folded, as it is when everything is done."""
    step = visit.page.get_by_test_id("stExpander").nth(number - 1)
    if not step.locator("details[open]").count():
        step.locator("summary").click()
        step.locator("details[open]").wait_for()
        visit.settle()  # a click while the page is drawn anew would be lost
    return step


def download(visit, name):
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name=name).click()
    visit.settle()
    return waiting.value


def sign_outside(folder, request):
    """A root, and the certificate for this request, by OpenSSL."""

    def run(*arguments):
        command = ["openssl", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    run("req", "-verify", "-noout", "-in", request)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
        "-out", "root.pem", "-subj", "/CN=Outside Root", "-days", "400",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    run("x509", "-req", "-in", request, "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-days", "300", "-copy_extensions", "copyall",
        "-out", "leaf.pem")  # fmt: skip
    return [folder / "leaf.pem", folder / "root.pem"]


def drop(visit, step, files):
    zone = step.get_by_test_id("stFileUploaderDropzone")
    zone.evaluate(
        DROP, [(each.name, b64encode(each.read_bytes()).decode()) for each in files]
    )
    visit.settle()


def test_the_eight_steps_with_an_authority_of_the_lab(visit, path):
    visit.open("certificate_requests?node=cucm-sub2&purpose=tomcat")
    press(visit, "Generate", open_step(visit, 1))
    wait_for_step(visit, 2)
    request = download(visit, "Download the request")
    assert request.suggested_filename == "cucm-sub2-tomcat.csr"

    step = wait_for_step(visit, 3)
    press(visit, "Sign", step)
    wait_for_step(visit, 6)
    press(visit, "Upload the certificate")
    confirm(visit, "Upload")
    wait_for_step(visit, 8)
    press(visit, "Restart the services")
    confirm(visit, "Restart")

    visit.page.get_by_text("All steps are done").wait_for()
    steps, issuer = flow_in(path, "cucm-sub2", "tomcat")
    assert set(steps) == {"done", "not needed"}
    assert issuer.startswith("Example")
    assert visit.faults() == []


def test_the_eight_steps_with_an_authority_outside(visit, path, tmp_path):
    visit.open("certificate_requests?node=cucm-sub2&purpose=tomcat")
    press(visit, "Generate", open_step(visit, 1))
    wait_for_step(visit, 2)
    download(visit, "Download the request").save_as(tmp_path / "asked.csr")
    step = wait_for_step(visit, 3)

    drop(visit, step, sign_outside(tmp_path, "asked.csr"))

    wait_for_step(visit, 6)
    press(visit, "Upload 1 certificate of the chain")
    press(visit, "Upload the certificate")
    confirm(visit, "Upload")
    wait_for_step(visit, 8)
    press(visit, "Restart the services")
    confirm(visit, "Restart")

    visit.page.get_by_text("All steps are done").wait_for()
    steps, issuer = flow_in(path, "cucm-sub2", "tomcat")
    assert set(steps) == {"done", "not needed"}
    assert issuer == "Outside Root"
    assert visit.faults() == []


def test_overwriting_a_request_asks_and_can_be_left(visit, path):
    visit.open("certificate_requests")  # the one that has waited longest
    wait_for_step(visit, 2)

    press(visit, "Generate", open_step(visit, 1))
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_text("will no longer fit").wait_for()
    confirm(visit, "Cancel")

    steps, _issuer = flow_in(path, "cucm-sub2", "CallManager")
    assert steps[:2] == ["done", "now"]
    assert visit.faults() == []
