"""Enterprise parameters: what they decide, what follows, and what is refused."""

import pytest

from lab.actions.add_parties import add_cluster
from lab.actions.restart_service import restart_service
from lab.actions.set_parameter import parameter, set_parameter, shows_elliptic
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.rules.parameters import PARAMETERS
from lab.store import parties, places, services, tasks

CLUSTER = "Example Cluster"
CHECK, OFTEN = "Certificate Validity Check", "Validity Check Frequency"
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
    ("choice", "shown"),
    [
        ("All Ciphers RSA Preferred", True),
        ("All Ciphers ECDSA Preferred", True),
        ("ECDSA Ciphers Only", True),
        ("RSA Ciphers Only", False),
    ],
)
def test_tls_ciphers_decide_about_the_elliptic_certificate_of_callmanager(
    site, look, choice, shown
):
    if choice != PARAMETERS["TLS Ciphers"].default:
        set_parameter(site, "Site", "TLS Ciphers", choice)

    restart_service(site, "sub", "Cisco CallManager")

    loaded = look(site).loaded("sub", "Cisco CallManager")
    assert ("CallManager-ECDSA" in loaded) == shown
    assert "CallManager" in loaded
    assert shows_elliptic(site, "Site", "CallManager-ECDSA") == shown


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_can_be_set_to_each_of_its_choices(site, seen, name):
    row = PARAMETERS[name]
    choices = [*row.options[1:], *([str(row.least), str(row.most)] * bool(row.most))]

    for choice in [*choices, row.default]:
        before = parameter(site, "Site", name)
        effects = set_parameter(site, "Site", name, choice)

        assert parameter(site, "Site", name) == choice
        assert effects
        event = seen.events("parameter.set")[-1]
        assert (event.about, event.detail) == (
            f"{name} of Site",
            f"{before} to {choice}",
        )


def test_what_follows_is_returned_and_left_to_do(site):
    effects = set_parameter(site, "Site", "HTTPS Ciphers", BOTH)

    (restart,) = effects
    assert (restart.what, restart.nodes) == ("Cisco Tomcat", ("pub", "sub", "imp"))
    left = [t for t in tasks.all_open(site.db) if t.cause == "HTTPS Ciphers"]
    assert [task.node for task in left] == ["pub", "sub", "imp"]


def test_the_rollback_parameter_asks_for_restarts_and_a_reset_of_phones(site):
    effects = set_parameter(
        site, "Site", "Prepare Cluster for Rollback to pre-8.0", "True"
    )

    assert [(effect.kind, effect.what) for effect in effects] == [
        (Follows.RESTART, "Cisco Trust Verification Service"),
        (Follows.RESTART, "Cisco Tftp"),
        (Follows.PHONES, "manual"),
    ]


@pytest.mark.parametrize(
    ("cluster", "name", "value", "error", "said"),
    [
        ("Nowhere", "HTTPS Ciphers", BOTH, NotFoundError, "no cluster called Nowhere"),
        (
            "Site",
            "Colour",
            "blue",
            RuleError,
            "no enterprise parameter called 'Colour'",
        ),
        ("Site", "HTTPS Ciphers", "none", RuleError, "HTTPS Ciphers cannot be 'none'"),
        ("Site", "HTTPS Ciphers", "0", RuleError, "HTTPS Ciphers cannot be '0'"),
        ("Site", CHECK, "Enabled", RuleError, f"{CHECK} cannot be 'Enabled'"),
        ("Site", CHECK, "False", RuleError, f"{CHECK} of Site is 'False' already"),
        ("Site", OFTEN, "0", RuleError, f"{OFTEN} cannot be '0'"),
        ("Site", OFTEN, "721", RuleError, f"{OFTEN} cannot be '721'"),
        ("Site", OFTEN, "012", RuleError, f"{OFTEN} cannot be '012'"),
        ("Site", OFTEN, "\uff11\uff12", RuleError, f"{OFTEN} cannot be"),
        ("Site", OFTEN, "9" * 5000, RuleError, f"{OFTEN} cannot be '999"),
    ],
)
def test_what_is_not_modelled_is_refused_and_nothing_changes(
    site, refusal_of, cluster, name, value, error, said
):
    with refusal_of(site, error, said) as caught:
        set_parameter(site, cluster, name, value)

    if value == "Enabled":
        assert "False, True" in caught.value.hint


def test_a_cluster_that_was_imported_has_no_parameters_to_set(site, refusal_of):
    add_cluster(site, "Elsewhere", "other.example")

    with refusal_of(site, RuleError, "Elsewhere has no Unified CM node"):
        set_parameter(site, "Elsewhere", "HTTPS Ciphers", BOTH)
