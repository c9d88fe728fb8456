from datetime import timedelta

import pytest

from lab.actions.deed import deed
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_lsc import issue_lsc
from lab.actions.lsc_order import LscOrder
from lab.actions.node_connection import take_offline
from lab.actions.reset_phones import reset_phones
from lab.actions.restart_service import restart_service
from lab.actions.stale_lscs import stale_lscs
from lab.actions.stop_service import stop_service
from lab.actions.upload_certificate import upload_certificate
from lab.errors import NotFoundError, RuleError
from lab.models import Chain
from lab.pki.bundles import write_pem
from lab.rules.phone_certificates import (
    BY_LSC,
    BY_MIC,
    BY_STRING,
    DELETE,
    EC_ONLY,
    EC_PREFERRED,
    RSA_ONLY,
)
from lab.store import certificates, phones, places

CAPF = "Cisco Certificate Authority Proxy Function"
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


class TestTheFields:
    @pytest.mark.parametrize(
        ("order", "key"),
        [
            (LscOrder(), ("RSA", 2048)),
            (LscOrder(key_order=RSA_ONLY, rsa_size=3072), ("RSA", 3072)),
            (LscOrder(key_order=EC_ONLY), ("EC", 256)),
            (LscOrder(key_order=EC_ONLY, ec_size=384), ("EC", 384)),
            (LscOrder(key_order=EC_PREFERRED, ec_size=521), ("EC", 521)),
        ],
        ids=["usual", "RSA 3072", "EC", "EC 384", "EC preferred"],
    )
    def test_the_key_is_what_was_ordered(self, site, order, key):
        (issued,) = issue_lsc(site, "Site", PHONES[:1], order=order)

        assert (issued.key_type, issued.key_size) == key

    @pytest.mark.parametrize(
        ("order", "text"),
        [
            (LscOrder(operation="Troubleshoot"), "changes no LSC"),
            (LscOrder(operation="No Pending Operation"), "changes no LSC"),
            (LscOrder(authentication="By Fax"), "Authentication Mode cannot be"),
            (LscOrder(key_order="DSA"), "Key Order cannot be"),
            (LscOrder(rsa_size=2000), "RSA Key Size cannot be '2000'"),
            (LscOrder(rsa_size=512), "no RSA key of 512 bits"),
            (LscOrder(ec_size=224), "EC Key Size cannot be '224'"),
            (LscOrder(authentication=BY_STRING), "is no authentication string"),
            (LscOrder(authentication=BY_STRING, string="123"), "'123' is no"),
            (LscOrder(authentication=BY_STRING, string="1" * 11), "is no auth"),
            (LscOrder(authentication=BY_STRING, string="12a4"), "is no auth"),
            (
                LscOrder(authentication=BY_STRING, string="\uff11\uff12\uff13\uff14"),
                "is no auth",
            ),
        ],
    )
    def test_what_the_fields_do_not_offer_is_refused(
        self, site, refusal_of, order, text
    ):
        with refusal_of(site, RuleError, text):
            issue_lsc(site, "Site", PHONES, order=order)

    def test_a_string_of_four_digits_is_enough(self, site):
        order = LscOrder(authentication=BY_STRING, string="0123")

        assert len(issue_lsc(site, "Site", PHONES, order=order)) == 2


class TestWhatCapfAsksFor:
    def test_it_must_run(self, site, refusal_of):
        stop_service(site, "pub", CAPF)

        with refusal_of(site, RuleError, f"{CAPF} on pub does not run"):
            issue_lsc(site, "Site", PHONES)

    def test_it_must_have_started(self, site, refusal_of, later):
        restart_service(site, "pub", CAPF)

        with refusal_of(site, RuleError, "does not run"):
            issue_lsc(site, "Site", PHONES)
        assert issue_lsc(later(site, minutes=2), "Site", PHONES)

    def test_the_publisher_must_be_there(self, site, refusal_of):
        take_offline(site, "pub")

        with refusal_of(site, RuleError, "Connection to the Server cannot be"):
            issue_lsc(site, "Site", PHONES)

    def test_it_signs_with_what_it_has_loaded(self, site, seen, later):
        """Release 15 names no restart: the stored one is in use only after one."""
        loaded = seen.slot("pub", "CAPF")
        site.db.execute("UPDATE clusters SET profile = 'r15'")
        stored = generate_self_signed(site, "pub", "CAPF")

        (issued,) = issue_lsc(site, "Site", PHONES[:1])

        assert certificates.issuers_of(site.db, issued.sha256) == [loaded.sha256]
        restart_service(site, "pub", CAPF)
        (issued,) = issue_lsc(later(site, minutes=1), "Site", PHONES[:1])
        assert certificates.issuers_of(site.db, issued.sha256) == [stored.sha256]

    def test_the_phone_must_know_it(self, site, refusal_of):
        for purpose, node in (("CAPF", "pub"), ("TVS", "pub"), ("TVS", "sub")):
            generate_self_signed(site, node, purpose)

        with refusal_of(site, RuleError, f"{PHONES[0]} does not know CAPF-"):
            issue_lsc(site, "Site", PHONES)
        reset_phones(site, "Site")

        assert len(issue_lsc(site, "Site", PHONES)) == 2

    def test_a_tvs_may_vouch_for_it(self, site):
        generate_self_signed(site, "pub", "CAPF")

        assert len(issue_lsc(site, "Site", PHONES)) == 2

    def test_the_certificate_that_is_shown_must_verify(self, site, seen, refusal_of):
        order = LscOrder(authentication=BY_MIC)

        with refusal_of(site, RuleError, "shows its MIC, signed by Phone Maker"):
            issue_lsc(site, "Site", PHONES, order=order)
        maker = write_pem([seen.authority("maker").der])
        upload_certificate(site, "pub", "CAPF-trust", maker)

        assert len(issue_lsc(site, "Site", PHONES, order=order)) == 2

    def test_with_precedence_to_lsc_the_mic_is_not_looked_at(self, site, refusal_of):
        order = LscOrder(authentication=BY_LSC)
        with refusal_of(site, RuleError, "shows its MIC"):
            issue_lsc(site, "Site", PHONES, order=order)
        issue_lsc(site, "Site", PHONES)

        assert len(issue_lsc(site, "Site", PHONES, order=order)) == 2

    def test_an_lsc_that_has_ended_is_not_shown_with_success(
        self, site, refusal_of, later
    ):
        issue_lsc(site, "Site", PHONES, days=10)
        after = later(site, days=11)

        with refusal_of(after, RuleError, "which ended on"):
            issue_lsc(after, "Site", PHONES, order=LscOrder(authentication=BY_LSC))

    def test_what_one_phone_lacks_is_refused_for_all(self, site, seen, refusal_of):
        with deed(site):
            place = seen.place(PHONES[1], "MIC")
            places.remove(site.db, place.id)

        with refusal_of(site, RuleError, f"{PHONES[1]} has no certificate to show"):
            maker = write_pem([seen.authority("maker").der])
            with deed(site):
                upload_certificate(site, "pub", "CAPF-trust", maker)
                issue_lsc(site, "Site", PHONES, order=LscOrder(authentication=BY_MIC))


class TestDeleting:
    def test_the_phone_goes_on_with_its_mic(self, site, seen):
        issue_lsc(site, "Site", PHONES)

        issued = issue_lsc(site, "Site", PHONES[:1], order=LscOrder(operation=DELETE))

        assert issued == []
        assert seen.slot(PHONES[0], "LSC") is None
        assert seen.slot(PHONES[0], "MIC")
        assert seen.slot(PHONES[1], "LSC")
        assert seen.events("lsc.deleted")[-1].detail == "1 phones"
        assert all(row.registered for row in phones.rows(site.db, "Site"))

    def test_where_there_is_none_nothing_happens(self, site, seen):
        issue_lsc(site, "Site", PHONES, order=LscOrder(operation=DELETE))

        assert seen.events("lsc.deleted")[-1].detail == "0 phones"


class TestStaleLscs:
    def test_those_of_the_present_capf_are_none(self, site):
        issue_lsc(site, "Site", PHONES)

        assert stale_lscs(site, "Site") == []

    def test_a_new_capf_makes_them_stale_and_a_new_lsc_cures_it(self, site, seen):
        issue_lsc(site, "Site", PHONES)
        old = seen.slot("pub", "CAPF")
        generate_self_signed(site, "pub", "CAPF")

        found = stale_lscs(site, "Site")

        assert [row.device for row in found] == list(PHONES)
        assert {row.issuer for row in found} == {old.common_name}
        assert all(row.verifies for row in found)
        issue_lsc(site, "Site", PHONES[:1])
        assert [row.device for row in stale_lscs(site, "Site")] == [PHONES[1]]

    def test_they_verify_only_while_the_old_capf_is_trusted(self, site, seen):
        issue_lsc(site, "Site", PHONES)
        old = seen.slot("pub", "CAPF").sha256
        generate_self_signed(site, "pub", "CAPF")
        for entry in places.entries(site.db, seen.party("sub").id, "CallManager-trust"):
            if entry.certificate == old:
                places.remove(site.db, entry.id)

        assert not any(row.verifies for row in stale_lscs(site, "Site"))
