from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node
from lab.actions.generate_self_signed import DESCRIPTION, generate_self_signed
from lab.actions.upload_certificate import upload_certificate
from lab.errors import LabError, NotFoundError, RuleError
from lab.lab import open_lab
from lab.models import KeySpec
from lab.rules.purposes import PROFILES


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
