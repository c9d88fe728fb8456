from dataclasses import asdict
from datetime import timedelta

import pytest

from lab.actions.plan_checks import link_schedule, next_check
from lab.actions.restart_service import restart_service
from lab.actions.revocation_settings import (
    read_setting,
    revocation_settings,
    set_revocation_settings,
)
from lab.actions.run_due import run_due
from lab.actions.set_common_criteria import common_criteria, set_common_criteria
from lab.actions.set_parameter import set_parameter
from lab.effects import Follows
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.rules.revocation import REVOCATION_FIELDS
from lab.store import revocation_checks, tasks

MONITOR = "Cisco Certificate Expiry Monitor"
FULL_CHAIN = {
    "Cisco CallManager",
    "Cisco Intercluster Lookup Service",
    "Cisco Location Bandwidth Manager",
    "Cisco Syslog Agent",
    "Cisco DirSync",
}
RESPONDER = "http://127.0.0.1:8501/pki/ocsp"


def waiting(lab):
    return {sha256 for _, sha256, _, _ in revocation_checks.wanted(lab.db)}


def open_restarts(lab):
    return {
        (task.what, task.node)
        for task in tasks.all_open(lab.db)
        if task.kind == Follows.RESTART
    }


class TestFields:
    def test_a_new_cluster_asks_nobody_and_would_ask_where_the_certificate_says(
        self, site
    ):
        assert asdict(revocation_settings(site, "Site")) == {
            "enable_ocsp": False,
            "use_certificate_uri": True,
            "use_configured_uri": False,
            "configured_uri": "",
            "enable_check": False,
            "every": 24,
            "unit": "hours",
            "enable_crl": False,
            "crl_uris": (),
            "full_chain": False,
        }

    def test_every_field_of_the_page_is_kept(self, site):
        wanted = {
            "enable_ocsp": True,
            "use_certificate_uri": False,
            "use_configured_uri": True,
            "configured_uri": RESPONDER,
            "enable_check": True,
            "every": 3,
            "unit": "days",
            "enable_crl": True,
            "crl_uris": ("http://pki.example/a.crl", "http://pki.example/b.crl"),
            "full_chain": True,
        }

        set_revocation_settings(site, "Site", **wanted)

        assert asdict(revocation_settings(site, "Site")) == wanted
        assert set(wanted) == {row.name for row in REVOCATION_FIELDS}

    def test_a_value_that_was_taken_back_is_not_the_default_again(self, site):
        set_revocation_settings(site, "Site", crl_uris=("http://pki.example/a.crl",))
        set_revocation_settings(site, "Site", crl_uris=(), enable_crl=True)
        set_revocation_settings(
            site, "Site", use_certificate_uri=False, enable_ocsp=False
        )

        found = revocation_settings(site, "Site")

        assert found.crl_uris == ()
        assert not found.use_certificate_uri

    def test_the_event_names_the_fields_with_both_values(self, site, seen):
        set_revocation_settings(site, "Site", enable_ocsp=True, every=6)

        *_, event = seen.events("revocation.set")

        assert event.about == "Site"
        assert event.detail == "Enable OCSP: off to on; Check Every: 24 to 6"

    def test_clusters_have_settings_of_their_own(self, example):
        with pytest.raises(NotFoundError, match="no cluster called"):
            revocation_settings(example, "Nowhere")

    @pytest.mark.parametrize(
        ("changes", "kind", "text", "hint"),
        [
            ({"every": 0}, RuleError, "Check Every cannot be 0 hours", "1 to 8760"),
            ({"every": -1}, RuleError, "Check Every cannot be -1 hours", "1 to 8760"),
            (
                {"every": 366, "unit": "days"},
                RuleError,
                "Check Every cannot be 366 days",
                "from 1 to 365",
            ),
            ({"unit": "weeks"}, RuleError, "Hours or Days cannot be 'weeks'", "days"),
            ({"every": "6"}, RuleError, "Check Every cannot be '6'", "as the page"),
            (
                {"crl_uris": tuple(f"http://pki.example/{n}.crl" for n in range(6))},
                RuleError,
                "there are 6 addresses of CRLs; the page takes 5",
                "Leave out",
            ),
            (
                {"crl_uris": ("ldap://pki.example/cn=x",)},
                BadInputError,
                "CRL Distribution Point URI: 'ldap://pki.example/cn=x'",
                "http://",
            ),
            (
                {"configured_uri": "https://pki.example/ocsp"},
                BadInputError,
                "'https://pki.example/ocsp' is an https address",
                "http:// address",
            ),
            (
                {"configured_uri": "no address"},
                BadInputError,
                "OCSP Configured URI: 'no address'",
                "http://pki.example/ocsp",
            ),
            (
                {"configured_uri": "http://a:b@pki.example/"},
                BadInputError,
                "names a user",
                "at sign",
            ),
            (
                {"configured_uri": "http://pki.example/\r\nX: y"},
                BadInputError,
                "no address that can be asked",
                "http://pki.example/ocsp",
            ),
            (
                {"configured_uri": f"http://pki.example/{'x' * 600}"},
                BadInputError,
                "has 619 characters; an address has at most 500",
                "shorter",
            ),
            (
                {"use_configured_uri": True},
                RuleError,
                "Use configured OCSP URI is on, and OCSP Configured URI is empty",
                "address of the responder",
            ),
            (
                {"enable_ocsp": True, "use_certificate_uri": False},
                RuleError,
                "Enable OCSP is on, and neither",
                "Choose where",
            ),
            ({"enable_ocsp": "on"}, RuleError, "Enable OCSP cannot be 'on'", "page"),
            ({"speed": 1}, RuleError, "have no field called 'speed'", "enable_ocsp"),
            ({"every": 24}, RuleError, "in just that way already", "Nothing needs"),
            ({}, RuleError, "in just that way already", "Nothing needs"),
        ],
    )
    def test_what_the_page_would_not_save_is_refused(
        self, site, refusal_of, changes, kind, text, hint
    ):
        with refusal_of(site, kind, text) as caught:
            set_revocation_settings(site, "Site", **changes)

        assert hint in caught.value.hint

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("enable_ocsp", "on", True),
            ("enable_ocsp", "No", False),
            ("every", " 6 ", 6),
            ("unit", "days", "days"),
            ("configured_uri", "none", ""),
            ("crl_uris", "http://a/,http://b/", ("http://a/", "http://b/")),
            ("crl_uris", "none", ()),
        ],
    )
    def test_what_somebody_types_is_read_as_its_field_has_it(self, name, text, value):
        assert read_setting(name, text) == value

    @pytest.mark.parametrize(
        ("name", "text"),
        [("enable_ocsp", "maybe"), ("every", "1.5"), ("every", "²"), ("hurry", "on")],
    )
    def test_what_it_cannot_be_is_refused(self, name, text):
        with pytest.raises(RuleError, match=r"cannot be|no field"):
            read_setting(name, text)


class TestRestarts:
    def test_saving_asks_to_restart_the_monitor_on_every_node(self, site):
        effects = set_revocation_settings(site, "Site", enable_ocsp=True)

        assert [(each.what, each.nodes) for each in effects] == [
            (MONITOR, ("pub", "sub", "imp"))
        ]
        assert open_restarts(site) == {
            (MONITOR, node) for node in ("pub", "sub", "imp")
        }

    def test_the_full_chain_asks_for_more(self, site):
        set_revocation_settings(site, "Site", full_chain=True)

        services = {what for what, _ in open_restarts(site)}
        assert services == {MONITOR, *FULL_CHAIN}
        assert {node for what, node in open_restarts(site) if "DirSync" in what} == {
            "pub"
        }

    def test_a_restart_ticks_its_task_off(self, site):
        set_revocation_settings(site, "Site", enable_ocsp=True)

        restart_service(site, "sub", MONITOR)

        assert open_restarts(site) == {(MONITOR, "pub"), (MONITOR, "imp")}


class TestSchedule:
    def test_nothing_is_planned_while_the_periodic_check_is_off(self, site):
        set_revocation_settings(site, "Site", enable_ocsp=True)

        assert next_check(site, "Site") is None

    def test_the_next_check_is_one_interval_away(self, site):
        set_revocation_settings(site, "Site", enable_check=True, every=2, unit="days")

        assert next_check(site, "Site") == site.clock.now() + timedelta(days=2)

    def test_another_interval_counts_from_now_on(self, site, later):
        set_revocation_settings(site, "Site", enable_check=True)
        set_revocation_settings(later(site, hours=5), "Site", every=3)

        assert next_check(site, "Site") == site.clock.now() + timedelta(hours=8)

    def test_another_field_leaves_the_plan_alone(self, site, later):
        set_revocation_settings(site, "Site", enable_check=True)
        set_revocation_settings(later(site, hours=5), "Site", enable_ocsp=True)

        assert next_check(site, "Site") == site.clock.now() + timedelta(hours=24)

    def test_switched_off_it_comes_due_no_more(self, site):
        set_revocation_settings(site, "Site", enable_check=True)
        set_revocation_settings(site, "Site", enable_check=False)

        assert next_check(site, "Site") is None

    def test_when_it_is_due_what_nodes_hold_is_wanted_and_the_next_is_planned(
        self, site, seen, later
    ):
        set_revocation_settings(site, "Site", enable_ocsp=True, enable_check=True)
        then = later(site, hours=24)

        run_due(then)

        wanted = waiting(site)
        assert seen.authority("issuing").sha256 in wanted
        # What signed itself nobody revokes.
        assert seen.authority("root").sha256 not in wanted
        assert seen.slot("pub", "tomcat").self_signed
        assert seen.slot("pub", "tomcat").sha256 not in wanted
        assert next_check(site, "Site") == then.clock.now() + timedelta(hours=24)

    def test_an_expired_certificate_is_wanted_even_if_it_signed_itself(
        self, site, seen, later
    ):
        set_revocation_settings(site, "Site", enable_check=True, unit="days", every=1)
        own = seen.slot("pub", "tomcat")

        run_due(later(site, days=5 * 365 + 3))

        assert own.sha256 in waiting(site)

    def test_thirty_times_due_is_wanted_once(self, site, later, seen):
        set_revocation_settings(site, "Site", enable_ocsp=True, enable_check=True)

        run_due(later(site, days=30))

        found = [
            sha256
            for _, sha256, _, _ in revocation_checks.wanted(site.db)
            if sha256 == seen.authority("issuing").sha256
        ]
        assert len(found) == 1
        assert next_check(site, "Site") == site.clock.now() + timedelta(days=31)


class TestLinks:
    def test_they_are_not_checked_again_while_the_parameter_is_off(self, site):
        set_revocation_settings(site, "Site", enable_check=True)

        found = link_schedule(site, "Site")

        assert (found.hours, found.rule.wins, found.next_at) == (0, "nobody", None)

    def test_the_parameter_counts_while_the_page_has_no_interval(self, site):
        set_parameter(site, "Site", "Validity Check Frequency", "6")
        set_parameter(site, "Site", "Certificate Validity Check", "True")

        found = link_schedule(site, "Site")

        assert (found.hours, found.rule.wins) == (6, "parameter")
        assert found.next_at == site.clock.now() + timedelta(hours=6)

    def test_the_interval_of_the_page_wins(self, site):
        set_parameter(site, "Site", "Validity Check Frequency", "6")
        set_parameter(site, "Site", "Certificate Validity Check", "True")
        set_revocation_settings(site, "Site", enable_check=True, every=2, unit="days")

        found = link_schedule(site, "Site")

        assert (found.hours, found.rule.wins) == (48, "page")
        assert (found.page_hours, found.parameter_hours) == (48, 6)
        assert found.next_at == site.clock.now() + timedelta(hours=48)

    def test_when_they_are_due_the_certificates_on_them_are_wanted(
        self, site, seen, later
    ):
        set_parameter(site, "Site", "Certificate Validity Check", "True")

        run_due(later(site, hours=24))

        assert waiting(site) == {seen.slot("directory", "peer").sha256}


class TestCommonCriteria:
    def test_it_is_off_until_it_is_switched_on(self, site, seen):
        assert not common_criteria(site, "Site")

        set_common_criteria(site, "Site", True)

        assert common_criteria(site, "Site")
        *_, event = seen.events("common_criteria.set")
        assert (event.about, event.detail) == ("Site", "enabled")

    def test_what_is_so_already_is_refused(self, site, refusal_of):
        with refusal_of(site, RuleError, "of Site is disabled already"):
            set_common_criteria(site, "Site", False)
