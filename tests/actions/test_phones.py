"""Phones from their first start on: what they hold, and whether they register."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.add_parties import add_node, add_phones
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_lsc import issue_lsc
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.register_phones import register_phones
from lab.actions.reset_phones import plan_reset, reset_phones
from lab.actions.restart_service import restart_service
from lab.actions.run_due import run_due
from lab.actions.set_parameter import set_parameter
from lab.actions.stop_service import stop_service
from lab.actions.unlock_phone import unlock_phone
from lab.clock import FrozenClock
from lab.errors import NotFoundError, RuleError
from lab.rules.parameters import PHONE_INTERACTION
from lab.rules.trust_lists import PHONE_REASONS, RESET_MINUTES
from lab.store import phone_listing, phones, places, tasks, trust_lists
from lab.store.phone_listing import PhoneFilter

FIRST, SECOND = PHONES = ("SEP000000000001", "SEP000000000002")
CALLS, TFTP = "Cisco CallManager", "Cisco Tftp"
TVS = "Cisco Trust Verification Service"


def rows(lab, cluster="Site"):
    return {row.name: row for row in phones.rows(lab.db, cluster)}


def reasons(lab):
    """Why each phone that is not registered is not."""
    return {
        name: json.loads(row.evidence)["why"]
        for name, row in rows(lab).items()
        if not row.registered
    }


def at(lab, **shift):
    after = replace(lab, clock=FrozenClock(lab.clock.now() + timedelta(**shift)))
    run_due(after)
    return after


class TestANewPhone:
    def test_it_takes_the_first_files_and_registers(self, site, seen):
        itl = trust_lists.latest(site.db, seen.party("sub").id, "ITL")
        ctl = trust_lists.latest(site.db, seen.party("pub").id, "CTL")

        for row in rows(site).values():
            assert (row.itl, row.ctl, row.registered) == (itl.id, ctl.id, True)

    def test_without_tftp_it_has_no_configuration(self, site):
        deactivate_service(site, "sub", TFTP)

        add_phones(site, "Site", "sub", "8845", ["SEP0000000000FF"], "maker")

        assert reasons(site) == {"SEP0000000000FF": "nothing_served"}
        after = at(site, minutes=5)
        activate_service(after, "sub", TFTP)
        after = at(after, minutes=5)
        reset_phones(after, "Site")
        assert reasons(after) == {}

    def test_one_from_before_the_lab_knew_of_lists_starts_with_its_first_reset(
        self, site
    ):
        site.db.execute("DELETE FROM phones")
        assert {row.why for row in phone_listing.page(site.db)} == {"never_reset"}

        fared = reset_phones(site, "Site")

        assert fared.back == PHONES


class TestAReset:
    def test_it_gives_the_newest_list_and_a_new_since(self, site, seen, later):
        generate_self_signed(site, "sub", "CallManager")
        after = later(site, minutes=3)

        fared = reset_phones(after, "Site")

        assert (fared.phones, fared.registered, fared.lost) == (2, 2, ())
        last = trust_lists.latest(site.db, seen.party("sub").id, "ITL")
        for row in rows(site).values():
            assert row.itl == last.id
            assert row.since == after.clock.now().isoformat()
        assert seen.events("phones.reset")[-1].detail == "2 phones: 2 registered"

    def test_one_phone_or_one_node_can_be_reset_alone(self, site, later):
        after = later(site, minutes=3)

        assert reset_phones(after, "Site", [FIRST]).phones == 1
        assert reset_phones(after, "Site", node="sub").phones == 2
        assert reset_phones(after, "Site", node="pub").phones == 0

    def test_a_reset_of_all_takes_the_place_of_the_one_that_is_planned(
        self, site, seen
    ):
        generate_self_signed(site, "sub", "CallManager")
        assert len(seen.jobs("reset_phones")) == 1

        reset_phones(site, "Site", [FIRST])
        assert len(seen.jobs("reset_phones")) == 1
        reset_phones(site, "Site")

        assert seen.jobs("reset_phones") == []

    def test_what_is_no_phone_is_refused(self, site, refusal_of):
        with refusal_of(site, NotFoundError, "SEP00000000000F"):
            reset_phones(site, "Site", [FIRST, "SEP00000000000F"])
        with refusal_of(site, RuleError, "directory is no phone"):
            reset_phones(site, "Site", ["directory"])
        with refusal_of(site, RuleError, "no phone registers with imp"):
            reset_phones(site, "Site", node="imp")
        with refusal_of(site, NotFoundError, "does not register with pub"):
            reset_phones(site, "Site", [FIRST], node="pub")
        with refusal_of(site, NotFoundError, "Nowhere"):
            reset_phones(site, "Nowhere")


class TestARefusedList:
    def test_a_phone_that_refuses_it_goes_on_with_the_old_one(self, site):
        """Until something else is new: then it is lost."""
        before = rows(site)
        for purpose, node in (("ITLRecovery", "pub"), ("TVS", "pub"), ("TVS", "sub")):
            generate_self_signed(site, node, purpose)
        reset_phones(site, "Site")

        assert reasons(site) == {}
        for name, row in rows(site).items():
            assert row.itl == before[name].itl
            refused = json.loads(row.evidence)["refused"]["ITL"]
            assert refused["why"] == "ctl_not_knowing"
        found = phone_listing.page(site.db)
        assert {row.itl_state for row in found} == {"refused"}

        generate_self_signed(site, "sub", "CallManager")
        reset_phones(site, "Site")
        assert set(reasons(site).values()) == {"file_unknown"}

    def test_registering_again_remembers_what_was_refused(self, site):
        generate_self_signed(site, "pub", "ITLRecovery")
        reset_phones(site, "Site")
        before = rows(site)

        register_phones(site, "Site")

        assert rows(site) == before
        assert '"refused"' in before[FIRST].evidence


class TestTheAutomaticReset:
    def test_changes_made_together_reach_the_phones_together(self, site, seen, later):
        for minutes, purpose in enumerate(("TVS", "CAPF", "CallManager")):
            generate_self_signed(later(site, minutes=minutes), "pub", purpose)

        due = site.clock.now() + timedelta(minutes=RESET_MINUTES)
        assert seen.jobs("reset_phones") == [(due, "Site")]

    def test_it_is_done_when_it_is_due(self, site, seen):
        generate_self_signed(site, "sub", "TVS")
        before = rows(site)[FIRST].itl

        at(site, minutes=RESET_MINUTES - 1)
        assert rows(site)[FIRST].itl == before
        at(site, minutes=RESET_MINUTES)

        assert rows(site)[FIRST].itl != before
        assert seen.events("phones.reset")[-1].actor == "schedule"

    @pytest.mark.parametrize("purpose", ["tomcat", "ipsec", "tomcat-trust"])
    def test_other_certificates_plan_none(self, site, seen, purpose):
        assert not plan_reset(site, "Site", purpose, site.clock.now())
        assert seen.jobs("reset_phones") == []

    def test_a_cluster_without_phones_plans_none(self, site):
        site.db.execute("DELETE FROM phones")
        site.db.execute("UPDATE parties SET node = NULL WHERE kind = 'phone'")

        assert not plan_reset(site, "Site", "TVS", site.clock.now())

    def test_with_the_parameter_set_to_manual_it_is_a_task(self, site, seen):
        set_parameter(site, "Site", PHONE_INTERACTION, "manual")
        generate_self_signed(site, "sub", "TVS")

        assert seen.jobs("reset_phones") == []
        kinds = [each.kind for each in tasks.all_open(site.db, "Site")]
        assert "phones" in kinds
        reset_phones(site, "Site")
        kinds = [each.kind for each in tasks.all_open(site.db, "Site")]
        assert "phones" not in kinds


class TestWhatPhonesNoticeAtOnce:
    def test_cisco_callmanager_starts_again(self, site):
        restart_service(site, "sub", CALLS)
        assert set(reasons(site).values()) == {"calls_starting"}

        after = at(site, minutes=5)

        assert reasons(after) == {}

    def test_cisco_callmanager_is_stopped(self, site, seen):
        stop_service(site, "sub", CALLS)

        assert set(reasons(site).values()) == {"calls_down"}
        assert seen.events("phones.lost")[-1].detail == "2 phones"

    def test_the_node_goes_and_comes_back(self, site):
        take_offline(site, "sub")
        assert set(reasons(site).values()) == {"node_offline"}

        bring_back(site, "sub")

        assert reasons(at(site, minutes=5)) == {}

    def test_another_node_is_no_business_of_theirs(self, site):
        take_offline(site, "pub")
        restart_service(site, "sub", TVS)

        assert reasons(site) == {}

    def test_without_tftp_they_go_on_with_what_they_have(self, site):
        stop_service(site, "sub", TFTP)

        assert reset_phones(site, "Site").registered == 2

    def test_registering_again_is_no_reset(self, site, later):
        generate_self_signed(site, "sub", "TVS")
        before = rows(site)

        fared = register_phones(later(site, minutes=1), "Site")

        assert (fared.lost, fared.back, fared.registered) == ((), (), 2)
        assert rows(site) == before


class TestSecurePhones:
    @pytest.fixture
    def secure(self, site):
        issue_lsc(site, "Site", PHONES, days=100)
        return site

    def test_with_an_lsc_they_register_in_mixed_mode(self, secure):
        assert reasons(secure) == {}
        assert all(row.lsc for row in rows(secure).values())

    def test_an_lsc_that_has_ended_is_noticed_at_the_next_reset(self, secure, later):
        after = later(secure, days=101)
        assert reasons(after) == {}

        reset_phones(after, "Site")

        assert set(reasons(after).values()) == {"lsc_ended"}
        issue_lsc(after, "Site", PHONES)
        assert reasons(after) == {}

    def test_they_need_the_old_capf_after_a_new_one(self, secure, seen):
        """Facts §7.2: only as long as CallManager-trust keeps it they register."""
        old = seen.slot("pub", "CAPF").sha256
        generate_self_signed(secure, "pub", "CAPF")
        after = at(secure, minutes=40)
        assert reset_phones(after, "Site").registered == 2

        sub = seen.party("sub").id
        for entry in places.entries(after.db, sub, "CallManager-trust"):
            if entry.certificate == old:
                places.remove(after.db, entry.id)
        reset_phones(after, "Site")

        assert set(reasons(after).values()) == {"lsc_unknown"}
        issue_lsc(after, "Site", PHONES)
        assert reasons(after) == {}

    def test_in_non_secure_mode_nobody_looks_at_it(self, secure, later):
        from lab.actions.set_cluster_mode import set_cluster_mode

        set_cluster_mode(secure, "Site", mixed=False)

        assert reset_phones(later(secure, days=200), "Site").registered == 2


class TestUnlocking:
    def test_the_phone_forgets_its_lists_and_takes_the_present_ones(self, site, seen):
        for purpose in ("CallManager", "TVS"):
            generate_self_signed(site, "sub", purpose)
        before = rows(site)

        fared = unlock_phone(site, "Site", FIRST)

        assert (fared.phones, fared.registered) == (1, 1)
        assert rows(site)[FIRST].itl > before[FIRST].itl
        assert rows(site)[SECOND] == before[SECOND]
        assert seen.events("phone.unlocked")[-1].about == FIRST

    def test_what_is_no_phone_is_refused(self, site, refusal_of):
        with refusal_of(site, RuleError, "sub is no phone"):
            unlock_phone(site, "Site", "sub")


class TestTheListing:
    def test_it_tells_state_lists_and_lsc(self, site):
        issue_lsc(site, "Site", [FIRST], days=100)
        generate_self_signed(site, "sub", "TVS")

        found = {row.device: row for row in phone_listing.page(site.db)}

        first = found[FIRST]
        assert (first.node, first.model, first.registered) == ("sub", "8845", True)
        assert (first.itl_state, first.ctl_state) == ("older", "current")
        assert first.lsc_issuer.startswith("CAPF-")
        assert first.lsc_ends - site.clock.now() == timedelta(days=100, seconds=-1)
        assert found[SECOND].lsc_ends is None

    def test_those_that_are_lost_stand_first_and_are_counted_by_reason(self, site):
        add_phones(site, "Site", "pub", "8861", ["SEP0000000000FF"], "maker")
        stop_service(site, "pub", CALLS)

        assert phone_listing.page(site.db)[0].device == "SEP0000000000FF"
        ((number, node, why, evidence),) = phone_listing.groups(site.db, "Site")
        assert (number, node, why) == (1, "pub", "calls_down")
        words = PHONE_REASONS[why].words.format(**json.loads(evidence))
        assert words == "Cisco CallManager on pub does not run."
        assert phone_listing.by_node(site.db) == [("pub", 0, 1), ("sub", 2, 2)]
        assert phones.count(site.db, "Site") == (2, 3)

    @pytest.mark.parametrize(
        ("wanted", "number"),
        [
            (PhoneFilter(), 2),
            (PhoneFilter(cluster="Site"), 2),
            (PhoneFilter(cluster="Nowhere"), 0),
            (PhoneFilter(node="sub"), 2),
            (PhoneFilter(node="pub"), 0),
            (PhoneFilter(registered=True), 2),
            (PhoneFilter(registered=False), 0),
            (PhoneFilter(itl_state="current"), 2),
            (PhoneFilter(itl_state="refused"), 0),
            (PhoneFilter(why="calls_down"), 0),
            (PhoneFilter(text="0002"), 1),
            (PhoneFilter(text="8845"), 2),
            (PhoneFilter(text="%"), 0),
        ],
    )
    def test_filters_find_what_they_say(self, site, wanted, number):
        assert phone_listing.count(site.db, wanted) == number
        assert len(phone_listing.page(site.db, wanted)) == number

    def test_pages_of_the_database_hold_each_phone_once(self, site):
        pages = [phone_listing.page(site.db, limit=1, offset=at) for at in (0, 1, 2)]

        assert [row.device for page in pages for row in page] == [FIRST, SECOND]


def test_thousands_of_phones_are_a_handful_of_cases(site, monkeypatch):
    """Each distinct case is worked out once: the work does not grow with phones."""
    from lab.actions import register_phones as module

    add_node(site, "Site", "third")
    worked_out = []
    real = module._case
    monkeypatch.setattr(
        module, "_case", lambda *a, **k: worked_out.append(1) or real(*a, **k)
    )
    site.db.conn.executemany(
        "INSERT INTO parties (cluster, kind, name, fqdn, role, node) "
        "SELECT 'Site', 'phone', ?, '', '8845', id FROM parties WHERE name = ?",
        [(f"SEP{n:012X}", ("pub", "sub", "third")[n % 3]) for n in range(99, 399)],
    )

    fared = reset_phones(site, "Site")

    assert (fared.phones, fared.registered) == (302, 302)
    assert len(worked_out) == 4  # two held lists before, the others none, on 3 nodes
