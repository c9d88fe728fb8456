"""The page that asks a responder: chosen, asked over HTTP, taken apart."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.set_base_url import set_base_url
from lab.actions.set_fault import set_fault
from lab.store import asking, events
from lab.web.serving import serving_in_background

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


def open_page(**asked):
    app = AppTest.from_file(FRAME, default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("responder_console.py").run()


@pytest.fixture
def base(example_path, example):
    """The address of a server of the example lab, which knows it as its own."""
    with serving_in_background(example_path) as base:
        set_base_url(example, base)
        yield base


@pytest.fixture
def revoked(example):
    return next(
        each
        for each in asking.find(example.db)
        if each.reason and each.issued_by == "Example Issuing CA"
    )


@pytest.fixture
def page(base, revoked):
    return open_page(certificate=revoked.sha256, url=f"{base}/pki/ocsp")


def ask(app):
    app.button(key="responder_ask").click().run()
    assert not app.exception
    return app


def words(app):
    return " ".join(each.value for each in [*app.markdown, *app.caption])


def field(app, which, name):
    """What this part says; of the request, or of the response, which comes last."""
    trees = [each.value for each in app.dataframe if "note" in each.value]
    table = trees[0 if which == "request" else -1]
    return list(table[table["name"].str.strip() == name]["value"])


def test_at_first_it_says_what_to_do(example_path):
    app = open_page()

    assert not app.exception
    assert "Choose a certificate" in app.info[0].value
    assert "responder_ask" not in [each.key for each in app.button]


def test_an_empty_lab_says_how_to_begin(empty_path):
    app = open_page()

    assert not app.exception
    assert "Nothing is here yet" in app.info[0].value


def test_what_is_revoked_can_be_chosen_first(example_path, revoked):
    app = open_page()

    assert "keyCompromise" in app.multiselect(key="responder_certificate").options[0]
    app.text_input(key="responder_q").set_value(revoked.serial).run()
    assert len(app.multiselect(key="responder_certificate").options) == 1


def test_a_question_is_answered_and_taken_apart(page, revoked):
    ask(page)

    assert ":red-badge" in words(page)
    assert revoked.common_name in words(page)
    assert field(page, "request", "serialNumber") == [revoked.serial]
    assert field(page, "response", "certStatus") == ["revoked"]
    assert "HTTP 200" in words(page)
    headers = page.dataframe[-1].value
    assert "application/ocsp-response" in list(headers["value"])


def test_why_is_told_by_the_own_responder(page):
    ask(page)

    assert "How the lab's own responder comes to this answer" in words(page)
    assert "keyCompromise" in words(page)


def test_the_same_is_written_for_openssl(page, base):
    page.selectbox(key="responder_hash").set_value("sha384").run()

    line = page.code[0].value
    assert line.startswith("openssl ocsp -sha384 ")
    assert f"-url {base}/pki/ocsp" in line
    assert page.query_params["hash"] == "sha384"


@pytest.mark.parametrize(
    ("nonce", "status"), [("128", "successful (0)"), ("129", "malformedRequest (1)")]
)
def test_a_nonce_is_sent_as_it_is_chosen(page, nonce, status):
    page.selectbox(key="responder_nonce").set_value(nonce).run()
    ask(page)

    assert field(page, "response", "responseStatus") == [status]
    [sent] = field(page, "request", "nonce")
    assert sent.endswith(f"({nonce} octets)")


def test_an_answer_to_another_question_is_not_shown(page):
    ask(page)
    page.selectbox(key="responder_hash").set_value("sha256").run()

    assert "Not asked yet" in words(page)
    assert not page.dataframe


def test_a_crl_is_fetched(page, base):
    page.get_by_key("responder_method").set_value("CRL").run()
    page.query_params["url"] = f"{base}/pki/crl/example-issuing.crl"
    page.run()
    ask(page)

    assert ":red-badge" in words(page)
    assert field(page, "response", "CertificateList") == [""]


def test_a_fault_is_told_loudly(page, example):
    set_fault(example, "*", "OCSP", "http_500")
    ask(page)

    assert any("HTTP 500" in each.value for each in page.warning)
    assert "Unusable" in words(page)


def test_what_is_no_answer_is_shown_as_it_is(page, example):
    set_fault(example, "*", "OCSP", "garbage")
    ask(page)

    assert any("not an OCSPResponse" in each.value for each in page.warning)


def test_nobody_there_is_an_answer_too(example_path, revoked):
    app = open_page(certificate=revoked.sha256, url="http://127.0.0.1:9/ocsp")
    ask(app)

    assert "Unreachable" in words(app)


def test_an_address_that_is_none_is_refused(example_path, example, revoked):
    before = events.count(example.db)
    app = open_page(certificate=revoked.sha256, url="[a](http://b) :smile:")
    ask(app)

    assert "no address" in app.error[0].value
    assert events.count(example.db) == before


def test_strange_words_in_the_address_are_left_alone(example_path, revoked):
    app = open_page(
        certificate=f"{revoked.sha256},zz,<b>", nonce="-5", hash="md5", how="PUT"
    )

    assert not app.exception
    assert app.multiselect(key="responder_certificate").value == [revoked.sha256]
    assert app.selectbox(key="responder_hash").value == "sha1"
