"""Activation: only that ends what TFTP has kept."""

import pytest

from lab.actions.activate_service import (
    activate_service,
    deactivate_service,
    toggle_service,
)
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.node_connection import take_offline
from lab.actions.restart_service import restart_service, take_up
from lab.actions.start_service import start_service
from lab.actions.stop_service import stop_service
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.models import ServiceState, state_of
from lab.rules.services import STARTS, kept_over_restart, services_of
from lab.store import services, tasks

TFTP = "Cisco Tftp"


def test_a_deactivated_service_presents_nothing(site, seen):
    done = deactivate_service(site, "sub", TFTP)

    assert state_of(done, site.clock.now()) is ServiceState.DEACTIVATED
    assert seen.loaded("sub", TFTP) == {}
    (event,) = seen.events("service.deactivated")
    assert event.about == "Cisco Tftp on sub"


def test_an_activated_one_starts_and_reads_everything(site, seen, later):
    deactivate_service(site, "sub", TFTP)

    done = activate_service(site, "sub", TFTP)

    assert state_of(done, site.clock.now()) is ServiceState.STARTING
    assert (done.started_at - site.clock.now()).total_seconds() == STARTS[TFTP].seconds
    assert state_of(done, later(site, minutes=1).clock.now()) is ServiceState.STARTED
    assert seen.loaded("sub", TFTP) == {
        purpose: seen.slot("sub", purpose).sha256
        for purpose in ("CallManager", "ITLRecovery", "tomcat")
    }


@pytest.mark.parametrize("deed", ["restart", "stop and start"])
def test_tftp_keeps_its_copy_of_tomcat_until_it_is_activated_anew(site, seen, deed):
    old = seen.slot("sub", "tomcat")
    new = generate_self_signed(site, "sub", "tomcat")

    if deed == "restart":
        restart_service(site, "sub", TFTP)
    else:
        stop_service(site, "sub", TFTP)
        start_service(site, "sub", TFTP)

    assert seen.loaded("sub", TFTP)["tomcat"] == old.sha256
    toggle_service(site, "sub", TFTP)
    assert seen.loaded("sub", TFTP)["tomcat"] == new.sha256


def test_a_stopped_tftp_presents_its_copy_to_nobody(site, seen):
    old = seen.slot("sub", "tomcat")
    generate_self_signed(site, "sub", "tomcat")
    presenting = {row[2] for row in services.stale(site.db)}
    assert TFTP in presenting

    stop_service(site, "sub", TFTP)

    assert {row[2] for row in services.stale(site.db)} == presenting - {TFTP}
    assert seen.loaded("sub", TFTP) == {"tomcat": old.sha256}


def test_it_takes_up_the_rest_at_a_restart(site, seen):
    new = generate_self_signed(site, "sub", "CallManager")
    generate_self_signed(site, "sub", "tomcat")

    restart_service(site, "sub", TFTP)

    assert seen.loaded("sub", TFTP)["CallManager"] == new.sha256
    assert services.stale(site.db, "Site")


def test_release_15_asks_for_a_restart_only(site, seen):
    site.db.execute("UPDATE clusters SET profile = 'r15'")
    new = generate_self_signed(site, "sub", "tomcat")

    restart_service(site, "sub", TFTP)

    assert seen.loaded("sub", TFTP)["tomcat"] == new.sha256


@pytest.mark.parametrize(
    ("profile", "kept"), [("seed-r14", ("tomcat",)), ("r15", ())], ids=str
)
def test_what_is_kept_is_what_the_documents_say(profile, kept):
    assert kept_over_restart(TFTP, profile) == kept
    others = {row.name for row in services_of("ucm")} - {TFTP}
    assert {kept_over_restart(name, profile) for name in others} == {()}


def test_a_restart_leaves_the_task_of_a_copy_and_an_activation_closes_it(site, seen):
    generate_self_signed(site, "sub", "tomcat")

    def asked_of_tftp():
        return [
            each.what
            for each in tasks.all_open(site.db, "Site")
            if each.kind == Follows.TFTP and each.node == "sub"
        ]

    assert asked_of_tftp() == ["deactivate then activate"]
    restart_service(site, "sub", TFTP)
    assert asked_of_tftp() == ["deactivate then activate"]

    toggle_service(site, "sub", TFTP)

    assert asked_of_tftp() == []


def test_taking_up_tomcat_toggles_tftp_and_restarts_the_rest(site, seen):
    generate_self_signed(site, "sub", "tomcat")

    take_up(site, seen.party("sub"), "tomcat")

    (activated,) = seen.events("service.activated")
    assert activated.about == "Cisco Tftp on sub"
    restarted = {event.about for event in seen.events("service.restarted")}
    assert "Cisco Tomcat on sub" in restarted
    assert "Cisco Tftp on sub" not in restarted


@pytest.mark.parametrize(
    ("deed", "service", "kind", "text"),
    [
        (activate_service, TFTP, RuleError, "Cisco Tftp on sub is activated already"),
        (activate_service, "Cisco HAProxy", RuleError, "is a network service"),
        (deactivate_service, "Cisco HAProxy", RuleError, "is a network service"),
        (toggle_service, "Cisco Tomcat", RuleError, "is a network service"),
        (activate_service, "Cisco Nothing", NotFoundError, "sub runs no service"),
        (deactivate_service, "Cisco DirSync", NotFoundError, "sub runs no service"),
    ],
)
def test_what_cannot_be_is_refused(site, refusal_of, deed, service, kind, text):
    with refusal_of(site, kind, text) as caught:
        deed(site, "sub", service)

    assert caught.value.hint


@pytest.mark.parametrize("deed", [deactivate_service, toggle_service])
def test_what_is_deactivated_already_is_refused(site, refusal_of, deed):
    deactivate_service(site, "sub", TFTP)

    with refusal_of(site, RuleError, "Cisco Tftp on sub is deactivated already"):
        deed(site, "sub", TFTP)


@pytest.mark.parametrize("deed", [activate_service, deactivate_service, toggle_service])
def test_a_node_that_is_offline_is_refused_in_the_words_of_the_cluster(
    site, refusal_of, deed
):
    take_offline(site, "sub")

    with refusal_of(site, RuleError, "unable to connect to Remote Node"):
        deed(site, "sub", TFTP)
