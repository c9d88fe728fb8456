"""A great many certificates that are really signed, for the measures to read."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.clock import ShiftedClock

_ISSUER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Many Certificates CA")])
_SHARE = 2500
_LENGTH_BYTES = 4


def write_certificates(path: Path, count: int) -> None:
    """Sign `count` P-256 certificates with one issuer's key, on all cores.

    The file holds each DER behind its length. They end between a year ago and five
    years from now.
    """
    now = ShiftedClock(timedelta).now()
    issuer = ec.generate_private_key(ec.SECP256R1())
    key = issuer.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    shares = [
        range(first, min(first + _SHARE, count)) for first in range(0, count, _SHARE)
    ]
    with (
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as workers,
        path.open("wb") as file,
    ):
        for ders in workers.map(
            _sign_share, shares, [key] * len(shares), [now] * len(shares)
        ):
            for der in ders:
                file.write(len(der).to_bytes(_LENGTH_BYTES, "big") + der)


def read_certificates(path: Path, count: int) -> Iterator[bytes]:
    """The first `count` of them, one at a time."""
    with path.open("rb") as file:
        for _ in range(count):
            length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
            yield file.read(length)


def _sign_share(numbers: range, key: bytes, now: datetime) -> list[bytes]:
    issuer = load_der_private_key(key, None)
    if not isinstance(issuer, ec.EllipticCurvePrivateKey):
        raise TypeError("the issuer's key is elliptic")
    from_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        issuer.public_key()
    )
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    ders = []
    for number in numbers:
        name = f"host{number}.many.example"
        end = now + timedelta(hours=number * 7919 % 52560 - 8760)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(_ISSUER)
            .public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=2200))
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
            .add_extension(from_issuer, False)
            .add_extension(usage, False)
            .sign(issuer, SHA256())
        )
        ders.append(certificate.public_bytes(Encoding.DER))
    return ders
