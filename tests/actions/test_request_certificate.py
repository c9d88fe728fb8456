import re
from dataclasses import replace

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import text

from lab.actions.add_parties import add_cluster, add_node
from lab.actions.identity_choices import chosen_key
from lab.actions.node_connection import take_offline
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import waiting_request
from lab.errors import BadInputError, LabError, NotFoundError, RuleError
from lab.models import KeySpec
from lab.pki.domains import read_domain
from lab.pki.keys import make_key
from lab.pki.requests import read_request
from lab.rules.purposes import HASHES, PROFILES
from lab.rules.usages import READINGS
from lab.store import requests

# What the source document and the guides of release 15 print; an EC twin shares it.
PRINTED = {
    "seed-r14": {
        (row.product, row.purpose): row
        for row in READINGS
        if row.document == "tables of the source document"
    },
    "r15": {
        (row.product, row.purpose): row
        for row in READINGS
        if row.document == "guides of release 14 SU2 and 15"
    },
}
REQUESTABLE = [
    (profile, product, name)
    for profile, table in PROFILES.items()
    for (product, name), row in table.items()
    if row.requestable
]


@pytest.fixture(scope="module")
def two_profiles(built_site, make_keys_fast):
    """One node of each product under each profile."""
    lab = replace(built_site.what_if(built_site.clock), make_key=make_keys_fast)
    for profile in PROFILES:
        add_cluster(lab, profile, "uc.example", profile=profile)
        for product in ("ucm", "imp"):
            add_node(lab, profile, product, product=product)
    yield lab
    lab.close()


def test_every_purpose_of_the_documents_is_tried():
    tried = {
        (profile, product, name.removesuffix("-ECDSA"))
        for profile, product, name in REQUESTABLE
    }

    assert tried == {(profile, *key) for profile in PRINTED for key in PRINTED[profile]}


@pytest.mark.parametrize(("profile", "product", "name"), REQUESTABLE)
def test_a_request_asks_for_exactly_what_the_table_of_its_purpose_prints(
    two_profiles, profile, product, name
):
    printed = PRINTED[profile][product, name.removesuffix("-ECDSA")]

    request = request_certificate(two_profiles, product, name, cluster=profile)

    assert request.key_usage == printed.key_usage
    assert request.extended_key_usage == printed.extended_key_usage


def test_the_request_waits_at_its_slot_and_the_slot_keeps_its_certificate(site, seen):
    before = seen.slot("sub", "tomcat")

    request = request_certificate(site, "sub", "tomcat")

    assert read_request(waiting_request(site, "sub", "tomcat")) == request
    assert seen.slot("sub", "tomcat") == before
    assert request.key_id in seen.key_ids()
    assert request.key_id != before.key_id


def test_it_asks_for_the_names_of_the_node_and_the_other_domains(site):
    request = request_certificate(
        site, "sub", "tomcat", names=["phones.uc.example", "sub.uc.example"]
    )

    assert request.common_name == "sub.uc.example"
    assert request.alternative_names == (
        "DNS:phones.uc.example",
        "DNS:sub.uc.example",
        "DNS:uc.example",
    )


def test_the_common_name_may_be_edited(site):
    request = request_certificate(site, "sub", "tomcat", common_name="voice.example")

    assert request.common_name == "voice.example"
    assert request.alternative_names == ("DNS:sub.uc.example", "DNS:uc.example")


@pytest.mark.parametrize(
    ("parent", "names"),
    [
        (None, ("DNS:sub.uc.example", "DNS:uc.example")),
        ("", ("DNS:sub.uc.example",)),
        ("Example.COM", ("DNS:example.com", "DNS:sub.uc.example")),
        ("lan", ("DNS:lan", "DNS:sub.uc.example")),
    ],
)
def test_the_parent_domain_may_be_edited_and_removed(site, parent, names):
    request = request_certificate(site, "sub", "tomcat-ECDSA", parent_domain=parent)

    assert request.alternative_names == names


def test_the_organizational_unit_is_in_it_only_when_asked_for(site):
    without = request_certificate(site, "sub", "tomcat-ECDSA")
    with_it = request_certificate(site, "sub", "tomcat-ECDSA", include_ou=True)

    assert "OU=" not in without.subject
    assert with_it.subject == ("CN=sub-EC.uc.example,OU=Unified Communications,O=Site")


def test_names_that_differ_in_letter_case_only_are_one(site):
    names = ["SUB.uc.example", "Web.uc.example", "web.UC.example"]

    request = request_certificate(site, "sub", "tomcat-ECDSA", names=names)

    assert request.alternative_names == (
        "DNS:sub.uc.example",
        "DNS:uc.example",
        "DNS:web.uc.example",
    )


@pytest.mark.parametrize("purpose", ["tomcat", "tomcat-ECDSA"])
def test_just_the_hashes_of_the_table_go_with_each_length(purpose):
    row = PROFILES["seed-r14"]["ucm", purpose]
    names = ("MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512")

    taken = {
        size: tuple(name for name in names if is_taken(row, size, name))
        for size in row.sizes
    }

    assert taken == {size: HASHES[row.key_type, size].hashes for size in row.sizes}


def is_taken(row, size, hash_name):
    try:
        chosen_key(row, size, hash_name)
    except RuleError:
        return False
    return True


def test_a_key_of_1024_bits_may_be_chosen_and_the_event_says_what_it_is_worth(
    site, seen
):
    request = request_certificate(site, "sub", "tomcat", size=1024)

    assert str(request.key) == "RSA 1024"
    assert "too short today" in seen.events("request.made")[-1].detail


@pytest.mark.parametrize(
    ("node", "purpose", "common_name", "holders"),
    [
        ("pub", "tomcat", "pub-ms.uc.example", ("imp", "pub", "sub")),
        ("pub", "tomcat-ECDSA", "pub-EC-ms.uc.example", ("imp", "pub", "sub")),
        ("pub", "CallManager", "pub-ms.uc.example", ("pub", "sub")),
        ("pub", "TVS", "pub-ms.uc.example", ("pub", "sub")),
        ("imp", "cup-xmpp", "imp-ms.uc.example", ("imp",)),
    ],
)
def test_a_shared_request_lists_all_nodes_that_will_share_the_certificate(
    site, seen, node, purpose, common_name, holders
):
    request = request_certificate(site, node, purpose, shared=True)

    assert request.common_name == common_name
    assert request.alternative_names == (
        *(f"DNS:{name}.uc.example" for name in holders),
        "DNS:uc.example",
    )
    assert requests.is_shared(site.db, seen.party(node).id, purpose)
    assert [
        (each.party, each.purpose, each.shared) for each in requests.waiting(site.db)
    ] == [(seen.party(node).id, purpose, True)]


def test_a_shared_request_ends_those_that_wait_on_the_nodes_it_lists(site, seen):
    mine = request_certificate(site, "sub", "tomcat-ECDSA")
    other = request_certificate(site, "sub", "CallManager-ECDSA")

    request_certificate(site, "pub", "tomcat-ECDSA", shared=True)

    assert requests.get(site.db, seen.party("sub").id, "tomcat-ECDSA") is None
    assert mine.key_id not in seen.key_ids()
    assert other.key_id in seen.key_ids()
    assert "waiting on sub" in seen.events("request.made")[-1].detail


def test_a_request_of_one_node_replaces_its_shared_one(site, seen):
    request_certificate(site, "pub", "tomcat-ECDSA", shared=True)

    request_certificate(site, "pub", "tomcat-ECDSA")

    assert not requests.is_shared(site.db, seen.party("pub").id, "tomcat-ECDSA")


def test_any_node_of_im_and_presence_may_make_a_shared_request_of_its_own(
    two_profiles,
):
    add_node(two_profiles, "r15", "imp2", product="imp")

    request = request_certificate(
        two_profiles, "imp2", "cup-xmpp-s2s", cluster="r15", shared=True
    )

    assert request.common_name == "imp2-ms.uc.example"
    assert request.alternative_names[:2] == (
        "DNS:imp.uc.example",
        "DNS:imp2.uc.example",
    )


def test_the_guides_of_release_15_share_no_tvs(two_profiles, refusal_of):
    with refusal_of(two_profiles, RuleError, "TVS cannot be shared"):
        request_certificate(two_profiles, "ucm", "TVS", cluster="r15", shared=True)


def test_a_node_that_is_offline_is_refused_in_the_words_of_the_cluster(
    site, refusal_of
):
    take_offline(site, "sub")

    with refusal_of(site, RuleError, "unable to connect to Remote Node"):
        request_certificate(site, "sub", "tomcat")


NOT_MADE = AssertionError("a key was made for a request that was refused")


def make_no_key(_spec):
    raise NOT_MADE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=text() | text(alphabet="aAzZ09-._*: \u202e\u00e9/@[]\0\n", max_size=300))
def test_whatever_is_typed_becomes_a_name_of_the_dns_or_is_refused_at_once(
    site, dump, name
):
    lab = replace(site, make_key=make_no_key)
    before = dump(site)

    try:
        wanted = read_domain(name)
    except LabError as refusal:
        told = re.escape(str(refusal))
        with pytest.raises(LabError, match=f"^{told}$") as caught:
            request_certificate(lab, "sub", "tomcat-ECDSA", names=[name])
        assert len(str(caught.value)) < 400
    else:
        assert wanted == name.lower()
        assert x509.DNSName(wanted).value == wanted
    assert dump(site) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(common_name=text(min_size=1, max_size=80))
def test_whatever_the_common_name_is_it_is_asked_for_or_refused_at_once(
    site, dump, common_name
):
    before = dump(site)
    key = make_key(KeySpec(type="EC", size=384))
    lab = site.what_if(site.clock)
    asking = replace(lab, make_key=lambda _spec: key)

    try:
        request = request_certificate(
            asking, "sub", "tomcat-ECDSA", common_name=common_name
        )
    except LabError:
        refused = replace(site, make_key=make_no_key)
        with pytest.raises(LabError) as caught:
            request_certificate(refused, "sub", "tomcat-ECDSA", common_name=common_name)
        assert caught.value.hint
        assert dump(site) == before
    else:
        assert request.common_name == common_name.strip()
    lab.close()


def test_a_hundred_other_names_fit_and_one_more_does_not(site, refusal_of):
    names = [f"host{number}.{'x' * 60}.example" for number in range(101)]

    request = request_certificate(site, "sub", "tomcat-ECDSA", names=names[:100])

    assert len(request.alternative_names) == 102
    with refusal_of(site, RuleError, "101 other domains"):
        request_certificate(site, "sub", "tomcat-ECDSA", names=names)


def test_the_hash_is_sha_256_and_stronger_where_the_key_asks_for_it(site):
    rsa = request_certificate(site, "sub", "tomcat")
    elliptic = request_certificate(site, "sub", "tomcat-ECDSA")
    chosen = request_certificate(site, "sub", "tomcat", hash_name="SHA512")

    assert rsa.signature_algorithm == "sha256WithRSAEncryption"
    assert elliptic.signature_algorithm == "ecdsa-with-SHA384"
    assert chosen.signature_algorithm == "sha512WithRSAEncryption"


def test_a_second_request_overwrites_the_first_and_drops_its_key(site, seen):
    first = request_certificate(site, "sub", "tomcat-ECDSA")

    second = request_certificate(site, "sub", "tomcat-ECDSA")

    assert read_request(waiting_request(site, "sub", "tomcat-ECDSA")) == second
    assert first.key_id not in seen.key_ids()
    assert second.key_id in seen.key_ids()
    assert "overwrites" in seen.events("request.made")[-1].detail


def test_requests_of_other_slots_stay_when_one_is_overwritten(site, seen):
    other = request_certificate(site, "pub", "tomcat-ECDSA")
    request_certificate(site, "sub", "tomcat-ECDSA")

    request_certificate(site, "sub", "tomcat-ECDSA")

    assert read_request(waiting_request(site, "pub", "tomcat-ECDSA")) == other
    assert other.key_id in seen.key_ids()


def test_the_slots_own_key_outlives_any_number_of_requests(site, seen):
    own = seen.slot("sub", "tomcat-ECDSA").key_id

    for _ in range(3):
        request_certificate(site, "sub", "tomcat-ECDSA")

    assert own in seen.key_ids()


@pytest.mark.parametrize(
    ("node", "purpose", "choice", "kind", "text"),
    [
        ("pub", "ITLRecovery", {}, RuleError, "no signing request"),
        ("pub", "authz", {}, RuleError, "no signing request"),
        ("sub", "CAPF", {}, RuleError, "sub is a subscriber"),
        ("sub", "tomcat", {"size": 512}, RuleError, "512 bits"),
        ("sub", "tomcat", {"size": 0}, RuleError, "0 bits"),
        ("sub", "tomcat", {"names": ["two words"]}, BadInputError, "two words"),
        ("sub", "tomcat", {"names": [""]}, BadInputError, "''"),
        ("sub", "tomcat", {"names": ["b\x00d.example"]}, BadInputError, "x00"),
        ("sub", "tomcat", {"names": ["例.example"]}, BadInputError, "例"),
        ("sub", "tomcat", {"names": ["*.uc.example"]}, RuleError, "is a wildcard"),
        ("sub", "tomcat", {"names": ["10.0.0.1"]}, RuleError, "is an IP address"),
        ("sub", "tomcat", {"names": ["10.0.0.300"]}, RuleError, "is an IP address"),
        ("sub", "tomcat", {"names": ["127.1"]}, RuleError, "is an IP address"),
        ("sub", "tomcat", {"names": ["fe80::1"]}, RuleError, "is an IP address"),
        ("sub", "tomcat", {"names": ["[::1]"]}, RuleError, "is an IP address"),
        ("sub", "tomcat", {"names": ["web"]}, BadInputError, "not a full name"),
        ("sub", "tomcat", {"names": ["a.example."]}, BadInputError, "ends with a dot"),
        ("sub", "tomcat", {"names": ["a..example"]}, BadInputError, "that the DNS"),
        ("sub", "tomcat", {"names": ["-a.example"]}, BadInputError, "that the DNS"),
        ("sub", "tomcat", {"names": ["a_b.example"]}, BadInputError, "that the DNS"),
        ("sub", "tomcat", {"names": ["URI:a.example"]}, BadInputError, "that the DNS"),
        ("sub", "tomcat", {"names": ["xn--a.example"]}, BadInputError, "that the DNS"),
        ("sub", "tomcat", {"names": ["a." * 127 + "b"]}, BadInputError, "255 char"),
        ("sub", "tomcat", {"names": ["a" * 64 + ".b"]}, BadInputError, "that the DNS"),
        ("sub", "tomcat", {"parent_domain": "*.uc"}, RuleError, "is a wildcard"),
        ("sub", "tomcat", {"parent_domain": "uc."}, BadInputError, "with a dot"),
        ("sub", "tomcat", {"common_name": "*.uc"}, RuleError, "is a wildcard"),
        ("sub", "tomcat", {"common_name": "  "}, BadInputError, "is empty"),
        ("sub", "tomcat", {"hash_name": "SHA1"}, RuleError, "is weaker"),
        ("sub", "tomcat", {"shared": True}, RuleError, "made on the publisher pub"),
        ("imp", "tomcat", {"shared": True}, RuleError, "made on the publisher pub"),
        ("pub", "ipsec", {"shared": True}, RuleError, "ipsec cannot be shared"),
        ("pub", "CAPF", {"shared": True}, RuleError, "CAPF cannot be shared"),
        ("imp", "cup", {"shared": True}, RuleError, "cup cannot be shared"),
        ("sub", "tomcat", {"common_name": "x" * 65}, BadInputError, "65 characters"),
        ("sub", "tomcat", {"common_name": "a\nb"}, BadInputError, "cannot be shown"),
        (
            "sub",
            "tomcat",
            {"common_name": "a\u202eb"},
            BadInputError,
            "cannot be shown",
        ),
        ("sub", "tomcat", {"common_name": "\ud800"}, BadInputError, "cannot be shown"),
        ("sub", "tomcat-ECDSA", {"hash_name": "SHA256"}, RuleError, "is weaker"),
        ("SEP000000000001", "LSC", {}, RuleError, "is not a node"),
        ("nobody", "tomcat", {}, NotFoundError, "called nobody"),
    ],
)
def test_what_no_request_can_ask_for_is_refused(
    site, refusal_of, node, purpose, choice, kind, text
):
    with refusal_of(site, kind, text):
        request_certificate(site, node, purpose, **choice)


def test_there_is_no_waiting_request_before_one_was_made(site, refusal_of):
    with refusal_of(site, NotFoundError, "no signing request for tomcat on sub"):
        waiting_request(site, "sub", "tomcat")
