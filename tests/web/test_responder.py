"""What the responder says over HTTP, and for how long it may be kept."""

import shutil
import sqlite3
from datetime import timedelta
from email.utils import parsedate_to_datetime
from threading import Thread
from time import monotonic, sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lab.actions.add_authority import add_authority
from lab.actions.hold_certificate import hold_certificate
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_authority import set_authority
from lab.actions.set_fault import clear_faults, set_fault
from lab.actions.turn_clock import turn_clock
from lab.lab import open_lab
from lab.models import Event
from lab.pki.ocsp import build_request, build_request_for, cert_id, issuer_hashes
from lab.store import certificates, events, parties, places
from lab.store.database import immediate
from lab.store.settings import set_clock_shift
from lab.web.routes import machine_app
from lab.web.serving import serving_in_background
from tests.revocation_site import EC, STATES, issue_unlisted, issuer_der
from tests.web.conftest import Client, running
from tests.web.responding import (
    WORDS,
    get,
    get_path,
    post,
    said,
    status_of,
    verify,
)

KEPT_AFTER = 0.3  # seconds in which a file that took another's place is noticed


@pytest.mark.parametrize("ask", [post, get], ids=["POST", "GET"])
@pytest.mark.parametrize("authority", ["issuing", "itself"])
@pytest.mark.parametrize("state", STATES)
def test_a_certificate_is_answered_for(server, asking, state, authority, ask):
    response = said(ask(server, asking.request(state, authority)))

    assert response.certificate_status.name == WORDS[state]
    leaf = asking.leaf(state, authority).certificate
    assert response.serial_number == leaf.serial_number


@pytest.mark.parametrize(
    ("state", "reason"), [("revoked", "keyCompromise"), ("on hold", "certificateHold")]
)
def test_a_revocation_comes_with_its_moment_and_reason(server, asking, state, reason):
    response = said(post(server, asking.request(state)))

    kept = certificates.revocation(asking.lab.db, asking.leaf(state).sha256)
    assert response.revocation_time_utc == kept.at
    assert response.revocation_reason.value == reason


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha384", "sha512"])
def test_every_hash_of_an_issuer_is_known_and_echoed(server, asking, name):
    response = said(post(server, asking.request(hash_name=name)))

    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert response.hash_algorithm.name == name
    assert len(response.issuer_name_hash) == response.hash_algorithm.digest_size


def test_a_delegated_signer_signs_and_is_named_by_its_key(server, asking):
    response = said(post(server, asking.request()))

    [signer] = response.certificates
    verify(response, signer)
    signer.verify_directly_issued_by(asking.issuer())
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert x509.ExtendedKeyUsageOID.OCSP_SIGNING in usage
    assert signer.extensions.get_extension_for_class(x509.OCSPNoCheck)
    der = signer.public_bytes(Encoding.DER)
    assert response.responder_key_hash == issuer_hashes(der, "sha1")[1]
    assert response.responder_name is None


def test_an_authority_may_sign_itself(server, asking):
    response = said(post(server, asking.request(authority="itself")))

    assert response.certificates == []
    verify(response, asking.issuer("itself"))
    der = issuer_der(asking.lab, "itself")
    assert response.responder_key_hash == issuer_hashes(der, "sha1")[1]


def test_an_issuer_that_has_no_answers_is_for_others(server, asking):
    leaf = issue_unlisted(asking.lab, "silent", "quiet.example")
    request = build_request(leaf.der, issuer_der(asking.lab, "silent"))

    assert status_of(post(server, request)) == "UNAUTHORIZED"


@pytest.mark.parametrize("size", [1, 32, 128])
def test_a_nonce_is_echoed(server, asking, size):
    nonce = bytes(range(size))

    answer = post(server, asking.request(nonce=nonce))

    found = said(answer).extensions.get_extension_for_class(x509.OCSPNonce)
    assert found.value.nonce == nonce


def test_several_certificates_are_answered_for_in_one(server, asking):
    above = issuer_der(asking.lab, "issuing")
    ids = [cert_id(asking.leaf(state).der, above, "sha256") for state in STATES]

    response = said(post(server, build_request_for(ids, b"n" * 20)))

    found = list(response.responses)
    assert [each.certificate_status.name for each in found] == list(WORDS.values())
    assert [each.serial_number for each in found] == [each.serial for each in ids]


def test_certificates_of_two_issuers_are_not_answered_for_in_one(server, asking):
    ids = [
        cert_id(asking.leaf("good", name).der, issuer_der(asking.lab, name))
        for name in ("issuing", "itself")
    ]

    assert status_of(post(server, build_request_for(ids))) == "UNAUTHORIZED"


# -- Kept, and for how long -----------------------------------------------------------


def test_an_answer_is_signed_once(server, asking):
    bodies = {post(server, asking.request()).body for _ in range(5)}
    texts = {
        get(server, asking.request()).body,
        server.ask(get_path(asking.request(), padded=False)).body,
    }

    assert len(bodies) == 1
    assert len(texts) == 1


def test_an_answer_with_a_nonce_is_signed_anew(server, asking):
    request = asking.request(nonce=b"n" * 16)

    assert post(server, request).body != post(server, request).body


def test_a_get_says_how_long_the_answer_may_be_kept(server, asking):
    answer = get(server, asking.request())

    response = said(answer)
    life = response.next_update_utc - response.this_update_utc
    assert life == timedelta(minutes=60)
    parts = answer.headers["Cache-Control"].split(", ")
    assert parts[1:] == ["public", "no-transform", "must-revalidate"]
    seconds = int(parts[0].removeprefix("max-age="))
    assert life.total_seconds() - 30 <= seconds <= life.total_seconds()
    modified = parsedate_to_datetime(answer.headers["Last-Modified"])
    assert modified == response.this_update_utc
    expires = parsedate_to_datetime(answer.headers["Expires"])
    assert expires == response.next_update_utc


@pytest.mark.parametrize("sent", ["{tag}", 'W/{tag}, "x"', '"x",{tag}', "*"])
def test_a_client_that_has_the_answer_is_told_so(server, asking, sent):
    whole = get(server, asking.request())
    tag = whole.headers["ETag"]

    again = get(server, asking.request(), If_None_Match=sent.format(tag=tag))

    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"].startswith("max-age=")


def test_a_client_that_has_another_answer_gets_this_one(server, asking):
    answer = get(server, asking.request(), If_None_Match='"another"')

    assert said(answer).certificate_status is ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("authority", ["issuing", "silent"])
def test_what_is_not_for_others_may_not_be_kept(server, asking, authority):
    leaf = asking.leaf()
    request = build_request(
        leaf.der, issuer_der(asking.lab, authority), nonce=b"n" * 16
    )

    answer = get(server, request)

    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_dates_of_http_follow_the_machine_and_those_inside_the_lab(server, asking):
    turn_clock(asking.lab, days=20)

    answer = get(server, asking.request())

    now = asking.lab.clock.now()
    response = said(answer)
    for moment in (response.this_update_utc, response.produced_at_utc):
        assert timedelta() <= now - moment < timedelta(seconds=30)
    sent = parsedate_to_datetime(answer.headers["Date"])
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) <= sent
    expires = parsedate_to_datetime(answer.headers["Expires"])
    assert timedelta(minutes=59) < expires - sent <= timedelta(minutes=60)


def test_a_change_shows_in_the_next_answer(server, asking):
    request, sha256 = asking.request(), asking.leaf().sha256
    seen = [status_of(post(server, request)), status_of(get(server, request))]

    hold_certificate(asking.lab, sha256)
    seen += [status_of(post(server, request)), status_of(get(server, request))]
    release_certificate(asking.lab, sha256)
    seen += [status_of(post(server, request)), status_of(get(server, request))]
    revoke_certificate(asking.lab, sha256, "superseded")
    seen += [status_of(post(server, request)), status_of(get(server, request))]

    assert seen == ["GOOD"] * 2 + ["REVOKED"] * 2 + ["GOOD"] * 2 + ["REVOKED"] * 2


def test_an_answer_is_signed_anew_after_half_of_its_life(server, asking):
    set_authority(asking.lab, "issuing", ocsp_minutes=10)
    first = post(server, asking.request()).body

    # The machine's time passes, as it were, and nobody writes anything else.
    with immediate(asking.lab.db):
        set_clock_shift(asking.lab.db, timedelta(minutes=6))
    second = said(post(server, asking.request()))

    before = ocsp.load_der_ocsp_response(first)
    assert second.this_update_utc >= before.this_update_utc + timedelta(minutes=5)


def test_another_signer_signs_the_next_answer(server, asking):
    before = said(post(server, asking.request()))

    set_authority(asking.lab, "issuing", ocsp="authority")
    after = said(post(server, asking.request()))

    verify(before, before.certificates[0])
    verify(after, asking.issuer())


# -- Trouble --------------------------------------------------------------------------


def test_a_signer_that_has_ended_is_renewed_before_it_is_asked_for(server, asking):
    first = said(post(server, asking.request())).certificates[0]
    with immediate(asking.lab.db):
        set_clock_shift(asking.lab.db, timedelta(days=200))

    second = said(post(server, asking.request())).certificates[0]

    assert second != first
    now = asking.lab.clock.now()
    assert second.not_valid_before_utc <= now <= second.not_valid_after_utc


def test_without_a_signer_one_may_try_later(server, asking):
    place = parties.authority(asking.lab.db, "issuing").party
    slot = places.slot(asking.lab.db, place, "OCSP signer")
    with immediate(asking.lab.db):
        places.remove(asking.lab.db, slot.id)

    assert status_of(post(server, asking.request())) == "TRY_LATER"
    assert status_of(post(server, asking.request(authority="itself"))) == "GOOD"


def test_an_authority_that_has_ended_answers_no_more(server, asking):
    with immediate(asking.lab.db):
        set_clock_shift(asking.lab.db, timedelta(days=20 * 365))

    assert status_of(post(server, asking.request(authority="itself"))) == "TRY_LATER"


def test_without_a_lab_one_may_try_later(asking, tmp_path):
    with running(machine_app(tmp_path / "nowhere" / "lab.sqlite3")) as client:
        answer = post(client, asking.request())
        client.connection.close()

    assert status_of(answer) == "TRY_LATER"
    assert not (tmp_path / "nowhere").exists()


def test_a_sealed_lab_cannot_sign(asking, monkeypatch):
    path = asking.lab.db.execute("PRAGMA database_list").fetchone()[2]
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "open sesame")
    open_lab(path).close()
    monkeypatch.delenv("LAB_KEY_PASSPHRASE")

    with running(machine_app()) as client:
        answer = post(client, asking.request())
        foreign = post(client, b"no request")
        client.connection.close()

    assert (answer.status, status_of(answer)) == (200, "INTERNAL_ERROR")
    assert status_of(foreign) == "MALFORMED_REQUEST"


def test_a_broken_file_is_an_internal_error(asking, tmp_path, caplog):
    path = tmp_path / "broken.sqlite3"
    path.write_bytes(b"this is no database" * 1000)

    with running(machine_app(path)) as client:
        answer = post(client, asking.request())
        client.connection.close()

    assert (answer.status, status_of(answer)) == (200, "INTERNAL_ERROR")
    assert str(path) in caplog.text


def test_a_writer_keeps_nobody_from_an_answer(server, asking, tmp_path):
    other = sqlite3.connect(tmp_path / "lab.sqlite3")
    other.execute("BEGIN IMMEDIATE")

    answers = [post(server, asking.request(state, nonce=b"n" * 16)) for state in STATES]
    other.rollback()
    other.close()

    assert [status_of(each) for each in answers] == list(WORDS.values())


def test_a_lab_that_nobody_may_read_says_to_try_later(asking, tmp_path):
    request = asking.request()
    asking.lab.close()
    other = sqlite3.connect(tmp_path / "lab.sqlite3")
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with running(machine_app()) as client:
        locked = post(client, request)
        other.rollback()
        other.close()

        freed = post(client, request)
        client.connection.close()

    assert (locked.status, status_of(locked)) == (200, "TRY_LATER")
    assert status_of(freed) == "GOOD"


def test_a_lab_that_took_the_place_of_another_answers(
    server, asking, answering_file, tmp_path
):
    request = asking.request()
    revoke_certificate(asking.lab, asking.leaf().sha256, "superseded")
    asking.lab.close()
    before = status_of(post(server, request))
    path = tmp_path / "lab.sqlite3"
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    shutil.copy(answering_file[0], path)
    sleep(KEPT_AFTER)

    after = status_of(post(server, request))

    assert (before, after) == ("REVOKED", "GOOD")


def test_a_write_that_changes_no_answer_costs_only_a_signature(server, asking):
    first = said(post(server, asking.request()))
    with immediate(asking.lab.db):
        now = asking.lab.clock.now()
        events.record(asking.lab.db, Event(at=now, kind="note.made", about="nothing"))

    second = said(post(server, asking.request()))

    assert first.certificate_status == second.certificate_status


def test_a_lab_of_another_name_is_served_in_the_background(asking, tmp_path):
    with serving_in_background(tmp_path / "lab.sqlite3") as address:
        assert address.startswith("http://127.0.0.1:")
        client = Client(int(address.rpartition(":")[2]))
        answer = post(client, asking.request())
        client.connection.close()

    assert status_of(answer) == "GOOD"


# -- Faults ---------------------------------------------------------------------------


def test_a_fault_shows_at_once_and_is_named(server, asking):
    set_fault(asking.lab, asking.leaf().sha256, "OCSP", "revoked")
    bent, other = (get(server, asking.request(state)) for state in ("good", "unknown"))
    clear_faults(asking.lab)
    healed = get(server, asking.request())

    assert (status_of(bent), status_of(other), status_of(healed)) == (
        "REVOKED",
        "UNKNOWN",
        "GOOD",
    )
    assert bent.headers["X-PKI-Lab-Fault"] == "revoked"
    assert bent.headers["Cache-Control"] == "no-store"
    assert "X-PKI-Lab-Fault" not in other.headers
    assert "X-PKI-Lab-Fault" not in healed.headers


def test_a_fault_of_http_is_one_of_http(server, asking):
    set_fault(asking.lab, "issuing", "OCSP", "http_500")
    failed = post(server, asking.request())
    set_fault(asking.lab, "issuing", "OCSP", "wrong_content_type")
    wrong = post(server, asking.request())

    assert failed.status == 500
    assert wrong.headers["Content-Type"] == "text/html"


def test_a_slow_answer_keeps_nobody_else_waiting(server, asking):
    set_fault(asking.lab, asking.leaf().sha256, "OCSP", "slow", 1.0)
    ended = {}

    def ask(name, state):
        client = Client(server.port)
        answer = post(client, asking.request(state))
        ended[name] = status_of(answer), monotonic()
        client.connection.close()

    slow, started = Thread(target=ask, args=("slow", "good")), monotonic()
    slow.start()
    ask("quick", "revoked")
    slow.join()

    assert (ended["slow"][0], ended["quick"][0]) == ("GOOD", "REVOKED")
    assert ended["slow"][1] - started >= 1.0
    assert ended["quick"][1] < ended["slow"][1]


def test_faults_may_come_from_the_environment(asking, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", "issuing=tryLater@OCSP")
    with running(machine_app()) as client:
        answers = [
            status_of(post(client, asking.request(authority=name)))
            for name in ("issuing", "itself")
        ]
        client.connection.close()

    assert answers == ["TRY_LATER", "GOOD"]


# -- Lists ----------------------------------------------------------------------------


def crl_of(client, name):
    answer = client.ask(f"/pki/crl/{name}.crl")
    assert answer.status == 200, answer.body
    return x509.load_der_x509_crl(answer.body)


def test_an_authority_with_deltas_gives_them_out(server, asking):
    before = server.ask("/pki/crl/issuing-delta.crl")
    set_authority(asking.lab, "issuing", delta_hours=6)

    full, delta = crl_of(server, "issuing"), crl_of(server, "issuing-delta")

    assert before.status == 404
    base = delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value
    number = full.extensions.get_extension_for_class(x509.CRLNumber).value
    assert base.crl_number <= number.crl_number


def test_separate_lists_have_names_of_their_own(server, asking):
    set_authority(asking.lab, "issuing", crl_scope="separate", delta_hours=6)

    for part, is_users in (("users", True), ("authorities", False)):
        for ending in ("", "-delta"):
            crl = crl_of(server, f"issuing-{part}{ending}")
            scope = crl.extensions.get_extension_for_class(
                x509.IssuingDistributionPoint
            ).value
            assert scope.only_contains_user_certs is is_users
            assert scope.only_contains_ca_certs is not is_users


def test_an_authority_of_the_whole_name_wins(server, asking):
    set_authority(asking.lab, "issuing", delta_hours=6)
    add_authority(asking.lab, "issuing-delta", "Delta Works", key=EC)

    crl = crl_of(server, "issuing-delta")

    assert "Delta Works" in crl.issuer.rfc4514_string()


def test_a_fault_of_a_list_shows_at_once_and_is_named(server, asking):
    set_fault(asking.lab, "issuing", "CRL", "http_500")
    failed = server.ask("/pki/crl/issuing.crl")
    clear_faults(asking.lab)
    healed = server.ask("/pki/crl/issuing.crl")

    assert failed.status == 500
    assert failed.headers["X-PKI-Lab-Fault"] == "http_500"
    assert failed.headers["Cache-Control"] == "no-store"
    assert healed.status == 200
    assert "X-PKI-Lab-Fault" not in healed.headers
