"""The requests page: eight steps, each with the button that does it."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.third_party_flow import flow_of
from lab.pki.requests import read_request
from lab.store import certificates, events, parties, places, requests
from lab.trust.flow_values import Progress

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
NODE, PURPOSE = "cucm-sub2", "tomcat"
pytestmark = pytest.mark.usefixtures("example_path")


def open_page(**asked):
    app = AppTest.from_file(FRAME, default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("certificate_requests.py").run()


def key(lab, name, node=NODE, purpose=PURPOSE):
    return f"requests_{parties.by_name(lab.db, '', node).id}_{purpose}_{name}"


def press(app, name):
    app.button(key=name).click().run()
    assert not app.exception
    assert not app.error, [each.value for each in app.error]
    return app


def texts(app):
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.success])


def badges(app):
    return [each.label.partition("-badge[")[2].split("]")[0] for each in app.expander]


def waiting(lab, node=NODE, purpose=PURPOSE):
    return requests.get(lab.db, parties.by_name(lab.db, "", node).id, purpose)


@pytest.fixture
def slot(example):
    """The page on one slot of the example lab."""
    return open_page(node=NODE, purpose=PURPOSE)


def test_the_request_that_waits_longest_is_shown_at_first(example):
    app = open_page()

    oldest = requests.waiting(example.db)[0]
    assert not app.exception
    assert oldest.purpose in app.query_params["purpose"]
    assert badges(app)[:3] == ["done", "next", "waits"]
    assert len(app.dataframe(key="requests_waiting").value) == 1


def test_an_empty_lab_says_how_to_begin(empty_path):
    app = open_page()

    assert not app.exception
    assert "Nothing is here yet" in app.info[0].value


def test_the_form_makes_the_request_it_describes(slot, example):
    app = slot
    app.text_input(key=key(example, "common_name")).set_value("phones.uc.example")
    app.text_input(key=key(example, "parent")).set_value("")
    app.text_area(key=key(example, "others")).set_value("a.example\nb.example")
    app.selectbox(key=key(example, "size")).set_value(3072)
    app.selectbox(key=key(example, "hash")).set_value("SHA384")
    app.checkbox(key=key(example, "ou")).set_value(True)

    press(app, key(example, "generate"))

    made = read_request(waiting(example)[0])
    assert made.common_name == "phones.uc.example"
    assert "OU=" in made.subject
    assert set(made.alternative_names) == {
        "DNS:cucm-sub2.uc.example",
        "DNS:a.example",
        "DNS:b.example",
    }
    assert str(made.key) == "RSA 3072"
    assert made.signature_algorithm == "sha384WithRSAEncryption"
    assert badges(app)[:2] == ["done", "next"]
    assert made.key_id[:16] in texts(app)


def test_a_shared_request_is_made_on_the_publisher_for_all_nodes(example):
    app = open_page(node="cucm-pub", purpose="CallManager")
    name = key(example, "shared", "cucm-pub", "CallManager")
    app.selectbox(key=name).set_value(True)

    press(app, key(example, "generate", "cucm-pub", "CallManager"))

    made = read_request(waiting(example, "cucm-pub", "CallManager")[0])
    assert {"DNS:cucm-pub.uc.example", "DNS:cucm-sub1.uc.example"} <= set(
        made.alternative_names
    )
    app = open_page(node="cucm-sub1", purpose="CallManager")
    assert "cucm\\-pub made it" in texts(app)


def test_a_new_request_asks_before_it_overwrites_the_old_one(slot, example):
    app = press(slot, key(example, "generate"))
    old = waiting(example)[1]

    press(app, key(example, "generate"))

    assert "overwrites it together with its key" in texts(app)
    assert waiting(example)[1] == old
    press(app, "requests_overwrite")
    assert waiting(example)[1] != old
    assert not [each for each in app.button if each.key == "requests_overwrite"]


def test_cancelling_keeps_the_old_request(slot, example):
    app = press(slot, key(example, "generate"))
    before = waiting(example)

    press(app, key(example, "generate"))
    press(app, "requests_cancel")

    assert waiting(example) == before
    assert not [each for each in app.button if each.key == "requests_overwrite"]


def test_the_whole_way_with_an_authority_of_the_lab(slot, example):
    app = press(slot, key(example, "generate"))
    app.selectbox(key=key(example, "authority")).set_value("example-issuing")
    press(app, key(example, "sign"))
    assert badges(app)[5] == "next"

    press(app, key(example, "upload"))
    assert "This cannot be undone" in texts(app)
    press(app, "requests_upload")
    assert badges(app)[7] == "next"
    press(app, key(example, "restart"))
    press(app, "requests_restart")

    assert set(badges(app)) == {"done", "not needed"}
    assert "All steps are done" in texts(app)
    flow = flow_of(example, NODE, PURPOSE)
    assert flow.finished
    assert flow.facts.in_slot.issuer_common_name.endswith("Issuing CA")


def test_what_would_be_refused_is_refused_before_it_is_done(slot, example):
    app = press(slot, key(example, "generate"))
    app.selectbox(key=key(example, "mode")).set_value("ignored").run()
    press(app, key(example, "sign"))
    before = waiting(example)

    app.button(key=key(example, "upload")).click().run()

    assert not app.exception
    assert "SAN does not match" in app.error[0].value
    assert not [each for each in app.button if each.key == "requests_upload"]
    assert waiting(example) == before


def test_extensions_can_be_picked_by_hand(slot, example):
    app = press(slot, key(example, "generate"))
    app.selectbox(key=key(example, "mode")).set_value("picked").run()
    picked = app.multiselect(key=key(example, "picked_usage"))
    picked.set_value(["digitalSignature"])

    press(app, key(example, "sign"))

    signed = certificates.with_keys(example.db, [waiting(example)[1]])
    [found] = signed[waiting(example)[1]]
    assert found.key_usage == ("digitalSignature",)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_the_whole_way_with_an_authority_outside(slot, example, tmp_path):
    app = press(slot, key(example, "generate"))
    files = sign_outside(app.code[0].value, tmp_path)
    box = next(each for each in app.file_uploader)
    box.set_value([(name, data, "text/plain") for name, data in files.items()])
    app.run()
    assert badges(app)[1:6] == ["done", "done", "done", "not needed", "next"]

    press(app, key(example, "upload_chain"))
    press(app, key(example, "upload"))
    press(app, "requests_upload")

    place = places.slot(example.db, parties.by_name(example.db, "", NODE).id, PURPOSE)
    leaf = certificates.get(example.db, place.certificate)
    assert leaf.issuer_common_name == "Outside Root"
    assert badges(app)[7] == "next"
    assert waiting(example) is None


def sign_outside(pem, folder):
    """Root and certificate, by OpenSSL."""
    (folder / "asked.csr").write_text(pem)
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem"
        " -subj /CN=Outside\\ Root -days 400 -addext"
        " keyUsage=critical,keyCertSign,cRLSign",
        "x509 -req -in asked.csr -CA root.pem -CAkey root.key -CAcreateserial"
        " -days 300 -copy_extensions copyall -out leaf.pem",
    ):
        arguments = [each.replace("\0", " ") for each in
                     command.replace("\\ ", "\0").split()]  # fmt: skip
        subprocess.run(
            ["openssl", *arguments], cwd=folder, check=True, capture_output=True
        )
    return {name: (folder / name).read_bytes() for name in ("leaf.pem", "root.pem")}


def test_files_that_are_no_certificates_are_refused_in_words(slot, example):
    app = press(slot, key(example, "generate"))
    app.file_uploader[0].set_value([("x.txt", b"nothing", "text/plain")]).run()

    assert not app.exception
    assert "no certificate" in app.error[0].value


def test_capf_shows_both_readings_and_the_choice(example):
    app = open_page(node="cucm-pub", purpose="CAPF")

    text = texts(app)
    assert "leave the step out when a CA signed CAPF" in text
    assert "do the step when a CA signed CAPF" in text
    assert "What the lab does" in text


def test_looking_at_a_slot_changes_nothing(example):
    before = events.count(example.db)

    for node in parties.nodes(example.db):
        app = open_page(node=node.name)
        assert not app.exception

    assert events.count(example.db) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"node": "nobody", "purpose": "nothing"},
        {"cluster": "'; --", "node": "cucm-pub"},
        {"cluster": "<b>x</b>"},
        {"node": "imp-pub", "purpose": "CallManager"},
    ],
    ids=urlencode,
)
def test_an_address_that_asks_for_nonsense_is_no_accident(example, asked):
    app = open_page(**asked)

    assert not app.exception
    assert len(app.expander) == 8


def test_every_word_for_progress_is_said(example):
    from pages.request_parts import progress_words

    assert set(progress_words()) == set(Progress)
