"""How a browser is opened, when a page is done, and what is wrong with it then."""

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import sync_playwright

from bench.serving import draw, pages_of, visiting

SIZES = {"wide": (1400, 900), "narrow": (800, 1000)}
THEMES = ("light", "dark")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_PATIENCE = 60_000  # milliseconds, for a machine with much else to do
# On a deep link Streamlit looks for its server below the page's path before it looks
# at the root. The answer is 404, and Chromium writes that to the console.
_PROBE = re.compile("/[a-z_]+/_stcore/(health|host-config)")

# Nothing runs any more, nothing is stale, nothing is still to come, and every chart
# that has a place has been drawn in it.
_SETTLED = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const charts = document.querySelectorAll('[data-testid="stPlotlyChart"]');
    return app
        && app.getAttribute('data-test-script-state') === 'notRunning'
        && document.querySelector('h1')
        && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')
        && [...charts].every(chart => chart.querySelector('svg.main-svg'));
}"""
# Each text of a chart whose box is not inside the chart, or is cut by what is around.
_CUT_TEXT = """() => {
    const found = [];
    for (const text of document.querySelectorAll('.js-plotly-plot svg.main-svg text')) {
        const box = text.getBoundingClientRect();
        if (!text.textContent.trim() || !box.width || !text.checkVisibility()) continue;
        const frames = [text.ownerSVGElement.closest('svg.main-svg'),
                        text.closest('[data-testid="stPlotlyChart"]')];
        for (const frame of frames) {
            const edge = frame.getBoundingClientRect();
            if (box.left < edge.left - 1 || box.right > edge.right + 1
                || box.top < edge.top - 1 || box.bottom > edge.bottom + 1) {
                found.push(text.textContent);
                break;
            }
        }
    }
    return found;
}"""
_OVERFLOW = """() => {
    const whole = document.scrollingElement;
    const main = document.querySelector('[data-testid="stMain"]');
    const boxes = [whole, main, ...document.querySelectorAll('[role="dialog"]')];
    return Math.max(...boxes.map(box => box.scrollWidth - box.clientWidth));
}"""


@dataclass
class Visit:
    """One tab, and every error that its console has shown or that it should have."""

    page: object
    address: str
    errors: list[str] = field(default_factory=list)

    def open(self, path=""):
        """Go to a page by its address, as a deep link would, until it is done."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self):
        """Wait until the page is drawn."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(_SETTLED)

    def note(self, line):
        """Keep an error of the console, with the address that it is about."""
        about = line.location["url"].removeprefix(self.address)
        if line.type == "error" and not _PROBE.fullmatch(about):
            self.errors.append(f"{line.text} {about}")

    def note_if_outside(self, url):
        """A dashboard for closed networks asks nobody but its own server."""
        inside = (self.address, self.address.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(inside):
            self.errors.append(f"asked for {url}")

    @property
    def title(self):
        return self.page.locator("h1").first.inner_text()

    def faults(self):
        """What is wrong with the page as it stands, in words; empty when it is well."""
        found = [f"console: {error}" for error in self.errors]
        shown = self.page.get_by_test_id("stException").all_inner_texts()
        found += [f"exception: {text}" for text in shown]
        if self.page.get_by_text("Refused", exact=True).count():
            found.append("something was refused")
        if self.page.get_by_text("Page not found").count():
            found.append("the page was not found")
        if (too_wide := self.page.evaluate(_OVERFLOW)) > 0:
            found.append(f"{too_wide} pixels too wide")
        found += [f"cut off: {text}" for text in self.page.evaluate(_CUT_TEXT)]
        return found


@contextmanager
def browsing():
    """Chromium, for as long as the block runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_tab(browser, address, size="wide", theme="light", locale="en-US"):
    """A tab of its own, with no memory of others."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale=locale
    )
    context.set_default_timeout(_PATIENCE)
    try:
        visit = Visit(context.new_page(), address)
        visit.page.on("console", visit.note)
        visit.page.on("request", lambda request: visit.note_if_outside(request.url))
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        yield visit
    finally:
        context.close()


def page_paths(address):
    """The pages in the navigation of the dashboard there: name and path."""
    with visiting(address) as connection:
        return pages_of(draw(connection))
