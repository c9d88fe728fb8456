"""The lab's own address: read strictly, since it goes into certificates."""

import pytest

from lab.actions.set_base_url import set_base_url
from lab.errors import BadInputError, RuleError
from lab.store import settings

BEFORE = "http://127.0.0.1:8501"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://pki.example", "http://pki.example"),
        ("  HTTPS://pki.example:8443/lab/ ", "https://pki.example:8443/lab"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_it_is_kept_without_a_slash_at_its_end(site, seen, given, kept):
    assert set_base_url(site, given) == kept

    assert settings.get(site.db, "base_url") == kept
    (event,) = seen.events("settings.changed")
    assert (event.about, event.detail) == ("base URL", f"{BEFORE} to {kept}")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "pki.example",
        "http://",
        "http:/pki.example",
        "ftp://pki.example",
        "javascript:alert(1)",
        "http://user@pki.example",
        "http://pki.example?a=b",
        "http://pki.example#a",
        "http://pki example",
        "http://pki.example\r\nX: y",
        "http://pki.example:0",
        "http://pki.example:99999",
        "http://pki.example:",
        "http://:80",
        "http://[::1",
        "http://\uff50ki.example",
        "http://" + "a" * 200,
    ],
)
def test_what_is_no_address_is_refused(site, refusal_of, given):
    with refusal_of(site, BadInputError, "is no base URL"):
        set_base_url(site, given)


def test_the_same_again_is_refused(site, refusal_of):
    with refusal_of(site, RuleError, f"the base URL is {BEFORE} already"):
        set_base_url(site, f"{BEFORE}/")
