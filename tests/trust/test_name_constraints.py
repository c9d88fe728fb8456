import random
from ipaddress import ip_network
from time import perf_counter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lab.pki.der import SEQUENCE, wrap
from lab.pki.loading import load
from lab.pki.names import general_name_text
from lab.trust.general_names import RawName
from lab.trust.name_constraints import (
    DISTANCE,
    EXCLUDED,
    MOST_COMPARISONS,
    NOT_COMPARABLE,
    NOT_PERMITTED,
    TOO_MANY,
    UNREADABLE_CONSTRAINTS,
    UNREADABLE_NAMES,
    judge_names,
)
from tests.trust.hand_made import (
    OPENSSL,
    TAGS,
    alternative,
    ask_openssl,
    build_path,
    general_name,
    named,
    needs_openssl,
    needs_openssl_3_0,
    raw,
)

NO_NAME = x509.Name([])
# What OpenSSL says: permitted, excluded, minimum, type, syntax of both, unspecified.
OF_NAMES = {1, 47, 48, 49, 51, 52, 53}
# What a CA permits (+) and excludes (-), the alternative names of a leaf below it (with
# "subject:" its name), and what is said; None when it is accepted.
CASES = {
    "DNS, itself": ("+DNS:a.example", "DNS:a.example", None),
    "DNS, below": ("+DNS:a.example", "DNS:x.y.a.example", None),
    "DNS, above": ("+DNS:a.example", "DNS:example", NOT_PERMITTED),
    "DNS, another": ("+DNS:a.example", "DNS:b.example", NOT_PERMITTED),
    "DNS, only the ending": ("+DNS:a.example", "DNS:xa.example", NOT_PERMITTED),
    "DNS, in capitals": ("+DNS:A.example", "DNS:x.a.EXAMPLE", None),
    "DNS, one of two": ("+DNS:a.example +DNS:b.example", "DNS:b.example", None),
    "DNS, one not": ("+DNS:a.example", "DNS:a.example DNS:b.test", NOT_PERMITTED),
    "DNS, a star below": ("+DNS:a.example", "DNS:*.a.example", None),
    "DNS, a star beside": ("+DNS:x.a.example", "DNS:*.a.example", NOT_PERMITTED),
    "DNS, with a dot, below": ("+DNS:.a.example", "DNS:x.a.example", None),
    "DNS, with a dot, itself": ("+DNS:.a.example", "DNS:a.example", NOT_PERMITTED),
    "DNS, all": ("+DNS:", "DNS:a.example", None),
    "DNS, none": ("-DNS:", "DNS:a.example", EXCLUDED),
    "DNS, excluded": ("-DNS:a.example", "DNS:a.example", EXCLUDED),
    "DNS, excluded, below": ("-DNS:a.example", "DNS:x.a.example", EXCLUDED),
    "DNS, excluded, another": ("-DNS:a.example", "DNS:b.example", None),
    "DNS, excluded with a dot": ("-DNS:.a.example", "DNS:x.a.example", EXCLUDED),
    "DNS, excluded with a dot, itself": ("-DNS:.a.example", "DNS:a.example", None),
    "DNS, excluded, a star above": ("-DNS:a.example", "DNS:*.x.a.example", EXCLUDED),
    "DNS, excluded in it": (
        "+DNS:a.example -DNS:b.a.example",
        "DNS:b.a.example",
        EXCLUDED,
    ),
    "DNS, beside the excluded": (
        "+DNS:a.example -DNS:b.a.example",
        "DNS:c.a.example",
        None,
    ),
    "DNS, no name of the form": ("+DNS:a.example", "IP:10.0.0.1", None),
    "DNS, a dot behind": ("+DNS:a.example", "DNS:a.example.", NOT_PERMITTED),
    "IP, itself": ("+IP:10.0.0.1/32", "IP:10.0.0.1", None),
    "IP, in the net": ("+IP:10.0.0.0/8", "IP:10.255.0.1", None),
    "IP, outside": ("+IP:10.0.0.0/8", "IP:11.0.0.1", NOT_PERMITTED),
    "IP, the other family": ("+IP:10.0.0.0/8", "IP:::1", NOT_PERMITTED),
    "IP, all of one family": ("+IP:0.0.0.0/0", "IP:::1", NOT_PERMITTED),
    "IP, long": ("+IP:2001:db8::/32", "IP:2001:db8:1::5", None),
    "IP, long, outside": ("+IP:2001:db8::/32", "IP:2001:db9::5", NOT_PERMITTED),
    "IP, excluded": ("-IP:10.0.0.0/8", "IP:10.1.1.1", EXCLUDED),
    "IP, excluded, outside": ("-IP:10.0.0.0/8", "IP:11.0.0.1", None),
    "IP, excluded, the other family": ("-IP:0.0.0.0/0", "IP:::1", None),
    "IP, host bits": ("+IP:#0a010203ffff0000", "IP:10.1.9.9", None),
    "IP, cut": ("+IP:10.0.0.0/8", "IP:#0a0000", NOT_COMPARABLE),
    "IP, a cut net": ("+IP:#0a0000ff0000", "IP:10.0.0.1", NOT_COMPARABLE),
    "IP, an odd net": ("+IP:#0a000000ff00000000", "IP:10.0.0.1", NOT_COMPARABLE),
    "IP, in a DNS name": ("-IP:10.0.0.0/8", "DNS:10.0.0.1", None),
    "mail, the box": ("+email:a@b.example", "email:a@b.example", None),
    "mail, another box": ("+email:a@b.example", "email:c@b.example", NOT_PERMITTED),
    "mail, the box in capitals": (
        "+email:a@b.example",
        "email:A@b.example",
        NOT_PERMITTED,
    ),
    "mail, the host in capitals": ("+email:a@b.example", "email:a@B.Example", None),
    "mail, on the host": ("+email:b.example", "email:a@b.example", None),
    "mail, below the host": ("+email:b.example", "email:a@x.b.example", NOT_PERMITTED),
    "mail, in the domain": ("+email:.b.example", "email:a@x.b.example", None),
    "mail, on the domain": ("+email:.b.example", "email:a@b.example", NOT_PERMITTED),
    "mail, excluded": ("-email:b.example", "email:a@b.example", EXCLUDED),
    "mail, excluded box": ("-email:a@b.example", "email:c@b.example", None),
    "mail, excluded domain": ("-email:.b.example", "email:a@x.y.b.example", EXCLUDED),
    "mail, two signs": ("+email:b.example", 'email:"a@c"@b.example', None),
    "mail, no sign": ("-email:b.example", "email:b.example", NOT_COMPARABLE),
    "mail, empty": ("+email:", "email:a@b.example", NOT_COMPARABLE),
    "URI, the host": ("+URI:a.example", "URI:https://a.example/x", None),
    "URI, the host in capitals": ("+URI:a.example", "URI:https://A.Example", None),
    "URI, with a port": ("+URI:a.example", "URI:https://a.example:443/", None),
    "URI, below the host": (
        "+URI:a.example",
        "URI:https://x.a.example/",
        NOT_PERMITTED,
    ),
    "URI, in the domain": ("+URI:.a.example", "URI:ldap://x.a.example/cn", None),
    "URI, on the domain": ("+URI:.a.example", "URI:ldap://a.example/", NOT_PERMITTED),
    "URI, excluded": ("-URI:a.example", "URI:https://a.example/", EXCLUDED),
    "URI, excluded domain": ("-URI:.a.example", "URI:https://x.a.example/", EXCLUDED),
    "URI, excluded, another": ("-URI:a.example", "URI:https://b.example/", None),
    "URI, without host": ("-URI:a.example", "URI:urn:x:y", NOT_COMPARABLE),
    "URI, with an empty host": ("-URI:a.example", "URI:file:///x", NOT_COMPARABLE),
    "URI, of mail": ("+URI:a.example", "URI:sip:x@a.example", NOT_COMPARABLE),
    "URI, no constraint": ("+DNS:a.example", "URI:urn:x:y", None),
    "directory, itself": ("+dirName:O=Lab,C=JP", "dirName:O=Lab,C=JP", None),
    "directory, below": ("+dirName:O=Lab,C=JP", "dirName:CN=x,OU=y,O=Lab,C=JP", None),
    "directory, above": ("+dirName:O=Lab,C=JP", "dirName:C=JP", NOT_PERMITTED),
    "directory, another": ("+dirName:O=Lab,C=JP", "dirName:O=La,C=JP", NOT_PERMITTED),
    "directory, another order": (
        "+dirName:O=Lab,C=JP",
        "dirName:C=JP,O=Lab",
        NOT_PERMITTED,
    ),
    "directory, in capitals": ("+dirName:O=Lab,C=JP", "dirName:O=LAB,C=jp", None),
    "directory, all": ("+dirName:", "dirName:C=JP", None),
    "directory, excluded": ("-dirName:O=Lab", "dirName:CN=x,O=Lab", EXCLUDED),
    "directory, excluded, another": ("-dirName:O=Lab", "dirName:CN=x,O=Lib", None),
    "subject, in it": ("+dirName:O=Lab", "subject:CN=x,O=Lab", None),
    "subject, outside": ("+dirName:O=Lab", "subject:CN=x,O=Lib", NOT_PERMITTED),
    "subject, excluded": ("-dirName:O=Lab", "subject:CN=x,O=Lab", EXCLUDED),
    "subject, empty": ("+dirName:O=Lab", "DNS:a.example", None),
    "subject, all excluded": ("-dirName:", "subject:CN=x", EXCLUDED),
    "common name, in it": ("+DNS:a.example", "subject:CN=x.a.example", None),
    "common name, outside": ("+DNS:a.example", "subject:CN=b.example", NOT_PERMITTED),
    "common name, excluded": ("-DNS:a.example", "subject:CN=A.Example", EXCLUDED),
    "common name, no host": ("+DNS:a.example", "subject:CN=Someone", None),
    "common name, a dash": ("+DNS:a.example", "subject:CN=-x.b.example", None),
    "common name, beside DNS": (
        "+DNS:a.example",
        "subject:CN=b.example DNS:a.example",
        None,
    ),
    "common name, beside an address": (
        "+DNS:a.example",
        "subject:CN=b.example IP:10.0.0.1",
        NOT_PERMITTED,
    ),
    "common name, not ASCII": ("+DNS:a.example", "subject:CN=ban\u212a.test", None),
    "number, beside another form": ("+RID:#2a03", "DNS:a.example", None),
    "number, the same": ("+RID:#2a03", "RID:#2a03", NOT_COMPARABLE),
    "number, excluded": ("-RID:#2a03", "RID:#2a04", NOT_COMPARABLE),
    "other name, the same": (
        "+otherName:#06022a03a0030c0161",
        "otherName:#06022a03a0030c0161",
        NOT_COMPARABLE,
    ),
    "other name, another kind": (
        "+otherName:#06022a03a0030c0161",
        "otherName:#06022a04a0030c0161",
        None,
    ),
    "mail in UTF-8": ("+email:b.example", "smtp:é@b.example", None),
    "mail in UTF-8, in capitals": ("+email:b.example", "smtp:é@B.example", None),
    "mail in UTF-8, outside": ("+email:b.example", "smtp:é@c.example", NOT_PERMITTED),
    "mail in UTF-8, no sign": ("+email:b.example", "smtp:é", NOT_COMPARABLE),
    "forms apart": (
        "+DNS:a.example +IP:10.0.0.0/8 -email:b.example",
        "DNS:x.a.example IP:10.0.0.1 email:a@c.example",
        None,
    ),
}
# Where OpenSSL says otherwise, and why it is so here.
OTHERWISE = {
    "a star stands for the excluded name too; RFC 5280 4.2.1.6 leaves stars open": (
        "-DNS:x.a.example",
        "DNS:*.a.example",
        EXCLUDED,
    ),
    "so it does in a common name, which OpenSSL does not take for a host then": (
        "-DNS:a.example",
        "subject:CN=*.a.example",
        EXCLUDED,
    ),
    "a domain holds for mail in UTF-8 too: RFC 9598 section 6": (
        "-email:.b.example",
        "smtp:é@x.b.example",
        EXCLUDED,
    ),
    "an empty constraint on mail has no meaning, so it lets nothing pass": (
        "-email:",
        "email:a@b.example",
        NOT_COMPARABLE,
    ),
    "an empty constraint on URIs has none either": (
        "-URI:",
        "URI:https://a.example/",
        NOT_COMPARABLE,
    ),
    "a mail constraint is a box, a host or a domain, and this is none": (
        "+email:@b.example",
        "email:a@b.example",
        NOT_COMPARABLE,
    ),
    "before the host a user may stand: RFC 3986 section 3.2.1": (
        "+URI:a.example",
        "URI:https://user@a.example/",
        None,
    ),
    "and may look like a host": (
        "+URI:a.example",
        "URI:https://a.example:x@b.example/",
        NOT_PERMITTED,
    ),
    "a question ends the host, too: RFC 3986 section 3.2": (
        "+URI:a.example",
        "URI:https://a.example?x",
        None,
    ),
    "an address is no host in a URI: RFC 5280 section 4.2.1.10": (
        "+URI:10.0.0.1",
        "URI:https://10.0.0.1/",
        NOT_COMPARABLE,
    ),
    "what is no host may be read as another one": (
        "-URI:a.example",
        "URI:https://a.example\\@b.example/",
        NOT_COMPARABLE,
    ),
    "a mask has no gaps: RFC 4632, which RFC 5280 4.2.1.10 names": (
        "+IP:#0a000000ff00ff00",
        "IP:10.1.0.1",
        NOT_COMPARABLE,
    ),
    "mail in the subject counts where there is no other: RFC 5280 4.2.1.10": (
        "+email:b.example",
        "subject:1.2.840.113549.1.9.1=a@c.example email:a@b.example",
        None,
    ),
    "a common name with NUL is no host to anybody": (
        "+DNS:a.example",
        "subject:CN=b.example\\00.a.example",
        None,
    ),
}


def constraints(text, limits=b""):
    """A name constraints extension from texts such as "+DNS:a.example -IP:::/0"."""
    kinds = [(0xA0, "+"), (0xA1, "-")]
    found = b""
    for tag, sign in kinds:
        bases = [word[1:] for word in text.split() if word[0] == sign]
        trees = [wrap(SEQUENCE, general_name(base) + limits) for base in bases]
        found += wrap(tag, b"".join(trees)) if trees else b""
    return raw("2.5.29.30", wrap(SEQUENCE, found))


def leaf(text):
    """The extensions and the subject of a leaf with such names."""
    words = text.split()
    subjects = [word.partition(":")[2] for word in words if word[:8] == "subject:"]
    names = [word for word in words if word[:8] != "subject:"]
    subject = x509.Name.from_rfc4514_string(subjects[0]) if subjects else NO_NAME
    return ([alternative(*names)] if names else []), subject


def path_of(permitted, names):
    extensions, subject = leaf(names)
    links = [[], [constraints(permitted)], extensions]
    return build_path(links, [named("anchor"), named("CA"), subject])


def evidence(path):
    fault = judge_names(path)
    return fault and fault.evidence


@pytest.mark.parametrize(
    ("permitted", "names", "said"), (CASES | OTHERWISE).values(), ids=CASES | OTHERWISE
)
def test_names_are_judged_as_rfc_5280_says(permitted, names, said):
    fault = judge_names(path_of(permitted, names))

    assert (fault and fault.evidence) == said
    if fault:
        assert (fault.position, fault.by) == (2, 1)
        assert fault.name in fault.evidence.format(**fault.values)


@needs_openssl
@pytest.mark.parametrize(("permitted", "names", "said"), CASES.values(), ids=CASES)
def test_openssl_says_the_same(permitted, names, said):
    errors = ask_openssl(path_of(permitted, names))

    assert errors <= OF_NAMES
    assert bool(errors) == (said is not None)


@needs_openssl_3_0
@pytest.mark.parametrize(
    ("permitted", "names", "said"), OTHERWISE.values(), ids=OTHERWISE
)
def test_openssl_says_otherwise_where_something_else_decides(permitted, names, said):
    errors = ask_openssl(path_of(permitted, names))

    assert errors <= OF_NAMES
    assert bool(errors) != (said is not None)


BASES = ["DNS:", "DNS:a.example", "DNS:x.a.example", "DNS:.a.example"]
BASES += ["IP:10.0.0.0/8", "IP:10.1.0.0/16", "IP:0.0.0.0/0", "IP:::/0"]
BASES += ["email:a@b.example", "email:b.example", "email:.b.example"]
BASES += ["URI:a.example", "URI:.a.example", "dirName:O=Lab", "dirName:O=Lab,C=JP"]
NAMES = ["DNS:a.example", "DNS:x.a.example", "DNS:y.x.a.example", "DNS:xa.example"]
NAMES += ["IP:10.0.0.1", "IP:10.1.0.1", "IP:11.0.0.1", "IP:::1"]
NAMES += ["email:a@b.example", "email:c@b.example", "email:a@x.b.example"]
NAMES += ["URI:https://a.example/", "URI:https://x.a.example/", "URI:urn:x"]
NAMES += ["dirName:O=Lab", "dirName:CN=x,O=Lab", "dirName:O=Lab,C=JP"]
NAMES += ["subject:CN=x.a.example", "subject:CN=y,O=Lab", "subject:O=Lab,C=JP"]


def drawn(draw, words, most):
    return draw.sample(words, draw.randint(1, most))


@needs_openssl
def test_openssl_says_the_same_of_names_drawn_by_chance():
    draw = random.Random(5280)
    verdicts = []

    for _ in range(200):
        bases = [draw.choice("++-") + base for base in drawn(draw, BASES, 6)]
        permitted, names = " ".join(bases), " ".join(drawn(draw, NAMES, 3))
        path = path_of(permitted, names)
        accepted = judge_names(path) is None
        errors = ask_openssl(path)
        assert errors <= OF_NAMES
        assert accepted == (not errors), (permitted, names)
        verdicts.append(accepted)

    assert 40 < sum(verdicts) < 160


def test_openssl_and_we_look_at_mail_in_the_subject():
    path = path_of("+email:b.example", "subject:1.2.840.113549.1.9.1=a@c.example")

    fault = judge_names(path)

    assert (fault.evidence, fault.name) == (NOT_PERMITTED, "email:a@c.example")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (_ASN1Type.IA5String, None),
        (_ASN1Type.UTF8String, None),
        (_ASN1Type.T61String, None),
        (_ASN1Type.BMPString, UNREADABLE_NAMES),
    ],
)
def test_mail_in_the_subject_is_read_from_strings_like_ascii(kind, said):
    mail = x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.example", kind)
    links = [[], [constraints("-email:c.example")], []]

    path = build_path(links, [named("anchor"), named("CA"), x509.Name([mail])])

    assert evidence(path) == said


def test_mail_for_a_host_that_is_not_ascii_cannot_be_compared():
    # RFC 9598 section 3: the host is written in A-labels.
    assert evidence(path_of("-email:b.example", "smtp:a@é.example")) == NOT_COMPARABLE


@pytest.mark.parametrize(
    ("last", "said"), [(0x1E, UNREADABLE_CONSTRAINTS), (0x11, UNREADABLE_NAMES)]
)
def test_an_extension_that_is_there_twice_says_nothing(last, said):
    value = (constraints("+DNS:a.example") if last == 0x1E else alternative()).value
    twins = [raw("2.5.29.98", value), raw("2.5.29.99", value)]
    links = [[], twins, []] if last == 0x1E else [[constraints("+DNS:a")], twins]
    path = build_path(links)
    der = path[1].public_bytes(Encoding.DER)
    for other in (98, 99):
        der = der.replace(bytes((0x55, 0x1D, other)), bytes((0x55, 0x1D, last)))

    path[1] = load(der)

    assert evidence(path) == said


def test_the_sets_of_all_cas_hold_together():
    wide, narrow = constraints("+DNS:example"), constraints("+DNS:a.example")
    for name, said in (("a.example", None), ("b.example", NOT_PERMITTED)):
        below = [alternative(f"DNS:{name}")]

        for order in ([wide], [narrow]), ([narrow], [wide]):
            assert evidence(build_path([[], *order, below])) == said


def test_what_the_anchor_sets_counts():
    path = build_path([[constraints("+DNS:a.example")], [alternative("DNS:b.test")]])

    fault = judge_names(path)

    assert (fault.position, fault.by, fault.evidence) == (1, 0, NOT_PERMITTED)


def test_what_the_leaf_sets_counts_for_nobody():
    own = [constraints("-DNS:a.example"), alternative("DNS:a.example")]

    assert evidence(build_path([[], own])) is None
    assert evidence(build_path([own])) is None
    assert judge_names([]) is None


def test_the_names_of_cas_are_judged_too():
    links = [[], [constraints("+dirName:O=Lab")], [], []]
    subjects = [named("anchor"), named("CA"), named("B"), NO_NAME]

    fault = judge_names(build_path(links, subjects))

    assert (fault.position, fault.by, fault.form) == (2, 1, "directoryName")
    assert fault.evidence.format(**fault.values) == (
        "dirName:CN=B is outside of what CN=CA permits: dirName:O=Lab"
    )


def test_a_ca_that_is_self_issued_may_have_any_name_and_a_leaf_may_not():
    links = [[], [constraints("+dirName:O=Lab")], [], []]
    ca = named("CA")
    inside = x509.Name.from_rfc4514_string("CN=x,O=Lab")
    renewed = build_path(links, [named("anchor"), ca, ca, inside])
    itself = build_path(links[:3], [named("anchor"), ca, ca])

    assert evidence(renewed) is None
    assert evidence(itself) == NOT_PERMITTED
    if OPENSSL:
        assert ask_openssl(renewed) == set()
        assert ask_openssl(itself) == {47}


def test_a_common_name_of_a_ca_is_no_host():
    links = [[], [constraints("+DNS:a.example")], [], []]
    subjects = [named("anchor"), named("CA"), named("b.example"), NO_NAME]

    assert evidence(build_path(links, subjects)) is None


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (b"", None),
        (b"\x80\x01\x00", None),  # the default, written
        (b"\x80\x01\x01", DISTANCE),
        (b"\x81\x01\x00", DISTANCE),
        (b"\x80\x01\x00\x81\x01\x05", DISTANCE),
        (b"\x81\x01\x00\x80\x01\x00", UNREADABLE_CONSTRAINTS),
        (b"\x82\x01\x00", UNREADABLE_CONSTRAINTS),
    ],
)
def test_a_minimum_or_a_maximum_is_refused_where_it_would_count(limits, said):
    ca = [constraints("+DNS:a.example", limits)]
    concerned = build_path([[], ca, [alternative("DNS:a.example")]])
    other = build_path([[], ca, [alternative("IP:10.0.0.1")]])

    assert evidence(concerned) == said
    assert evidence(other) == (said if said != DISTANCE else None)
    if OPENSSL and said != UNREADABLE_CONSTRAINTS:
        assert ask_openssl(concerned) == ({49} if said else set())
        assert ask_openssl(other) == set()


def test_string_types_case_and_spaces_of_directory_names_do_not_matter():
    base = x509.Name.from_rfc4514_string("O=Lab  Voice").public_bytes()
    ca = [constraints("+dirName:#" + base.hex())]
    kinds = (_ASN1Type.UTF8String, _ASN1Type.PrintableString, _ASN1Type.BMPString)
    for kind in kinds:
        attribute = x509.NameAttribute(NameOID.ORGANIZATION_NAME, " lab VOICE", kind)
        subjects = [named("anchor"), named("CA"), x509.Name([attribute, *named("x")])]

        path = build_path([[], ca, []], subjects)

        assert evidence(path) is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30",
        b"\x30\x00\x00",
        wrap(SEQUENCE, wrap(0xA2, b"")),
        wrap(SEQUENCE, wrap(0xA1, b"") + wrap(0xA0, b"")),
        wrap(SEQUENCE, wrap(0xA0, b"") + wrap(0xA0, b"")),
        wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, b""))),
        wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, b"\x82\x05a"))),
        wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, b"\x0c\x01a"))),
        wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, wrap(0xA0, b"x")))),
        wrap(SEQUENCE, wrap(0xA0, general_name("DNS:a.example"))),
    ],
)
def test_constraints_that_cannot_be_read_are_the_fault_of_their_ca(value):
    fault = judge_names(build_path([[], [raw("2.5.29.30", value)], []]))

    assert (fault.position, fault.by, fault.name) == (1, 1, "")
    assert fault.evidence == UNREADABLE_CONSTRAINTS
    assert fault.values == {"authority": "CN=level 1"}


@pytest.mark.parametrize("value", [b"", b"\x30\x00\x00", wrap(SEQUENCE, b"\x0c\x01a")])
def test_names_that_cannot_be_read_are_a_fault_below_a_ca_that_constrains(value):
    leaf = [raw("2.5.29.17", value)]
    fault = judge_names(build_path([[], [constraints("+DNS:a.example")], leaf]))

    assert (fault.position, fault.by, fault.evidence) == (2, 1, UNREADABLE_NAMES)
    assert fault.values == {"subject": "CN=level 2"}
    assert judge_names(build_path([[], [], leaf])) is None


def many(count, text):
    return " ".join(text.format(number) for number in range(count))


def test_no_constraints_and_extensions_that_look_like_one_cost_nothing():
    oid_as_value = [raw("1.2.3", bytes.fromhex("0603551d1e"))]

    assert evidence(build_path([[], oid_as_value, [alternative("DNS:a")]])) is None


def test_more_comparisons_than_can_be_made_are_a_fault_at_once():
    ca = [constraints(many(10000, "+DNS:a{}.example"))]
    path = build_path([[], ca, [alternative(*many(10000, "DNS:a{}.example").split())]])

    start = perf_counter()
    fault = judge_names(path)

    assert perf_counter() - start < 1
    assert fault.evidence == TOO_MANY
    assert fault.values == {"count": 10**8, "limit": MOST_COMPARISONS}


def test_as_many_comparisons_as_can_be_made_are_made_in_a_second():
    ca = [constraints(many(1023, "-DNS:a{}.example"))]
    path = build_path([[], ca, [alternative(*many(1023, "DNS:b{}.example").split())]])

    start = perf_counter()

    assert judge_names(path) is None
    assert perf_counter() - start < 2


def test_identifiers_of_absurd_length_are_not_read():
    endless = (b"\x2a" + b"\x81" * 60_000 + b"\x01").hex()
    names = f"RID:#{endless} otherName:#0683{len(endless) // 2:06x}{endless}"
    ca = [constraints("+RID:#2a03")]

    start = perf_counter()

    assert evidence(build_path([[], ca, [alternative(names.split()[0])]])) is not None
    assert evidence(build_path([[], ca, [alternative(*names.split())]])) is not None
    assert perf_counter() - start < 0.5


def test_only_names_of_one_form_are_compared():
    ca = [constraints(many(5000, "+DNS:a{}.example"))]
    path = build_path([[], ca, [alternative(*many(5000, "email:a{}@b").split())]])

    assert judge_names(path) is None


def test_long_names_and_many_constraints_are_cut_for_people():
    ca = [constraints(many(9, "+DNS:a{}.example"))]
    path = build_path([[], ca, [alternative("DNS:" + "x" * 5000)]])

    fault = judge_names(path)

    assert len(fault.name) == 200
    assert fault.values["constraint"] == (
        "DNS:a0.example, DNS:a1.example, DNS:a2.example, …"
    )


@pytest.mark.parametrize(
    "name",
    [
        "DNS:a.example",
        "IP:10.0.0.1",
        "IP:2001:db8::1",
        "email:a@b.example",
        "URI:https://a.example/",
        "dirName:CN=x,O=Lab",
        "RID:#2a03",
        "otherName:#06022a03a0030c0161",
        "DNS:a\x1bb",
    ],
)
def test_names_are_written_as_everywhere(name):
    value = wrap(SEQUENCE, general_name(name))
    certificate = build_path([[], [raw("2.5.29.17", value)]])[-1]
    extension = x509.SubjectAlternativeName
    (known,) = certificate.extensions.get_extension_for_class(extension).value
    der = general_name(name)

    assert RawName(der[0], der[2:]).text == general_name_text(known).replace(
        ":0c0161", ":a0030c0161"
    )


@pytest.mark.parametrize(
    ("net", "text"),
    [
        ("IP:10.0.0.0/8", "IP:10.0.0.0/8"),
        ("IP:2001:db8::/32", "IP:2001:db8::/32"),
        ("IP:#0a000000ff00ff00", "IP:10.0.0.0/255.0.255.0"),
        ("IP:#0a00", "IP:#0a00"),
        ("edi:#00", "ediPartyName:#00"),
        ("x400:#00", "x400Address:#00"),
        ("RID:#80", "RID:#80"),
        ("otherName:#00", "otherName:#00"),
    ],
)
def test_constraints_and_broken_names_are_written_for_people(net, text):
    der = general_name(net)

    assert RawName(der[0], der[2:]).text == text


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
NETS = st.ip_addresses(v=4).flatmap(
    lambda address: st.integers(0, 32).map(
        lambda bits: str(ip_network(f"{address}/{bits}", strict=False))
    )
)
SOME_BASES = st.one_of(
    HOSTS.map("DNS:{}".format),
    HOSTS.map("DNS:.{}".format),
    HOSTS.map("email:{}".format),
    HOSTS.map("URI:.{}".format),
    NETS.map("IP:{}".format),
    st.sampled_from(BASES),
)
SOME_NAMES = st.one_of(
    HOSTS.map("DNS:{}".format),
    HOSTS.map("email:a@{}".format),
    HOSTS.map("URI:https://{}/".format),
    st.ip_addresses(v=4).map("IP:{}".format),
    st.sampled_from([name for name in NAMES if name[:8] != "subject:"]),
)
SIGNED = st.lists(st.tuples(st.sampled_from("+-"), SOME_BASES).map("".join), max_size=4)


@given(SIGNED, st.lists(SOME_NAMES, max_size=3), SOME_BASES)
def test_to_exclude_more_never_accepts_what_was_refused(bases, names, more):
    before = path_of(" ".join(bases), " ".join(names))
    after = path_of(" ".join([*bases, f"-{more}"]), " ".join(names))

    if judge_names(before):
        assert judge_names(after)


@given(SIGNED, st.lists(SOME_NAMES, max_size=3), SOME_NAMES)
def test_to_carry_one_name_more_never_accepts_what_was_refused(bases, names, more):
    before = path_of(" ".join(bases), " ".join(names))
    after = path_of(" ".join(bases), " ".join([*names, more]))

    if judge_names(before):
        assert judge_names(after)


@given(SIGNED, SIGNED, st.lists(SOME_NAMES, max_size=3))
def test_one_ca_more_never_accepts_what_was_refused(first, second, names):
    def judged(*texts):
        links = [[constraints(text)] for text in texts]
        return judge_names(build_path([[], *links, [alternative(*names)]]))

    both = judged(" ".join(first), " ".join(second))

    assert bool(both) == bool(judged(" ".join(first)) or judged(" ".join(second)))


@given(HOSTS, LABELS, st.ip_addresses())
def test_what_is_permitted_permits_itself_and_excluded_excludes_it(
    host, label, address
):
    assume(not host.rpartition(".")[2].isdigit())
    whole = "32" if address.version == 4 else "128"
    for base, name in (
        (f"DNS:{host}", f"DNS:{host}"),
        (f"DNS:{host}", f"DNS:{label}.{host}"),
        (f"email:{host}", f"email:{label}@{host}"),
        (f"email:{label}@{host}", f"email:{label}@{host}"),
        (f"URI:{host}", f"URI:https://{host}/"),
        (f"URI:.{host}", f"URI:https://{label}.{host}/"),
        (f"IP:{address}/{whole}", f"IP:{address}"),
        (f"dirName:CN={host}", f"dirName:CN={host}"),
    ):
        assert evidence(path_of(f"+{base}", name)) is None
        assert evidence(path_of(f"-{base}", name)) == EXCLUDED


@given(
    st.binary(max_size=40)
    | st.sampled_from([constraints("+DNS:a -IP:10.0.0.0/8").value]),
    st.binary(max_size=40)
    | st.sampled_from([alternative("DNS:a", "IP:10.0.0.1").value]),
)
@example(constraints("+RID:#2a").value, alternative("RID:#2a").value)
@example(constraints("+smtp:a@b").value, alternative("smtp:a@b").value)
@example(constraints("+otherName:#0601").value, b"")
def test_any_bytes_as_constraints_and_names_are_judged(base, names):
    path = build_path([[], [raw("2.5.29.30", base)], [raw("2.5.29.17", names)]])

    fault = judge_names(path)

    if fault:
        assert fault.evidence.format(**fault.values).isprintable()


@given(
    st.lists(st.tuples(st.sampled_from([*TAGS.values()]), st.binary(max_size=24))),
    st.lists(st.tuples(st.sampled_from([*TAGS.values()]), st.binary(max_size=24))),
)
def test_any_names_are_judged(bases, names):
    trees = b"".join(wrap(SEQUENCE, wrap(*base)) for base in bases)
    permitted = raw("2.5.29.30", wrap(SEQUENCE, wrap(0xA0, trees)))
    carried = raw("2.5.29.17", wrap(SEQUENCE, b"".join(wrap(*one) for one in names)))

    fault = judge_names(build_path([[], [permitted], [carried]]))

    if fault:
        assert fault.evidence.format(**fault.values).isprintable()
