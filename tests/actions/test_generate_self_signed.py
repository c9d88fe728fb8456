from dataclasses import replace
from datetime import timedelta

import pytest
from pkilint.validation import ValidationFindingSeverity as Severity

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node
from lab.actions.generate_self_signed import DESCRIPTION, generate_self_signed
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.run_due import run_due
from lab.actions.stop_service import stop_service
from lab.actions.upload_certificate import upload_certificate
from lab.errors import LabError, NotFoundError, RuleError
from lab.lab import open_lab
from lab.models import KeySpec
from lab.rules.purposes import PROFILES
from lab.store import tasks
from tests.linting import certificate_findings


def test_the_slot_holds_the_new_certificate_and_its_profile_is_the_clusters_own(
    site, seen
):
    made = generate_self_signed(site, "sub", "tomcat")

    assert seen.slot("sub", "tomcat") == made
    assert made.self_signed
    assert made.common_name == "sub.uc.example"
    assert (made.is_ca, made.path_length) == (True, 0)
    assert made.key_usage == (
        "digitalSignature",
        "keyEncipherment",
        "dataEncipherment",
        "keyCertSign",
    )
    assert made.extended_key_usage == ("serverAuth", "clientAuth")
    assert seen.place("sub", "tomcat").description == DESCRIPTION


def test_the_default_life_is_five_years_less_one_second(site):
    made = generate_self_signed(site, "sub", "tomcat-ECDSA")

    assert made.not_before == site.clock.now()
    assert made.not_after - made.not_before == timedelta(days=5 * 365, seconds=-1)


@pytest.mark.parametrize("years", [1, 2, 5, 10, 20])
def test_the_life_is_as_many_years_as_were_chosen(site, years):
    made = generate_self_signed(site, "sub", "tomcat-ECDSA", years=years)

    assert made.not_after - made.not_before == timedelta(days=365 * years, seconds=-1)


@pytest.mark.parametrize(
    ("size", "hash_name", "algorithm"),
    [
        (256, "", "ecdsa-with-SHA256"),
        (256, "SHA512", "ecdsa-with-SHA512"),
        (384, "", "ecdsa-with-SHA384"),
        (521, "", "ecdsa-with-SHA512"),
    ],
)
def test_the_key_and_the_hash_are_those_that_were_chosen(
    site, size, hash_name, algorithm
):
    made = generate_self_signed(
        site, "sub", "tomcat-ECDSA", size=size, hash_name=hash_name
    )

    assert (made.key_type, made.key_size) == ("EC", size)
    assert made.signature_algorithm == algorithm


def test_each_one_has_a_key_of_its_own_which_the_lab_keeps(site, seen):
    before = seen.slot("sub", "tomcat-ECDSA")

    made = generate_self_signed(site, "sub", "tomcat-ECDSA")

    assert made.key_id != before.key_id
    assert made.key_id in seen.key_ids()


def test_a_certificate_that_a_ca_signed_is_overwritten(site, seen, signed_for):
    signed = signed_for("sub", "tomcat")
    upload_certificate(site, "sub", "tomcat", signed.der)

    made = generate_self_signed(site, "sub", "tomcat")

    assert seen.slot("sub", "tomcat") == made
    assert signed.sha256 not in seen.store("sub", "tomcat-trust")


def test_an_expired_certificate_can_be_generated_again(site, seen, later):
    after = later(site, days=9000)

    made = generate_self_signed(after, "sub", "TVS")

    assert seen.slot("sub", "TVS") == made
    assert not made.expired(after.clock.now())


def test_an_identity_of_the_whole_cluster_goes_to_every_ucm_node(site, seen):
    made = generate_self_signed(site, "pub", "ITLRecovery")

    assert seen.slot("pub", "ITLRecovery") == made
    assert seen.slot("sub", "ITLRecovery") == made
    assert seen.slot("imp", "ITLRecovery") is None


def test_the_event_names_slot_key_and_end(site, seen):
    generate_self_signed(site, "sub", "tomcat-ECDSA", size=256, years=1)

    event = seen.events("certificate.generated")[-1]
    assert event.about == "tomcat-ECDSA on sub"
    assert event.detail == "EC 256, until 2031-01-01 12:59 UTC"
    assert event.actor == "test"


def test_a_shared_one_goes_to_all_nodes_that_it_lists(site, seen):
    made = generate_self_signed(
        site, "pub", "tomcat", shared=True, parent_domain="uc.example"
    )

    assert made.common_name == "pub-ms.uc.example"
    assert made.alternative_names == (
        "DNS:imp.uc.example",
        "DNS:pub.uc.example",
        "DNS:sub.uc.example",
        "DNS:uc.example",
    )
    assert [seen.slot(node, "tomcat") for node in ("pub", "sub", "imp")] == [made] * 3
    assert "shared by pub, sub, imp" in seen.events("certificate.generated")[-1].detail
    assert made.sha256 in seen.store("pub", "tomcat-trust")
    assert lint(made) == []


def test_a_shared_one_reaches_a_node_that_is_offline_when_it_is_back(site, seen, later):
    take_offline(site, "sub")
    before = seen.slot("sub", "TVS")

    made = generate_self_signed(site, "pub", "TVS", shared=True)

    assert (seen.slot("pub", "TVS"), seen.slot("sub", "TVS")) == (made, before)
    after = later(site, days=1)
    bring_back(after, "sub")
    run_due(after)
    assert seen.slot("sub", "TVS") == made
    assert seen.place("sub", "TVS").since == after.clock.now()
    assert seen.events("identity.installed")[-1].about == "TVS on sub"


def test_the_last_of_several_that_a_node_has_missed_counts(site, seen, later):
    take_offline(site, "sub")
    generate_self_signed(site, "pub", "ITLRecovery")
    last = generate_self_signed(later(site, hours=1), "pub", "ITLRecovery")

    after = later(site, days=1)
    bring_back(after, "sub")
    run_due(after)

    assert seen.slot("sub", "ITLRecovery") == last


def test_a_service_that_is_stopped_loads_nothing(site, seen):
    service = "Cisco Trust Verification Service"
    stop_service(site, "sub", service)

    before = seen.loaded("sub", service)
    generate_self_signed(site, "sub", "TVS")

    assert seen.loaded("sub", service) == before


def test_a_key_of_1024_bits_is_made_with_a_note(site, seen):
    made = generate_self_signed(site, "sub", "tomcat", size=1024)

    assert (made.key_type, made.key_size) == ("RSA", 1024)
    assert "too short today" in seen.events("certificate.generated")[-1].detail


def test_the_event_says_what_a_certificate_of_an_authority_was_overwritten(
    site, seen, signed_for
):
    upload_certificate(site, "sub", "tomcat", signed_for("sub", "tomcat").der)

    generate_self_signed(site, "sub", "tomcat")

    detail = seen.events("certificate.generated")[-1].detail
    assert detail.endswith("overwrites the certificate that Lab Issuing signed")


def test_what_follows_is_noted_as_tasks(site, seen):
    generate_self_signed(site, "sub", "tomcat")

    found = [(task.what, task.node) for task in tasks.all_open(site.db)]
    assert ("Cisco Tomcat", "sub") in found


def test_the_installer_leaves_nobody_anything_to_do(site):
    add_node(site, "Site", "fresh")

    assert tasks.all_open(site.db) == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("product", ["ucm", "imp"])
def test_every_slot_of_a_new_node_holds_its_own_self_signed_certificate(
    lab, look, make_keys_fast, profile, product
):
    fast = replace(lab, make_key=make_keys_fast)
    add_cluster(fast, "Site", "uc.example", profile=profile)

    add_node(fast, "Site", "one", product=product)

    for kind, name in PROFILES[profile]:
        found = look(fast).slot("one", name)
        assert (found is not None) == (kind == product or name_of_both(name))
        if found:
            years = PROFILES[profile][product, name].validity_years
            life = found.not_after - found.not_before
            assert found.self_signed
            assert life == timedelta(days=365 * years, seconds=-1)


def name_of_both(name):
    return name in {"tomcat", "tomcat-ECDSA", "ipsec"}


@pytest.mark.parametrize(
    ("node", "purpose", "choice", "kind", "text"),
    [
        ("sub", "tomcat", {"size": 2049}, RuleError, "2049 bits"),
        ("sub", "tomcat-ECDSA", {"size": 2048}, RuleError, "2048 bits"),
        ("sub", "tomcat", {"size": 0}, RuleError, "0 bits"),
        ("sub", "tomcat", {"years": 3}, RuleError, "3 years"),
        ("sub", "tomcat", {"years": 0}, RuleError, "0 years"),
        ("sub", "tomcat", {"years": -1}, RuleError, "-1 years"),
        ("pub", "ITLRecovery", {"years": 1}, RuleError, "1 years"),
        ("sub", "tomcat", {"shared": True}, RuleError, "made on the publisher pub"),
        ("pub", "ipsec", {"shared": True}, RuleError, "ipsec cannot be shared"),
        ("imp", "cup-xmpp", {"shared": True}, RuleError, "self-signed cup-xmpp"),
        ("sub", "tomcat", {"parent_domain": "*.example"}, RuleError, "wildcard"),
        ("sub", "CAPF", {}, RuleError, "sub is a subscriber"),
        ("sub", "ITLRecovery", {}, RuleError, "sub is a subscriber"),
        ("sub", "cup", {}, RuleError, "no certificate purpose cup"),
        ("imp", "CallManager", {}, RuleError, "no certificate purpose CallManager"),
        ("sub", "tomcat-trust", {}, RuleError, "no certificate purpose"),
        ("directory", "tomcat", {}, RuleError, "directory is not a node"),
        ("nobody", "tomcat", {}, NotFoundError, "called nobody"),
        ("sub", "tomcat-ECDSA", {"hash_name": "SHA256"}, RuleError, "is weaker"),
        ("sub", "tomcat", {"hash_name": "ROT13"}, LabError, "no hash named ROT13"),
        ("sub", "tomcat", {"hash_name": "MD5"}, RuleError, "MD5 is weaker"),
    ],
)
def test_what_the_slot_does_not_take_is_refused(
    site, refusal_of, node, purpose, choice, kind, text
):
    with refusal_of(site, kind, text):
        generate_self_signed(site, node, purpose, **choice)


def test_a_sealed_lab_keeps_the_new_key_sealed(tmp_path, monkeypatch, look):
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "correct horse")
    lab = open_lab(tmp_path / "lab.sqlite3")
    add_authority(lab, "one", "One", key=KeySpec(type="EC", size=256))
    lab.close()
    monkeypatch.delenv("LAB_KEY_PASSPHRASE")
    closed = open_lab(tmp_path / "lab.sqlite3")

    with pytest.raises(RuleError, match="are sealed"):
        add_authority(closed, "two", "Two", parent="one", days=100)

    assert [row for (row,) in closed.db.execute("SELECT sealed FROM keys")] == [1]
    closed.close()


def lint(certificate):
    """What pkilint says beyond what the cluster itself writes so: facts §1.5."""
    return [
        (finding.code, message)
        for finding, message in certificate_findings(certificate.der)
        if finding.severity <= Severity.WARNING
        and finding.code != "pkix.key_usage_extension_not_critical"
    ]
