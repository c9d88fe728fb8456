"""Tokens: other tools agree on them, and only the right keys open them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError, RuleError
from lab.models import KeySpec
from lab.pki.keys import key_id, make_key
from lab.pki.tokens import (
    build_token,
    check_signature,
    key_ids,
    make_secret,
    open_claims,
    secret_id,
)

CLAIMS = {"sub": "alice", "exp": 1893456000}
KINDS = {
    "RS256": KeySpec(type="RSA", size=2048),
    "ES256": KeySpec(type="EC", size=256),
    "ES384": KeySpec(type="EC", size=384),
    "ES512": KeySpec(type="EC", size=521),
}


@pytest.fixture(scope="module")
def signing_keys():
    return {name: make_key(spec) for name, spec in KINDS.items()}


def decoded(part):
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("name", KINDS)
def test_a_token_opens_with_its_own_keys(signing_keys, name):
    key, secret = signing_keys[name], make_secret()

    token = build_token(CLAIMS, key, secret)

    check_signature(token, key.public_key())
    assert open_claims(token, secret) == CLAIMS
    assert json.loads(decoded(token.split(".")[0]))["alg"] == name
    assert key_ids(token) == (key_id(key.public_key()), secret_id(secret))


def test_the_signature_of_a_token_is_one_of_the_rfc(signing_keys):
    key = signing_keys["RS256"]

    header, claims, signature = build_token(CLAIMS, key, make_secret()).split(".")

    # RFC 7515 section 5.2: over the first two parts as they stand.
    key.public_key().verify(
        decoded(signature),
        f"{header}.{claims}".encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_a_token_shows_nothing_of_its_user(signing_keys):
    token = build_token(CLAIMS, signing_keys["ES256"], make_secret())

    shown = b"".join(decoded(part) for part in token.split("."))

    assert b"alice" not in shown
    assert b"sub" not in shown


def test_another_signing_key_has_not_signed_it(signing_keys):
    token = build_token(CLAIMS, signing_keys["ES256"], make_secret())
    other = make_key(KINDS["ES256"])

    with pytest.raises(RuleError, match="has not signed this token"):
        check_signature(token, other.public_key())


def test_another_encryption_key_does_not_open_it(signing_keys):
    token = build_token(CLAIMS, signing_keys["ES256"], make_secret())

    with pytest.raises(RuleError, match="does not open this token"):
        open_claims(token, make_secret())


def test_two_tokens_of_the_same_claims_differ(signing_keys):
    secret = make_secret()

    first, second = (
        build_token(CLAIMS, signing_keys["RS256"], secret) for _ in range(2)
    )

    assert first.split(".")[1] != second.split(".")[1]


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_does_not_choose_how_it_is_verified(signing_keys, algorithm):
    key = signing_keys["RS256"]
    _, claims, _ = build_token(CLAIMS, key, make_secret()).split(".")
    header = encoded(json.dumps({"alg": algorithm, "kid": "x"}).encode())
    # The old trick: the public key, which everybody knows, as the secret of a HMAC.
    known = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    forged = hmac.HMAC(known, hashes.SHA256())
    forged.update(f"{header}.{claims}".encode())
    signature = encoded(forged.finalize()) if algorithm == "HS256" else ""

    with pytest.raises(RuleError, match="has not signed this token"):
        check_signature(f"{header}.{claims}.{signature}", key.public_key())


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_with_one_bit_changed_does_not_verify(signing_keys, part):
    key = signing_keys["ES256"]
    parts = build_token(CLAIMS, key, make_secret()).split(".")
    data = bytearray(decoded(parts[part]))
    data[len(data) // 2] ^= 1
    parts[part] = encoded(bytes(data))

    with pytest.raises((RuleError, BadInputError)):
        check_signature(".".join(parts), key.public_key())


@pytest.mark.parametrize(
    "text",
    [
        *("", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "e30.e30.", "W10.e30.", "x" * 20_000),
        encoded(b"[" * 9000) + ".e30.e30",
    ],
)
def test_what_is_no_token_is_refused(signing_keys, text):
    public_key = signing_keys["ES256"].public_key()

    with pytest.raises((BadInputError, RuleError)):
        check_signature(text, public_key)
    with pytest.raises((BadInputError, RuleError)):
        open_claims(text, make_secret())


@given(st.text(alphabet="abcAB01.-_=é{}", max_size=200))
def test_no_text_does_harm(text):
    for look in (key_ids, lambda each: open_claims(each, b"\0" * 32)):
        with pytest.raises((BadInputError, RuleError)):
            look(text)
