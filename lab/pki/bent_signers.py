"""Signers of answers that no client should believe, for the laboratory of faults."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_leaf, build_ocsp_signer
from lab.pki.keys import PrivateKey, make_key, to_der
from lab.pki.loading import load
from lab.pki.names import build_name
from lab.pki.usages import build_key_usage

_KEY = KeySpec(type="EC", size=256)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
_NAME = SubjectFields(common_name="Bent OCSP signer")


@dataclass(frozen=True)
class Signer:
    certificate: bytes
    key: PrivateKey


def stranger_to(issuer_certificate: bytes, issuer_key: PrivateKey) -> Signer:
    """Somebody who signs like a responder, and whom the issuer never certified.

    For one issuer it is always the same, to the byte: whoever wants can put its
    certificate into a trust store, and so designate it (RFC 6960 section 4.2.2.2).
    """
    issuer = load(issuer_certificate)
    seed = HKDF(hashes.SHA256(), 48, None, b"stranger").derive(to_der(issuer_key))
    # 128 bits more than the order, so that no key is likelier than another.
    key = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
    name = build_name(SubjectFields(common_name="Stranger"))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(sha256(seed).digest()[:15]) + 1)
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(build_key_usage(["digitalSignature"]), True)
        .add_extension(extended, False)
        .add_extension(identifier, False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return Signer(certificate.public_bytes(Encoding.DER), key)


def signer_without_usage(
    issuer_certificate: bytes, issuer_key: PrivateKey, now: datetime
) -> Signer:
    """One that the issuer certified, but not to sign OCSP answers."""
    key = make_key(_KEY)
    certificate = build_leaf(
        subject=_NAME,
        public_key=key.public_key(),
        issuer_certificate=issuer_certificate,
        issuer_key=issuer_key,
        not_before=now - _DAY,
        not_after=now + _MONTH,
        key_usage=("digitalSignature",),
        extended_key_usage=(),
    )
    return Signer(certificate, key)


def expired_signer(
    issuer_certificate: bytes, issuer_key: PrivateKey, now: datetime
) -> Signer:
    """One that the issuer certified to sign OCSP answers, until yesterday."""
    key = make_key(_KEY)
    certificate = build_ocsp_signer(
        subject=_NAME,
        public_key=key.public_key(),
        issuer_certificate=issuer_certificate,
        issuer_key=issuer_key,
        not_before=now - _MONTH,
        not_after=now - _DAY,
    )
    return Signer(certificate, key)
