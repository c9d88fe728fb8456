"""Keys of the cases, each made once, and what signing with them takes.

Those of P-256 come from their label, so that a certificate is the same every time.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha1, sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    dsa,
    ec,
    ed448,
    ed25519,
    padding,
    rsa,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.explain_cases import der

HASHES = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_ECDSA = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
_RSA = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_DIGESTS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_DSA_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.3.2"))
_PSS, _MGF1 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
_PSS_HASH = "pss-"  # "pss-sha256" is RSASSA-PSS with SHA-256


@dataclass(frozen=True, eq=False)
class Key:
    """A key pair: `spki` is its SubjectPublicKeyInfo, as it stands in a certificate."""

    private: object
    spki: bytes

    @property
    def id(self):
        return sha1(self.spki).digest()

    def algorithm(self, hash_name):
        """The AlgorithmIdentifier of a signature by this key."""
        match self.private:
            case rsa.RSAPrivateKey() if hash_name.startswith(_PSS_HASH):
                return _pss_algorithm(hash_name.removeprefix(_PSS_HASH))
            case rsa.RSAPrivateKey():
                return der.sequence(der.oid(_RSA[hash_name]), der.NULL)
            case ec.EllipticCurvePrivateKey():
                return der.sequence(der.oid(_ECDSA[hash_name]))
            case ed25519.Ed25519PrivateKey():
                return der.sequence(der.oid("1.3.101.112"))
            case ed448.Ed448PrivateKey():
                return der.sequence(der.oid("1.3.101.113"))
            case _:
                return _DSA_SHA256

    def sign(self, data, hash_name):
        match self.private:
            case rsa.RSAPrivateKey() if hash_name.startswith(_PSS_HASH):
                hashed = HASHES[hash_name.removeprefix(_PSS_HASH)]
                scheme = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
                return self.private.sign(data, scheme, hashed)
            case rsa.RSAPrivateKey():
                return self.private.sign(data, padding.PKCS1v15(), HASHES[hash_name])
            case ec.EllipticCurvePrivateKey():
                scheme = ec.ECDSA(HASHES[hash_name], deterministic_signing=True)
                return self.private.sign(data, scheme)
            case dsa.DSAPrivateKey():
                return self.private.sign(data, HASHES["sha256"])
            case _:
                return self.private.sign(data)


def _pss_algorithm(hash_name):
    if hash_name == "sha1":  # the default of all parameters, which DER leaves out
        return der.sequence(der.oid(_PSS), der.sequence())
    hashed = der.sequence(der.oid(_DIGESTS[hash_name]), der.NULL)
    parameters = der.sequence(
        der.wrap(0xA0, hashed),
        der.wrap(0xA1, der.sequence(der.oid(_MGF1), hashed)),
        der.wrap(0xA2, der.integer(HASHES[hash_name].digest_size)),
    )
    return der.sequence(der.oid(_PSS), parameters)


def _key(private):
    spki = private.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return Key(private, spki)


@cache
def elliptic(label="", curve=ec.SECP256R1):
    """The key of that label, on P-256 unless another curve is asked for."""
    secret = int.from_bytes(sha256(f"explain {label}".encode()).digest()[:20]) + 1
    return _key(ec.derive_private_key(secret, curve()))


@cache
def rsa_key(size=2048, label=""):
    return _key(rsa.generate_private_key(public_exponent=65537, key_size=size))


@cache
def dsa_key(size=2048):
    return _key(dsa.generate_private_key(size))


@cache
def ed25519_key():
    return _key(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))


@cache
def ed448_key():
    return _key(ed448.Ed448PrivateKey.from_private_bytes(bytes(57)))


def public_only(spki):
    """A key that never signs: whatever stands in the certificate."""
    return Key(None, spki)
