"""What stands in the ITL and the CTL, when they are built, and who signs them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node, add_phones
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.phone_lists import entries_of, rebuild_lists
from lab.actions.reset_phones import reset_phones
from lab.actions.reset_trust_lists import reset_ctl, reset_itl
from lab.actions.restart_service import restart_service
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.set_parameter import set_parameter
from lab.actions.show_trust_list import decoded_list, served_list, show_list
from lab.actions.update_ctl import update_ctl
from lab.errors import NotFoundError, RuleError
from lab.models import KeySpec
from lab.pki.trust_lists import is_signed_by, read_trust_list
from lab.rules.parameters import PREPARE_ROLLBACK
from lab.store import certificates, parties, phones, services, tasks, trust_lists

TFTP, TVS = "Cisco Tftp", "Cisco Trust Verification Service"
CAPF = "Cisco Certificate Authority Proxy Function"


def latest(lab, node, kind="ITL"):
    party = parties.by_name(lab.db, "", node)
    return trust_lists.latest(lab.db, party.id, kind)


def entries(lab, node, kind="ITL"):
    return entries_of(latest(lab, node, kind))


def count(lab):
    (number,) = lab.db.conn.execute("SELECT count(*) FROM trust_lists").fetchone()
    return number


@pytest.fixture
def itl_of_sub(seen):
    """What stands in the ITL of the subscriber: facts §8.1."""
    slot = seen.slot
    return [
        ("SAST", "pub", slot("pub", "ITLRecovery").sha256),
        ("CCM+TFTP", "sub", slot("sub", "CallManager").sha256),
        ("SAST", "sub", slot("sub", "CallManager").sha256),
        ("TVS", "pub", slot("pub", "TVS").sha256),
        ("TVS", "sub", slot("sub", "TVS").sha256),
        ("CAPF", "pub", slot("pub", "CAPF").sha256),
    ]


class TestTheItl:
    def test_it_holds_what_the_facts_say(self, site, itl_of_sub):
        assert entries(site, "sub") == itl_of_sub

    def test_each_tftp_node_has_its_own(self, site, seen):
        own = [entry for entry in entries(site, "pub") if entry[0] == "CCM+TFTP"]

        assert own == [("CCM+TFTP", "pub", seen.slot("pub", "CallManager").sha256)]

    def test_itlrecovery_signs_it_really(self, site, seen):
        signer = seen.slot("pub", "ITLRecovery")

        for node in ("pub", "sub"):
            built = latest(site, node)
            assert built.signer == signer.sha256
            assert is_signed_by(read_trust_list(built.file), signer.der)

    def test_nothing_is_built_while_nothing_changes(self, site):
        before = count(site)

        assert rebuild_lists(site, "Site", site.clock.now()) == []
        generate_self_signed(site, "sub", "ipsec")

        assert count(site) == before

    def test_a_new_certificate_builds_those_that_hold_it(self, site):
        before = latest(site, "pub").id

        new = generate_self_signed(site, "sub", "CallManager")

        assert latest(site, "pub").id == before
        assert ("CCM+TFTP", "sub", new.sha256) in entries(site, "sub")
        tvs = generate_self_signed(site, "sub", "TVS")
        for node in ("pub", "sub"):
            assert ("TVS", "sub", tvs.sha256) in entries(site, node)

    def test_it_names_what_services_have_loaded_and_not_what_is_stored(
        self, site, later
    ):
        """Release 15 takes no new CallManager up by itself."""
        site.db.execute("UPDATE clusters SET profile = 'r15'")
        before = entries(site, "sub")
        new = generate_self_signed(site, "sub", "CallManager")

        assert entries(site, "sub") == before
        restart_service(later(site, minutes=1), "sub", TFTP)

        assert ("CCM+TFTP", "sub", new.sha256) in entries(site, "sub")

    def test_capf_leaves_it_with_its_service(self, site, later):
        deactivate_service(site, "pub", CAPF)

        assert "CAPF" not in {role for role, *_ in entries(site, "sub")}
        activate_service(later(site, minutes=5), "pub", CAPF)
        assert "CAPF" in {role for role, *_ in entries(site, "sub")}

    def test_a_tvs_that_is_stopped_stays_in_it(self, site, seen):
        from lab.actions.stop_service import stop_service

        stop_service(site, "sub", TVS)
        generate_self_signed(site, "pub", "TVS")

        old = ("TVS", "sub", seen.slot("sub", "TVS").sha256)
        assert old in entries(site, "pub")

    def test_a_node_without_tftp_builds_none(self, site):
        deactivate_service(site, "sub", TFTP)
        before = latest(site, "sub").id

        generate_self_signed(site, "pub", "TVS")

        assert latest(site, "sub").id == before

    def test_prepared_for_rollback_it_has_no_tvs_and_no_tftp(self, site):
        set_parameter(site, "Site", PREPARE_ROLLBACK, "True")

        assert [role for role, *_ in entries(site, "sub")] == ["SAST", "CAPF"]
        set_parameter(site, "Site", PREPARE_ROLLBACK, "False")
        assert "TVS" in [role for role, *_ in entries(site, "sub")]

    def test_phones_prepared_for_rollback_take_any_list(self, site, later):
        set_cluster_mode(site, "Site", mixed=False)
        for row in phones.rows(site.db, "Site"):  # they were in mixed mode
            phones.forget_lists(site.db, row.party)
        set_parameter(site, "Site", PREPARE_ROLLBACK, "True")
        reset_phones(site, "Site")
        for purpose in ("CallManager", "TVS"):
            for node in ("pub", "sub"):
                generate_self_signed(site, node, purpose)
        generate_self_signed(site, "pub", "ITLRecovery")
        set_parameter(site, "Site", PREPARE_ROLLBACK, "False")

        fared = reset_phones(later(site, hours=1), "Site")

        assert fared.registered == fared.phones
        row = phones.rows(site.db, "Site")[0]
        assert row.itl == latest(site, "sub").id


class TestTheCtl:
    def test_it_holds_what_the_facts_say(self, site, seen):
        slot = seen.slot
        assert entries(site, "pub", "CTL") == [
            ("SAST", "pub", slot("pub", "ITLRecovery").sha256),
            ("SAST", "pub", slot("pub", "CallManager").sha256),
            ("CCM+TFTP", "pub", slot("pub", "CallManager").sha256),
            ("CCM+TFTP", "sub", slot("sub", "CallManager").sha256),
            ("CAPF", "pub", slot("pub", "CAPF").sha256),
        ]
        assert latest(site, "sub", "CTL") is None

    def test_only_an_update_changes_it(self, site):
        before = latest(site, "pub", "CTL").id
        new = generate_self_signed(site, "sub", "CallManager")
        assert latest(site, "pub", "CTL").id == before

        update_ctl(site, "Site")

        assert ("CCM+TFTP", "sub", new.sha256) in entries(site, "pub", "CTL")

    def test_an_update_ticks_itself_off_and_says_what_follows(self, site):
        generate_self_signed(site, "sub", "CallManager")
        kinds = {each.kind for each in tasks.all_open(site.db, "Site")}
        assert "trust_list" in kinds

        effects = update_ctl(site, "Site")

        kinds = {each.kind for each in tasks.all_open(site.db, "Site")}
        assert "trust_list" not in kinds
        assert {"restart", "phones"} <= {each.kind for each in effects}

    def test_the_way_into_mixed_mode_and_back(self, site, seen):
        set_cluster_mode(site, "Site", mixed=False)
        assert {role for role, *_ in entries(site, "pub", "CTL")} == {"SAST"}
        assert not parties.cluster(site.db, "Site").mixed_mode

        set_cluster_mode(site, "Site", mixed=True)

        assert len(entries(site, "pub", "CTL")) == 5
        assert [event.detail for event in seen.events("mode.set")] == [
            "non-secure-mode",
            "mixed-mode",
        ]


class TestOtherKeys:
    def test_the_local_key_is_that_of_callmanager_of_each_node(self, site, seen):
        reset_itl(site, "Site")

        assert latest(site, "pub").signer == seen.slot("pub", "CallManager").sha256
        # The phones of the subscriber hold a CTL, which knows the publisher's only.
        assert latest(site, "sub").signer == seen.slot("pub", "CallManager").sha256

    def test_without_a_ctl_it_is_so_on_every_node(self, site, seen):
        for row in phones.rows(site.db, "Site"):
            phones.forget_lists(site.db, row.party)
        set_cluster_mode(site, "Site", mixed=False)
        reset_phones(site, "Site")

        reset_itl(site, "Site")

        for node in ("pub", "sub"):
            assert latest(site, node).signer == seen.slot(node, "CallManager").sha256

    def test_it_stays_until_tftp_is_started_again(self, site, seen, later):
        reset_itl(site, "Site")
        local = latest(site, "pub").id
        generate_self_signed(site, "sub", "ipsec")
        assert latest(site, "pub").id == local

        restart_service(later(site, minutes=1), "pub", TFTP)

        assert latest(site, "pub").signer == seen.slot("pub", "ITLRecovery").sha256
        assert entries_of(latest(site, "pub")) == entries(site, "pub")

    def test_the_ctl_can_be_signed_so_too(self, site, seen):
        reset_ctl(site, "Site")

        signer = latest(site, "pub", "CTL").signer
        assert signer == seen.slot("pub", "CallManager").sha256

    def test_a_phone_takes_a_list_that_the_local_key_signed(self, site):
        reset_itl(site, "Site")

        fared = reset_phones(site, "Site")

        assert fared.registered == 2
        assert {row.itl for row in phones.rows(site.db, "Site")} == {
            latest(site, "sub").id
        }


class TestWhatIsTooLarge:
    @pytest.fixture
    def wide(self, lab, make_keys_fast):
        """One publisher and so many subscribers that the ITL has 39 certificates."""
        lab = replace(lab, make_key=make_keys_fast)
        add_authority(lab, "maker", "Maker", key=KeySpec(type="EC", size=256))
        add_cluster(lab, "Wide", "wide.example", mixed_mode=False)
        for number in range(35):
            add_node(lab, "Wide", f"n{number}")
        add_phones(lab, "Wide", "n1", "8845", ["SEP00000000000A"], "maker")
        return lab

    def test_with_39_certificates_phones_register_and_with_40_they_do_not(self, wide):
        assert len(entries(wide, "n1")) == 39
        assert reset_phones(wide, "Wide").registered == 1

        add_node(wide, "Wide", "one-more")
        generate_self_signed(wide, "n1", "CallManager")
        fared = reset_phones(wide, "Wide")

        assert len(entries(wide, "n1")) == 40
        assert fared.registered == 0
        (row,) = phones.rows(wide.db, "Wide")
        assert '"why": "itl_too_large"' in row.evidence
        assert '"certificates": 40' in row.evidence


class TestLooking:
    def test_a_list_is_shown_as_the_cluster_does(self, site):
        text = show_list(site, "ITL", "sub", "Site")

        assert "ITL Record #:6" in text
        assert text.endswith("The ITL file was verified successfully.")
        assert "CTL Record #:5" in show_list(site, "CTL", "sub", "Site")

    def test_one_signed_with_a_key_of_before_is_verified_too(self, site, later):
        for purpose in ("CallManager", "TVS"):
            for node in ("pub", "sub"):
                generate_self_signed(site, node, purpose)
        generate_self_signed(site, "pub", "ITLRecovery")
        reset_itl(later(site, minutes=5), "Site")

        text = show_list(site, "ITL", "sub", "Site")

        assert "This etoken was used" not in text
        assert text.endswith("The ITL file was verified successfully.")

    def test_where_there_is_none_it_says_so(self, lab):
        add_cluster(lab, "Empty", "empty.example")

        assert show_list(lab, "CTL", "", "Empty").startswith("Length of CTL file: 0")

    def test_a_list_is_decoded(self, site, seen):
        shown = decoded_list(site, served_list(site, "ITL", "sub", "Site").id)

        assert (shown.kind, shown.node, len(shown.records)) == ("ITL", "sub", 6)
        assert [row.number for row in shown.records if row.signed] == [1]
        assert shown.signer == seen.slot("pub", "ITLRecovery").common_name

    def test_an_unknown_list_is_refused(self, site, refusal_of):
        with refusal_of(site, NotFoundError, "number 99"):
            decoded_list(site, 99)


class TestRefusals:
    @pytest.mark.parametrize("deed", [update_ctl, reset_ctl])
    def test_outside_mixed_mode_there_is_no_ctl_to_write(self, site, refusal_of, deed):
        set_cluster_mode(site, "Site", mixed=False)

        with refusal_of(site, RuleError, "non-secure mode"):
            deed(site, "Site")

    @pytest.mark.parametrize("mixed", [True, False])
    def test_the_mode_is_not_set_twice(self, site, refusal_of, mixed):
        if not mixed:
            set_cluster_mode(site, "Site", mixed=False)

        with refusal_of(site, RuleError, "already"):
            set_cluster_mode(site, "Site", mixed=mixed)

    def test_there_is_no_third_key(self, site, refusal_of):
        with refusal_of(site, RuleError, "no such key"):
            reset_itl(site, "Site", "otherkey")

    @pytest.mark.parametrize(
        "deed",
        [
            update_ctl,
            reset_ctl,
            reset_itl,
            lambda *a: set_cluster_mode(*a, mixed=False),
        ],
    )
    def test_all_of_it_is_done_on_the_publisher(self, site, refusal_of, deed):
        parties.set_online(site.db, parties.by_name(site.db, "", "pub").id, False)

        with refusal_of(site, RuleError, "Connection to the Server cannot be"):
            deed(site, "Site")

    def test_a_cluster_without_nodes_has_no_lists(self, lab, refusal_of):
        add_cluster(lab, "Empty", "empty.example")

        with refusal_of(lab, RuleError, "has no publisher"):
            update_ctl(lab, "Empty")

    def test_without_any_key_nobody_signs(self, site, refusal_of):
        held = {each.key_id for each in certificates.many(site.db, [
            sha256 for node in ("pub", "sub")
            for built in trust_lists.all_of(site.db, services.get(
                site.db, parties.by_name(site.db, "", node).id, TFTP).party, "ITL")
            for _, _, sha256 in entries_of(built)]).values()}  # fmt: skip
        for key in held:
            site.db.execute("DELETE FROM keys WHERE id = ?", [key])

        with refusal_of(site, RuleError, "holds no key"):
            reset_itl(site, "Site")


def test_a_list_of_this_moment_is_built_at_it(site, later):
    after = later(site, hours=3)

    generate_self_signed(after, "sub", "CallManager")

    assert latest(site, "sub").built_at - site.clock.now() == timedelta(hours=3)
