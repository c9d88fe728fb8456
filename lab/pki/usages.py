"""Key usages, plain and extended: from RFC names to the library and back."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.errors import BadInputError

# RFC 5280 section 4.2.1.3, in the order of the bits, with the library's word.
KEY_USAGES = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}
EXTENDED_KEY_USAGES = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "ipsecEndSystem": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
}
_EXTENDED_NAMES = {oid.dotted_string: name for name, oid in EXTENDED_KEY_USAGES.items()}
# An EC key encrypts nothing: RFC 8813 section 3.
_NOT_FOR_EC = {"keyEncipherment", "dataEncipherment"}
# An RSA key agrees on nothing: RFC 3279 section 2.3.1.
_NOT_FOR_RSA = {"keyAgreement", "encipherOnly", "decipherOnly"}


def usages_for(
    key_usage: Iterable[str], public_key: CertificatePublicKeyTypes
) -> tuple[str, ...]:
    """Return the usages a certificate of this key may carry, in the RFC's order.

    The cluster's requests ask for more: keyEncipherment and dataEncipherment of an EC
    key, which a certificate MUST NOT have (RFC 8813 section 3), and keyAgreement of an
    RSA key (RFC 3279 section 2.3.1). As any careful CA, the lab takes them away.
    Raises BadInputError for a word that the RFC does not have.
    """
    wanted = _known(key_usage)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        wanted -= _NOT_FOR_EC
    if isinstance(public_key, rsa.RSAPublicKey):
        wanted -= _NOT_FOR_RSA
    return tuple(name for name in KEY_USAGES if name in wanted)


def build_key_usage(key_usage: Iterable[str]) -> x509.KeyUsage:
    """Build the extension; BadInputError for a word that the RFC does not have."""
    wanted = _known(key_usage)
    try:
        return x509.KeyUsage(
            **{word: name in wanted for name, word in KEY_USAGES.items()}
        )
    except ValueError:
        raise BadInputError(
            "encipherOnly and decipherOnly are asked for without keyAgreement",
            hint="Add keyAgreement.",
        ) from None


def _known(key_usage: Iterable[str]) -> set[str]:
    wanted = set(key_usage)
    for name in sorted(wanted - KEY_USAGES.keys()):
        raise BadInputError(
            "there is no key usage {usage}",
            hint="Use the names of RFC 5280, such as digitalSignature.",
            usage=name,
        )
    return wanted


def build_extended_key_usage(usages: Iterable[str]) -> x509.ExtendedKeyUsage:
    """Build the extension from names or dotted identifiers, each once."""
    found = list(dict.fromkeys(_extended(name) for name in usages))
    if ExtendedKeyUsageOID.TIME_STAMPING in found and len(found) > 1:
        # RFC 3161 section 2.3.
        raise BadInputError(
            "timeStamping is asked for together with other usages",
            hint="Leave it out, or ask for it alone.",
        )
    return x509.ExtendedKeyUsage(found)


def _extended(name: str) -> x509.ObjectIdentifier:
    known = EXTENDED_KEY_USAGES.get(name)
    if known is not None:
        return known
    try:
        return x509.ObjectIdentifier(name)
    except ValueError:
        raise BadInputError(
            "there is no extended key usage {usage}",
            hint="Use a name such as serverAuth, or a dotted identifier.",
            usage=name,
        ) from None


def key_usage_names(value: x509.KeyUsage) -> tuple[str, ...]:
    """Return the RFC names of the bits that are set."""
    usual = (
        value.digital_signature,
        value.content_commitment,
        value.key_encipherment,
        value.data_encipherment,
        value.key_agreement,
        value.key_cert_sign,
        value.crl_sign,
        # The library refuses to say these two without keyAgreement.
        value.key_agreement and value.encipher_only,
        value.key_agreement and value.decipher_only,
    )
    return tuple(name for name, on in zip(KEY_USAGES, usual, strict=True) if on)


def extended_key_usage_names(value: x509.ExtendedKeyUsage) -> tuple[str, ...]:
    """Return names where known, else dotted identifiers."""
    return tuple(
        _EXTENDED_NAMES.get(oid.dotted_string, oid.dotted_string) for oid in value
    )
