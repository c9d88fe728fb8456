"""The disaster and its cure by clicks: every phone lost, and every one back."""

import pytest

from bench.serving import serving
from lab.models import PartyKind
from lab.store import parties, phone_listing, places
from tests.browser.looking import open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CLUSTER = "Example Cluster"


@pytest.fixture
def visit(browser, example_path):
    with (
        serving(environment={"LAB_DB": str(example_path)}) as address,
        open_tab(browser, address) as visit,
    ):
        yield visit


@pytest.fixture
def together(example):
    """What nobody may renew together: as the addresses of their drawers."""
    nodes = parties.nodes(example.db, CLUSTER, PartyKind.UCM)
    wanted = [(node, name) for name in ("CallManager", "TVS") for node in nodes]
    publisher = next(node for node in nodes if node.role == "publisher")
    found = [
        places.slot(example.db, node.id, name).certificate
        for node, name in [*wanted, (publisher, "ITLRecovery")]
    ]
    return [f"certificates?certificate={each}" for each in found]


@pytest.fixture
def registered(example):
    """How many phones are registered, of how many."""

    def count():
        nodes = phone_listing.by_node(example.db, CLUSTER)
        return sum(each[1] for each in nodes), sum(each[2] for each in nodes)

    return count


def press(visit, asked, confirmed):
    """A button, then the one of its dialog that goes ahead; return what that said."""
    page = visit.page
    page.get_by_role("button", name=asked, exact=True).first.click()
    page.get_by_role("button", name="Cancel").wait_for()
    dialog = page.get_by_role("dialog")
    said = dialog.inner_text()
    dialog.get_by_role("button", name=confirmed, exact=True).click()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")
    visit.settle()
    return said


def turn_by_an_hour(visit):
    visit.open("cluster_settings")
    visit.page.get_by_label("Days forward").fill("0")
    visit.page.get_by_label("Days forward").press("Tab")
    visit.page.get_by_label("Hours forward").fill("1")
    visit.page.get_by_label("Hours forward").press("Tab")
    visit.settle()
    visit.page.get_by_role("button", name="Turn", exact=True).click()
    visit.page.get_by_text("Turned by 0 days against").wait_for()
    visit.settle()


def test_all_phones_are_lost_with_the_reason_and_all_come_back(
    visit, together, registered
):
    everybody = registered()
    told = []
    for path in together:
        visit.open(path)
        told.append(press(visit, "Regenerate", "Regenerate"))
    assert all("What follows" in said for said in told)
    assert "Nothing breaks" in told[0]
    assert "16 phones cannot register with cucm-sub1" in told[-1] + told[-2]
    assert registered() == everybody  # the reset is planned, and not done yet
    turn_by_an_hour(visit)

    visit.open("phone_list")
    page = visit.page
    assert registered() == (0, everybody[1])
    page.get_by_text("16 phones of cucm-sub1 are not registered").wait_for()
    page.get_by_text("is signed by ITLRECOVERY_cucm-pub").first.wait_for()
    page.get_by_text("Sign the ITL with the local key (").first.wait_for()
    assert visit.faults() == []

    press(visit, "Sign the ITL with the local key", "Do it")
    assert registered() == (0, everybody[1])
    asked = press(visit, "Reset phones", "Reset")
    assert "24 phones register" in asked
    page.get_by_text("Every phone is registered.").wait_for()
    assert registered() == everybody
    assert visit.faults() == []
