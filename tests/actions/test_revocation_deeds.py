"""Hold, release and invalidity dates: what is open to which certificate."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_peer
from lab.actions.deed import deed
from lab.actions.hold_certificate import hold_certificate
from lab.actions.judge import add_certificate
from lab.actions.release_certificate import release_certificate
from lab.actions.revocation_standing import revocation_standing
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_invalidity_date import set_invalidity_date
from lab.clock import FrozenClock
from lab.errors import NotFoundError, RuleError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_issuing, build_root
from lab.pki.crls import read_crl
from lab.pki.keys import make_key
from lab.pki.reading import read_certificate
from lab.rules.reasons import (
    DATE,
    EXPIRED,
    FOREIGN,
    GOOD,
    HOLD,
    ON_HOLD,
    RELEASE,
    REVOKE,
    REVOKED,
    SELF_SIGNED,
    TRANSITIONS,
)
from lab.store import certificates, crls, parties, places

EC = KeySpec(type="EC", size=256)


@dataclass(frozen=True)
class Case:
    """A certificate in some state, and the lab at the moment to look at it."""

    lab: object
    sha256: str

    def do(self, name):
        since = self.lab.clock.now() - timedelta(days=2)
        if name == REVOKE:
            return revoke_certificate(self.lab, self.sha256, "superseded")
        if name == HOLD:
            return hold_certificate(self.lab, self.sha256)
        if name == RELEASE:
            return release_certificate(self.lab, self.sha256)
        return set_invalidity_date(self.lab, self.sha256, since)

    @property
    def state(self):
        return revocation_standing(self.lab, self.sha256, self.lab.clock.now()).state


@pytest.fixture
def peer(lab):
    """An elliptic authority, and what it signed for an outside system."""
    add_authority(lab, "one", "One CA", key=EC, days=900)
    add_cluster(lab, "Site", "uc.example")
    add_peer(lab, "Site", "peer", "directory", "a.example", authority="one", days=300)
    party = parties.by_name(lab.db, "Site", "peer")
    return places.slot(lab.db, party.id, "peer").certificate


@pytest.fixture
def in_state(lab, peer, later):
    """Bring a certificate of the lab into a state; some days go by."""

    def bring(state):
        moment = later(lab, days=5)
        if state == ON_HOLD:
            hold_certificate(moment, peer)
        elif state == REVOKED:
            revoke_certificate(moment, peer, "keyCompromise")
        elif state == EXPIRED:
            return Case(later(lab, days=301), peer)
        elif state == SELF_SIGNED:
            return Case(moment, parties.authority(lab.db, "one").certificate)
        elif state == FOREIGN:
            return Case(moment, _stranger(moment))
        return Case(later(moment, days=1), peer)

    return bring


def _stranger(lab):
    key, now = make_key(EC), lab.clock.now()
    dates = {"not_before": now, "not_after": now + timedelta(days=9)}
    root = build_root(subject=SubjectFields(common_name="Abroad"), key=key, **dates)
    stranger = read_certificate(
        build_issuing(
            subject=SubjectFields(common_name="Stranger"),
            public_key=key.public_key(),
            issuer_certificate=root,
            issuer_key=key,
            **dates,
        )
    )
    with deed(lab):
        add_certificate(lab.db, stranger)
    return stranger.sha256


def test_every_state_has_a_row_for_every_deed():
    states = {GOOD, ON_HOLD, REVOKED, EXPIRED, FOREIGN, SELF_SIGNED}

    assert set(TRANSITIONS) == {
        (state, name) for state in states for name in (REVOKE, HOLD, RELEASE, DATE)
    }
    for row in TRANSITIONS.values():
        assert bool(row.becomes) != bool(row.refusal)
        assert bool(row.refusal) == bool(row.hint)
        assert not row.refusal.endswith(".")
        assert row.hint.endswith(".") or not row.hint
        assert row.becomes in states | {""}


@pytest.mark.parametrize(("state", "name"), TRANSITIONS)
def test_a_deed_does_what_its_row_says(in_state, refusal_of, state, name):
    case, row = in_state(state), TRANSITIONS[state, name]
    assert case.state == state

    if row.becomes:
        case.do(name)
        assert case.state == row.becomes
    else:
        with refusal_of(case.lab, RuleError, row.refusal.partition("{")[0]) as caught:
            case.do(name)
        assert "{" not in str(caught.value) + caught.value.hint
        assert case.state == state


@pytest.mark.parametrize(
    "do",
    [
        lambda lab, sha256: hold_certificate(lab, sha256),
        lambda lab, sha256: release_certificate(lab, sha256),
        lambda lab, sha256: set_invalidity_date(lab, sha256, None),
    ],
    ids=["hold", "release", "date"],
)
def test_nothing_is_done_to_what_the_lab_does_not_have(lab, refusal_of, do):
    with refusal_of(lab, NotFoundError, "no certificate with fingerprint"):
        do(lab, "ab" * 32)


def test_a_hold_takes_it_out_of_use_and_a_release_brings_it_back(lab, peer, later):
    whole = certificates.effective(lab.db, peer)
    held = later(lab, days=1)

    hold_certificate(held, peer)
    between = certificates.effective(lab.db, peer)
    release_certificate(later(lab, days=2), peer)

    assert between.end == held.clock.now()
    assert certificates.effective(lab.db, peer) == whole


def test_a_release_lifts_what_stood_below_it_too(site, seen):
    issuing, below = seen.authority("issuing").sha256, seen.slot("directory", "peer")
    whole = certificates.effective(site.db, below.sha256)

    hold_certificate(site, issuing)
    between = certificates.effective(site.db, below.sha256)
    release_certificate(site, issuing)

    assert (between.end, between.limited_by) == (site.clock.now(), issuing)
    assert certificates.effective(site.db, below.sha256) == whole


def test_the_next_list_leaves_out_what_was_released(lab, peer):
    hold_certificate(lab, peer)
    listed = read_crl(crls.latest(lab.db, "one").der)
    release_certificate(lab, peer)

    assert [line.reason for line in listed.lines()] == ["certificateHold"]
    assert read_crl(crls.latest(lab.db, "one").der).size == 0


def test_the_events_tell_what_was_done(lab, peer, look, later):
    start = len(look(lab).events())
    hold_certificate(lab, peer)
    release_certificate(later(lab, days=1), peer)
    revoke_certificate(later(lab, days=2), peer, "superseded")
    since = later(lab, days=1).clock.now()
    set_invalidity_date(later(lab, days=3), peer, since)

    told = [
        (each.kind, each.detail)
        for each in look(lab).events()[start:]
        if each.kind != "crl.published"
    ]
    assert told == [
        ("certificate.held", "certificateHold"),
        ("certificate.released", "on hold since 2030-01-01 12:00 UTC"),
        ("certificate.revoked", "superseded"),
        ("certificate.dated", "none to 2030-01-02 12:00 UTC"),
    ]
    assert len(look(lab).events("crl.published")) == 1 + 4


def test_a_release_forgets_the_invalidity_date(lab, peer):
    now = lab.clock.now()
    hold_certificate(lab, peer, invalid_since=now)
    release_certificate(lab, peer)

    assert revoke_certificate(lab, peer, "superseded").invalid_since is None


def test_an_invalidity_date_stays_when_a_hold_becomes_final(lab, peer):
    now = lab.clock.now()
    hold_certificate(lab, peer, invalid_since=now)

    assert revoke_certificate(lab, peer, "keyCompromise").invalid_since == now


def test_an_invalidity_date_can_be_set_changed_and_forgotten(lab, peer, later):
    moment = later(lab, days=5)
    revoke_certificate(moment, peer, "keyCompromise")
    dates = [lab.clock.now() + timedelta(days=days) for days in (1, 2)]

    for since in (*dates, None):
        revoked = set_invalidity_date(moment, peer, since)

        assert revoked.invalid_since == since
        assert certificates.revocation(lab.db, peer) == revoked
        (line,) = read_crl(crls.latest(lab.db, "one").der).lines()
        assert line == revoked


@pytest.mark.parametrize(
    ("shift", "fits"),
    [
        (timedelta(seconds=-1), False),
        (timedelta(0), True),
        (timedelta(days=5), True),
        (timedelta(days=5, seconds=1), False),
    ],
    ids=["before it begins", "as it begins", "as it is revoked", "after that"],
)
@pytest.mark.parametrize("deed_name", ["revoke", "date"])
def test_an_invalidity_date_lies_between_beginning_and_revocation(
    lab, peer, later, refusal_of, shift, fits, deed_name
):
    moment, since = later(lab, days=5), lab.clock.now() + shift
    if deed_name == "date":
        revoke_certificate(moment, peer, "keyCompromise")

    def do():
        if deed_name == "date":
            return set_invalidity_date(moment, peer, since)
        return revoke_certificate(moment, peer, "superseded", invalid_since=since)

    if fits:
        assert do().invalid_since == since
    else:
        with refusal_of(moment, RuleError, "the invalidity date"):
            do()


@pytest.mark.parametrize("days", [None, 1])
def test_the_same_invalidity_date_is_refused(lab, peer, later, refusal_of, days):
    moment = later(lab, days=5)
    revoke_certificate(moment, peer, "keyCompromise")
    since = days and lab.clock.now() + timedelta(days=days)
    if since:
        set_invalidity_date(moment, peer, since)

    with refusal_of(moment, RuleError, "as its invalidity date already"):
        set_invalidity_date(moment, peer, since)


def test_a_lab_whose_keys_are_sealed_takes_nothing_back(lab, peer, refusal_of):
    lab.db.execute("UPDATE keys SET sealed = 1")
    lab.db.conn.commit()
    without = replace(lab, sealer=None, clock=FrozenClock(lab.clock.now()))

    with refusal_of(without, RuleError, "the private keys of this lab are sealed"):
        revoke_certificate(without, peer, "superseded")
