"""A responder under load while its lab changes below it: late answers, never wrong."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from time import sleep, time

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from lab.actions.add_authority import add_authority
from lab.actions.hold_certificate import hold_certificate
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.turn_clock import turn_clock
from lab.lab import open_lab
from lab.store.database import immediate
from lab.store.settings import clock_shift, set_clock_shift
from tests.revocation_site import (
    EC,
    free_port,
    issue,
    issuer_der,
    serving,
    start_serving,
)
from tests.web.crowd import Crowd, exchange, request_for
from tests.workers import reach_all, workers_of

LEAVES = 12
HELD_SECONDS = 3
HOLD_THE_LOCK = f"""
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
database.execute("UPDATE settings SET value = value || 'x'")
print("locked", flush=True)
time.sleep({HELD_SECONDS})
database.execute("ROLLBACK")
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lab.sqlite3"


@pytest.fixture
def lab(path):
    """An authority with a delegated signer, in a file that servers open too."""
    lab = open_lab(path, actor="test")
    add_authority(lab, "busy", "Busy CA", key=EC, ocsp="delegated")
    yield lab
    lab.close()


@pytest.fixture
def crowd(lab):
    leaves = [issue(lab, "busy", f"host{n}.busy.example") for n in range(LEAVES)]
    issuer = x509.load_der_x509_certificate(issuer_der(lab, "busy"))
    return Crowd(port=free_port(), issuer=issuer, leaves=leaves)


def revoke(lab, crowd, number):
    with crowd.statuses[number].becomes("REVOKED"):
        revoke_certificate(lab, crowd.leaves[number].sha256, "keyCompromise")


def turn(lab, crowd, **by):
    with crowd.shift.becomes(clock_shift(lab.db) + timedelta(**by)):
        turn_clock(lab, **by)


def check(crowd):
    assert crowd.wrong() == []


def check_none_late(crowd):
    assert [each for each in crowd.answers if each.is_late] == []


@contextmanager
def killing(path, port):
    """Serve; the body is given what kills the server, and what begins another."""
    servers = [start_serving(path, port)]

    def kill():
        servers[-1].kill()
        servers[-1].wait()
        servers[-1].stdout.close()

    def again():
        servers.append(start_serving(path, port))

    try:
        yield kill, again
    finally:
        kill()


def test_a_responder_killed_and_restarted_gives_no_wrong_answer(path, lab, crowd):
    with killing(path, crowd.port) as (kill, again), crowd.asking():
        for number in range(3):
            crowd.wait_for()
            revoke(lab, crowd, number)
            crowd.wait_for()
            kill()
            # Nobody tells the one that comes after what happens meanwhile.
            revoke(lab, crowd, 3 + number)
            again()
        crowd.wait_for()

    check(crowd)
    assert crowd.hung_up > 0
    last = {each.leaf: each for each in crowd.answers if not each.is_late}
    assert {
        leaf: ocsp.load_der_ocsp_response(each.body).certificate_status.name
        for leaf, each in last.items()
    } == {leaf: "REVOKED" if leaf < 6 else "GOOD" for leaf in range(LEAVES)}


def test_a_worker_that_is_killed_is_replaced_and_nobody_hears_wrong(path, lab, crowd):
    with serving(path, crowd.port, workers=2) as server, crowd.asking():
        for number in range(3):
            crowd.wait_for()
            before = workers_of(server.pid)
            assert len(before) == 2
            os.kill(before[number % 2], signal.SIGKILL)
            revoke(lab, crowd, number)
            give_up = time() + 30
            while len(set(workers_of(server.pid)) - set(before)) < 1:
                assert time() < give_up, "nobody takes its place"
                sleep(0.1)
        crowd.wait_for()

    check(crowd)


def test_a_locked_database_delays_a_revocation_and_no_answer(path, lab, crowd):
    with serving(path, crowd.port), crowd.asking():
        crowd.wait_for()
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD_THE_LOCK, str(path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holder.stdout.readline() == "locked\n"
        locked = time()
        revoke(lab, crowd, 0)
        took = time() - locked
        assert holder.wait(timeout=30) == 0
        holder.stdout.close()
        crowd.wait_for()

    check(crowd)
    check_none_late(crowd)
    assert took > HELD_SECONDS / 2
    # Reading waits for no writer: answers went on, with and without a nonce.
    meanwhile = crowd.since(locked, locked + took)
    assert len([each for each in meanwhile if each.nonce]) > 10
    assert len([each for each in meanwhile if not each.nonce]) > 10


def test_answers_go_on_where_a_responder_starts_while_the_database_is_locked(
    path, lab, crowd
):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "locked\n"
    with serving(path, crowd.port), crowd.asking():
        crowd.wait_for()
        revoke(lab, crowd, 0)
        crowd.wait_for()
    assert holder.wait(timeout=30) == 0
    holder.stdout.close()

    check(crowd)


def test_no_answer_outlives_its_next_update_when_the_clock_is_turned(path, lab, crowd):
    with serving(path, crowd.port, workers=2), crowd.asking():
        for number, by in enumerate(
            (
                {"hours": 0.5},  # within the life of an answer
                {"hours": 2},  # past the next update of all that was signed
                {"days": 40},  # past the renewal of the signer
                {"days": 100},  # past the end of the signer, and of every CRL
            )
        ):
            crowd.wait_for()
            turn(lab, crowd, **by)
            crowd.wait_for()
            revoke(lab, crowd, number)
        crowd.wait_for()

    check(crowd)


def test_a_lab_that_sleeps_past_the_end_of_its_signer_gives_no_wrong_answer(
    path, lab, crowd
):
    with serving(path, crowd.port), crowd.asking():
        crowd.wait_for()
        # As after a night in which nothing ran: no job has been done on the way.
        with crowd.shift.becomes(timedelta(days=90)), immediate(lab.db):
            set_clock_shift(lab.db, timedelta(days=90))
        crowd.wait_for()
        revoke(lab, crowd, 0)
        crowd.wait_for()

    check(crowd)


def test_a_revocation_shows_in_the_next_answer_of_every_worker(path, lab, crowd):
    """And a hold, and its release, with no restart between."""

    def statuses(number, nonce=None):
        question = request_for(crowd.leaves[number], crowd.issuer, nonce)
        bodies = [exchange(line, question)[1] for line in lines]
        return {
            ocsp.load_der_ocsp_response(body).certificate_status.name for body in bodies
        }

    with serving(path, crowd.port, workers=2) as server, ExitStack() as stack:

        def connect():
            line = HTTPConnection("127.0.0.1", crowd.port, timeout=30)
            line.connect()
            stack.callback(line.close)
            return line

        lines = reach_all(server.pid, crowd.port, 2, connect)
        for number in range(LEAVES):
            sha256 = crowd.leaves[number].sha256
            assert statuses(number) == {"GOOD"}
            hold_certificate(lab, sha256)
            assert statuses(number) == {"REVOKED"}
            release_certificate(lab, sha256)
            assert statuses(number) == {"GOOD"}
            revoke_certificate(lab, sha256, "superseded")
            assert statuses(number) == {"REVOKED"}
            assert statuses(number, nonce=b"n" * 16) == {"REVOKED"}
