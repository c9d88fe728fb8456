"""Every page in a real browser, as a person would meet it."""

import re

import pytest

from lab.store import parties
from tests.browser.looking import SIZES, THEMES, open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_whole(tab, paths, size, theme, subtests):
    with tab(size=size, theme=theme) as visit:
        for name, path in paths.items():
            with subtests.test(page=name):
                visit.errors.clear()

                visit.open(path)

                assert visit.faults() == []


@pytest.fixture
def dialogs(example):
    """What a page opens beside or above itself, as a link would have it."""
    root = parties.authority(example.db, "example-root").certificate
    return [
        f"certificates?certificate={root}",
        f"trust_stores?entry=tomcat-trust&certificate={root}&node=cucm-sub1",
        f"trust_stores?entry=tomcat-trust&certificate={root}&node=imp-sub",
        "control_center?node=cucm-pub&service=Cisco Tftp",
        "control_center?node=imp-sub&service=Cisco XCP Router",
        "phone_list?phone=SEP00AA11000001",
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_dialog_is_whole(tab, dialogs, size, theme, subtests):
    with tab(size=size, theme=theme) as visit:
        for path in dialogs:
            with subtests.test(path=path):
                visit.errors.clear()

                visit.open(path)

                visit.page.get_by_role("dialog").wait_for()
                assert visit.faults() == []


def test_the_overview_speaks_japanese_to_a_japanese_browser(tab):
    with tab(locale="ja-JP") as visit:
        visit.open()

        assert re.search("[ぁ-んァ-ヶ一-龠]", visit.title)
        assert visit.faults() == []


def test_an_empty_lab_shows_whole_pages_whichever_is_opened_first(
    browser, empty_address, paths, subtests
):
    with open_tab(browser, empty_address) as visit:
        for name, path in reversed(paths.items()):
            with subtests.test(page=name):
                visit.errors.clear()

                visit.open(path)

                assert visit.faults() == []
                assert visit.page.get_by_test_id("stSidebarNavLink").count() >= 2


def test_the_first_visit_watches_the_example_being_built(browser, fresh_address):
    with open_tab(browser, fresh_address) as visit:
        visit.page.goto(fresh_address)

        visit.page.get_by_test_id("stProgress").wait_for()
        visit.settle()

        assert visit.faults() == []
        assert visit.page.get_by_test_id("stProgress").count() == 0
        assert visit.page.get_by_test_id("stPlotlyChart").count() > 0


def test_the_back_button_returns_to_the_page_before(tab):
    with tab() as visit:
        visit.open()
        first = visit.title
        link = visit.page.get_by_test_id("stSidebarNavLink").nth(1)

        link.click()
        visit.page.locator("h1", has_not_text=first).wait_for()
        visit.settle()
        visit.page.go_back()
        visit.page.locator("h1", has_text=first).wait_for()
        visit.settle()

        assert visit.title == first
        assert visit.faults() == []


def test_a_reload_in_the_middle_of_drawing_draws_the_page(tab, paths):
    with tab() as visit:
        visit.page.goto(visit.address, wait_until="commit")
        visit.page.get_by_test_id("stApp").wait_for()

        visit.page.reload()
        visit.settle()

        assert visit.title
        assert visit.faults() == []


def test_two_tabs_stand_side_by_side(tab, paths):
    with tab() as one, tab() as other:
        one.open()
        other.open(list(paths.values())[-1])
        one.page.reload()
        one.settle()

        assert one.title != other.title
        assert one.faults() + other.faults() == []
