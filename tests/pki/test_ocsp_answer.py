"""Answers of OCSP are read into values, and signatures of every kind are checked."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    dsa,
    ec,
    ed448,
    ed25519,
    padding,
    rsa,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.pki.links import is_signature
from lab.pki.names import name_hash
from lab.pki.ocsp import Answer, cert_id, issuer_hashes, refusal, sign_answers
from lab.pki.ocsp_answer import OcspAnswer, read_answer
from tests.trust.chains import NOON, key, leaf, raw, root

HOUR = timedelta(hours=1)
ROOT, LEAF, SIBLING = root(), leaf(), leaf(name="sibling.example")
KEYS = {
    "RSA": (lambda: rsa.generate_private_key(65537, 2048), hashes.SHA256()),
    "RSA, SHA-512": (lambda: rsa.generate_private_key(65537, 2048), hashes.SHA512()),
    "P-256": (lambda: ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
    "P-521": (lambda: ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate, None),
    "Ed448": (ed448.Ed448PrivateKey.generate, None),
    "DSA": (lambda: dsa.generate_private_key(1024), hashes.SHA256()),
}


def answer(*extensions, by_key=True, status="GOOD", signer=ROOT, own=None, hashed=None):
    certificate = x509.load_der_x509_certificate(signer)
    by = ocsp.OCSPResponderEncoding
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            x509.load_der_x509_certificate(LEAF),
            x509.load_der_x509_certificate(ROOT),
            hashes.SHA1(),
            ocsp.OCSPCertStatus[status],
            NOON,
            NOON + HOUR,
            NOON - HOUR if status == "REVOKED" else None,
            None,
        )
        .responder_id(by.HASH if by_key else by.NAME, certificate)
    )
    for each, critical in extensions:
        builder = builder.add_extension(each, critical)
    algorithm = hashed or hashes.SHA256()
    if own is not None:
        algorithm = hashed
    signed = builder.sign(own or key("Root"), algorithm)
    return signed.public_bytes(Encoding.DER)


@pytest.mark.parametrize("by_key", [True, False])
def test_an_answer_is_read(by_key):
    found = read_answer(answer((x509.OCSPNonce(b"\1" * 9), False), by_key=by_key))

    [said] = found.statements
    wanted = cert_id(LEAF, ROOT)
    assert (said.serial, said.name_hash, said.key_hash, said.hash_name) == (
        wanted.serial,
        wanted.name_hash,
        wanted.key_hash,
        "sha1",
    )
    assert (said.status, said.this_update, said.next_update) == (
        "good",
        NOON,
        NOON + HOUR,
    )
    assert (found.refusal, found.nonce, found.certificates) == ("", b"\1" * 9, ())
    subject = x509.load_der_x509_certificate(ROOT).subject.public_bytes()
    if by_key:
        assert (found.signer_name, found.signer_key) == (
            b"",
            issuer_hashes(ROOT, "sha1")[1],
        )
    else:
        assert name_hash(found.signer_name) == name_hash(subject)
        assert found.signer_key == b""


def test_several_statements_are_read_each_with_its_own_extensions():
    ids = [cert_id(LEAF, ROOT, "sha256"), cert_id(SIBLING, ROOT, "sha1")]
    response = sign_answers(
        [
            Answer(id=ids[0], status="good"),
            Answer(id=ids[1], status="revoked", at=NOON, reason="superseded"),
        ],
        signer_certificate=ROOT,
        signer_key=key("Root"),
        certificates=[ROOT, LEAF],
        this_update=NOON,
        next_update=None,
        produced_at=NOON + HOUR,
    )

    found = read_answer(response)

    assert [
        (each.hash_name, each.status, each.reason, each.revoked_at, each.next_update)
        for each in found.statements
    ] == [
        ("sha256", "good", "", None, None),
        ("sha1", "revoked", "superseded", NOON, None),
    ]
    assert found.certificates == (ROOT, LEAF)
    assert found.produced_at == NOON + HOUR
    assert found.nonce is None


@pytest.mark.parametrize(
    "status",
    ["malformedRequest", "internalError", "tryLater", "sigRequired", "unauthorized"],
)
def test_a_refusal_has_nothing_else(status):
    assert read_answer(refusal(status)) == OcspAnswer(refusal=status)


def test_only_what_is_critical_and_unknown_is_told():
    response = answer(
        (raw("1.2.3.4", "0500"), True),
        (raw("1.2.3.5", "0500"), False),
        (x509.OCSPNonce(b"\1"), True),
    )

    found = read_answer(response)

    assert found.unknown_critical == ("1.2.3.4",)
    assert found.nonce == b"\1"


def test_a_nonce_without_its_type_is_what_it_is():
    """As responders before RFC 6960 wrote it."""
    found = read_answer(answer((raw("1.3.6.1.5.5.7.48.1.2", "aabbcc"), False)))

    assert found.nonce == bytes.fromhex("aabbcc")


@pytest.mark.parametrize(
    "cut", [0, 1, 5, 40, -1], ids=["nothing", "one", "five", "forty", "all but one"]
)
def test_what_is_cut_is_no_answer(cut):
    with pytest.raises(BadInputError, match="are no OCSP response"):
        read_answer(answer()[:cut])


@given(st.binary(max_size=200), st.integers(0, 500))
def test_any_bytes_are_read_or_refused(noise, place):
    whole = answer((x509.OCSPNonce(b"\1" * 9), False))
    for given_bytes in (noise, whole[:place] + noise + whole[place + len(noise) :]):
        try:
            found = read_answer(given_bytes)
        except BadInputError as refused:
            assert "are no OCSP response" in str(refused)  # noqa: PT017  # either will do
        else:
            assert found.refusal or found.signed


# -- signatures ------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "hashed"), KEYS.values(), ids=KEYS)
def test_a_signature_of_every_kind_is_checked(make, hashed):
    own = make()
    signer = root("Root", own_key=own, issuer_key=own, algorithm=hashed)
    other = root("Root", own_key=key("Other"), issuer_key=key("Other"))

    found = read_answer(answer(signer=signer, own=own, hashed=hashed))

    parts = {"algorithm": found.algorithm, "signature": found.signature}
    assert is_signature(signer, signed=found.signed, **parts)
    assert not is_signature(other, signed=found.signed, **parts)
    assert not is_signature(signer, signed=found.signed + b"\0", **parts)
    assert not is_signature(
        signer, signed=found.signed, algorithm=b"\x30\0", signature=found.signature
    )
    assert not is_signature(
        signer, signed=found.signed, algorithm=found.algorithm, signature=b""
    )


def test_a_signature_with_pss_is_checked():
    own = rsa.generate_private_key(65537, 2048)
    signer = root("Root", own_key=own, issuer_key=own, algorithm=hashes.SHA256())
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    pattern = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(own, hashes.SHA256(), rsa_padding=pss)
        .public_bytes(Encoding.DER)
    )
    start = pattern.index(bytes.fromhex("06092a864886f70d01010a")) - 2
    algorithm = pattern[start : start + 2 + pattern[start + 1]]
    signature = own.sign(b"said", pss, hashes.SHA256())

    assert is_signature(
        signer, signed=b"said", algorithm=algorithm, signature=signature
    )
    assert not is_signature(
        signer, signed=b"else", algorithm=algorithm, signature=signature
    )


def test_what_is_no_certificate_has_signed_nothing():
    found = read_answer(answer())

    assert not is_signature(
        b"nothing",
        signed=found.signed,
        algorithm=found.algorithm,
        signature=found.signature,
    )
