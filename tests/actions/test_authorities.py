"""Founding an authority, its lists, and its OCSP signer."""

from datetime import timedelta

import pytest
from cryptography import x509

from lab.actions.add_authority import add_authority
from lab.actions.issue_ocsp_signer import issue_ocsp_signer
from lab.actions.publish_crl import publish_crl
from lab.actions.run_due import run_due
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.models import KeySpec
from lab.store import certificates, crls, parties

EC = KeySpec(type="EC", size=256)


def test_a_root_signs_itself_and_publishes_its_first_list(lab, look):
    made = add_authority(lab, "one", "One CA", key=EC, days=100, organization="Org")

    found = look(lab).authority("one")
    assert made == parties.authority(lab.db, "one")
    assert found.self_signed
    assert found.is_ca
    assert found.subject == "CN=One CA,O=Org"
    assert found.not_after - found.not_before == timedelta(days=100)
    assert crls.latest(lab.db, "one").number == 1
    assert found.key_id in look(lab).key_ids()
    assert [e.kind for e in look(lab).events()] == ["authority.added", "crl.published"]


def test_an_issuing_ca_stands_below_its_parent(lab, look):
    add_authority(lab, "one", "One CA", key=EC)

    add_authority(lab, "two", "Two CA", key=EC, parent="one", days=100)

    below, above = look(lab).authority("two"), look(lab).authority("one")
    assert certificates.issuers_of(lab.db, below.sha256) == [above.sha256]
    assert not below.self_signed
    assert below.path_length == 1


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "-a", "a/b", "../x", "a.crl", "ä", "x" * 64, "a\n"]
)
def test_a_name_that_does_not_fit_into_an_address_is_refused(lab, refusal_of, name):
    with refusal_of(lab, RuleError, "cannot be the name of an authority"):
        add_authority(lab, name, "One CA", key=EC)


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"name": "root", "label": "Other"}, RuleError, "authority called root"),
        ({"label": "Lab Root"}, RuleError, "something called Lab Root"),
        ({"label": "pub"}, RuleError, "something called pub"),
        ({"label": ""}, BadInputError, "the common name is empty"),
        ({"label": "a\x00b"}, BadInputError, "cannot be shown"),
        ({"label": "x" * 65}, BadInputError, "65 characters"),
        ({"parent": "nobody"}, NotFoundError, "authority called nobody"),
        ({"parent": "root", "days": 4000}, RuleError, "after its issuer Lab Root"),
        ({"days": -1}, BadInputError, "before it begins"),
        ({"days": 10**9}, RuleError, "past the year 9999"),
        ({"days": 10**7}, RuleError, "past the year 9999"),
        ({"crl_days": 0}, RuleError, "a CRL cannot be valid for 0 days"),
        ({"crl_days": -3}, RuleError, "a CRL cannot be valid for -3 days"),
        ({"crl_days": 10**9}, RuleError, "a CRL cannot be valid for 1000000000 days"),
        ({"key": KeySpec(type="RSA", size=512)}, BadInputError, "RSA 512"),
        ({"key": KeySpec(type="EC", size=257)}, BadInputError, "EC 257"),
    ],
)
def test_an_authority_that_cannot_be_is_refused(
    site, refusal_of, arguments, kind, text
):
    wanted = {"name": "other", "label": "Other CA", "key": EC} | arguments

    with refusal_of(site, kind, text):
        add_authority(site, **wanted)


def test_it_may_end_with_its_parent(site, seen):
    left = seen.authority("root").not_after - site.clock.now()

    add_authority(
        site, "twin", "Twin", key=EC, parent="root", days=left / timedelta(days=1)
    )

    assert seen.authority("twin").not_after == seen.authority("root").not_after


# -- Its lists ------------------------------------------------------------------------


def test_each_list_has_a_number_one_higher_and_its_times(site):
    before = crls.latest(site.db, "issuing").number

    crl = publish_crl(site, "issuing")

    read = x509.load_der_x509_crl(crl.der)
    number = read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert crl.number == number == before + 1
    assert read.last_update_utc == site.clock.now()
    assert read.next_update_utc == site.clock.now() + timedelta(days=30)
    assert crls.latest(site.db, "issuing") == crl


def test_the_list_is_signed_with_the_authoritys_key(site, seen):
    crl = publish_crl(site, "issuing")

    issuer = x509.load_der_x509_certificate(seen.authority("issuing").der)
    read = x509.load_der_x509_crl(crl.der)
    assert read.is_signature_valid(issuer.public_key())
    assert read.issuer == issuer.subject


def test_the_next_list_is_due_before_this_one_ends_and_only_once(site, seen):
    publish_crl(site, "issuing")
    publish_crl(site, "issuing")

    jobs = [each for each in seen.jobs("publish_crl") if each[1] == "issuing"]
    # What is published in between does not put off what the schedule owes.
    founded = seen.authority("issuing").not_before
    assert jobs == [(founded + timedelta(days=27), "issuing")]


def test_at_no_moment_of_a_year_is_there_no_list_in_time(site, later):
    for days in range(0, 365, 5):
        moment = later(site, days=days)
        run_due(moment)

        crl = crls.latest(site.db, "issuing")
        assert crl.this_update <= moment.clock.now() <= crl.next_update


def test_an_authority_near_its_end_plans_no_further_list(lab, look):
    add_authority(lab, "short", "Short CA", key=EC, days=20, crl_days=30)

    assert look(lab).jobs("publish_crl") == []


def test_nobody_publishes_for_an_unknown_authority(site, refusal_of):
    with refusal_of(site, NotFoundError, "authority called nobody"):
        publish_crl(site, "nobody")


# -- Its OCSP signer ------------------------------------------------------------------


def test_the_signer_is_made_for_ocsp_alone(site, seen):
    signer = issue_ocsp_signer(site, "issuing")

    assert seen.slot("Lab Issuing", "OCSP signer") == signer
    assert signer.extended_key_usage == ("OCSPSigning",)
    assert signer.key_usage == ("digitalSignature",)
    assert signer.issuer_common_name == "Lab Issuing"
    assert signer.not_after - signer.not_before == timedelta(days=60)
    assert (signer.key_type, signer.key_size) == ("EC", 256)
    assert signer.key_id in seen.key_ids()


def test_the_next_signer_is_there_before_this_one_ends(site, seen, later):
    first = seen.slot("Lab Issuing", "OCSP signer")

    run_due(later(site, days=59))

    second = seen.slot("Lab Issuing", "OCSP signer")
    assert second != first
    assert second.not_before == first.not_before + timedelta(days=30)
    assert second.key_id != first.key_id
    assert [about for _, about in seen.jobs("issue_ocsp_signer")] == ["issuing"]


def test_a_signer_by_hand_takes_the_place_of_the_planned_one(site, seen):
    issue_ocsp_signer(site, "issuing")

    (job,) = seen.jobs("issue_ocsp_signer")
    assert job == (site.clock.now() + timedelta(days=30), "issuing")


def test_no_signer_outlives_its_authority(lab, look):
    add_authority(lab, "short", "Short CA", key=EC, days=20, ocsp=True)

    signer = look(lab).slot("Short CA", "OCSP signer")
    assert signer.not_after == look(lab).authority("short").not_after
    assert look(lab).jobs("issue_ocsp_signer") == []


def test_an_authority_that_has_ended_gets_no_signer(site, later, refusal_of):
    after = later(site, days=4000)

    with refusal_of(after, BadInputError, "before it begins"):
        issue_ocsp_signer(after, "issuing")
