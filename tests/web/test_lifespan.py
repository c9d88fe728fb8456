import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic, sleep

import pytest
from cryptography import x509

from lab.lab import lab_path
from lab.store import crls, events, jobs
from lab.store.database import immediate
from lab.store.settings import set_clock_shift
from lab.web.routes import machine_app
from tests.web.conftest import Client, running

CER, CRL = "/pki/issuers/example-issuing.cer", "/pki/crl/example-issuing.crl"


def wait_until(true):
    end = monotonic() + 20
    while not true():
        assert monotonic() < end
        sleep(0.02)


@pytest.fixture
def neglected(example):
    """The example lab after sixty days in which nobody looked."""
    with immediate(example.db):
        set_clock_shift(example.db, timedelta(days=60))
    return example


def test_a_server_does_what_is_due_without_being_asked(neglected):
    before = crls.latest(neglected.db, "example-issuing").number

    with running(machine_app()):
        wait_until(lambda: not jobs.next_due(neglected.db, neglected.clock.now()))

    assert crls.latest(neglected.db, "example-issuing").number > before
    assert events.latest(neglected.db, 1)[0].actor == "schedule"
    assert events.first_broken(neglected.db) is None


def test_a_job_that_fails_is_told_to_the_log_and_the_server_lives_on(neglected, caplog):
    with immediate(neglected.db):
        early = neglected.clock.now() - timedelta(days=1000)
        jobs.schedule(neglected.db, "fly", due_at=early)

    with caplog.at_level(logging.ERROR, "lab.web"), running(machine_app()) as client:
        wait_until(lambda: "due jobs failed" in caplog.text)
        answer = client.ask(CER)
        client.connection.close()

    assert "KeyError: 'fly'" in caplog.text
    assert answer.status == 200
    assert jobs.next_due(neglected.db, neglected.clock.now()).kind == "fly"


def test_a_refused_job_waits(neglected, caplog, monkeypatch):
    monkeypatch.setenv("LAB_DB", str(lab_path().parent))

    with caplog.at_level(logging.WARNING, "lab.web"), running(machine_app()) as client:
        wait_until(lambda: "due jobs wait" in caplog.text)
        answer = client.ask(CER)
        client.connection.close()

    assert answer.status == 503
    assert "Traceback" not in caplog.text


def test_many_who_ask_at_once_get_the_same_fresh_list(neglected):
    def ask(port):
        client = Client(port)
        found = [client.ask(CRL) for _ in range(10)]
        client.connection.close()
        return [(each.status, each.body) for each in found]

    with running(machine_app()) as client, ThreadPoolExecutor(8) as people:
        parts = people.map(ask, [client.port] * 8)
        answers = [answer for part in parts for answer in part]

    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    now = neglected.clock.now()
    assert x509.load_der_x509_crl(answers[0][1]).next_update_utc > now
