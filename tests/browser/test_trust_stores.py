"""A deletion in a real browser, and another tab that still shows the certificate."""

import subprocess
import sys

import pytest

from bench.serving import serving
from lab.store import parties
from tests.browser.looking import open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HOLDERS = """
import sys
from lab.lab import open_lab
from lab.store import parties, places
lab = open_lab(sys.argv[1])
for each in places.of_certificate(lab.db, sys.argv[2]):
    if each.name == "tomcat-trust":
        print(parties.get(lab.db, each.party).name)
"""


@pytest.fixture
def address(example_path):
    with serving(environment={"LAB_DB": str(example_path)}) as address:
        yield address


@pytest.fixture
def entry(example):
    """The page with the example's root in a store of one node, as a link."""
    root = parties.authority(example.db, "example-root").certificate
    return f"trust_stores?entry=tomcat-trust&certificate={root}&node=cucm-sub1"


@pytest.fixture
def holders(example, example_path):
    """The nodes that trust the root, told by a process that comes and goes."""
    root = parties.authority(example.db, "example-root").certificate
    command = [sys.executable, "-c", HOLDERS, str(example_path), root]

    def ask():
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        return set(done.stdout.split())

    return ask


def dialog_of(visit):
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_text("What follows").wait_for()
    return dialog


def test_a_click_opens_the_entry_and_cancelling_leaves_it(browser, address, holders):
    with open_tab(browser, address) as visit:
        before = holders()
        visit.open("trust_stores?store=CAPF-trust")
        table = visit.page.get_by_test_id("stDataFrame").first.bounding_box()

        visit.page.mouse.click(table["x"] + 120, table["y"] + 52)
        dialog = dialog_of(visit)
        dialog.get_by_role("button", name="Cancel").click()

        dialog.wait_for(state="detached")
        visit.settle()
        assert holders() == before
        assert visit.faults() == []


def test_a_deletion_says_its_scope_and_what_breaks_then_asks_and_deletes(
    browser, address, entry, holders
):
    with open_tab(browser, address) as visit:
        visit.open(entry)
        dialog = dialog_of(visit)

        said = dialog.inner_text()
        assert "It goes from cucm-sub1 at once, and from cucm-pub, cucm-sub2" in said
        assert "after 30 minutes" in said
        assert "web administration of this node" in said
        assert "Restart Cisco Tomcat" in said
        assert "The cluster cannot undo it" in said
        assert "cucm-sub1" in holders()
        dialog.get_by_role("button", name="Delete for good").click()

        dialog.wait_for(state="detached")
        visit.page.get_by_text("Deleted from tomcat-trust on cucm-sub1").wait_for()
        visit.settle()
        assert holders() == {"cucm-pub", "cucm-sub2", "imp-pub"}
        assert visit.faults() == []


def test_a_double_click_deletes_once_and_is_not_refused(
    browser, address, entry, holders
):
    with open_tab(browser, address) as visit:
        visit.open(entry)
        dialog = dialog_of(visit)

        dialog.get_by_role("button", name="Delete for good").dblclick()

        dialog.wait_for(state="detached")
        visit.settle()
        assert "cucm-sub1" not in holders()
        assert visit.faults() == []


def test_a_second_tab_that_still_shows_the_entry_is_refused_clearly(
    browser, address, entry, holders
):
    with open_tab(browser, address) as one, open_tab(browser, address) as other:
        for visit in (one, other):
            visit.open(entry)
            dialog_of(visit)

        one.page.get_by_role("button", name="Delete for good").click()
        one.page.get_by_text("Deleted from tomcat-trust").wait_for()
        other.page.get_by_role("button", name="Delete for good").click()

        refusal = other.page.get_by_text("is not in tomcat-trust on cucm-sub1")
        refusal.first.wait_for()
        other.settle()
        assert holders() == {"cucm-pub", "cucm-sub2", "imp-pub"}
        assert other.errors == []
        assert not other.page.get_by_test_id("stException").count()
        other.open("trust_stores")
        assert other.faults() == []
