"""The tables of faults hold together."""

import pytest

from lab.models import Fault
from lab.rules.faults import (
    CHANNELS,
    FAULTS,
    METHODS,
    OF_ONE_ENTRY,
    POLICIES,
    RULINGS,
    VERDICTS,
    verdict_for,
)
from lab.rules.sources import Source
from lab.store import faults

STATUSES = {
    *("good", "revoked", "on_hold", "unknown"),
    *("unusable", "unreachable", "expired"),
}
ASKED_FOR = {  # spec B7
    *("good", "revoked", "unknown", "tryLater", "malformed", "unauthorized"),
    *("wrong_signer", "missing_eku", "expired_signer", "stale", "future"),
    *("nonce_dropped", "nonce_wrong", "slow", "http_500", "wrong_content_type"),
}


def test_every_fault_that_was_asked_for_is_there():
    assert set(FAULTS) >= ASKED_FOR
    assert {name for name in ASKED_FOR if not FAULTS[name].ocsp} == set()


@pytest.mark.parametrize("row", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_at_work_somewhere_and_says_what_happens(row):
    assert row.channels
    assert set(row.channels) <= set(CHANNELS)
    assert row.happens != row.client
    assert not row.happens.endswith(".")
    assert not row.client.endswith(".")
    assert bool(row.section) == row.source.value.startswith("RFC")


def test_labels_are_told_apart():
    for table in (FAULTS, METHODS, POLICIES, VERDICTS):
        assert len({row.label for row in table.values()}) == len(table)
        assert [row.name for row in table.values()] == list(table)


def test_what_is_about_one_entry_can_be_of_a_list():
    assert all(FAULTS[name].crl for name in OF_ONE_ENTRY)


def test_every_policy_rules_on_every_status():
    assert set(RULINGS) == {
        (policy, status) for policy in POLICIES for status in STATUSES
    }


def test_a_stricter_policy_lets_nothing_more_through():
    for status in STATUSES:
        assert RULINGS["soft", status].connects >= RULINGS["hard", status].connects
    assert {status for status in STATUSES if RULINGS["hard", status].connects} == {
        "good"
    }


def test_a_clear_no_stops_everybody():
    for policy in POLICIES:
        for status in ("revoked", "on_hold", "expired"):
            assert verdict_for(policy, status).name == "refuses"
        assert verdict_for(policy, "good").name == "connects"


def test_an_unconfirmed_ruling_says_so():
    assert RULINGS["common_criteria", "unreachable"].source is Source.UNCONFIRMED


def test_each_verdict_has_a_colour_of_its_own():
    assert len({row.colour for row in VERDICTS.values()}) == len(VERDICTS)


def test_the_store_keeps_one_fault_of_a_target_and_channel(lab):
    now = lab.clock.now()
    for fault in ("stale", "future"):
        made = Fault(target="one", channel="CRL", fault=fault, since=now)
        faults.put(lab.db, made, now)

    assert faults.every(lab.db) == [made]
    assert faults.of(lab.db, "one") == [made]
    assert faults.of(lab.db, "") == []
    assert faults.at(lab.db, ["one", ""], "CRL") == [made]
    assert faults.at(lab.db, ["one", ""], "OCSP") == []

    faults.drop(lab.db, "one", "OCSP")
    assert faults.every(lab.db) == [made]
    faults.drop(lab.db, "one", "CRL")
    assert faults.every(lab.db) == []
