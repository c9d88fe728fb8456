"""Servers on loopback: real `openssl s_server`, and sockets that misbehave."""

import re
import shutil
import socket
import subprocess
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from lab.models import KeySpec
from lab.pki.bundles import write_pem
from lab.pki.keys import make_key

START = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Signed:
    """A certificate and its key, in a file of both as well."""

    certificate: x509.Certificate
    key: object

    @property
    def der(self):
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, name, *, days=36500, ca=False, key=None, aia=""):
        own = key or make_key(KeySpec(type="EC", size=256))
        issuer = self.certificate.subject if self.certificate else _name(name)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(issuer)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(START)
            .not_valid_after(START + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        )
        if aia:
            where = x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(aia),
            )
            builder = builder.add_extension(
                x509.AuthorityInformationAccess([where]), False
            )
        return Signed(builder.sign(self.key or own, hashes.SHA256()), own)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="session")
def root():
    return Signed(None, None).sign("Root", ca=True)


@pytest.fixture(scope="session")
def intermediate(root):
    return root.sign("Intermediate", ca=True)


@pytest.fixture(scope="session")
def leaf(intermediate):
    return intermediate.sign("leaf.test")


@pytest.fixture
def tls_server(tmp_path):
    """Start `openssl s_server` with a chain, leaf first; return its "host:port"."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    with ExitStack() as running:

        def start(*chain, options=(), address="127.0.0.1"):
            command = ["openssl", "s_server", "-accept", f"{address}:0", *options]
            if chain:
                leaf, *above = chain
                key = leaf.key.private_bytes(
                    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
                )
                own, others = tmp_path / "leaf.pem", tmp_path / "chain.pem"
                own.write_bytes(key + write_pem([leaf.der]))
                others.write_bytes(write_pem(each.der for each in above))
                command += ["-cert", str(own), "-key", str(own)]
                command += ["-cert_chain", str(others)] if above else []
            else:
                command += ["-nocert"]
            process = running.enter_context(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,  # it ends when its input does
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            running.callback(process.kill)
            for line in process.stdout:
                if found := re.fullmatch(r"ACCEPT (.+)", line.strip()):
                    return found[1]
            raise AssertionError("openssl s_server did not start")

        yield start


@pytest.fixture
def plain_server():
    """Listen on loopback; each connection is handed to a function of the test."""
    with ExitStack() as open_sockets:

        def start(talk, address="127.0.0.1"):
            listener = open_sockets.enter_context(socket.create_server((address, 0)))

            def serve():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:  # the test is over
                        return
                    # The client may go whenever it likes.
                    with closing(connection), suppress(OSError):
                        talk(connection)

            Thread(target=serve, daemon=True).start()
            # A thread that waits in accept is woken by a shutdown, not by a close.
            open_sockets.callback(listener.shutdown, socket.SHUT_RDWR)
            return f"{address}:{listener.getsockname()[1]}"

        yield start
