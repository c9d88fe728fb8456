"""Trust stores: who gets a copy, and when."""

from datetime import timedelta

import pytest

from lab.actions.add_parties import add_node
from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.import_certificates import import_certificates
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.run_due import run_due
from lab.actions.upload_certificate import upload_certificate
from lab.belonging import Assignment
from lab.errors import NotFoundError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.rules.trust_stores import STORES, Reach
from lab.store import places

NODES = {"pub": "ucm", "sub": "ucm", "imp": "imp"}
SPREADING = [row.name for row in STORES.values() if row.upload is Reach.CLUSTER]
LOCAL = [row.name for row in STORES.values() if row.upload is Reach.NODE]


@pytest.fixture
def outside(site):
    key = make_key(KeySpec(type="EC", size=256))

    def make(days_ago=0):
        start = site.clock.now() - timedelta(days=days_ago)
        return build_root(
            subject=SubjectFields(common_name="Outside"),
            key=key,
            not_before=start,
            not_after=start + timedelta(days=500),
        )

    return make


def holders(seen, store, sha256):
    return {node for node in NODES if sha256 in seen.store(node, store)}


def test_the_stores_of_the_documents_replicate():
    assert {"tomcat-trust", "CallManager-trust", "Phone-SAST-trust"} <= set(SPREADING)
    assert "CAPF-trust" in LOCAL


@pytest.mark.parametrize("store", SPREADING)
def test_a_copy_is_there_at_once_and_on_all_other_nodes_after_thirty_minutes(
    site, seen, later, outside, store
):
    with_it = {node for node, kind in NODES.items() if kind in STORES[store].product}
    first = sorted(with_it)[-1]

    (stored,) = upload_certificate(site, first, store, outside())

    assert holders(seen, store, stored.sha256) == {first}
    run_due(later(site, minutes=30, seconds=-1))
    assert holders(seen, store, stored.sha256) == {first}
    run_due(later(site, minutes=30))
    assert holders(seen, store, stored.sha256) == with_it


@pytest.mark.parametrize("store", LOCAL)
def test_a_local_store_stays_on_its_node(site, seen, later, outside, store):
    (stored,) = upload_certificate(site, "sub", store, outside())

    run_due(later(site, days=1))

    assert holders(seen, store, stored.sha256) == {"sub"}


def test_a_root_of_capf_lands_in_the_store_for_calls_too(site, seen, later, outside):
    (stored,) = upload_certificate(site, "sub", "CAPF-trust", outside())

    assert holders(seen, "CAPF-trust", stored.sha256) == {"sub"}
    assert holders(seen, "CallManager-trust", stored.sha256) == {"sub"}
    run_due(later(site, minutes=30))
    assert holders(seen, "CAPF-trust", stored.sha256) == {"sub"}
    assert holders(seen, "CallManager-trust", stored.sha256) == {"pub", "sub"}


def test_the_edge_store_is_on_the_publisher_alone(site, seen, later, outside):
    (stored,) = upload_certificate(site, "pub", "Phone-Edge-trust", outside())

    run_due(later(site, days=1))

    assert holders(seen, "Phone-Edge-trust", stored.sha256) == {"pub"}


def test_the_copy_of_a_new_identity_replaces_the_old_one_on_every_node(
    site, seen, later
):
    old = seen.slot("sub", "tomcat")
    after = later(site, days=1)

    new = generate_self_signed(after, "sub", "tomcat")

    assert holders(seen, "tomcat-trust", old.sha256) == {"pub", "imp"}
    assert holders(seen, "tomcat-trust", new.sha256) == {"sub"}
    run_due(later(after, minutes=30))
    assert holders(seen, "tomcat-trust", old.sha256) == set()
    assert holders(seen, "tomcat-trust", new.sha256) == set(NODES)


def test_two_identities_of_one_second_leave_the_last_one_trusted(site, seen, later):
    first = generate_self_signed(site, "sub", "tomcat-ECDSA")

    second = generate_self_signed(site, "sub", "tomcat-ECDSA")

    run_due(later(site, minutes=30))
    assert holders(seen, "tomcat-trust", first.sha256) == set()
    assert holders(seen, "tomcat-trust", second.sha256) == set(NODES)


def test_a_copy_says_what_it_is_a_copy_of(site, seen, later):
    new = generate_self_signed(site, "sub", "tomcat-ECDSA")

    run_due(later(site, minutes=30))

    for node in NODES:
        entries = places.entries(site.db, seen.party(node).id, "tomcat-trust")
        (entry,) = (each for each in entries if each.certificate == new.sha256)
        assert (entry.copy_of, entry.how) == ("tomcat-ECDSA", "copied")


def test_a_copy_that_comes_late_does_not_undo_a_later_one(site, seen, later, outside):
    (older,) = upload_certificate(site, "sub", "tomcat-trust", outside(days_ago=9))
    (newer,) = upload_certificate(site, "pub", "tomcat-trust", outside(days_ago=5))

    run_due(later(site, minutes=30))

    assert holders(seen, "tomcat-trust", newer.sha256) == set(NODES)
    assert holders(seen, "tomcat-trust", older.sha256) == set()


def test_an_older_one_that_was_uploaded_elsewhere_gives_way(site, seen, later, outside):
    (newer,) = upload_certificate(site, "pub", "tomcat-trust", outside(days_ago=5))
    (older,) = upload_certificate(site, "sub", "tomcat-trust", outside(days_ago=9))

    run_due(later(site, minutes=30))

    assert holders(seen, "tomcat-trust", newer.sha256) == set(NODES)
    assert holders(seen, "tomcat-trust", older.sha256) == set()


def test_an_older_one_on_a_node_that_had_lost_the_newer_gives_way_too(
    site, seen, later, outside
):
    (newer,) = upload_certificate(site, "pub", "tomcat-trust", outside(days_ago=5))
    run_due(later(site, minutes=30))
    lose_trust_copy(site, "sub", "tomcat-trust", newer.sha256)
    after = later(site, hours=1)

    (older,) = upload_certificate(after, "sub", "tomcat-trust", outside(days_ago=9))

    assert holders(seen, "tomcat-trust", older.sha256) == {"sub"}
    run_due(later(after, minutes=30))
    assert holders(seen, "tomcat-trust", newer.sha256) == set(NODES)
    assert holders(seen, "tomcat-trust", older.sha256) == set()


def test_a_deletion_that_comes_late_does_not_undo_an_upload(site, seen, later, outside):
    root = outside()
    (stored,) = upload_certificate(site, "pub", "tomcat-trust", root)
    run_due(later(site, minutes=30))
    delete_trust(later(site, minutes=40), "pub", "tomcat-trust", stored.sha256)

    upload_certificate(later(site, minutes=50), "imp", "tomcat-trust", root)

    run_due(later(site, hours=2))
    assert holders(seen, "tomcat-trust", stored.sha256) == set(NODES)


def test_replication_heals_only_what_it_carries(site, seen, later, outside):
    root = seen.authority("root").sha256
    lose_trust_copy(site, "sub", "tomcat-trust", root)

    upload_certificate(site, "pub", "tomcat-trust", outside())

    run_due(later(site, hours=2))
    assert root not in seen.store("sub", "tomcat-trust")


def test_nothing_is_sent_to_a_node_that_was_imported(site, seen, later, outside):
    where = Assignment(cluster="Site", node="far", store="tomcat-trust")
    import_certificates(site, [("root.cer", seen.authority("root").der)], where)

    (stored,) = upload_certificate(site, "pub", "tomcat-trust", outside())

    run_due(later(site, hours=2))
    assert stored.sha256 not in seen.store("far", "tomcat-trust")


def test_each_copy_is_told_at_the_moment_it_was_due(site, seen, later, outside):
    upload_certificate(site, "sub", "tomcat-trust", outside())

    run_due(later(site, days=40))

    copies = [e for e in seen.events("trust.replicated") if "Outside" in e.detail]
    assert {event.about for event in copies} == {
        "tomcat-trust on pub",
        "tomcat-trust on imp",
    }
    assert {event.at for event in copies} == {site.clock.now() + timedelta(minutes=30)}
    assert {event.actor for event in copies} == {"schedule"}


def test_a_node_that_joins_gets_what_the_cluster_trusts(site, seen, later):
    add_node(later(site, days=1), "Site", "sub2")

    for store in ("tomcat-trust", "CallManager-trust"):
        assert seen.store("pub", store) <= seen.store("sub2", store)
    assert seen.store("sub2", "CAPF-trust") == set()
    assert seen.store("sub2", "ipsec-trust") == {seen.slot("sub2", "ipsec").sha256}


def test_a_node_that_joins_gets_what_others_have_lost(site, seen, later):
    root = seen.authority("root").sha256
    for node in NODES:
        lose_trust_copy(site, node, "tomcat-trust", root)

    add_node(later(site, days=1), "Site", "sub2")

    assert root in seen.store("sub2", "tomcat-trust")


def test_a_node_that_joins_between_two_copies_gets_the_newer_one_only(
    site, seen, later
):
    after = later(site, days=1)
    old = seen.slot("sub", "tomcat")
    new = generate_self_signed(after, "sub", "tomcat")

    add_node(later(after, minutes=5), "Site", "sub2")

    assert new.sha256 in seen.store("sub2", "tomcat-trust")
    assert old.sha256 not in seen.store("sub2", "tomcat-trust")


def test_a_lost_copy_is_lost_on_that_node_only(site, seen):
    root = seen.authority("root").sha256

    lose_trust_copy(site, "sub", "tomcat-trust", root)

    assert holders(seen, "tomcat-trust", root) == {"pub", "imp"}
    assert seen.events()[-1].kind == "trust.lost"
    assert seen.events()[-1].about == "tomcat-trust on sub"


@pytest.mark.parametrize(
    ("node", "store", "text"),
    [
        ("sub", "CAPF-trust", "CN=Lab Root is not in CAPF-trust on sub"),
        ("sub", "no-trust", "is not in no-trust on sub"),
        ("nobody", "tomcat-trust", "called nobody"),
    ],
)
def test_a_copy_that_is_not_there_cannot_be_lost(
    site, seen, refusal_of, node, store, text
):
    root = seen.authority("root").sha256

    with refusal_of(site, NotFoundError, text):
        lose_trust_copy(site, node, store, root)


def test_an_unknown_certificate_cannot_be_lost(site, refusal_of):
    with refusal_of(site, NotFoundError, "no certificate with fingerprint"):
        lose_trust_copy(site, "sub", "tomcat-trust", "ab" * 32)
