"""The pre-flight: what an upload would change, told by doing it; nothing is changed."""

from base64 import b64encode
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from lab.actions.add_authority import add_authority
from lab.actions.inspect_upload import inspect_upload
from lab.actions.key_ring import private_key
from lab.actions.node_connection import take_offline
from lab.actions.preflight_upload import file_of, preflight_parts, preflight_upload
from lab.actions.request_certificate import request_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.run_due import run_due
from lab.actions.sign_request import sign_request
from lab.actions.upload_certificate import Part, upload_certificate, upload_parts
from lab.errors import LabError, RuleError
from lab.models import KeySpec, SubjectFields
from lab.pki.bundles import write_pem, write_pkcs7
from lab.pki.certificates import build_leaf, build_root, build_self_signed
from lab.pki.keys import make_key
from lab.pki.requests import request_key, request_subject
from lab.store import events
from tests.hostile_files import HOSTILE_FILES

EC = KeySpec(type="EC", size=256)
KEY = make_key(EC)


@pytest.fixture
def answer(site, seen):
    """Have a request of tomcat on sub answered by a CA that does as it likes."""

    def make(request, **changes):
        issuer = seen.authority("issuing")
        begin = site.clock.now()
        wanted = {
            "key_usage": request.key_usage,
            "extended_key_usage": request.extended_key_usage,
            "not_before": begin,
            "not_after": begin + timedelta(days=30),
        } | changes
        return build_leaf(
            subject=request_subject(request.der),
            public_key=request_key(request.der),
            issuer_certificate=issuer.der,
            issuer_key=private_key(site, issuer.key_id),
            alternative_names=request.alternative_names,
            **wanted,
        )

    return make


def outside(lab, name="Outside", days_ago=0, days=400):
    begin = lab.clock.now() - timedelta(days=days_ago)
    return build_root(
        subject=SubjectFields(common_name=name),
        key=KEY,
        not_before=begin,
        not_after=begin + timedelta(days=days),
    )


def notes(look):
    return " ".join(str(each) for each in look.notes)


# -- What a leaf would change ---------------------------------------------------------


def test_names_key_and_usages_are_compared_and_nothing_changes(
    site, seen, dump, answer
):
    request = request_certificate(
        site, "sub", "tomcat", names=["web.example"], parent_domain="", size=4096
    )
    der = answer(request, key_usage=["digitalSignature", "nonRepudiation"])
    before, current = dump(site), seen.slot("sub", "tomcat")

    look = preflight_upload(site, "sub", "tomcat", der)

    assert dump(site) == before
    assert look.refusal is None
    assert look.slot.current == current
    assert look.slot.names_gained == ("DNS:web.example",)
    assert look.slot.names_lost == ()
    assert look.slot.leaf.key_size == 4096
    assert look.slot.bits.missing == ("keyEncipherment", "dataEncipherment")
    assert look.slot.bits.extra == ("nonRepudiation",)
    assert "ipsecEndSystem" in look.slot.bits.missing_optional
    assert look.verdict.accepted
    assert "Open its pages by sub.uc.example, web.example" in notes(look)
    assert "TFTP goes on serving" in notes(look)
    assert "earlier than the present one" in notes(look)


def test_an_elliptic_certificate_lacks_no_bit_that_its_key_cannot_have(site):
    request = request_certificate(site, "sub", "tomcat-ECDSA")
    signed = sign_request(site, "issuing", request.der)

    look = preflight_upload(site, "sub", "tomcat-ECDSA", signed.der)

    assert "keyEncipherment" in request.key_usage
    assert "keyEncipherment" not in signed.key_usage
    assert look.slot.bits.missing == ()


def test_what_it_foretells_is_what_comes(site, seen, signed_for, later):
    signed = signed_for("sub", "tomcat")

    look = preflight_upload(site, "sub", "tomcat", signed.der)
    [done] = upload_parts(site, [Part(node="sub", name="tomcat", data=signed.der)])

    assert look.certificates == done.certificates == (signed,)
    assert set(look.effects) <= set(done.effects)
    at_once = {(each.node, each.name) for each in look.arrivals if not each.minutes}
    assert at_once == {("sub", "tomcat"), ("sub", "tomcat-trust")}
    half_an_hour = {(each.node, each.minutes) for each in look.arrivals} - {("sub", 0)}
    assert half_an_hour == {("pub", 30), ("imp", 30)}
    run_due(later(site, minutes=31))
    for node in ("pub", "sub", "imp"):
        assert signed.sha256 in seen.store(node, "tomcat-trust")


def test_an_offline_node_is_named_as_one_that_follows(site):
    take_offline(site, "pub")

    look = preflight_upload(site, "sub", "tomcat-trust", outside(site))

    waits = {each.node: each.when_back for each in look.arrivals}
    assert waits == {"sub": False, "imp": False, "pub": True}


def test_a_refusal_is_told_with_the_comparison_and_noted_nowhere(site, dump):
    request = request_certificate(site, "sub", "TVS")
    signed = sign_request(site, "elliptic", request.der)
    before = dump(site)

    look = preflight_upload(site, "sub", "TVS", signed.der)

    assert "TVS takes RSA signatures" in str(look.refusal)
    assert look.slot.leaf == signed
    assert look.broken is None
    assert not look.verdict.accepted
    assert dump(site) == before


def test_dates_that_will_be_regretted_are_named(site, answer):
    request = request_certificate(site, "sub", "tomcat")
    begin = site.clock.now() + timedelta(days=3)
    der = answer(request, not_before=begin, not_after=begin + timedelta(days=9000))

    look = preflight_upload(site, "sub", "tomcat", der)

    assert look.refusal is None
    assert "until then whoever verifies it refuses it" in notes(look)
    assert "Lab Issuing above it ends on" in notes(look)


def test_a_long_key_for_callmanager_is_warned_of(site):
    request = request_certificate(site, "sub", "CallManager", size=3072)
    signed = sign_request(site, "issuing", request.der)

    look = preflight_upload(site, "sub", "CallManager", signed.der)

    assert "some phone models can no longer register" in notes(look)


def test_a_revoked_certificate_is_taken_and_told_of(site, signed_for):
    signed = signed_for("sub", "tomcat")
    revoke_certificate(site, signed.sha256, "superseded")

    look = preflight_upload(site, "sub", "tomcat", signed.der)

    assert look.refusal is None
    assert "was revoked on" in notes(look)


# -- What a store would take ----------------------------------------------------------


def test_an_entry_that_makes_room_is_named_and_so_is_one_that_is_there(site):
    old, new = outside(site, days_ago=9), outside(site)
    upload_certificate(site, "sub", "Phone-trust", old)

    look = preflight_upload(site, "sub", "Phone-trust", new)
    again = preflight_upload(site, "sub", "Phone-trust", old)

    assert [each.der for each in look.replaced] == [old]
    assert again.replaced == ()
    assert "is in Phone-trust already" in notes(again)


def test_a_self_signed_identity_that_is_a_ca_is_warned_of(site):
    der = build_self_signed(
        subject=SubjectFields(common_name="peer.example"),
        key=KEY,
        not_before=site.clock.now(),
        not_after=site.clock.now() + timedelta(days=9),
        key_usage=["digitalSignature"],
        extended_key_usage=["serverAuth"],
    )

    look = preflight_upload(site, "sub", "Phone-trust", der)

    assert "can make certificates for any name" in notes(look)


def test_of_two_namesakes_in_a_file_the_later_is_taken(site, seen):
    old, new = outside(site, days_ago=9), outside(site)
    file = write_pem([new, old])

    look = preflight_upload(site, "sub", "Phone-trust", file)
    [stored] = upload_certificate(site, "sub", "Phone-trust", file)

    assert stored.der == new
    assert "The file holds 2 certificates of Outside" in notes(look)
    assert seen.store("sub", "Phone-trust") == {stored.sha256}


# -- What it is, and where it goes ----------------------------------------------------


@pytest.fixture
def new_ca(site):
    """An authority that no store of the lab has, and what it signed for imp."""
    add_authority(site, "new-root", "New Root", days=3000)
    add_authority(site, "new", "New Issuing", parent="new-root", days=2000)
    request = request_certificate(site, "imp", "cup-xmpp")
    return sign_request(site, "new", request.der, days=100)


def test_a_mixture_in_any_order_and_form_is_split_root_first(site, seen, new_ca, dump):
    files = [
        write_pem([seen.authority("new").der]),
        write_pkcs7([new_ca.der]),
        b64encode(seen.authority("new-root").der),
    ]
    before = dump(site)

    found = inspect_upload(site, files)

    assert dump(site) == before
    assert found.kind == "chain"
    where = [(each.node, each.name) for each in found.proposals]
    assert where == [("imp", "cup-xmpp-trust"), ("imp", "cup-xmpp")]
    above = found.proposals[0].certificates
    assert [each.common_name for each in above] == ["New Root", "New Issuing"]

    parts = [
        Part(node=each.node, name=each.name, data=file_of(each.certificates))
        for each in found.proposals
    ]
    looks = preflight_parts(site, parts)
    assert [look.refusal for look in looks] == [None, None]
    assert looks[1].verdict.accepted  # as if the first were done
    assert dump(site) == before
    upload_parts(site, parts)
    assert seen.slot("imp", "cup-xmpp") == new_ca


def test_of_several_uploads_all_are_done_or_none(site, seen, new_ca, refusal_of):
    parts = [
        Part(node="imp", name="cup-trust", data=outside(site)),
        Part(node="imp", name="cup-xmpp", data=new_ca.der),
    ]

    with refusal_of(site, RuleError, "CA certificate is not available"):
        upload_parts(site, parts)


def test_what_was_seen_before_somebody_was_quicker_is_not_done(
    site, signed_for, refusal_of, dump
):
    signed = signed_for("sub", "tomcat")
    look = preflight_upload(site, "sub", "tomcat", signed.der)
    upload_certificate(site, "pub", "Phone-trust", outside(site))
    part = Part(node="sub", name="tomcat", data=signed.der)
    count = events.count(site.db)

    with refusal_of(site, RuleError, "the lab has changed since 1 uploads"):
        upload_parts(site, [part], seen=look.seen)

    assert events.count(site.db) == count
    now = preflight_upload(site, "sub", "tomcat", signed.der)
    [done] = upload_parts(site, [part], seen=now.seen)
    assert done.certificates == (signed,)


def test_authorities_alone_go_where_what_they_signed_is_verified(site, seen, later):
    """The directory's CA is missing on no node; an unknown one is left to a person."""
    stranger = outside(site)
    issuing = seen.authority("issuing").der
    root = seen.authority("root").der

    found = inspect_upload(site, [write_pem([stranger, issuing, root])])

    assert "Outside" in {each.common_name for each in found.left}
    assert found.kind == "authorities"
    assert found.proposals == ()


def test_a_leaf_that_answers_nothing_is_left_to_a_person(site, signed_for):
    signed = signed_for("sub", "tomcat")
    request_certificate(site, "sub", "tomcat")

    found = inspect_upload(site, [signed.der])

    assert (found.kind, found.left, found.proposals) == ("leaf", (signed,), ())


# -- Hostile files --------------------------------------------------------------------


@pytest.mark.parametrize("start", range(0, len(HOSTILE_FILES), 60))
@pytest.mark.parametrize("name", ["tomcat", "Phone-trust"])
def test_a_hostile_file_is_taken_or_refused_in_words(site, dump, start, name):
    request_certificate(site, "sub", "tomcat")
    for file in list(HOSTILE_FILES.values())[start : start + 60]:
        data = file.make()
        before = dump(site)
        look = preflight_upload(site, "sub", name, data)
        assert dump(site) == before, file.name
        refusal = refusal_by(upload_certificate, site, "sub", name, data)
        assert str(look.refusal) == str(refusal), file.name
        if refusal:
            assert "\n" not in f"{refusal}{refusal.hint}", file.name
            assert but_for_refusals(dump(site)) == but_for_refusals(before), file.name
        assert all(str(each) for each in look.notes)
        unreadable = refusal_by(inspect_upload, site, [data])
        assert unreadable is None or unreadable.hint, file.name


def refusal_by(deed, *arguments):
    try:
        deed(*arguments)
    except LabError as refusal:
        return refusal
    return None


def but_for_refusals(rows):
    return [each for each in rows if "'upload.refused'" not in each]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=200), at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_any_bytes_and_any_changed_byte_are_answered(site, seen, data, at, flip):
    der = bytearray(seen.authority("root").der)
    der[at % len(der)] ^= flip
    for given_bytes in (data, bytes(der), b"-----BEGIN CERTIFICATE-----" + data):
        look = preflight_upload(site, "sub", "Phone-trust", given_bytes)
        assert look.refusal is None or str(look.refusal)
