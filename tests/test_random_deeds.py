"""Two hundred random deeds in a row: whatever is done, these things stay true."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node, add_phones
from lab.actions.delete_trust import delete_trust
from lab.actions.finish_tasks import finish_tasks
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.intercluster_sync import force_intercluster_sync
from lab.actions.issue_lsc import issue_lsc
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.node_connection import bring_back, take_offline
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.request_certificate import request_certificate
from lab.actions.reset_phones import reset_phones
from lab.actions.reset_trust_lists import reset_ctl, reset_itl
from lab.actions.restart_service import restart_service
from lab.actions.run_due import run_due
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.set_parameter import set_parameter
from lab.actions.sign_request import sign_request, waiting_request
from lab.actions.unlock_phone import unlock_phone
from lab.actions.update_ctl import update_ctl
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock
from lab.errors import LabError
from lab.lab import Lab
from lab.models import KeySpec, PartyKind
from lab.pki.bundles import write_pem
from lab.rules.parameters import PARAMETERS
from lab.rules.purposes import PROFILES
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates, events, parties, places, requests
from lab.store.database import open_database, troubles

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
EC = KeySpec(type="EC", size=256)
NODES = ("pub", "sub", "imp", "imp2")
PHONES = ("SEP000000000001", "SEP000000000002", "SEP000000000003")
SERVICES = (
    "Cisco Tomcat",
    "Cisco CallManager",
    "Cisco Tftp",
    "Cisco Trust Verification Service",
    "Cisco XCP Router",
)
SLOTS = [
    (node, name)
    for node in NODES
    for kind, name in PROFILES["seed-r14"]
    if (kind == "imp") == node.startswith("imp")
]
PLACES = [
    (node, row.name)
    for node in NODES
    for row in STORES.values()
    if ("imp" if node.startswith("imp") else "ucm") in row.product
]
REPLICATED = [
    name
    for name, row in STORES.items()
    if row.upload is Reach.CLUSTER and row.delete is Reach.CLUSTER
]


@cache
def built():
    """Two UCM nodes, two IM&P nodes, three phones and three authorities."""
    lab = Lab(open_database(":memory:"), FrozenClock(NOON), actor="builder")
    add_authority(lab, "root", "Root", days=9000)
    add_authority(lab, "issuing", "Issuing", parent="root", days=3000)
    add_authority(lab, "maker", "Maker", key=EC, role="manufacturing")
    add_cluster(lab, "Site", "uc.example")
    for name in NODES:
        add_node(lab, "Site", name, product="imp" if "imp" in name else "ucm")
    add_phones(lab, "Site", "sub", "8845", PHONES, "maker")
    chain = write_pem([der_of(lab, "root"), der_of(lab, "issuing")])
    for node, store in (
        ("pub", "tomcat-trust"),
        ("pub", "CallManager-trust"),
        ("imp", "cup-xmpp-trust"),
    ):
        upload_certificate(lab, node, store, chain)
    maker = der_of(lab, "maker")
    upload_certificate(lab, "pub", "CAPF-trust", maker)
    run_due(replace(lab, clock=FrozenClock(NOON + timedelta(hours=1))))
    return lab


def der_of(lab, authority):
    found = parties.authority(lab.db, authority)
    return certificates.get(lab.db, found.certificate).der


def rows(lab):
    return list(lab.db.conn.iterdump())


class Deeds(RuleBasedStateMachine):
    """An administrator with no plan."""

    def __init__(self):
        super().__init__()
        self.moment = NOON + timedelta(hours=1)
        lab = built().what_if(FrozenClock(self.moment))
        self.lab = replace(lab, actor="test")
        self.was_in_slot = set()
        self.lost = False

    def teardown(self):
        self.converge()
        self.lab.close()

    def attempt(self, deed, *arguments, **named):
        """Do it, or be refused and leave everything as it was."""
        self.moment += timedelta(minutes=3)
        self.lab = replace(self.lab, clock=FrozenClock(self.moment))
        run_due(self.lab)
        before = rows(self.lab)
        try:
            deed(self.lab, *arguments, **named)
        except LabError:
            assert without_refusals(rows(self.lab)) == without_refusals(before)

    @rule(slot=st.sampled_from(SLOTS))
    def regenerate(self, slot):
        self.attempt(regenerate_certificate, *slot)

    @rule(
        slot=st.sampled_from(SLOTS),
        shared=st.booleans(),
    )
    def generate(self, slot, shared):
        self.attempt(generate_self_signed, *slot, shared=shared)

    @rule(
        slot=st.sampled_from(SLOTS),
        shared=st.booleans(),
    )
    def request(self, slot, shared):
        self.attempt(request_certificate, *slot, shared=shared)

    @rule(
        slot=st.sampled_from(SLOTS),
        authority=st.sampled_from(["root", "issuing", "maker"]),
        days=st.sampled_from([1, 365]),
    )
    def renew_at_an_authority(self, slot, authority, days):
        def flow(lab):
            request_certificate(lab, *slot)
            request = waiting_request(lab, *slot)
            signed = sign_request(lab, authority, request, days=days)
            upload_certificate(lab, *slot, signed.der)

        self.attempt_parts(flow)

    @rule(number=st.integers(0, 20))
    def answer_what_waits(self, number):
        waiting = requests.pending(self.lab.db)
        if not waiting:
            return
        party, purpose, _ = waiting[number % len(waiting)]
        node = parties.get(self.lab.db, party).name

        def flow(lab):
            request = waiting_request(lab, node, purpose)
            signed = sign_request(lab, "issuing", request, days=30)
            upload_certificate(lab, node, purpose, signed.der)

        self.attempt_parts(flow)

    def attempt_parts(self, flow):
        """Several deeds, of which any may be refused."""
        self.moment += timedelta(minutes=3)
        self.lab = replace(self.lab, clock=FrozenClock(self.moment))
        run_due(self.lab)
        with suppress(LabError):
            flow(self.lab)

    @rule(
        place=st.sampled_from(PLACES),
        authority=st.sampled_from(["root", "issuing", "maker"]),
    )
    def trust(self, place, authority):
        self.attempt(upload_certificate, *place, der_of(self.lab, authority))

    @rule(place=st.sampled_from(PLACES), slot=st.sampled_from(SLOTS))
    def trust_an_identity(self, place, slot):
        party = parties.by_name(self.lab.db, "", slot[0])
        if found := places.slot(self.lab.db, party.id, slot[1]):
            der = certificates.get(self.lab.db, found.certificate).der
            self.attempt(upload_certificate, *place, der)

    @rule(place=st.sampled_from(PLACES), number=st.integers(0, 20))
    def delete(self, place, number):
        if sha256 := self.entry(*place, number):
            self.attempt(delete_trust, *place, sha256)

    @rule(node=st.sampled_from(NODES), number=st.integers(0, 20))
    def lose(self, node, number):
        if sha256 := self.entry(node, "tomcat-trust", number):
            self.lost = True
            self.attempt(lose_trust_copy, node, "tomcat-trust", sha256)

    def entry(self, node, store, number):
        party = parties.by_name(self.lab.db, "", node)
        found = places.entries(self.lab.db, party.id, store)
        return found[number % len(found)].certificate if found else ""

    @rule(node=st.sampled_from(NODES))
    def unplug(self, node):
        self.attempt(take_offline, node)

    @rule(node=st.sampled_from(NODES))
    def plug_in(self, node):
        self.attempt(bring_back, node)

    @rule(node=st.sampled_from(NODES))
    def synchronize(self, node):
        self.attempt(force_intercluster_sync, node)

    @rule(
        node=st.sampled_from(NODES),
        service=st.sampled_from(SERVICES),
        deed=st.sampled_from([restart_service, activate_service, deactivate_service]),
    )
    def change_service(self, node, service, deed):
        self.attempt(deed, node, service)

    @rule(
        name=st.sampled_from(
            ["HTTPS Ciphers", "Phone Interaction on Certificate Update"]
        ),
        number=st.integers(0, 1),
    )
    def change_parameter(self, name, number):
        options = PARAMETERS[name].options
        self.attempt(set_parameter, "Site", name, options[number % len(options)])

    @rule(mixed=st.booleans())
    def change_mode(self, mixed):
        self.attempt(set_cluster_mode, "Site", mixed=mixed)

    @rule(deed=st.sampled_from([update_ctl, reset_itl, reset_ctl, reset_phones]))
    def lists(self, deed):
        self.attempt(deed, "Site")

    @rule(device=st.sampled_from(PHONES))
    def unlock(self, device):
        self.attempt(unlock_phone, "Site", device)

    @rule(device=st.sampled_from(PHONES), days=st.sampled_from([1, 365]))
    def enroll(self, device, days):
        self.attempt(issue_lsc, "Site", [device], days=days)

    @rule(kind=st.sampled_from(["encryption", "signing"]))
    def new_tokens(self, kind):
        self.attempt(regenerate_oauth_key, "Site", kind)

    @rule(hours=st.sampled_from([1, 1, 1, 1, 24, 24, 24 * 100]))
    def tidy_up_and_wait(self, hours):
        for node in NODES:
            if not parties.by_name(self.lab.db, "", node).online:
                self.attempt(bring_back, node)
        self.attempt_parts(lambda lab: finish_tasks(lab, cluster="Site"))
        self.wait(hours)

    def wait(self, hours):
        self.moment += timedelta(hours=hours)
        self.lab = replace(self.lab, clock=FrozenClock(self.moment))
        run_due(self.lab)

    @invariant()
    def no_row_is_an_orphan(self):
        assert troubles(self.lab.db) == []
        unused = self.lab.db.execute("""
            SELECT id FROM keys WHERE id NOT IN (SELECT key_id FROM certificates)
            AND id NOT IN (SELECT key FROM requests)
            AND id NOT IN (SELECT key FROM oauth_keys)
            AND id NOT IN (SELECT key FROM oauth_copies)
        """)
        assert unused.fetchall() == []

    @invariant()
    def the_chain_of_events_holds(self):
        assert events.first_broken(self.lab.db) is None

    @invariant()
    def a_service_presents_what_was_once_in_its_slot(self):
        slots = self.lab.db.execute(
            "SELECT party, name, certificate FROM places WHERE usage = 'identity'"
        )
        self.was_in_slot |= set(slots.fetchall())
        loaded = self.lab.db.execute("""
            SELECT s.party, d.purpose, d.certificate
            FROM loaded d JOIN services s ON s.id = d.service
        """)
        assert set(loaded.fetchall()) <= self.was_in_slot

    @invariant()
    def a_slot_has_one_request_at_most(self):
        twice = self.lab.db.execute(
            "SELECT party, purpose FROM requests GROUP BY 1, 2 HAVING count(*) > 1"
        )
        assert twice.fetchall() == []

    @invariant()
    def a_store_has_one_entry_a_subject_at_most(self):
        twice = self.lab.db.execute("""
            SELECT l.party, l.name, c.subject_hash
            FROM places l JOIN certificates c ON c.sha256 = l.certificate
            WHERE l.usage = 'trust' GROUP BY 1, 2, 3 HAVING count(*) > 1
        """)
        assert twice.fetchall() == []

    @invariant()
    def what_was_changed_is_told_in_order(self):
        moments = [event.at for event in events.latest(self.lab.db, limit=30)]
        assert moments == sorted(moments, reverse=True)

    def converge(self):
        """With every node back and nothing left to do, all nodes agree."""
        for node in NODES:
            if not parties.by_name(self.lab.db, "", node).online:
                bring_back(self.lab, node)
        for _ in range(3):
            self.wait(2)
        for store in REPLICATED:
            if self.lost and store == "tomcat-trust":
                continue
            kinds = STORES[store].product
            held = {
                node.name: {
                    e.certificate for e in places.entries(self.lab.db, node.id, store)
                }
                for node in parties.nodes(self.lab.db, "Site")
                if node.kind in kinds
            }
            wanted = self.lab.db.execute(
                "SELECT certificate FROM replicated WHERE store = ?", [store]
            )
            assert set(map(frozenset, held.values())) == {
                frozenset(sha256 for (sha256,) in wanted)
            }, (store, held)
        for purpose in ("ITLRecovery", "authz"):
            slots = {
                places.slot(self.lab.db, node.id, purpose).certificate
                for node in parties.nodes(self.lab.db, "Site", PartyKind.UCM)
            }
            assert len(slots) == 1


def without_refusals(lines):
    """What a refused upload is allowed to write is its event."""
    return [line for line in lines if not line.startswith('INSERT INTO "events"')]


TestDeeds = Deeds.TestCase
TestDeeds.settings = settings(
    max_examples=6,
    stateful_step_count=200,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
