"""Revocation in a real browser: nodes ask over HTTP, and the page shows the proof."""

import pytest

from bench.serving import serving
from lab.actions.hold_certificate import hold_certificate
from lab.actions.revocation_settings import set_revocation_settings
from lab.actions.set_common_criteria import common_criteria
from lab.store import revocation_checks
from tests.browser.looking import SIZES, THEMES, open_tab
from tests.revocation_office import CLUSTER, open_office

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROW = 52  # pixels from the top of a table to the middle of its first row
TABS = ("taken", "health", "checks", "settings", "rules")


@pytest.fixture
def office(example, example_path):
    with open_office(example, example_path) as office:
        yield office


@pytest.fixture
def address(office, example_path):
    office.configure()
    with serving(environment={"LAB_DB": str(example_path)}) as address:
        yield address


@pytest.fixture
def visit(browser, address):
    with open_tab(browser, address) as visit:
        yield visit


def ask_again(visit):
    """Press the button of the drawer, and wait for the next result."""
    before = visit.page.url
    visit.page.get_by_role("dialog").get_by_role("button", name="Ask again").click()
    visit.page.wait_for_function("before => location.href !== before", arg=before)
    visit.settle()
    return visit.page.get_by_role("dialog").inner_text()


def test_the_trusted_responder_model_is_tried_when_the_delegated_one_fails(
    visit, office
):
    office.sign_by_a_designated_responder()
    page = visit.page
    visit.open("revocation?show=checks")

    page.get_by_role("button", name="Ask for all now").click()
    page.get_by_text("results were found").first.wait_for()
    visit.open("revocation?show=checks&status=good")  # those that expired ask nobody
    table = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(table["x"] + 120, table["y"] + ROW)

    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Path taken").wait_for()
    visit.settle()
    shown = dialog.inner_text()
    assert shown.index("Delegated trust model") < shown.index("Trusted responder model")
    assert "Designated Responder was issued by Designated Responder" in shown
    assert "TRP: the key of Designated Responder signed it" in shown
    dialog.get_by_role("tab", name="Signer").click()
    dialog.get_by_text("CN=Designated Responder").first.wait_for()
    dialog.get_by_role("tab", name="Answer").click()
    dialog.get_by_test_id("stDataFrame").first.wait_for()
    assert visit.faults() == []
    number = int(page.url.rpartition("check=")[2])
    assert revocation_checks.check(office.lab.db, number).model == "TRP"


def test_the_mode_decides_whether_one_connects_with_an_unknown_certificate(
    visit, office
):
    page, leaf = visit.page, office.slot("cucm-sub1")
    done = office.check(leaf)
    visit.open(f"revocation?show=checks&check={done.id}")
    page.get_by_role("dialog").get_by_text("Path taken").wait_for()

    office.says(leaf, "unknown")
    relaxed = ask_again(visit)
    visit.open("revocation?show=settings")
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_text("Common Criteria mode is on").wait_for()
    visit.open(f"revocation?show=checks&check={done.id}")
    strict = ask_again(visit)

    assert common_criteria(office.lab, CLUSTER)
    assert "Unknown" in relaxed
    assert "It does not connect" not in relaxed
    assert "Common Criteria mode is off: with this status it connects" in relaxed
    assert "Unknown" in strict
    assert "It does not connect" in strict
    assert "Common Criteria mode is on: with this status it does not connect" in strict
    assert visit.faults() == []


def test_the_dashboard_answers_its_own_nodes(visit, office):
    configured = f"{visit.address}/pki/ocsp"
    set_revocation_settings(office.lab, CLUSTER, configured_uri=configured)
    leaf = office.slot("cucm-sub1")
    hold_certificate(office.lab, leaf.sha256)
    done = office.check(leaf)

    visit.open(f"revocation?show=checks&check={done.id}")

    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_text("Path taken").wait_for()
    shown = dialog.inner_text()
    assert (done.status, done.model) == ("on_hold", "DTM")
    assert "On hold" in shown
    assert "Delegated trust model" in shown
    assert "Trusted responder model" not in shown
    assert visit.faults() == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_tab_and_the_drawer_are_whole(
    browser, address, office, size, theme, subtests
):
    office.says(office.slot("cucm-sub2"), "revoked")
    done = office.check(office.slot("cucm-sub2"))
    paths = [f"revocation?show={tab}" for tab in TABS]
    paths += [f"revocation?show=checks&check={done.id}", "revocation?state=doubtful"]
    with open_tab(browser, address, size=size, theme=theme) as visit:
        for path in paths:
            with subtests.test(path=path):
                visit.errors.clear()

                visit.open(path)

                assert visit.faults() == []


def test_a_row_opens_who_may_not_know_it_yet_and_leads_to_the_certificate(visit):
    page = visit.page
    visit.open("revocation")
    table = page.get_by_test_id("stDataFrame").first.bounding_box()

    page.mouse.click(table["x"] + 120, table["y"] + ROW)

    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Who may not know it yet").wait_for()
    assert "believes that it is good until" in dialog.inner_text()
    dialog.get_by_role("link", name="Everything about").click()
    page.locator("h1", has_text="Certificates").wait_for()
    page.get_by_role("dialog").get_by_text("syslog.corp.example").first.wait_for()
    visit.settle()
    assert visit.faults() == []
