"""Two languages: every text of a page can be translated, and is."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from pages.locale.extract import calls

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "pages").glob("*.py"))
FIELD = re.compile(r"{(\w+)[^}]*}")
# Keyword arguments that carry no words for people.
NO_WORDS = {"key", "icon", "format", "type", "width", "height", "query_params"}
NO_WORDS |= {"data", "file_name", "mime", "timezone", "language", "on_select"}
TRANSLATORS = {"_", "counted"}
DRAWN = {
    *("title", "header", "subheader", "caption", "markdown", "write", "text", "info"),
    *("warning", "error", "success", "toast", "button", "form_submit_button"),
    *("download_button", "link_button", "page_link", "checkbox", "toggle", "radio"),
    *("selectbox", "multiselect", "slider", "select_slider", "text_input"),
    *("text_area", "number_input", "date_input", "file_uploader", "metric", "expander"),
    *(
        "popover",
        "tabs",
        "dialog",
        "spinner",
        "status",
        "progress",
        "segmented_control",
    ),
    *("pills", "badge", "Page", "TextColumn", "DatetimeColumn", "NumberColumn"),
    *("MultiselectColumn", "ListColumn", "LinkColumn", "ProgressColumn", "dataframe"),
    *("DateColumn", "CheckboxColumn", "SelectboxColumn", "plotly_chart", "table"),
}


@pytest.fixture(scope="module")
def wanted():
    """Every text that the catalogues must know, with its plural where it has one."""
    with (ROOT / "pages/locale/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(
        ROOT, methods, options, keywords={"_": None, "counted": (1, 2)}
    )
    return {message for _, _, message, _, _ in found}


@pytest.fixture(scope="module")
def japanese():
    with (ROOT / "pages/locale/ja.po").open("rb") as file:
        return read_po(file, locale="ja")


def test_every_text_has_its_japanese(wanted, japanese):
    known = {message.id for message in japanese if message.id and _all(message.string)}

    assert wanted - known == set()


def test_the_japanese_catalogue_holds_nothing_that_is_no_longer_shown(wanted, japanese):
    assert {message.id for message in japanese if message.id} - wanted == set()


def test_a_translation_fills_the_same_values(japanese):
    wrong = []
    for message in japanese:
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = message.string
        strings = [strings] if isinstance(strings, str) else list(strings)
        allowed = set().union(*(FIELD.findall(text) for text in texts))
        needed = set(FIELD.findall(texts[-1]))
        for string in strings:
            found = set(FIELD.findall(string))
            if not needed <= found | {"number"} or not found <= allowed:
                wrong.append((message.id, string))

    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_text_of_a_page_bypasses_the_catalogues(page):
    bare = list(_bare_texts(ast.parse(page.read_text("utf-8"))))

    assert bare == []


def test_a_bare_text_would_be_found():
    source = 'st.title("Hello there")\nst.button(_("Fine"), help="Not fine at all")\n'

    assert list(_bare_texts(ast.parse(source))) == ["Hello there", "Not fine at all"]


def test_a_text_inside_an_f_string_is_found():
    source = b"st.write(f\"**{_('Deep inside')}** {counted('one', 'many', 2)}\")"

    found = [message for _, _, message, _ in calls(io.BytesIO(source), {}, [])]

    assert found == [("Deep inside",), ("one", "many")]


def test_a_catalogue_can_be_read_back(japanese):
    assert isinstance(japanese, Catalog)
    assert io.StringIO(str(japanese.num_plurals)).read() == "1"


def _all(strings):
    return bool(strings) and all([strings] if isinstance(strings, str) else strings)


def _bare_texts(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in DRAWN:
            for argument in node.args:
                yield from _texts(argument)
            for word in node.keywords:
                if word.arg not in NO_WORDS:
                    yield from _texts(word.value)


def _texts(node):
    """The literal words under a node that no translator is called with."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
        if re.search(r"[a-z] [a-zA-Z]|^[A-Z][a-z]", text):
            yield text
    if isinstance(node, ast.Subscript):
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _name(call):
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return getattr(call.func, "id", "")
