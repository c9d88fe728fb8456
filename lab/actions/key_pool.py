"""Many keys at once, on all cores, for a deed that will need them."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from lab.models import KeySpec
from lab.pki.keys import PrivateKey, make_key

Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


@contextmanager
def key_pool(
    wanted: Counter[KeySpec], progress: Progress = no_progress
) -> Iterator[Callable[[KeySpec], PrivateKey]]:
    """A `make_key` that hands out keys made in advance, then makes its own.

    Threads are enough: the library makes keys outside the interpreter's lock.
    `progress` is told how many of how many are there. All are made before the body
    runs, so that nobody holds the store's write lock while keys are made.
    """
    total = wanted.total()
    ready: dict[KeySpec, list[PrivateKey]] = {}
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        # The slowest kinds first, so that no core idles at the end.
        order = sorted(wanted.elements(), key=lambda spec: (spec.type, -spec.size))
        order.sort(key=lambda spec: spec.type != "RSA")
        made: list[tuple[KeySpec, Future[PrivateKey]]] = [
            (spec, workers.submit(make_key, spec)) for spec in order
        ]
        for done, (spec, future) in enumerate(made, 1):
            ready.setdefault(spec, []).append(future.result())
            progress(done, total)

    def take(spec: KeySpec) -> PrivateKey:
        return ready[spec].pop() if ready.get(spec) else make_key(spec)

    yield take
