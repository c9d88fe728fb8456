from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pkilint import loader, pkix
from pkilint.pkix import crl as lint
from pkilint.pkix import extension, name

from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.bundles import write_pem
from lab.pki.crls import sign_crl
from lab.pki.reading import read_certificate


@pytest.fixture
def sign(issuing, ec_keys, dates, urls):
    """Have the issuing CA sign a CRL of some lines."""

    def sign_lines(*revoked, **changed):
        return sign_crl(
            **{
                "issuer_certificate": issuing,
                "issuer_key": ec_keys[1],
                "number": 7,
                "this_update": dates["not_before"],
                "next_update": dates["not_before"] + timedelta(days=7),
                "revoked": revoked,
                "issuer_urls": urls,
            }
            | changed
        )

    return sign_lines


@pytest.fixture
def lines(leaf, dates):
    at = dates["not_before"] + timedelta(hours=1)
    serial = read_certificate(leaf).serial
    return (
        Revoked(serial=serial, at=at, reason="keyCompromise"),
        Revoked(serial="2f", at=at, reason="unspecified"),
        Revoked(serial="30", at=at, reason="certificateHold"),
    )


def findings(der):
    """Lint a CRL: {(severity, code)}."""
    validator = lint.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            lint.create_issuer_validator_container([]),
            lint.create_validity_validator_container([]),
            lint.create_extensions_validator_container([]),
        ],
    )
    reader = loader.RFC5280CertificateListDocumentLoader()
    results = validator.validate(reader.load_document(der, "one").root)
    return {
        (finding.finding.severity.name, finding.finding.code)
        for result in results
        for finding in result.finding_descriptions
    }


def test_pkilint_finds_nothing(sign, lines):
    assert findings(sign(*lines)) == findings(sign()) == set()


def test_a_crl_says_what_was_revoked_when_and_why(sign, lines, dates):
    crl = x509.load_der_x509_crl(sign(*lines))

    assert crl.last_update_utc == dates["not_before"]
    assert crl.next_update_utc == dates["not_before"] + timedelta(days=7)
    found = {f"{each.serial_number:x}": each for each in crl}
    assert found.keys() == {line.serial for line in lines}
    assert all(found[line.serial].revocation_date_utc == line.at for line in lines)
    reasons = [
        [extension.value.reason.value for extension in found[line.serial].extensions]
        for line in lines
    ]
    # "unspecified" is left out: RFC 5280 section 5.3.1.
    assert reasons == [["keyCompromise"], [], ["certificateHold"]]


def test_a_crl_has_a_number_and_names_its_signer(sign, issuing, ec_keys):
    crl = x509.load_der_x509_crl(sign())

    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value
    key = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert number.crl_number == 7
    assert key.key_identifier.hex() == read_certificate(issuing).subject_key_identifier
    assert crl.is_signature_valid(ec_keys[1].public_key())


def test_a_crl_without_addresses_has_none(sign):
    crl = x509.load_der_x509_crl(sign(issuer_urls=None))

    assert len(crl.extensions) == 2


def test_openssl_verifies_the_crl(sign, issuing, openssl):
    status, output = openssl(
        "crl",
        "-inform",
        "DER",
        "-noout",
        "-in",
        sign(),
        "-CAfile",
        write_pem([issuing]),
    )

    assert status == 0
    assert "verify OK" in output


def test_openssl_refuses_a_revoked_certificate(
    sign, lines, leaf, issuing, root, openssl
):
    crl = x509.load_der_x509_crl(sign(*lines)).public_bytes(Encoding.PEM)

    status, output = openssl(
        "verify",
        "-attime",
        str(1893456000 + 7200),
        "-crl_check",
        "-CRLfile",
        crl,
        "-trusted",
        write_pem([root]),
        "-untrusted",
        write_pem([issuing]),
        write_pem([leaf]),
    )

    assert status == 2
    assert "certificate revoked" in output


def test_many_lines_are_written_at_once(sign, dates):
    at = dates["not_before"]
    many = [Revoked(serial=f"{n:x}", at=at, reason="") for n in range(1, 5001)]

    crl = x509.load_der_x509_crl(sign(*many))

    assert len(crl) == 5000


@pytest.mark.parametrize(
    ("serial", "reason"),
    [
        ("xyz", "superseded"),
        ("-5", "superseded"),
        ("f" * 41, "superseded"),
        ("0", ""),
        ("1", "removeFromCRL"),
        ("1", "bored"),
    ],
)
def test_a_line_that_no_crl_can_hold_is_refused(sign, dates, serial, reason):
    line = Revoked(serial=serial, at=dates["not_before"], reason=reason)

    with pytest.raises(BadInputError) as refused:
        sign(line)

    assert serial in str(refused.value)


def test_an_update_that_is_due_before_it_was_made_is_refused(sign, dates):
    with pytest.raises(BadInputError, match=r"2029-12-31.*2030-01-01"):
        sign(next_update=dates["not_before"] - timedelta(days=1))
