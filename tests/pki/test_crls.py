from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lab.errors import BadInputError
from lab.models import Revoked
from lab.pki.bundles import write_pem
from lab.pki.certificates import IssuerUrls
from lab.pki.crls import REMOVE, read_crl, sign_crl
from lab.pki.reading import read_certificate
from tests.linting import crl_findings

USERS_URL = "http://127.0.0.1:8501/pki/crl/issuing-users.crl"
DELTA_URL = "http://127.0.0.1:8501/pki/crl/issuing-delta.crl"
KINDS = {
    "a full one": {},
    "a full one with deltas": {"freshest": DELTA_URL},
    "a delta": {"base": 5},
    "one of users": {"scope": "users", "places": [USERS_URL]},
    "one of authorities": {"scope": "authorities", "places": [USERS_URL]},
    "a delta of users": {"base": 5, "scope": "users", "places": [USERS_URL]},
}


@pytest.fixture
def sign(issuing, ec_keys, dates, urls):
    """Have the issuing CA sign a CRL of some lines."""

    def sign_lines(*revoked, **changed):
        return sign_crl(
            **{
                "issuer_certificate": issuing,
                "issuer_key": ec_keys[1],
                "number": 7,
                "this_update": dates["not_before"],
                "next_update": dates["not_before"] + timedelta(days=7),
                "revoked": revoked,
                "issuer_urls": urls,
            }
            | changed
        )

    return sign_lines


@pytest.fixture
def lines(leaf, dates):
    at = dates["not_before"] + timedelta(hours=1)
    serial = read_certificate(leaf).serial
    return (
        Revoked(serial=serial, at=at, reason="keyCompromise"),
        Revoked(serial="2f", at=at, reason="unspecified"),
        Revoked(serial="30", at=at, reason="certificateHold"),
    )


def findings(der):
    """Lint a CRL: {(severity, code)}."""
    return {(found.severity.name, found.code) for found, _ in crl_findings(der)}


@pytest.mark.parametrize("kind", KINDS)
def test_pkilint_finds_nothing(sign, lines, kind):
    dated = replace(lines[0], serial="31", invalid_since=lines[0].at)
    removed = replace(lines[0], serial="32", reason=REMOVE)
    more = [dated, removed] if "base" in KINDS[kind] else [dated]

    assert findings(sign(*lines, *more, **KINDS[kind])) == set()
    assert findings(sign(**KINDS[kind])) == set()


def test_a_crl_says_what_was_revoked_when_and_why(sign, lines, dates):
    crl = x509.load_der_x509_crl(sign(*lines))

    assert crl.last_update_utc == dates["not_before"]
    assert crl.next_update_utc == dates["not_before"] + timedelta(days=7)
    found = {f"{each.serial_number:x}": each for each in crl}
    assert found.keys() == {line.serial for line in lines}
    assert all(found[line.serial].revocation_date_utc == line.at for line in lines)
    reasons = [
        [extension.value.reason.value for extension in found[line.serial].extensions]
        for line in lines
    ]
    # "unspecified" is left out: RFC 5280 section 5.3.1.
    assert reasons == [["keyCompromise"], [], ["certificateHold"]]


def test_a_crl_has_a_number_and_names_its_signer(sign, issuing, ec_keys):
    crl = x509.load_der_x509_crl(sign())

    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value
    key = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert number.crl_number == 7
    assert key.key_identifier.hex() == read_certificate(issuing).subject_key_identifier
    assert crl.is_signature_valid(ec_keys[1].public_key())


def test_a_crl_without_addresses_has_none(sign):
    crl = x509.load_der_x509_crl(sign(issuer_urls=None))

    assert len(crl.extensions) == 2


def test_openssl_verifies_the_crl(sign, issuing, openssl):
    status, output = openssl(
        "crl",
        "-inform",
        "DER",
        "-noout",
        "-in",
        sign(),
        "-CAfile",
        write_pem([issuing]),
    )

    assert status == 0
    assert "verify OK" in output


def test_openssl_refuses_a_revoked_certificate(
    sign, lines, leaf, issuing, root, openssl
):
    crl = x509.load_der_x509_crl(sign(*lines)).public_bytes(Encoding.PEM)

    status, output = openssl(
        "verify",
        "-attime",
        str(1893456000 + 7200),
        "-crl_check",
        "-CRLfile",
        crl,
        "-trusted",
        write_pem([root]),
        "-untrusted",
        write_pem([issuing]),
        write_pem([leaf]),
    )

    assert status == 2
    assert "certificate revoked" in output


def test_many_lines_are_written_at_once(sign, dates):
    at = dates["not_before"]
    many = [Revoked(serial=f"{n:x}", at=at, reason="") for n in range(1, 5001)]

    crl = x509.load_der_x509_crl(sign(*many))

    assert len(crl) == 5000


@pytest.mark.parametrize(
    ("serial", "reason"),
    [
        ("xyz", "superseded"),
        ("-5", "superseded"),
        ("f" * 41, "superseded"),
        ("0", ""),
        ("1", "removeFromCRL"),
        ("1", "bored"),
    ],
)
def test_a_line_that_no_crl_can_hold_is_refused(sign, dates, serial, reason):
    line = Revoked(serial=serial, at=dates["not_before"], reason=reason)

    with pytest.raises(BadInputError) as refused:
        sign(line)

    assert serial in str(refused.value)


def test_an_update_that_is_due_before_it_was_made_is_refused(sign, dates):
    with pytest.raises(BadInputError, match=r"2029-12-31.*2030-01-01"):
        sign(next_update=dates["not_before"] - timedelta(days=1))


# -- What is read is what was signed --------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_is_what_was_signed(sign, lines, issuing, root, dates, kind):
    dated = replace(lines[0], serial="31", invalid_since=dates["not_before"])
    asked = KINDS[kind]

    crl = read_crl(sign(*lines, dated, **asked))

    issuer = read_certificate(issuing)
    assert (crl.issuer, crl.issuer_hash) == (issuer.subject, issuer.subject_hash)
    assert crl.authority_key_identifier == issuer.subject_key_identifier
    assert (crl.number, crl.base) == (7, asked.get("base"))
    assert crl.is_delta == ("base" in asked)
    assert crl.scope == asked.get("scope", "everything")
    assert crl.places == tuple(asked.get("places", ()))
    assert crl.freshest == ((asked["freshest"],) if "freshest" in asked else ())
    assert crl.this_update == dates["not_before"]
    assert crl.next_update == dates["not_before"] + timedelta(days=7)
    assert crl.unknown_critical == ()
    assert not crl.is_indirect
    assert crl.size == 4
    assert [*crl.lines()] == [*lines, dated]
    assert [crl.find(each.serial) for each in (*lines, dated)] == [*lines, dated]
    assert crl.find("ffff") is None
    assert crl.is_signed_by(issuing)
    assert not crl.is_signed_by(root)


def test_a_delta_never_names_its_own_deltas(sign):
    assert read_crl(sign(base=5, freshest=DELTA_URL)).freshest == ()


def test_what_narrows_a_list_is_critical(sign):
    crl = x509.load_der_x509_crl(sign(base=5, scope="users", places=[USERS_URL]))

    assert {type(each.value).__name__ for each in crl.extensions if each.critical} == {
        "DeltaCRLIndicator",
        "IssuingDistributionPoint",
    }


def test_a_full_list_can_not_remove_anything(sign, lines):
    with pytest.raises(BadInputError, match=REMOVE):
        sign(replace(lines[0], reason=REMOVE))

    (line,) = read_crl(sign(replace(lines[0], reason=REMOVE), base=5)).lines()
    assert line.reason == REMOVE


@pytest.mark.parametrize(
    "cut",
    [lambda _: b"", lambda der: der[:-1], lambda der: der + b"\0", lambda _: b"x"],
)
def test_bytes_that_are_no_crl_are_refused(sign, lines, cut):
    with pytest.raises(BadInputError, match="not a readable CRL"):
        read_crl(cut(sign(*lines)))


def test_no_byte_that_is_turned_over_gets_past_the_refusals(sign, lines, issuing):
    der = sign(*lines, base=5, scope="users", places=[USERS_URL])
    outcomes = set()

    for at in range(len(der)):
        bent = der[:at] + bytes([der[at] ^ 0xFF]) + der[at + 1 :]
        try:
            crl = read_crl(bent)
            outcomes.add((crl.is_signed_by(issuing), bool([*crl.lines()])))
        except BadInputError:
            outcomes.add("refused")

    assert "refused" in outcomes
    assert {each for each in outcomes if each != "refused" and each[0]} == set()


def test_a_critical_extension_that_nobody_knows_is_named(sign, issuing, ec_keys, dates):
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    inner = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.5"), b"\x05\x00")
    moment = dates["not_before"]
    entry = x509.RevokedCertificateBuilder().serial_number(9).revocation_date(moment)
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.load_der_x509_certificate(issuing).subject)
        .last_update(moment)
        .next_update(moment + timedelta(days=1))
        .add_extension(strange, critical=True)
        .add_revoked_certificate(entry.add_extension(inner, critical=True).build())
        .sign(ec_keys[1], hashes.SHA256())
    )

    found = read_crl(crl.public_bytes(Encoding.DER))

    assert found.unknown_critical == ("1.2.3.4", "1.2.3.5")
    assert found.number is None


def test_only_so_many_bytes_are_read():
    with pytest.raises(BadInputError, match="33554433 bytes; at most 33554432"):
        read_crl(bytes(32 * 1024 * 1024 + 1))


# -- openssl puts full and delta lists together ---------------------------------------


@pytest.mark.parametrize(
    ("full", "delta", "outcome"),
    [
        ([], [], "OK"),
        ([], ["keyCompromise"], "certificate revoked"),
        (["certificateHold"], [], "certificate revoked"),
        (["certificateHold"], [REMOVE], "OK"),
        (["certificateHold"], ["keyCompromise"], "certificate revoked"),
    ],
)
@pytest.mark.parametrize("scope", ["everything", "users"])
def test_openssl_puts_a_delta_upon_its_base(
    sign, sign_leaf, issuing, root, dates, openssl, full, delta, outcome, scope
):
    """`openssl verify -use_deltas`, for a certificate that says where deltas are."""
    leaf = sign_leaf(urls=IssuerUrls(crl=USERS_URL, freshest=DELTA_URL))
    serial, at = read_certificate(leaf).serial, dates["not_before"]
    places = {"scope": scope, "places": [USERS_URL]} if scope == "users" else {}
    lists = [
        sign(*(Revoked(serial=serial, at=at, reason=why) for why in whys), **options)
        for whys, options in (
            (full, {"number": 5, "freshest": DELTA_URL} | places),
            (delta, {"number": 6, "base": 5} | places),
        )
    ]
    pem = b"".join(
        x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists
    )

    _, output = openssl(
        "verify",
        "-attime",
        str(int(at.timestamp()) + 7200),
        "-crl_check",
        "-use_deltas",
        "-extended_crl",
        "-CRLfile",
        pem,
        "-trusted",
        write_pem([root]),
        "-untrusted",
        write_pem([issuing]),
        write_pem([leaf]),
    )

    assert outcome in output


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_verifies_every_kind(sign, lines, issuing, openssl, kind):
    words = ("crl", "-inform", "DER", "-noout", "-verify", "-in")

    status, output = openssl(
        *words, sign(*lines, **KINDS[kind]), "-CAfile", write_pem([issuing])
    )

    assert status == 0
    assert "verify OK" in output
