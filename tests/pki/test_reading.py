from hashlib import sha1, sha256
from unicodedata import category

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.der import INTEGER, SEQUENCE, children, expect, wrap
from lab.pki.describe import describe_extensions, describe_key
from lab.pki.loading import MAX_CERTIFICATE_BYTES
from lab.pki.names import name_hash, name_text
from lab.pki.reading import load, read_certificate

EXTENSION_IDS = {  # 2.5.29.n: the fields that come from it
    15: ("key_usage",),
    37: ("extended_key_usage",),
    17: ("alternative_names",),
    14: ("subject_key_identifier",),
    35: ("authority_key_identifier",),
    19: ("is_ca",),
}


def with_serial(der, serial):
    """The same certificate with another serial; the signature no longer fits."""
    start, _ = expect(der, 0, SEQUENCE)
    body, end = expect(der, start, SEQUENCE)
    version, old, *_ = children(der, body, end)
    tbs = der[version[1] : version[3]] + wrap(INTEGER, serial) + der[old[3] : end]
    return wrap(SEQUENCE, wrap(SEQUENCE, tbs) + der[end:])


def test_a_certificate_is_read_in_full(leaf, dates):
    loaded = x509.load_der_x509_certificate(leaf)

    read = read_certificate(leaf)

    assert read == Certificate(
        sha256=sha256(leaf).hexdigest(),
        der=leaf,
        sha1=sha1(leaf, usedforsecurity=False).hexdigest(),
        serial=f"{loaded.serial_number:x}",
        subject="CN=pub.uc.example,O=例示株式会社,C=JP",
        issuer="CN=Lab Issuing,O=例示株式会社,C=JP",
        subject_hash=name_hash(loaded.subject.public_bytes()),
        issuer_hash=name_hash(loaded.issuer.public_bytes()),
        common_name="pub.uc.example",
        issuer_common_name="Lab Issuing",
        alternative_names=("DNS:pub.uc.example", "IP:10.0.0.1"),
        **dates,
        key_type="EC",
        key_size=256,
        key_id=read.key_id,
        subject_key_identifier=read.subject_key_identifier,
        authority_key_identifier=read.authority_key_identifier,
        signature_algorithm="ecdsa-with-SHA256",
        key_usage=("digitalSignature",),
        extended_key_usage=("serverAuth", "clientAuth"),
        is_ca=False,
        path_length=None,
        self_signed=False,
    )
    assert name_text(loaded.subject) == read.subject


def test_every_kind_is_read_as_the_library_reads_it(kind, made):
    loaded = load(made[kind])
    read = read_certificate(made[kind])

    found = {type(each.value): each.value for each in loaded.extensions}
    key = found[x509.SubjectKeyIdentifier].digest.hex()
    constraints = found[x509.BasicConstraints]
    assert read.subject_key_identifier == key
    assert (read.is_ca, read.path_length) == (constraints.ca, constraints.path_length)
    assert int(read.serial, 16) == loaded.serial_number
    assert read.key_size == loaded.public_key().key_size
    assert read.self_signed == (kind == "root" or kind.startswith("self_signed"))


def test_a_certificate_of_its_own_issuer_name_is_not_yet_self_signed(
    sign_leaf, issuing
):
    subject = x509.load_der_x509_certificate(issuing).subject

    read = read_certificate(sign_leaf(subject=subject))

    assert read.subject_hash == read.issuer_hash
    assert not read.self_signed


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (ed25519.Ed25519PrivateKey.generate, ("Ed25519", 0)),
        (lambda: dsa.generate_private_key(2048), ("DSA", 2048)),
    ],
    ids=["Ed25519", "DSA"],
)
def test_keys_of_other_kinds_are_named(sign_leaf, key, expected):
    read = read_certificate(sign_leaf(public_key=key().public_key()))

    assert (read.key_type, read.key_size) == expected


def test_a_key_of_no_known_kind_is_called_other(leaf):
    changed = leaf.replace(
        bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d027f")
    )

    assert read_certificate(changed).key_type == "other"


@pytest.mark.parametrize(
    ("serial", "text"),
    [("80", "-80"), ("ff", "-1"), ("00", "0"), ("7f" * 30, "7f" * 30)],
    ids=["negative", "minus one", "zero", "thirty octets"],
)
def test_an_odd_serial_is_read_without_a_warning(leaf, serial, text):
    assert read_certificate(with_serial(leaf, bytes.fromhex(serial))).serial == text


@pytest.mark.parametrize("number", EXTENSION_IDS)
def test_an_unreadable_extension_leaves_only_its_own_fields_empty(
    leaf, issuing, number
):
    whole = issuing if number == 19 else leaf
    before = read_certificate(whole)
    at = whole.index(bytes([6, 3, 0x55, 0x1D, number])) + 5
    at += 3 if whole[at] == 1 else 0  # critical
    changed = whole[: at + 2] + b"\x0c" + whole[at + 3 :]  # not what it should be

    after = read_certificate(changed)

    for each in EXTENSION_IDS[number]:
        assert getattr(before, each)
        assert not getattr(after, each)
    for other in set(EXTENSION_IDS) - {number}:
        for each in EXTENSION_IDS[other]:
            assert getattr(after, each) == getattr(before, each)


def test_an_extension_that_is_there_twice_counts_for_nothing(leaf):
    # authorityKeyIdentifier becomes a second subjectKeyIdentifier.
    changed = leaf.replace(bytes.fromhex("0603551d23"), bytes.fromhex("0603551d0e"))

    read = read_certificate(changed)

    assert read.subject_key_identifier == read.authority_key_identifier == ""
    assert read.key_usage == ("digitalSignature",)


def test_a_country_of_three_letters_does_not_warn(leaf):
    # The library warns of it; warnings are errors here.
    changed = leaf.replace(b"\x13\x02JP", b"\x13\x02J,")

    assert r"C=J\," in read_certificate(changed).subject


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x00", b"hello", b"-----BEGIN CERTIFICATE-----", b"\x00" * 50],
)
def test_what_is_no_certificate_is_refused_in_plain_words(data):
    with pytest.raises(BadInputError) as refused:
        read_certificate(data)

    assert str(refused.value) == "the data are not a readable X.509 certificate"
    assert refused.value.hint.endswith(".")


def test_a_cut_or_lengthened_certificate_is_refused(leaf):
    for data in (leaf[:-1], leaf[1:], leaf + b"\x00", leaf + leaf):
        with pytest.raises(BadInputError):
            read_certificate(data)


def test_a_huge_certificate_is_refused_before_it_is_parsed():
    with pytest.raises(BadInputError, match=str(MAX_CERTIFICATE_BYTES)):
        read_certificate(b"\x30" * (MAX_CERTIFICATE_BYTES + 1))


def read_all(der):
    """Everything that looks into a certificate; only BadInputError may come out."""
    try:
        read = read_certificate(der)
    except BadInputError:
        return
    shown = "".join((read.subject, read.issuer, *read.alternative_names))
    assert "Cc" not in map(category, shown)
    describe_extensions(der)
    describe_key(der)


@settings(max_examples=400)
@given(data=st.data())
def test_flipped_bits_never_crash_the_reader(data, made):
    der = data.draw(st.sampled_from(sorted(made.values())))
    changed = bytearray(der)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(der) * 8 - 1))
        changed[at // 8] ^= 1 << at % 8

    read_all(bytes(changed))


@settings(max_examples=200)
@given(data=st.data())
def test_cut_certificates_are_always_refused(data, leaf):
    at = data.draw(st.integers(0, len(leaf) - 1))

    with pytest.raises(BadInputError):
        read_certificate(leaf[:at])


@settings(max_examples=300)
@given(data=st.data())
def test_bytes_put_over_a_certificate_never_crash_the_reader(data, made):
    der = data.draw(st.sampled_from(sorted(made.values())))
    at = data.draw(st.integers(0, len(der) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=8))

    read_all(der[:at] + patch + der[at + len(patch) :])


@given(st.binary(max_size=300))
@example(b"\x30\x80\x00\x00")
@example(b"\x30\x84\xff\xff\xff\xff")
def test_any_bytes_are_refused(data):
    with pytest.raises(BadInputError):
        read_certificate(data)
