"""What a fault makes of an answer, and of a list: as a client reads them."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import load_der_ocsp_response

from lab.actions.answer_ocsp import Responder
from lab.actions.bend_answer import BENDS
from lab.actions.bend_crl import bend_crl
from lab.actions.hold_certificate import hold_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_fault import clear_faults, set_fault
from lab.pki.crls import read_crl
from lab.pki.ocsp import build_request, build_request_for, cert_id
from lab.pki.ocsp_answer import read_answer
from lab.rules.faults import FAULTS
from lab.store import crls
from lab.trust.crl_answers import judge_crl
from lab.trust.ocsp_answers import judge_ocsp

NONCE = bytes(range(32))


@pytest.fixture
def answer(two, leaf, issuer_of):
    """Ask the lab's responder without HTTP; judge what it says."""

    def ask(certificate=leaf, authority="one", nonce=NONCE, **judging):
        issuer = issuer_of(two, authority).der
        request = build_request(certificate.der, issuer, nonce=nonce)
        reply = Responder(two).reply(request)
        judged = judge_ocsp(
            reply.body,
            certificate=certificate.der,
            issuer=issuer,
            now=two.clock.now(),
            nonce=nonce,
            content_type=reply.content_type,
            **judging,
        )
        return reply, judged

    return ask


@pytest.fixture
def listed(two, leaf, issuer_of):
    """Read the list of "one" as it is given out; judge a certificate by it."""

    def read(certificate=leaf, authority="one", **scope):
        issuer = issuer_of(two, authority).der
        crl = crls.latest(two.db, authority)
        bent = bend_crl(two, crl)
        judged = judge_crl(
            bent.body if bent else crl.der,
            certificate=certificate.der,
            issuer=issuer,
            now=two.clock.now(),
        )
        return bent, judged

    return read


def test_every_fault_of_a_responder_that_may_be_set_has_its_bend():
    wanted = {row.name for row in FAULTS.values() if row.ocsp and row.settable}

    assert set(BENDS) == wanted


def test_without_a_fault_all_is_well(answer, listed):
    reply, judged = answer()
    bent, by_list = listed()

    assert (reply.fault, judged.status) == ("", "good")
    assert (bent, by_list.status) == (None, "good")


def test_a_responder_says_what_it_is_told_to(two, leaf, answer):
    for fault, status, reason in (
        ("revoked", "revoked", "keyCompromise"),
        ("on_hold", "on_hold", "certificateHold"),
        ("unknown", "unknown", ""),
        ("good", "good", ""),
    ):
        set_fault(two, leaf.sha256, "OCSP", fault)

        reply, judged = answer()

        assert (reply.fault, judged.status, judged.reason) == (fault, status, reason)
        assert judged.model == "DTM"
    set_fault(two, leaf.sha256, "OCSP", "revoked")
    assert answer()[1].revoked_at == two.clock.now() - timedelta(hours=1)


def test_good_is_said_even_of_what_is_revoked(two, leaf, answer, listed):
    revoke_certificate(two, leaf.sha256, "keyCompromise")
    assert (answer()[1].status, listed()[1].status) == ("revoked", "revoked")

    set_fault(two, "one", "", "good")

    assert (answer()[1].status, listed()[1].status) == ("good", "good")


def test_a_fault_is_of_its_target_alone(two, leaf, issue, answer, listed):
    other, elsewhere = issue(two, "one", "other.example"), issue(two, "two")
    set_fault(two, leaf.sha256, "", "revoked")

    assert answer()[1].status == "revoked"
    assert answer(other)[1].status == "good"
    assert answer(elsewhere, "two")[1].status == "good"
    assert listed()[1].status == "revoked"
    assert listed(other)[1].status == "good"
    assert listed(elsewhere, "two")[0] is None


def test_in_one_answer_about_several_only_the_target_is_bent(
    two, leaf, issue, issuer_of
):
    issuer = issuer_of(two, "one").der
    others = [issue(two, "one", f"{name}.example") for name in ("before", "after")]
    asked = [cert_id(each.der, issuer) for each in (others[0], leaf, others[1])]
    set_fault(two, leaf.sha256, "OCSP", "revoked")

    reply = Responder(two).reply(build_request_for(asked))

    said = [each.status for each in read_answer(reply.body).statements]
    assert said == ["good", "revoked", "good"]


def test_taking_the_fault_back_ends_it(two, answer, listed):
    set_fault(two, "one", "", "stale")
    assert (answer()[1].status, listed()[1].status) == ("unusable", "unusable")

    clear_faults(two)

    assert (answer()[1].status, listed()[1].status) == ("good", "good")


def test_the_environment_bends_as_well(two, leaf, answer, listed, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", f"{leaf.sha256}=on_hold")

    assert (answer()[1].status, listed()[1].status) == ("on_hold", "on_hold")
    assert answer()[0].fault == "on_hold"


def test_a_list_that_says_revoked_has_all_that_was_signed(two, leaf, issue, listed):
    issue(two, "one", "other.example")
    set_fault(two, "one", "CRL", "revoked")

    bent, judged = listed()

    assert judged.status == "revoked"
    assert read_crl(bent.body).size >= 2


def test_one_entry_is_changed_and_the_others_stay(two, leaf, issue, listed):
    other = issue(two, "one", "other.example")
    revoke_certificate(two, other.sha256, "superseded")
    hold_certificate(two, leaf.sha256)
    set_fault(two, leaf.sha256, "CRL", "good")

    assert listed()[1].status == "good"
    assert listed(other)[1].reason == "superseded"


def test_faults_of_one_entry_and_of_the_list_go_together(two, leaf, listed):
    set_fault(two, leaf.sha256, "CRL", "revoked")
    set_fault(two, "one", "CRL", "stale")

    bent, judged = listed()

    assert bent.fault == "revoked, stale"
    assert (judged.status, judged.reason) == ("unusable", "keyCompromise")
    assert len(bent.why) == 2


def test_a_bent_list_is_the_stored_one_but_for_the_fault(two, listed):
    stored = crls.latest(two.db, "one")
    set_fault(two, "one", "CRL", "wrong_scope")

    bent, _ = listed()

    before, after = (x509.load_der_x509_crl(der) for der in (stored.der, bent.body))
    scope = x509.IssuingDistributionPoint
    assert crls.latest(two.db, "one") == stored
    assert after.extensions.get_extension_for_class(scope).critical
    assert {each.oid for each in after.extensions} - {scope.oid} == {
        each.oid for each in before.extensions
    }
    assert after.last_update_utc == before.last_update_utc


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("garbage", "readable"),
        ("bad_signature", "not signed with the key"),
        ("wrong_signer", "not signed with the key"),
        ("wrong_id", "CN=Somebody else"),
        ("wrong_scope", "of another scope, authorities"),
        ("critical_extension", "1.3.6.1.4.1.32473.1"),
        ("stale", "is stale"),
        ("future", "begins to hold on"),
    ],
)
def test_a_list_has_exactly_the_fault_that_is_set(two, listed, fault, said):
    set_fault(two, "one", "CRL", fault)

    bent, judged = listed()

    wrong = [each for each in judged.steps if not each.is_fine]
    assert (bent.fault, judged.status) == (fault, "unusable")
    assert len(wrong) == 1, wrong
    assert said in wrong[0].template.format(**wrong[0].values)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("garbage", "are no OCSP response"),
        ("tryLater", "tryLater"),
        ("internalError", "internalError"),
        ("malformed", "malformedRequest"),
        ("sigRequired", "sigRequired"),
        ("unauthorized", "unauthorized"),
        ("bad_signature", "whose key did not sign it"),
        ("missing_eku", "OCSP"),
        ("expired_signer", "ended"),
        ("wrong_id", "asked for was the serial number"),
        ("stale", "is stale"),
        ("future", "begins to hold on"),
        ("nonce_wrong", "is not the one that was sent"),
        ("wrong_content_type", "calls itself text/html"),
    ],
)
def test_an_answer_has_the_fault_that_is_set(two, answer, fault, said):
    set_fault(two, "one", "OCSP", fault)

    reply, judged = answer()

    wrong = [each for each in judged.steps if not each.is_fine]
    assert (reply.fault, judged.status) == (fault, "unusable")
    assert any(said in each.template.format(**each.values) for each in wrong), wrong


def test_a_signer_that_nobody_knows_is_believed_once_it_is_designated(two, answer):
    set_fault(two, "one", "OCSP", "wrong_signer")

    reply, judged = answer()
    [stranger] = load_der_ocsp_response(reply.body).certificates
    designated = stranger.public_bytes(Encoding.DER)
    _, believed = answer(trusted_responders=[designated])

    assert judged.status == "unusable"
    assert (believed.status, believed.model) == ("good", "TRP")


def test_a_late_answer_says_how_late_and_is_not_wrong(two, answer, listed):
    set_fault(two, "one", "", "slow", 2.5)

    reply, judged = answer()
    bent, by_list = listed()

    assert (reply.delay_seconds, bent.delay_seconds) == (2.5, 2.5)
    assert (judged.status, by_list.status) == ("good", "good")


def test_a_failed_server_answers_500(two, answer, listed):
    set_fault(two, "one", "", "http_500")

    assert (answer()[0].http_status, listed()[0].http_status) == (500, 500)


def test_a_dropped_nonce_and_a_missing_end_are_noticed_and_taken(two, answer):
    set_fault(two, "one", "OCSP", "nonce_dropped")
    assert answer()[1].status == "good"
    set_fault(two, "one", "OCSP", "no_next_update")
    _, judged = answer()

    assert (judged.status, judged.next_update) == ("good", None)


def test_without_a_nonce_none_is_wrong(two, answer):
    set_fault(two, "one", "OCSP", "nonce_wrong")

    assert answer(nonce=None)[1].status == "good"
    assert answer(nonce=b"\x07")[1].status == "unusable"


def test_the_answer_says_which_fault_made_it(two, leaf, issuer_of):
    set_fault(two, "one", "OCSP", "stale")
    request = build_request(leaf.der, issuer_of(two, "one").der)

    why = Responder(two).recipe(request).why

    assert why[-1].values["fault"] == "stale"
    assert why[-1].values["target"] == "one"
    assert not why[-1].is_fine


def test_a_bent_answer_is_never_kept(two, leaf, issuer_of):
    request = build_request(leaf.der, issuer_of(two, "one").der)
    responder = Responder(two)
    set_fault(two, "one", "OCSP", "unknown")

    assert responder.reply(request).fault == "unknown"
    assert responder.kept(request) is None
