"""What follows a change, read off the tables."""

import pytest

from lab.effects import Follows, opens_task, rule_of, what_follows
from lab.models import Party, PartyKind
from lab.rules.after_change import AFTER_CHANGE
from lab.rules.parameters import PARAMETERS
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

    assert (tftp.what, tftp.nodes) == (what, ("sub",))  # its own copy is the old one


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


def test_a_shared_certificate_is_restarted_on_every_node_that_holds_it():
    found = follows("tomcat", where=PUB, holders=[PUB, SUB, CHAT])

    assert ("Cisco Tomcat", ("pub", "sub", "chat")) in restarts(found)
    assert ("Cisco CallManager", ("pub", "sub")) in restarts(found)


def test_a_service_that_does_not_run_is_not_restarted():
    running = {PUB.id: {"Cisco Tftp"}, SUB.id: {"Cisco Tomcat"}}

    found = follows("tomcat", running=running)
    of_calls = follows("CallManager", running=running)

    assert restarts(found) == {("Cisco Tomcat", ("sub",))}
    assert not [e for e in found if e.kind is Follows.TFTP]
    (tftp,) = [e for e in of_calls if e.kind is Follows.TFTP]
    assert tftp.nodes == ("pub",)


@pytest.mark.parametrize(("by_hand", "what"), [(False, "automatic"), (True, "manual")])
def test_phones_are_reset_as_the_parameter_says(by_hand, what):
    (phones,) = [
        e for e in follows("TVS", phones_by_hand=by_hand) if e.kind is Follows.PHONES
    ]

    assert phones.what == what


def test_https_ciphers_ask_for_tomcat_on_all_nodes():
    (only,) = follows("HTTPS Ciphers", where=PUB)

    assert (only.kind, only.what) == (Follows.RESTART, "Cisco Tomcat")
    assert only.nodes == ("pub", "sub", "chat")


@pytest.mark.parametrize("kind", ["oauth encryption", "oauth signing", "authz"])
@pytest.mark.parametrize(
    ("profile", "service", "nodes"),
    [
        ("seed-r14", "Cisco CallManager", ("pub", "sub")),
        ("r15", "Cisco XCP Authentication Service", ("chat",)),
    ],
)
def test_new_token_keys_are_read_after_a_restart_and_repeated_elsewhere(
    kind, profile, service, nodes
):
    found = follows(kind, profile, where=PUB)

    assert restarts(found) == {(service, nodes)}
    assert [e.what for e in found if e.kind is Follows.OTHER_CLUSTER] == [
        "the Unified CM publisher of a central IM and Presence cluster",
        "Cisco Expressway",
        "Cisco Unity Connection",
    ]
    assert found[-1].kind is Follows.BACKUP


def test_after_a_reset_of_the_list_phones_come_before_tftp():
    kinds = [e.kind for e in follows("ITL reset", where=PUB)]

    assert kinds == [Follows.PHONES, Follows.RESTART]


def test_after_a_reset_of_the_ctl_phones_come_before_its_update():
    kinds = [e.kind for e in follows("CTL reset", where=PUB, mixed_mode=True)]

    assert kinds.index(Follows.PHONES) < kinds.index(Follows.TRUST_LIST)


def test_the_security_mode_asks_for_restarts_phones_and_a_backup():
    found = follows("cluster security mode", where=PUB)

    assert restarts(found) == {
        ("Cisco CallManager", ("pub", "sub")),
        ("Cisco Tftp", ("pub", "sub")),
    }
    assert [e.kind for e in found[-2:]] == [Follows.PHONES, Follows.BACKUP]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("changed", [*AFTER_CHANGE, *PARAMETERS, *STORES])
def test_every_change_has_words_and_an_order(changed, profile):
    for node in NODES:
        for effect in what_follows(changed, profile, node, NODES, mixed_mode=True):
            rule = rule_of(effect)
            words = rule.words.format(
                what=effect.what, nodes=effect.nodes, minutes=effect.minutes
            )
            assert words.endswith(".")
            assert opens_task(effect) == (rule.position > 0)
