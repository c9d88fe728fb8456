"""OCSP messages: what we write, others read, and the other way round."""

import os
from datetime import UTC, datetime, timedelta
from shutil import which
from subprocess import run

import pytest
from asn1crypto import ocsp as other
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import KeySpec
from lab.pki.keys import make_key
from lab.pki.ocsp import (
    HASHES,
    Answer,
    CertId,
    build_request,
    build_request_for,
    cert_id,
    issuer_hashes,
    mangle,
    read_request,
    refusal,
    sign_answers,
)
from lab.rules.reasons import REASONS

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KEYS = ("RSA 2048", "EC 256", "EC 384", "EC 521")


@pytest.fixture(scope="module")
def signers():
    """By the name of its key: a certificate in DER, and the key."""
    found = {}
    for name in KEYS:
        kind, size = name.split()
        key = make_key(KeySpec(type=kind, size=int(size)))
        subject = x509.Name.from_rfc4514_string(f"CN=Signer {name}")
        dates = (NOON - timedelta(days=1), NOON + timedelta(days=9))
        builder = x509.CertificateBuilder(
            subject, subject, key.public_key(), 77, *dates
        )
        found[name] = builder.sign(key, hashes.SHA512()).public_bytes(Encoding.DER), key
    return found


@pytest.fixture(scope="module")
def der(signers):
    return signers["EC 256"][0]


@pytest.fixture
def sign(signers):
    def make(*answers, key="EC 256", **more):
        certificate, private = signers[key]
        given = {
            "signer_certificate": certificate,
            "signer_key": private,
            "certificates": [certificate],
            "this_update": NOON,
            "next_update": LATER,
            "produced_at": NOON,
        }
        return sign_answers(answers, **given | more)

    return make


def answer(der, status="good", serial=0x99AABB, **more):
    name, key = issuer_hashes(der, "sha256")
    wanted = CertId(hash_name="sha256", name_hash=name, key_hash=key, serial=serial)
    return Answer(id=wanted, status=status, **more)


# -- Requests -------------------------------------------------------------------------


@pytest.mark.parametrize("nonce", [None, b"n", b"n" * 32, b"n" * 128])
@pytest.mark.parametrize("name", HASHES)
def test_a_request_is_the_one_that_the_library_builds(der, name, nonce):
    certificate = x509.load_der_x509_certificate(der)
    algorithm = getattr(hashes, name.upper())()
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate, certificate, algorithm
    )
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)

    built = build_request(der, der, hash_name=name, nonce=nonce)

    assert built == builder.build().public_bytes(Encoding.DER)
    found = read_request(built)
    assert found.ids == (cert_id(der, der, name),)
    assert (found.nonce, found.is_signed) == (nonce, False)


def test_the_second_request_with_a_nonce_is_read_like_the_first(der):
    nonces = [os.urandom(32) for _ in range(3)]
    found = [read_request(build_request(der, der, nonce=each)) for each in nonces]

    assert [each.nonce for each in found] == nonces
    assert {each.ids for each in found} == {(cert_id(der, der),)}


@pytest.mark.parametrize("count", [1, 2, 700])
def test_several_certificates_are_asked_about_at_once(der, count):
    ids = [answer(der, serial=number + 1).id for number in range(count)]

    built = build_request_for(ids, b"n" * 16)

    assert read_request(built).ids == tuple(ids)
    parsed = other.OCSPRequest.load(built, strict=True)
    asked = parsed["tbs_request"]["request_list"]
    assert [each["req_cert"]["serial_number"].native for each in asked] == list(
        range(1, count + 1)
    )
    assert parsed.nonce_value.native == b"n" * 16


def test_a_request_that_another_library_built_is_read(der):
    wanted = cert_id(der, der)
    asked = {
        "hash_algorithm": {"algorithm": "sha1"},
        "issuer_name_hash": wanted.name_hash,
        "issuer_key_hash": wanted.key_hash,
        "serial_number": wanted.serial,
    }
    extensions = [
        {"extn_id": "1.2.3.4", "critical": True, "extn_value": b"\x05\x00"},
        {"extn_id": "1.2.3.5", "critical": False, "extn_value": b"\x05\x00"},
        {
            "extn_id": "acceptable_responses",
            "critical": True,
            "extn_value": ["basic_ocsp_response"],
        },
    ]
    tbs = {"request_list": [{"req_cert": asked}], "request_extensions": extensions}

    found = read_request(other.OCSPRequest({"tbs_request": tbs}).dump())

    [read] = found.ids
    assert (read.serial, read.name_hash) == (wanted.serial, wanted.name_hash)
    assert found.unknown_critical == ("1.2.3.4",)


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_a_signed_request_of_openssl_is_read_as_signed(der, signers, tmp_path):

    certificate = x509.load_der_x509_certificate(der)
    (tmp_path / "c.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    key = signers["EC 256"][1].private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "k.pem").write_bytes(key)
    line = "openssl ocsp -issuer c.pem -cert c.pem -cert c.pem -signer c.pem"
    line += " -signkey k.pem -reqout request.der"

    run(line.split(), cwd=tmp_path, check=True, capture_output=True)

    found = read_request((tmp_path / "request.der").read_bytes())
    assert found.is_signed
    assert len(found.ids) == 2
    assert found.nonce


@pytest.mark.parametrize("size", [0, 129, 60_000])
def test_a_nonce_of_a_wrong_length_is_refused(der, size):
    with pytest.raises(BadInputError, match="nonce"):
        read_request(build_request(der, der, nonce=b"n" * size))


def ids_of(body):
    """What is asked about; empty when the request is refused."""
    try:
        return read_request(body).ids
    except BadInputError:
        return ()


@given(body=st.binary(max_size=300))
def test_any_octets_are_read_or_refused(body):
    assert ids_of(body) == ids_of(body)


@given(data=st.data())
def test_what_is_read_of_a_changed_request_can_be_written_again(der, data):
    body = bytearray(build_request(der, der, nonce=b"n" * 16))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.integers(0, 255))

    found = ids_of(bytes(body))

    assert not ids_of(bytes(body[: data.draw(st.integers(0, len(body) - 1))]))
    if found and found[0].hash_name in HASHES:
        assert read_request(build_request_for(found)).ids == found


def test_a_hash_of_another_name_is_refused(der):
    with pytest.raises(BadInputError, match="md5"):
        issuer_hashes(der, "md5")
    with pytest.raises(BadInputError, match="md5"):
        build_request_for(
            [CertId(hash_name="md5", name_hash=b"", key_hash=b"", serial=1)]
        )


# -- Answers --------------------------------------------------------------------------


def check_signature(response, certificate):
    key = x509.load_der_x509_certificate(certificate).public_key()
    signed = (response.signature, response.tbs_response_bytes)
    algorithm = response.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(*signed, padding.PKCS1v15(), algorithm)
    else:
        key.verify(*signed, ec.ECDSA(algorithm))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("status", ["good", "unknown", "revoked"])
def test_an_answer_is_read_by_two_libraries(der, sign, signers, status, key):
    more = {"at": NOON, "reason": "keyCompromise"} if status == "revoked" else {}

    signed = sign(answer(der, status, **more), key=key, nonce=b"n" * 32)

    read = ocsp.load_der_ocsp_response(signed)
    assert read.certificate_status.name == status.upper()
    assert read.serial_number == 0x99AABB
    assert (read.this_update_utc, read.next_update_utc) == (NOON, LATER)
    assert read.produced_at_utc == NOON
    assert read.responder_name is None
    assert read.responder_key_hash == issuer_hashes(signers[key][0], "sha1")[1]
    assert [c.public_bytes(Encoding.DER) for c in read.certificates] == [
        signers[key][0]
    ]
    check_signature(read, signers[key][0])
    parsed = other.OCSPResponse.load(signed, strict=True)
    assert parsed.nonce_value.native == b"n" * 32
    assert parsed.native["response_status"] == "successful"
    assert parsed.dump(force=True) == signed


@pytest.mark.parametrize("reason", [each.name for each in REASONS.values()])
def test_a_reason_is_said_but_for_the_one_that_says_nothing(der, sign, reason):
    signed = sign(answer(der, "revoked", at=NOON, reason=reason))

    read = ocsp.load_der_ocsp_response(signed)
    assert read.revocation_time_utc == NOON
    if reason == "unspecified":
        assert read.revocation_reason is None
    else:
        assert read.revocation_reason.value == reason


def test_an_answer_may_have_no_end_and_no_certificate(der, sign):
    signed = sign(answer(der), next_update=None, certificates=[])

    read = ocsp.load_der_ocsp_response(signed)
    assert read.next_update_utc is None
    assert read.certificates == []


def test_several_certificates_are_answered_for_in_one(der, sign):
    answers = [
        answer(der, serial=1),
        answer(der, "revoked", serial=2, at=NOON, reason="superseded"),
        answer(der, "unknown", serial=3),
    ]

    signed = sign(*answers)

    found = list(ocsp.load_der_ocsp_response(signed).responses)
    assert [each.certificate_status.name for each in found] == [
        "GOOD",
        "REVOKED",
        "UNKNOWN",
    ]
    assert [each.serial_number for each in found] == [1, 2, 3]


@pytest.mark.parametrize("serial", [0, 1, 127, 128, 255, 2**159, -1, -128, -129])
def test_every_serial_number_is_echoed(der, sign, serial):
    signed = sign(answer(der, serial=serial))

    parsed = other.OCSPResponse.load(signed, strict=True)
    [found] = parsed.response_data["responses"]
    assert found["cert_id"]["serial_number"].native == serial
    assert parsed.dump(force=True) == signed


@pytest.mark.parametrize(
    "status",
    ["malformedRequest", "internalError", "tryLater", "sigRequired", "unauthorized"],
)
def test_a_refusal_is_the_one_that_the_library_builds(status):
    words = {"sigRequired": "SIG_REQUIRED", "tryLater": "TRY_LATER"}
    name = (
        words.get(status)
        or {
            "malformedRequest": "MALFORMED_REQUEST",
            "internalError": "INTERNAL_ERROR",
            "unauthorized": "UNAUTHORIZED",
        }[status]
    )
    theirs = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus[name])

    assert refusal(status) == theirs.public_bytes(Encoding.DER)


@pytest.mark.parametrize("key", KEYS)
def test_a_mangled_answer_is_whole_but_not_signed(der, sign, signers, key):
    mangled = mangle(sign(answer(der), key=key))

    read = ocsp.load_der_ocsp_response(mangled)
    assert read.certificate_status is ocsp.OCSPCertStatus.GOOD
    with pytest.raises(InvalidSignature):
        check_signature(read, signers[key][0])


@pytest.mark.parametrize("status", ["", "expired", "revoked"])
def test_what_a_responder_cannot_say_is_refused(der, sign, status):
    with pytest.raises(BadInputError, match="a responder cannot say"):
        sign(answer(der, status))
