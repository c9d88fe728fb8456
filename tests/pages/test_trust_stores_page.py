"""The trust stores page: the matrix, nodes that go and come, deletion, putting back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.compare_stores import compare_stores
from lab.actions.delete_trust import delete_trust
from lab.actions.import_certificates import import_certificates
from lab.belonging import Assignment
from lab.lab import open_lab
from lab.store import parties, places

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
CLUSTER, ROOT = "Example Cluster", "example-root"


def open_page(**address):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    return app.switch_page("trust_stores.py").run()


def entry(lab, node, store="tomcat-trust", authority=ROOT):
    """The address of one certificate in one store of one node."""
    sha256 = parties.authority(lab.db, authority).certificate
    return {"entry": store, "certificate": sha256, "node": node}


def table(app):
    return app.dataframe[0].value


def texts(app):
    shown = (*app.markdown, *app.error, *app.success, *app.warning, *app.info)
    return "\n".join(each.value for each in shown)


def holders(lab, authority=ROOT, store="tomcat-trust"):
    sha256 = parties.authority(lab.db, authority).certificate
    return {
        parties.get(lab.db, each.party).name
        for each in places.of_certificate(lab.db, sha256)
        if each.name == store
    }


def test_the_matrix_has_a_column_a_node_and_a_row_a_certificate(example):
    app = open_page()

    total, _ = compare_stores(example, CLUSTER)
    assert not app.exception
    assert len(table(app)) == total
    nodes = [node.name for node in parties.nodes(example.db, CLUSTER)]
    assert [name for name in table(app).columns if name.startswith("node ")] == [
        f"node {name}" for name in nodes
    ]


def test_only_differences_can_be_asked_for(example):
    app = open_page()

    app.toggle(key="trust_differences").set_value(True).run()

    (row,) = table(app).to_dict("records")
    assert row["name"] == "Example Root CA"
    assert list(row["node imp-sub"]) == ["✕ Missing"]
    assert list(row["node imp-pub"]) == ["✓ Present"]
    assert app.query_params["differences"] == "1"


def test_one_store_can_be_asked_for(example):
    app = open_page(store="CAPF-trust")

    assert set(table(app)["store"]) == {"CAPF-trust"}
    app.selectbox(key="trust_store").set_value("cup-trust").run()
    assert set(table(app)["store"]) == {"cup-trust"}


@pytest.mark.parametrize("name", ["store", "cluster"])
def test_an_address_that_asks_for_what_is_not_there_is_told(example, name):
    app = open_page(**{name: "[x](http://evil.example)"})

    assert not app.exception
    assert "was left out" in app.warning[0].value
    assert "`` [x](http://evil.example) ``" in app.warning[0].value


def test_the_dialog_says_where_it_goes_from_what_breaks_and_what_follows(example):
    app = open_page(**entry(example, "cucm-sub1"))

    assert "It goes from cucm\\-sub1 at once, and from" in texts(app)
    assert "after 30 minutes" in texts(app)
    assert "ldap.corp.example" in app.error[0].value
    assert "web administration of this node" in app.error[0].value
    assert "Restart Cisco Tomcat" in texts(app)
    assert "cannot undo it" in app.warning[0].value
    assert len(holders(example)) == 4


def test_looking_at_what_breaks_changes_nothing(example):
    before = list(example.db.conn.iterdump())

    open_page(**entry(example, "cucm-sub1"))

    assert list(example.db.conn.iterdump()) == before


def test_phones_that_would_be_lost_are_counted(example):
    sha256 = next(
        line.certificate
        for line in compare_stores(example, CLUSTER, store="CallManager-trust")[1]
        if line.common_name.startswith("CAPF-")
    )

    app = open_page(entry="CallManager-trust", certificate=sha256, node="cucm-pub")

    assert "16 phones cannot register with cucm\\-sub1:" in app.error[0].value


def test_a_confirmed_deletion_is_done_and_what_follows_is_shown(example):
    app = open_page(**entry(example, "cucm-sub1"))

    app.button(key="trust_delete").click().run()

    assert not app.exception
    assert "cucm-sub1" not in holders(example)
    assert "Deleted from tomcat-trust on cucm\\-sub1" in texts(app)
    assert "Restart Cisco Tomcat" in texts(app)
    assert "certificate" not in app.query_params


def test_a_cancelled_deletion_deletes_nothing(example):
    app = open_page(**entry(example, "cucm-sub1"))

    app.button(key="trust_cancel").click().run()

    assert "cucm-sub1" in holders(example)
    assert "certificate" not in app.query_params


def test_what_somebody_else_has_deleted_meanwhile_is_refused(example):
    app = open_page(**entry(example, "cucm-sub1"))
    asked = entry(example, "cucm-sub1")
    delete_trust(example, "cucm-sub1", "tomcat-trust", asked["certificate"])

    app.button(key="trust_delete").click().run()

    assert not app.exception
    assert "is not in tomcat-trust on cucm-sub1" in app.error[0].value


def test_a_missing_one_is_put_back(example):
    app = open_page(**entry(example, "imp-sub"))

    app.button(key="trust_put_back").click().run()

    assert not app.exception
    assert "imp-sub" in holders(example)
    assert compare_stores(example, CLUSTER, differing=True) == (0, [])


def test_a_node_is_taken_offline_and_brought_back(example):
    app = open_page()
    node = parties.by_name(example.db, CLUSTER, "cucm-sub2")
    key = f"trust_connection_{node.id}"

    app.button(key=key).click().run()

    assert not parties.get(example.db, node.id).online
    assert app.button(key=key).label == "Bring back"
    app.button(key=key).click().run()
    assert parties.get(example.db, node.id).online
    assert not app.exception


def test_deleting_on_a_node_that_is_offline_is_refused_in_the_clusters_words(example):
    app = open_page()
    node = parties.by_name(example.db, CLUSTER, "cucm-sub2")
    app.button(key=f"trust_connection_{node.id}").click().run()

    app = open_page(**entry(example, "cucm-sub2"))

    assert "Connection to the Server cannot be established" in app.error[0].value
    assert not [each for each in app.button if each.key == "trust_delete"]


def test_a_forced_sync_heals_the_node_that_has_drifted(example):
    app = open_page()
    node = parties.by_name(example.db, CLUSTER, "imp-pub")

    app.button(key=f"trust_sync_{node.id}").click().run()

    assert not app.exception
    assert "imp-sub" in holders(example)


def test_a_certificate_that_is_in_no_such_store_is_told(example):
    app = open_page(entry="cup-trust", certificate="ab" * 32)

    assert "No node of this cluster has that certificate" in app.warning[0].value


def test_an_imported_node_is_only_looked_at(example):
    other = open_lab(example.db.execute("PRAGMA database_list").fetchone()[2])
    root = parties.authority(other.db, ROOT).certificate
    der = other.db.execute(
        "SELECT der FROM ders WHERE certificate = ?", [root]
    ).fetchone()[0]
    where = Assignment(cluster="Far", node="far1", store="tomcat-trust")
    import_certificates(other, [("root.cer", der)], where)
    other.close()

    app = open_page(cluster="Far", entry="tomcat-trust", certificate=root, node="far1")

    assert not app.exception
    assert "was imported" in app.info[0].value
    assert not [each for each in app.button if each.key == "trust_delete"]
