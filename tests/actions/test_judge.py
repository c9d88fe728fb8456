"""Effective ends are kept true deed by deed, as if all were judged anew."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from lab.actions.add_parties import add_node, renew_peer
from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.import_certificates import Assignment, import_certificates
from lab.actions.issue_lsc import issue_lsc
from lab.actions.issue_ocsp_signer import issue_ocsp_signer
from lab.actions.judge import judge
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.renew_certificate import sign_and_upload
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.run_due import run_due
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock
from lab.errors import LabError
from lab.models import Chain, KeySpec, SubjectFields
from lab.pki.bundles import write_pem
from lab.pki.certificates import build_issuing, build_root
from lab.pki.keys import make_key
from lab.pki.reading import read_certificate
from lab.store import certificates, parties, places

AUTHORITIES = ("root", "issuing", "elliptic", "maker")
STORES = ("tomcat-trust", "CallManager-trust", "ipsec-trust", "cup-trust")
NODES = ("pub", "sub", "imp")


def columns(lab):
    return set(
        lab.db.execute(
            "SELECT sha256, effective_end, limited_by, chain FROM certificates"
        )
    )


def judged_anew(lab):
    """The same columns, all of them worked out from the rows alone."""
    copy = lab.what_if(lab.clock)
    copy.db.execute(
        "UPDATE certificates SET effective_end = not_after, limited_by = sha256, "
        "chain = 'incomplete'"
    )
    everything = [row for (row,) in copy.db.execute("SELECT sha256 FROM certificates")]
    judge(copy.db, everything)
    found = columns(copy)
    copy.close()
    return found


@pytest.fixture(scope="module")
def crossed(built_site):
    """Another root, and the lab's issuing CA as that root has signed it."""

    issuing = certificates.get(
        built_site.db, parties.authority(built_site.db, "issuing").certificate
    )
    key = make_key(KeySpec(type="EC", size=256))
    dates = {
        "not_before": issuing.not_before,
        "not_after": issuing.not_after - timedelta(days=500),
    }
    root = build_root(subject=SubjectFields(common_name="Cross"), key=key, **dates)
    cross = build_issuing(
        subject=SubjectFields(common_name="Lab Issuing"),
        public_key=x509.load_der_x509_certificate(issuing.der).public_key(),
        issuer_certificate=root,
        issuer_key=key,
        path_length=1,
        **dates,
    )
    return root, cross


def certificate_of(lab, name):
    return certificates.get(lab.db, parties.authority(lab.db, name).certificate)


def some_certificate(lab, number):
    rows = lab.db.execute("SELECT sha256 FROM certificates ORDER BY subject, serial")
    everything = [row for (row,) in rows]
    return everything[number % len(everything)]


node, store = st.sampled_from(NODES), st.sampled_from(STORES)
authority, number = st.sampled_from(AUTHORITIES), st.integers(0, 200)
purpose = st.sampled_from(("tomcat-ECDSA", "TVS", "ipsec", "cup", "CAPF"))
DEEDS = st.one_of(
    st.tuples(st.just("generate"), node, purpose),
    st.tuples(st.just("sign"), node, st.sampled_from(("tomcat", "cup", "TVS"))),
    st.tuples(st.just("revoke"), number),
    st.tuples(st.just("lose"), node, store, number),
    st.tuples(st.just("trust"), node, store, authority),
    st.tuples(st.just("import"), st.sampled_from(("", "far")), st.booleans()),
    st.tuples(st.just("trust cross"), node, store),
    st.tuples(st.just("peer"), authority),
    st.tuples(st.just("phone")),
    st.tuples(st.just("signer")),
    st.tuples(st.just("wait"), st.integers(1, 40)),
)


def do(lab, deed, crossed):
    """Do one deed; the lab may refuse it."""
    match deed:
        case "generate", node, purpose:
            generate_self_signed(lab, node, purpose)
        case "sign", node, purpose:
            sign_and_upload(lab, node, purpose, "issuing", days=50)
        case "revoke", number:
            revoke_certificate(lab, some_certificate(lab, number), "superseded")
        case "lose", node, store, number:
            party = parties.by_name(lab.db, "", node)
            entries = places.entries(lab.db, party.id, store)
            sha256 = entries[number % len(entries)].certificate if entries else ""
            lose_trust_copy(lab, node, store, sha256)
        case "trust", node, store, authority:
            upload_certificate(lab, node, store, certificate_of(lab, authority).der)
        case "import", node, both:
            where = Assignment(cluster="Site", node=node, store="tomcat-trust")
            ders = crossed if both else crossed[1:]
            import_certificates(
                lab, [("x", write_pem(ders))], where if node else Assignment()
            )
        case "trust cross", node, store:
            upload_certificate(lab, node, store, crossed[0])
        case "peer", authority:
            renew_peer(lab, "Site", "directory", authority)
        case ("phone",):
            issue_lsc(lab, "Site", ["SEP000000000001"])
        case ("signer",):
            issue_ocsp_signer(lab, "issuing")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(DEEDS, min_size=1, max_size=8))
def test_after_any_deeds_the_columns_are_those_of_judging_everything_anew(
    site, crossed, make_keys_fast, from_pool, deeds
):
    fast = replace(site.what_if(site.clock), make_key=make_keys_fast)
    for deed in deeds:
        minutes = deed[1] if deed[0] == "wait" else 1
        moment = fast.clock.now() + timedelta(minutes=minutes)
        fast = replace(fast, clock=FrozenClock(moment))
        run_due(fast)
        try:
            do(fast, deed, crossed)
        except LabError as refusal:
            note(f"{deed}: {refusal}")

        assert columns(fast) == judged_anew(fast)
    fast.close()


def test_at_first_the_columns_are_those_of_judging_everything_anew(site):
    assert columns(site) == judged_anew(site)


def test_an_identity_that_is_overwritten_is_judged_by_where_it_still_is(
    site, seen, later
):
    peer = seen.slot("directory", "peer")
    for node in NODES:
        lose_trust_copy(site, node, "tomcat-trust", seen.authority("root").sha256)
    while_held = certificates.effective(site.db, peer.sha256)

    renew_peer(site, "Site", "directory", "elliptic")

    # Nobody verifies it any more, so any root will do.
    afterwards = certificates.effective(site.db, peer.sha256)
    assert (while_held.chain, afterwards.chain) == (Chain.UNTRUSTED, Chain.COMPLETE)


def test_a_lost_root_breaks_a_chain_only_when_no_node_holds_it_any_more(site, seen):
    peer, root = seen.slot("directory", "peer"), seen.authority("root")
    chains = []

    for node in NODES:
        lose_trust_copy(site, node, "tomcat-trust", root.sha256)
        chains.append(certificates.effective(site.db, peer.sha256).chain)

    assert chains == [Chain.COMPLETE, Chain.COMPLETE, Chain.UNTRUSTED]


def test_a_cross_signed_issuer_that_arrives_keeps_the_later_end(site, seen, crossed):
    peer = seen.slot("directory", "peer")
    before = certificates.effective(site.db, peer.sha256)

    upload_certificate(site, "pub", "tomcat-trust", crossed[0])
    import_certificates(site, [("cross", crossed[1])])

    assert certificates.effective(site.db, peer.sha256) == before
    links = certificates.issuers_of(site.db, peer.sha256)
    assert len(links) == 2


def test_a_revoked_issuer_is_survived_by_its_cross_signed_twin(site, seen, crossed):
    peer = seen.slot("directory", "peer")
    upload_certificate(site, "pub", "tomcat-trust", crossed[0])
    import_certificates(site, [("cross", crossed[1])])

    revoke_certificate(site, seen.authority("issuing").sha256, "superseded")

    found = certificates.effective(site.db, peer.sha256)
    assert (found.chain, found.end) == (Chain.COMPLETE, peer.not_after)


def test_a_node_that_joins_changes_no_end(site, seen, later, make_keys_fast):
    before = columns(site)

    add_node(replace(later(site, hours=1), make_key=make_keys_fast), "Site", "sub2")

    assert before <= columns(site)
    assert columns(site) == judged_anew(site)


def test_a_certificate_that_is_stored_twice_is_one_row(site, seen):
    root = read_certificate(seen.authority("root").der)
    before = certificates.count(site.db)

    upload_certificate(site, "sub", "Phone-trust", root.der)

    assert certificates.count(site.db) == before


def test_a_trust_copy_that_makes_room_is_judged_by_where_it_still_is(
    site, crossed, rsa_keys
):
    cross_root, cross = crossed
    upload_certificate(site, "sub", "Phone-trust", write_pem([cross_root, cross]))
    root = read_certificate(cross_root).sha256
    delete_trust(site, "sub", "Phone-trust", root)
    sha256 = read_certificate(cross).sha256
    in_the_store = certificates.effective(site.db, sha256)
    namesake = build_root(
        subject=SubjectFields(common_name="Lab Issuing"),
        key=rsa_keys[0],
        not_before=site.clock.now(),
        not_after=site.clock.now() + timedelta(days=9),
    )

    upload_certificate(site, "sub", "Phone-trust", namesake)

    nowhere = certificates.effective(site.db, sha256)
    assert (in_the_store.chain, nowhere.chain) == (Chain.UNTRUSTED, Chain.COMPLETE)
