"""The matrix as it is run over HTTP: every cell is pinned."""

import threading
from datetime import UTC, datetime

import pytest

from lab.actions.set_fault import set_fault
from lab.clock import FrozenClock
from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.laboratory.matrix import replay, run_matrix
from lab.rules.faults import FAULTS, METHODS, POLICIES, RULINGS
from lab.rules.revocation import OUTCOMES
from lab.store.database import open_database
from lab.trust.judged import words

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
GOOD, REVOKED, HELD = "good", "revoked", "on_hold"
NO_USE, SILENCE = "unusable", "unreachable"

# What a client finds out about a certificate that is good in truth, by OCSP alone, by
# the CRL alone, and by OCSP and then the CRL; and words of what decides, where the
# fault is.
FOUND = {
    "good": ((GOOD, GOOD, GOOD), ("the answer: good", "is not listed")),
    "revoked": ((REVOKED, REVOKED, REVOKED), ("keyCompromise", "keyCompromise")),
    "on_hold": ((HELD, HELD, HELD), ("certificateHold", "certificateHold")),
    "unknown": (("unknown", GOOD, GOOD), ("does not know this certificate", "")),
    "tryLater": ((NO_USE, GOOD, GOOD), ("answers tryLater", "")),
    "internalError": ((NO_USE, GOOD, GOOD), ("answers internalError", "")),
    "malformed": ((NO_USE, GOOD, GOOD), ("answers malformedRequest", "")),
    "sigRequired": ((NO_USE, GOOD, GOOD), ("answers sigRequired", "")),
    "unauthorized": ((NO_USE, GOOD, GOOD), ("answers unauthorized", "")),
    "garbage": ((NO_USE, NO_USE, NO_USE), ("are no OCSP response", "not a readable")),
    "bad_signature": (
        (NO_USE, NO_USE, NO_USE),
        ("whose key did not sign it", "is not signed with the key"),
    ),
    "wrong_signer": (
        (NO_USE, NO_USE, NO_USE),
        ("Stranger was issued by Stranger", "is not signed with the key"),
    ),
    "missing_eku": ((NO_USE, GOOD, GOOD), ("has not the usage OCSPSigning", "")),
    "expired_signer": ((NO_USE, GOOD, GOOD), ("Bent OCSP signer ended on", "")),
    "wrong_id": (
        (NO_USE, NO_USE, NO_USE),
        ("asked for was the serial number", "is of CN=Somebody else"),
    ),
    "wrong_scope": ((GOOD, NO_USE, GOOD), ("", "is of another scope, authorities")),
    "critical_extension": (
        (GOOD, NO_USE, GOOD),
        ("", "the critical extension 1.3.6.1.4.1.32473.1"),
    ),
    "stale": ((NO_USE, NO_USE, NO_USE), ("is stale", "is stale")),
    "future": ((NO_USE, NO_USE, NO_USE), ("begins to hold on", "begins to hold on")),
    "no_next_update": ((GOOD, GOOD, GOOD), ("the answer: good", "")),
    "nonce_dropped": ((GOOD, GOOD, GOOD), ("the answer: good", "")),
    "nonce_wrong": ((NO_USE, GOOD, GOOD), ("is not the one that was sent", "")),
    "slow": ((SILENCE, SILENCE, SILENCE), ("no answer within", "no answer within")),
    "down": ((SILENCE, SILENCE, SILENCE), ("refuses the", "refuses the")),
    "http_500": ((NO_USE, NO_USE, NO_USE), ("HTTP 500", "HTTP 500")),
    "wrong_content_type": (
        (NO_USE, GOOD, GOOD),
        ("calls itself text/html", "is not listed"),
    ),
}
# Who connects after which status; there is nothing more to the policies.
CONNECTS = {
    "soft": {GOOD, "unknown", NO_USE, SILENCE},
    "hard": {GOOD},
    "common_criteria": {GOOD},
}
CELLS = [
    (fault, method, policy)
    for fault in FAULTS
    for method in METHODS
    for policy in POLICIES
]


@pytest.fixture(scope="module")
def empty():
    """A lab with nothing in it, at noon on the first of January 2030."""
    lab = Lab(open_database(":memory:"), FrozenClock(NOON), actor="test")
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def progress():
    """What the run told of itself."""
    return []


@pytest.fixture(scope="module")
def matrix(empty, progress):
    with pytest.MonkeyPatch.context() as changed:
        changed.delenv("LAB_FAULTS", raising=False)
        return run_matrix(empty, progress=lambda *told: progress.append(told))


def test_there_is_a_cell_for_everything(matrix):
    assert set(FOUND) == set(FAULTS)
    assert [(each.fault, each.method, each.policy) for each in matrix.cells] == CELLS
    assert matrix.at == NOON


@pytest.mark.parametrize(("fault", "method", "policy"), CELLS)
def test_a_cell_is_as_it_always_was(matrix, fault, method, policy):
    status = FOUND[fault][0][list(METHODS).index(method)]

    cell = matrix.cell(fault, method, policy)

    assert cell.status == status
    assert cell.connects == (status in CONNECTS[policy])
    assert (
        cell.verdict.name
        == {
            (True, True): "connects",
            (True, False): "risks",
            (False, True): "refuses",
            (False, False): "locks_out",
        }[cell.connects, status in (GOOD, REVOKED, HELD)]
    )
    assert (cell.why, cell.source) == (
        RULINGS[policy, status].why,
        RULINGS[policy, status].source,
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["OCSP", "CRL"])
def test_a_cell_says_what_decided(matrix, fault, method):
    cell = matrix.cell(fault, method, "hard")
    said = FOUND[fault][1][method == "CRL"]

    assert cell.applies == (method in FAULTS[fault].channels)
    if cell.applies:
        assert said in words(cell.reason)
        assert said
    else:  # nothing is wrong with what was asked
        assert cell.status == GOOD


@pytest.mark.parametrize("fault", FAULTS)
def test_with_both_ways_the_list_is_asked_only_when_it_is_needed(matrix, fault):
    by_ocsp = matrix.cell(fault, "OCSP", "soft")
    both = matrix.cell(fault, "both", "soft")

    if by_ocsp.status in (GOOD, REVOKED, HELD):
        assert both.asked.method == "OCSP"
    elif FOUND[fault][0][2] == GOOD:
        assert both.asked.method == "CRL"
        first = by_ocsp.asked.steps[-1].template
        assert first in [step.template for step in both.asked.steps]
    assert both.applies


def test_the_evidence_is_there(matrix):
    for cell in matrix.cells:
        asked = cell.asked
        assert asked.steps
        assert asked.url.startswith("http://127.0.0.1:")
        if cell.status != SILENCE:
            assert asked.response
            assert asked.http_status == (500 if cell.fault == "http_500" else 200)
        if asked.method == "OCSP":
            assert asked.request
    headers = dict(matrix.cell("stale", "OCSP", "soft").asked.headers)
    assert headers["x-pki-lab-fault"] == "stale"


def test_progress_is_told_for_each_run(matrix, progress):
    runs = len(FAULTS) * len(METHODS)

    assert progress == [(done, runs) for done in range(1, runs + 1)]


def test_the_cluster_of_the_matrix_is_the_one_of_the_rules():
    for (status, strict), outcome in OUTCOMES.items():
        policy = "common_criteria" if strict else "soft"
        if (policy, status) in RULINGS:
            assert RULINGS[policy, status].connects == outcome.connects
    assert {status for status, _ in OUTCOMES} >= {GOOD, REVOKED, "unknown", SILENCE}


def test_a_part_of_the_matrix_is_run_alone(empty):
    found = run_matrix(empty, faults=["unknown", "good"], methods=["both"])

    assert [(each.fault, each.method) for each in found.cells] == [
        *[("good", "both")] * 3,
        *[("unknown", "both")] * 3,
    ]


def test_a_cell_is_run_again(empty, matrix):
    again = replay(empty, "nonce_wrong", "OCSP")

    for policy in POLICIES:
        before = matrix.cell("nonce_wrong", "OCSP", policy)
        now = again.cell("nonce_wrong", "OCSP", policy)
        assert (now.status, now.connects) == (before.status, before.connects)
        assert now.asked.request != before.asked.request


def test_the_lab_stays_as_it_is_and_nothing_is_left(two, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    set_fault(two, "one", "", "stale")
    before = list(two.db.conn.iterdump())
    threads = set(threading.enumerate())

    run_matrix(two, faults=["good"])

    assert list(two.db.conn.iterdump()) == before
    assert list(tmp_path.iterdir()) == []
    assert not [each for each in threading.enumerate() if each not in threads]


def test_a_passphrase_is_no_hindrance(empty, monkeypatch):
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "correct horse")

    found = run_matrix(empty, faults=["wrong_signer"])

    assert {each.status for each in found.cells} == {NO_USE}


def test_a_fault_of_everything_would_be_in_every_cell(two, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", "one=stale,*=future")

    with pytest.raises(RuleError, match="LAB_FAULTS sets future for everything"):
        run_matrix(two)


def test_faults_of_others_are_not_met(two, monkeypatch):
    monkeypatch.setenv("LAB_FAULTS", "one=stale")
    set_fault(two, "*", "", "http_500")

    found = run_matrix(two, faults=["good"], methods=["both"])

    assert {each.status for each in found.cells} == {GOOD}


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ({"faults": ["purple"]}, "the matrix has no fault 'purple'"),
        ({"methods": ["LDAP"]}, "the matrix has no method 'LDAP'"),
    ],
)
def test_what_the_matrix_does_not_have_is_refused(empty, chosen, text):
    with pytest.raises(BadInputError, match=text) as caught:
        run_matrix(empty, **chosen)

    assert caught.value.hint.startswith("Choose from: ")
