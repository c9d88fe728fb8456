from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import Revoked, SubjectFields
from lab.pki.bundles import (
    MAX_FILE_BYTES,
    read_bundle,
    split_certificates,
    write_pem,
    write_pkcs7,
)
from lab.pki.crls import sign_crl
from lab.pki.der import OID, SEQUENCE, wrap
from lab.pki.keys import to_der
from lab.pki.requests import build_request, request_pem

PARAMETERS = b"-----BEGIN DH PARAMETERS-----\nAA==\n-----END DH PARAMETERS-----\n"
KEY_FORMATS = (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)


def pem_key(key, key_format=PrivateFormat.PKCS8, passphrase=None):
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, key_format, how)


@pytest.fixture(scope="module")
def chain(leaf, issuing, root):
    return (leaf, issuing, root)


@pytest.fixture(scope="module")
def request_der(ec_keys):
    return build_request(
        subject=SubjectFields(common_name="x"),
        key=ec_keys[0],
        key_usage=("digitalSignature",),
        extended_key_usage=(),
    )


@pytest.fixture(scope="module")
def crl(issuing, ec_keys, dates):
    at = dates["not_before"]
    return sign_crl(
        issuer_certificate=issuing,
        issuer_key=ec_keys[1],
        number=1,
        this_update=at,
        next_update=dates["not_after"],
        revoked=[Revoked(serial="1", at=at, reason="superseded")],
    )


def test_pem_comes_back_as_it_was_written(chain):
    assert read_bundle(write_pem(chain)) == (chain, "PEM", 0)


def test_the_pem_is_the_one_the_library_writes(chain):
    expected = [
        x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in chain
    ]

    assert write_pem(chain) == b"".join(expected)


def test_one_der_is_a_bundle_of_one(leaf):
    assert read_bundle(leaf) == ((leaf,), "DER", 0)


def test_pkcs7_comes_back_in_both_forms(chain):
    der = write_pkcs7(chain)
    pem = b"-----BEGIN PKCS7-----\n" + write_pem([der]).split(b"\n", 1)[1]
    pem = pem.replace(b"END CERTIFICATE", b"END PKCS7")

    for data, form in ((der, "PKCS#7 DER"), (pem, "PKCS#7 PEM")):
        found = read_bundle(data)
        assert (set(found.ders), found.format) == (set(chain), form)
        assert len(found.ders) == 3


def test_openssl_reads_the_pkcs7(chain, openssl):
    status, output = openssl(
        "pkcs7", "-inform", "DER", "-print_certs", "-in", write_pkcs7(chain)
    )

    assert status == 0
    assert output.count("BEGIN CERTIFICATE") == 3


def test_pkcs7_of_indefinite_length_is_read_too(leaf):
    # ContentInfo and SignedData with open ends, as some tools write them.
    version, digests = b"\x02\x01\x01", b"\x31\x00"
    data = wrap(SEQUENCE, wrap(OID, bytes.fromhex("2a864886f70d010701")))
    signed = version + digests + data + wrap(0xA0, leaf) + b"\x31\x00"
    outer = wrap(OID, bytes.fromhex("2a864886f70d010702"))
    ber = b"\x30\x80" + outer + b"\xa0\x80\x30\x80" + signed + b"\x00\x00" * 3

    assert read_bundle(ber) == ((leaf,), "PKCS#7 DER", 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: b"\xef\xbb\xbf" + pem,
        lambda pem: pem.decode().encode("utf-16"),
        lambda pem: b"subject=CN = a\nissuer=CN = b\n" + pem + b"\n# the end",
        lambda pem: pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
        lambda pem: pem.replace(b"\n", b"\n   "),
        lambda pem: pem.rstrip(),
        lambda pem: PARAMETERS + pem,
    ],
    ids=[
        "CRLF",
        "BOM",
        "UTF-16",
        "text around",
        "old label",
        "indented",
        "no last line break",
        "other block",
    ],
)
def test_pem_is_read_however_it_was_saved(chain, change):
    assert read_bundle(change(write_pem(chain))).ders == chain


@pytest.mark.parametrize("key_format", KEY_FORMATS)
def test_a_private_key_is_counted_and_never_kept(chain, ec_keys, key_format):
    key = ec_keys[0]
    secret = pem_key(key, key_format)
    sealed = pem_key(key, PrivateFormat.PKCS8, b"secret")

    found = read_bundle(secret + write_pem(chain) + sealed)

    assert found == (chain, "PEM", 2)


def test_what_openssl_adds_to_a_trusted_certificate_is_left(leaf, openssl):
    status, output = openssl(
        "x509", "-trustout", "-addtrust", "serverAuth", "-in", write_pem([leaf])
    )

    assert status == 0
    assert "TRUSTED" in output
    assert read_bundle(output.encode()).ders == (leaf,)


def test_splitting_yields_what_reading_keeps(chain, leaf):
    for data in (write_pem(chain), leaf, write_pkcs7([leaf])):
        assert tuple(split_certificates(data)) == read_bundle(data).ders


def test_splitting_gives_the_good_ones_before_it_meets_the_broken_one(chain):
    data = write_pem(chain) + b"-----BEGIN CERTIFICATE-----\nMII"
    found = split_certificates(data)

    assert [next(found) for _ in chain] == list(chain)
    with pytest.raises(BadInputError, match="PEM block 4"):
        next(found)


def test_what_is_no_bundle_is_refused_by_what_it_is(
    leaf, chain, ec_keys, rsa_key, request_der, crl
):
    key = ec_keys[2]
    archive = pkcs12.serialize_key_and_certificates(
        b"x", key, x509.load_der_x509_certificate(leaf), None, NoEncryption()
    )
    pem = write_pem(chain)
    traditional = (Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    sealed = (Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    crl_pem = x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)
    refusals = {
        "the file is empty": [b"", b" \r\n"],
        "there is no certificate in the file": [
            b"hello",
            b"\x00" * 9,
            b"0hello",
            b"01",
            PARAMETERS,
        ],
        "PEM block 3 (CERTIFICATE) has no end": [pem[:-30], pem.rstrip(b"-\n")],
        "PEM block 1 (CERTIFICATE) is not valid base64": [pem.replace(b"M", b"!", 1)],
        "PEM block 1 (CERTIFICATE) is not a whole certificate": [
            write_pem([leaf[:-1]])
        ],
        "the file is a PKCS#12 file": [archive],
        "the file holds a certificate signing request, not a certificate": [
            request_der,
            request_pem(request_der),
        ],
        "the file holds a private key and no certificate": [
            to_der(key),
            to_der(rsa_key),
            key.private_bytes(*traditional),
            rsa_key.private_bytes(*traditional),
            key.private_bytes(*sealed),
            pem_key(key),
        ],
        "the file holds a CRL, not a certificate": [crl, crl_pem],
        "the PKCS#7 file holds no certificate that can be read": [
            wrap(SEQUENCE, wrap(OID, bytes.fromhex("2a864886f70d010702")))
        ],
        f"the file is cut, or bytes follow its end: it has {len(leaf) - 1} bytes": [
            leaf[:-1]
        ],
    }
    for message, files in refusals.items():
        for data in files:
            with pytest.raises(BadInputError) as refused:
                read_bundle(data)
            with pytest.raises(BadInputError):
                list(split_certificates(data))

            assert str(refused.value) == message
            assert refused.value.hint.endswith(".")


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    data = bytes(MAX_FILE_BYTES + 1)

    with pytest.raises(BadInputError, match=str(MAX_FILE_BYTES)):
        read_bundle(data)


def test_an_unreadable_certificate_is_not_written_as_pkcs7():
    with pytest.raises(BadInputError, match="PKCS#7"):
        write_pkcs7([b"\x30\x00"])


@given(st.binary(max_size=400))
@example(b"-----BEGIN CERTIFICATE-----")
@example(b"-----BEGIN CERTIFICATE----------END CERTIFICATE-----")
@example(b"\x30\x80" + wrap(OID, bytes.fromhex("2a864886f70d010702")))
@example(b"\xff\xfe\x00")
def test_any_bytes_are_read_or_refused(data):
    with suppress(BadInputError):
        assert read_bundle(data).ders


@given(data=st.data())
def test_broken_pkcs7_never_crashes_the_reader(data, leaf):
    whole = write_pkcs7([leaf])
    at = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=4))

    with suppress(BadInputError):
        assert read_bundle(whole[:at] + patch + whole[at + len(patch) :]).ders


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_certificates_are_found_in_any_order_with_anything_between(data, made):
    ders = data.draw(st.lists(st.sampled_from(sorted(made.values())), min_size=1))
    parts = []
    for der in ders:
        noise = data.draw(st.binary(max_size=30))
        assume(b"-----BEGIN " not in noise)
        parts += [noise, b"\n", write_pem([der])]
    whole = b"".join(parts)
    assume(not whole.startswith((b"\xff\xfe", b"\xfe\xff")))

    assert read_bundle(whole) == (tuple(ders), "PEM", 0)
