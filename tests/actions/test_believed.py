"""What clients still believe of a revoked certificate, by what they may have kept."""

from datetime import timedelta

import pytest

from lab.actions.believed import still_held, what_clients_believe, what_is_believed_of
from lab.actions.hold_certificate import hold_certificate
from lab.actions.publish_crl import publish_crl
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.run_due import run_due
from lab.actions.set_authority import set_authority
from lab.store import crls

ISSUING = "issuing"


@pytest.fixture
def leaf(signed_for):
    """A certificate below the issuing authority that no list has on it."""
    return signed_for()


def of(lab, certificate):
    return what_is_believed_of(lab, certificate.sha256, lab.clock.now())


def by(found):
    """What each kept thing says, and until when."""
    return {(each.kept, each.status): each.until for each in found.beliefs}


def full(lab):
    return crls.latest(lab.db, ISSUING)


def test_an_earlier_list_and_an_earlier_answer_are_believed_until_they_end(site, leaf):
    before, now = full(site), site.clock.now()

    revoke_certificate(site, leaf.sha256, "keyCompromise")

    found = of(site, leaf)
    assert by(found) == {
        ("CRL", "good"): before.next_update,
        ("OCSP", "good"): now + timedelta(minutes=60),
    }
    assert found.good_until == before.next_update
    [listed] = [each for each in found.beliefs if each.kept == "CRL"]
    assert (listed.number, listed.since) == (before.number, before.this_update)
    assert not listed.is_newest


def test_whoever_asks_later_has_nothing_old_any_more(site, leaf, later):
    before = full(site)
    revoke_certificate(site, leaf.sha256, "keyCompromise")

    hour = later(site, minutes=60)
    assert by(of(hour, leaf)) == {("CRL", "good"): before.next_update}
    month = later(site, days=(before.next_update - site.clock.now()).days + 1)
    run_due(month)
    assert of(month, leaf).beliefs == ()
    assert of(month, leaf).good_until is None


def test_an_authority_without_a_responder_gave_no_answers(site, leaf):
    set_authority(site, ISSUING, ocsp="none")

    revoke_certificate(site, leaf.sha256, "superseded")

    assert {each.kept for each in of(site, leaf).beliefs} == {"CRL"}


def test_a_list_that_suspends_it_does_not_say_that_it_is_good(site, leaf, later):
    good = full(site)
    hold_certificate(site, leaf.sha256)
    day = later(site, days=1)
    held = publish_crl(day, ISSUING)
    day = later(site, days=2)

    revoke_certificate(day, leaf.sha256, "keyCompromise")

    found = by(of(day, leaf))
    assert found["CRL", "good"] == good.next_update
    assert found["CRL", "on_hold"] == held.next_update


def test_with_deltas_the_newest_full_list_does_not_have_it_yet(site, leaf, later):
    set_authority(site, ISSUING, delta_hours=6)
    delta = crls.latest(site.db, ISSUING, delta=True)
    hour = later(site, hours=1)

    revoke_certificate(hour, leaf.sha256, "keyCompromise")

    found = {each.kept: each for each in of(hour, leaf).beliefs}
    assert found["CRL"].until == full(hour).next_update
    assert found["CRL"].is_newest
    assert found["delta CRL"].until == delta.next_update
    assert not found["delta CRL"].is_newest


def test_a_delta_is_read_together_with_the_list_it_starts_from(site, leaf, later):
    set_authority(site, ISSUING, delta_hours=6)
    hour = later(site, hours=1)
    revoke_certificate(hour, leaf.sha256, "keyCompromise")
    publish_crl(hour, ISSUING)
    two = later(site, hours=2)
    publish_crl(two, ISSUING)

    found = [each for each in of(two, leaf).beliefs if each.kept == "delta CRL"]

    newest = crls.latest(two.db, ISSUING, delta=True)
    assert newest.number not in {each.number for each in found}


def test_a_lifted_hold_is_told_as_long_as_a_list_in_force_has_it(site, leaf, later):
    hold_certificate(site, leaf.sha256)
    held = full(site)
    day = later(site, days=1)

    release_certificate(day, leaf.sha256)

    [(row, belief)] = still_held(day, day.clock.now())
    assert row.certificate == leaf.sha256
    assert (belief.status, belief.until) == ("on_hold", held.next_update)
    assert of(day, leaf) is None
    assert still_held(day, held.next_update + timedelta(seconds=1)) == []


def test_the_latest_come_first_and_as_many_as_are_wanted(site, signed_for, later):
    first, second = signed_for(), signed_for(purpose="ipsec")
    revoke_certificate(site, first.sha256, "superseded")
    hour = later(site, hours=1)
    hold_certificate(hour, second.sha256)

    now = hour.clock.now()
    found = what_clients_believe(hour, now)

    names = [each.taken.certificate for each in found]
    assert names == [second.sha256, first.sha256]
    assert [each.taken.is_hold for each in found] == [True, False]
    assert what_clients_believe(hour, now, limit=1) == found[:1]
    assert what_clients_believe(hour, now, limit=1, offset=1) == found[1:]
    assert what_clients_believe(site, site.clock.now() - timedelta(hours=1)) == []


def test_the_holder_is_told(site, seen):
    directory = seen.slot("directory", "peer")

    revoke_certificate(site, directory.sha256, "keyCompromise")

    row = of(site, directory).taken
    assert (row.party, row.place, row.authority) == ("directory", "peer", ISSUING)
    assert row.reason == "keyCompromise"
