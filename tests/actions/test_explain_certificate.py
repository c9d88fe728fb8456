"""Verdicts on certificates of the lab, and on given ones by the lab's stores."""

from hashlib import sha256

import pytest

from lab.actions.explain_certificate import (
    certificates_in,
    explain_against,
    explain_stored,
)
from lab.actions.import_certificates import Assignment, import_certificates
from lab.errors import BadInputError, NotFoundError
from lab.pki.bundles import write_pem, write_pkcs7
from lab.rules.path_rules import Fault
from lab.rules.purposes import SEED_R14
from lab.store import certificates, events, parties
from lab.trust.verdict import Peer
from tests.explain_cases import making as make

AT = make.NOON  # the moment of the empty lab too


@pytest.fixture(scope="module")
def chain():
    """Leaf, issuing CA and root."""
    root = make.root()
    issuing = make.ca("Issuing", root)
    return make.leaf(issuing), issuing, root


def put(lab, made, **where):
    place = Assignment(cluster="C", node="pub", **where) if where else Assignment()
    import_certificates(lab, [("file.cer", made.der)], place)


def verdicts(lab, made):
    found = explain_stored(lab, sha256(made.der).hexdigest(), at=AT)
    return {each.store: each.verdict.fault or "accepted" for each in found}


def test_an_identity_is_judged_by_the_stores_of_its_verifiers(lab, chain):
    leaf, issuing, root = chain
    put(lab, leaf, purpose="tomcat")
    put(lab, issuing)
    before = verdicts(lab, leaf)

    put(lab, root, store="tomcat-trust")

    stores = SEED_R14["ucm", "tomcat"].verified_with
    assert before == dict.fromkeys(stores, Fault.ISSUER_MISSING)
    assert verdicts(lab, leaf)["tomcat-trust"] == "accepted"


def test_the_way_through_its_issuers_is_shown_before_its_own_copy(lab, chain):
    leaf, issuing, root = chain
    put(lab, leaf, purpose="tomcat")
    put(lab, leaf, store="tomcat-trust")
    fingerprint = sha256(leaf.der).hexdigest()
    (alone,) = explain_stored(lab, fingerprint, at=AT)

    put(lab, issuing)
    put(lab, root, store="tomcat-trust")

    (explained,) = explain_stored(lab, fingerprint, at=AT)
    assert alone.verdict.rules[0] == "own_anchor"
    assert explained.verdict.rules == ()
    assert [each.common_name for each in explained.verdict.path] == [
        "leaf.example",
        "Issuing",
        "Root",
    ]
    assert explained.usage is Peer.SERVER


def test_without_a_store_the_roots_of_the_lab_decide(lab, chain):
    leaf, issuing, root = chain
    put(lab, leaf)
    put(lab, issuing)
    assert verdicts(lab, leaf) == {"": Fault.ISSUER_MISSING}

    put(lab, root)

    assert verdicts(lab, leaf) == {"": "accepted"}


def test_every_certificate_of_the_example_lab_can_be_explained(example):
    rows = example.db.execute("SELECT sha256 FROM certificates").fetchall()

    for (fingerprint,) in rows:
        found = explain_stored(example, fingerprint, at=example.clock.now())
        assert found
        for each in found:
            assert each.verdict.accepted == (each.verdict.fault is None)
            assert all(map(str, each.verdict.findings))


def test_an_identity_of_the_example_lab_that_lasts_is_accepted_by_a_store(example):
    now = example.clock.now()
    nodes = {node.id for node in parties.nodes(example.db, "")}
    rows = example.db.execute(
        "SELECT certificate, party FROM places WHERE usage = 'identity'"
    ).fetchall()

    refused = [
        fingerprint
        for fingerprint, party in rows
        if party in nodes and certificates.get(example.db, fingerprint).not_after > now
        if not any(
            each.verdict.accepted
            for each in explain_stored(example, fingerprint, at=now)
        )
    ]

    assert refused == []


def test_given_certificates_are_judged_by_chosen_stores(lab, chain):
    leaf, issuing, root = chain
    put(lab, root, store="tomcat-trust")
    put(lab, issuing)
    before = events.count(lab.db)

    trusted = explain_against(lab, [leaf.der], [("C", "tomcat-trust")], at=AT)
    nobody = explain_against(lab, [leaf.der], [], at=AT)
    given = explain_against(lab, [leaf.der], [], trusted=[issuing.der], at=AT)

    assert trusted.verdict.accepted
    assert nobody.verdict.fault is Fault.NOT_TRUSTED
    assert given.verdict.rules == ("partial_chain",)
    assert events.count(lab.db) == before


def test_what_comes_with_the_leaf_helps_to_build_the_path(lab, chain):
    leaf, issuing, root = chain

    explained = explain_against(
        lab, [leaf.der, issuing.der], [], trusted=[root.der], at=AT, name="leaf.example"
    )

    assert explained.verdict.accepted
    assert explained.engines[0].accepted


def test_an_unknown_store_is_refused(lab, chain):
    with pytest.raises(NotFoundError, match="has no trust store"):
        explain_against(lab, [chain[0].der], [("C", "nothing")], at=AT)


def test_a_leaf_that_is_unreadable_is_refused(lab):
    with pytest.raises(BadInputError, match="not a readable"):
        explain_against(lab, [b"nothing"], [], at=AT)


def test_certificates_are_found_in_files_of_any_form(chain):
    ders = [each.der for each in chain]

    assert certificates_in(write_pem(ders)) == ders
    assert set(certificates_in(write_pkcs7(ders))) == set(ders)
    with pytest.raises(BadInputError, match="the file is empty"):
        certificates_in(b"")
    with pytest.raises(BadInputError, match="PEM block 1"):
        certificates_in(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
