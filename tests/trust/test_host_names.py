from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.pki.der import SEQUENCE, wrap
from lab.trust.host_names import NameMatch, judge_name
from tests.trust.hand_made import (
    alternative,
    ask_openssl,
    build_path,
    general_name,
    named,
    needs_openssl,
    needs_openssl_3_0,
    raw,
)

PUB = "pub.uc.example"
NO_NAME = x509.Name([])
HOST_MISMATCH, ADDRESS_MISMATCH = 62, 64  # what OpenSSL says of a name
# What is asked for, the alternative names, the common name, what it matches by.
CASES = [
    ("the same", PUB, [f"DNS:{PUB}"], "", "alternative name"),
    ("another", "sub.uc.example", [f"DNS:{PUB}"], "", ""),
    ("one of several", PUB, ["DNS:a.example", f"DNS:{PUB}"], "", "alternative name"),
    ("capitals asked", "PUB.uc.Example", [f"DNS:{PUB}"], "", "alternative name"),
    ("capitals carried", PUB, ["DNS:Pub.UC.EXAMPLE"], "", "alternative name"),
    ("a label above", "uc.example", [f"DNS:{PUB}"], "", ""),
    ("a label below", f"x.{PUB}", [f"DNS:{PUB}"], "", ""),
    ("the same ending", "xpub.uc.example", [f"DNS:{PUB}"], "", ""),
    ("one label", "pub", ["DNS:pub"], "", "alternative name"),
    ("digits", "1.2.3.example", ["DNS:1.2.3.example"], "", "alternative name"),
    ("an underscore", "a_b.example", ["DNS:a_b.example"], "", "alternative name"),
    ("a star", PUB, ["DNS:*.uc.example"], "", "alternative name"),
    ("a star in capitals", PUB, ["DNS:*.UC.EXAMPLE"], "", "alternative name"),
    ("a star is one label", "a.b.uc.example", ["DNS:*.uc.example"], "", ""),
    ("a star is not none", "uc.example", ["DNS:*.uc.example"], "", ""),
    ("a star below nothing", "example", ["DNS:*"], "", ""),
    ("a star of all the world", "uc.example", ["DNS:*.example"], "", ""),
    ("a star inside", PUB, ["DNS:pub.*.example"], "", ""),
    ("two stars", PUB, ["DNS:*.*.example"], "", ""),
    ("a star within a label", PUB, ["DNS:p*b.uc.example"], "", ""),
    ("a star and a dot", PUB, ["DNS:*."], "", ""),
    ("an A-label", "xn--1lqs71d.example", ["DNS:*.example"], "", ""),
    (
        "a star for an A-label",
        "xn--1lqs71d.uc.example",
        ["DNS:*.uc.example"],
        "",
        "alternative name",
    ),
    ("NUL within", PUB, [f"DNS:{PUB}\0.evil.example"], "", ""),
    ("NUL behind", PUB, [f"DNS:{PUB}\0"], "", ""),
    ("a space behind", PUB, [f"DNS:{PUB} "], "", ""),
    ("a dot behind what is carried", PUB, [f"DNS:{PUB}."], "", ""),
    ("an empty name", PUB, ["DNS:"], "", ""),
    ("not ASCII", PUB, [f"DNS:\xe9.{PUB}", f"DNS:{PUB}"], "", "alternative name"),
    ("a common name", PUB, [], PUB, "common name"),
    ("a common name in capitals", PUB, [], PUB.upper(), "common name"),
    ("a common name with a star", PUB, [], "*.uc.example", "common name"),
    ("another common name", PUB, [], "sub.uc.example", ""),
    ("a common name beside a host", PUB, ["DNS:a.example"], PUB, ""),
    ("a common name beside an address", PUB, ["IP:10.0.0.1"], PUB, "common name"),
    ("a common name beside mail", PUB, ["email:a@b.example"], PUB, "common name"),
    ("a common name with NUL", PUB, [], f"{PUB}\0.evil.example", ""),
    ("the Kelvin sign", "bank.example", [], "ban\u212a.example", ""),
    ("an address", "10.0.0.1", ["IP:10.0.0.1"], "", "alternative name"),
    ("another address", "10.0.0.2", ["IP:10.0.0.1"], "", ""),
    ("an address as text", "10.0.0.1", ["DNS:10.0.0.1"], "", ""),
    ("an address as common name", "10.0.0.1", [], "10.0.0.1", ""),
    ("an address and a star", "10.0.0.1", ["DNS:*.0.0.1"], "", ""),
    ("a long address", "2001:db8::1", ["IP:2001:DB8:0::1"], "", "alternative name"),
    ("written in full", "2001:DB8:0:0::1", ["IP:2001:db8::1"], "", "alternative name"),
    ("the other family", "::ffff:10.0.0.1", ["IP:10.0.0.1"], "", ""),
    ("an address cut", "10.0.0.1", ["IP:#0a0000"], "", ""),
    ("an address with a mask", "10.0.0.1", ["IP:10.0.0.1/32"], "", ""),
    ("a name in mail", PUB, [f"email:a@{PUB}", f"URI:https://{PUB}/"], "", ""),
]


def leaf(names, subject=NO_NAME):
    extensions = [alternative(*names)] if names else []
    return build_path([[], extensions], [named("root"), subject])


def leaf_of(names, common_name):
    return leaf(names, named(common_name) if common_name else NO_NAME)


@pytest.mark.parametrize(
    ("asked", "names", "common_name", "by"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_name_is_matched_as_the_rfc_says(asked, names, common_name, by):
    match = judge_name(asked, leaf_of(names, common_name)[-1])

    assert (match.matched, match.by) == (bool(by), by)


@needs_openssl
@pytest.mark.parametrize(
    ("asked", "names", "common_name", "by"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_openssl_matches_the_same_names(asked, names, common_name, by):
    option = "-verify_hostname" if not is_address(asked) else "-verify_ip"

    errors = ask_openssl(leaf_of(names, common_name), option, asked)

    assert errors <= {HOST_MISMATCH, ADDRESS_MISMATCH}
    assert bool(errors) == (not by)


def is_address(text):
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


@needs_openssl_3_0
@pytest.mark.parametrize(
    ("asked", "name", "matched"),
    [
        # A star is the whole of its label: RFC 9525 section 6.3.
        (PUB, "p*.uc.example", False),
        (PUB, "*b.uc.example", False),
        # Of the characters of a label it says nothing.
        ("a_b.uc.example", "*.uc.example", True),
    ],
)
def test_openssl_says_otherwise_of_some_stars(asked, name, matched):
    path = leaf([f"DNS:{name}"])

    assert judge_name(asked, path[-1]).matched is matched
    assert bool(ask_openssl(path, "-verify_hostname", asked)) is matched


@needs_openssl_3_0
def test_a_dot_at_the_end_is_the_root_of_all_names_but_not_to_openssl():
    path = leaf([f"DNS:{PUB}"])

    assert judge_name(f"{PUB}.", path[-1]).matched
    assert ask_openssl(path, "-verify_hostname", f"{PUB}.") == {HOST_MISMATCH}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("東京.example", "xn--1lqs71d.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),  # IDNA 2008, not "strasse"
        ("pub\u3002uc\uff0eexample", PUB),
        ("例\u3002", "xn--fsq"),
    ],
)
def test_names_in_other_scripts_are_asked_for_as_a_labels(asked, name):
    assert judge_name(asked, leaf([f"DNS:{name}"])[-1]).matched


@pytest.mark.parametrize(
    "asked",
    [
        "",
        ".",
        "..",
        " ",
        "a b",
        " pub.uc.example",
        "pub.uc.example\n",
        "pub\0.uc.example",
        "a..b",
        ".a",
        "a.b..",
        "-a.example",
        "a-.example",
        "x" * 64 + ".example",
        "x." * 126 + "xx",
        "*.uc.example",
        "a@b",
        "a/b",
        "a:80",
        "[::1]",
        "fe80::1%eth0",
        "300.1.1.1",
        "10.0.0.01",
        "1.2.3",
        "10.0.0.0/8",
        "\uff11.\uff12.\uff13.\uff14",
        "-é.example",
        "é" * 64,
        "\ud800.example",
        "\u202epub.example",
        "☃.example",
    ],
)
def test_what_is_no_name_is_refused(asked):
    with pytest.raises(BadInputError, match="neither a host name nor an address") as no:
        judge_name(asked, leaf([])[-1])

    assert no.value.hint.endswith(".")


def test_a_name_of_more_letters_than_there_may_be_is_refused_with_the_number():
    longest = ".".join(["x" * 63] * 3 + ["x" * 61])
    assert len(longest) == 253

    assert judge_name(longest, leaf([f"DNS:{longest}"])[-1]).matched
    with pytest.raises(BadInputError, match="has 300 characters; at most 253"):
        judge_name("x" * 300, leaf([])[-1])


def test_the_names_that_count_are_shown():
    names = ["DNS:a.example", "IP:10.0.0.1", "IP:#00", "email:a@b.example"]
    alone = leaf_of(names, PUB)[-1]
    hostless = leaf_of(names[1:], PUB)[-1]

    assert judge_name(PUB, alone) == NameMatch(
        matched=False, by="", carried=("DNS:a.example", "IP:10.0.0.1", "IP:#00")
    )
    assert judge_name(PUB, hostless).carried == ("IP:10.0.0.1", "IP:#00", f"CN={PUB}")
    assert judge_name("10.0.0.1", hostless).carried == ("IP:10.0.0.1", "IP:#00")


def test_the_names_are_shown_without_their_tricks():
    names = ["DNS:good.example\0.evil.example\n"]

    match = judge_name("good.example", leaf(names)[-1])

    assert match.carried == (r"DNS:good.example\00.evil.example\0A",)


def test_any_of_several_common_names_counts():
    several = x509.Name([*named("a.example"), *named(PUB), *named("b.example")])

    assert judge_name(PUB, leaf([], several)[-1]).by == "common name"


def test_a_common_name_counts_in_every_type_of_string():
    wide = x509.NameAttribute(NameOID.COMMON_NAME, PUB, _ASN1Type.BMPString)

    assert judge_name(PUB, leaf([], x509.Name([wide]))[-1]).by == "common name"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30",
        general_name(f"DNS:{PUB}"),
        wrap(SEQUENCE, general_name(f"DNS:{PUB}")) + b"\0",
        wrap(SEQUENCE, general_name(f"DNS:{PUB}") + b"\x82\x50"),
    ],
    ids=["nothing", "cut", "no sequence", "more behind", "the last is cut"],
)
def test_of_unreadable_alternative_names_none_matches_nor_does_the_common_name(value):
    path = build_path([[], [raw("2.5.29.17", value)]], [named("root"), named(PUB)])

    assert judge_name(PUB, path[-1]) == NameMatch(matched=False)


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
CERTIFICATE = leaf([f"DNS:{PUB}", "IP:10.0.0.1"])[-1]


@given(st.text(max_size=300))
@example("İ.example")
@example("\u0345.example")
@example("ß" * 60)
def test_any_text_is_refused_or_judged(asked):
    try:
        match = judge_name(asked, CERTIFICATE)
    except BadInputError:
        return

    assert match.matched == (asked.casefold().rstrip(".") == PUB or asked == "10.0.0.1")


@given(HOSTS, st.data())
def test_a_name_matches_itself_in_any_case(host, data):
    assume(not host.rpartition(".")[2].isdigit())
    asked = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in host)

    assert judge_name(asked, leaf([f"DNS:{host}"])[-1]).matched
    assert judge_name(host, leaf([f"DNS:{asked}"])[-1]).matched
    assert judge_name(asked, leaf([], named(host))[-1]).matched


@given(st.ip_addresses())
def test_an_address_matches_itself_however_it_is_written(address):
    match = judge_name(address.exploded, leaf([f"IP:{address.compressed}"])[-1])

    assert match.by == "alternative name"


@given(LABELS, HOSTS, HOSTS)
def test_a_star_is_one_label_above_two(label, domain, other):
    assume(not domain.rpartition(".")[2].isdigit())
    certificate = leaf([f"DNS:*.{domain}"])[-1]

    assert judge_name(f"{label}.{domain}", certificate).matched is ("." in domain)
    assert not judge_name(domain, certificate).matched
    assert not judge_name(f"{label}.{label}.{domain}", certificate).matched
    if other != domain and not other.rpartition(".")[2].isdigit():
        assert not judge_name(f"{label}.{other}", certificate).matched


@given(st.binary(max_size=60), st.sampled_from([PUB, "10.0.0.1"]))
def test_any_bytes_as_alternative_names_are_judged(value, asked):
    path = build_path([[], [raw("2.5.29.17", value)]])

    match = judge_name(asked, path[-1])

    assert all(text.isprintable() for text in match.carried)


@given(st.lists(st.tuples(st.sampled_from([0x82, 0x87, 0x86, 0xA0]), st.binary())))
@example([(0x82, PUB.encode() + b"\0")])
def test_any_names_match_only_when_they_are_the_one(names):
    value = wrap(SEQUENCE, b"".join(wrap(tag, content) for tag, content in names))
    path = build_path([[], [raw("2.5.29.17", value)]])

    match = judge_name(PUB, path[-1])

    assert match.matched == any(
        tag == 0x82 and content.lower() in (PUB.encode(), b"*.uc.example")
        for tag, content in names
    )
