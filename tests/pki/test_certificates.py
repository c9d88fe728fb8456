from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pkilint import loader
from pkilint.pkix import certificate as lint
from pkilint.pkix import extension, name

from lab.errors import BadInputError, LabError, RuleError
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.certificates import (
    IssuerUrls,
    build_issuing,
    build_leaf,
    build_lsc,
    build_mic,
    build_root,
)
from lab.pki.keys import make_key
from lab.pki.links import is_issued_by
from lab.pki.reading import read_certificate
from lab.pki.usages import usages_for

# What pkilint warns of and the lab keeps, by kind of certificate.
KEPT_WARNINGS = {
    # The real ones are so (facts §1.5); RFC 5280 section 4.2.1.3 says SHOULD.
    "self_signed_rsa": {"pkix.key_usage_extension_not_critical"},
    "self_signed_ec": {"pkix.key_usage_extension_not_critical"},
    "self_signed_capf": {"pkix.key_usage_extension_not_critical"},
}
CHAINS = {  # kind: the certificates above it
    "issuing": ("root",),
    "ocsp_signer": ("issuing", "root"),
    "leaf_rsa": ("issuing", "root"),
    "leaf_ec": ("issuing", "root"),
    "leaf_capf": ("issuing", "root"),
    "mic": ("issuing", "root"),
    "lsc": ("self_signed_capf",),
}
START_SECONDS = str(1893456000 + 86400)  # a day into the validity of all of them


@pytest.fixture(scope="module")
def findings():
    """Lint a certificate: {(severity, code)}."""
    validator = lint.create_pkix_certificate_validator_container(
        lint.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            lint.create_issuer_validator_container([]),
            lint.create_validity_validator_container(),
            lint.create_subject_validator_container([]),
            lint.create_extensions_validator_container([]),
            lint.create_spki_validator_container([]),
        ],
    )

    def find(der):
        results = validator.validate(loader.load_certificate(der, "one").root)
        return {
            (finding.finding.severity.name, finding.finding.code)
            for result in results
            for finding in result.finding_descriptions
        }

    return find


def extensions_of(der):
    """Extensions of a certificate by OID name: (critical, value)."""
    return {
        type(each.value).__name__: (each.critical, each.value)
        for each in x509.load_der_x509_certificate(der).extensions
    }


def test_pkilint_finds_nothing_but_what_is_kept(kind, made, findings):
    found = findings(made[kind])

    assert {code for severity, code in found if severity == "WARNING"} == (
        KEPT_WARNINGS.get(kind, set())
    )
    assert {severity for severity, _ in found} <= {"INFO", "WARNING"}


def test_openssl_follows_every_chain(kind, made, openssl):
    above = [made[each] for each in CHAINS.get(kind, ())]
    trusted = [above[-1] if above else made[kind]]
    options = ["-partial_chain"] if kind.startswith("self_signed") else []
    if kind not in ("root", "lsc") and not options:
        options = ["-x509_strict"]

    status, output = openssl(
        "verify",
        "-attime",
        START_SECONDS,
        *options,
        "-trusted",
        write_pem(trusted),
        "-untrusted",
        write_pem(above[:-1] or trusted),
        write_pem([made[kind]]),
    )

    assert status == 0, output


def test_openssl_does_not_follow_a_chain_to_another_root(made, openssl):
    status, output = openssl(
        "verify",
        "-attime",
        START_SECONDS,
        "-trusted",
        write_pem([made["self_signed_ec"]]),
        "-untrusted",
        write_pem([made["issuing"]]),
        write_pem([made["leaf_ec"]]),
    )

    assert status == 2
    assert "unable to get" in output


def test_each_certificate_is_signed_by_the_one_above_it(kind, made):
    above = CHAINS.get(kind, (kind,))[0]

    assert is_issued_by(made[kind], made[above])


def test_each_certificate_has_the_dates_it_was_given(kind, made, dates):
    read = read_certificate(made[kind])

    assert {"not_before": read.not_before, "not_after": read.not_after} == dates


def test_every_serial_is_positive_and_its_own(made):
    serials = {int(read_certificate(der).serial, 16) for der in made.values()}

    assert len(serials) == len(made)
    assert all(1 << 64 < serial < 1 << 159 for serial in serials)


def test_the_identifiers_of_keys_join_child_and_issuer(kind, made):
    above = CHAINS.get(kind)

    child = read_certificate(made[kind])

    assert child.subject_key_identifier
    if above:
        issuer = read_certificate(made[above[0]])
        assert child.authority_key_identifier == issuer.subject_key_identifier


def test_a_self_signed_certificate_has_the_profile_of_a_real_one(made):
    der = made["self_signed_rsa"]

    read, found = read_certificate(der), extensions_of(der)

    assert found.keys() == {
        "KeyUsage",
        "ExtendedKeyUsage",
        "SubjectKeyIdentifier",
        "BasicConstraints",
    }
    assert not found["KeyUsage"][0]
    assert found["BasicConstraints"] == (True, x509.BasicConstraints(True, 0))
    assert read.key_usage == (
        "digitalSignature",
        "keyEncipherment",
        "dataEncipherment",
        "keyCertSign",
    )
    assert read.extended_key_usage == ("serverAuth", "clientAuth")
    assert len(bytes.fromhex(read.serial)) == 16
    assert read.self_signed
    assert read.signature_algorithm == "sha256WithRSAEncryption"


def test_an_ec_key_encrypts_nothing(made):
    assert read_certificate(made["leaf_ec"]).key_usage == ("digitalSignature",)
    assert read_certificate(made["leaf_rsa"]).key_usage == (
        "digitalSignature",
        "keyEncipherment",
        "dataEncipherment",
    )


def test_a_root_may_sign_certificates_and_crls_and_nothing_else(made):
    found = extensions_of(made["root"])
    read = read_certificate(made["root"])

    assert read.key_usage == ("keyCertSign", "cRLSign")
    assert found["KeyUsage"][0]
    assert found["BasicConstraints"] == (True, x509.BasicConstraints(True, None))
    assert not read.extended_key_usage


def test_a_path_length_is_written(ec_keys, dates):
    der = build_root(
        subject=SubjectFields(common_name="r"), key=ec_keys[0], path_length=1, **dates
    )

    assert read_certificate(der).path_length == 1


def test_an_issuing_ca_ends_paths_and_says_where_its_issuer_is(made, urls):
    found = extensions_of(made["issuing"])

    assert found["BasicConstraints"] == (True, x509.BasicConstraints(True, 0))
    (point,) = found["CRLDistributionPoints"][1]
    assert point.full_name[0].value == urls.crl
    places = {
        each.access_method._name: each.access_location.value
        for each in found["AuthorityInformationAccess"][1]
    }
    assert places == {"OCSP": urls.ocsp, "caIssuers": urls.ca_issuers}


def test_an_address_that_is_not_known_is_left_out(sign_leaf):
    found = extensions_of(sign_leaf(urls=IssuerUrls(ocsp="http://x.example/ocsp")))

    assert "CRLDistributionPoints" not in found
    assert len(found["AuthorityInformationAccess"][1]) == 1


def test_an_ocsp_signer_is_not_checked_itself(made):
    found = extensions_of(made["ocsp_signer"])
    read = read_certificate(made["ocsp_signer"])

    assert "OCSPNoCheck" in found
    assert read.extended_key_usage == ("OCSPSigning",)
    assert read.key_usage == ("digitalSignature",)
    assert not read.is_ca


def test_a_leaf_is_no_ca_and_has_its_names(leaf):
    found, read = extensions_of(leaf), read_certificate(leaf)

    assert found["KeyUsage"][0]
    assert found["BasicConstraints"] == (True, x509.BasicConstraints(False, None))
    assert read.alternative_names == ("DNS:pub.uc.example", "IP:10.0.0.1")
    assert not found["SubjectAlternativeName"][0]


def test_capf_becomes_a_ca_that_ends_paths(made):
    read = read_certificate(made["leaf_capf"])

    assert (read.is_ca, read.path_length) == (True, 0)
    assert read.key_usage == ("digitalSignature", "keyCertSign")


def test_key_cert_sign_without_being_a_ca_is_refused(sign_leaf):
    with pytest.raises(RuleError, match="keyCertSign"):
        sign_leaf(key_usage=("digitalSignature", "keyCertSign"))


def test_phone_certificates_carry_what_phones_carry(made):
    lsc, mic = read_certificate(made["lsc"]), read_certificate(made["mic"])

    assert lsc.extended_key_usage == ("serverAuth", "clientAuth")
    assert lsc.common_name == "SEP001122334455"
    assert mic.key_usage == ("digitalSignature", "keyEncipherment")
    assert mic.extended_key_usage == ()
    assert "serialNumber=PID:CP-8845 SN:FCH12345678" in mic.subject


def test_a_lsc_of_an_rsa_capf_is_made_too(rsa_key, ec_keys, sign_itself, dates):
    capf = sign_itself(rsa_key, subject=SubjectFields(common_name="CAPF-1"))

    lsc = build_lsc(
        subject=SubjectFields(common_name="SEP0"),
        public_key=ec_keys[3].public_key(),
        issuer_certificate=capf,
        issuer_key=rsa_key,
        **dates,
    )

    assert is_issued_by(lsc, capf)


def test_a_subject_may_come_from_elsewhere_or_be_empty(sign_leaf):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other")])

    assert read_certificate(sign_leaf(subject=subject)).subject == "CN=other"
    # With an empty subject the other names are critical: RFC 5280 section 4.2.1.6.
    empty = sign_leaf(subject=x509.Name([]))
    assert extensions_of(empty)["SubjectAlternativeName"][0]


def test_the_hash_follows_the_key_that_signs(root, ec_keys, dates):
    strong = make_key(KeySpec(type="EC", size=384))
    subject = SubjectFields(common_name="strong")
    above = build_root(subject=subject, key=strong, **dates)
    below = build_issuing(
        subject=subject,
        public_key=ec_keys[0].public_key(),
        issuer_certificate=above,
        issuer_key=strong,
        **dates,
    )

    assert read_certificate(above).signature_algorithm == "ecdsa-with-SHA384"
    assert read_certificate(below).signature_algorithm == "ecdsa-with-SHA384"


def test_a_stronger_hash_can_be_asked_for_and_a_weaker_one_cannot(sign_leaf):
    der = sign_leaf(hash_name="SHA512")

    assert read_certificate(der).signature_algorithm == "ecdsa-with-SHA512"
    with pytest.raises(RuleError, match="SHA1"):
        sign_leaf(hash_name="SHA1")


def test_dates_are_cut_to_whole_seconds(sign_leaf, dates):
    half = {each: at + timedelta(microseconds=999999) for each, at in dates.items()}

    read = read_certificate(sign_leaf(**half))

    assert (read.not_before, read.not_after) == tuple(dates.values())


def test_dates_after_2049_are_written_too(sign_leaf, dates):
    far = dates["not_before"].replace(year=2060)

    assert read_certificate(sign_leaf(not_after=far)).not_after == far


def test_an_end_before_the_beginning_is_refused_with_both(sign_leaf, dates):
    with pytest.raises(BadInputError) as refused:
        sign_leaf(not_after=dates["not_before"] - timedelta(seconds=1))

    assert "2029-12-31" in str(refused.value)
    assert "2030-01-01" in str(refused.value)


@pytest.mark.parametrize("device", ["x" * 65, "SN:東京", "SN\x00"])
def test_a_device_serial_that_no_name_can_hold_is_refused(
    issuing, ec_keys, dates, device
):
    with pytest.raises(BadInputError, match="device serial"):
        build_mic(
            subject=SubjectFields(common_name="x"),
            public_key=ec_keys[3].public_key(),
            issuer_certificate=issuing,
            issuer_key=ec_keys[1],
            device=device,
            **dates,
        )


@pytest.mark.parametrize(
    "changed",
    [
        {"key_usage": ("signing",)},
        {"key_usage": ("encipherOnly",)},
        {"extended_key_usage": ("server",)},
        {"alternative_names": ("a b",)},
        {"urls": IssuerUrls(crl="http://例.example/")},
        {"issuer_certificate": b"no certificate"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_cannot_be_written_is_refused(sign_leaf, changed):
    with pytest.raises(BadInputError):
        sign_leaf(**changed)


@settings(max_examples=50)
@given(
    common_name=st.text(max_size=10),
    names=st.lists(st.text(max_size=10), max_size=2),
    usage=st.lists(
        st.sampled_from(["digitalSignature", "keyAgreement", "decipherOnly", "x"])
    ),
    extended=st.lists(st.sampled_from(["serverAuth", "1.2.3", "1.2", "y", "9.9"])),
)
def test_any_wish_is_refused_or_comes_true(
    sign_leaf, common_name, names, usage, extended
):
    try:
        der = sign_leaf(
            subject=SubjectFields(common_name=common_name),
            alternative_names=names,
            key_usage=usage,
            extended_key_usage=extended,
        )
    except LabError:
        return

    read = read_certificate(der)
    assert set(read.key_usage) == set(usage)
    assert set(read.extended_key_usage) == set(extended)
    assert len(read.alternative_names) == len(set(names))


def test_a_leaf_needs_an_issuer_that_is_named(issuing, ec_keys, dates):
    der = build_leaf(
        subject=SubjectFields(common_name="plain"),
        public_key=ec_keys[2].public_key(),
        issuer_certificate=issuing,
        issuer_key=ec_keys[1],
        key_usage=(),
        extended_key_usage=(),
        **dates,
    )

    read, above = read_certificate(der), read_certificate(issuing)
    assert read.issuer_hash == above.subject_hash
    assert read.key_usage == read.extended_key_usage == read.alternative_names == ()


@pytest.mark.parametrize(
    ("kind", "size", "left_out"),
    [
        ("RSA", 2048, {"keyAgreement"}),
        ("EC", 256, {"keyEncipherment", "dataEncipherment"}),
    ],
    ids=["RSA agrees on nothing", "EC encrypts nothing"],
)
def test_a_certificate_has_no_usage_that_its_key_cannot_serve(kind, size, left_out):
    asked = ("digitalSignature", "keyEncipherment", "dataEncipherment", "keyAgreement")
    key = make_key(KeySpec(type=kind, size=size))

    kept = usages_for(asked, key.public_key())

    assert set(asked) - set(kept) == left_out
