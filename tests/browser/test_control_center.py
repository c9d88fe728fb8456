"""A service restarted in a real browser: it counts down, and has then started."""

import re

import pytest

from bench.serving import serving
from lab.store import parties, services
from tests.browser.looking import open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROW = 52  # pixels from the top of a table to the middle of its first row
WAITING = re.compile(r"Cisco Tomcat on cucm-pub is starting: ready in (\d+) s")


@pytest.fixture
def visit(browser, example_path):
    with (
        serving(environment={"LAB_DB": str(example_path)}) as address,
        open_tab(browser, address) as visit,
    ):
        yield visit


@pytest.fixture
def look(example):
    """How Cisco Tomcat of the publisher is, and which tomcat it presents."""

    def look():
        node = parties.by_name(example.db, "", "cucm-pub")
        service = services.get(example.db, node.id, "Cisco Tomcat")
        loaded = services.loaded(example.db, service.id)["tomcat"]
        return service.started_at, loaded

    return look


def seconds_left(page):
    return int(WAITING.search(page.get_by_text(WAITING).inner_text())[1])


def test_a_restart_counts_down_and_is_over_when_the_clock_is_turned(visit, look):
    page = visit.page
    _moment, old = look()
    visit.open("control_center?node=cucm-pub&cluster=Example Cluster")
    table = page.get_by_test_id("stDataFrame").nth(1).bounding_box()

    page.mouse.click(table["x"] + 120, table["y"] + ROW)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("web administration of this node").wait_for()
    assert "Cisco Tomcat on cucm-pub" in dialog.inner_text()
    assert "about 120 seconds" in dialog.inner_text()
    dialog.get_by_role("button", name="Restart", exact=True).click()

    dialog.wait_for(state="detached")
    first = seconds_left(page)
    page.wait_for_timeout(2500)
    assert first - 6 < seconds_left(page) < first <= 120
    ready, new = look()
    assert new != old
    page.get_by_text("Turn the clock forward").click()
    page.get_by_role("button", name="Turn", exact=True).click()
    page.get_by_text("turned by 30 days").first.wait_for()
    page.get_by_text(WAITING).wait_for(state="detached")
    visit.settle()
    assert look() == (ready, new)
    assert visit.faults() == []


def test_a_double_click_stops_once_and_is_not_refused(visit, example):
    visit.open("control_center?node=imp-pub&service=Cisco SIP Proxy")
    dialog = visit.page.get_by_role("dialog")

    dialog.get_by_role("button", name="Stop", exact=True).dblclick()

    dialog.wait_for(state="detached")
    visit.settle()
    node = parties.by_name(example.db, "", "imp-pub")
    assert not services.get(example.db, node.id, "Cisco SIP Proxy").running
    assert visit.faults() == []
