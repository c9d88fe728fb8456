"""Deeds in a real browser: a hasty person, and another process that looks on."""

import shutil
import subprocess
import sys

import pytest

from bench.serving import serving
from tests.browser.looking import open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
COUNT = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
found = db.execute("SELECT count(*) FROM events WHERE kind = ?", sys.argv[2:])
print(found.fetchone()[0])
db.close()
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
        visit.open()
        yield visit


def events_of(path, kind):
    """How many there are, told by a process that comes and goes."""
    command = [sys.executable, "-c", COUNT, path, kind]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


def test_a_double_click_renews_once_and_others_see_it(visit, path):
    before = events_of(path, "certificate.uploaded")
    visit.page.get_by_role("button", name="Renew").first.dblclick()
    confirm = visit.page.get_by_role("dialog").get_by_role("button", name="Renew")

    confirm.dblclick()

    visit.page.get_by_role("dialog").wait_for(state="detached")
    visit.settle()
    assert events_of(path, "certificate.uploaded") == before + 1
    assert visit.faults() == []


def test_a_double_click_turns_the_clock_once(visit, path):
    visit.page.get_by_text("Turn the clock forward").click()

    visit.page.get_by_role("button", name="Turn", exact=True).dblclick()

    visit.page.get_by_text("turned by 30 days").first.wait_for()
    visit.settle()
    assert events_of(path, "clock.turned") == 1
    assert visit.faults() == []
