"""Facts §2.1 as a test: each store, uploads and deletions, from each node, over time.

One node is offline meanwhile, and catches up once it is back.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.actions.add_parties import add_node
from lab.actions.delete_trust import delete_trust
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.run_due import run_due
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock
from lab.errors import RuleError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.rules.trust_stores import STORES

UCM, IMP = ("pub", "sub", "sub2"), ("imp", "imp2")
# Written down apart from the lab's own table: who has the store, whom an upload and
# a deletion reach, and after how many minutes.
FACTS = {
    "tomcat-trust": (UCM + IMP, "all", "all", 30),
    "CallManager-trust": (UCM, "all", "all", 30),
    "Phone-SAST-trust": (UCM, "all", "all", 30),
    "CAPF-trust": (UCM, "node", "all", 0),
    "Phone-Edge-trust": (UCM, "publisher", "publisher", 0),
    "ipsec-trust": (UCM + IMP, "node", "node", 0),
    "TVS-trust": (UCM, "node", "node", 0),
    "Phone-trust": (UCM, "node", "node", 0),
    "Phone-VPN-trust": (UCM, "node", "node", 0),
    "Phone-CTL-trust": (UCM, "node", "node", 0),
    "Phone-CTL-ASA-trust": (UCM, "node", "node", 0),
    "userlicensing-trust": (UCM, "node", "node", 0),
    "directory-trust": (UCM, "all", "node", 30),
    "cup-trust": (IMP, "all", "node", 30),
    "cup-xmpp-trust": (IMP, "all", "node", 30),
}
CASES = [
    pytest.param(store, node, next(each for each in having if each != node), id=name)
    for store, (having, *_rest) in FACTS.items()
    for node in having
    for name in [f"{store} on {node}"]
]


@pytest.fixture(scope="module")
def built_five(built_site, make_keys_fast):
    """The small cluster with one more node of each product; nothing is on its way."""
    lab = built_site.what_if(built_site.clock)
    lab = replace(lab, make_key=make_keys_fast)
    add_node(lab, "Site", "sub2")
    add_node(lab, "Site", "imp2", product="imp")
    run_due(replace(lab, clock=FrozenClock(lab.clock.now() + timedelta(hours=2))))
    yield lab
    lab.close()


@pytest.fixture
def five(built_five):
    at = built_five.clock.now() + timedelta(hours=3)
    lab = built_five.what_if(FrozenClock(at))
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def outside(built_five):
    start = built_five.clock.now()
    return build_root(
        subject=SubjectFields(common_name="Outside"),
        key=make_key(KeySpec(type="EC", size=256)),
        not_before=start,
        not_after=start + timedelta(days=500),
    )


def on(lab, look, store, sha256):
    return {node for node in UCM + IMP if sha256 in look(lab).store(node, store)}


def everywhere(lab, store, der):
    """Put it on every node that the store can be on, as far as the rules let it."""
    having, upload, _delete, _minutes = FACTS[store]
    nodes = {"node": having, "publisher": having[:1], "all": having[:1]}[upload]
    for node in nodes:
        (stored,) = upload_certificate(lab, node, store, der)
    run_due(lab)
    return stored


def test_the_table_of_the_lab_names_the_same_stores():
    assert FACTS.keys() == STORES.keys()


@pytest.mark.parametrize(("store", "node", "away"), CASES)
def test_an_upload_reaches_whom_it_should_when_it_should(
    five, look, later, outside, store, node, away
):
    having, upload, _delete, minutes = FACTS[store]
    take_offline(five, away)
    if upload == "publisher" and node != "pub":
        with pytest.raises(RuleError, match="the publisher"):
            upload_certificate(five, node, store, outside)
        assert on(five, look, store, "") == set()
        return
    online = set(having) - {away}
    reached = set(having) if upload == "all" else {node}

    (stored,) = upload_certificate(five, node, store, outside)

    at_once = reached & online if not minutes else {node}
    assert on(five, look, store, stored.sha256) == at_once
    run_due(later(five, minutes=30, seconds=-1))
    assert on(five, look, store, stored.sha256) == at_once
    run_due(later(five, minutes=30))
    assert on(five, look, store, stored.sha256) == reached & online
    run_due(later(five, days=3))
    assert on(five, look, store, stored.sha256) == reached & online
    back = later(five, days=3)
    bring_back(back, away)
    assert on(five, look, store, stored.sha256) == reached & online
    run_due(later(back, minutes=30))
    assert on(five, look, store, stored.sha256) == reached


@pytest.mark.parametrize(("store", "node", "away"), CASES)
def test_a_deletion_reaches_whom_it_should_when_it_should(
    five, look, later, outside, store, node, away
):
    having, _upload, delete, minutes = FACTS[store]
    stored = everywhere(five, store, outside)
    lab = later(five, days=1)
    run_due(lab)
    before = on(lab, look, store, stored.sha256)
    take_offline(lab, away)
    if delete == "publisher" and node != "pub":
        with pytest.raises(RuleError, match="the publisher"):
            delete_trust(lab, node, store, stored.sha256)
        assert on(lab, look, store, stored.sha256) == before == {"pub"}
        return
    assert before == (set(having) if delete != "publisher" else {"pub"})
    lost = set(having) if delete == "all" else {node}

    delete_trust(lab, node, store, stored.sha256)

    at_once = lost - {away} if not minutes else {node}
    assert on(lab, look, store, stored.sha256) == before - at_once
    run_due(later(lab, minutes=30, seconds=-1))
    assert on(lab, look, store, stored.sha256) == before - at_once
    run_due(later(lab, minutes=30))
    assert on(lab, look, store, stored.sha256) == before - (lost - {away})
    back = later(lab, days=3)
    run_due(back)
    bring_back(back, away)
    soon = before - (lost if not minutes else lost - {away})
    assert on(lab, look, store, stored.sha256) == soon
    run_due(later(back, minutes=30))
    assert on(lab, look, store, stored.sha256) == before - lost
