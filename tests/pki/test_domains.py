"""Names that a request may ask for, and why others may not be asked for."""

import pytest

from lab.errors import BadInputError, RuleError
from lab.pki.domains import read_domain


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("web.uc.example", "web.uc.example"),
        ("WEB.Example", "web.example"),
        ("a-b.c-1.example", "a-b.c-1.example"),
        ("1.example", "1.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("xn--wgv71a119e.jp", "xn--wgv71a119e.jp"),
        ("x" * 63 + ".example", "x" * 63 + ".example"),
        (".".join(["a" * 49] * 5) + ".bcd", ".".join(["a" * 49] * 5) + ".bcd"),
    ],
)
def test_a_name_of_the_dns_is_returned_in_small_letters(typed, name):
    assert len(name) <= 253
    assert read_domain(typed) == name


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        ("", BadInputError, "is not a name that the DNS can have"),
        (" ", BadInputError, "is not a name that the DNS can have"),
        (" a.example", BadInputError, "is not a name that the DNS can have"),
        ("a.example ", BadInputError, "is not a name that the DNS can have"),
        ("a.example\n", BadInputError, "is not a name that the DNS can have"),
        ("a\x00.example", BadInputError, "is not a name that the DNS can have"),
        (".example", BadInputError, "is not a name that the DNS can have"),
        ("a.-b.example", BadInputError, "is not a name that the DNS can have"),
        ("a.b-.example", BadInputError, "is not a name that the DNS can have"),
        ("_sip.example", BadInputError, "is not a name that the DNS can have"),
        ("a@b.example", BadInputError, "is not a name that the DNS can have"),
        ("https://a.example", BadInputError, "is not a name that the DNS can have"),
        ("xn--.example", BadInputError, "is not a name that the DNS can have"),
        ("xn--a.example", BadInputError, "is not a name that the DNS can have"),
        ("xn--!.example", BadInputError, "is not a name that the DNS can have"),
        ("xn--99999999.example", BadInputError, "that the DNS can have"),
        ("x" * 64 + ".example", BadInputError, "is not a name that the DNS can have"),
        ("a.example.", BadInputError, "ends with a dot"),
        ("..", BadInputError, "ends with a dot"),
        ("bücher.example", BadInputError, "is not written in ASCII"),
        ("例え。jp", BadInputError, "is not written in ASCII"),
        ("\u202eelpmaxe.a", BadInputError, "is not written in ASCII"),
        ("\ud800.example", BadInputError, "is not written in ASCII"),
        ("web", BadInputError, "is not a full name"),
        (".".join(["a" * 49] * 5) + ".bcde", BadInputError, "254 characters"),
        ("a." * 50_000 + "b", BadInputError, "100001 characters"),
        ("*.example", RuleError, "is a wildcard"),
        ("a*.example", RuleError, "is a wildcard"),
        ("*", RuleError, "is a wildcard"),
        ("192.0.2.1", RuleError, "is an IP address"),
        ("192.0.2.1.", RuleError, "is an IP address"),
        ("192.0.2.999", RuleError, "is an IP address"),
        ("3221225985", RuleError, "is an IP address"),
        ("2001:db8::1", RuleError, "is an IP address"),
        ("[2001:db8::1]", RuleError, "is an IP address"),
        ("fe80::1%eth0", RuleError, "is an IP address"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(typed, kind, text):
    with pytest.raises(kind) as caught:
        read_domain(typed)

    assert text in str(caught.value)
    assert caught.value.hint.endswith(".")
    assert len(str(caught.value)) < 300


def test_a_parent_domain_may_have_one_part():
    assert read_domain("lan", labels=1) == "lan"
