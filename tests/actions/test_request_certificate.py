from dataclasses import replace

import pytest

from lab.actions.add_parties import add_cluster, add_node
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import waiting_request
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.pki.requests import read_request
from lab.rules.purposes import PROFILES
from lab.rules.usages import READINGS

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
    assert request.alternative_names == ("DNS:phones.uc.example", "DNS:sub.uc.example")


def test_the_common_name_may_be_edited(site):
    request = request_certificate(site, "sub", "tomcat", common_name="voice.example")

    assert request.common_name == "voice.example"
    assert request.alternative_names == ("DNS:sub.uc.example",)


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
        ("sub", "tomcat", {"common_name": "x" * 65}, BadInputError, "65 characters"),
        ("sub", "tomcat", {"common_name": "a\nb"}, BadInputError, "cannot be shown"),
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
