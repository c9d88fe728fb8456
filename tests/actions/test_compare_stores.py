"""The drift matrix: node by store by certificate."""

import pytest

from lab.actions.compare_stores import compare_stores
from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.import_certificates import import_certificates
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.run_due import run_due
from lab.actions.upload_certificate import upload_certificate
from lab.belonging import Assignment
from lab.models import Usage
from lab.store import overview, places
from lab.store.drift import Presence


@pytest.fixture
def cells(site):
    """What the matrix says of one certificate in one store."""

    def look(store, sha256, lab=site):
        total, lines = compare_stores(lab, "Site", store=store, certificate=sha256)
        assert total == len(lines) == 1
        return {name: each.value for name, each in lines[0].nodes.items()}

    return look


def differences(lab):
    total, lines = compare_stores(lab, "Site", differing=True)
    assert total == len(lines)
    assert all(line.differs for line in lines)
    return {(line.store, line.common_name) for line in lines}


def test_a_cluster_at_rest_has_no_differences(site):
    total, lines = compare_stores(site, "Site")

    assert differences(site) == set()
    assert total == len(lines) > 10
    assert not any(line.differs for line in lines)


def test_what_a_node_has_lost_is_missing(site, seen, cells):
    root = seen.authority("root").sha256
    lose_trust_copy(site, "sub", "tomcat-trust", root)

    assert cells("tomcat-trust", root) == {
        "pub": "present",
        "sub": "missing",
        "imp": "present",
    }
    assert differences(site) == {("tomcat-trust", "Lab Root")}
    ((*_rest, node),) = places.drift(site.db, ["tomcat-trust"])
    assert node == "sub"


def test_what_all_nodes_have_lost_is_missing_everywhere(site, seen, cells):
    root = seen.authority("root").sha256
    for node in ("pub", "sub", "imp"):
        lose_trust_copy(site, node, "tomcat-trust", root)

    assert set(cells("tomcat-trust", root).values()) == {"missing"}


def test_a_change_is_on_its_way_until_it_is_due(site, seen, later, cells):
    old = seen.slot("sub", "tomcat")
    new = generate_self_signed(later(site, days=1), "sub", "tomcat")

    coming = {"pub": "coming", "sub": "present", "imp": "coming"}
    assert cells("tomcat-trust", new.sha256) == coming
    going = {"pub": "coming", "sub": "absent", "imp": "coming"}
    assert cells("tomcat-trust", old.sha256) == going
    assert ("Site", "tomcat-trust", new.subject) in overview.on_the_way(site.db)
    run_due(later(site, days=1, minutes=30))
    assert set(cells("tomcat-trust", new.sha256).values()) == {"present"}
    assert differences(site) == set()
    assert overview.on_the_way(site.db) == set()


def test_what_an_offline_node_misses_waits_for_it(site, seen, later, cells):
    root = seen.authority("root").sha256
    take_offline(site, "sub")
    delete_trust(site, "pub", "tomcat-trust", root)
    run_due(later(site, hours=1))

    waiting = {"pub": "absent", "sub": "waiting", "imp": "absent"}
    assert cells("tomcat-trust", root) == waiting
    bring_back(later(site, hours=2), "sub")
    assert cells("tomcat-trust", root)["sub"] == "coming"


def test_a_deletion_in_a_local_store_that_waits_is_told(site, seen, cells):
    root = seen.authority("root")
    for node in ("pub", "sub"):
        upload_certificate(site, node, "CAPF-trust", root.der)
    assert cells("CAPF-trust", root.sha256) == {
        "pub": "present",
        "sub": "present",
        "imp": "no_store",
    }
    take_offline(site, "sub")

    delete_trust(site, "pub", "CAPF-trust", root.sha256)

    assert cells("CAPF-trust", root.sha256)["sub"] == "waiting"
    assert ("CAPF-trust", "Lab Root") in differences(site)


def test_local_stores_may_differ(site, seen, cells):
    root = seen.authority("root")
    upload_certificate(site, "sub", "Phone-trust", root.der)

    assert cells("Phone-trust", root.sha256) == {
        "pub": "absent",
        "sub": "present",
        "imp": "no_store",
    }
    assert differences(site) == set()


def test_what_the_database_does_not_have_is_extra_and_an_older_one_stale(
    site, seen, later, cells
):
    old = seen.slot("sub", "tomcat")
    elliptic = seen.authority("elliptic").sha256
    new = generate_self_signed(later(site, days=1), "sub", "tomcat")
    run_due(later(site, days=2))
    pub = seen.party("pub").id
    for sha256 in (old.sha256, elliptic):
        places.put(
            site.db,
            pub,
            Usage.TRUST,
            "tomcat-trust",
            sha256,
            since=site.clock.now(),
            how="uploaded",
        )

    assert cells("tomcat-trust", old.sha256)["pub"] == "stale"
    assert cells("tomcat-trust", elliptic)["pub"] == "extra"
    assert set(cells("tomcat-trust", new.sha256).values()) == {"present"}
    assert differences(site) == {
        ("tomcat-trust", "Lab Elliptic"),
        ("tomcat-trust", old.common_name),
    }


def test_what_was_deleted_on_one_node_of_two_is_missing_there_until_both_lose_it(
    site, seen, later
):
    der, sha256 = seen.authority("elliptic").der, seen.authority("elliptic").sha256
    upload_certificate(site, "pub", "directory-trust", der)
    run_due(later(site, minutes=30))

    delete_trust(site, "pub", "directory-trust", sha256)

    _, (line,) = compare_stores(site, "Site", store="directory-trust")
    assert line.nodes["pub"] is Presence.MISSING
    assert line.holders == ("sub",)
    delete_trust(site, "sub", "directory-trust", sha256)
    assert compare_stores(site, "Site", store="directory-trust") == (0, [])


def test_of_an_imported_cluster_any_node_tells_what_is_expected(site, seen):
    root, elliptic = seen.authority("root").der, seen.authority("elliptic").der
    for node, der in (("far1", root), ("far2", root), ("far1", elliptic)):
        where = Assignment(cluster="Far", node=node, store="tomcat-trust")
        import_certificates(site, [("file.cer", der)], where)

    _, lines = compare_stores(site, "Far", differing=True)

    (line,) = lines
    assert line.common_name == "Lab Elliptic"
    assert line.nodes == {"far1": Presence.PRESENT, "far2": Presence.MISSING}
    drift = [row for row in places.drift(site.db, ["tomcat-trust"]) if row[0] == "Far"]
    assert [row[4] for row in drift] == ["far2"]


def test_lines_come_in_parts(site):
    total, everything = compare_stores(site, "Site")

    parts = [
        compare_stores(site, "Site", start=start, limit=7)[1]
        for start in range(0, total, 7)
    ]

    assert [line for part in parts for line in part] == everything
