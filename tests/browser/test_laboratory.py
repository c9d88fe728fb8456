"""The laboratory in a real browser: a question by hand, a fault, the whole matrix."""

import shutil

import pytest

from bench.serving import serving
from lab.actions.set_base_url import set_base_url
from lab.lab import open_lab
from lab.store import asking
from tests.browser.looking import SIZES, THEMES, open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def laboratory(browser, example_file, tmp_path_factory):
    """Opens a tab on a dashboard that knows its own address, and a certificate."""
    path = tmp_path_factory.mktemp("laboratory") / "lab.sqlite3"
    shutil.copy(example_file, path)
    with serving(environment={"LAB_DB": str(path)}) as address:
        lab = open_lab(path)
        set_base_url(lab, address)
        revoked = next(
            each
            for each in asking.find(lab.db)
            if each.reason and each.issued_by == "Example Issuing CA"
        )
        lab.close()
        yield lambda **how: open_tab(browser, address, **how), revoked


def press(visit, name):
    visit.page.get_by_role("button", name=name, exact=True).click()


def open_console(visit, revoked):
    address = f"{visit.address}/pki/ocsp"
    visit.open(f"responder_console?certificate={revoked.sha256}&url={address}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
def test_the_responder_of_the_dashboard_is_asked_by_hand(laboratory, size, theme):
    tab, revoked = laboratory
    with tab(size=size, theme=theme) as visit:
        open_console(visit, revoked)
        press(visit, "Ask")

        main = visit.page.get_by_test_id("stMain")
        main.get_by_text("HTTP 200 from 127.0.0.1").wait_for()
        visit.settle()
        main.get_by_text("the answer: revoked on").first.wait_for()
        assert main.get_by_test_id("stDataFrame").count() >= 2
        assert visit.faults() == []


def test_a_fault_is_set_told_and_stopped(laboratory):
    tab, revoked = laboratory
    with tab() as visit:
        visit.open("fault_laboratory")
        visit.page.get_by_role("tab", name="Faults at work").click()
        press(visit, "Set the fault")
        visit.page.get_by_role("button", name="Stop", exact=True).first.wait_for()
        visit.settle()
        assert visit.faults() == []

        open_console(visit, revoked)
        press(visit, "Ask")
        visit.page.get_by_text("This answer has a fault on purpose").wait_for()

        visit.open("fault_laboratory")
        visit.page.get_by_role("tab", name="Faults at work").click()
        press(visit, "Stop all")
        visit.page.get_by_text("No fault is at work").wait_for()


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("narrow", "dark")])
def test_the_matrix_is_run_and_a_cell_is_clicked(laboratory, size, theme):
    tab, _ = laboratory
    with tab(size=size, theme=theme) as visit:
        visit.open("fault_laboratory")
        press(visit, "Run the matrix")
        visit.page.get_by_text("One cell, with its evidence").wait_for()
        visit.settle()
        assert visit.faults() == []

        chart = visit.page.get_by_test_id("stPlotlyChart")
        assert chart.get_by_text("no?", exact=True).count() > 20
        chart.get_by_text("no?", exact=True).first.click(force=True)
        visit.page.wait_for_url("**fault=unknown**")
        visit.settle()
        visit.page.get_by_text("the responder does not know this").first.wait_for()
        assert "method=OCSP" in visit.page.url
        press(visit, "Replay")
        visit.page.get_by_text("Asked again").wait_for()
        assert visit.faults() == []
