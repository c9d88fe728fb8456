"""Who signed whom: signatures really checked, names left to the caller."""

from collections.abc import Iterable
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import PublicKeyAlgorithmOID as Kind
from cryptography.x509.oid import SignatureAlgorithmOID as Algorithm

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.der import BIT_STRING, SEQUENCE, Sections, sections, wrap
from lab.pki.loading import UNREADABLE, load, load_parts

_SIGNING_KEYS = {
    Kind.RSAES_PKCS1_v1_5,  # rsaEncryption, whatever it is used for
    Kind.RSASSA_PSS,
    Kind.EC_PUBLIC_KEY,
    Kind.ED25519,
    Kind.ED448,
    Kind.DSA,
}
_DSA = {
    Algorithm.DSA_WITH_SHA1,
    Algorithm.DSA_WITH_SHA224,
    Algorithm.DSA_WITH_SHA256,
    Algorithm.DSA_WITH_SHA384,
    Algorithm.DSA_WITH_SHA512,
}
_BEFORE = bytes.fromhex("a003020102020101")  # version 3, serial 1
_BEHIND = b"".join(  # no issuer, dates, no subject, and a key of no kind
    (
        wrap(SEQUENCE, b""),
        wrap(SEQUENCE, (b"\x17\x0d" + b"300101000000Z") * 2),
        wrap(SEQUENCE, b""),
        wrap(SEQUENCE, wrap(SEQUENCE, bytes.fromhex("06032a0304")) + b"\x03\x01\x00"),
    )
)


def may_issue(certificate: Certificate) -> bool:
    """Say whether a certificate may sign others.

    It must be a CA and, when it names key usages, have keyCertSign (RFC 5280 section
    6.1.4, k and n). A self-signed certificate of version 1 may: it cannot say more.
    """
    if certificate.is_ca:
        return not certificate.key_usage or "keyCertSign" in certificate.key_usage
    return certificate.self_signed and not sections(certificate.der).has_version


def is_issued_by(child_der: bytes, issuer_der: bytes) -> bool:
    """Say whether the issuer's key signed the child.

    Names, dates and what the issuer may do are not looked at; see `may_issue`. An
    algorithm that is not known counts as no.
    """
    try:
        child, parts = load_parts(child_der)
    except BadInputError:
        return False
    return _is_signed_with(_kept_key(issuer_der), child, parts.tbs)


def is_signature(
    signer_der: bytes, *, signed: bytes, algorithm: bytes, signature: bytes
) -> bool:
    """Say whether the key of a certificate made a signature over something else.

    `algorithm` is the AlgorithmIdentifier in DER, as it stands beside the signature.
    """
    # The library reads the algorithms of certificates, so it is put into one.
    body = wrap(SEQUENCE, _BEFORE + algorithm + _BEHIND)
    shell = wrap(SEQUENCE, body + algorithm + wrap(BIT_STRING, b"\0" + signature))
    try:
        child = load(shell)
    except BadInputError:
        return False
    return _is_signed_with(_kept_key(signer_der), child, signed)


def are_issued_by(pairs: Iterable[tuple[bytes, bytes]]) -> list[bool]:
    """The same for many pairs of child and issuer."""
    return [is_issued_by(child, issuer) for child, issuer in pairs]


def is_signed_by(
    child: x509.Certificate, parts: Sections, issuer: x509.Certificate
) -> bool:
    """The same, for certificates that are loaded."""
    return _is_signed_with(_key_of(issuer), child, parts.tbs)


def _key_of(issuer: x509.Certificate) -> CertificatePublicKeyTypes | None:
    if issuer.public_key_algorithm_oid not in _SIGNING_KEYS:
        return None
    try:
        return issuer.public_key()
    except UNREADABLE:
        return None


@lru_cache(maxsize=64)  # one issuer has often signed many
def _kept_key(issuer_der: bytes) -> CertificatePublicKeyTypes | None:
    try:
        return _key_of(load(issuer_der))
    except BadInputError:
        return None


def _is_signed_with(
    key: CertificatePublicKeyTypes | None, child: x509.Certificate, tbs: bytes
) -> bool:
    try:
        signature = child.signature
        match key:  # the usual ones first
            case rsa.RSAPublicKey():
                padding = child.signature_algorithm_parameters
                algorithm = child.signature_hash_algorithm
                if not isinstance(padding, PKCS1v15 | PSS) or algorithm is None:
                    return False
                key.verify(signature, tbs, padding, algorithm)
                return True
            case ec.EllipticCurvePublicKey():
                scheme = child.signature_algorithm_parameters
                if not isinstance(scheme, ec.ECDSA):
                    return False
                key.verify(signature, tbs, scheme)
                return True
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                of_25519 = isinstance(key, ed25519.Ed25519PublicKey)
                if child.signature_algorithm_oid != (
                    Algorithm.ED25519 if of_25519 else Algorithm.ED448
                ):
                    return False
                key.verify(signature, tbs)
                return True
            case dsa.DSAPublicKey():
                algorithm = child.signature_hash_algorithm
                if algorithm is None or child.signature_algorithm_oid not in _DSA:
                    return False
                key.verify(signature, tbs, algorithm)
                return True
    except (InvalidSignature, *UNREADABLE):
        pass
    return False
