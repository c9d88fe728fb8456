import pytest

from lab.actions.add_parties import (
    add_cluster,
    add_node,
    add_peer,
    add_phones,
    renew_peer,
)
from lab.errors import BadInputError, LabError, NotFoundError, RuleError
from lab.models import Chain, Cluster, PartyKind
from lab.rules.peers import PEERS
from lab.rules.purposes import PROFILES
from lab.store import certificates, parties


def test_a_cluster_follows_the_rules_of_its_profile(site):
    made = add_cluster(site, "New", "new.example", profile="r15", mixed_mode=False)

    assert made == Cluster(
        name="New", domain="new.example", profile="r15", mixed_mode=False
    )
    assert parties.cluster(site.db, "New") == made


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"name": "Site"}, "already has something called Site"),
        ({"name": ""}, "cannot be the name of a cluster"),
        ({"name": "a\nb"}, "cannot be the name of a cluster"),
        ({"name": "\ud800"}, "cannot be the name of a cluster"),
        ({"name": "x" * 65}, "cannot be the name of a cluster"),
        ({"domain": ""}, "'' is not a DNS domain"),
        ({"domain": "a..b"}, "is not a DNS domain"),
        ({"domain": "a b"}, "is not a DNS domain"),
        ({"domain": "uc.example\n"}, "is not a DNS domain"),
        ({"profile": "r99"}, "no rule profile called 'r99'"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(site, refusal_of, arguments, text):
    wanted = {"name": "New", "domain": "new.example"} | arguments

    with refusal_of(site, RuleError, text):
        add_cluster(site, **wanted)


def test_the_first_node_of_a_product_is_its_publisher(site):
    roles = {node.name: node.role for node in parties.nodes(site.db, "Site")}

    assert roles == {"pub": "publisher", "sub": "subscriber", "imp": "publisher"}


@pytest.mark.parametrize("node", ["pub", "sub", "imp"])
def test_a_node_holds_exactly_the_purposes_of_its_product_and_role(seen, node):
    kind = "imp" if node == "imp" else "ucm"

    for (product, name), row in PROFILES["seed-r14"].items():
        if product == kind:
            wanted = node != "sub" or row.held_by != "publisher"
            assert (seen.slot(node, name) is not None) == wanted


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"name": "pub"}, RuleError, "already has something called pub"),
        ({"name": "directory"}, RuleError, "already has something called directory"),
        ({"name": "Lab Root"}, RuleError, "is not a host name"),
        ({"name": ""}, RuleError, "is not a host name"),
        ({"name": "a.b"}, RuleError, "is not a host name"),
        ({"name": "-a"}, RuleError, "is not a host name"),
        ({"name": "new\n"}, RuleError, "is not a host name"),
        ({"name": "x" * 64}, RuleError, "is not a host name"),
        ({"name": "x" * 63}, BadInputError, "at most 64 are allowed"),
        ({"product": "cuc"}, RuleError, "'cuc' is not a product"),
        ({"product": "phone"}, RuleError, "'phone' is not a product"),
        ({"cluster": "Nowhere"}, NotFoundError, "no cluster called Nowhere"),
    ],
)
def test_a_node_that_cannot_be_is_refused(site, refusal_of, arguments, kind, text):
    wanted = {"cluster": "Site", "name": "new", "product": "ucm"} | arguments

    with refusal_of(site, kind, text):
        add_node(site, **wanted)


def test_a_phone_has_a_factory_certificate_of_its_maker(site, seen):
    mic = seen.slot("SEP000000000001", "MIC")

    phone = seen.party("SEP000000000001")
    assert (phone.kind, phone.node, phone.role) == (PartyKind.PHONE, "sub", "8845")
    assert mic.common_name == "CP-8845-SEP000000000001"
    assert mic.issuer_common_name == "Phone Maker"
    assert certificates.effective(site.db, mic.sha256).chain is Chain.COMPLETE


def test_a_factory_certificate_ends_with_its_maker_at_the_latest(site, seen):
    add_phones(site, "Site", "sub", "8861", ["SEP00000000000A"], "maker", days=20_000)

    mic = seen.slot("SEP00000000000A", "MIC")
    assert mic.not_after == seen.authority("maker").not_after


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"devices": ["SEP00000000000a"]}, RuleError, "is not the name of a phone"),
        ({"devices": ["SEP00000000000"]}, RuleError, "is not the name of a phone"),
        ({"devices": ["SEP00000000000A\n"]}, RuleError, "is not the name of a phone"),
        ({"devices": ["SEP000000000001"]}, RuleError, "already has something called"),
        ({"devices": ["SEP00000000000A"] * 2}, RuleError, "already has something"),
        ({"node": "imp"}, RuleError, "phones cannot register with imp"),
        ({"node": "directory"}, RuleError, "phones cannot register with directory"),
        ({"node": "nobody"}, NotFoundError, "called nobody"),
        ({"cluster": "Nowhere"}, LabError, ""),
        ({"authority": "nobody"}, NotFoundError, "authority called nobody"),
        ({"days": -1}, BadInputError, "before it begins"),
        ({"days": 10**9}, RuleError, "past the year 9999"),
        ({"model": "a\nb"}, BadInputError, ""),
    ],
)
def test_one_phone_that_cannot_be_refuses_them_all(
    site, refusal_of, arguments, kind, text
):
    wanted = {
        "cluster": "Site",
        "node": "sub",
        "model": "8845",
        "devices": ["SEP00000000000B"],
        "authority": "maker",
    } | arguments
    wanted["devices"] = ["SEP00000000000C", *wanted["devices"]]

    with refusal_of(site, kind, text):
        add_phones(site, **wanted)


@pytest.mark.parametrize("kind", PEERS)
def test_a_peer_of_every_kind_can_be_added(site, seen, kind):
    add_peer(site, "Site", "new", kind, "new.example", authority="issuing", days=9)

    found = seen.slot("new", "peer")
    assert seen.party("new").role == kind
    assert found.alternative_names == ("DNS:new.example",)
    assert found.extended_key_usage == ("serverAuth", "clientAuth")


def test_a_peer_may_have_no_certificate(site, seen):
    add_peer(site, "Site", "new", "browser", "pc.example")

    assert seen.slot("new", "peer") is None


def test_a_peer_that_is_renewed_has_a_new_certificate(site, seen):
    before = seen.slot("directory", "peer")

    renew_peer(site, "Site", "directory", "root", days=9)

    after = seen.slot("directory", "peer")
    assert after.key_id != before.key_id
    assert after.issuer_common_name == "Lab Root"


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"kind": "toaster"}, RuleError, "no kind of peer called 'toaster'"),
        ({"name": "directory"}, RuleError, "already has something called directory"),
        ({"cluster": "Nowhere"}, NotFoundError, "no cluster called Nowhere"),
        ({"authority": "nobody"}, NotFoundError, "authority called nobody"),
        ({"fqdn": "two words"}, BadInputError, "two words"),
        ({"fqdn": ""}, BadInputError, "the common name is empty"),
        ({"days": 10**9}, RuleError, "past the year 9999"),
        ({"days": -1}, BadInputError, "before it begins"),
    ],
)
def test_a_peer_that_cannot_be_is_refused(site, refusal_of, arguments, kind, text):
    wanted = {
        "cluster": "Site",
        "name": "new",
        "kind": "unity",
        "fqdn": "new.example",
        "authority": "issuing",
    } | arguments

    with refusal_of(site, kind, text):
        add_peer(site, **wanted)


@pytest.mark.parametrize("name", ["pub", "imp", "SEP000000000001", "Lab Root"])
def test_only_a_peer_is_renewed_as_a_peer(site, refusal_of, name):
    with refusal_of(site, RuleError, f"{name} is no outside system"):
        renew_peer(site, "Site", name, "issuing")
