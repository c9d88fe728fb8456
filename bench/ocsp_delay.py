"""How soon a revocation shows in the answers of every worker of `serve`.

Connections are kept to the workers, and the answer "good" has been given over each. A
certificate is revoked by this process; the deed has returned; every connection is asked
again at once.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import ocsp

from bench.load import connect, post, receive
from bench.measure import Row, typical
from bench.ocsp_sites import make_site, serving_workers
from lab.actions.revoke_certificate import revoke_certificate
from lab.lab import open_lab
from lab.models import KeySpec

_WORKERS, _ISSUED = 2, 60


def measure_delay(folder: Path) -> Iterator[Row]:
    """The answers that came too late, of which there must be none, and the delay."""
    from tests.workers import reach_all  # not needed to name the measure

    site = make_site(folder, KeySpec(type="EC", size=256), _ISSUED)
    late, delays = 0, []
    with serving_workers(site, _WORKERS) as (pid, port), ExitStack() as stack:

        def connected() -> socket.socket:
            return stack.enter_context(connect(port))

        lines = reach_all(pid, port, _WORKERS, connected)
        lab = open_lab(site.path, actor="bench")
        stack.callback(lab.close)
        now = lab.clock.now()
        alive = [
            (number, leaf)
            for number, leaf in enumerate(site.leaves)
            if leaf.not_valid_after_utc > now + timedelta(hours=1)
        ]
        for number, leaf in alive:
            question = post("/pki/ocsp", site.question(number))

            def ask_all(question: bytes = question) -> list[bytes]:
                for line in lines:
                    line.sendall(question)
                return [receive(line) for line in lines]

            site.check(site.question(number), ask_all()[0])
            revoke_certificate(lab, leaf.fingerprint(SHA256()).hex(), "superseded")
            done_at = perf_counter()
            answers = ask_all()
            delays.append((perf_counter() - done_at) * 1000)
            late += sum(_says_good(answer) for answer in answers)
    yield Row(
        what=f'"good" after a revocation has returned, {len(delays)} times '
        f"over {len(lines)} connections to {_WORKERS} workers "
        f"(all say revoked within {typical(delays):.1f} ms, at most {max(delays):.1f})",
        figure=late,
        bound=0,
        unit="answers",
    )


def _says_good(answer: bytes) -> bool:
    found = ocsp.load_der_ocsp_response(answer)
    return found.certificate_status is not ocsp.OCSPCertStatus.REVOKED
