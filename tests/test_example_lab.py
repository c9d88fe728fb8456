"""The state that the example lab ends in, whenever it is built: spec section 2."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from lab.actions import build_lab as building
from lab.actions.build_lab import build_lab, example_topology
from lab.clock import FrozenClock
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import KeySpec, PartyKind, State, Usage
from lab.pki.keys import make_key
from lab.rules.services import services_of
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, events, listing, parties, places, requests, services
from lab.store.database import open_database

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def built(example_file):
    """The example lab as it was built, and the moment of it."""
    db = open_database(example_file)
    moment = events.latest(db, limit=1)[0].at
    yield Lab(db, FrozenClock(moment))
    db.close()


@pytest.fixture(scope="module")
def rows(built):
    """Every placement there is."""
    return listing.find(built.db, listing.View(at=built.clock.now()), limit=1000)


def on_nodes(rows):
    return [row for row in rows if row.party_kind in PartyKind.nodes()]


def days_left(row, now):
    return (row.effective_end - now) / DAY


def test_all_of_the_modelled_system_is_there(built):
    everyone = parties.everyone(built.db)

    nodes = [each.fqdn for each in everyone if each.kind in PartyKind.nodes()]
    assert sorted(nodes) == [
        "cucm-pub.uc.example",
        "cucm-sub1.uc.example",
        "cucm-sub2.uc.example",
        "imp-pub.uc.example",
        "imp-sub.uc.example",
    ]
    assert Counter(each.kind for each in everyone)[PartyKind.PHONE] == 24
    assert {each.role for each in everyone if each.kind is PartyKind.PEER} == {
        "directory",
        "sip-trunk",
        "expressway-c",
        "unity",
        "syslog",
        "xmpp-peer",
        "browser",
    }
    roles = {each.name: each.role for each in parties.authorities(built.db)}
    assert roles.keys() == {"example-root", "example-issuing", "partner", "maker"}


def test_identities_of_nodes_end_in_about_6_25_and_80_days(built, rows):
    left = sorted(
        round(days_left(row, built.clock.now()))
        for row in on_nodes(rows)
        if row.usage is Usage.IDENTITY and row.effective_end > built.clock.now()
    )

    assert left[:4] == [6, 25, 80, left[3]]
    assert left[3] > 90


def test_exactly_one_trust_copy_is_left_over_and_it_has_expired(built, rows):
    left_over = [row for row in rows if row.state is State.LEFT_OVER]

    (row,) = left_over
    assert row.not_after < built.clock.now()
    assert (row.party, row.name, row.copy_of) == ("cucm-pub", "ipsec-trust", "ipsec")
    assert not [row for row in rows if row.state is State.EXPIRED]


def test_exactly_one_certificate_is_revoked(built, rows):
    revoked = [row for row in rows if row.revoked_at]

    (row,) = revoked
    assert (row.party, row.state) == ("syslog", State.REVOKED)
    found = certificates.revocation(built.db, row.certificate)
    assert found.reason == "keyCompromise"
    assert found.at == built.clock.now() - 3 * DAY


def test_exactly_one_request_waits(built):
    ((party, purpose, since),) = requests.pending(built.db)

    assert parties.get(built.db, party).name == "cucm-sub2"
    assert purpose == "CallManager"
    assert since == built.clock.now() - 2 * DAY


def test_exactly_one_certificate_is_stored_and_not_in_use(rows, built):
    waiting = {(row.party, row.name) for row in rows if row.state is State.NOT_IN_USE}
    stale = {(node, purpose) for _, node, _, purpose, _ in services.stale(built.db)}

    assert waiting == stale == {("cucm-pub", "tomcat")}


def test_exactly_one_node_has_drifted_by_one_certificate(built):
    spreading = [row.name for row in STORES.values() if row.upload is Reach.CLUSTER]

    ((_, store, sha256, subject, node),) = places.drift(built.db, spreading)

    assert (store, node) == ("tomcat-trust", "imp-sub")
    assert subject == "CN=Example Root CA,O=Example"
    assert sha256 == parties.authority(built.db, "example-root").certificate


def test_lscs_end_soon_in_two_batches_and_later_in_a_third(built, rows):
    left = Counter(
        round(days_left(row, built.clock.now())) for row in rows if row.name == "LSC"
    )

    assert left == {10: 10, 45: 6, 351: 8}


def test_the_partners_ca_ends_before_what_it_signed(built, rows):
    (trunk,) = (row for row in rows if row.party == "sip-trunk")

    assert trunk.limited_by_name == "Partner CA"
    assert trunk.effective_end < trunk.not_after
    assert trunk.effective_end == built.clock.now() + 45 * DAY


def test_every_state_but_two_can_be_seen(rows):
    shown = {row.state for row in rows}

    missing = set(State) - shown
    assert missing <= {
        State.ON_HOLD,
        State.EXPIRED,
        State.NOT_YET_VALID,
        State.BROKEN_CHAIN,
    }


def test_the_log_is_whole_and_in_order_of_lab_time(built):
    log = list(reversed(events.latest(built.db, limit=100_000)))

    assert events.first_broken(built.db) is None
    assert [each.at for each in log] == sorted(each.at for each in log)
    assert log[-1].kind == "lab.built"
    assert {each.actor for each in log[:-1]} == {"history", "schedule"}
    assert log[-1].at - log[0].at == 1500 * DAY


def test_no_row_points_at_nothing(built):
    assert built.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert built.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nothing_that_is_due_is_left_undone(built):
    due = built.db.execute("SELECT min(due_at) FROM jobs").fetchone()[0]

    assert datetime.fromisoformat(due) > built.clock.now()


def test_every_service_of_every_node_runs_and_presents_something_real(built):
    for node in parties.nodes(built.db):
        running = {each.name: each for each in services.of_party(built.db, node.id)}
        wanted = {
            row.name
            for row in services_of(node.kind)
            if row.on == "every" or node.role == "publisher"
        }
        assert running.keys() == wanted
        for row in services_of(node.kind):
            if row.name in wanted:
                loaded = services.loaded(built.db, running[row.name].id)
                assert set(loaded) <= set(row.loads)
                assert bool(loaded) == bool(row.loads)
                for purpose, sha256 in loaded.items():
                    found = certificates.get(built.db, sha256)
                    now = places.slot(built.db, node.id, purpose)
                    assert found.not_before <= built.clock.now()
                    assert (
                        found.subject
                        == certificates.get(built.db, now.certificate).subject
                    )


def test_every_identity_of_a_node_has_its_private_key_in_the_lab(built, rows):
    kept = {name for (name,) in built.db.execute("SELECT id FROM keys")}

    for row in on_nodes(rows):
        if row.usage is Usage.IDENTITY:
            assert certificates.get(built.db, row.certificate).key_id in kept


# -- Built again ----------------------------------------------------------------------


@dataclass
class Again:
    """The example lab at another moment, and which keys were asked of whom."""

    lab: Lab
    in_advance: Counter = field(default_factory=Counter)
    inside: list = field(default_factory=list)


@pytest.fixture(scope="module")
def again():
    """Built on a leap day, with small keys below the authorities.

    Slots of RSA keys want RSA signatures, so the authorities keep RSA keys. They are
    the first that are founded, with a signer between them.
    """
    moment = datetime(2040, 2, 29, 23, 59, 59, tzinfo=UTC)
    built = Again(Lab(open_database(":memory:"), FrozenClock(moment)))

    @contextmanager
    def pool(wanted, progress):
        built.in_advance.update(wanted)
        left, real = Counter(wanted), iter(range(4))

        def take(spec):
            if left[spec] < 1:
                built.inside.append(spec)
            left[spec] -= 1
            small = KeySpec(type="EC", size=256)
            return make_key(small if next(real, None) is None else spec)

        yield take

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "key_pool", pool)
        build_lab(built.lab, example_topology())
    yield built
    built.lab.close()


def picture(lab):
    """What stands where, with dates relative to the moment of the build."""
    now = lab.clock.now()
    return Counter(
        (
            row.party,
            row.usage,
            row.name,
            row.common_name.partition("CAPF-")[0],  # its rest is drawn by lot
            row.issued_by.partition("CAPF-")[0],
            row.not_before - now,
            row.not_after - now,
            row.effective_end - now,
            row.state,
            row.copy_of,
        )
        for row in listing.find(lab.db, listing.View(at=now), limit=1000)
    )


def deeds(lab):
    now = lab.clock.now()
    return [(e.kind, e.at - now) for e in events.latest(lab.db, limit=10**5)]


def test_it_is_the_same_at_any_time_but_for_keys_and_serials(built, again):
    assert picture(again.lab) == picture(built)
    assert deeds(again.lab) == deeds(built)
    assert events.first_broken(again.lab.db) is None


def test_every_rsa_key_is_made_before_the_lab_is_written(again):
    # The signers of OCSP answers come due on the way, and cost next to nothing.
    assert again.in_advance.total() > 100
    assert set(again.inside) <= {KeySpec(type="EC", size=256)}


def test_no_key_is_made_that_nobody_asks_for(again):
    (kept,) = again.lab.db.execute(
        "SELECT count(*) FROM keys WHERE type <> 'AES'"
    ).fetchone()
    phones = len(parties.of_kind(again.lab.db, "", PartyKind.PHONE))
    of_phones = (
        phones + 2 * phones
    )  # a factory one and two LSCs each; the lab keeps none

    assert again.in_advance.total() == kept + of_phones - len(again.inside)


def test_a_lab_that_holds_something_is_not_built_over(built):
    before = list(built.db.conn.iterdump())

    with pytest.raises(RuleError, match="already holds something"):
        build_lab(built, example_topology())

    assert list(built.db.conn.iterdump()) == before
