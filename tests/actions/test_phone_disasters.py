"""The documented disaster, its cure, and the order in which it never happens."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node, add_phones
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_lsc import issue_lsc
from lab.actions.reset_phones import reset_phones
from lab.actions.reset_trust_lists import reset_ctl, reset_itl
from lab.actions.restart_service import restart_service
from lab.actions.run_due import run_due
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.set_parameter import set_parameter
from lab.actions.unlock_phone import unlock_phone
from lab.actions.update_ctl import update_ctl
from lab.clock import FrozenClock
from lab.lab import Lab
from lab.models import KeySpec, PartyKind
from lab.rules.after_change import AFTER_CHANGE
from lab.rules.parameters import PHONE_INTERACTION
from lab.rules.safe_order import SAFE_ORDER
from lab.rules.trust_lists import PHONE_REASONS
from lab.store import parties, phones, places, trust_lists
from lab.store.database import open_database

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TOGETHER = ("CallManager", "TVS", "ITLRecovery")
PHONES = {
    "pub": ("SEP0000000000A1", "SEP0000000000A2"),
    "sub": ("SEP0000000000B1", "SEP0000000000B2"),
}
WAYS = ["plain", "site", "site_back", "example", "example_back"]


@pytest.fixture(scope="module")
def built_plain(make_keys_fast):
    """Two UCM nodes that were never in mixed mode, with two phones each."""
    lab = Lab(open_database(":memory:"), FrozenClock(NOON), make_key=make_keys_fast)
    add_authority(
        lab, "maker", "Phone Maker", key=KeySpec(type="EC", size=256), days=9000
    )
    add_cluster(lab, "Plain", "plain.example", mixed_mode=False)
    for name in PHONES:
        add_node(lab, "Plain", name)
    for name, devices in PHONES.items():
        add_phones(lab, "Plain", name, "8845", devices, "maker")
    yield lab
    lab.close()


@pytest.fixture
def plain(built_plain):
    now = built_plain.clock.now() + timedelta(hours=1)
    copy = built_plain.what_if(FrozenClock(now))
    yield copy
    copy.close()


@pytest.fixture(params=WAYS)
def cluster(request):
    """A cluster whose phones are all registered: never mixed, mixed, and back again."""
    way, _, back = request.param.partition("_")
    lab = request.getfixturevalue(way)
    fast = request.getfixturevalue("make_keys_fast")
    lab = replace(lab, make_key=fast, clock=FrozenClock(lab.clock.now()))
    name = parties.clusters(lab.db)[0].name
    if way == "site":
        issue_lsc(lab, name, [row.name for row in phones.rows(lab.db, name)])
    if back:
        set_cluster_mode(lab, name, mixed=False)
    reset_phones(lab, name)
    assert lost(lab) == {}
    return lab


def name_of(lab):
    return parties.clusters(lab.db)[0].name


def lost(lab):
    """Each phone that is not registered, and the key of its reason."""
    rows = phones.rows(lab.db, name_of(lab))
    assert rows
    return {
        row.name: json.loads(row.evidence)["why"] for row in rows if not row.registered
    }


def wait(lab, minutes):
    """The same lab some minutes later, with everything done that was due."""
    after = replace(
        lab, clock=FrozenClock(lab.clock.now() + timedelta(minutes=minutes))
    )
    run_due(after)
    return after


def renew_everywhere(lab, purpose):
    """Give each node of the cluster a new certificate, and see it after each."""
    for node in parties.nodes(lab.db, name_of(lab), PartyKind.UCM):
        if purpose in ("CAPF", "ITLRecovery") and node.role != "publisher":
            continue
        generate_self_signed(lab, node.name, purpose)
        yield node


def renew_in_safe_order(lab):
    """Renew one purpose after the other, and miss no phone at any step."""
    now, name = lab, name_of(lab)
    for row in SAFE_ORDER:
        for _ in renew_everywhere(now, row.purpose):
            assert lost(now) == {}
        if (
            parties.cluster(now.db, name).mixed_mode
            and AFTER_CHANGE[row.purpose].ctl_update
        ):
            update_ctl(now, name)
        for minutes in (9, 2, 30):
            now = wait(now, minutes)
            assert lost(now) == {}, row.purpose
    return now


def break_trust(lab):
    for purpose in TOGETHER:
        list(renew_everywhere(lab, purpose))
    return wait(lab, 11)


def test_three_renewed_together_lose_every_phone(cluster):
    everyone = {row.name for row in phones.rows(cluster.db, name_of(cluster))}

    after = break_trust(cluster)

    assert lost(after) == dict.fromkeys(everyone, "file_unknown")


def test_until_the_reset_nothing_has_happened(cluster):
    for purpose in TOGETHER:
        list(renew_everywhere(cluster, purpose))

    assert lost(wait(cluster, 9)) == {}


def test_each_lost_phone_says_who_signed_and_who_was_asked(cluster):
    after = break_trust(cluster)

    for row in phones.rows(after.db, name_of(after)):
        told = json.loads(row.evidence)
        assert row.reason == PHONE_REASONS["file_unknown"].words
        assert told["serial"] in row.reason.format(**told)
        assert told["subject"].startswith(row.node)
        nodes = parties.nodes(after.db, name_of(after), PartyKind.UCM)
        assert told["asked"] == [[node.name, "not_in_list"] for node in nodes]
        refused = told["refused"]["ITL"]
        assert refused["subject"].startswith("ITLRECOVERY_")
        assert refused["why"] == ("ctl_not_knowing" if row.ctl else "nobody_vouches")


def test_another_reset_alone_brings_nobody_back(cluster):
    after = break_trust(cluster)

    fared = reset_phones(after, name_of(after))

    assert fared.registered == 0


def test_the_local_key_and_a_reset_bring_all_of_them_back(cluster):
    after = break_trust(cluster)

    reset_itl(after, name_of(after), "localkey")
    fared = reset_phones(after, name_of(after))

    assert lost(after) == {}
    assert len(fared.back) == fared.phones == fared.registered


def test_after_the_cure_they_stay_even_when_all_is_signed_by_itlrecovery(cluster):
    after = break_trust(cluster)
    name = name_of(after)
    reset_itl(after, name)
    reset_phones(after, name)

    if parties.cluster(after.db, name).mixed_mode:
        update_ctl(after, name)
    for node in parties.nodes(after.db, name, PartyKind.UCM):
        restart_service(after, node.name, "Cisco Tftp")
    later = wait(after, 5)
    reset_phones(later, name)

    assert lost(later) == {}


def test_the_remote_key_is_that_of_the_saved_itlrecovery(cluster):
    name = name_of(cluster)
    (publisher, *_) = parties.nodes(cluster.db, name, PartyKind.UCM)
    old = trust_lists.latest(cluster.db, publisher.id, "ITL").signer
    after = break_trust(cluster)

    reset_itl(after, name, "remotekey")
    reset_phones(after, name)

    assert trust_lists.latest(after.db, publisher.id, "ITL").signer == old
    assert lost(after) == {}


def test_unlocking_brings_back_one_phone_at_a_time(cluster):
    after = break_trust(cluster)
    name = name_of(after)
    everyone = [row.name for row in phones.rows(after.db, name)]
    if parties.cluster(after.db, name).mixed_mode:
        update_ctl(after, name)  # else they would take the one with the old signers

    for done, device in enumerate(everyone, 1):
        unlock_phone(after, name, device)
        assert set(lost(after)) == set(everyone[done:])


def test_the_safe_order_never_loses_a_phone(cluster):
    renew_in_safe_order(cluster)


@pytest.mark.parametrize("cluster", ["plain", "site", "example"], indirect=True)
def test_nor_does_a_second_round_of_it_and_every_phone_has_the_newest_list(cluster):
    now = renew_in_safe_order(renew_in_safe_order(cluster))

    for row in phones.rows(now.db, name_of(now)):
        node = parties.by_name(now.db, name_of(now), row.node)
        assert row.itl == trust_lists.latest(now.db, node.id, "ITL").id


def test_the_stub_of_the_way_back_loses_the_phones_in_the_second_round(site):
    """TAC 118892: phones keep to a CTL that nobody writes any more."""
    set_cluster_mode(site, "Site", mixed=False)
    reset_phones(site, "Site")
    now = site
    for purpose in ("ITLRecovery", "TVS", "CallManager"):
        list(renew_everywhere(now, purpose))
        now = wait(now, 11)

    assert set(lost(now).values()) == {"file_unknown"}
    for row in phones.rows(now.db, "Site"):
        unlock_phone(now, "Site", row.name)
    assert lost(now) == {}


def test_in_mixed_mode_the_ctl_is_cured_with_its_own_command(site):
    issue_lsc(site, "Site", [row.name for row in phones.rows(site.db, "Site")])
    after = break_trust(site)

    reset_ctl(after, "Site")
    fared = reset_phones(after, "Site")
    assert fared.registered == fared.phones
    update_ctl(after, "Site")
    fared = reset_phones(after, "Site")

    assert fared.registered == fared.phones
    pub = parties.by_name(after.db, "Site", "pub")
    last = trust_lists.latest(after.db, pub.id, "CTL")
    assert {row.ctl for row in phones.rows(after.db, "Site")} == {last.id}
    assert last.signer == places.slot(after.db, pub.id, "ITLRecovery").certificate


def test_with_the_parameter_set_to_manual_nothing_happens_by_itself(cluster):
    set_parameter(cluster, name_of(cluster), PHONE_INTERACTION, "manual")

    after = wait(break_trust(cluster), 600)

    assert lost(after) == {}
    assert reset_phones(after, name_of(after)).registered == 0
