"""A lab with its own responder on a real port, and certificates in every state."""

import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from lab.actions.hold_certificate import hold_certificate
from lab.actions.issuer_urls import issuer_urls
from lab.actions.key_ring import private_key
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.sign_request import sign_request
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.certificates import build_leaf
from lab.pki.keys import make_key
from lab.pki.requests import build_request
from lab.store import certificates, parties

ROOT = Path(__file__).parent.parent
RSA, EC = KeySpec(type="RSA", size=2048), KeySpec(type="EC", size=256)
STATES = ("good", "revoked", "on hold", "unknown")
_USAGES = {"key_usage": ["digitalSignature"], "extended_key_usage": ["serverAuth"]}
_NAMES = ("localhost", "127.0.0.1")
_START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One certificate below an authority, and the key of it."""

    der: bytes
    key: object

    @property
    def sha256(self):
        return sha256(self.der).hexdigest()

    @property
    def certificate(self):
        return x509.load_der_x509_certificate(self.der)

    @property
    def pem(self):
        return write_pem([self.der])

    @property
    def key_pem(self):
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def issuer_der(lab, authority):
    found = parties.authority(lab.db, authority)
    return certificates.get(lab.db, found.certificate).der


def issue(lab, authority, name, *, days=365):
    """A certificate that the lab knows to be good."""
    key = make_key(EC)
    request = build_request(
        subject=SubjectFields(common_name=name),
        key=key,
        alternative_names=_NAMES,
        **_USAGES,
    )
    signed = sign_request(lab, authority, request, days=days)
    return Leaf(der=signed.der, key=key)


def issue_unlisted(lab, authority, name):
    """A certificate of this authority that its lab knows nothing of."""
    key = make_key(EC)
    found = parties.authority(lab.db, authority)
    above = certificates.get(lab.db, found.certificate)
    der = build_leaf(
        subject=SubjectFields(common_name=name),
        public_key=key.public_key(),
        issuer_certificate=above.der,
        issuer_key=private_key(lab, above.key_id),
        not_before=lab.clock.now(),
        not_after=above.not_after,
        alternative_names=_NAMES,
        urls=issuer_urls(lab, authority),
        **_USAGES,
    )
    return Leaf(der=der, key=key)


def issue_each(lab, authority):
    """One certificate in every state, by the name of the state."""
    leaves = {
        state: issue(lab, authority, f"{state}.{authority}.example")
        for state in STATES[:-1]
    }
    revoke_certificate(lab, leaves["revoked"].sha256, "keyCompromise")
    hold_certificate(lab, leaves["on hold"].sha256)
    leaves["unknown"] = issue_unlisted(lab, authority, f"unknown.{authority}.example")
    return leaves


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start_serving(path, port, workers=1):
    """Begin `python -m lab serve`; it answers once this has returned."""
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "lab", "serve", "--db", str(path)),
            *("--port", str(port), "--workers", str(workers)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    # It says so when it listens; connections wait until it answers.
    said = server.stdout.readline()
    if not said.startswith("answering at "):
        stop(server)
        raise AssertionError(f"it does not serve: {said}")
    return server


@contextmanager
def serving(path, port, workers=1):
    """The machine routes of the lab in this file, in processes of their own."""
    server = start_serving(path, port, workers)
    try:
        yield server
    finally:
        stop(server)


def stop(server):
    server.terminate()
    server.wait(timeout=_START_SECONDS)
    server.stdout.close()
