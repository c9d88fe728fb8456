"""Files dropped onto the import page of a real browser, and a server looked at."""

import re
import shutil
from base64 import b64encode

import pytest

from bench.serving import serving
from lab.lab import open_lab
from lab.store import certificates, parties
from tests.browser.looking import open_tab
from tests.foreign_files import PASSWORD, make_files, serving_tls

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        shutil.which("openssl") is None, reason="openssl is not installed"
    ),
]
# What a browser does when files are let go over a page.
DROP = """(zone, files) => {
    const data = new DataTransfer();
    for (const [name, base64] of files) {
        const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
        data.items.add(new File([bytes], name));
    }
    for (const kind of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(
            new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
    }
}"""
TAKEN_IN = re.compile("certificates? w(as|ere) taken in")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("foreign"))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "lab.sqlite3"
    open_lab(path).close()
    return path


@pytest.fixture
def visit(browser, path):
    with (
        serving(environment={"LAB_DB": str(path)}) as address,
        open_tab(browser, address) as visit,
    ):
        yield visit


def drop(visit, *paths):
    """Let files go over the page, and wait for their preview."""
    visit.open("import_files")
    zone = visit.page.get_by_test_id("stFileUploaderDropzone")
    zone.evaluate(
        DROP, [[path.name, b64encode(path.read_bytes()).decode()] for path in paths]
    )
    visit.page.get_by_text("Known already").first.wait_for()
    visit.settle()


def numbers(visit):
    """Files, new, known and refused."""
    shown = visit.page.get_by_test_id("stMetricValue").all_inner_texts()
    return [int(text) for text in shown]


def shows(visit, new, known, refused):
    """Wait until the page says so; it takes a moment to notice what was typed."""
    for _ in range(100):
        if numbers(visit)[1:] == [new, known, refused]:
            return True
        visit.page.wait_for_timeout(100)
    return False


def give_password(visit, password):
    box = visit.page.locator("input[type=password]")
    box.fill(password)
    box.press("Enter")
    visit.settle()


def test_files_of_other_tools_can_be_dropped_one_by_one(visit, path, files):
    for file in files:
        drop(visit, file)
        if file.suffix == ".p12":
            assert shows(visit, 0, 0, 1)
            give_password(visit, "wrong")
            assert shows(visit, 0, 0, 1)
            give_password(visit, PASSWORD)
        assert shows(visit, 1, 0, 0), file.name

    assert visit.errors == []
    assert certificates.count(open_lab(path).db) == 0


def test_all_of_them_are_taken_in_where_they_are_proposed(visit, path, files):
    drop(visit, *files)
    give_password(visit, PASSWORD)
    visit.page.get_by_text("left where").wait_for()
    for _ in range(100):  # the files are read again with the password
        visit.settle()
        if numbers(visit)[3] == 0:
            break
        visit.page.wait_for_timeout(100)
    assert numbers(visit)[3] == 0

    visit.page.get_by_role("button", name="Take in").click()

    visit.page.get_by_text(TAKEN_IN).wait_for()
    visit.settle()
    lab = open_lab(path)
    assert visit.errors == []
    assert certificates.count(lab.db) == 1 + any(
        file.name == "keytool.p12" for file in files
    )
    assert "pub" in {node.name for node in parties.nodes(lab.db, "")}
    for page in ("certificates?scope=foreign.example", "?scope=foreign.example"):
        visit.open(page)
        assert visit.faults() == []


def test_a_server_is_looked_at_and_others_are_refused(visit, path, tmp_path):
    with serving_tls(tmp_path) as endpoint:
        visit.open("import_files")
        visit.page.get_by_text("A TLS server").click()
        visit.settle()
        box = visit.page.get_by_label("Host and port")
        box.fill("8.8.8.8:443")
        visit.page.get_by_role("button", name="Look").click()
        visit.page.get_by_text("the lab may not speak to").first.wait_for()
        visit.settle()

        box.fill(endpoint)
        visit.page.get_by_role("button", name="Look").click()
        visit.page.get_by_text("answered with TLSv1.3").wait_for()
        visit.settle()
        assert shows(visit, 1, 0, 0)
        visit.page.get_by_role("button", name="Take in").click()
        visit.page.get_by_text(TAKEN_IN).wait_for()

    assert certificates.count(open_lab(path).db) == 1


def test_a_pasted_certificate_is_judged(visit, files):
    pem = next(file for file in files if file.name == "openssl.pem")
    visit.open("judgement")

    box = visit.page.get_by_role("textbox", name="Paste")
    box.fill(pem.read_text())
    box.press("Control+Enter")

    visit.page.get_by_text("Refused: Not trusted").wait_for()
    visit.settle()
    trusted = visit.page.get_by_test_id("stFileUploader").nth(1)
    trusted.locator("input").set_input_files(pem)
    visit.page.get_by_text("Accepted").first.wait_for()
    visit.page.get_by_text("Its own anchor").wait_for()
    assert visit.errors == []
