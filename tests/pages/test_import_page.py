"""The import page: look first, then take in, all or nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.import_certificates import Assignment, import_certificates
from lab.lab import open_lab
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem, write_pkcs7
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.store import certificates, events, parties, places

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # real files have real dates


@pytest.fixture(scope="module")
def roots():
    """Three roots of strangers; one has a name that means mischief."""
    key = make_key(KeySpec(type="EC", size=256))
    names = ["Stranger One", "Stranger Two", "**bold** <b>x</b> =1+1 [a](http://b)"]
    return [
        build_root(
            subject=SubjectFields(common_name=name),
            key=key,
            not_before=NOW - timedelta(days=30),
            not_after=NOW + timedelta(days=400),
        )
        for name in names
    ]


@pytest.fixture
def app(empty_path):
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.run()
    return app.switch_page("import_files.py").run()


def choose(app, *files):
    app.file_uploader[0].set_value(
        [(name, data, "application/octet-stream") for name, data in files]
    )
    return app.run()


def place(app, cluster, node, name):
    """Fill the three boxes one after the other, as a person does."""
    app.segmented_control(key="import_way").set_value("one").run()
    app.selectbox(key="import_cluster").set_value(cluster).run()
    app.selectbox(key="import_node").set_value(node).run()
    app.selectbox(key="import_place").set_value(name).run()


def numbers(app):
    return [metric.value for metric in app.metric]


def test_at_first_the_page_says_what_to_do(app):
    assert not app.exception
    assert "Nothing is chosen yet" in app.info[0].value


def test_a_preview_shows_what_is_new_and_changes_nothing(app, roots, empty_path):
    choose(app, ("roots.pem", write_pem(roots)), ("readme.txt", b"nothing here"))

    lab = open_lab(empty_path)
    assert not app.exception
    assert numbers(app) == ["2", "3", "0", "1"]
    assert certificates.count(lab.db) == 0
    assert events.count(lab.db) == 0


def test_taking_in_stores_them_and_says_so(app, roots, empty_path):
    choose(app, ("roots.p7b", write_pkcs7(roots)))

    app.button(key="import_take_in").click().run()

    lab = open_lab(empty_path)
    assert not app.exception
    assert "3 certificates were taken in" in app.success[0].value
    assert certificates.count(lab.db) == 3
    assert [event.kind for event in events.latest(lab.db)] == ["certificates.imported"]


def test_what_is_known_is_counted_as_known(app, roots):
    choose(app, ("one.cer", roots[0]))
    app.button(key="import_take_in").click().run()

    choose(app, ("roots.pem", write_pem(roots)))

    assert numbers(app) == ["1", "2", "1", "0"]


def test_names_are_shown_as_they_are(app, roots):
    choose(app, ("odd.pem", write_pem(roots[2:])))

    shown = app.dataframe[0].value
    assert list(shown["name"]) == ["**bold** <b>x</b> =1+1 [a](http://b)"]


def test_certificates_can_be_given_a_cluster_a_node_and_a_store(app, roots, empty_path):
    lab = open_lab(empty_path)
    known = Assignment(cluster="Production", node="cm1")
    import_certificates(lab, [("one.cer", roots[2])], known)
    choose(app, ("roots.pem", write_pem(roots[:2])))
    place(app, "Production", "cm1", "tomcat-trust")

    app.button(key="import_take_in").click().run()

    node = parties.by_name(lab.db, "Production", "cm1")
    assert not app.exception
    assert len(places.entries(lab.db, node.id, "tomcat-trust")) == 2


def test_a_refused_import_is_explained_and_nothing_is_stored(app, roots, empty_path):
    lab = open_lab(empty_path)
    known = Assignment(cluster="Production", node="cm1")
    import_certificates(lab, [("one.cer", roots[2])], known)
    choose(app, ("roots.pem", write_pem(roots[:2])))
    place(app, "Production", "cm1", "tomcat")

    app.button(key="import_take_in").click().run()

    assert not app.exception
    assert "holds one certificate" in app.error[0].value
    assert certificates.count(lab.db) == 1


def test_files_with_nothing_in_them_cannot_be_taken_in(app):
    choose(app, ("empty.pem", b""), ("junk.der", b"\x30\x82\xff\xff"))

    assert not app.exception
    assert numbers(app)[1:] == ["0", "0", "2"]
    assert [button.key for button in app.button if button.key == "import_take_in"] == []
