"""A great many certificates that are really signed, in a zip, for the measures."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.clock import ShiftedClock
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.certificates import (
    authority_key_identifier,
    build_issuing,
    build_root,
)
from lab.pki.keys import load_key, make_key, to_der

_EC = KeySpec(type="EC", size=256)
_SHARE = 1000


def write_certificates(path: Path, count: int) -> None:
    """Write a zip of `count` P-256 certificates: a root, an issuing CA and its leaves.

    Each is a PEM file of its own, deflated. Leaves are signed on all cores, and end
    between a year ago and five years from now.
    """
    root, issuing, key = _authorities(ShiftedClock(timedelta).now())
    leaves = _all_leaves(range(2, count), issuing, key)
    _write(path, chain((root, issuing), leaves))


def write_leaves(path: Path, count: int, issuing: bytes, key: bytes) -> None:
    """Write a zip of `count` leaves below this CA: its certificate and key in DER."""
    _write(path, _all_leaves(range(count), issuing, key))


def _write(path: Path, ders: Iterable[bytes]) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for number, der in enumerate(ders):
            file.writestr(f"certificates/{number}.pem", write_pem([der]))


def _all_leaves(numbers: range, issuing: bytes, key: bytes) -> Iterator[bytes]:
    now = ShiftedClock(timedelta).now()
    shares = [
        numbers[first : first + _SHARE] for first in range(0, len(numbers), _SHARE)
    ]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as workers:
        done = workers.map(_sign_share, shares, *map(repeat, (issuing, key, now)))
        yield from chain.from_iterable(done)


def _authorities(now: datetime) -> tuple[bytes, bytes, bytes]:
    """A root, the issuing CA below it, and the key of that one."""
    above, key = make_key(_EC), make_key(_EC)
    start, end = now - timedelta(days=4000), now + timedelta(days=4000)
    root = build_root(
        subject=SubjectFields(common_name="Many Certificates Root"),
        key=above,
        not_before=start,
        not_after=end,
    )
    issuing = build_issuing(
        subject=SubjectFields(common_name="Many Certificates CA"),
        public_key=key.public_key(),
        issuer_certificate=root,
        issuer_key=above,
        not_before=start,
        not_after=end,
    )
    return root, issuing, to_der(key)


def _sign_share(
    numbers: range, issuing: bytes, key: bytes, now: datetime
) -> list[bytes]:
    return list(_leaves(numbers, issuing, key, now))


def _leaves(
    numbers: range, issuing: bytes, key: bytes, now: datetime
) -> Iterator[bytes]:
    signer = load_key(key)
    issuer = x509.load_der_x509_certificate(issuing).subject
    above = authority_key_identifier(issuing)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    for number in numbers:
        name = f"host{number}.many.example"
        end = now + timedelta(hours=number * 7919 % 52560 - 8760)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=2200))
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
            .add_extension(above, False)
            .add_extension(usage, False)
            .sign(signer, SHA256())
        )
        yield certificate.public_bytes(Encoding.DER)
