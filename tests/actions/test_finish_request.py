"""A renewal that was begun is finished by the CA that signed the slot before."""

import pytest

from lab.actions.renew_certificate import finish_request
from lab.actions.request_certificate import request_certificate
from lab.errors import NotFoundError, RuleError
from lab.models import Usage
from lab.store import certificates, events, parties, places, requests, services


def slot(lab, node, purpose):
    party = parties.by_name(lab.db, "", node)
    return party, places.slot(lab.db, party.id, purpose)


def test_the_waiting_request_is_signed_and_uploaded(example):
    party, before = slot(example, "cucm-sub2", "CallManager")
    key = requests.get(example.db, party.id, "CallManager")[1]

    signed = finish_request(example, "cucm-sub2", "CallManager", days=100)

    _, after = slot(example, "cucm-sub2", "CallManager")
    assert after.certificate == signed.sha256 != before.certificate
    assert after.usage is Usage.IDENTITY
    assert signed.key_id == key
    assert signed.issuer_common_name == "Example Issuing CA"
    assert (signed.not_after - signed.not_before).days == 99
    assert requests.get(example.db, party.id, "CallManager") is None


def test_services_go_on_with_the_old_one_unless_they_are_restarted(example):
    party, before = slot(example, "cucm-sub1", "tomcat")
    running = services.get(example.db, party.id, "Cisco Tomcat")
    request_certificate(example, "cucm-sub1", "tomcat")

    finish_request(example, "cucm-sub1", "tomcat")

    assert services.loaded(example.db, running.id)["tomcat"] == before.certificate


def test_services_are_restarted_when_asked(example):
    party, _ = slot(example, "cucm-sub1", "tomcat")
    running = services.get(example.db, party.id, "Cisco Tomcat")
    request_certificate(example, "cucm-sub1", "tomcat")

    signed = finish_request(example, "cucm-sub1", "tomcat", restart=True)

    assert services.loaded(example.db, running.id)["tomcat"] == signed.sha256


def test_without_a_request_it_is_refused_and_nothing_changes(example):
    head = events.head(example.db)

    with pytest.raises(NotFoundError, match="no signing request for tomcat"):
        finish_request(example, "cucm-pub", "tomcat")

    assert events.head(example.db) == head


def test_where_nobody_of_the_lab_signed_the_slot_it_is_refused(example):
    request_certificate(example, "cucm-pub", "TVS")
    count, head = certificates.count(example.db), events.head(example.db)

    with pytest.raises(RuleError, match="is not one of the lab's own"):
        finish_request(example, "cucm-pub", "TVS")

    assert (certificates.count(example.db), events.head(example.db)) == (count, head)
