from unicodedata import category

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import SubjectFields
from lab.pki.der import OID, SEQUENCE, SET, wrap
from lab.pki.names import (
    build_general_names,
    build_name,
    general_name_text,
    name_hash,
    name_text,
    read_name,
)

CN, ORG = bytes.fromhex("550403"), bytes.fromhex("55040a")
UTF8, PRINTABLE, TELETEX, BMP, UNIVERSAL = 12, 19, 20, 30, 28


def name(*attributes):
    """A Name in DER from (OID, tag, bytes)."""
    return wrap(
        SEQUENCE,
        b"".join(
            wrap(SET, wrap(SEQUENCE, wrap(OID, oid) + wrap(tag, value)))
            for oid, tag, value in attributes
        ),
    )


def test_a_subject_is_written_in_the_order_of_the_cluster():
    subject = build_name(
        SubjectFields(
            common_name="pub.uc.example",
            country="JP",
            organization="Example",
            organizational_unit="Voice",
            state="Tokyo",
            locality="Minato",
        )
    )

    order = [attribute.rfc4514_attribute_name for attribute in subject]
    assert order == ["C", "O", "OU", "CN", "ST", "L"]
    assert name_text(subject) == (
        "L=Minato,ST=Tokyo,CN=pub.uc.example,OU=Voice,O=Example,C=JP"
    )


def test_empty_fields_are_left_out_and_the_country_is_a_printable_string():
    der = build_name(SubjectFields(common_name="東京", country="JP")).public_bytes()

    country = (bytes.fromhex("550406"), PRINTABLE, b"JP")
    assert der == name(country, (CN, UTF8, "東京".encode()))


@given(st.text(min_size=1, max_size=70), st.text(max_size=70))
@example("a\x00b", "")
@example(" ", "")
@example("\ud800", "")
def test_any_text_is_refused_or_comes_back_as_it_was(common_name, organization):
    try:
        built = build_name(
            SubjectFields(common_name=common_name, organization=organization)
        )
    except BadInputError:
        return

    values = [attribute.value for attribute in built]
    assert values == [value for value in (organization, common_name) if value]
    assert read_name(built.public_bytes()).common_name


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"common_name": ""}, "empty"),
        ({"common_name": "  "}, "empty"),
        ({"common_name": "a\nb"}, r"'a\nb'"),
        ({"common_name": "a\x00b"}, r"'a\x00b'"),
        ({"common_name": "x" * 65}, "65 characters; at most 64"),
        ({"common_name": "例" * 22}, "66 bytes; at most 64"),
        ({"common_name": "x", "organization": "y" * 65}, "organization"),
        ({"common_name": "x", "locality": "y" * 129}, "at most 128"),
        ({"common_name": "x", "country": "jp"}, "'jp'"),
        ({"common_name": "x", "country": "日本"}, "日本"),
    ],
)
def test_a_bad_field_is_refused_with_its_value(fields, shown):
    with pytest.raises(BadInputError) as refused:
        build_name(SubjectFields(**fields))

    assert shown in str(refused.value)
    assert refused.value.hint.endswith(".")


def test_names_are_equal_whatever_the_string_type_case_and_spaces():
    printable = name((ORG, PRINTABLE, b"Example  CA"))

    for other in (
        name((ORG, UTF8, b"example ca")),
        name((ORG, UTF8, b" EXAMPLE CA ")),
        name((ORG, TELETEX, b"Example CA")),
        name((ORG, BMP, "Example CA".encode("utf-16-be"))),
        name((ORG, UNIVERSAL, "Example CA".encode("utf-32-be"))),
    ):
        assert name_hash(other) == name_hash(printable)


@pytest.mark.parametrize(
    "other",
    [
        name((ORG, UTF8, b"exampleca")),
        name((CN, UTF8, b"example ca")),
        name((ORG, UTF8, b"example ca"), (ORG, UTF8, b"x")),
        name((ORG, 4, b"example ca")),
        name(),
        b"",
    ],
    ids=["no space", "other attribute", "one more", "no string", "none", "broken"],
)
def test_different_names_have_different_hashes(other):
    assert name_hash(other) != name_hash(name((ORG, UTF8, b"example ca")))


def test_the_order_of_relative_names_counts():
    one, two = (ORG, UTF8, b"a"), (CN, UTF8, b"b")

    assert name_hash(name(one, two)) != name_hash(name(two, one))


def test_full_width_letters_compare_as_plain_ones():
    wide = name((CN, UTF8, "\uff21\uff22\uff23".encode()))

    assert name_hash(wide) == name_hash(name((CN, UTF8, b"abc")))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a,b+c", r"CN=a\,b\+c"),
        ('"x"<y>;z\\', r"CN=\"x\"\<y\>\;z\\"),
        ("#x", r"CN=\#x"),
        (" x ", r"CN=\ x\ "),
        (" ", r"CN=\ "),
        ("a\\ ", r"CN=a\\\ "),
        ("a\nb\x00", r"CN=a\0Ab\00"),
        ("a\u202eb", r"CN=a\E2\80\AEb"),
        ("日本　語", "CN=日本　語"),
    ],
)
def test_names_for_people_are_escaped(value, text):
    assert read_name(name((CN, UTF8, value.encode()))).text == text


def test_what_cannot_be_decoded_is_shown_as_hex():
    parts = read_name(name((CN, UTF8, b"\xff\xfe"), (ORG, UTF8, b"x")))

    assert parts.text == "O=x,CN=#0c02fffe"
    assert parts.common_name == ""


def test_unknown_attributes_are_shown_with_dots():
    der = name((bytes.fromhex("2b0601040109"), UTF8, b"x"))

    assert read_name(der).text == "1.3.6.1.4.1.9=x"


def test_the_last_common_name_is_the_one():
    assert read_name(name((CN, UTF8, b"a"), (CN, UTF8, b"b"))).common_name == "b"


def test_a_relative_name_with_two_values_keeps_both():
    subject = x509.Name(
        [
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "a"),
                    x509.NameAttribute(NameOID.SERIAL_NUMBER, "1"),
                ]
            )
        ]
    )

    assert set(name_text(subject).split("+")) == {"CN=a", "serialNumber=1"}


@given(st.binary(max_size=200))
@example(name((CN, UTF8, b"x")) + b"x")
@example(wrap(SEQUENCE, wrap(SET, b"\x30")))
@example(wrap(SEQUENCE, wrap(SET, wrap(SEQUENCE, wrap(OID, b"\x80") + b"\x0c\x00"))))
def test_any_bytes_have_a_text_and_a_hash(der):
    parts = read_name(der)

    assert "Cc" not in map(category, parts.text)
    assert len(name_hash(der)) == 64


@pytest.mark.parametrize(
    ("given_name", "text"),
    [
        ("pub.uc.example", "DNS:pub.uc.example"),
        ("DNS:*.uc.example", "DNS:*.uc.example"),
        ("10.0.0.1", "IP:10.0.0.1"),
        ("2001:db8::1", "IP:2001:db8::1"),
        ("IP:2001:db8::1", "IP:2001:db8::1"),
        ("URI:https://x.example/a", "URI:https://x.example/a"),
        ("email:a@x.example", "email:a@x.example"),
    ],
)
def test_alternative_names_are_read_back_with_their_kind(given_name, text):
    (built,) = build_general_names([given_name])

    assert general_name_text(built) == text


@pytest.mark.parametrize(
    "bad", ["", "a b", "東京.example", "-a.example", "a..b", "x" * 64, "IP:300.1.1.1"]
)
def test_a_bad_alternative_name_is_refused(bad):
    with pytest.raises(BadInputError, match="not a name that a certificate can carry"):
        build_general_names([bad])


@given(st.text(max_size=40))
def test_any_alternative_name_is_refused_or_kept(text):
    try:
        (built,) = build_general_names([text])
    except BadInputError:
        return

    assert general_name_text(built).isprintable()


def test_a_hostile_alternative_name_is_shown_without_its_tricks():
    assert general_name_text(x509.DNSName("good\x00.evil")) == r"DNS:good\00.evil"


def test_a_name_given_twice_is_written_once():
    assert len(build_general_names(["a.example", "a.example"])) == 1
