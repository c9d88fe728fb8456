"""Private and public keys: making, naming and storing them."""

from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPublicKeyTypes,
    CertificatePublicKeyTypes,
)

from lab.errors import BadInputError, RuleError
from lab.models import KeySpec

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

# 1024 only because the cluster offers it (facts §1.3).
RSA_SIZES = (1024, 2048, 3072, 4096)
CURVES: dict[int, type[ec.EllipticCurve]] = {
    256: ec.SECP256R1,
    384: ec.SECP384R1,
    521: ec.SECP521R1,
}
HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
}
_BITS = {"MD5": 128, "SHA1": 160, "SHA224": 224, "SHA256": 256} | {
    "SHA384": 384,
    "SHA512": 512,
}


def make_key(spec: KeySpec) -> PrivateKey:
    """Make a private key.

    RSA has 1024, 2048, 3072 or 4096 bits, EC is on the NIST curve of 256, 384 or
    521 bits. Raises BadInputError for any other kind.
    """
    if spec.type == "RSA" and spec.size in RSA_SIZES:
        return rsa.generate_private_key(public_exponent=65537, key_size=spec.size)
    if spec.type == "EC" and spec.size in CURVES:
        return ec.generate_private_key(CURVES[spec.size]())
    raise BadInputError(
        "a key of kind {key} cannot be made",
        hint="Choose RSA 1024, 2048, 3072 or 4096, or EC 256, 384 or 521.",
        key=spec,
    )


def key_id(
    public_key: CertificatePublicKeyTypes | CertificateIssuerPublicKeyTypes,
) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo, as lower-case hex."""
    return sha256(
        public_key.public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
    ).hexdigest()


def spec_of(key: PrivateKey | PublicKey) -> KeySpec:
    """Say what kind of key this is."""
    is_rsa = isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey)
    return KeySpec(type="RSA" if is_rsa else "EC", size=key.key_size)


def to_der(key: PrivateKey) -> bytes:
    """Write a private key as PKCS#8 DER, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load_key(der: bytes) -> PrivateKey:
    """Read a PKCS#8 DER private key; BadInputError unless it is RSA or EC."""
    try:
        # The check of an RSA key takes as long as making one. What is read here was
        # made by the lab, and a signature by a damaged key would not verify.
        key = serialization.load_der_private_key(
            der, password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError):
        key = None
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return key
    raise BadInputError(
        "the data are not a private key that the lab can use",
        hint="Give an RSA or EC key in PKCS#8 form, without a passphrase.",
    )


def hash_for(key_spec: KeySpec, wanted: str = "") -> hashes.HashAlgorithm:
    """Choose the hash that a key signs with; `wanted` is "SHA256" … or empty.

    SHA-256 for RSA; for EC the hash is at least as strong as the curve (facts §1.3).
    Raises RuleError when the wanted hash is weaker, BadInputError when unknown.
    """
    needed = "SHA256"
    if key_spec.type == "EC":
        needed = {256: "SHA256", 384: "SHA384"}.get(key_spec.size, "SHA512")
    name = wanted.upper().replace("-", "") or needed
    if name not in _BITS:
        raise BadInputError(
            "there is no hash named {wanted}",
            hint="Choose SHA256, SHA384 or SHA512.",
            wanted=wanted,
        )
    if _BITS[name] < _BITS[needed]:
        raise RuleError(
            "{wanted} is weaker than {needed}, which a key of kind {key} needs",
            hint="Choose {needed} or a stronger hash.",
            wanted=name,
            needed=needed,
            key=key_spec,
        )
    return HASHES[name]()
