"""Write the pictures in docs/: every page of the example lab, wide and narrow."""

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from bench.serving import ROOT, serving
from lab.actions.build_lab import build_lab, example_topology
from lab.lab import open_lab
from tests.browser.looking import SIZES, THEMES, browsing, open_tab, page_paths

DOCS = ROOT / "docs"
# Enough for a page's few colours, and a third of the size.
_COLOURS = 256


def write_screenshots():
    """Build a lab, serve it, and photograph each page as it is first seen."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.sqlite3"
        lab = open_lab(path)
        build_lab(lab, example_topology())
        lab.close()
        with (
            serving(environment={"LAB_DB": str(path)}) as address,
            browsing() as browser,
        ):
            for size, (width, _) in SIZES.items():
                for theme in THEMES:
                    with open_tab(browser, address, size, theme) as visit:
                        for name, page in page_paths(address).items():
                            visit.open(page)
                            picture = visit.page.screenshot(animations="disabled")
                            _write(DOCS / f"{name}-{width}-{theme}.png", picture)


def _write(path, picture):
    image = Image.open(BytesIO(picture)).convert("RGB")
    smaller = image.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=0)
    path.parent.mkdir(exist_ok=True)
    smaller.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    write_screenshots()
