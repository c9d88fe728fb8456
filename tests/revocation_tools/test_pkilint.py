"""pkilint finds no error in any OCSP response or CRL that the lab makes."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pkilint.validation import ValidationFindingSeverity as Severity

from lab.actions.add_authority import add_authority
from lab.actions.answer_ocsp import Responder
from lab.actions.hold_certificate import hold_certificate
from lab.actions.publish_crl import publish_crl
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_authority import set_authority
from lab.actions.set_invalidity_date import set_invalidity_date
from lab.pki.keys import make_key
from lab.pki.ocsp import build_request_for, cert_id, refusal
from lab.rules.reasons import REASONS
from tests.linting import crl_findings, ocsp_findings
from tests.revocation_site import EC, RSA, Leaf, issue, issue_each, issuer_der
from tests.revocation_tools.conftest import SIGNERS

ASKED = [name for name, row in REASONS.items() if row.fits == "any" and row.choosable]
REFUSALS = (
    "malformedRequest",
    "internalError",
    "tryLater",
    "sigRequired",
    "unauthorized",
)


def errors(findings):
    return [
        (found.code, message)
        for found, message in findings
        if found.severity <= Severity.ERROR
    ]


def question(lab, authority, leaf, *, hash_algorithm=None, nonce=b""):
    issuer = x509.load_der_x509_certificate(issuer_der(lab, authority))
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        leaf.certificate, issuer, hash_algorithm or hashes.SHA1()
    )
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


@pytest.fixture(params=SIGNERS)
def signer(request, lab):
    key, ocsp_mode = SIGNERS[request.param]
    add_authority(lab, request.param, "Linted CA", key=key, ocsp=ocsp_mode)
    if (key, ocsp_mode) == (RSA, "delegated"):
        set_authority(lab, request.param, signer_key=RSA)
    return request.param


def answered(lab, request, status):
    """The answer, which is of that status and free of errors."""
    der = Responder(lab).reply(request).body
    found = ocsp.load_der_ocsp_response(der)
    if found.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
        assert {each.certificate_status.name for each in found.responses} == status
    else:
        assert found.response_status.name == status
    assert errors(ocsp_findings(der)) == []
    return found


@pytest.mark.parametrize("nonce", [b"", b"n", b"n" * 32, b"n" * 128])
def test_no_error_in_an_answer_of_any_status(lab, signer, nonce):
    leaves = issue_each(lab, signer)

    for state, status in {
        "good": "GOOD",
        "revoked": "REVOKED",
        "on hold": "REVOKED",
        "unknown": "UNKNOWN",
    }.items():
        answered(lab, question(lab, signer, leaves[state], nonce=nonce), {status})


@pytest.mark.parametrize("reason", ASKED)
def test_no_error_in_an_answer_of_any_reason(lab, signer, reason):
    leaf = issue(lab, signer, "leaf.example")
    revoke_certificate(lab, leaf.sha256, reason)

    found = answered(lab, question(lab, signer, leaf), {"REVOKED"})

    assert (found.revocation_reason or x509.ReasonFlags.unspecified).value == reason


def test_no_error_where_an_authority_below_was_compromised(lab, signer):
    add_authority(lab, "below", "Linted Issuing", key=EC, parent=signer, days=300)
    below = Leaf(der=issuer_der(lab, "below"), key=None)
    revoke_certificate(lab, below.sha256, "cACompromise")

    found = answered(lab, question(lab, signer, below), {"REVOKED"})

    assert found.revocation_reason is x509.ReasonFlags.ca_compromise
    for what, der in lists(lab):
        assert errors(crl_findings(der)) == [], what


@pytest.mark.parametrize("name", ["SHA256", "SHA384", "SHA512"])
def test_no_error_in_an_answer_to_another_hash(lab, signer, name):
    leaf = issue(lab, signer, "leaf.example")
    algorithm = getattr(hashes, name)()

    answered(lab, question(lab, signer, leaf, hash_algorithm=algorithm), {"GOOD"})


def test_no_error_in_an_answer_about_several(lab, signer):
    leaves = issue_each(lab, signer)
    issuer = issuer_der(lab, signer)
    asked = [cert_id(leaf.der, issuer, "sha1") for leaf in leaves.values()]

    for nonce in (None, b"n" * 32):
        request = build_request_for(asked, nonce)
        found = answered(lab, request, {"GOOD", "REVOKED", "UNKNOWN"})

        assert len(list(found.responses)) == len(leaves)


def test_no_error_in_a_refusal(lab):
    for status in REFUSALS:
        assert errors(ocsp_findings(refusal(status))) == []
    answered(lab, b"nothing", "MALFORMED_REQUEST")


def lists(lab):
    """Every list that the lab has published: authority, scope, whether delta; DER."""
    rows = lab.db.execute("SELECT authority, scope, base, der FROM crls")
    return [(each[:3], each[3]) for each in rows]


@pytest.mark.parametrize("scope", ["everything", "separate"])
@pytest.mark.parametrize("delta_hours", [0, 6])
@pytest.mark.parametrize("key", [EC, RSA], ids=["EC", "RSA"])
def test_no_error_in_a_crl(lab, later, scope, delta_hours, key):
    add_authority(lab, "root", "Linted Root", key=key)
    changes = {"crl_scope": scope} if scope == "separate" else {}
    changes |= {"delta_hours": delta_hours} if delta_hours else {}
    if changes:
        set_authority(lab, "root", **changes)
    add_authority(lab, "below", "Linted Issuing", key=key, parent="root", days=300)
    for reason in ASKED:
        leaf = issue(lab, "root", f"{reason.lower()}.example")
        if reason == "certificateHold":
            hold_certificate(lab, leaf.sha256)
        else:
            revoke_certificate(lab, leaf.sha256, reason)
    held = issue(lab, "root", "held.example")
    hold_certificate(lab, held.sha256)
    publish_crl(lab, "root")
    then = later(lab, hours=1)
    release_certificate(then, held.sha256)
    leaked = issue(then, "root", "leaked.example")
    then = later(lab, hours=2)
    revoke_certificate(then, leaked.sha256, "keyCompromise")
    set_invalidity_date(then, leaked.sha256, then.clock.now() - timedelta(hours=1))
    publish_crl(later(lab, hours=3), "root")

    found = lists(lab)

    own = {"users", "authorities"} if scope == "separate" else set()
    assert {each[1] for each, _ in found} == {"everything", *own}
    assert any(each[2] is not None for each, _ in found) == bool(delta_hours)
    for what, der in found:
        assert errors(crl_findings(der)) == [], what


def test_pkilint_tells_what_is_wrong():
    """So that the tests above say something."""
    name = x509.Name.from_rfc4514_string("CN=Without Number")
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(noon)
        .next_update(noon + timedelta(days=1))
        .sign(make_key(EC), hashes.SHA256())
    )

    found = dict(errors(crl_findings(crl.public_bytes(Encoding.DER))))

    assert "pkix.crl_number_missing" in found
    undefined_status = bytes.fromhex("30030a0104")
    assert "pkix.ocsp_response_status_code_4" in dict(
        errors(ocsp_findings(undefined_status))
    )
