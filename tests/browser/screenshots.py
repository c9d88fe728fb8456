"""Write the pictures in docs/: every page of the example lab, wide and narrow."""

import math
import tempfile
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image

from bench.serving import ROOT, serving
from lab.actions.build_lab import build_lab, example_topology
from lab.actions.deed import deed
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.request_certificate import request_certificate
from lab.actions.reset_phones import reset_phones
from lab.actions.sign_request import sign_request
from lab.lab import open_lab
from lab.models import PartyKind
from lab.store import parties
from tests.browser.looking import SIZES, THEMES, browsing, open_tab, page_paths

DOCS = ROOT / "docs"
CLUSTER, NODE = "Example Cluster", "cucm-sub1"
# Enough for a page's few colours, and a third of the size.
_COLOURS = 256


def write_screenshots():
    """Build a lab, serve it, and photograph each page as it is first seen.

    Then what is seen when something is done: a deletion that is asked about, an upload
    that is looked at, and the phones after the renewal that nobody may do.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.sqlite3"
        lab = open_lab(path)
        build_lab(lab, example_topology())
        with (
            serving(environment={"LAB_DB": str(path)}) as address,
            browsing() as browser,
        ):
            pages = page_paths(address).items()
            for visit, ending in _tabs(browser, address):
                for name, page in pages:
                    visit.open(page)
                    _write(visit, f"{name}-{ending}")
                visit.open(_deletion(lab))
                visit.page.get_by_role("dialog").get_by_text("What follows").wait_for()
                _write(visit, f"deletion-{ending}")
                _run_the_matrix(visit)
                _write(visit, f"matrix-{ending}")
            answer = _answer(lab, Path(folder))
            for visit, ending in _tabs(browser, address):
                _look_at_upload(visit, answer)
                _write(visit, f"upload-{ending}")
            _lose_all_phones(lab)
            for visit, ending in _tabs(browser, address):
                visit.open("phone_list")
                _write(visit, f"phones_lost-{ending}")
        lab.close()


def _tabs(browser, address):
    """A tab of each size in each theme, and how its pictures' names end."""
    for size, theme in product(SIZES, THEMES):
        with open_tab(browser, address, size, theme) as visit:
            yield visit, f"{SIZES[size][0]}-{theme}"


def _deletion(lab):
    root = parties.authority(lab.db, "example-root").certificate
    return f"trust_stores?entry=tomcat-trust&certificate={root}&node={NODE}"


def _answer(lab, folder):
    """What an authority sends back, with one of its bits left out."""
    request = request_certificate(lab, NODE, "tomcat")
    signed = sign_request(
        lab,
        "example-issuing",
        request.der,
        days=365,
        extensions="picked",
        key_usage=["digitalSignature"],
    )
    path = folder / f"{NODE}.cer"
    path.write_bytes(signed.der)
    return path


def _run_the_matrix(visit):
    """Taller than the others: every fault is seen."""
    visit.open("fault_laboratory")
    visit.page.get_by_role("button", name="Run the matrix", exact=True).click()
    chart = visit.page.get_by_test_id("stPlotlyChart").first
    chart.locator("svg.main-svg").first.wait_for()
    visit.settle()
    bottom = chart.bounding_box()["y"] + chart.bounding_box()["height"]
    size = visit.page.viewport_size
    visit.page.set_viewport_size(size | {"height": math.ceil(bottom) + 40})
    visit.settle()


def _look_at_upload(visit, answer):
    """Taller than the others: all that is said before the button is seen."""
    visit.open("certificate_upload")
    uploader = visit.page.get_by_test_id("stFileUploader")
    uploader.locator("input").set_input_files(answer)
    visit.page.get_by_text("What the upload to").first.wait_for()
    visit.settle()
    size = visit.page.viewport_size
    height = visit.page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
    visit.page.set_viewport_size(size | {"height": height})
    visit.settle()


def _lose_all_phones(lab):
    with deed(lab):
        for purpose in ("CallManager", "TVS"):
            for node in parties.nodes(lab.db, CLUSTER, PartyKind.UCM):
                regenerate_certificate(lab, node.name, purpose)
        regenerate_certificate(lab, "cucm-pub", "ITLRecovery")
        reset_phones(lab, CLUSTER)


def _write(visit, name):
    picture = visit.page.screenshot(animations="disabled")
    image = Image.open(BytesIO(picture)).convert("RGB")
    smaller = image.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=0)
    path = DOCS / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    smaller.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    write_screenshots()
