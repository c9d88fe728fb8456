"""Checks of revocation end to end, over real HTTP to servers on loopback."""

import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lab.actions.add_parties import add_peer
from lab.actions.check_links import links
from lab.actions.check_revocation import check, check_all, run_checks
from lab.actions.deed import deed
from lab.actions.import_certificates import Assignment, import_certificates
from lab.actions.keep_check import keep_checks
from lab.actions.live_check import check_live, live_checks
from lab.actions.plan_checks import next_check
from lab.actions.renew_certificate import sign_and_upload
from lab.actions.request_certificate import request_certificate
from lab.actions.revocation_settings import set_revocation_settings
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_base_url import set_base_url
from lab.actions.set_common_criteria import set_common_criteria
from lab.actions.set_parameter import set_parameter
from lab.actions.sign_request import sign_request
from lab.actions.turn_clock import turn_clock
from lab.actions.upload_certificate import upload_certificate
from lab.errors import NotFoundError, RuleError
from lab.lab import lab_path
from lab.pki.bundles import write_pem
from lab.store import jobs, revocation_checks
from lab.trust.judged import words
from lab.web.routes import machine_app
from lab.web.serving import serving_in_background
from tests.actions.conftest import Seen
from tests.responder_desk import NOBODY, SITE, designated_signer
from tests.web.conftest import running


def said(found):
    return " | ".join(words(step) for step in found.steps)


class TestAsking:
    @pytest.mark.parametrize("status", ["good", "revoked", "on_hold", "unknown"])
    def test_a_check_says_what_the_responder_says(self, office, status):
        office.configure()
        office.says(office.tomcat(), status)

        found = check(office.lab, SITE, office.tomcat().sha256)

        assert (found.status, found.method, found.model) == (status, "OCSP", "DTM")
        assert found.url == office.url
        assert found.http_status == 200
        assert found.cause == "by hand"

    def test_a_responder_that_is_not_there_is_unreachable(self, office):
        office.configure(configured_uri=NOBODY)

        found = check(office.lab, SITE, office.tomcat().sha256)

        assert (found.status, found.response) == ("unreachable", None)
        assert found.request

    @pytest.mark.parametrize(
        ("status", "strict", "connects"),
        [
            ("good", True, True),
            ("good", False, True),
            ("revoked", True, False),
            ("revoked", False, False),
            ("on_hold", True, False),
            ("on_hold", False, False),
            ("unknown", True, False),
            ("unknown", False, True),
            ("unreachable", True, False),
            ("unreachable", False, True),
        ],
    )
    def test_the_mode_decides_what_unknown_and_unreachable_lead_to(
        self, office, status, strict, connects
    ):
        office.configure(
            configured_uri=NOBODY if status == "unreachable" else office.url
        )
        if strict:
            set_common_criteria(office.lab, SITE, True)
        if status != "unreachable":
            office.says(office.tomcat(), status)

        found = check(office.lab, SITE, office.tomcat().sha256)

        assert (found.status, found.connects) == (status, connects)
        mode = "on" if strict else "off"
        assert f"Common Criteria mode is {mode}: with this status" in said(found)
        out = revocation_checks.out_of_use(office.lab.db, SITE)
        assert (office.tomcat().sha256 in out) == (not connects)

    def test_a_certificate_is_back_in_use_when_a_later_check_connects(self, office):
        office.configure()
        office.says(office.tomcat(), "on_hold")
        check(office.lab, SITE, office.tomcat().sha256)
        office.says(office.tomcat(), "good")

        check(office.lab, SITE, office.tomcat().sha256)

        assert revocation_checks.out_of_use(office.lab.db, SITE) == set()

    def test_expired_is_a_state_of_its_own_and_nobody_is_asked(self, office):
        office.configure()
        own = office.tomcat()
        turn_clock(office.lab, days=4000)

        found = check(office.lab, SITE, own.sha256)

        assert (found.status, found.connects, found.method) == ("expired", False, "")
        assert "it expired on" in said(found)
        assert office.times_asked(own) == 0
        assert own.sha256 in revocation_checks.out_of_use(office.lab.db, SITE)

    def test_who_signed_itself_is_asked_for_nowhere(self, office, refusal_of):
        office.configure()
        own = office.seen.slot("pub", "tomcat")

        with refusal_of(office.lab, RuleError, "signed itself until"):
            check(office.lab, SITE, own.sha256)

    def test_a_cluster_that_asks_nobody_says_so(self, office, refusal_of):
        own = office.tomcat()

        with refusal_of(office.lab, RuleError, "Site asks nobody: OCSP is off"):
            check(office.lab, SITE, own.sha256)
        with refusal_of(office.lab, RuleError, "Site asks nobody"):
            check_all(office.lab, SITE)

    def test_what_is_not_there_is_refused(self, office, refusal_of):
        with refusal_of(office.lab, NotFoundError, "no certificate with fingerprint"):
            check(office.lab, SITE, "0" * 64)
        with refusal_of(office.lab, NotFoundError, "no cluster called Nowhere"):
            check(office.lab, "Nowhere", office.seen.authority("issuing").sha256)


class TestTrustModels:
    @pytest.fixture
    def signer(self, office):
        """A designated signer, which no authority of the lab issued."""
        office.configure()
        signer = designated_signer(office.lab.clock.now())
        office.desk.signer = signer
        return signer

    def test_a_designated_signer_is_believed_once_it_is_in_tomcat_trust(
        self, office, signer
    ):
        pem = write_pem([signer[0].public_bytes(Encoding.DER)])
        upload_certificate(office.lab, "pub", "tomcat-trust", pem)

        found = check(office.lab, SITE, office.tomcat().sha256)

        assert (found.status, found.model, found.connects) == ("good", "TRP", True)
        assert found.signer == signer[0].public_bytes(Encoding.DER)

    def test_the_evidence_says_why_the_first_model_failed(self, office, signer):
        pem = write_pem([signer[0].public_bytes(Encoding.DER)])
        upload_certificate(office.lab, "pub", "tomcat-trust", pem)

        number = check(office.lab, SITE, office.tomcat().sha256).id
        found = revocation_checks.check(office.lab.db, number)

        failed = [words(step) for step in found.steps if not step.is_fine]
        assert any(text.startswith("DTM") for text in failed)
        believed = [words(step) for step in found.steps if step.is_fine]
        assert any(text.startswith("TRP") for text in believed)
        asked = ocsp.load_der_ocsp_request(found.request)
        answered = ocsp.load_der_ocsp_response(found.response)
        serial = int(office.tomcat().serial, 16)
        assert asked.serial_number == answered.serial_number == serial
        assert x509.load_der_x509_certificate(found.signer) == signer[0]

    @pytest.mark.usefixtures("signer")
    @pytest.mark.parametrize("strict", [True, False], ids=["strict", "lax"])
    def test_one_that_nobody_designated_leaves_it_unknown(self, office, strict):
        if strict:
            set_common_criteria(office.lab, SITE, True)

        found = check(office.lab, SITE, office.tomcat().sha256)

        assert (found.status, found.model) == ("unknown", "")
        assert found.connects is not strict
        assert "Designated Responder, is none of the" in said(found)


class TestKeeping:
    def test_the_event_is_written_by_hand_each_time_and_names_the_outcome(self, office):
        office.configure()
        for _ in range(2):
            check(office.lab, SITE, office.tomcat().sha256)

        events = office.seen.events("revocation.checked")

        assert [event.detail for event in events] == ["good, connects, by hand"] * 2
        assert events[0].about == office.tomcat().subject
        assert office.seen.events("alarm.raised") == []

    def test_every_check_is_kept_with_its_number(self, office):
        office.configure()
        own = office.tomcat().sha256
        numbers = [check(office.lab, SITE, own).id for _ in range(3)]

        found = revocation_checks.checks_of(office.lab.db, own)

        assert [each.id for each in found] == numbers[::-1]
        latest = revocation_checks.latest_checks(office.lab.db, SITE)
        assert [each.id for each in latest] == [numbers[-1]]
        assert latest[0].steps

    def test_only_so_many_of_a_certificate_stay(self, office):
        office.configure()
        own = office.tomcat().sha256
        found = check(office.lab, SITE, own)
        with deed(office.lab):
            for _ in range(5):
                revocation_checks.add(office.lab.db, found, keep=3)

        assert len(revocation_checks.checks_of(office.lab.db, own)) == 3

    def test_bytes_that_are_too_many_are_told_and_not_kept(self, office):
        office.configure()
        found = check(office.lab, SITE, office.tomcat().sha256)
        long = replace(found, response=b"x" * (256 * 1024 + 1))

        (kept,) = keep_checks(office.lab, [long])

        stored = revocation_checks.check(office.lab.db, kept.id)
        assert stored.response is None
        assert stored.request == found.request
        assert "the response has 262145 bytes" in said(stored)

    def test_a_number_that_is_none_is_refused(self, office, refusal_of):
        with refusal_of(office.lab, NotFoundError, "no check with number 7"):
            revocation_checks.check(office.lab.db, 7)


class TestUpload:
    def test_an_upload_does_not_ask_and_is_not_blocked(self, office):
        office.configure(configured_uri=NOBODY)

        own = office.tomcat()

        assert own.sha256 in {row[1] for row in revocation_checks.wanted(office.lab.db)}
        assert office.desk.asked == []

    def test_a_revoked_upload_stays_and_raises_the_alarm(self, office):
        office.configure()
        request = request_certificate(office.lab, "sub", "tomcat")
        own = sign_request(office.lab, "issuing", request.der)
        office.says(own, "revoked")
        upload_certificate(office.lab, "sub", "tomcat", write_pem([own.der]))

        (found,) = run_checks(office.lab, cause="upload")

        (alarm,) = office.seen.events("alarm.raised")
        assert alarm.about == "CertificateRevoked"
        assert own.subject in alarm.detail
        assert "just uploaded is revoked" in alarm.detail
        assert (found.certificate, found.connects) == (own.sha256, False)
        assert office.seen.slot("sub", "tomcat").sha256 == own.sha256
        assert revocation_checks.wanted(office.lab.db) == []

    def test_a_status_that_cannot_be_found_out_raises_another(self, office):
        office.configure(configured_uri=NOBODY)
        office.tomcat()

        run_checks(office.lab, cause="upload")

        names = {event.about for event in office.seen.events("alarm.raised")}
        assert names == {"CertificateRevokationStatusByOCSP"}

    def test_without_revocation_nothing_is_wanted(self, office):
        office.tomcat()

        assert revocation_checks.wanted(office.lab.db) == []


class TestSchedule:
    def test_a_month_turned_asks_once_for_each_certificate(self, office):
        own = office.tomcat()
        office.configure(enable_check=True)

        then = turn_clock(office.lab, days=30)
        found = run_checks(office.lab)

        assert office.times_asked(own) == 1
        assert own.sha256 in {each.certificate for each in found}
        assert {each.cause for each in found} == {"schedule"}
        assert next_check(office.lab, SITE) - then <= timedelta(days=1)
        assert run_checks(office.lab) == []

    def test_the_alarm_is_raised_when_it_changes_and_by_the_schedule(self, office):
        own = office.tomcat()
        office.configure(enable_check=True)
        office.says(own, "revoked")
        for _ in range(2):
            turn_clock(office.lab, days=1)
            run_checks(office.lab)

        alarms = [
            event
            for event in office.seen.events("alarm.raised")
            if own.subject in event.detail
        ]

        assert [event.about for event in alarms] == ["CertificateRevoked"]
        assert alarms[0].actor == "schedule"
        assert len(revocation_checks.checks_of(office.lab.db, own.sha256)) == 2

    def test_expired_ones_are_taken_out_of_use_by_the_same_check(self, office):
        own = office.seen.slot("pub", "tomcat")
        office.configure(enable_check=True, every=30, unit="days")
        turn_clock(office.lab, days=5 * 365 + 31)

        run_checks(office.lab)

        (found,) = revocation_checks.checks_of(office.lab.db, own.sha256)
        assert (found.status, found.connects) == ("expired", False)
        assert "CertExpired" in {
            event.about for event in office.seen.events("alarm.raised")
        }

    def test_time_that_is_up_leaves_the_rest_for_the_next_round(self, office):
        office.tomcat("sub")
        office.tomcat("pub")
        office.configure(enable_check=True)
        turn_clock(office.lab, days=1)
        before = len(revocation_checks.wanted(office.lab.db))

        assert run_checks(office.lab, seconds=0) == []

        assert len(revocation_checks.wanted(office.lab.db)) == before > 1

    def test_check_all_does_now_what_the_schedule_would(self, office):
        own = office.tomcat()
        office.configure()

        found = check_all(office.lab, SITE)

        assert own.sha256 in {each.certificate for each in found}
        assert {each.cause for each in found} <= {"by hand", "upload"}
        assert revocation_checks.wanted(office.lab.db) == []


def test_an_imported_cluster_asks_for_what_it_was_given(office):
    own = office.tomcat()
    where = Assignment(cluster="Theirs", node="far", purpose="tomcat")
    import_certificates(office.lab, [("leaf.cer", own.der)], where)
    set_revocation_settings(
        office.lab,
        "Theirs",
        enable_ocsp=True,
        use_configured_uri=True,
        configured_uri=office.url,
    )

    (found,) = check_all(office.lab, "Theirs")

    assert (found.cluster, found.certificate) == ("Theirs", own.sha256)
    assert (found.status, found.model) == ("good", "DTM")
    assert revocation_checks.latest_checks(office.lab.db, SITE) == []


class TestNobodyWaits:
    def test_others_write_while_the_network_is_asked(self, office, tmp_path):
        """Whoever asks holds no lock: somebody else writes in the middle of it."""
        office.tomcat()
        office.configure(enable_check=True)
        turn_clock(office.lab, days=1)
        written = []

        def write():
            with closing(sqlite3.connect(tmp_path / "lab.sqlite3", timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("INSERT OR REPLACE INTO settings VALUES ('x', 'y')")
                other.commit()
                written.append(True)

        office.desk.on_question = write
        check(office.lab, SITE, office.tomcat().sha256)
        run_checks(office.lab)

        assert len(written) == len(office.desk.asked) > 2

    def test_within_a_deed_nobody_is_asked(self, office):
        office.tomcat()
        office.configure()

        with pytest.raises(AssertionError, match="outside of deeds"), deed(office.lab):
            check(office.lab, SITE, office.tomcat().sha256)

        assert office.desk.asked == []

    def test_one_that_somebody_else_has_answered_is_kept_once(self, office, tmp_path):
        own = office.tomcat()
        office.configure(enable_check=True)
        turn_clock(office.lab, days=1)

        def be_quicker():
            office.desk.on_question = None
            with closing(sqlite3.connect(tmp_path / "lab.sqlite3")) as other:
                other.execute("DELETE FROM checks_wanted")
                other.commit()

        office.desk.on_question = be_quicker
        run_checks(office.lab)

        assert len(office.desk.asked) > 1
        assert revocation_checks.checks_of(office.lab.db, own.sha256) == []


class TestFullChain:
    def test_without_it_only_the_certificate_itself_is_asked_for(self, office):
        office.configure()
        above = office.seen.authority("issuing")

        check(office.lab, SITE, office.tomcat().sha256)

        assert office.times_asked(above) == 0

    def test_with_it_a_revoked_issuer_stops_what_is_below(self, office):
        own = office.tomcat()
        above = office.seen.authority("issuing")
        office.desk.authority = "root"
        office.desk.signer = designated_signer(office.lab.clock.now())
        pem = write_pem([office.desk.signer[0].public_bytes(Encoding.DER)])
        upload_certificate(office.lab, "pub", "tomcat-trust", pem)
        office.configure(full_chain=True)
        office.says(above, "revoked")

        found = check(office.lab, SITE, own.sha256)

        assert (found.status, found.connects) == ("good", False)
        assert f"{above.subject} above it is found to be revoked" in said(found)
        (of_issuer,) = revocation_checks.checks_of(office.lab.db, above.sha256)
        assert (of_issuer.status, of_issuer.connects) == ("revoked", False)

    def test_an_issuer_of_many_is_asked_for_once(self, office):
        office.tomcat("sub")
        office.tomcat("pub")
        office.configure(full_chain=True, enable_check=True)
        turn_clock(office.lab, days=1)

        run_checks(office.lab)

        assert office.times_asked(office.seen.authority("issuing")) == 1


class TestLinks:
    def test_each_link_shows_its_certificates_or_that_there_are_none(self, office):
        rows = links(office.lab, SITE)

        assert {row.link for row in rows} == {"CTI", "IPsec", "LDAP"}
        assert {row.party for row in rows if row.link == "LDAP"} == {"directory"}
        assert {row.party for row in rows if row.link == "IPsec"} == {
            "pub",
            "sub",
            "imp",
        }
        assert {row.purpose for row in rows if row.link == "CTI"} <= {
            "CallManager",
            "CallManager-ECDSA",
        }
        assert all(row.source for row in rows)

    def test_a_check_of_a_link_says_which_and_raises_the_alarm(self, office):
        own = office.seen.slot("directory", "peer")
        office.configure()
        office.says(own, "revoked")
        set_parameter(office.lab, SITE, "Certificate Validity Check", "True")
        turn_clock(office.lab, days=1)

        (found,) = run_checks(office.lab, cause="link")

        assert (found.certificate, found.client) == (own.sha256, "LDAP")
        assert not found.connects
        (alarm,) = office.seen.events("alarm.raised")
        assert alarm.about == "CertificateRevoked"
        assert {row.latest.id for row in links(office.lab, SITE) if row.latest} == {
            found.id
        }

    def test_an_expired_end_of_a_cti_link_has_an_alarm_of_its_own(self, office):
        set_parameter(office.lab, SITE, "Certificate Validity Check", "True")
        turn_clock(office.lab, days=5 * 365 + 2)

        found = run_checks(office.lab)

        assert {"CTI", "IPsec", "LDAP"} == {each.client for each in found}
        names = {event.about for event in office.seen.events("alarm.raised")}
        assert names == {"CtiProviderClosePeerCertExpired", "CertExpired"}


class TestLive:
    def test_every_client_is_listed_with_whom_it_meets(self, office):
        rows = live_checks(office.lab, SITE)

        assert {row.client for row in rows} == {
            "syslog",
            "FileBeat",
            "SIP",
            "ILS",
            "LBM",
        }
        assert {row.party for row in rows if row.client == "SIP"} == {"imp"}
        assert next(row for row in rows if row.client == "FileBeat").note

    @pytest.mark.parametrize("strict", [True, False], ids=["strict", "lax"])
    def test_a_client_asks_for_the_leaf_of_the_other_side(self, office, strict):
        peer = _add_trunk(office)
        office.configure()
        office.says(peer, "unknown")
        if strict:
            set_common_criteria(office.lab, SITE, True)

        found = check_live(office.lab, SITE, "SIP", "trunk")

        assert (found.certificate, found.cause) == (peer.sha256, "live")
        assert (found.client, found.connects) == ("SIP", not strict)
        row = next(r for r in live_checks(office.lab, SITE) if r.party == "trunk")
        assert row.latest.id == found.id

    def test_nobody_there_is_refused_with_those_who_are(self, office, refusal_of):
        office.configure()

        with refusal_of(office.lab, NotFoundError, "no client called 'FAX'") as caught:
            check_live(office.lab, SITE, "FAX", "imp")

        assert "SIP to imp" in caught.value.hint


def _add_trunk(office):
    add_peer(office.lab, SITE, "trunk", "sip-trunk", "sbc.example", authority="issuing")
    return office.seen.slot("trunk", "peer")


class TestOwnResponder:
    """The lab's own routes on a real port, at the addresses in its certificates."""

    @pytest.fixture
    def own(self, kept):
        with running(machine_app()) as client:
            set_base_url(kept, f"http://127.0.0.1:{client.port}")
            sign_and_upload(kept, "sub", "tomcat", "issuing")
            yield kept
            client.connection.close()

    def test_good_then_revoked_by_the_address_in_the_certificate(self, own):
        leaf = Seen(own).slot("sub", "tomcat")
        set_revocation_settings(own, SITE, enable_ocsp=True)
        before = check(own, SITE, leaf.sha256)
        revoke_certificate(own, leaf.sha256, "keyCompromise")

        after = check(own, SITE, leaf.sha256)

        assert (before.status, before.model, before.connects) == ("good", "DTM", True)
        assert (after.status, after.model, after.connects) == ("revoked", "DTM", False)
        assert after.url.endswith("/pki/ocsp")

    def test_the_same_by_crl(self, own):
        leaf = Seen(own).slot("sub", "tomcat")
        set_revocation_settings(own, SITE, enable_crl=True)
        before = check(own, SITE, leaf.sha256)
        revoke_certificate(own, leaf.sha256, "keyCompromise")

        after = check(own, SITE, leaf.sha256)

        assert (before.status, before.method) == ("good", "CRL")
        assert (after.status, after.method) == ("revoked", "CRL")
        assert x509.load_der_x509_crl(after.response)

    def test_a_crl_answers_where_the_responder_does_not(self, own):
        leaf = Seen(own).slot("sub", "tomcat")
        set_revocation_settings(
            own,
            SITE,
            enable_ocsp=True,
            use_configured_uri=True,
            configured_uri=NOBODY,
            enable_crl=True,
        )

        found = check(own, SITE, leaf.sha256)

        assert (found.status, found.method) == ("good", "CRL")


@pytest.mark.parametrize("is_refused", [False, True], ids=["alone", "beside a job"])
def test_a_server_asks_by_itself_for_what_waits(kept, is_refused):
    """Nobody looks: the server's own round finds the mark, and asks its own routes."""
    if is_refused:  # a job that is refused stays due, and keeps no check waiting
        with deed(kept) as now:
            jobs.schedule(kept.db, "publish_crl", due_at=now, about="nobody")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    set_base_url(kept, f"http://127.0.0.1:{port}")
    set_revocation_settings(kept, SITE, enable_ocsp=True)
    sign_and_upload(kept, "sub", "tomcat", "issuing")
    leaf = Seen(kept).slot("sub", "tomcat")

    with serving_in_background(lab_path(), port=port):
        until = monotonic() + 30
        while not (found := revocation_checks.checks_of(kept.db, leaf.sha256)):
            assert monotonic() < until
            sleep(0.05)

    assert [(each.status, each.cause) for each in found] == [("good", "upload")]
