"""OAuth keys: made with the cluster, carried to its nodes, and tokens die with them."""

from dataclasses import replace
from hashlib import sha256

import pytest

from lab.actions.add_parties import add_cluster
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_tokens import issue_tokens
from lab.actions.judge_tokens import judge_tokens
from lab.actions.key_ring import secret
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.regenerate_oauth_key import PAGE, regenerate_oauth_key
from lab.actions.run_due import run_due
from lab.effects import Follows
from lab.errors import NotFoundError, RuleError
from lab.models import TokenState
from lab.pki.sealing import Sealer
from lab.store import keys, oauth, parties, settings, tasks

NODES = ["pub", "sub", "imp"]
DEAD, GOOD = TokenState.DEAD, TokenState.GOOD


@pytest.fixture
def held(site):
    """The checksums of the cluster's keys, or of a node's copies."""

    def look(node=""):
        if not node:
            found = oauth.of_cluster(site.db, "Site")
        else:
            found = oauth.copies(site.db, parties.by_name(site.db, "Site", node).id)
        return {kind: each.key for kind, each in found.items()}

    return look


@pytest.fixture
def signed_in(site):
    issue_tokens(site, "Site", ["alice", "bob"])
    return site


def states(lab):
    return {each.state for each in judge_tokens(lab, "Site")}


def test_every_node_has_both_keys_from_the_beginning(held, seen):
    assert set(held()) == {"encryption", "signing"}
    assert [held(node) for node in NODES] == [held()] * 3
    assert held()["signing"] == seen.slot("pub", "authz").key_id


def test_the_encryption_key_is_32_bytes_named_by_their_hash(site, held):
    name = held()["encryption"]

    assert len(secret(site, name)) == 32
    assert sha256(secret(site, name)).hexdigest() == name


@pytest.mark.parametrize("kind", ["encryption", "signing"])
def test_a_new_key_reaches_every_node(site, held, kind):
    before = held()

    regenerate_oauth_key(site, "Site", kind)

    assert held()[kind] != before[kind]
    assert {k: v for k, v in held().items() if k != kind} == {
        k: v for k, v in before.items() if k != kind
    }
    assert [held(node) for node in NODES] == [held()] * 3


def test_the_old_encryption_key_is_gone(site, seen, held):
    before = held()["encryption"]

    regenerate_oauth_key(site, "Site", "encryption")

    assert before not in seen.key_ids()


@pytest.mark.parametrize("kind", ["encryption", "signing"])
@pytest.mark.parametrize("user", ["alice", "bob"])
def test_every_token_dies_with_either_key(signed_in, kind, user):
    def of_user():
        found = judge_tokens(signed_in, "Site")
        return {each.token.kind: each for each in found if each.token.user == user}

    before = of_user()
    regenerate_oauth_key(signed_in, "Site", kind)

    after = of_user()
    assert {each.state for each in before.values()} == {GOOD}
    assert set(after) == {"access", "refresh"}
    assert {each.state for each in after.values()} == {DEAD}
    assert {each.taken_by for each in before.values()} == {("pub", "sub", "imp")}
    assert {each.taken_by for each in after.values()} == {()}
    word = "open" if kind == "encryption" else "signed"
    assert all(word in each.reason for each in after.values())


def test_whoever_signs_in_again_has_good_tokens(signed_in):
    regenerate_oauth_key(signed_in, "Site", "encryption")

    issue_tokens(signed_in, "Site", ["alice"])

    found = {each.token.user: each.state for each in judge_tokens(signed_in, "Site")}
    assert found == {"alice": GOOD, "bob": DEAD}


@pytest.mark.parametrize(
    ("hours", "good"),
    [(0.99, {"access", "refresh"}), (1, {"refresh"}), (1440, set())],
)
def test_tokens_end_by_themselves(signed_in, later, hours, good):
    then = later(signed_in, hours=hours)

    judged = judge_tokens(then, "Site")

    assert {each.token.kind for each in judged if each.state is GOOD} == good
    assert {each.state for each in judged} <= {GOOD, TokenState.ENDED}


@pytest.mark.parametrize("renew", [generate_self_signed, regenerate_certificate])
def test_a_new_authz_certificate_is_a_new_signing_key(signed_in, seen, held, renew):
    made = renew(signed_in, "pub", "authz")

    assert held()["signing"] == made.key_id
    assert [held(node)["signing"] for node in NODES] == [made.key_id] * 3
    assert states(signed_in) == {DEAD}


def test_a_new_signing_key_is_a_new_authz_certificate(site, seen):
    before = seen.slot("pub", "authz")

    regenerate_oauth_key(site, "Site", "signing", by=PAGE)

    after = seen.slot("pub", "authz")
    assert after != before
    assert seen.slot("sub", "authz") == after
    assert (after.key_type, after.key_size) == (before.key_type, before.key_size)


def test_a_node_that_is_away_takes_old_tokens_until_it_is_back(signed_in, held, later):
    take_offline(signed_in, "sub")
    regenerate_oauth_key(signed_in, "Site", "encryption")
    missed = judge_tokens(signed_in, "Site")
    behind = held("sub") != held()

    bring_back(signed_in, "sub")
    run_due(later(signed_in, minutes=1))

    assert behind
    assert {each.taken_by for each in missed} == {("sub",)}
    assert {each.state for each in missed} == {DEAD}
    assert held("sub") == held()
    assert {each.taken_by for each in judge_tokens(signed_in, "Site")} == {()}


def test_two_renewals_while_a_node_is_away_leave_it_with_the_last(site, held, later):
    take_offline(site, "imp")
    for kind in ("encryption", "signing", "encryption", "signing"):
        regenerate_oauth_key(site, "Site", kind)

    bring_back(site, "imp")
    run_due(later(site, minutes=1))

    assert held("imp") == held()


@pytest.mark.parametrize("kind", ["encryption", "signing"])
def test_a_renewal_asks_for_restarts_other_clusters_and_a_backup(site, kind):
    effects = regenerate_oauth_key(site, "Site", kind)

    restarts = {e.what: e.nodes for e in effects if e.kind is Follows.RESTART}
    others = [e.what for e in effects if e.kind is Follows.OTHER_CLUSTER]
    assert restarts == {"Cisco CallManager": ("pub", "sub")}
    assert len(others) == 3
    assert "Cisco Expressway" in others
    assert {"restart", "other_cluster", "backup"} <= {
        each.kind for each in tasks.all_open(site.db, "Site")
    }


@pytest.mark.parametrize("kind", ["encryption", "signing"])
def test_a_renewal_is_one_event(site, seen, kind):
    before = len(seen.events())

    regenerate_oauth_key(site, "Site", kind)

    assert [each.kind for each in seen.events()[before:]] == ["oauth_key.regenerated"]


def test_the_page_does_not_renew_the_encryption_key(site, refusal_of):
    with refusal_of(site, RuleError, "only be renewed on the command line") as caught:
        regenerate_oauth_key(site, "Site", "encryption", by=PAGE)

    assert "set key regen authz encryption" in caught.value.hint


def test_there_is_no_third_key(site, refusal_of):
    with refusal_of(site, NotFoundError, "no OAuth key called 'session'"):
        regenerate_oauth_key(site, "Site", "session")


@pytest.mark.parametrize("kind", ["encryption", "signing"])
def test_the_publisher_must_be_there(site, refusal_of, kind):
    take_offline(site, "pub")

    with refusal_of(site, RuleError, "Connection to the Server cannot be established"):
        regenerate_oauth_key(site, "Site", kind)


@pytest.mark.parametrize(
    "users", [[], [""], ["a" * 65], ["new\nline"], ["x"] * 1001], ids=str
)
def test_only_users_with_a_name_sign_in(site, refusal_of, users):
    with refusal_of(site, RuleError, "cannot"):
        issue_tokens(site, "Site", users)


def test_keys_of_a_sealed_lab_are_sealed(site, held):
    sealer = Sealer(b"k" * 32)
    settings.put(site.db, "key_check", sealer.seal(b"", "this lab").hex())
    sealed = replace(site, sealer=sealer)

    regenerate_oauth_key(sealed, "Site", "encryption")

    material, is_sealed = keys.get(site.db, held()["encryption"])
    assert is_sealed
    assert secret(sealed, held()["encryption"]) not in material


def test_without_the_passphrase_tokens_are_judged_as_far_as_can_be(site, look):
    sealer = Sealer(b"k" * 32)
    settings.put(site.db, "key_check", sealer.seal(b"", "this lab").hex())
    sealed = replace(site, sealer=sealer)
    regenerate_oauth_key(sealed, "Site", "encryption")
    regenerate_oauth_key(sealed, "Site", "signing")
    issue_tokens(sealed, "Site", ["alice"])

    found = judge_tokens(site, "Site")
    regenerate_oauth_key(sealed, "Site", "encryption")

    assert {each.state for each in found} == {TokenState.SEALED}
    assert states(site) == {DEAD}
    with pytest.raises(RuleError, match="sealed"):
        regenerate_oauth_key(site, "Site", "encryption")


def test_a_cluster_without_nodes_has_no_keys(lab, refusal_of):
    add_cluster(lab, "Bare", "bare.example")

    assert oauth.of_cluster(lab.db, "Bare") == {}
    with refusal_of(lab, RuleError, "no publisher of its own"):
        regenerate_oauth_key(lab, "Bare", "encryption")
    with refusal_of(lab, RuleError, "nobody can sign in"):
        issue_tokens(lab, "Bare", ["alice"])


def test_a_lab_from_before_there_were_keys_gets_them(site, held):
    for table in ("oauth_copies", "oauth_keys"):
        site.db.conn.execute(f"DELETE FROM {table}")

    regenerate_oauth_key(site, "Site", "encryption")
    regenerate_oauth_key(site, "Site", "signing")

    assert [held(node) for node in NODES] == [held()] * 3
    assert issue_tokens(site, "Site", ["alice"]) == 2
