"""Certificates made for the tests of the judge: whatever a CA could sign, and more."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.pki.der import SEQUENCE, children, element, expect, wrap
from lab.trust.paths import explain
from lab.trust.pool import pool

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
BEGIN, END = NOON - timedelta(days=365), NOON + timedelta(days=365)
SECOND = timedelta(seconds=1)
SERVER_AUTH, CLIENT_AUTH = (
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH,
)
_KEY_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment"),
    *("data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
    *("encipher_only", "decipher_only"),
)


@cache
def key(owner):
    """The P-256 key of one owner, made once."""
    return ec.generate_private_key(ec.SECP256R1())


def named(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key_usage(*wanted):
    return x509.KeyUsage(**{each: each in wanted for each in _KEY_USAGES})


def usages(*identifiers):
    return x509.ExtendedKeyUsage(list(identifiers))


def hosts(*names):
    return x509.SubjectAlternativeName([x509.DNSName(each) for each in names])


def is_ca(path_length=None):
    return (x509.BasicConstraints(True, path_length),)


def raw(oid, hex_value):
    """An extension of these bytes."""
    identifier = x509.ObjectIdentifier(oid)
    return x509.UnrecognizedExtension(identifier, bytes.fromhex(hex_value))


ISSUES = (key_usage("key_cert_sign", "crl_sign"),)
OF_A_CA = (is_ca(), ISSUES)
OF_A_LEAF = (
    hosts("leaf.example"),
    usages(SERVER_AUTH, CLIENT_AUTH),
    (key_usage("digital_signature"),),
)


def sign(
    subject,
    issuer,
    *extensions,
    own_key=None,
    issuer_key=None,
    begin=BEGIN,
    end=END,
    algorithm=None,
    identified=True,
):
    """Sign a certificate; names are common names, or of type x509.Name.

    An extension in a tuple is critical. Those that identify keys are added, unless they
    are there already or not wanted at all.
    """
    own_key, issuer_key = own_key or key(subject), issuer_key or key(issuer)
    builder = x509.CertificateBuilder(
        named(issuer) if isinstance(issuer, str) else issuer,
        named(subject) if isinstance(subject, str) else subject,
        own_key.public_key(),
        x509.random_serial_number(),
        begin,
        end,
    )
    pairs = [
        (each[0], True) if isinstance(each, tuple) else (each, False)
        for each in extensions
    ]
    if identified:
        present = {extension.oid for extension, _ in pairs}
        public, above = own_key.public_key(), issuer_key.public_key()
        for extension in (
            x509.SubjectKeyIdentifier.from_public_key(public),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above),
        ):
            if extension.oid not in present:
                pairs.append((extension, False))
    for extension, critical in pairs:
        builder = builder.add_extension(extension, critical)
    hashed = isinstance(issuer_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    default = hashes.SHA256() if hashed else None
    signed = builder.sign(issuer_key, algorithm or default)
    return signed.public_bytes(Encoding.DER)


def root(name="Root", *extensions, **changed):
    return sign(name, name, *(extensions or OF_A_CA), **changed)


def ca(name, issuer="Root", *extensions, **changed):
    return sign(name, issuer, *(extensions or OF_A_CA), **changed)


def leaf(issuer="Root", *extensions, name="leaf.example", **changed):
    return sign(name, issuer, *(extensions or OF_A_LEAF), **changed)


def resigned(der, issuer, change, *, algorithm=None, hashed=None):
    """Let `change` have the parts of what is signed, and sign what it makes of them.

    `algorithm` is the identifier beside the signature; that inside is among the parts.
    """
    at, _ = expect(der, 0, SEQUENCE)
    start, end = expect(der, at, SEQUENCE)
    parts = [der[first:last] for _, first, _, last in children(der, start, end)]
    signed = wrap(SEQUENCE, b"".join(change(parts)))
    algorithm = algorithm or der[end : element(der, end)[2]]
    signature = key(issuer).sign(signed, ec.ECDSA(hashed or hashes.SHA256()))
    return wrap(SEQUENCE, signed + algorithm + wrap(3, b"\x00" + signature))


def without_version(parts):
    """Version 1 is the one that is not written."""
    return [part for part in parts if part[0] not in (0xA0, 0xA3)]


def judge(given, trusted, untrusted=(), *, at=NOON, **asked):
    return explain(
        given, trusted=pool(trusted), untrusted=pool(untrusted), at=at, **asked
    )


def faults(verdict):
    """Each fault with the common name of the certificate that has it."""
    names = {each.sha256: each.common_name for each in verdict.path}
    return [(each.fault, names[each.certificate]) for each in verdict.findings]


def names_of(verdict):
    return [each.common_name for each in verdict.path]
