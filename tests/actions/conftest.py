"""A small real cluster, built once; each test gets a copy of its own in memory."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_node, add_peer, add_phones
from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed
from lab.actions.request_certificate import request_certificate
from lab.actions.run_due import run_due
from lab.actions.sign_request import sign_request
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock, machine_time
from lab.effects import Follows
from lab.lab import Lab, open_lab
from lab.models import KeySpec
from lab.pki.bundles import write_pem
from lab.pki.keys import make_key
from lab.store import certificates, events, parties, places, services, settings
from lab.store.database import immediate, open_database
from tests.responder_desk import Desk, Office
from tests.web.conftest import running

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
RSA, EC = KeySpec(type="RSA", size=2048), KeySpec(type="EC", size=256)
PHONES = ("SEP000000000001", "SEP000000000002")


@dataclass(frozen=True)
class Seen:
    """What a person would find in the lab, by the names of things."""

    lab: Lab

    def party(self, name):
        return parties.by_name(self.lab.db, "", name)

    def slot(self, party, purpose):
        """The certificate of that slot, or None."""
        place = places.slot(self.lab.db, self.party(party).id, purpose)
        return place and certificates.get(self.lab.db, place.certificate)

    def place(self, party, purpose):
        return places.slot(self.lab.db, self.party(party).id, purpose)

    def store(self, node, store):
        """Fingerprints in a trust store of one node."""
        entries = places.entries(self.lab.db, self.party(node).id, store)
        return {entry.certificate for entry in entries}

    def loaded(self, node, service):
        running = services.get(self.lab.db, self.party(node).id, service)
        return services.loaded(self.lab.db, running.id)

    def events(self, kind=""):
        """Oldest first."""
        found = reversed(events.latest(self.lab.db, limit=10_000))
        return [event for event in found if kind in ("", event.kind)]

    def jobs(self, kind=""):
        rows = self.lab.db.execute("SELECT kind, due_at, about FROM jobs ORDER BY id")
        return [
            (datetime.fromisoformat(due_at), about)
            for found, due_at, about in rows
            if kind in ("", found)
        ]

    def key_ids(self):
        return {name for (name,) in self.lab.db.execute("SELECT id FROM keys")}

    def authority(self, name):
        """The certificate of an authority of the lab."""
        found = parties.authority(self.lab.db, name)
        return certificates.get(self.lab.db, found.certificate)


@pytest.fixture(scope="session")
def rsa_keys():
    """A few RSA keys; whoever needs more than these waits for a new one."""
    return tuple(make_key(RSA) for _ in range(8))


@pytest.fixture(scope="session")
def from_pool(rsa_keys) -> Callable:
    """Begin a `make_key` that hands out each RSA key of the pool once."""

    def begin():
        left = list(rsa_keys)

        def take(spec):
            return left.pop() if spec == RSA and left else make_key(spec)

        return take

    return begin


@pytest.fixture(scope="session")
def built_site():
    """Two UCM nodes, one IM&P node, two phones, a directory and four authorities."""
    lab = Lab(open_database(":memory:"), FrozenClock(NOON), actor="builder")
    add_authority(lab, "root", "Lab Root", key=RSA)
    add_authority(
        lab, "issuing", "Lab Issuing", key=RSA, parent="root", days=3000, ocsp=True
    )
    add_authority(lab, "elliptic", "Lab Elliptic", key=EC)
    add_authority(lab, "maker", "Phone Maker", key=EC, days=9000, role="manufacturing")
    add_cluster(lab, "Site", "uc.example")
    for name, product in (("pub", "ucm"), ("sub", "ucm"), ("imp", "imp")):
        add_node(lab, "Site", name, product=product)
    add_phones(lab, "Site", "sub", "8845", PHONES, "maker")
    chain = write_pem(Seen(lab).authority(name).der for name in ("root", "issuing"))
    for node, store in (
        ("pub", "tomcat-trust"),
        ("pub", "CallManager-trust"),
        ("pub", "ipsec-trust"),
        ("pub", "TVS-trust"),
        ("imp", "cup-trust"),
        ("imp", "cup-xmpp-trust"),
    ):
        upload_certificate(lab, node, store, chain)
    maker = write_pem([Seen(lab).authority("maker").der])
    upload_certificate(lab, "pub", "CallManager-trust", maker)
    add_peer(lab, "Site", "directory", "directory", "ldap.example", authority="issuing")
    then = replace(lab, clock=FrozenClock(NOON + timedelta(hours=1)))
    run_due(then)
    with deed(then) as now:  # what the uploads asked for is done
        for kind in Follows:
            close_tasks(then, "Site", kind, now=now)
    yield lab
    lab.close()


@pytest.fixture
def site(built_site, from_pool):
    """The small cluster, an hour after it was built; nothing is due."""
    copy = built_site.what_if(FrozenClock(NOON + timedelta(hours=1)))
    yield replace(copy, make_key=from_pool(), actor="test")
    copy.close()


@pytest.fixture
def seen(site):
    return Seen(site)


@pytest.fixture
def look():
    """The same view of another lab."""
    return Seen


@pytest.fixture(scope="session")
def dump():
    """Every row of every table."""
    return lambda lab: list(lab.db.conn.iterdump())


@pytest.fixture(scope="session")
def refusal_of(dump):
    """Expect a refusal whose message holds this text, and that nothing changed.

    A refused upload is told in the log, and changes nothing else.
    """

    def dump_of(lab):
        return [line for line in dump(lab) if "'upload.refused'" not in line]

    @contextmanager
    def expect(lab, kind, text):
        before = dump_of(lab)
        with pytest.raises(kind) as caught:
            yield caught
        assert text in str(caught.value)
        assert not str(caught.value).endswith(".")
        assert caught.value.hint.endswith(".") or not caught.value.hint
        assert dump_of(lab) == before

    return expect


@pytest.fixture
def signed_for(site):
    """Request a certificate for a slot and have it signed; it is not uploaded."""

    def sign(node="sub", purpose="tomcat", authority="issuing", days=365):
        request = request_certificate(site, node, purpose)
        return sign_request(site, authority, request.der, days=days)

    return sign


@pytest.fixture
def filed(built_site, from_pool, tmp_path):
    """The small cluster in a file of its own, an hour after it was built."""
    path = tmp_path / "lab.sqlite3"
    db = open_database(path)
    built_site.db.conn.backup(db.conn)
    lab = replace(
        built_site,
        db=db,
        clock=FrozenClock(NOON + timedelta(hours=1)),
        make_key=from_pool(),
        actor="test",
        touched=set(),
    )
    yield lab
    lab.close()


@pytest.fixture
def folder(filed, tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def kept(filed, tmp_path, monkeypatch):
    """The small cluster in a file; time goes on in it, and `LAB_DB` names it."""
    path = tmp_path / "lab.sqlite3"
    monkeypatch.setenv("LAB_DB", str(path))
    with immediate(filed.db):
        settings.set_clock_shift(filed.db, filed.clock.now() - machine_time())
    lab = replace(open_lab(path, actor="test"), make_key=filed.make_key)
    yield lab
    lab.close()


@pytest.fixture
def office(kept, tmp_path):
    """The same, with a responder that says what the test wants."""
    own = open_lab(tmp_path / "lab.sqlite3")
    desk = Desk(own, "issuing")
    with running(desk.app()) as client:
        url = f"http://127.0.0.1:{client.port}/ocsp"
        yield Office(kept, Seen(kept), desk, url)
        client.connection.close()
    own.close()
