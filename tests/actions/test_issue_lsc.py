from datetime import timedelta

import pytest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_lsc import issue_lsc
from lab.errors import NotFoundError, RuleError
from lab.models import Chain
from lab.store import certificates

PHONES = ("SEP000000000001", "SEP000000000002")


def test_each_phone_gets_a_certificate_that_capf_signed(site, seen):
    capf = seen.slot("pub", "CAPF")

    issued = issue_lsc(site, "Site", PHONES, days=100)

    for phone, certificate in zip(PHONES, issued, strict=True):
        assert seen.slot(phone, "LSC") == certificate
        assert certificate.common_name == phone
        assert certificates.issuers_of(site.db, certificate.sha256) == [capf.sha256]
        life = certificate.not_after - certificate.not_before
        assert life == timedelta(days=100, seconds=-1)
        found = certificates.effective(site.db, certificate.sha256)
        assert found.chain is Chain.COMPLETE


def test_the_factory_certificate_stays(site, seen):
    before = seen.slot(PHONES[0], "MIC")

    issue_lsc(site, "Site", PHONES[:1])

    assert seen.slot(PHONES[0], "MIC") == before


def test_a_second_one_takes_the_place_of_the_first(site, seen):
    (first,) = issue_lsc(site, "Site", PHONES[:1])

    (second,) = issue_lsc(site, "Site", PHONES[:1])

    assert seen.slot(PHONES[0], "LSC") == second
    assert first.key_id != second.key_id


def test_the_lab_keeps_no_private_key_of_a_phone(site, seen):
    before = seen.key_ids()

    issue_lsc(site, "Site", PHONES)

    assert seen.key_ids() == before


@pytest.mark.parametrize("days", [1, 1825])
def test_the_range_of_capf_is_taken_whole(site, days):
    (issued,) = issue_lsc(site, "Site", PHONES[:1], days=days)

    assert issued.not_after > site.clock.now()


def test_an_lsc_ends_with_capf_at_the_latest(site, seen, later):
    after = later(site, days=1800)

    (issued,) = issue_lsc(after, "Site", PHONES[:1], days=365)

    assert issued.not_after == seen.slot("pub", "CAPF").not_after


def test_the_chain_breaks_with_a_new_capf_that_is_not_trusted_elsewhere(site, seen):
    (issued,) = issue_lsc(site, "Site", PHONES[:1])

    generate_self_signed(site, "pub", "CAPF")

    # The old CAPF has another common name, so its copy stays in CallManager-trust.
    found = certificates.effective(site.db, issued.sha256)
    assert found.chain is Chain.COMPLETE


@pytest.mark.parametrize(
    ("cluster", "devices", "days", "kind", "text"),
    [
        ("Site", PHONES, 0, RuleError, "valid for 0 days"),
        ("Site", PHONES, 1826, RuleError, "valid for 1826 days"),
        ("Site", PHONES, -5, RuleError, "valid for -5 days"),
        ("Site", (*PHONES, "SEP00000000000F"), 9, NotFoundError, "SEP00000000000F"),
        ("Site", (*PHONES, "sub"), 9, RuleError, "sub is no phone"),
        ("Site", (*PHONES, "directory"), 9, RuleError, "directory is no phone"),
        ("Nowhere", PHONES, 9, RuleError, "Nowhere has no CAPF certificate"),
    ],
)
def test_what_capf_does_not_issue_is_refused_for_all(
    site, refusal_of, cluster, devices, days, kind, text
):
    with refusal_of(site, kind, text):
        issue_lsc(site, cluster, devices, days=days)
