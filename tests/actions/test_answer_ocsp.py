"""The responder without HTTP: what an answer is made of, why, and how long it stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.x509 import ocsp

from lab.actions import answer_ocsp
from lab.actions.add_authority import add_authority
from lab.actions.answer_ocsp import Responder
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_fault import set_fault
from lab.clock import FrozenClock
from lab.models import KeySpec
from lab.pki.ocsp import CertId, build_request, build_request_for
from lab.pki.reading import read_certificate
from tests.revocation_site import issue, issue_unlisted, issuer_der

EC = KeySpec(type="EC", size=256)


class Clock:
    """Stands where it is put."""

    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return self.moment


@pytest.fixture
def clock(lab):
    return Clock(lab.clock.now())


@pytest.fixture
def asked(lab, clock):
    """The lab, on a clock that can be put, with one authority and one certificate."""
    lab = replace(lab, clock=clock)
    add_authority(lab, "issuing", "Lab Issuing", key=EC, ocsp="delegated")
    return lab, issue(lab, "issuing", "www.example")


def request_for(lab, leaf, **more):
    return build_request(leaf.der, issuer_der(lab, "issuing"), **more)


def words(recipe):
    return [step.template.format(**step.values) for step in recipe.why]


def test_a_recipe_says_each_thing_that_was_decided(asked):
    lab, leaf = asked

    recipe = Responder(lab).recipe(request_for(lab, leaf, nonce=b"n" * 16))

    found = words(recipe)
    assert found[0] == "the hashes (sha1) are those of Lab Issuing"
    assert "www.example" in found[1]
    assert found[1].endswith("is not revoked")
    assert found[2] == "the nonce of 16 octets is sent back"
    assert "Lab Issuing has delegated until" in found[3]
    assert all(step.is_fine for step in recipe.why)
    assert [each.status for each in recipe.answers] == ["good"]


def test_a_recipe_says_when_and_why_it_was_revoked(asked):
    lab, leaf = asked
    revoke_certificate(lab, leaf.sha256, "superseded")

    recipe = Responder(lab).recipe(request_for(lab, leaf))

    assert words(recipe)[1].endswith("was revoked on 2030-01-01 12:00 UTC (superseded)")
    assert "may be kept" in words(recipe)[2]


def test_a_recipe_says_that_nothing_of_that_number_was_issued(asked):
    lab, _ = asked
    stranger = issue_unlisted(lab, "issuing", "stranger.example")

    recipe = Responder(lab).recipe(request_for(lab, stranger))

    serial = f"{stranger.certificate.serial_number:x}"
    assert words(recipe)[1] == (
        f"Lab Issuing has issued nothing with the serial number {serial}"
    )


@pytest.mark.parametrize(
    ("request_der", "status", "said"),
    [
        (b"hello", "malformedRequest", "the data are not an OCSP request"),
        (
            build_request_for(
                [
                    CertId(
                        hash_name="sha256",
                        name_hash=b"n" * 32,
                        key_hash=b"k" * 32,
                        serial=1,
                    )
                ]
            ),
            "unauthorized",
            "of no authority of this lab",
        ),
    ],
    ids=["malformed", "foreign"],
)
def test_a_recipe_of_a_refusal_says_why(asked, request_der, status, said):
    recipe = Responder(asked[0]).recipe(request_der)

    assert recipe.refusal == status
    [step] = recipe.why
    assert said in step.template.format(**step.values)
    assert not step.is_fine


def test_the_fault_at_work_is_the_last_thing_that_is_said(asked):
    lab, leaf = asked
    set_fault(lab, "issuing", "OCSP", "stale")

    recipe = Responder(lab).recipe(request_for(lab, leaf))

    assert recipe.fault == "stale"
    assert not recipe.why[-1].is_fine
    assert recipe.next_update < lab.clock.now()


def test_an_answer_is_kept_for_half_of_its_life(asked, clock):
    lab, leaf = asked
    request, responder = request_for(lab, leaf), Responder(lab)
    first = responder.reply(request)
    start = clock.moment
    kept = []

    for minutes in (0, 29, 30, 59):
        clock.moment = start + timedelta(minutes=minutes)
        responder.look()
        kept.append(responder.kept(request))

    assert kept == [first, first, None, None]


def test_an_answer_of_a_later_moment_is_not_kept_when_the_clock_goes_back(asked, clock):
    lab, leaf = asked
    request, responder = request_for(lab, leaf), Responder(lab)
    responder.reply(request)

    clock.moment -= timedelta(seconds=1)
    responder.look()

    assert responder.kept(request) is None


def test_any_write_ends_what_is_kept(asked):
    lab, leaf = asked
    request, responder = request_for(lab, leaf), Responder(lab)
    before = responder.reply(request)

    revoke_certificate(lab, leaf.sha256, "superseded")
    responder.look()
    kept = responder.kept(request)
    after = responder.reply(request)

    assert kept is None
    status = [
        ocsp.load_der_ocsp_response(each.body).certificate_status.name
        for each in (before, after)
    ]
    assert status == ["GOOD", "REVOKED"]


def test_an_answer_ends_no_later_than_its_signer(asked, clock):
    lab, leaf = asked
    responder = Responder(lab)
    signer = responder.recipe(request_for(lab, leaf)).signer_certificate
    end = read_certificate(signer).not_after
    clock.moment = end - timedelta(minutes=10)

    recipe = responder.recipe(request_for(lab, leaf))

    assert recipe.next_update == end


def test_a_signer_that_has_ended_is_a_matter_of_what_is_due(asked, clock):
    lab, leaf = asked
    clock.moment += timedelta(days=400)

    reply = Responder(lab).reply(request_for(lab, leaf))

    assert reply.is_due
    status = ocsp.load_der_ocsp_response(reply.body).response_status
    assert status is ocsp.OCSPResponseStatus.TRY_LATER


def test_what_is_kept_has_bounds(asked, monkeypatch):
    monkeypatch.setattr(answer_ocsp, "_MOST_KEPT_OCTETS", 20_000)
    lab, leaf = asked
    responder = Responder(lab)
    requests = [
        request_for(lab, issue_unlisted(lab, "issuing", f"n{n}.example"))
        for n in range(30)
    ]
    responder.reply(request_for(lab, leaf))

    for request in requests:
        responder.reply(request)
        responder.kept(requests[0])

    kept = [request for request in requests if responder.kept(request)]
    assert 3 < len(kept) < 20
    assert requests[0] in kept  # the one that was asked for most
    assert requests[-1] in kept


def test_an_answer_of_one_second_is_the_same_at_both_doors(asked):
    lab, leaf = asked
    frozen = replace(lab, clock=FrozenClock(lab.clock.now()))

    recipe = Responder(frozen).recipe(request_for(lab, leaf))
    reply = Responder(frozen).reply(request_for(lab, leaf))

    read = ocsp.load_der_ocsp_response(reply.body)
    assert read.this_update_utc == recipe.this_update
    assert read.next_update_utc == recipe.next_update
    assert reply.etag
