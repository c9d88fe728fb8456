"""Regenerate: the same length of key, and whatever was there is overwritten."""

import pytest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.import_certificates import Assignment, import_certificates
from lab.actions.node_connection import take_offline
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.renew_certificate import sign_and_upload
from lab.actions.request_certificate import request_certificate
from lab.errors import NotFoundError, RuleError
from lab.store import requests
from tests.linting import certificate_findings


@pytest.mark.parametrize(
    ("purpose", "size"),
    [("tomcat-ECDSA", 256), ("tomcat-ECDSA", 521), ("tomcat", 1024), ("tomcat", 3072)],
)
def test_the_new_key_is_as_long_as_the_present_one(site, seen, purpose, size):
    before = generate_self_signed(site, "sub", purpose, size=size, years=1)

    made = regenerate_certificate(site, "sub", purpose)

    assert seen.slot("sub", purpose) == made
    assert made.self_signed
    assert made.key_id != before.key_id
    assert (made.key_type, made.key_size) == (before.key_type, size)
    assert (made.not_after - made.not_before).days == 5 * 365 - 1


def test_what_an_authority_signed_is_overwritten_and_the_event_says_so(site, seen):
    signed = sign_and_upload(site, "sub", "tomcat", "issuing")

    made = regenerate_certificate(site, "sub", "tomcat")

    assert seen.slot("sub", "tomcat") == made != signed
    assert made.self_signed
    event = seen.events("certificate.regenerated")[-1]
    assert event.about == "tomcat on sub"
    assert event.detail.endswith("overwrites the certificate that Lab Issuing signed")


def test_an_expired_one_can_be_regenerated(site, seen, later):
    after = later(site, days=9000)

    made = regenerate_certificate(after, "sub", "TVS")

    assert seen.slot("sub", "TVS") == made
    assert not made.expired(after.clock.now())


def test_a_node_that_shared_its_certificate_has_one_of_its_own(site, seen):
    shared = generate_self_signed(site, "pub", "tomcat-ECDSA", shared=True)

    made = regenerate_certificate(site, "sub", "tomcat-ECDSA")

    assert made.common_name == "sub-EC.uc.example"
    assert seen.slot("sub", "tomcat-ECDSA") == made
    assert seen.slot("pub", "tomcat-ECDSA") == shared


def test_an_identity_of_the_whole_cluster_goes_to_every_node(site, seen):
    made = regenerate_certificate(site, "pub", "ITLRecovery")

    assert seen.slot("pub", "ITLRecovery") == seen.slot("sub", "ITLRecovery") == made


def test_a_request_that_waits_goes_on_waiting(site, seen):
    request = request_certificate(site, "sub", "tomcat-ECDSA")

    regenerate_certificate(site, "sub", "tomcat-ECDSA")

    assert requests.get(site.db, seen.party("sub").id, "tomcat-ECDSA")[1] == (
        request.key_id
    )
    assert request.key_id in seen.key_ids()


@pytest.mark.parametrize(
    ("node", "purpose", "kind", "text"),
    [
        ("sub", "CAPF", RuleError, "sub is a subscriber"),
        ("sub", "authz", RuleError, "sub is a subscriber"),
        ("sub", "tomcat-trust", RuleError, "no certificate purpose tomcat-trust"),
        ("imp", "CallManager", RuleError, "no certificate purpose CallManager"),
        ("SEP000000000001", "MIC", RuleError, "is not a node"),
        ("nobody", "tomcat", NotFoundError, "called nobody"),
    ],
)
def test_only_identities_where_they_are_made_can_be_regenerated(
    site, refusal_of, node, purpose, kind, text
):
    with refusal_of(site, kind, text):
        regenerate_certificate(site, node, purpose)


def test_a_node_that_is_offline_is_refused_in_the_words_of_the_cluster(
    site, refusal_of
):
    take_offline(site, "sub")

    with refusal_of(site, RuleError, "unable to connect to Remote Node"):
        regenerate_certificate(site, "sub", "tomcat")


def test_nothing_is_regenerated_on_a_node_that_was_imported(site, seen, refusal_of):
    own = seen.slot("sub", "tomcat-ECDSA")
    where = Assignment(cluster="Elsewhere", node="far", purpose="tomcat-ECDSA")
    import_certificates(site, [("far.cer", own.der)], where)

    with refusal_of(site, RuleError, "far was imported"):
        regenerate_certificate(site, "far", "tomcat-ECDSA", cluster="Elsewhere")


def test_pkilint_finds_no_error_in_it(site):
    made = regenerate_certificate(site, "sub", "tomcat-ECDSA")

    assert {finding.code for finding, _ in certificate_findings(made.der)} <= {
        "pkix.key_usage_extension_not_critical",  # as the real ones have it: §1.5
        "pkix.subject_key_identifier_method_1_identified",
    }
