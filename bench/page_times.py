"""The time the server takes for each page, when it is warm.

Taken from the real server, not from Streamlit's test driver: the driver rebuilds the
tree of elements on every run, which no visitor waits for, and packs no message, which
every visitor waits for. Two figures a page: its time on the example lab beyond that of
an empty page, and its time with 100,000 imported certificates beside the example lab's.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import ClientConnection

from bench.certificates import write_certificates
from bench.imports import import_many
from bench.measure import Row, seconds, typical
from bench.serving import draw, pages_of, serving, visiting
from lab.actions.build_lab import build_lab, example_topology
from lab.lab import open_lab

_MANY = 100_000
_RUNS = 9


def measure_pages() -> Iterator[Row]:
    """Two rows a page."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        example, many = _example_lab(folder), _lab_with_many(folder)
        (folder / "empty.py").write_text("import streamlit\n")
        nothing, small, large = (
            stack.enter_context(visiting(stack.enter_context(server)))
            for server in (
                serving(folder / "empty.py"),
                serving(environment={"LAB_DB": str(example)}),
                serving(environment={"LAB_DB": str(many)}),
            )
        )
        rows = [
            (name, *_times(path, nothing, small, large))
            for name, path in pages_of(draw(small)).items()
        ]
        for page, empty, with_example, _ in rows:
            yield Row(
                what=f"{page}: time beyond an empty page's",
                figure=(with_example - empty) * 1000,
                bound=100,
                unit="ms",
            )
        for page, _, with_example, with_many in rows:
            yield Row(
                what=f"{page}: time with {_MANY:,} certificates / "
                f"{with_example * 1000:.0f} ms",
                figure=with_many / with_example,
                bound=3,
            )


def _times(
    page: str,
    nothing: ClientConnection,
    small: ClientConnection,
    large: ClientConnection,
) -> tuple[float, float, float]:
    """The seconds of an empty page, and of this page in the two labs."""
    draw(small, page), draw(large, page)
    empty, with_example, with_many = [], [], []
    for _ in range(_RUNS):  # in turns, so that a busy machine slows all alike
        empty.append(seconds(lambda: draw(nothing)))
        with_example.append(seconds(lambda: draw(small, page)))
        with_many.append(seconds(lambda: draw(large, page)))
    return typical(empty), typical(with_example), typical(with_many)


def _example_lab(folder: Path) -> Path:
    path = folder / "example.sqlite3"
    lab = open_lab(path, actor="bench")
    build_lab(lab, example_topology())
    lab.close()
    return path


def _lab_with_many(folder: Path) -> Path:
    """The example lab, with many certificates imported on top."""
    path = folder / "many.sqlite3"
    shutil.copy(folder / "example.sqlite3", path)
    source = folder / "certificates"
    write_certificates(source, _MANY)
    import_many(path, source, _MANY)
    return path
