"""Every page opens: on an empty lab, on the example lab, on an import alone."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.import_certificates import import_certificates
from lab.lab import open_lab
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from tests.conftest import NOON

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
PAGES = re.findall(r'"(\w+\.py)"', FRAME.read_text("utf-8"))


@pytest.fixture(params=["empty", "example", "imported"])
def app(request):
    """The app on each kind of lab."""
    path = request.getfixturevalue(
        "example_path" if request.param == "example" else "empty_path"
    )
    if request.param == "imported":
        lab = open_lab(path)
        root = build_root(
            subject=SubjectFields(common_name="Stranger"),
            key=make_key(KeySpec(type="EC", size=256)),
            not_before=NOON.replace(year=2020),
            not_after=NOON.replace(year=2040),
        )
        import_certificates(lab, [("stranger.cer", root)])
        lab.close()
    return AppTest.from_file(FRAME, default_timeout=30)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens(app, page):
    app.run()
    if page != "overview.py":
        app.switch_page(page).run()

    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_in_japanese(app, page):
    app.query_params["language"] = "ja"
    app.run()
    if page != "overview.py":
        app.switch_page(page).run()

    assert not app.exception
    assert any(ord(letter) > 0x3000 for letter in app.title[0].value)
