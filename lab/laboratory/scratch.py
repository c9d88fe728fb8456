"""A small lab on a server of its own: an authority and a certificate for each fault."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.actions.add_authority import add_authority
from lab.actions.deed import deed
from lab.actions.set_base_url import set_base_url
from lab.actions.set_fault import set_fault
from lab.actions.sign_request import sign_request
from lab.clock import machine_time
from lab.lab import Lab, open_lab
from lab.models import KeySpec, SubjectFields
from lab.pki.keys import make_key
from lab.pki.requests import build_request
from lab.rules.faults import FAULTS
from lab.store import certificates, settings
from lab.store.database import immediate
from lab.web.serving import serving_in_background

SLOW_SECONDS = 2.0  # how late a slow answer comes here
_KEY = KeySpec(type="EC", size=256)
_NAME = "client.matrix.example"
_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A good certificate, and the authority that has the fault."""

    authority: str
    certificate: bytes
    issuer: bytes


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """The server, and what to ask it about, by the name of the fault."""

    at: datetime  # lab time, when all of it was there
    base_url: str
    nobody: str  # a base URL at which nobody listens
    subjects: Mapping[str, Subject]


@contextmanager
def scratch_lab(now: datetime, faults: Iterable[str] = FAULTS) -> Iterator[Scratch]:
    """Make the lab, at this moment, and serve it for as long as the body runs.

    It is a new one, in a folder that only its owner can read: no key of another lab
    is in it.
    """
    with TemporaryDirectory(prefix="pki-lab-") as folder:
        path = Path(folder) / "scratch.sqlite3"
        lab = open_lab(path, actor="laboratory")
        try:
            with immediate(lab.db):
                settings.set_clock_shift(lab.db, now - machine_time())
            with serving_in_background(path) as address, _nobody() as nobody:
                set_base_url(lab, address)
                with deed(lab):
                    subjects = {name: _subject(lab, name) for name in faults}
                yield Scratch(
                    at=lab.clock.now(),
                    base_url=address,
                    nobody=nobody,
                    subjects=subjects,
                )
        finally:
            lab.close()


def _subject(lab: Lab, fault: str) -> Subject:
    """An authority with this fault, wherever it can have it, and what it has signed."""
    name = f"matrix-{fault.lower().replace('_', '-')}"
    authority = add_authority(lab, name, f"CA {fault}", key=_KEY, ocsp="delegated")
    key = make_key(_KEY)
    request = build_request(
        subject=SubjectFields(common_name=_NAME),
        key=key,
        alternative_names=[_NAME],
        key_usage=["digitalSignature"],
        extended_key_usage=["clientAuth"],
    )
    signed = sign_request(lab, name, request, days=_DAYS)
    if FAULTS[fault].settable:
        late = SLOW_SECONDS if fault == "slow" else 0
        set_fault(lab, name, "", fault, late)
    issuer = certificates.get(lab.db, authority.certificate)
    return Subject(authority=name, certificate=signed.der, issuer=issuer.der)


@contextmanager
def _nobody() -> Iterator[str]:
    """A port that is taken, and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
