from datetime import timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.models import Chain, KeySpec, SubjectFields
from lab.pki.describe import describe_extensions
from lab.pki.keys import make_key
from lab.pki.requests import build_request, request_pem
from lab.store import certificates, places


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

    with refusal_of(after, RuleError, "itself ends on"):
        sign_request(after, "issuing", request.der, days=1)


def test_an_authority_of_elliptic_curves_signs_an_rsa_key(site):
    add_authority(site, "curves", "Curves", key=KeySpec(type="EC", size=384))
    request = request_certificate(site, "sub", "tomcat")

    signed = sign_request(site, "curves", request.der)

    assert signed.key_type == "RSA"
    assert signed.signature_algorithm == "ecdsa-with-SHA384"
