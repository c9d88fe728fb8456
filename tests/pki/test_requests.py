import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.keys import key_id
from lab.pki.names import name_text
from lab.pki.requests import (
    build_request,
    read_request,
    request_key,
    request_pem,
    request_subject,
)

SUBJECT = SubjectFields(
    common_name="cucm-pub-ms.uc.example", organization="例", country="JP"
)
USAGE = ("digitalSignature", "keyEncipherment", "dataEncipherment")


@pytest.fixture(scope="session")
def request_der(rsa_key):
    """A request for tomcat on several nodes."""
    return build_request(
        subject=SUBJECT,
        key=rsa_key,
        alternative_names=["cucm-pub.uc.example", "cucm-sub1.uc.example"],
        key_usage=USAGE,
        extended_key_usage=("serverAuth", "clientAuth"),
    )


def sign_by_hand(key, algorithm):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other")])
    request = x509.CertificateSigningRequestBuilder(name).sign(key, algorithm)
    return request.public_bytes(Encoding.DER)


def test_a_request_is_read_as_it_was_built(request_der, rsa_key):
    read = read_request(request_der)

    assert read.der == request_der
    assert read.subject == "CN=cucm-pub-ms.uc.example,O=例,C=JP"
    assert read.common_name == "cucm-pub-ms.uc.example"
    assert read.alternative_names == (
        "DNS:cucm-pub.uc.example",
        "DNS:cucm-sub1.uc.example",
    )
    assert read.key == KeySpec(type="RSA", size=2048)
    assert read.key_id == key_id(rsa_key.public_key())
    assert read.key_usage == USAGE
    assert read.extended_key_usage == ("serverAuth", "clientAuth")
    assert read.signature_algorithm == "sha256WithRSAEncryption"


def test_an_ec_request_asks_as_the_cluster_does(ec_keys):
    der = build_request(
        subject=SUBJECT, key=ec_keys[0], key_usage=USAGE, extended_key_usage=()
    )

    assert read_request(der).key_usage == USAGE
    assert read_request(der).alternative_names == ()


def test_pem_and_der_are_the_same_request(request_der):
    pem = request_pem(request_der)

    for text in (pem, b"some words\r\n" + pem.replace(b"\n", b"\r\n")):
        assert read_request(text) == read_request(request_der)
    assert read_request(
        pem.replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
    ) == read_request(request_der)


def test_subject_and_key_can_be_taken_over(request_der, rsa_key):
    assert name_text(request_subject(request_der)) == read_request(request_der).subject
    assert request_key(request_der) == rsa_key.public_key()


def test_a_request_may_ask_to_be_a_ca(ec_keys):
    der = build_request(
        subject=SUBJECT,
        key=ec_keys[0],
        key_usage=("digitalSignature", "keyCertSign"),
        extended_key_usage=("serverAuth",),
        is_ca=True,
    )

    extensions = x509.load_der_x509_csr(der).extensions
    found = extensions.get_extension_for_class(x509.BasicConstraints)
    assert found.value == x509.BasicConstraints(ca=True, path_length=0)


def test_openssl_verifies_the_request(request_der, openssl):
    status, output = openssl(
        "req", "-verify", "-noout", "-in", request_pem(request_der)
    )

    assert status == 0
    assert "OK" in output


def test_a_changed_request_is_refused(request_der):
    changed = request_der.replace(b"cucm-pub-ms", b"evil-pub-ms")

    with pytest.raises(BadInputError, match="signature of the request for CN=evil"):
        read_request(changed)


def test_a_key_of_another_kind_is_refused():
    der = sign_by_hand(ed25519.Ed25519PrivateKey.generate(), None)

    with pytest.raises(BadInputError, match="neither RSA nor EC"):
        read_request(der)


def test_a_short_key_is_read_so_that_a_rule_can_refuse_it():
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)

    assert read_request(sign_by_hand(key, hashes.SHA256())).key.size == 1024


def test_what_is_not_a_request_is_refused(leaf, request_der):
    pem = request_pem(request_der)
    for data in (
        b"",
        b"text",
        leaf,
        write_pem([leaf]),
        request_der[:-1],
        request_der + b"\x00",
        pem[:-40],
        pem.replace(b"M", b"!", 1),
        b"\x00" * 70_000,
    ):
        with pytest.raises(BadInputError) as refused:
            read_request(data)

        assert refused.value.hint.endswith(".")


@given(data=st.data())
def test_a_flipped_bit_is_always_noticed(data, request_der):
    at = data.draw(st.integers(0, len(request_der) * 8 - 1))
    changed = bytearray(request_der)
    changed[at // 8] ^= 1 << at % 8

    with pytest.raises(BadInputError):
        read_request(bytes(changed))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data):
    with pytest.raises(BadInputError):
        read_request(data)
