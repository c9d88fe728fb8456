"""What follows a change, read off the tables."""

import pytest

from lab.effects import Follows, what_follows
from lab.models import Party, PartyKind
from lab.rules.purposes import PROFILES
from lab.rules.trust_stores import STORES


def node(number, name, kind=PartyKind.UCM, role="subscriber"):
    return Party(
        id=number,
        cluster="one",
        kind=kind,
        name=name,
        fqdn=f"{name}.one.example",
        role=role,
    )


PUB, SUB = node(1, "pub", role="publisher"), node(2, "sub")
CHAT = node(3, "chat", PartyKind.IMP, "publisher")
NODES = [PUB, SUB, CHAT]


def follows(changed, profile="seed-r14", where=SUB, **rest):
    return what_follows(changed, profile, where, NODES, **rest)


def restarts(effects):
    return {(e.what, e.nodes) for e in effects if e.kind is Follows.RESTART}


def test_tomcat_asks_for_two_restarts_on_its_own_node_as_the_source_says():
    found = follows("tomcat")

    assert restarts(found) == {
        ("Cisco Tomcat", ("sub",)),
        ("Cisco CallManager", ("sub",)),
    }


def test_a_service_of_the_publisher_is_restarted_there_only():
    found = follows("tomcat", "r15")

    assert ("Cisco DRF Master", ("pub",)) in restarts(found)
    assert ("Cisco DRF Local", ("sub",)) in restarts(found)


def test_a_service_is_named_only_on_nodes_that_run_it():
    found = follows("cup-xmpp", where=CHAT)

    assert restarts(found) == {("Cisco XCP Router", ("chat",))}


def test_advice_for_every_node_names_every_node_that_runs_the_service():
    found = follows("TVS", "tac")

    assert ("Cisco Trust Verification Service", ("pub", "sub")) in restarts(found)


def test_where_the_document_asks_for_no_restart_it_is_said_with_its_source():
    (said,) = [e for e in follows("CallManager") if e.kind is Follows.NO_RESTART]

    assert said.source.startswith("Manage certificates")
    assert restarts(follows("CallManager")) == set()


def test_the_trust_list_of_phones_is_updated_in_mixed_mode_only():
    kinds = {e.kind for e in follows("CallManager", mixed_mode=True)}
    plain = {e.kind for e in follows("CallManager", mixed_mode=False)}

    assert kinds - plain == {Follows.TRUST_LIST}


def test_a_copy_reaches_the_nodes_that_have_the_store_after_its_delay():
    (copy,) = [e for e in follows("tomcat") if e.kind is Follows.COPY]

    assert (copy.what, copy.nodes, copy.minutes) == (
        "tomcat-trust",
        ("pub", "sub", "chat"),
        30,
    )


def test_a_copy_into_a_store_that_does_not_replicate_stays_on_its_node():
    (copy,) = [e for e in follows("ipsec") if e.kind is Follows.COPY]

    assert (copy.what, copy.nodes, copy.minutes) == ("ipsec-trust", ("sub",), 0)


@pytest.mark.parametrize(
    ("profile", "what"), [("seed-r14", "deactivate then activate"), ("r15", "restart")]
)
def test_the_releases_disagree_on_tftp_after_tomcat(profile, what):
    (tftp,) = [e for e in follows("tomcat", profile) if e.kind is Follows.TFTP]

    assert (tftp.what, tftp.nodes) == (what, ("pub", "sub"))


def test_a_trust_store_asks_for_restarts_and_for_nothing_else():
    found = follows("CallManager-trust")

    assert {e.kind for e in found} == {Follows.RESTART}
    assert ("Cisco CallManager", ("sub",)) in restarts(found)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_purpose_and_every_store_has_an_answer_for_its_own_nodes(profile):
    purposes = [(kind, name) for kind, name in PROFILES[profile]]
    stores = [(kind, name) for name, row in STORES.items() for kind in row.product]

    for kind, name in purposes + stores:
        where = next(each for each in NODES if each.kind == kind)
        for effect in what_follows(name, profile, where, NODES, mixed_mode=True):
            assert effect.source
            assert set(effect.nodes) <= {"pub", "sub", "chat"}
    assert all(follows(name, profile) for kind, name in purposes if kind == "ucm")
