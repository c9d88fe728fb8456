"""HTTPS Ciphers: an elliptic tomcat certificate is presented only when it may be."""

import pytest

from lab.actions.restart_service import restart_service
from lab.actions.set_parameter import set_parameter
from lab.errors import NotFoundError, RuleError
from lab.store import events, parties, places, services

CLUSTER = "Example Cluster"
BOTH = "All Supported EC and RSA Ciphers"


def presented(lab):
    node = parties.by_name(lab.db, CLUSTER, "cucm-pub")
    tomcat = services.get(lab.db, node.id, "Cisco Tomcat")
    return services.loaded(lab.db, tomcat.id)


def test_at_first_only_the_rsa_certificate_is_presented(example):
    assert set(presented(example)) == {"tomcat"}


def test_the_elliptic_one_is_presented_after_the_setting_and_a_restart(example):
    node = parties.by_name(example.db, CLUSTER, "cucm-pub")
    set_parameter(example, CLUSTER, "HTTPS Ciphers", BOTH)
    before = presented(example)

    restart_service(example, "cucm-pub", "Cisco Tomcat")

    stored = places.slot(example.db, node.id, "tomcat-ECDSA").certificate
    assert "tomcat-ECDSA" not in before
    assert presented(example)["tomcat-ECDSA"] == stored


def test_it_is_gone_again_after_the_way_back(example):
    set_parameter(example, CLUSTER, "HTTPS Ciphers", BOTH)
    restart_service(example, "cucm-pub", "Cisco Tomcat")
    set_parameter(example, CLUSTER, "HTTPS Ciphers", "RSA Ciphers Only")

    restart_service(example, "cucm-pub", "Cisco Tomcat")

    assert set(presented(example)) == {"tomcat"}


@pytest.mark.parametrize(
    ("cluster", "name", "value", "error"),
    [
        ("Nowhere", "HTTPS Ciphers", BOTH, NotFoundError),
        (CLUSTER, "Colour", "blue", RuleError),
        (CLUSTER, "HTTPS Ciphers", "none", RuleError),
    ],
    ids=["cluster", "parameter", "value"],
)
def test_what_is_not_modelled_is_refused_and_nothing_changes(
    example, cluster, name, value, error
):
    head = events.head(example.db)

    with pytest.raises(error):
        set_parameter(example, cluster, name, value)

    assert events.head(example.db) == head
