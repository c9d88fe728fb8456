"""The console in a real browser: typed, asked, answered, nothing read as Markdown."""

import pytest

from tests.browser.looking import THEMES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# The box that scrolls shows its end.
AT_THE_END = """() => {
    let box = document.querySelector('[data-testid="stMain"] code');
    while (box && box.scrollHeight <= box.clientHeight + 1) box = box.parentElement;
    return box && box.getAttribute('data-testid') !== 'stMain'
        && box.scrollHeight - box.clientHeight - box.scrollTop < 40;
}"""


def enter(visit, line):
    box = visit.page.get_by_test_id("stMain").get_by_test_id("stTextInput")
    box.locator("input").fill(line)
    box.locator("input").press("Enter")
    visit.settle()


def shown(visit):
    return visit.page.get_by_test_id("stMain").get_by_test_id("stCode").inner_text()


@pytest.mark.parametrize("theme", THEMES)
def test_a_question_is_answered_at_the_prompt(tab, theme):
    with tab(theme=theme) as visit:
        visit.open("cluster_console?node=cucm-sub1")
        enter(visit, "show <b>x</b> [a](http://b) :smile:")
        enter(visit, "set cert regen ipsec")
        visit.page.get_by_label("Answer").wait_for()
        enter(visit, "no")

        visit.page.get_by_text("Nothing was changed").wait_for()
        text = shown(visit)
        assert "admin:show <b>x</b> [a](http://b) :smile:" in text
        assert "Proceed with regeneration (yes|no)? no" in text
        assert visit.page.get_by_role("link", name="a", exact=True).count() == 0
        assert visit.faults() == []


def test_the_newest_lines_are_in_sight(tab):
    with tab(size="narrow") as visit:
        visit.open("cluster_console?node=cucm-pub")
        enter(visit, "show itl")
        enter(visit, "show csr list")

        last = visit.page.get_by_text("No Certificate Sign Request available")
        last.wait_for()
        visit.page.wait_for_function(AT_THE_END, timeout=20_000)  # it glides there
        assert visit.faults() == []
