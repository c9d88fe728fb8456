from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    dsa,
    ed448,
    ed25519,
    padding,
    rsa,
    x25519,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from lab.models import KeySpec
from lab.pki.der import SEQUENCE, children, expect, wrap
from lab.pki.keys import make_key
from lab.pki.links import is_issued_by, may_issue
from lab.pki.reading import read_certificate

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other CA")])


def sign_by_hand(key, algorithm, public_key=None, **how):
    """A bare certificate, signed in ways that the lab itself does not use."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(public_key or key.public_key())
        .serial_number(5)
        .not_valid_before(datetime(2030, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2031, 1, 1, tzinfo=UTC))
    )
    return builder.sign(key, algorithm, **how).public_bytes(Encoding.DER)


def version_1(key):
    """A self-signed certificate of version 1: no version, no extensions."""
    der = sign_by_hand(key, hashes.SHA256())
    start, _ = expect(der, 0, SEQUENCE)
    body, end = expect(der, start, SEQUENCE)
    version, *_ = children(der, body, end)
    tbs = wrap(SEQUENCE, der[version[3] : end])
    (_, algorithm, _, stop), _ = children(der, end, len(der))
    signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return wrap(SEQUENCE, tbs + der[algorithm:stop] + wrap(3, b"\x00" + signature))


@pytest.fixture(scope="module")
def other_keys(rsa_key):
    """Keys of every family that can sign, and the hash they sign with."""
    return {
        "rsa": (rsa_key, hashes.SHA256()),
        "ec-521": (make_key(KeySpec(type="EC", size=521)), hashes.SHA512()),
        "ed25519": (ed25519.Ed25519PrivateKey.generate(), None),
        "ed448": (ed448.Ed448PrivateKey.generate(), None),
        "dsa": (dsa.generate_private_key(2048), hashes.SHA256()),
    }


@pytest.mark.parametrize("family", ["rsa", "ec-521", "ed25519", "ed448", "dsa"])
def test_signatures_of_every_family_are_checked(other_keys, family):
    key, algorithm = other_keys[family]
    der = sign_by_hand(key, algorithm)
    cut = der[:-1] + bytes([der[-1] ^ 1])

    assert is_issued_by(der, der)
    assert not is_issued_by(cut, der)
    assert not any(
        is_issued_by(der, sign_by_hand(*other))
        for name, other in other_keys.items()
        if name != family
    )


def test_rsa_with_pss_padding_is_checked(rsa_key):
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    der = sign_by_hand(rsa_key, hashes.SHA256(), rsa_padding=pss)

    assert is_issued_by(der, der)
    assert read_certificate(der).signature_algorithm == "RSASSA-PSS"


def test_a_sha1_signature_is_checked_like_any_other(ec_keys, leaf):
    # sha256WithRSAEncryption and sha1WithRSAEncryption differ in one octet.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = sign_by_hand(key, hashes.SHA256())
    start, _ = expect(der, 0, SEQUENCE)
    _, end = expect(der, start, SEQUENCE)
    tbs = der[start:end].replace(SHA256_RSA, SHA1_RSA)
    signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    algorithm = wrap(SEQUENCE, SHA1_RSA + b"\x05\x00")
    old = wrap(SEQUENCE, tbs + algorithm + wrap(3, b"\x00" + signature))

    assert read_certificate(old).signature_algorithm == "sha1WithRSAEncryption"
    assert is_issued_by(old, old)


SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")
SHA1_RSA = bytes.fromhex("06092a864886f70d010105")


def test_an_unknown_algorithm_signs_nothing(rsa_key):
    der = sign_by_hand(rsa_key, hashes.SHA256())
    unknown = der.replace(SHA256_RSA, bytes.fromhex("06092a864886f70d01016f"))

    assert not is_issued_by(unknown, unknown)
    assert read_certificate(unknown).signature_algorithm == "1.2.840.113549.1.1.111"


def test_a_key_that_cannot_sign_signed_nothing(ec_keys):
    public_key = x25519.X25519PrivateKey.generate().public_key()
    der = sign_by_hand(ec_keys[0], hashes.SHA256(), public_key=public_key)

    assert not is_issued_by(der, der)


def test_a_certificate_is_not_issued_by_another_ca_of_the_same_name(
    leaf, issuing, ec_keys
):
    imitation = sign_by_hand(ec_keys[3], hashes.SHA256())

    assert is_issued_by(leaf, issuing)
    assert not is_issued_by(leaf, imitation)


def test_what_is_no_certificate_issued_nothing(leaf, issuing):
    assert not is_issued_by(leaf, b"")
    assert not is_issued_by(b"", issuing)


@given(data=st.data())
def test_a_flipped_bit_breaks_the_link(data, leaf, issuing):
    at = data.draw(st.integers(0, len(leaf) * 8 - 1))
    changed = bytearray(leaf)
    changed[at // 8] ^= 1 << at % 8

    assert not is_issued_by(bytes(changed), issuing)


@given(data=st.data())
def test_a_broken_issuer_never_crashes_the_check(data, leaf, issuing):
    at = data.draw(st.integers(0, len(issuing) - 1))
    changed = issuing[:at] + data.draw(st.binary(min_size=1, max_size=3))
    changed += issuing[len(changed) :]

    assert is_issued_by(leaf, changed) in (True, False)


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("root", True),
        ("issuing", True),
        ("self_signed_rsa", True),
        ("leaf_capf", True),
        ("leaf_ec", False),
        ("ocsp_signer", False),
        ("mic", False),
    ],
)
def test_only_a_ca_with_key_cert_sign_may_issue(made, name, may):
    assert may_issue(read_certificate(made[name])) is may


def test_a_ca_without_the_usage_may_not_issue(ec_keys):
    # BasicConstraints says CA, keyUsage says cRLSign only.
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(ec_keys[0].public_key())
        .serial_number(5)
        .not_valid_before(datetime(2030, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2031, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(True, None), True)
    )
    usage = x509.KeyUsage(*[False] * 6, True, False, False)
    plain, narrowed = (
        read_certificate(
            each.sign(ec_keys[0], hashes.SHA256()).public_bytes(Encoding.DER)
        )
        for each in (builder, builder.add_extension(usage, True))
    )

    assert may_issue(plain)
    assert not may_issue(narrowed)


def test_a_self_signed_certificate_of_version_1_may_issue(rsa_key):
    old = read_certificate(version_1(rsa_key))
    bare = read_certificate(sign_by_hand(rsa_key, hashes.SHA256()))

    assert old.self_signed
    assert may_issue(old)
    assert bare.self_signed
    assert not may_issue(bare)
