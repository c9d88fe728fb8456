"""Names of strangers on a page: shown as they are, never read as Markdown."""

import pytest

from pages.shared import as_code, as_text


@pytest.mark.parametrize(
    "name",
    [
        "see http://b.example now",
        "HTTPS://B.EXAMPLE",
        "www.lab",
        "mail me@b.example",
        ":material/block:",
        "a :red[b] c",
        ":smile:",
        ":blue-badge[x]",
    ],
)
def test_what_would_be_a_link_or_an_icon_is_shown_as_code(name):
    assert as_text(name) == as_code(name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cucm-sub1.uc.example", r"cucm\-sub1\.uc\.example"),
        ("**bold**", r"\*\*bold\*\*"),
        ("<b>x</b>", r"\<b\>x\</b\>"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("$x^2$", r"\$x\^2\$"),
        ("two\n\n# lines", r"two \# lines"),
        ("in 3 days: no", r"in 3 days\: no"),
        ("東京 CA", "東京 CA"),
    ],
)
def test_signs_of_markdown_are_taken_literally(name, shown):
    assert as_text(name) == shown


def test_code_cannot_be_left_from_inside():
    assert as_code("a `` b ``` c") == "`` a '' b ''' c ``"
