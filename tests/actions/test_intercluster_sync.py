"""The forced synchronization of trust certificates."""

import pytest

from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.intercluster_sync import force_intercluster_sync
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.node_connection import take_offline
from lab.errors import RuleError
from lab.rules.trust_stores import SYNC_AGENT, SYNCED_STORES
from lab.store import places, services


def test_a_node_that_has_drifted_is_healed_at_once(site, seen):
    root = seen.authority("root").sha256
    lose_trust_copy(site, "sub", "tomcat-trust", root)
    lose_trust_copy(site, "imp", "cup-trust", root)
    assert places.drift(site.db, SYNCED_STORES)

    changed = force_intercluster_sync(site, "imp")

    assert changed == ["sub", "imp"]
    assert places.drift(site.db, SYNCED_STORES) == []
    assert seen.events()[-1].kind == "trust.synced"
    assert seen.events()[-1].detail == "2 entries on sub, imp"


def test_what_is_on_its_way_arrives_with_it(site, seen, later):
    old = seen.slot("sub", "tomcat-ECDSA")
    new = generate_self_signed(later(site, days=1), "sub", "tomcat-ECDSA")

    changed = force_intercluster_sync(later(site, days=1), "imp")

    assert changed == ["pub", "imp"]
    for node in ("pub", "sub", "imp"):
        assert new.sha256 in seen.store(node, "tomcat-trust")
        assert old.sha256 not in seen.store(node, "tomcat-trust")


def test_stores_that_the_agent_does_not_carry_stay_as_they_are(site, seen):
    root = seen.authority("root").sha256
    lose_trust_copy(site, "sub", "CallManager-trust", root)

    assert force_intercluster_sync(site, "imp") == []
    assert root not in seen.store("sub", "CallManager-trust")


def test_a_node_that_is_offline_is_left_out(site, seen):
    root = seen.authority("root").sha256
    lose_trust_copy(site, "sub", "tomcat-trust", root)
    take_offline(site, "sub")

    assert force_intercluster_sync(site, "imp") == []
    assert root not in seen.store("sub", "tomcat-trust")


def test_the_agent_must_run(site, seen, refusal_of):
    agent = services.get(site.db, seen.party("imp").id, SYNC_AGENT)
    services.mark_stopped(site.db, agent.id)

    with refusal_of(site, RuleError, f"{SYNC_AGENT} does not run on imp"):
        force_intercluster_sync(site, "imp")


@pytest.mark.parametrize("node", ["pub", "directory"])
def test_only_im_and_presence_nodes_have_the_agent(site, refusal_of, node):
    with refusal_of(site, RuleError, f"{node} has no {SYNC_AGENT}"):
        force_intercluster_sync(site, node)


def test_an_offline_node_cannot_be_asked(site, refusal_of):
    take_offline(site, "imp")

    with refusal_of(site, RuleError, "unable to connect to Remote Node"):
        force_intercluster_sync(site, "imp")
