"""Building the example lab, beside the bare keys and signatures in it.

The bare part is taken from a build that was watched: the same kinds of keys, in the
same order and on as many threads, and the same certificates, requests and CRLs signed
once more.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

from cryptography import x509

from bench.measure import Row, seconds, typical
from lab.actions import key_pool
from lab.actions.build_lab import build_lab, example_topology
from lab.lab import open_lab
from lab.models import KeySpec
from lab.pki.keys import PrivateKey, make_key

_RUNS = 5
_SIGNING = (
    x509.CertificateBuilder,
    x509.CertificateSigningRequestBuilder,
    x509.CertificateRevocationListBuilder,
)


def measure_build() -> Iterator[Row]:
    """One row: the whole build beside its bare part."""
    specs, signatures = _watched_build()
    whole, bare = [], []
    for _ in range(_RUNS):  # in turns, so that a busy machine slows both alike
        whole.append(seconds(_build))
        bare.append(seconds(lambda: _bare(specs, signatures)))
    yield Row(
        what=f"example lab built / its {len(specs)} keys and {len(signatures)} "
        "signatures alone",
        figure=typical(whole) / typical(bare),
        bound=1.3,
    )


def _build() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = open_lab(Path(folder) / "lab.sqlite3", actor="bench")
        build_lab(lab, example_topology())
        lab.close()


def _bare(specs: list[KeySpec], signatures: list[Callable[[], object]]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(make_key, specs))
    for sign in signatures:
        sign()


def _watched_build() -> tuple[list[KeySpec], list[Callable[[], object]]]:
    """Build once; return the keys that were made, and every signature to repeat."""
    specs: list[KeySpec] = []
    signatures: list[Callable[[], object]] = []

    def making(spec: KeySpec) -> PrivateKey:
        specs.append(spec)
        return make_key(spec)

    def watched(kind: type) -> Callable[..., object]:
        sign: Callable[..., object] = kind.sign  # type: ignore[attr-defined]  # each of the three has it

        def signing(builder: object, *arguments: object) -> object:
            signatures.append(lambda: sign(builder, *arguments))
            return sign(builder, *arguments)

        return signing

    patches = [patch.object(kind, "sign", watched(kind)) for kind in _SIGNING]
    patches.append(patch.object(key_pool, "make_key", making))
    for each in patches:
        each.start()
    try:
        _build()
    finally:
        for each in patches:
            each.stop()
    return specs, signatures
