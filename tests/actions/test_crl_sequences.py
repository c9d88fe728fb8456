"""Whatever is done in whatever order, full and delta lists together say what is true.

What they must say is worked out here from RFC 5280 alone: section 3.3 on when an entry
may go, section 5.2.4 on what a client makes of a full list and a delta.
"""

import shutil
import subprocess
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_peer
from lab.actions.hold_certificate import hold_certificate
from lab.actions.publish_crl import publish_crl, publish_delta
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.run_due import run_due
from lab.actions.set_authority import set_authority
from lab.actions.set_invalidity_date import set_invalidity_date
from lab.clock import FrozenClock
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import KeySpec
from lab.pki.bundles import write_pem
from lab.store import certificates, crls, events, parties, places
from lab.store.database import open_database
from tests.conftest import NOON

EC = KeySpec(type="EC", size=256)
ENDS_AFTER_DAYS = (1, 2, 3, 9)
HOLD, REMOVE = "certificateHold", "removeFromCRL"


@pytest.fixture(scope="module")
def built(make_keys_fast):
    """An authority with short lists and deltas, and leaves that end one by one."""
    start = Lab(open_database(":memory:"), FrozenClock(NOON), make_key=make_keys_fast)
    add_authority(start, "one", "One CA", key=EC, days=200, crl_days=2)
    add_cluster(start, "Site", "uc.example")
    for scope in ("separate", "everything"):
        set_authority(start, "one", delta_hours=6, crl_scope=scope)
    for days in ENDS_AFTER_DAYS:
        name = f"peer{days}"
        add_peer(
            start, "Site", name, "directory", f"{name}.x", authority="one", days=days
        )
    yield start
    start.close()


def leaves(lab):
    named = [parties.by_name(lab.db, "Site", f"peer{days}") for days in ENDS_AFTER_DAYS]
    found = [places.slot(lab.db, each.id, "peer").certificate for each in named]
    return [certificates.get(lab.db, sha256) for sha256 in found]


@dataclass
class Model:
    """What is true after each moment, as deeds were allowed: reason and since when."""

    ends: dict
    now: dict = field(default_factory=dict)  # serial to (reason, at, invalid since)
    past: list = field(default_factory=list)  # (moment, what was true from then on)

    def do(self, deed, serial, reason, at):
        """Do it, if that is allowed; say whether it is."""
        held = self.now.get(serial)
        if at > self.ends[serial]:
            return False
        if deed == "hold" and not held:
            self.now[serial] = (HOLD, at, None)
        elif deed == "revoke" and (not held or held[0] == HOLD):
            since = held[1] if held else at
            self.now[serial] = (reason, since, held[2] if held else None)
        elif deed == "release" and held and held[0] == HOLD:
            del self.now[serial]
        elif deed == "date" and held and held[2] != held[1]:
            self.now[serial] = (*held[:2], held[1])
        else:
            return False
        return True

    def remember(self, at):
        self.past.append((at, dict(self.now)))

    def at(self, moment):
        return next((true for at, true in reversed(self.past) if at <= moment), {})


def lines(der):
    """What a list says, read without the lab: serial to (reason, at, invalid since)."""
    found = {}
    for line in x509.load_der_x509_crl(der):
        values = {type(each.value): each.value for each in line.extensions}
        reason = values.get(x509.CRLReason)
        since = values.get(x509.InvalidityDate)
        found[f"{line.serial_number:x}"] = (
            reason.reason.value if reason else "unspecified",
            line.revocation_date_utc,
            since and since.invalidity_date_utc,
        )
    return found


def together(full, delta):
    """What a client makes of the two: RFC 5280 section 5.2.4."""
    found = full | delta
    return {serial: line for serial, line in found.items() if line[0] != REMOVE}


DEEDS = ("hold", "revoke", "release", "date", "publish", "delta", "wait", "off")
DEEDS += ("hold", "release", "publish", "apart")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(DEEDS),
        st.integers(0, len(ENDS_AFTER_DAYS) - 1),
        st.sampled_from(["keyCompromise", "superseded", "unspecified"]),
        st.integers(1, 40),  # hours that go by before it, if it is a wait
    ),
    max_size=16,
)


def do(lab, deed, leaf, reason, since):
    """A deed on a certificate."""
    if deed == "hold":
        hold_certificate(lab, leaf.sha256)
    elif deed == "revoke":
        revoke_certificate(lab, leaf.sha256, reason)
    elif deed == "release":
        release_certificate(lab, leaf.sha256)
    else:
        set_invalidity_date(lab, leaf.sha256, since)


def publish(lab, step):
    """A deed on the authority."""
    authority = parties.authority(lab.db, "one")
    if step == "publish":
        publish_crl(lab, "one")
    elif step == "off":
        set_authority(lab, "one", delta_hours=0 if authority.delta_hours else 6)
    elif step == "apart":
        is_apart = authority.crl_scope == "separate"
        scope = "everything" if is_apart else "separate"
        set_authority(lab, "one", crl_scope=scope)
    elif step == "delta" and authority.delta_hours:
        publish_delta(lab, "one")


def play(lab, steps):
    """Do the steps; return what is true by the model."""
    known = leaves(lab)
    model = Model({each.serial: each.not_after for each in known})
    for step, which, reason, hours in steps:
        minutes = 60 * hours if step == "wait" else 6 * hours
        at = lab.clock.now() + timedelta(minutes=minutes)
        lab = replace(lab, clock=FrozenClock(at))
        run_due(lab)
        leaf = known[which]
        if step not in ("hold", "revoke", "release", "date"):
            publish(lab, step)
            continue
        since = model.now.get(leaf.serial, (HOLD, at))[1]
        if model.do(step, leaf.serial, reason, at):
            do(lab, step, leaf, reason, since)
        else:
            with pytest.raises(RuleError):
                do(lab, step, leaf, reason, since)
        model.remember(at)
    return model


def check(lab, model, scope):
    """Every list, and every full list with every delta that fits it."""
    published = crls.all_of(lab.db, "one", 10_000)
    full = [each for each in published if each.scope == scope and each.base is None]
    deltas = [
        each for each in published if each.scope == scope and each.base is not None
    ]
    regular = [
        event.at
        for event in events.latest(lab.db, limit=10_000)
        if event.kind == "crl.published"
        and event.actor == "schedule"
        and event.detail.startswith("number")
    ]
    assert len({(each.number, each.base is None) for each in full + deltas}) == len(
        full + deltas
    )

    def must(at):
        return {
            serial: line
            for serial, line in model.at(at).items()
            if not any(model.ends[serial] < each < at for each in regular)
        }

    for each in full:
        assert lines(each.der) == must(each.this_update), each.number

    def agree(said, delta):
        true, owed = model.at(delta.this_update), must(delta.this_update)
        assert owed.items() <= said.items(), delta.number
        assert said.items() <= true.items(), delta.number

    for base in full:
        for at, delta in enumerate(deltas):
            if not delta.base <= base.number < delta.number:
                continue
            said = together(lines(base.der), lines(delta.der))
            agree(said, delta)
            # What a client has put together takes the number of that delta.
            for later in deltas[max(0, at - 3) : at]:
                if later.base <= delta.number < later.number:
                    agree(together(said, lines(later.der)), later)
    numbers = [each.number for each in reversed(published)]
    assert numbers == sorted(numbers)
    return len(deltas)


@settings(max_examples=60)
@given(steps=STEPS)
def test_full_and_delta_lists_say_what_is_true(built, steps):
    lab = built.what_if(FrozenClock(NOON))
    try:
        model = play(lab, steps)

        assert check(lab, model, "everything")
        assert check(lab, model, "users")
    finally:
        lab.close()


def test_the_model_is_no_empty_word(built):
    """A long sequence in which everything happens, so that no branch goes untried."""
    lab = built.what_if(FrozenClock(NOON))
    steps = [
        ("hold", 3, "", 1),
        ("release", 3, "", 1),
        ("hold", 2, "", 1),
        ("date", 2, "", 1),
        ("hold", 3, "", 1),
        ("wait", 0, "", 40),
        ("publish", 0, "", 1),
        ("release", 3, "", 1),
        ("publish", 0, "", 1),
        ("delta", 0, "", 1),
        ("revoke", 2, "keyCompromise", 1),
        ("publish", 0, "", 1),
        ("wait", 0, "", 40),
        ("revoke", 3, "superseded", 1),
        ("wait", 0, "", 40),
        ("wait", 0, "", 40),
    ]

    model = play(lab, steps)

    assert check(lab, model, "everything") > 20
    assert sorted(reason for reason, *_ in model.now.values()) == [
        "keyCompromise",
        "superseded",
    ]
    ended = next(each for each in leaves(lab) if each.not_after < NOON + timedelta(4))
    assert ended.serial not in lines(crls.latest(lab.db, "one").der)
    lab.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("scope", ["everything", "separate"])
def test_openssl_says_the_same_of_each_state(
    lab, make_keys_fast, later, tmp_path, scope
):
    """`openssl verify -crl_check -use_deltas` with the lists that the lab published."""
    lab = replace(lab, make_key=make_keys_fast)
    add_authority(lab, "one", "One CA", key=EC, days=200)
    add_cluster(lab, "Site", "uc.example")
    set_authority(lab, "one", delta_hours=6, crl_scope=scope)
    add_peer(lab, "Site", "peer9", "directory", "a.example", authority="one", days=9)
    peer = parties.by_name(lab.db, "Site", "peer9")
    leaf = places.slot(lab.db, peer.id, "peer").certificate
    ca = certificates.get(lab.db, parties.authority(lab.db, "one").certificate)
    of_leaf = "users" if scope == "separate" else "everything"
    first = crls.latest(lab.db, "one", of_leaf)

    def said(moment, full):
        delta = crls.latest(lab.db, "one", of_leaf, delta=True)
        pem = b"".join(
            x509.load_der_x509_crl(each.der).public_bytes(Encoding.PEM)
            for each in (full, delta)
        )
        files = {
            "crls": pem,
            "ca": write_pem([ca.der]),
            "leaf": write_pem([certificates.get(lab.db, leaf).der]),
        }
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        when = ["-attime", str(int(moment.clock.now().timestamp()))]
        how = ["-crl_check", "-use_deltas", "-extended_crl", "-CRLfile", "crls"]
        done = subprocess.run(
            ["openssl", "verify", *when, *how, "-CAfile", "ca", "leaf"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        return "revoked" if "certificate revoked" in output else output.split()[-1]

    hold_certificate(later(lab, hours=1), leaf)
    on_hold = said(later(lab, hours=1), first)
    publish_crl(later(lab, hours=2), "one")
    second = crls.latest(lab.db, "one", of_leaf)
    release_certificate(later(lab, hours=3), leaf)
    released = [said(later(lab, hours=3), full) for full in (first, second)]
    revoke_certificate(later(lab, hours=4), leaf, "keyCompromise")
    revoked = [said(later(lab, hours=4), full) for full in (first, second)]

    assert on_hold == "revoked"
    assert released == ["OK", "OK"]
    assert revoked == ["revoked", "revoked"]
