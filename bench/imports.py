"""Importing many certificates, beside reading them with the bare library.

Bare: the same zip read with `zipfile`, and of every certificate what a row keeps taken
from the library, one after another: digests, names as text, serial, dates, algorithm,
the key and each extension. So that nobody is misled, a second figure is beside loading
each, and taking the subject alone. An import also stores, places, links and judges all
of them, every signature verified. It is done in a process of its own, so that the peak
of its memory can be told; those that help it are counted in.
"""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from zipfile import ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.certificates import write_certificates
from bench.measure import Row, seconds, typical
from lab.actions.import_certificates import files_of, import_certificates
from lab.lab import open_lab

_FEW, _MANY = 10_000, 100_000
_RUNS = 3


def measure_imports() -> Iterator[Row]:
    """The rate at two sizes, and what memory the larger takes beside the smaller."""
    with tempfile.TemporaryDirectory() as folder:
        grown = {}
        for count in (_FEW, _MANY):
            source = Path(folder) / f"{count}.zip"
            write_certificates(source, count)
            bare, loaded, whole, peaks = [], [], [], []
            for _ in range(_RUNS):  # in turns, so that a busy machine slows all alike
                bare.append(_read_alone(source, _take_all))
                loaded.append(_read_alone(source, _take_subject))
                took, peak = _import_alone(source)
                whole.append(took)
                peaks.append(peak)
            grown[count] = typical(peaks)
            yield Row(
                what=f"{count:,} certificates imported / read bare "
                f"({count / typical(whole):,.0f} / {count / typical(bare):,.0f} a s)",
                figure=typical(bare) / typical(whole),
                bound=0.4,
                at_least=True,
            )
            yield Row(
                what=f"{count:,} certificates imported / loaded, one name taken",
                figure=typical(loaded) / typical(whole),
                bound=0.4,
                at_least=True,
            )
        yield Row(
            what=f"peak memory, {_MANY:,} imported / {_FEW:,} "
            f"({grown[_MANY]:.0f} / {grown[_FEW]:.0f} MiB)",
            figure=grown[_MANY] / grown[_FEW],
            bound=1.25,
        )


def import_many(path: Path, source: Path, count: int) -> None:
    """Take the certificates of a zip into the lab in this file; there are so many."""
    lab = open_lab(path, actor="bench")
    with source.open("rb") as file:
        done = import_certificates(lab, files_of([(source.name, file)]), proposed=True)
    lab.close()
    if done.new != count:
        raise RuntimeError(f"{done.new} of {count} certificates came in")


def _read_alone(source: Path, take: Callable[[x509.Certificate], object]) -> float:
    def read() -> None:
        with ZipFile(source) as file:
            for name in file.namelist():
                take(x509.load_pem_x509_certificate(file.read(name)))

    return seconds(read)


def _take_subject(certificate: x509.Certificate) -> object:
    return certificate.subject


def _take_all(certificate: x509.Certificate) -> object:
    key = certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return (
        certificate.fingerprint(SHA256()),
        certificate.fingerprint(SHA1()),
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        certificate.serial_number,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.signature_algorithm_oid.dotted_string,
        sha256(key).hexdigest(),
        [extension.value for extension in certificate.extensions],
    )


def _import_alone(source: Path) -> tuple[float, float]:
    """Import in a fresh process; return the seconds, and MiB at the peak of it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        return alone.submit(_import_watched, source).result()


def _import_watched(source: Path) -> tuple[float, float]:
    count = int(source.stem)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.sqlite3"
        open_lab(path).close()
        # Writing 5 makes the peak begin anew: proc(5), /proc/pid/clear_refs.
        Path("/proc/self/clear_refs").write_text("5")
        before = _kib("self", "VmHWM")
        with ThreadPoolExecutor(1) as watcher:
            is_done = Event()
            helping = watcher.submit(_watch_helpers, is_done)
            took = seconds(lambda: import_many(path, source, count))
            is_done.set()
        return took, (_kib("self", "VmHWM") - before + helping.result()) / 1024


def _watch_helpers(is_done: Event) -> int:
    """The most memory that the processes begun by this one have had together."""
    most = 0
    while not is_done.wait(0.2):
        tasks = Path("/proc/self/task").glob("*/children")
        helpers = {pid for task in tasks for pid in task.read_text().split()}
        with suppress(OSError):  # one has just ended
            most = max(most, sum(_kib(pid, "VmRSS") for pid in helpers))
    return most


def _kib(process: str, figure: str) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{figure}:"):
            return int(line.split()[1])
    return 0  # it has ended, and nobody has asked for its end yet
