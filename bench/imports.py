"""Importing many certificates, beside reading them with the bare library.

Bare: the DER is loaded and the subject parsed, one after another. An import also
stores, links and judges every certificate, and is done in a process of its own, so
that the peak of its memory can be told.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509

from bench.certificates import read_certificates, write_certificates
from bench.measure import Row, seconds, typical
from lab.actions.import_certificates import Assignment, import_certificates
from lab.lab import open_lab

_FEW, _MANY = 10_000, 100_000
_RUNS = 3


def measure_imports() -> Iterator[Row]:
    """The rate at two sizes, and what memory the larger takes beside the smaller."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "certificates"
        write_certificates(source, _MANY)
        growth = {}
        for count in (_FEW, _MANY):
            bare, whole, grown = [], [], []
            for _ in range(_RUNS):
                bare.append(seconds(lambda: _read_bare(source, count)))  # noqa: B023  # called at once
                took, peak = _import_alone(source, count)
                whole.append(took)
                grown.append(peak)
            growth[count] = typical(grown)
            yield Row(
                what=f"{count:,} certificates imported a second / read a second",
                figure=typical(bare) / typical(whole),
                bound=0.4,
                at_least=True,
            )
        yield Row(
            what=f"peak memory, {_MANY:,} imported / {_FEW:,} "
            f"({growth[_MANY]:.0f} / {growth[_FEW]:.0f} MiB more than before)",
            figure=growth[_MANY] / growth[_FEW],
            bound=1.25,
        )


def import_many(path: Path, source: Path, count: int) -> None:
    """Take certificates into the lab in this file, each from a file of its own."""
    lab = open_lab(path, actor="bench")
    ders = read_certificates(source, count)
    files = ((f"{number}.cer", der) for number, der in enumerate(ders))
    import_certificates(lab, files, Assignment())
    lab.close()


def _read_bare(source: Path, count: int) -> None:
    for der in read_certificates(source, count):
        _ = x509.load_der_x509_certificate(der).subject


def _import_alone(source: Path, count: int) -> tuple[float, float]:
    """Import in a fresh process; return the seconds, and MiB at the peak of it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        return alone.submit(_import_watched, source, count).result()


def _import_watched(source: Path, count: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.sqlite3"
        open_lab(path).close()
        # Writing 5 makes the peak begin anew: proc(5), /proc/pid/clear_refs.
        Path("/proc/self/clear_refs").write_text("5")
        before = _peak_kib()
        took = seconds(lambda: import_many(path, source, count))
        return took, (_peak_kib() - before) / 1024


def _peak_kib() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("the system does not tell the peak of a process")
