import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from lab.errors import BadInputError, RuleError
from lab.models import KeySpec
from lab.pki.keys import hash_for, key_id, load_key, make_key, spec_of, to_der
from lab.pki.reading import read_certificate


def spec(text):
    kind, size = text.split()
    return KeySpec(type=kind, size=int(size))


@pytest.mark.parametrize("text", ["EC 256", "EC 384", "EC 521", "RSA 1024", "RSA 2048"])
def test_a_key_is_of_the_kind_that_was_asked_for(text):
    key = make_key(spec(text))

    assert str(spec_of(key)) == str(spec_of(key.public_key())) == text


@pytest.mark.parametrize(
    "text", ["EC 255", "RSA 512", "RSA 1023", "RSA 16384", "DSA 2048"]
)
def test_other_kinds_of_keys_are_refused(text):
    with pytest.raises(BadInputError, match=text):
        make_key(spec(text))


@pytest.mark.parametrize("text", ["EC 384", "RSA 2048"])
def test_a_key_survives_being_stored(text):
    key = make_key(spec(text))

    again = load_key(to_der(key))

    assert again.private_numbers() == key.private_numbers()


def test_only_rsa_and_ec_keys_are_loaded():
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )

    for data in (other, b"", b"\x30\x00"):
        with pytest.raises(BadInputError, match="not a private key"):
            load_key(data)


def test_the_id_of_a_key_is_the_one_its_certificate_shows(ec_keys, leaf):
    assert read_certificate(leaf).key_id == key_id(ec_keys[2].public_key())
    assert key_id(ec_keys[2].public_key()) != key_id(ec_keys[1].public_key())


@pytest.mark.parametrize(
    ("key", "wanted", "hash_class"),
    [
        ("RSA 2048", "", hashes.SHA256),
        ("RSA 4096", "", hashes.SHA256),
        ("RSA 2048", "SHA512", hashes.SHA512),
        ("EC 256", "", hashes.SHA256),
        ("EC 256", "sha-384", hashes.SHA384),
        ("EC 384", "", hashes.SHA384),
        ("EC 521", "", hashes.SHA512),
    ],
)
def test_a_key_signs_with_a_hash_of_its_strength(key, wanted, hash_class):
    assert isinstance(hash_for(spec(key), wanted), hash_class)


@pytest.mark.parametrize(
    ("key", "wanted"),
    [("EC 384", "SHA256"), ("EC 521", "SHA384"), ("RSA 2048", "SHA1")],
)
def test_a_weaker_hash_is_refused_with_both_values(key, wanted):
    with pytest.raises(RuleError) as refused:
        hash_for(spec(key), wanted)

    assert wanted in str(refused.value)
    assert key in str(refused.value)
    assert refused.value.hint.startswith("Choose SHA")


def test_an_unknown_hash_is_refused():
    with pytest.raises(BadInputError, match="whirlpool"):
        hash_for(spec("RSA 2048"), "whirlpool")


def test_a_curve_of_another_family_keeps_its_size():
    key = ec.generate_private_key(ec.SECP256K1())

    assert spec_of(key) == KeySpec(type="EC", size=256)
