"""Stored is not in use: what services present, and when that changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.activate_service import deactivate_service
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.node_connection import take_offline
from lab.actions.restart_everywhere import restart_everywhere
from lab.actions.restart_service import restart_service, take_up
from lab.actions.run_due import run_due
from lab.actions.set_parameter import set_parameter, shows_elliptic
from lab.actions.start_service import start_service
from lab.actions.stop_service import stop_service
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.models import ServiceState, is_up, state_of
from lab.rules.restarts import NO_RESTART
from lab.rules.services import STARTS, services_of
from lab.store import services, tasks

BY_ITSELF = {row.changed for row in NO_RESTART if row.profile == "seed-r14"}


def test_at_first_every_service_presents_what_is_stored(site, seen):
    for node, product in (("pub", "ucm"), ("sub", "ucm"), ("imp", "imp")):
        for row in services_of(product):
            if row.on == "publisher" and node == "sub":
                continue
            stored = {
                purpose: seen.slot(node, purpose).sha256
                for purpose in row.loads
                if seen.slot(node, purpose) and shows_elliptic(site, "Site", purpose)
            }
            assert seen.loaded(node, row.name) == stored
    assert services.stale(site.db) == []


def test_a_service_presents_the_old_certificate_until_it_is_restarted(site, seen):
    old = seen.slot("sub", "tomcat")

    new = generate_self_signed(site, "sub", "tomcat")

    assert seen.slot("sub", "tomcat") == new
    assert seen.loaded("sub", "Cisco Tomcat")["tomcat"] == old.sha256
    restart_service(site, "sub", "Cisco Tomcat")
    assert seen.loaded("sub", "Cisco Tomcat")["tomcat"] == new.sha256


def test_an_upload_is_not_in_use_either(site, seen, signed_for):
    old, signed = seen.slot("sub", "tomcat"), signed_for("sub", "tomcat")

    upload_certificate(site, "sub", "tomcat", signed.der)

    assert seen.loaded("sub", "Cisco Tomcat")["tomcat"] == old.sha256


def test_one_restart_leaves_the_other_services_and_nodes_as_they_were(site, seen):
    old = seen.slot("sub", "tomcat")
    generate_self_signed(site, "sub", "tomcat")
    generate_self_signed(site, "pub", "tomcat")
    of_pub = seen.loaded("pub", "Cisco Tomcat")

    restart_service(site, "sub", "Cisco Tomcat")

    assert seen.loaded("sub", "Cisco CallManager")["tomcat"] == old.sha256
    assert seen.loaded("pub", "Cisco Tomcat") == of_pub


@pytest.mark.parametrize("service", ["Cisco Tomcat", "Cisco CallManager"])
def test_a_restart_takes_as_long_as_its_table_says(site, later, service):
    seconds = STARTS[service].seconds

    running = restart_service(site, "sub", service)

    ready = site.clock.now() + timedelta(seconds=seconds)
    assert running.started_at == ready
    assert state_of(running, ready - timedelta(seconds=1)) is ServiceState.STARTING
    assert not is_up(running, ready - timedelta(seconds=1))
    assert state_of(running, ready) is ServiceState.STARTED
    assert is_up(running, ready)


def test_a_start_is_over_when_the_clock_says_so(site, seen, later):
    restart_service(site, "sub", "Cisco Tomcat")
    restart_service(later(site, seconds=60), "sub", "Cisco Tomcat")

    run_due(later(site, seconds=150))
    assert seen.events("service.ready") == []

    run_due(later(site, days=1))
    (ready,) = seen.events("service.ready")
    assert ready.about == "Cisco Tomcat on sub"
    assert ready.at == site.clock.now() + timedelta(seconds=180)


def test_what_was_stopped_while_it_started_never_is_ready(site, seen, later):
    restart_service(site, "sub", "Cisco Tftp")
    stop_service(site, "sub", "Cisco Tftp")

    run_due(later(site, days=1))

    assert seen.events("service.ready") == []


def test_the_event_names_what_is_new(site, seen):
    generate_self_signed(site, "sub", "tomcat")

    restart_service(site, "sub", "Cisco Tomcat")
    restart_service(site, "sub", "Cisco Tomcat")

    first, second = seen.events("service.restarted")
    assert first.about == "Cisco Tomcat on sub"
    assert first.detail == "now presents a new tomcat"
    assert second.detail == ""


@pytest.mark.parametrize("purpose", sorted(BY_ITSELF - {"CAPF-trust"}))
def test_some_certificates_are_taken_up_without_a_restart(site, seen, purpose):
    new = generate_self_signed(site, "pub", purpose)

    for row in services_of("ucm"):
        if purpose in row.loads:
            assert seen.loaded("pub", row.name)[purpose] == new.sha256


@pytest.mark.parametrize("purpose", ["tomcat", "CallManager-ECDSA", "ipsec"])
def test_the_others_are_not(site, seen, purpose):
    new = generate_self_signed(site, "pub", purpose)

    presented = {
        seen.loaded("pub", row.name)[purpose]
        for row in services_of("ucm")
        if purpose in row.loads
    }
    assert presented
    assert new.sha256 not in presented


def test_what_is_of_the_whole_cluster_is_taken_up_on_every_node(site, seen):
    new = generate_self_signed(site, "pub", "ITLRecovery")

    for node in ("pub", "sub"):
        assert seen.loaded(node, "Cisco Tftp")["ITLRecovery"] == new.sha256


@pytest.mark.parametrize(
    ("node", "service", "text"),
    [
        ("sub", "Cisco Nothing", "sub runs no service called Cisco Nothing"),
        ("sub", "Cisco DirSync", "sub runs no service called Cisco DirSync"),
        ("imp", "Cisco CallManager", "imp runs no service called Cisco CallManager"),
        ("directory", "Cisco Tomcat", "directory runs no service"),
        ("nobody", "Cisco Tomcat", "called nobody"),
    ],
)
def test_a_service_that_does_not_run_there_is_not_restarted(
    site, refusal_of, node, service, text
):
    with refusal_of(site, NotFoundError, text):
        restart_service(site, node, service)


@pytest.mark.parametrize(
    ("before", "deed", "text"),
    [
        (stop_service, restart_service, "Cisco Tftp on sub is stopped"),
        (stop_service, stop_service, "Cisco Tftp on sub is stopped already"),
        (None, start_service, "Cisco Tftp on sub runs already"),
        (deactivate_service, restart_service, "Cisco Tftp on sub is deactivated"),
        (deactivate_service, start_service, "Cisco Tftp on sub is deactivated"),
        (deactivate_service, stop_service, "Cisco Tftp on sub is deactivated"),
        (take_offline, restart_service, "unable to connect to Remote Node"),
        (take_offline, start_service, "unable to connect to Remote Node"),
        (take_offline, stop_service, "unable to connect to Remote Node"),
    ],
)
def test_a_deed_that_does_not_fit_the_state_is_refused(
    site, refusal_of, before, deed, text
):
    if before is take_offline:
        take_offline(site, "sub")
    elif before:
        before(site, "sub", "Cisco Tftp")

    with refusal_of(site, RuleError, text) as caught:
        deed(site, "sub", "Cisco Tftp")

    assert caught.value.hint


@pytest.mark.parametrize("service", ["Cisco Tomcat", "Cisco IPsec"])
def test_what_the_platform_needs_cannot_be_stopped(site, refusal_of, service):
    with refusal_of(site, RuleError, f"{service} cannot be stopped"):
        stop_service(site, "sub", service)


def test_a_stopped_service_presents_nothing_until_it_is_started(site, seen):
    new = generate_self_signed(site, "sub", "CallManager-ECDSA")

    stopped = stop_service(site, "sub", "Cisco HAProxy")

    assert state_of(stopped, site.clock.now()) is ServiceState.STOPPED
    assert seen.loaded("sub", "Cisco HAProxy") == {}
    start_service(site, "sub", "Cisco HAProxy")
    presented = seen.loaded("sub", "Cisco HAProxy")
    assert presented["CallManager-ECDSA"] == new.sha256
    assert presented["CallManager"] == seen.slot("sub", "CallManager").sha256


def test_what_is_taken_up_by_itself_is_not_by_a_stopped_service(site, seen):
    stop_service(site, "sub", "Cisco Trust Verification Service")

    new = generate_self_signed(site, "sub", "TVS")

    assert seen.loaded("sub", "Cisco Trust Verification Service") == {}
    start_service(site, "sub", "Cisco Trust Verification Service")
    loaded = seen.loaded("sub", "Cisco Trust Verification Service")
    assert loaded == {"TVS": new.sha256}


def test_elliptic_curves_are_presented_once_allowed_and_restarted(site, seen):
    assert "tomcat-ECDSA" not in seen.loaded("sub", "Cisco Tomcat")

    set_parameter(site, "Site", "HTTPS Ciphers", "All Supported EC and RSA Ciphers")

    assert "tomcat-ECDSA" not in seen.loaded("sub", "Cisco Tomcat")
    restart_service(site, "sub", "Cisco Tomcat")
    assert seen.loaded("sub", "Cisco Tomcat")["tomcat-ECDSA"] == (
        seen.slot("sub", "tomcat-ECDSA").sha256
    )
    assert "tomcat-ECDSA" not in seen.loaded("pub", "Cisco Tomcat")

    set_parameter(site, "Site", "HTTPS Ciphers", "RSA Ciphers Only")

    assert "tomcat-ECDSA" in seen.loaded("sub", "Cisco Tomcat")
    restart_service(site, "sub", "Cisco Tomcat")
    assert "tomcat-ECDSA" not in seen.loaded("sub", "Cisco Tomcat")


def test_everything_that_presents_a_purpose_takes_it_up(site, seen):
    new = generate_self_signed(site, "sub", "tomcat")
    stop_service(site, "sub", "Cisco DRF Local")

    done = take_up(site, seen.party("sub"), "tomcat")

    wanted = [
        row.name
        for row in services_of("ucm")
        if "tomcat" in row.loads and row.on == "every" and row.name != "Cisco DRF Local"
    ]
    assert sorted(done) == sorted(wanted)
    assert {seen.loaded("sub", name)["tomcat"] for name in done} == {new.sha256}
    assert seen.loaded("sub", "Cisco DRF Local") == {}
    assert services.stale(site.db) == []


def test_a_restart_on_all_nodes_begins_with_the_publisher(site, seen):
    done = restart_everywhere(site, "Site", "Cisco Tomcat")

    assert done.nodes == ("pub", "sub", "imp")
    assert done.left_out == ()
    assert [event.about for event in seen.events("service.restarted")] == [
        "Cisco Tomcat on pub",
        "Cisco Tomcat on sub",
        "Cisco Tomcat on imp",
    ]


def test_a_restart_on_all_nodes_leaves_out_what_cannot_be_reached(site):
    take_offline(site, "imp")
    stop_service(site, "sub", "Cisco DRF Local")

    done = restart_everywhere(site, "Site", "Cisco DRF Local")

    assert done.nodes == ("pub",)
    assert done.left_out == ("sub", "imp")


@pytest.mark.parametrize(
    ("cluster", "service", "kind", "text"),
    [
        ("Site", "Cisco Nothing", NotFoundError, "no node of Site runs a service"),
        ("Elsewhere", "Cisco Tomcat", NotFoundError, "no cluster called Elsewhere"),
        ("Site", "Cisco DirSync", RuleError, "Cisco DirSync runs on no node"),
    ],
)
def test_a_restart_on_no_node_is_refused(
    site, refusal_of, cluster, service, kind, text
):
    stop_service(site, "pub", "Cisco DirSync")

    with refusal_of(site, kind, text):
        restart_everywhere(site, cluster, service)


def test_a_restart_closes_the_task_of_that_service_on_that_node(site, seen):
    generate_self_signed(site, "sub", "tomcat")
    generate_self_signed(site, "pub", "tomcat")

    def waiting():
        return {
            (each.node, each.what)
            for each in tasks.all_open(site.db, "Site")
            if each.kind == Follows.RESTART
        }

    before = waiting()
    assert ("sub", "Cisco Tomcat") in before

    restart_service(site, "sub", "Cisco Tomcat")

    assert waiting() == before - {("sub", "Cisco Tomcat")}


def registered(lab, node):
    """How many phones of a node are registered."""
    (found,) = lab.db.execute(
        "SELECT total(f.registered) FROM phones f JOIN parties p ON p.id = f.party "
        "JOIN parties n ON n.id = p.node WHERE n.name = ?",
        [node],
    ).fetchone()
    return found


def test_phones_are_gone_until_cisco_callmanager_has_started(site, later):
    assert registered(site, "sub") == 2

    restart_service(site, "sub", "Cisco CallManager")

    assert registered(site, "sub") == 0
    turned = replace(site, clock=FrozenClock(site.clock.now() + timedelta(hours=1)))
    run_due(turned)
    assert registered(site, "sub") == 2


def test_phones_are_gone_while_cisco_callmanager_is_stopped(site, later):
    stop_service(site, "sub", "Cisco CallManager")
    run_due(later(site, days=1))
    assert registered(site, "sub") == 0

    start_service(later(site, days=1), "sub", "Cisco CallManager")
    run_due(later(site, days=2))

    assert registered(site, "sub") == 2


def test_phones_go_on_with_the_files_they_have_while_tftp_is_stopped(site, later):
    stop_service(site, "sub", "Cisco Tftp")

    run_due(later(site, days=1))

    assert registered(site, "sub") == 2


def test_who_needs_a_verification_service_is_back_when_one_has_started(site, later):
    """A new signer of files is unknown to their list, so phones ask a TVS."""
    for node in ("pub", "sub"):
        stop_service(site, node, "Cisco Trust Verification Service")
    generate_self_signed(site, "sub", "CallManager")
    for service in ("Cisco Tftp", "Cisco CallManager"):
        restart_service(site, "sub", service)
    run_due(later(site, minutes=5))
    assert registered(site, "sub") == 0

    start_service(later(site, minutes=5), "pub", "Cisco Trust Verification Service")
    run_due(later(site, minutes=6))

    assert registered(site, "sub") == 2
