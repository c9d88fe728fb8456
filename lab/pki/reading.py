"""Certificates read into values; whatever the bytes, the answer is plain."""

from hashlib import sha1, sha256

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.der import BIT_STRING, INTEGER, OID, SEQUENCE, element, expect
from lab.pki.extensions import extension_facts
from lab.pki.links import is_signed_by
from lab.pki.loading import UNREADABLE, load, load_parts
from lab.pki.names import read_name

__all__ = ["SIGNATURE_ALGORITHMS", "load", "read_certificate", "read_key"]

SIGNATURE_ALGORITHMS = {  # RFC 3279, 4055, 5758, 8410
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.2.840.10040.4.3": "dsa-with-SHA1",
    "2.16.840.1.101.3.4.3.1": "dsa-with-SHA224",
    "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
_KEY_TYPES = {
    bytes.fromhex("2a864886f70d010101"): "RSA",
    bytes.fromhex("2a864886f70d01010a"): "RSA",  # a key for PSS only: RFC 4055
    bytes.fromhex("2a8648ce3d0201"): "EC",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
    bytes.fromhex("2a8648ce380401"): "DSA",
}
_CURVE_BITS = {
    bytes.fromhex("2a8648ce3d030101"): 192,
    bytes.fromhex("2b81040021"): 224,
    bytes.fromhex("2a8648ce3d030107"): 256,
    bytes.fromhex("2b8104000a"): 256,  # secp256k1
    bytes.fromhex("2b2403030208010107"): 256,  # brainpoolP256r1
    bytes.fromhex("2b240303020801010b"): 384,  # brainpoolP384r1
    bytes.fromhex("2b240303020801010d"): 512,  # brainpoolP512r1
    bytes.fromhex("2b81040022"): 384,
    bytes.fromhex("2b81040023"): 521,
}


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate; BadInputError when the bytes are not one.

    An extension that cannot be decoded leaves its fields empty: the rest is shown.
    """
    certificate, parts = load_parts(der)
    try:
        not_before = certificate.not_valid_before_utc
        not_after = certificate.not_valid_after_utc
        signed_with = certificate.signature_algorithm_oid.dotted_string
    except UNREADABLE:
        raise BadInputError(
            "the dates of the certificate cannot be read",
            hint="Ask its issuer for another one.",
        ) from None
    subject, issuer = read_name(parts.subject), read_name(parts.issuer)
    key_type, key_size = read_key(parts.public_key)
    facts = extension_facts(parts.extensions)
    is_ca, path_length = facts.constraints
    return Certificate(
        sha256=sha256(der).hexdigest(),
        der=der,
        sha1=sha1(der, usedforsecurity=False).hexdigest(),
        serial=f"{parts.serial:x}",
        subject=subject.text,
        issuer=issuer.text,
        subject_hash=subject.hash,
        issuer_hash=issuer.hash,
        common_name=subject.common_name,
        issuer_common_name=issuer.common_name,
        alternative_names=facts.alternative_names,
        not_before=not_before,
        not_after=not_after,
        key_type=key_type,
        key_size=key_size,
        key_id=sha256(parts.public_key).hexdigest(),
        subject_key_identifier=facts.subject_key_identifier,
        authority_key_identifier=facts.authority_key_identifier,
        signature_algorithm=SIGNATURE_ALGORITHMS.get(signed_with, signed_with),
        key_usage=facts.key_usage,
        extended_key_usage=facts.extended_key_usage,
        is_ca=is_ca,
        path_length=path_length,
        self_signed=subject.hash == issuer.hash
        and is_signed_by(certificate, parts, certificate),
    )


def read_key(public_key: bytes) -> tuple[str, int]:
    """Return type and size in bits of a SubjectPublicKeyInfo; 0 when it has none."""
    kind = "other"
    try:
        start, _ = expect(public_key, 0, SEQUENCE)
        algorithm, end = expect(public_key, start, SEQUENCE)
        _, parameters = expect(public_key, algorithm, OID)
        kind = _KEY_TYPES.get(public_key[algorithm + 2 : parameters], "other")
        if kind == "EC":
            _, start, stop = element(public_key, parameters)
            return kind, _CURVE_BITS.get(public_key[start:stop], 0)
        if kind == "RSA":
            start, _ = expect(public_key, end, BIT_STRING)
            start, _ = expect(public_key, start + 1, SEQUENCE)
            start, stop = expect(public_key, start, INTEGER)
            return kind, int.from_bytes(public_key[start:stop]).bit_length()
        if kind == "DSA":
            start, _ = expect(public_key, parameters, SEQUENCE)
            start, stop = expect(public_key, start, INTEGER)
            return kind, int.from_bytes(public_key[start:stop]).bit_length()
    except ValueError:
        pass
    return kind, 0
