from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import lists, sampled_from
from pkilint.validation import ValidationFindingSeverity as Severity

from lab.actions.add_authority import add_authority
from lab.actions.request_certificate import request_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.sign_request import sign_request
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.models import Chain, KeySpec, SubjectFields
from lab.pki.describe import describe_extensions
from lab.pki.keys import make_key
from lab.pki.requests import build_request, request_pem
from lab.pki.usages import EXTENDED_KEY_USAGES, KEY_USAGES
from lab.rules.signing import (
    HONOURED,
    IGNORED,
    PICKED,
    TEMPLATE_EXTENDED_KEY_USAGE,
    TEMPLATE_KEY_USAGE,
)
from lab.store import certificates, places
from tests.linting import certificate_findings

EC = KeySpec(type="EC", size=256)


def test_the_certificate_carries_what_the_request_asked_for(site):
    request = request_certificate(site, "sub", "tomcat", names=["web.example"])

    signed = sign_request(site, "issuing", request.der, days=100)

    assert signed.subject == request.subject
    assert signed.key_id == request.key_id
    assert signed.alternative_names == request.alternative_names
    assert signed.key_usage == request.key_usage
    assert signed.extended_key_usage == request.extended_key_usage
    assert not signed.is_ca
    assert signed.issuer_common_name == "Lab Issuing"
    assert signed.not_before == site.clock.now()
    assert signed.not_after - signed.not_before == timedelta(days=100, seconds=-1)


def test_it_is_in_no_place_until_it_is_uploaded(site, seen):
    before = seen.slot("sub", "tomcat")
    request = request_certificate(site, "sub", "tomcat")

    signed = sign_request(site, "issuing", request.der)

    assert places.of_certificate(site.db, signed.sha256) == []
    assert seen.slot("sub", "tomcat") == before
    assert certificates.effective(site.db, signed.sha256).chain is Chain.COMPLETE


def test_it_says_where_its_issuer_and_its_crl_are(site):
    request = request_certificate(site, "sub", "tomcat")

    signed = sign_request(site, "issuing", request.der)

    text = "\n".join(
        line for each in describe_extensions(signed.der) for line in each.lines
    )
    assert "http://127.0.0.1:8501/pki/crl/issuing.crl" in text
    assert "http://127.0.0.1:8501/pki/issuers/issuing.cer" in text


def test_what_capf_asks_for_is_signed_as_a_ca_of_path_length_zero(site):
    request = request_certificate(site, "pub", "CAPF")

    signed = sign_request(site, "issuing", request.der)

    assert (signed.is_ca, signed.path_length) == (True, 0)
    assert "keyCertSign" in signed.key_usage
    assert certificates.effective(site.db, signed.sha256).chain is Chain.COMPLETE


def test_a_request_from_outside_is_signed_in_pem_too(site):
    key = make_key(KeySpec(type="EC", size=256))
    der = build_request(
        subject=SubjectFields(common_name="外.example"),
        key=key,
        key_usage=(),
        extended_key_usage=(),
    )

    signed = sign_request(site, "issuing", request_pem(der))

    assert signed.common_name == "外.example"
    assert (signed.key_usage, signed.extended_key_usage) == ((), ())


def test_two_signatures_of_one_request_have_different_serials(site):
    request = request_certificate(site, "sub", "tomcat")

    first = sign_request(site, "issuing", request.der)
    second = sign_request(site, "issuing", request.der)

    assert first.serial != second.serial


def test_it_may_end_with_its_authority_and_not_one_second_later(
    site, later, refusal_of, seen
):
    request = request_certificate(site, "sub", "tomcat")
    end = seen.authority("issuing").not_after
    in_time = later(site, seconds=0)
    exact = later(
        in_time,
        seconds=(end + timedelta(seconds=1) - site.clock.now()).total_seconds()
        - timedelta(days=10).total_seconds(),
    )
    one_late = later(exact, seconds=1)

    signed = sign_request(exact, "issuing", request.der, days=10)

    assert signed.not_after == end
    with refusal_of(one_late, RuleError, "Lab Issuing itself ends on"):
        sign_request(one_late, "issuing", request.der, days=10)


@pytest.mark.parametrize("days", [0, -1, 3001, 10**6, 10**9, 10**12])
def test_a_life_that_does_not_fit_is_refused(site, refusal_of, days):
    request = request_certificate(site, "sub", "tomcat")

    with refusal_of(site, RuleError, f"{days} days"):
        sign_request(site, "issuing", request.der, days=days)


def test_an_unknown_authority_is_refused(site, refusal_of):
    request = request_certificate(site, "sub", "tomcat")

    with refusal_of(site, NotFoundError, "authority called nobody") as caught:
        sign_request(site, "nobody", request.der)
    assert "root, issuing, elliptic, maker" in caught.value.hint


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", b"-----BEGIN CERTIFICATE REQUEST-----\n", b"\x30\x82\xff\xff"],
)
def test_bytes_that_are_no_request_are_refused(site, refusal_of, data):
    with refusal_of(site, BadInputError, ""):
        sign_request(site, "issuing", data)


def test_a_certificate_is_no_request(site, seen, refusal_of):
    der = seen.slot("sub", "tomcat").der

    with refusal_of(site, BadInputError, "not a certificate signing request"):
        sign_request(site, "issuing", der)


def test_a_request_that_was_changed_after_signing_is_refused(site, refusal_of):
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    changed = request.der.replace(b"sub.uc.example", b"pub.uc.example")

    with refusal_of(site, BadInputError, "does not fit its key"):
        sign_request(site, "issuing", changed)


def test_an_authority_that_has_ended_signs_nothing(site, later, refusal_of):
    request = request_certificate(site, "sub", "tomcat")
    after = later(site, days=4000)

    with refusal_of(after, RuleError, "itself ended on 2038"):
        sign_request(after, "issuing", request.der, days=1)


def test_an_authority_of_elliptic_curves_signs_an_rsa_key(site):
    add_authority(site, "curves", "Curves", key=KeySpec(type="EC", size=384))
    request = request_certificate(site, "sub", "tomcat")

    signed = sign_request(site, "curves", request.der)

    assert signed.key_type == "RSA"
    assert signed.signature_algorithm == "ecdsa-with-SHA384"


def test_an_authority_that_knows_no_request_extensions_writes_its_own_template(site):
    request = request_certificate(site, "sub", "tomcat", names=["web.example"])

    signed = sign_request(site, "issuing", request.der, extensions=IGNORED)

    assert signed.subject == request.subject
    assert signed.key_id == request.key_id
    assert signed.key_usage == TEMPLATE_KEY_USAGE
    assert signed.extended_key_usage == TEMPLATE_EXTENDED_KEY_USAGE
    assert signed.alternative_names == ()
    assert not signed.is_ca


def test_a_request_of_capf_is_no_ca_when_its_extensions_are_ignored(site):
    request = request_certificate(site, "pub", "CAPF")

    signed = sign_request(site, "issuing", request.der, extensions=IGNORED)

    assert (signed.is_ca, signed.path_length) == (False, None)


def test_what_is_picked_by_hand_replaces_what_was_asked_for(site, seen):
    request = request_certificate(site, "sub", "tomcat")

    signed = sign_request(
        site,
        "issuing",
        request.der,
        extensions=PICKED,
        key_usage=["digitalSignature"],
        extended_key_usage=["clientAuth", "1.2.3.4"],
        names=["web.example", "10.0.0.1", "web.example"],
    )

    assert signed.key_usage == ("digitalSignature",)
    assert signed.extended_key_usage == ("clientAuth", "1.2.3.4")
    assert signed.alternative_names == ("DNS:web.example", "IP:10.0.0.1")
    assert seen.events("certificate.issued")[-1].detail.endswith("extensions picked")


def test_what_is_not_picked_is_as_the_request_asks(site):
    request = request_certificate(site, "sub", "tomcat")

    names_only = sign_request(
        site, "issuing", request.der, extensions=PICKED, names=["web.example"]
    )
    nothing = sign_request(
        site,
        "issuing",
        request.der,
        extensions=PICKED,
        key_usage=[],
        extended_key_usage=[],
        names=[],
    )

    assert names_only.key_usage == request.key_usage
    assert names_only.extended_key_usage == request.extended_key_usage
    assert names_only.alternative_names == ("DNS:web.example",)
    assert (nothing.key_usage, nothing.extended_key_usage) == ((), ())
    assert nothing.alternative_names == ()


@pytest.mark.parametrize(
    ("choice", "kind", "text"),
    [
        ({"extensions": "guessed"}, RuleError, "no way to sign called 'guessed'"),
        ({"key_usage": ["digitalSignature"]}, RuleError, "yet they are to be honoured"),
        ({"extensions": IGNORED, "names": []}, RuleError, "yet they are to be ignored"),
        (
            {"extensions": PICKED, "key_usage": ["flying"]},
            BadInputError,
            "no key usage flying",
        ),
        (
            {"extensions": PICKED, "key_usage": ["encipherOnly"]},
            BadInputError,
            "without keyAgreement",
        ),
        (
            {"extensions": PICKED, "extended_key_usage": ["x.y"]},
            BadInputError,
            "no extended key usage x.y",
        ),
        (
            {
                "extensions": PICKED,
                "extended_key_usage": ["timeStamping", "serverAuth"],
            },
            BadInputError,
            "timeStamping is asked for together",
        ),
        (
            {"extensions": PICKED, "names": ["two words"]},
            BadInputError,
            "two words",
        ),
    ],
)
def test_extensions_that_make_no_sense_are_refused(
    site, refusal_of, choice, kind, text
):
    request = request_certificate(site, "sub", "tomcat-ECDSA")

    with refusal_of(site, kind, text):
        sign_request(site, "issuing", request.der, **choice)


def test_without_a_subject_a_name_has_to_be_left(site, refusal_of):
    key = make_key(KeySpec(type="EC", size=256))
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    names = x509.SubjectAlternativeName([x509.DNSName("nameless.example")])
    request = builder.add_extension(names, True).sign(key, hashes.SHA256())
    der = request.public_bytes(Encoding.DER)

    signed = sign_request(site, "issuing", der)

    assert signed.subject == ""
    assert signed.alternative_names == ("DNS:nameless.example",)
    assert errors(signed) == []
    with refusal_of(site, RuleError, "an empty subject"):
        sign_request(site, "issuing", der, extensions=IGNORED)


def test_it_may_be_given_its_end_and_the_second_counts(site, seen, refusal_of):
    request = request_certificate(site, "sub", "tomcat")
    end = seen.authority("issuing").not_after
    soon = site.clock.now() + timedelta(seconds=1)

    longest = sign_request(site, "issuing", request.der, not_after=end)
    shortest = sign_request(site, "issuing", request.der, not_after=soon)

    assert longest.not_after == end
    assert shortest.not_after == soon
    for wrong, text in (
        (end + timedelta(seconds=1), "itself ends on"),
        (site.clock.now(), "is not after the beginning"),
        (site.clock.now() - timedelta(days=9), "is not after the beginning"),
    ):
        with refusal_of(site, RuleError, text):
            sign_request(site, "issuing", request.der, not_after=wrong)


def test_a_revoked_authority_signs_nothing(site, seen, refusal_of):
    request = request_certificate(site, "sub", "tomcat")
    revoke_certificate(site, seen.authority("issuing").sha256, "cACompromise")

    with refusal_of(site, RuleError, "Lab Issuing was revoked on"):
        sign_request(site, "issuing", request.der)


def test_an_authority_that_has_not_begun_signs_nothing(site, later, refusal_of):
    request = request_certificate(site, "sub", "tomcat")
    before = later(site, days=-1)

    with refusal_of(before, RuleError, "Lab Issuing begins on"):
        sign_request(before, "issuing", request.der)


def test_below_a_path_length_of_zero_no_authority_is_signed(site, seen, refusal_of):
    # Each says 1 of itself; below another one nothing of it is left.
    add_authority(site, "upper", "Upper", parent="root", key=EC, days=900)
    add_authority(site, "lower", "Lower", parent="upper", key=EC, days=800)
    request = request_certificate(site, "pub", "CAPF")

    allowed = sign_request(site, "upper", request.der)

    assert (seen.authority("upper").path_length, allowed.path_length) == (1, 0)
    with refusal_of(site, RuleError, "Lower may have no authority below it"):
        sign_request(site, "lower", request.der)
    leaf = sign_request(
        site,
        "lower",
        request.der,
        extensions=PICKED,
        key_usage=["digitalSignature"],
    )
    assert not leaf.is_ca


MODES = {
    HONOURED: {},
    IGNORED: {},
    PICKED: {
        "key_usage": ["digitalSignature", "keyEncipherment", "keyAgreement"],
        "extended_key_usage": ["serverAuth"],
        "names": ["web.example", "10.0.0.1", "URI:https://web.example/a"],
    },
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize("purpose", ["tomcat", "tomcat-ECDSA"])
def test_pkilint_finds_nothing_in_what_is_issued(site, purpose, shared, mode):
    request = request_certificate(
        site, "pub", purpose, shared=shared, names=["xn--bcher-kva.example"]
    )

    signed = sign_request(site, "issuing", request.der, extensions=mode, **MODES[mode])

    assert errors(signed) == []


USAGES = sampled_from(sorted(KEY_USAGES))
EXTENDED = sampled_from(sorted(EXTENDED_KEY_USAGES))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    usages=lists(USAGES), extended=lists(EXTENDED), purpose=sampled_from(["RSA", "EC"])
)
def test_whatever_is_picked_pkilint_finds_no_error_in_it(
    asking, usages, extended, purpose
):
    lab, requests = asking

    try:
        signed = sign_request(
            lab,
            "root",
            requests[purpose],
            extensions=PICKED,
            key_usage=usages,
            extended_key_usage=extended,
        )
    except BadInputError as refusal:
        told = str(refusal)
        assert "without keyAgreement" in told or "timeStamping" in told
    else:
        found = [
            (finding.code, message)
            for finding, message in certificate_findings(signed.der)
            if finding.severity <= Severity.ERROR
        ]
        assert found == []


@pytest.fixture
def asking(site):
    """The small cluster, and a request of each kind of key."""
    names = {"RSA": "tomcat", "EC": "tomcat-ECDSA"}
    return site, {
        kind: request_certificate(site, "pub", purpose).der
        for kind, purpose in names.items()
    }


def errors(certificate):
    return [
        (finding.code, message)
        for finding, message in certificate_findings(certificate.der)
        if finding.severity <= Severity.WARNING
    ]
