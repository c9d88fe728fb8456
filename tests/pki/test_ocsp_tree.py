"""OCSP messages and CRLs taken apart: all of the good ones, nothing of the bad lost."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as some

from lab.errors import BadInputError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.der import SEQUENCE, wrap
from lab.pki.keys import make_key
from lab.pki.ocsp_shapes import EXTENSION_SHAPES
from lab.pki.ocsp_tree import MAX_BYTES, tree
from lab.pki.ocsp_values import OIDS
from lab.rules.ocsp_fields import OCSP_FIELDS

AT = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = make_key(KeySpec(type="EC", size=256))
ROOT = build_root(
    subject=SubjectFields(common_name="Root of trees"),
    key=KEY,
    not_before=AT,
    not_after=AT.replace(year=2040),
)
HOLDER = x509.load_der_x509_certificate(ROOT)
KINDS = ("request", "response", "crl")


def request(nonce=b"n" * 32):
    builder = ocsp.OCSPRequestBuilder().add_certificate(HOLDER, HOLDER, hashes.SHA256())
    return (
        builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
        .public_bytes(Encoding.DER)
    )


def response(status=ocsp.OCSPCertStatus.REVOKED):
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(
            HOLDER,
            HOLDER,
            hashes.SHA1(),
            status,
            AT,
            AT + timedelta(hours=1),
            AT if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, HOLDER)
        .certificates([HOLDER])
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def crl(entries=3):
    lines = [
        x509.RevokedCertificateBuilder()
        .serial_number(number + 1)
        .revocation_date(AT)
        .add_extension(x509.CRLReason(x509.ReasonFlags.superseded), critical=False)
        .add_extension(x509.InvalidityDate(AT), critical=False)
        .build()
        for number in range(entries)
    ]
    point = x509.IssuingDistributionPoint(
        [x509.UniformResourceIdentifier("http://lab.example/users.crl")],
        *(None, True, False, None, False, False),
    )
    return (
        x509.CertificateRevocationListBuilder(
            issuer_name=HOLDER.subject,
            last_update=AT,
            next_update=AT + timedelta(days=7),
            revoked_certificates=lines,
        )
        .add_extension(x509.CRLNumber(7), critical=False)
        .add_extension(x509.DeltaCRLIndicator(6), critical=True)
        .add_extension(point, critical=True)
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


GOOD = {"request": request(), "response": response(), "crl": crl()}


def value(branches, name):
    return next(each.value for each in branches if each.name == name)


def notes(branches):
    return {each.note for each in branches}


def broken(branches):
    return [
        each
        for each in branches
        if each.note
        in {
            OCSP_FIELDS[name].meaning
            for name in ("a broken part", "a part too many", "a missing part")
        }
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_as_the_rfc_has_it_has_no_broken_part(kind):
    branches = tree(GOOD[kind], kind)

    assert broken(branches) == []
    assert branches[0].depth == 0
    for above, below in pairwise(branches):
        assert below.depth <= above.depth + 1


def test_a_request_names_the_certificate_and_the_nonce():
    branches = tree(request(b"\x01\x02\x03"), "request")

    assert value(branches, "hashAlgorithm") == "sha256"
    assert value(branches, "serialNumber") == f"{HOLDER.serial_number:x}"
    assert value(branches, "nonce") == "01:02:03 (3 octets)"
    assert OCSP_FIELDS["nonce"].meaning in notes(branches)


@pytest.mark.parametrize(
    ("octets", "fits"), [(1, True), (128, True), (129, False), (300, False)]
)
def test_the_length_of_a_nonce_is_judged(octets, fits):
    branches = tree(request(b"n" * octets), "request")

    assert (OCSP_FIELDS["nonce"].meaning in notes(branches)) is fits
    wrong = OCSP_FIELDS["nonce of a wrong length"].meaning
    assert (wrong in notes(branches)) is not fits


def test_an_answer_shows_status_times_and_signer():
    branches = tree(response(), "response")

    assert value(branches, "responseStatus") == "successful (0)"
    assert value(branches, "certStatus") == "revoked"
    assert value(branches, "revocationTime") == "2030-01-01 12:00:00 UTC"
    assert value(branches, "revocationReason") == "keyCompromise (1)"
    assert value(branches, "nextUpdate") == "2030-01-01 13:00:00 UTC"
    assert value(branches, "responderID").startswith("byKey ")
    assert value(branches, "subject") == "CN=Root of trees"


@pytest.mark.parametrize("status", ["GOOD", "UNKNOWN"])
def test_a_status_is_told_by_its_word(status):
    branches = tree(response(ocsp.OCSPCertStatus[status]), "response")

    assert value(branches, "certStatus") == status.lower()


def test_an_error_has_a_status_and_nothing_else():
    der = ocsp.OCSPResponseBuilder.build_unsuccessful(
        ocsp.OCSPResponseStatus.TRY_LATER
    ).public_bytes(Encoding.DER)

    branches = tree(der, "response")

    assert [each.name for each in branches] == ["OCSPResponse", "responseStatus"]
    assert value(branches, "responseStatus") == "tryLater (3)"


def test_a_crl_shows_numbers_scope_and_entries():
    branches = tree(crl(), "crl")

    assert value(branches, "issuer") == "CN=Root of trees"
    assert value(branches, "cRLNumber") == "7"
    assert value(branches, "deltaCRLIndicator") == "6"
    assert value(branches, "onlyContainsUserCerts") == "TRUE"
    assert value(branches, "cRLReason") == "superseded (4)"
    assert value(branches, "invalidityDate") == "2030-01-01 12:00:00 UTC"
    assert [each.value for each in branches if each.name == "critical"] == ["TRUE"] * 2


def test_a_long_list_shows_its_beginning_and_counts_the_rest():
    branches = tree(crl(entries=1234), "crl")

    assert sum(each.name == "revokedCertificate" for each in branches) == 100
    assert value(branches, "…") == "+ 1134"
    assert value(branches, "cRLNumber") == "7"


@pytest.mark.parametrize(
    "der",
    [b"", b"0", b"<html>no", b"\x04\x01a", response()[:-1]],
    ids=["nothing", "a tag alone", "HTML", "no sequence", "cut short"],
)
def test_what_is_no_whole_sequence_is_refused(der):
    with pytest.raises(BadInputError, match="not an OCSPResponse"):
        tree(der, "response")


def test_what_is_too_long_is_refused_unread():
    with pytest.raises(BadInputError, match="at most"):
        tree(wrap(SEQUENCE, bytes(MAX_BYTES)), "crl")


def test_what_follows_the_end_is_shown():
    branches = tree(request() + b"\xde\xad", "request")

    assert branches[-1].value == "DE:AD"
    assert branches[-1].note == OCSP_FIELDS["a part too many"].meaning


def test_a_missing_part_is_named():
    branches = tree(wrap(SEQUENCE, wrap(SEQUENCE, b"")), "request")

    [missing] = broken(branches)
    assert missing.name == "requestList"


def test_a_text_in_an_answer_stays_on_its_line():
    point = x509.UniformResourceIdentifier("http://a/\n[b](http://c)\x07")
    access = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, point)
    der = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(HOLDER, HOLDER, hashes.SHA1())
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .build()
        .public_bytes(Encoding.DER)
    )

    branches = tree(der, "request")

    place = "uniformResourceIdentifier http://a/\\0A[b](http://c)\\07"
    assert value(branches, "accessLocation") == place


@given(some.binary(max_size=400), some.sampled_from(KINDS))
def test_any_bytes_are_shown_or_refused(der, kind):
    try:
        branches = tree(der, kind)
    except BadInputError:
        return

    assert branches


@given(data=some.data(), kind=some.sampled_from(KINDS))
def test_changed_bytes_are_shown_or_refused(data, kind):
    der = bytearray(GOOD[kind])
    for _ in range(data.draw(some.integers(1, 4))):
        at = data.draw(some.integers(0, len(der) - 1))
        der[at] = data.draw(some.integers(0, 255))

    try:
        branches = tree(bytes(der), kind)
    except BadInputError:
        return

    assert len(branches) > 1
    assert all(each.value.isprintable() for each in branches)
    assert all(each.name and len(each.value) <= 1001 for each in branches)


@given(some.sampled_from(sorted(EXTENSION_SHAPES)), some.binary(max_size=60))
def test_any_value_of_an_extension_is_shown(name, content):
    dotted = next(oid for oid, known in OIDS.items() if known == name)
    oid = x509.UnrecognizedExtension(x509.ObjectIdentifier(dotted), content)
    der = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(HOLDER, HOLDER, hashes.SHA1())
        .add_extension(oid, critical=True)
        .build()
        .public_bytes(Encoding.DER)
    )

    branches = tree(der, "request")

    assert name in [each.name for each in branches]
    assert value(branches, "critical") == "TRUE"


@given(some.integers(1, 3000))
def test_deep_nesting_ends(depth):
    der = b""
    for _ in range(depth):
        der = wrap(SEQUENCE, der)

    assert len(tree(der, "request")) <= 100


def test_many_parts_end():
    branches = tree(wrap(SEQUENCE, wrap(SEQUENCE, b"\x30\x00" * 500_000)), "request")

    assert len(branches) < 200


def test_every_extension_with_a_shape_has_a_name():
    assert set(OIDS.values()) >= set(EXTENSION_SHAPES)


def test_every_field_has_a_section_or_is_a_remark():
    remarks = {"a broken part", "a part too many", "a missing part"}

    for field in OCSP_FIELDS.values():
        assert bool(re.fullmatch(r"[0-9.]+", field.section)) != (field.name in remarks)
        assert field.meaning.endswith(".")
