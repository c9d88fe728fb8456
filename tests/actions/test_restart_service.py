"""Stored is not in use: what services present, and when that changes."""

import pytest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.restart_service import restart_service
from lab.actions.set_parameter import shows_elliptic
from lab.actions.upload_certificate import upload_certificate
from lab.errors import NotFoundError
from lab.rules.restarts import NO_RESTART
from lab.rules.services import services_of
from lab.store import services

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


def test_a_restart_notes_since_when_the_service_runs(site, seen, later):
    after = later(site, days=3)

    running = restart_service(after, "sub", "Cisco Tomcat")

    assert running.running
    assert running.started_at == after.clock.now()


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
