"""What is measured of OCSP: labs with many certificates, and servers that answer."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from bench.certificates import write_leaves
from bench.imports import import_many
from bench.measure import seconds
from lab.actions.add_authority import add_authority
from lab.actions.key_ring import private_key
from lab.clock import machine_time
from lab.lab import open_lab
from lab.models import KeySpec
from lab.pki.bundles import write_pem
from lab.pki.keys import PrivateKey, to_der
from lab.store import certificates, parties

ROOT = Path(__file__).parents[1]
AUTHORITY = "bench"
_START_SECONDS = 60
_SIGNED_BYTES = 400  # about what an answer signs
_NONCE_BYTES = 32
_NONCE = x509.OCSPNonce.oid


@dataclass(frozen=True, kw_only=True)
class Site:
    """A lab in a file: its authority signs the answers about so many certificates."""

    folder: Path
    key: PrivateKey
    issuer: x509.Certificate
    leaves: Sequence[x509.Certificate]

    @property
    def path(self) -> Path:
        return self.folder / "lab.sqlite3"

    @property
    def name(self) -> str:
        kind = "P-256" if isinstance(self.key, ec.EllipticCurvePrivateKey) else "RSA"
        return f"{kind}, {len(self.leaves):,} issued"

    def question(self, number: int) -> bytes:
        """Ask about the certificate of this number, without a nonce."""
        leaf = self.leaves[number % len(self.leaves)]
        builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, self.issuer, SHA1())
        return builder.build().public_bytes(Encoding.DER)

    def nonces(self, number: int) -> Iterator[bytes]:
        """The same question over and over, each with a nonce of its own."""
        leaf = self.leaves[number % len(self.leaves)]
        mark = os.urandom(_NONCE_BYTES)
        builder = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(leaf, self.issuer, SHA1())
            .add_extension(x509.OCSPNonce(mark), critical=False)
        )
        before, _, behind = builder.build().public_bytes(Encoding.DER).partition(mark)
        while True:
            yield before + os.urandom(_NONCE_BYTES) + behind

    def check(self, question: bytes, answer: bytes) -> None:
        """A `RuntimeError` unless the answer says good, to this question."""
        asked, told = ocsp.load_der_ocsp_request(question), None
        found = ocsp.load_der_ocsp_response(answer)
        if found.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
            told = found.certificate_status
            _verify(self.issuer, found)
        nonces = [
            [each.value for each in about.extensions if each.oid == _NONCE]
            for about in (asked, found)
        ]
        is_new = found.next_update_utc and found.next_update_utc > machine_time()
        if told is not ocsp.OCSPCertStatus.GOOD or nonces[0] != nonces[1] or not is_new:
            raise RuntimeError(f"a wrong answer: {answer.hex()}")


def make_site(folder: Path, key: KeySpec, count: int) -> Site:
    """Make the lab, with certificates that are really signed and imported."""
    folder.mkdir()
    path = folder / "lab.sqlite3"
    lab = open_lab(path, actor="bench")
    add_authority(lab, AUTHORITY, "Bench CA", key=key, ocsp="authority")
    own = certificates.get(lab.db, parties.authority(lab.db, AUTHORITY).certificate)
    signer = private_key(lab, own.key_id)
    lab.close()
    source = folder / "leaves.zip"
    write_leaves(source, count, own.der, to_der(signer))
    import_many(path, source, count)
    with ZipFile(source) as file:
        leaves = [
            x509.load_pem_x509_certificate(file.read(name)) for name in file.namelist()
        ]
    source.unlink()
    (folder / "ca.pem").write_bytes(write_pem([own.der]))
    (folder / "ca.key").write_bytes(to_der(signer))
    (folder / "index.txt").write_text("".join(map(_index_line, leaves)))
    issuer = x509.load_der_x509_certificate(own.der)
    return Site(folder=folder, key=signer, issuer=issuer, leaves=leaves)


def bare_rate(key: PrivateKey, duration: float) -> float:
    """Signatures a second, and nothing else."""
    data, count = os.urandom(_SIGNED_BYTES), 0

    def sign() -> None:
        nonlocal count
        end = time.perf_counter() + duration
        while time.perf_counter() < end:
            if isinstance(key, ec.EllipticCurvePrivateKey):
                key.sign(data, ec.ECDSA(SHA256()))
            else:
                key.sign(data, padding.PKCS1v15(), SHA256())
            count += 1

    took = seconds(sign)
    return count / took


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """What is begun meanwhile stays on one core, where that can be asked for."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    chosen = sorted(before)[number % len(before)]
    os.sched_setaffinity(0, {chosen})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def serving_alone(site: Site, fixed: Path) -> Iterator[int]:
    """One process with the lab's routes and fixed ones beside; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.ocsp_server", str(port)]
    environment = {"LAB_DB": str(site.path), "BENCH_FIXED": str(fixed)}
    with _running(command, port, environment):
        yield port


@contextmanager
def serving_workers(site: Site, workers: int) -> Iterator[tuple[int, int]]:
    """`python -m lab serve`; yields its process and its port."""
    port = free_port()
    words = ["-m", "lab", "serve", "--db", str(site.path), "--port", str(port)]
    words += ["--workers", str(workers)]
    with _running([sys.executable, *words], port, {}) as server:
        yield server.pid, port


@contextmanager
def serving_openssl(site: Site, processes: int) -> Iterator[int]:
    """`openssl ocsp` about the same certificates with the same key; yields its port.

    As the lab does here, it leaves the signer's certificate out of its answers.
    """
    port = free_port()
    command = ["openssl", "ocsp", "-port", str(port), "-resp_no_certs", "-nmin", "60"]
    for option, name in (
        ("-index", "index.txt"),
        ("-CA", "ca.pem"),
        ("-rsigner", "ca.pem"),
        ("-rkey", "ca.key"),
    ):
        command += [option, str(site.folder / name)]
    if processes > 1:
        command += ["-multi", str(processes)]
    with _running(command, port, {}, is_up=_is_taken) as server:
        try:
            yield port
        finally:
            server.kill()
            with suppress(ProcessLookupError):  # with -multi it has made a group
                os.killpg(server.pid, signal.SIGKILL)


def has_openssl() -> bool:
    return shutil.which("openssl") is not None


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _running(
    command: list[str],
    port: int,
    environment: Mapping[str, str],
    is_up: Callable[[int], bool] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + _START_SECONDS
        while not (is_up or _answers)(port):
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"it does not come up: {' '.join(command)}")
            time.sleep(0.05)
        yield server
    finally:
        server.terminate()
        server.wait(_START_SECONDS)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _is_taken(port: int) -> bool:
    """Whether somebody listens; a connection that asks nothing hangs `openssl ocsp`."""
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _index_line(leaf: x509.Certificate) -> str:
    """As `openssl ca` keeps it: valid, until when, serial, and the rest of no use."""
    end = _short_date(leaf.not_valid_after_utc)
    serial = f"{leaf.serial_number:X}"
    serial = "0" * (len(serial) % 2) + serial
    return f"V\t{end}\t\t{serial}\tunknown\t/CN={serial}\n"


def _short_date(moment: datetime) -> str:
    return f"{moment:%y%m%d%H%M%SZ}"


def _verify(issuer: x509.Certificate, found: ocsp.OCSPResponse) -> None:
    key, algorithm = issuer.public_key(), found.signature_hash_algorithm
    if algorithm is None:
        raise RuntimeError("an answer that is signed in an unknown way")
    signed = (found.signature, found.tbs_response_bytes)
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(*signed, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(*signed, padding.PKCS1v15(), algorithm)
