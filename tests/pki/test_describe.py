from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import example, given
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.pki.der import OCTET_STRING, SEQUENCE, wrap
from lab.pki.describe import colons, describe_extensions, describe_key
from lab.pki.extensions import extension_facts, split_extensions
from lab.pki.reading import load, read_certificate

DNS, URI = x509.DNSName, x509.UniformResourceIdentifier
DIRECTORY = x509.DirectoryName(
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dir")])
)
# What a log list entry looks like: one timestamp of log 0x11…, RFC 6962 section 3.3.
TIMESTAMP = (
    b"\x00"
    + b"\x11" * 32
    + (1893456000000).to_bytes(8)
    + b"\x00\x00\x04\x03\x00\x02\x05\x00"
)
TIMESTAMPS = len(TIMESTAMP).to_bytes(2) + TIMESTAMP
TIMESTAMPS = wrap(OCTET_STRING, len(TIMESTAMPS).to_bytes(2) + TIMESTAMPS)


@pytest.fixture
def with_extension(ec_keys):
    """A certificate with one extension, whatever it is."""

    def make(value, critical=False, oid=None):
        if isinstance(value, bytes):
            value = x509.UnrecognizedExtension(ObjectIdentifier(oid), value)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(ec_keys[0].public_key())
            .serial_number(1)
            .not_valid_before(datetime(2030, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2031, 1, 1, tzinfo=UTC))
            .add_extension(value, critical)
        )
        return builder.sign(ec_keys[0], hashes.SHA256()).public_bytes(Encoding.DER)

    return make


def points(*names, **more):
    return x509.DistributionPoint(
        **{
            "full_name": list(names) or None,
            "relative_name": None,
            "reasons": None,
            "crl_issuer": None,
        }
        | more
    )


@pytest.mark.parametrize(
    ("value", "name", "lines"),
    [
        (
            x509.SubjectAlternativeName([DNS("a.example"), DIRECTORY]),
            "subjectAltName",
            ("DNS:a.example", "dirName:CN=dir"),
        ),
        (x509.IssuerAlternativeName([DNS("a")]), "issuerAltName", ("DNS:a",)),
        (x509.SubjectKeyIdentifier(b"\x01\xab"), "subjectKeyIdentifier", ("01:AB",)),
        (
            x509.AuthorityKeyIdentifier(b"\x01", [DIRECTORY], 255),
            "authorityKeyIdentifier",
            ("01", "issuer dirName:CN=dir", "serial ff"),
        ),
        (
            x509.BasicConstraints(True, 1),
            "basicConstraints",
            ("CA: TRUE", "path length: 1"),
        ),
        (
            x509.ExtendedKeyUsage([ObjectIdentifier("1.2.3")]),
            "extKeyUsage",
            ("1.2.3",),
        ),
        (
            x509.CRLDistributionPoints(
                [
                    points(
                        URI("http://x/"),
                        crl_issuer=[DIRECTORY],
                        reasons=frozenset([x509.ReasonFlags.key_compromise]),
                    )
                ]
            ),
            "cRLDistributionPoints",
            ("URI:http://x/", "signed by dirName:CN=dir", "reasons: keyCompromise"),
        ),
        (
            x509.FreshestCRL([points(URI("http://x/"))]),
            "freshestCRL",
            ("URI:http://x/",),
        ),
        (
            x509.SubjectInformationAccess(
                [x509.AccessDescription(ObjectIdentifier("1.2.3"), URI("http://x/"))]
            ),
            "subjectInfoAccess",
            ("1.2.3 URI:http://x/",),
        ),
        (
            x509.CertificatePolicies(
                [
                    x509.PolicyInformation(ObjectIdentifier("2.5.29.32.0"), None),
                    x509.PolicyInformation(
                        ObjectIdentifier("1.2.3"),
                        ["http://cps/", x509.UserNotice(None, "read\nthis")],
                    ),
                ]
            ),
            "certificatePolicies",
            (
                "anyPolicy",
                "1.2.3",
                "practice statement http://cps/",
                r"notice read\0Athis",
            ),
        ),
        (
            x509.NameConstraints([DNS("a.example")], [DNS("b.example")]),
            "nameConstraints",
            ("permitted DNS:a.example", "excluded DNS:b.example"),
        ),
        (
            x509.PolicyConstraints(0, None),
            "policyConstraints",
            ("requireExplicitPolicy: 0",),
        ),
        (x509.InhibitAnyPolicy(2), "inhibitAnyPolicy", ("skip certificates: 2",)),
        (x509.OCSPNoCheck(), "id-pkix-ocsp-nocheck", ("present",)),
        (x509.PrecertPoison(), "precertificatePoison", ("present",)),
        (
            x509.TLSFeature([x509.TLSFeatureType.status_request]),
            "tlsFeature",
            ("status_request",),
        ),
        (
            x509.MSCertificateTemplate(ObjectIdentifier("1.2.3"), 4, 5),
            "certificateTemplate",
            ("template 1.2.3, version 4.5",),
        ),
        (
            x509.PrivateKeyUsagePeriod(datetime(2030, 1, 1), None),  # noqa: DTZ001  the library wants it so
            "privateKeyUsagePeriod",
            ("from 2030-01-01 00:00:00",),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_extension_is_described(with_extension, value, name, lines):
    (found,) = describe_extensions(with_extension(value, critical=True))

    assert (found.name, found.critical) == (name, True)
    assert found.oid == value.oid.dotted_string
    assert found.lines == lines


def test_timestamps_of_logs_are_summed_up(with_extension):
    der = with_extension(TIMESTAMPS, oid="1.3.6.1.4.1.11129.2.4.2")

    (found,) = describe_extensions(der)

    assert found.lines == (
        "1 timestamps",
        f"log {'11' * 32} at 2030-01-01 00:00:00",
    )


def test_an_unknown_extension_is_shown_as_hex(with_extension):
    (found,) = describe_extensions(with_extension(b"\x0c\x01x", oid="1.2.3.4"))

    assert (found.oid, found.name, found.lines) == ("1.2.3.4", "1.2.3.4", ("0C:01:78",))
    assert not found.critical


@pytest.mark.parametrize("number", [14, 15, 17, 19, 30, 31, 32, 35, 36, 37, 54])
def test_a_broken_extension_shows_its_bytes_and_says_so(with_extension, number):
    (found,) = describe_extensions(with_extension(b"\x30\x01", oid=f"2.5.29.{number}"))

    assert found.lines == ("unreadable", "30:01")


def test_all_extensions_of_a_leaf_are_described_in_order(leaf):
    names = [each.name for each in describe_extensions(leaf)]

    assert names == [
        "basicConstraints",
        "keyUsage",
        "extKeyUsage",
        "subjectAltName",
        "subjectKeyIdentifier",
        "authorityKeyIdentifier",
        "cRLDistributionPoints",
        "authorityInfoAccess",
    ]


def test_every_kind_is_described_without_anything_unreadable(kind, made):
    found = describe_extensions(made[kind])

    assert len(found) == len(load(made[kind]).extensions)
    assert all("unreadable" not in each.lines for each in found)
    assert all(each.lines for each in found)


def test_other_names_are_read_into_the_certificate_too(with_extension):
    names = [
        x509.RFC822Name("a@x.example"),
        URI("http://x/"),
        x509.RegisteredID(ObjectIdentifier("1.2.3")),
        x509.OtherName(ObjectIdentifier("1.2.4"), b"\x0c\x01x"),
        DIRECTORY,
    ]

    read = read_certificate(with_extension(x509.SubjectAlternativeName(names)))

    assert read.alternative_names == (
        "email:a@x.example",
        "URI:http://x/",
        "RID:1.2.3",
        "otherName:1.2.4:0c0178",
        "dirName:CN=dir",
    )


def test_long_values_are_cut_and_it_is_said():
    text = colons(b"\x01" * 5000)

    assert text.endswith("01 and 904 more bytes")


def test_an_rsa_key_shows_its_numbers(made, rsa_key):
    lines = describe_key(made["self_signed_rsa"])

    modulus = f"{rsa_key.public_key().public_numbers().n:X}"
    assert lines[:2] == ["RSA, 2048 bits", "exponent 65537"]
    assert lines[2].replace(":", "") == "modulus " + modulus


def test_an_ec_key_shows_its_point(leaf, ec_keys):
    lines = describe_key(leaf)

    numbers = ec_keys[2].public_key().public_numbers()
    assert lines[:2] == ["EC, 256 bits", "curve secp256r1"]
    assert lines[2].replace(":", "") == f"point 04{numbers.x:064X}{numbers.y:064X}"


def test_other_keys_show_their_bytes(sign_leaf, leaf):
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    off_the_curve = leaf.replace(
        load(leaf).public_key().public_numbers().x.to_bytes(32), b"\x05" * 32
    )

    assert describe_key(sign_leaf(public_key=key))[0] == "Ed25519"
    assert (
        key.public_bytes_raw().hex(":").upper()
        in describe_key(sign_leaf(public_key=key))[1]
    )
    assert describe_key(off_the_curve)[:2] == ["EC, 256 bits", "unreadable"]


def test_what_is_no_certificate_is_not_described():
    for describe in (describe_extensions, describe_key):
        with pytest.raises(BadInputError):
            describe(b"\x30\x00")


def test_an_extension_of_broken_shape_is_skipped_and_the_next_one_read():
    usage = wrap(
        SEQUENCE, bytes.fromhex("0603551d0f") + wrap(OCTET_STRING, b"\x03\x02\x07\x80")
    )
    broken = wrap(SEQUENCE, b"\x06\x03\x55\x1d\x0e\x05\x00\x05\x00")

    facts = extension_facts(wrap(SEQUENCE, broken + usage))

    assert facts.key_usage == ("digitalSignature",)
    assert facts.subject_key_identifier == ""


@given(st.binary(max_size=60))
@example(bytes.fromhex("3084000000013000"))
@example(wrap(SEQUENCE, bytes.fromhex("30840000000106")))
def test_extensions_of_any_bytes_say_something_or_nothing(raw):
    assert len(extension_facts(raw)) == 6
    assert all(extension.whole in raw for extension in split_extensions(raw))
