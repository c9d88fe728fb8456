"""The page that judges: a pasted certificate, files, stores, and one of the lab."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.store import events, listing
from lab.store.listing import View

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


def open_page(**asked):
    app = AppTest.from_file(FRAME, default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("judgement.py").run()


def texts(app):
    return "\n".join(each.value for each in [*app.markdown, *app.caption])


@pytest.fixture
def root(example):
    """A root of a stranger that has begun this very second."""
    return build_root(
        subject=SubjectFields(common_name="**Stranger** <b>:smile:</b>"),
        key=make_key(KeySpec(type="EC", size=256)),
        not_before=example.clock.now(),
        not_after=example.clock.now() + timedelta(days=400),
    )


@pytest.fixture
def issued(example):
    """An identity that an authority of the lab has issued."""
    view = View(at=example.clock.now())
    return next(
        row
        for row in listing.find(example.db, view, limit=1000)
        if row.name == "tomcat" and row.usage == "identity" and not row.self_signed
    )


def test_at_first_the_page_says_what_to_do(example_path):
    app = open_page()

    assert not app.exception
    assert "Nothing is given yet" in app.info[0].value


def test_a_pasted_certificate_is_refused_with_rule_proof_and_remedy(example, root):
    before = events.count(example.db)
    app = open_page()

    app.text_area[0].set_value(write_pem([root]).decode()).run()

    assert not app.exception
    text = texts(app)
    assert "Refused: Not trusted" in text
    for words in ("Evidence", "Rule", "What helps", "Source of the rule"):
        assert f"**{words}:**" in text
    assert "`` **Stranger** <b>:smile:</b> is self-signed" in text  # as code
    assert events.count(example.db) == before


def test_a_file_that_is_trusted_accepts_what_was_pasted(example, root):
    app = open_page(usage="any")
    app.text_area[0].set_value(write_pem([root]).decode()).run()

    box = app.file_uploader(key="judgement_trusted")
    box.set_value([("root.der", root, "application/pkix-cert")])
    app.run()

    assert not app.exception
    assert "Accepted" in texts(app)
    assert "Its own anchor" in texts(app)


def test_a_view_can_be_sent_to_somebody(example, issued):
    app = open_page(
        certificate=issued.certificate,
        trust=f"{issued.cluster} / tomcat-trust",
        name="other.example",
        usage="server",
        at="2000-01-01T00:00",
    )

    assert not app.exception
    assert app.multiselect[0].value == [f"{issued.cluster} / tomcat-trust"]
    text = texts(app)
    assert "Refused: Not yet valid" in text
    assert "other.example" in text
    assert "cryptography" in text


def test_a_certificate_of_the_lab_can_be_put_away_again(example, issued):
    app = open_page(certificate=issued.certificate)

    app.button(key="judgement_another").click().run()

    assert not app.exception
    assert "certificate" not in app.query_params
    assert "Nothing is given yet" in app.info[0].value


@pytest.mark.parametrize(
    "asked",
    [
        {"certificate": "nothing"},
        {"certificate": "'; --"},
        {"trust": "no / store,,x"},
        {"at": "yesterday"},
        {"at": "9999-12-31T23:59:59+14:00"},
        {"at": "0001-01-01"},
        {"usage": "printer", "policy": "none"},
        {"name": "a b\x00" * 200},
    ],
    ids=urlencode,
)
def test_an_address_that_asks_for_nonsense_is_no_accident(example_path, root, asked):
    app = open_page(**asked)
    if app.text_area:
        app.text_area[0].set_value(write_pem([root]).decode()).run()

    assert not app.exception


@pytest.mark.parametrize(
    "pasted", ["nothing", "-----BEGIN CERTIFICATE-----", "\0", "A" * 100_000]
)
def test_what_is_no_certificate_is_refused_in_words(example_path, pasted):
    app = open_page()

    app.text_area[0].set_value(pasted).run()

    assert not app.exception
    assert len(app.error) == 1
