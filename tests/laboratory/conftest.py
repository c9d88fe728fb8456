"""A lab with two authorities, each with certificates, to be told to fail."""

from dataclasses import replace

import pytest

from lab.actions.add_authority import add_authority
from lab.actions.sign_request import sign_request
from lab.models import KeySpec, SubjectFields
from lab.pki.keys import make_key
from lab.pki.requests import build_request
from lab.store import certificates, events, parties

EC = KeySpec(type="EC", size=256)


@pytest.fixture(autouse=True)
def no_faults_outside(monkeypatch):
    """Whoever tests LAB_FAULTS sets it."""
    monkeypatch.delenv("LAB_FAULTS", raising=False)


@pytest.fixture
def issue():
    """A certificate that an authority signs, with a key of its own."""

    def issue(lab, authority, name="client.example"):
        request = build_request(
            subject=SubjectFields(common_name=name),
            key=make_key(EC),
            alternative_names=[name],
            key_usage=["digitalSignature"],
            extended_key_usage=["clientAuth"],
        )
        return sign_request(lab, authority, request, days=365)

    return issue


@pytest.fixture
def two(lab):
    """The lab at noon, with the authorities "one" and "two"."""
    lab = replace(lab, make_key=make_key)
    add_authority(lab, "one", "Lab One", key=EC, ocsp=True)
    add_authority(lab, "two", "Lab Two", key=EC, ocsp=True)
    return lab


@pytest.fixture
def leaf(two, issue):
    """A certificate of "one"."""
    return issue(two, "one")


@pytest.fixture
def issuer_of():
    def find(lab, authority):
        found = parties.authority(lab.db, authority)
        return certificates.get(lab.db, found.certificate)

    return find


@pytest.fixture
def done():
    """The events of a kind, oldest first: what they are about, and the detail."""

    def find(lab, kind):
        found = reversed(events.latest(lab.db, limit=1000))
        return [(each.about, each.detail) for each in found if each.kind == kind]

    return find


@pytest.fixture
def refuses():
    """Expect a refusal with this text, a next step, and nothing changed."""

    from contextlib import contextmanager

    @contextmanager
    def expect(lab, kind, text):
        before = list(lab.db.conn.iterdump())
        with pytest.raises(kind) as caught:
            yield caught
        assert text in str(caught.value)
        assert not str(caught.value).endswith(".")
        assert caught.value.hint.endswith(".")
        assert list(lab.db.conn.iterdump()) == before

    return expect
