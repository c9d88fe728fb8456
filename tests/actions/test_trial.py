"""Trials: a deed is done, looked at, and undone."""

import pytest

from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.node_connection import take_offline
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.trial import trial, what_breaks
from lab.actions.upload_certificate import upload_certificate
from lab.errors import NotFoundError
from lab.models import Chain
from lab.store import certificates


@pytest.fixture
def signed(site, signed_for, seen):
    """tomcat of sub, signed by the issuing CA, in its slot."""
    leaf = signed_for("sub", "tomcat")
    upload_certificate(site, "sub", "tomcat", leaf.der)
    return seen.slot("sub", "tomcat")


def test_a_trial_shows_what_would_be_and_leaves_nothing(site, seen, dump):
    root = seen.authority("root").sha256
    before = dump(site)

    with trial(site):
        delete_trust(site, "sub", "tomcat-trust", root)
        assert root not in seen.store("sub", "tomcat-trust")
        assert seen.events()[-1].kind == "trust.deleted"

    assert dump(site) == before
    assert not site.db.conn.in_transaction


def test_a_deed_in_a_trial_is_judged_before_one_looks(site, seen, signed):
    with trial(site):
        revoke_certificate(site, signed.sha256, "superseded")
        assert certificates.effective(site.db, signed.sha256).end == site.clock.now()

    assert certificates.effective(site.db, signed.sha256).end > site.clock.now()


def test_a_refusal_in_a_trial_is_raised_and_nothing_stays(site, refusal_of, seen):
    root = seen.authority("root").sha256
    with refusal_of(site, NotFoundError, "is not in CAPF-trust on sub"), trial(site):
        generate_self_signed(site, "sub", "tomcat-ECDSA")
        delete_trust(site, "sub", "CAPF-trust", root)


def test_a_trial_within_a_trial_undoes_only_its_own(site, seen, dump):
    before = dump(site)
    with trial(site):
        first = generate_self_signed(site, "sub", "tomcat-ECDSA")
        with trial(site):
            generate_self_signed(site, "sub", "tomcat-ECDSA")
            assert seen.slot("sub", "tomcat-ECDSA") != first
        assert seen.slot("sub", "tomcat-ECDSA") == first

    assert dump(site) == before


def test_after_a_trial_deeds_are_kept_and_judged(site, seen):
    with trial(site):
        pass

    new = generate_self_signed(site, "sub", "tomcat-ECDSA")

    assert seen.slot("sub", "tomcat-ECDSA") == new
    assert certificates.effective(site.db, new.sha256).chain is Chain.COMPLETE


def test_deleting_a_root_breaks_what_stands_on_it_once_it_has_reached_all(
    site, seen, signed, dump
):
    root = seen.authority("root").sha256
    before = dump(site)

    broken = what_breaks(
        site, lambda lab: delete_trust(lab, "sub", "tomcat-trust", root)
    )

    assert dump(site) == before
    worse = {each.judged.sha256: each for each in broken.certificates}
    found = worse[signed.sha256]
    assert found.judged.before.chain is Chain.COMPLETE
    assert found.judged.after.chain is Chain.UNTRUSTED
    assert found.stops(broken.at)
    assert ("sub", "identity", "tomcat") in {
        (each.party, each.usage, each.name) for each in found.holders
    }
    assert "web administration of this node" in {row.words for row in broken.failures}
    assert broken


def test_deleting_what_nothing_stands_on_breaks_nothing(site, seen):
    elliptic = seen.authority("elliptic")
    upload_certificate(site, "sub", "Phone-trust", elliptic.der)

    broken = what_breaks(
        site, lambda lab: delete_trust(lab, "sub", "Phone-trust", elliptic.sha256)
    )

    assert not broken
    assert broken.failures == ()


def test_a_revoked_issuer_stops_what_it_signed(site, seen, signed):
    issuing = seen.authority("issuing").sha256

    broken = what_breaks(
        site, lambda lab: revoke_certificate(lab, issuing, "cessationOfOperation")
    )

    worse = {each.judged.sha256: each for each in broken.certificates}
    assert worse[signed.sha256].judged.after.limited_by == issuing
    assert worse[signed.sha256].stops(site.clock.now())


def test_an_earlier_end_is_worse_and_does_not_stop_anything_yet(
    site, seen, later, signed
):
    issuing = seen.authority("issuing").sha256
    soon = later(site, days=20)

    broken = what_breaks(
        site, lambda _: revoke_certificate(soon, issuing, "cessationOfOperation")
    )

    worse = {each.judged.sha256: each for each in broken.certificates}
    assert worse[signed.sha256].judged.after.end == soon.clock.now()
    assert not worse[signed.sha256].stops(site.clock.now())
    assert worse[signed.sha256].stops(soon.clock.now())
    assert broken
    assert broken.failures == ()


def test_a_store_that_is_each_nodes_own_breaks_on_that_node_only(
    site, seen, signed_for
):
    upload_certificate(site, "sub", "TVS-trust", seen.authority("root").der)
    upload_certificate(site, "sub", "TVS-trust", seen.authority("issuing").der)
    leaf = signed_for("sub", "TVS")
    upload_certificate(site, "sub", "TVS", leaf.der)
    root = seen.authority("root").sha256

    broken = what_breaks(site, lambda lab: delete_trust(lab, "sub", "TVS-trust", root))

    (worse,) = broken.certificates
    assert (worse.judged.sha256, worse.nodes) == (leaf.sha256, ("sub",))
    assert worse.stops(broken.at)
    assert "registration of new phones" in {row.words for row in broken.failures}


def test_while_one_node_is_offline_the_others_refuse_what_the_store_vouched_for(
    site, seen, signed
):
    take_offline(site, "imp")
    root = seen.authority("root").sha256

    broken = what_breaks(
        site, lambda lab: delete_trust(lab, "sub", "tomcat-trust", root)
    )

    worse = {each.judged.sha256: each for each in broken.certificates}
    assert worse[signed.sha256].nodes == ("pub", "sub")
