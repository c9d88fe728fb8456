"""OCSP answers a second, beside what else could be asked of the same machine.

One process on one core: kept answers beside a route of the same server that gives the
same bytes each time; the client has the other core. One process that may use all cores:
answers with a nonce, beside signing alone on one core with the same key. Then `serve`
with a worker a core beside `openssl ocsp`, once as it starts and once with as many
processes; all cores are for both, and for the client. `openssl ocsp` takes one question
a connection and signs every answer. And the dashboard, with its own bytes beside. All
in turns; a ratio is taken within a turn, and the typical one counts.
"""

import os
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlsplit

from bench.load import Load, ask, get, load, post
from bench.measure import Row, typical
from bench.ocsp_delay import measure_delay
from bench.ocsp_server import FIXED
from bench.ocsp_sites import (
    ROOT,
    Site,
    bare_rate,
    has_openssl,
    make_site,
    on_core,
    serving_alone,
    serving_openssl,
    serving_workers,
)
from bench.serving import serving
from lab.models import KeySpec

_RSA, _EC = KeySpec(type="RSA", size=2048), KeySpec(type="EC", size=256)
_MANY = 100_000
_ASKED = 500  # different certificates, where there are so many
# Many short turns: what else the machine does then slows both sides of a ratio.
_ROUNDS = 9
_SECONDS = 0.7
_PATH = "/pki/ocsp"


@dataclass(frozen=True, kw_only=True)
class Turns:
    """The same load, once a round; of each figure the typical one."""

    loads: Sequence[Load]

    @property
    def rate(self) -> float:
        return typical(each.rate for each in self.loads)

    @property
    def p99(self) -> float:
        return typical(each.p99_ms for each in self.loads)

    @property
    def busy(self) -> float:
        return max(each.busy for each in self.loads)


def measure_ocsp() -> Iterator[Row]:
    """Both keys, with one certificate issued and with a great many."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in (1, _MANY):
            for key in (_RSA, _EC):
                site = make_site(folder / f"{key.type}-{count}", key, count)
                yield from _one_process(site)
                yield from _beside_openssl(site, 4 if key is _RSA else 1)
                if key is _EC:
                    yield from _in_the_dashboard(site)
        yield from measure_delay(folder / "delay")


def _one_process(site: Site) -> Iterator[Row]:
    fixed = _fixed_bytes(site)
    with on_core(0), serving_alone(site, fixed) as port, on_core(1):
        yield from _rows(site, "", port, fixed.read_bytes())
    with serving_workers(site, 1) as (_, port):
        yield _signed_each_time(site, "", port)


def _in_the_dashboard(site: Site) -> Iterator[Row]:
    script, fixed = ROOT / "bench" / "ocsp_dashboard.py", _fixed_bytes(site)
    environment = {
        "LAB_DB": str(site.path),
        "BENCH_FIXED": str(fixed),
        "PYTHONPATH": str(ROOT),
    }
    with on_core(0), serving(script, environment) as address, on_core(1):
        port = urlsplit(address).port or 0
        yield from _rows(site, "dashboard, ", port, fixed.read_bytes())
    with serving(script, environment) as address:
        yield _signed_each_time(site, "dashboard, ", urlsplit(address).port or 0)


def _fixed_bytes(site: Site) -> Path:
    """An answer of the lab's, in a file: the fixed routes give the same bytes."""
    fixed, question = site.folder / "answer", site.question(0)
    with serving_workers(site, 1) as (_, port):
        answer = ask(port, post(_PATH, question))
    site.check(question, answer)
    fixed.write_bytes(answer)
    return fixed


def _rows(site: Site, where: str, port: int, fixed: bytes) -> Iterator[Row]:
    posts = [post(_PATH, each) for each in _questions(site)]
    gets = [get(_url(each)) for each in _questions(site)]
    asked = {
        "fixed POST": [post(FIXED, fixed[:80])],
        "POST": posts,
        "fixed GET": [get(FIXED)],
        "GET": gets,
    }
    for question, wire in zip(_questions(site), posts, strict=True):
        site.check(question, ask(port, wire))  # and the answer is kept from now on
    for wire in gets:
        ask(port, wire)
    found: dict[str, list[Load]] = {name: [] for name in asked}
    for _ in range(_ROUNDS):
        for name, questions in asked.items():
            found[name].append(load(port, cycle(questions), seconds=_SECONDS))
    turns = {name: Turns(loads=loads) for name, loads in found.items()}
    for way in ("POST", "GET"):
        what = f"{site.name}: {where}kept, {way} / fixed"
        yield _row(what, turns[way], turns[f"fixed {way}"], 0.8)


def _signed_each_time(site: Site, where: str, port: int) -> Row:
    for question in (next(site.nonces(0)) for _ in range(20)):
        site.check(question, ask(port, post(_PATH, question)))
    loads, signed = [], []
    for _ in range(_ROUNDS):
        loads.append(load(port, _nonces(site), seconds=_SECONDS))
        with on_core(0):
            signed.append(bare_rate(site.key, _SECONDS))
    turns, bare = Turns(loads=loads), typical(signed)
    return Row(
        what=f"{site.name}: {where}nonce / signing alone "
        f"({turns.rate:,.0f} / {bare:,.0f} a s, p99 {turns.p99:.1f} ms)",
        figure=typical(
            each.rate / alone for each, alone in zip(loads, signed, strict=True)
        ),
        bound=0.7,
        at_least=True,
    )


def _beside_openssl(site: Site, bound: float) -> Iterator[Row]:
    if not has_openssl():
        return
    cores = os.cpu_count() or 1
    kept = [post(_PATH, each) for each in _questions(site)]
    single = [post("/", each) for each in _questions(site)]
    with ExitStack() as stack:
        _, ours = stack.enter_context(serving_workers(site, cores))
        one = stack.enter_context(serving_openssl(site, 1))
        many = stack.enter_context(serving_openssl(site, cores))
        found: dict[str, list[Load]] = {name: [] for name in ("ours", "one", "many")}
        for port in (one, many):
            site.check(site.question(0), ask(port, single[0]))
        load(ours, cycle(kept), seconds=_SECONDS)  # every worker knows them then
        for _ in range(_ROUNDS):
            found["ours"].append(load(ours, cycle(kept), seconds=_SECONDS))
            for name, port in (("one", one), ("many", many)):
                questions = cycle(single)
                found[name].append(
                    load(port, questions, seconds=_SECONDS, is_kept=False)
                )
    turns = {name: Turns(loads=loads) for name, loads in found.items()}
    for name, shown in (("one", ""), ("many", f" -multi {cores}")):
        yield _row(
            f"{site.name}: serve --workers {cores} / openssl ocsp{shown}",
            turns["ours"],
            turns[name],
            bound,
        )


def _row(what: str, ours: Turns, other: Turns, bound: float) -> Row:
    return Row(
        what=f"{what} ({ours.rate:,.0f} / {other.rate:,.0f} a s, "
        f"p99 {ours.p99:.1f} / {other.p99:.1f} ms, "
        f"client busy {max(ours.busy, other.busy):.0%})",
        figure=typical(
            one.rate / beside.rate
            for one, beside in zip(ours.loads, other.loads, strict=True)
        ),
        bound=bound,
        at_least=True,
    )


def _questions(site: Site) -> list[bytes]:
    return [site.question(number) for number in range(min(_ASKED, len(site.leaves)))]


def _nonces(site: Site) -> Iterator[bytes]:
    """Questions with a nonce about each of them in turn."""
    asking = [site.nonces(number) for number in range(min(_ASKED, len(site.leaves)))]
    return (post(_PATH, next(each)) for each in cycle(asking))


def _url(question: bytes) -> str:
    return f"{_PATH}/{quote(b64encode(question).decode(), safe='')}"
