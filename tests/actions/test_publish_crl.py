"""Full and delta lists: what they say, when they come, and when an entry goes."""

from datetime import timedelta

import pytest
from cryptography import x509

from lab.actions.hold_certificate import hold_certificate
from lab.actions.publish_crl import publish_crl, publish_delta
from lab.actions.release_certificate import release_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.run_due import run_due
from lab.actions.set_authority import set_authority
from lab.actions.set_base_url import set_base_url
from lab.actions.set_invalidity_date import set_invalidity_date
from lab.errors import RuleError
from lab.models import Revoked
from lab.pki.crls import REMOVE, read_crl
from lab.store import certificates, crls
from tests.linting import crl_findings


@pytest.fixture
def target(seen):
    """What the issuing CA signed for an outside system."""
    return seen.slot("directory", "peer")


@pytest.fixture
def with_deltas(site):
    set_authority(site, "issuing", delta_hours=24)
    return site


def read(lab, *, delta=False, scope="everything"):
    return read_crl(crls.latest(lab.db, "issuing", scope, delta=delta).der)


def reasons(crl):
    return {line.serial: line.reason for line in crl.lines()}


# -- Deltas ---------------------------------------------------------------------------


def test_with_deltas_a_revocation_is_published_as_one_at_once(with_deltas, target):
    full = read(with_deltas)

    revoked = revoke_certificate(with_deltas, target.sha256, "keyCompromise")

    delta = read(with_deltas, delta=True)
    assert read(with_deltas).number == full.number
    assert delta.number == full.number + 1
    assert delta.base <= full.number
    assert [*delta.lines()] == [revoked]
    assert read(with_deltas).find(target.serial) is None


def test_the_next_full_list_has_what_the_deltas_said(with_deltas, target):
    revoke_certificate(with_deltas, target.sha256, "keyCompromise")

    publish_crl(with_deltas, "issuing")

    full, delta = read(with_deltas), read(with_deltas, delta=True)
    assert reasons(full) == {target.serial: "keyCompromise"}
    # Issued together, they have one number and say the same: RFC 5280 section 5.2.4.
    assert (delta.number, delta.this_update) == (full.number, full.this_update)
    assert delta.base < full.number
    assert reasons(delta) == {target.serial: "keyCompromise"}


def test_a_full_list_says_where_its_deltas_are_and_a_delta_does_not(with_deltas):
    place = "http://127.0.0.1:8501/pki/crl/issuing-delta.crl"

    assert read(with_deltas).freshest == (place,)
    assert read(with_deltas, delta=True).freshest == ()


def test_without_deltas_a_full_list_says_nothing_of_them(site, target):
    revoke_certificate(site, target.sha256, "superseded")

    assert read(site).freshest == ()
    assert crls.latest(site.db, "issuing", delta=True) is None


def test_a_released_one_is_removed_by_the_delta_until_no_base_has_it(
    with_deltas, target, later
):
    hold_certificate(with_deltas, target.sha256)
    publish_crl(with_deltas, "issuing")
    held = read(with_deltas)

    release_certificate(later(with_deltas, hours=1), target.sha256)

    first = read(with_deltas, delta=True)
    at = with_deltas.clock.now() + timedelta(hours=1)
    assert held.find(target.serial).reason == "certificateHold"
    gone = Revoked(serial=target.serial, at=at, reason=REMOVE)
    assert [*first.lines()] == [gone]
    publish_delta(later(with_deltas, hours=2), "issuing")
    assert [*read(with_deltas, delta=True).lines()] == [gone]
    publish_crl(later(with_deltas, hours=3), "issuing")
    assert [*read(with_deltas).lines()] == []
    assert [*read(with_deltas, delta=True).lines()] == [gone]
    publish_crl(later(with_deltas, hours=4), "issuing")
    assert [*read(with_deltas, delta=True).lines()] == []


def test_what_was_held_and_released_between_two_full_lists_is_removed_too(
    with_deltas, target
):
    """It must be: RFC 5280 section 5.2.4, after d."""
    hold_certificate(with_deltas, target.sha256)
    release_certificate(with_deltas, target.sha256)

    assert reasons(read(with_deltas, delta=True)) == {target.serial: REMOVE}
    assert read(with_deltas).find(target.serial) is None


def test_a_change_of_reason_or_of_the_invalidity_date_is_a_change(with_deltas, target):
    hold_certificate(with_deltas, target.sha256)
    publish_crl(with_deltas, "issuing")
    publish_crl(with_deltas, "issuing")
    assert reasons(read(with_deltas, delta=True)) == {}

    revoke_certificate(with_deltas, target.sha256, "keyCompromise")

    assert reasons(read(with_deltas, delta=True)) == {target.serial: "keyCompromise"}
    publish_crl(with_deltas, "issuing")
    publish_crl(with_deltas, "issuing")
    since = with_deltas.clock.now() - timedelta(minutes=3)
    dated = set_invalidity_date(with_deltas, target.sha256, since)
    assert [*read(with_deltas, delta=True).lines()] == [dated]


def test_no_client_finds_a_list_that_has_ended(with_deltas, later):
    for hours in range(0, 24 * 40, 5):
        moment = later(with_deltas, hours=hours)
        run_due(moment)

        now = moment.clock.now()
        for crl in (read(with_deltas), read(with_deltas, delta=True)):
            assert crl.this_update <= now <= crl.next_update


def test_deltas_come_as_often_as_was_set(with_deltas, later, seen):
    ((due, about),) = seen.jobs("publish_delta")

    run_due(later(with_deltas, days=9))

    assert (due, about) == (
        with_deltas.clock.now() + timedelta(hours=24) * 9 / 10,
        "issuing",
    )
    # One each 21.6 hours for nine days, and none is planned twice.
    number = with_deltas.db.execute(
        "SELECT count(*) FROM crls WHERE base IS NOT NULL"
    ).fetchone()[0]
    assert number == 1 + 10
    assert len(seen.jobs("publish_delta")) == 1


def test_who_publishes_no_deltas_refuses_one(site, refusal_of):
    with refusal_of(site, RuleError, "Lab Issuing publishes no delta CRLs"):
        publish_delta(site, "issuing")


def test_a_list_is_refused_when_its_authority_has_ended(site, later, refusal_of):
    after = later(site, days=3001)

    with refusal_of(after, RuleError, "Lab Issuing itself ended on"):
        publish_crl(after, "issuing")


# -- Users and authorities apart ------------------------------------------------------


def test_users_and_authorities_have_lists_of_their_own(site, seen, target):
    set_authority(site, "root", crl_scope="separate")
    set_authority(site, "issuing", crl_scope="separate", delta_hours=6)

    revoke_certificate(site, target.sha256, "superseded")
    revoke_certificate(site, seen.authority("issuing").sha256, "cACompromise")

    def listed(authority, scope, *, delta=False):
        crl = read_crl(crls.latest(site.db, authority, scope, delta=delta).der)
        assert crl.scope == scope
        suffix = f"-{scope}.crl" if scope != "everything" else ""
        assert all(
            place.endswith(f"/pki/crl/{authority}{suffix}") for place in crl.places
        )
        assert len(crl.places) == (scope != "everything")
        return reasons(crl)

    of_user = {target.serial: "superseded"}
    of_issuer = {seen.authority("issuing").serial: "cACompromise"}
    assert listed("issuing", "everything", delta=True) == of_user
    assert listed("issuing", "users", delta=True) == of_user
    assert listed("issuing", "authorities", delta=True) == {}
    assert listed("root", "everything") == of_issuer
    assert listed("root", "users") == {}
    assert listed("root", "authorities") == of_issuer


def test_what_certificates_name_already_is_published_on(site):
    set_authority(site, "issuing", crl_scope="separate")
    set_authority(site, "issuing", crl_scope="everything")

    crl = publish_crl(site, "issuing")

    for scope in ("users", "authorities"):
        assert crls.latest(site.db, "issuing", scope).number == crl.number


def test_a_new_base_url_asks_for_a_new_base(site, target):
    """Base and delta must name the same distribution point: RFC 5280 section 5.2.4."""
    set_authority(site, "issuing", crl_scope="separate", delta_hours=6)
    full = read(site, scope="users")
    set_base_url(site, "http://pki.example")

    revoke_certificate(site, target.sha256, "superseded")

    newer = read(site, scope="users")
    delta = read(site, scope="users", delta=True)
    assert newer.number == delta.number == full.number + 1
    assert delta.base == newer.number
    new = "http://pki.example/pki/crl/issuing-users.crl"
    # Certificates that were signed before name the old one still.
    assert newer.places == delta.places == (new, *full.places)
    publish_delta(site, "issuing")
    assert read(site, scope="users", delta=True).base == newer.number


def test_a_new_certificate_names_the_lists_and_the_responder_of_its_kind(
    site, signed_for
):
    set_authority(site, "issuing", crl_scope="separate", delta_hours=6)
    user = signed_for(purpose="tomcat")
    issuer = signed_for(purpose="CAPF", node="pub")

    def names(certificate):
        read = x509.load_der_x509_certificate(certificate.der).extensions
        points = [
            point.full_name[0].value.rpartition("/")[2]
            for kind in (x509.CRLDistributionPoints, x509.FreshestCRL)
            for point in read.get_extension_for_class(kind).value
        ]
        access = read.get_extension_for_class(x509.AuthorityInformationAccess).value
        return points, [each.access_location.value for each in access]

    at = ["http://127.0.0.1:8501/pki/ocsp"]
    at += ["http://127.0.0.1:8501/pki/issuers/issuing.cer"]
    assert names(user) == (["issuing-users.crl", "issuing-users-delta.crl"], at)
    assert names(issuer) == (
        ["issuing-authorities.crl", "issuing-authorities-delta.crl"],
        at,
    )


# -- When an entry goes: RFC 5280 section 3.3 -----------------------------------------


@pytest.mark.parametrize("delta_hours", [0, 24])
def test_an_entry_stays_until_a_regular_list_after_its_end_had_it(
    site, target, later, delta_hours
):
    if delta_hours:
        set_authority(site, "issuing", delta_hours=delta_hours)
    revoke_certificate(site, target.sha256, "superseded")
    left = target.not_after - site.clock.now()
    end = left / timedelta(seconds=1)
    listed = []

    run_due(later(site, seconds=end))
    regular_before = read(site).number
    # However many are published in between, they are not the schedule's.
    for _ in range(3):
        publish_crl(later(site, seconds=end + 1), "issuing")
        listed.append(reasons(read(site)))
    after = later(site, seconds=end)
    while len(listed) < 5:
        before = read(site).number
        after = later(after, hours=20)
        run_due(after)
        if read(site).number > before:
            listed.append(reasons(read(site)))

    there = {target.serial: "superseded"}
    assert listed == [there, there, there, there, {}]
    assert read(site).number > regular_before


def test_one_that_ended_before_a_full_list_had_it_stays_in_the_deltas(
    with_deltas, target, later
):
    left = (target.not_after - with_deltas.clock.now()) / timedelta(seconds=1)
    run_due(later(with_deltas, seconds=left - 60))
    revoke_certificate(
        later(with_deltas, seconds=left - 60), target.sha256, "superseded"
    )
    full = read(with_deltas)

    seen_in_deltas = []
    moment = later(with_deltas, seconds=left)
    while read(with_deltas).number == full.number:
        seen_in_deltas.append(reasons(read(with_deltas, delta=True)))
        moment = later(moment, hours=22)
        run_due(moment)

    assert full.find(target.serial) is None
    assert len(seen_in_deltas) > 2
    assert all(each == {target.serial: "superseded"} for each in seen_in_deltas)
    assert target.serial in reasons(read(with_deltas))


# -- Other tools ----------------------------------------------------------------------


def test_pkilint_finds_nothing_in_any_list_of_the_lab(site, seen, target, later):
    set_authority(site, "root", crl_scope="separate", delta_hours=6)
    set_authority(site, "issuing", crl_scope="separate", delta_hours=6)
    since = site.clock.now() - timedelta(minutes=5)
    hold_certificate(site, target.sha256)
    release_certificate(later(site, minutes=1), target.sha256)
    revoke_certificate(
        later(site, minutes=2), target.sha256, "keyCompromise", invalid_since=since
    )
    hold_certificate(site, seen.authority("issuing").sha256)
    run_due(later(site, days=2))
    publish_crl(later(site, days=2), "issuing")

    published = [
        crl for name in ("root", "issuing") for crl in crls.all_of(site.db, name, 1000)
    ]

    kinds = {(crl.scope, crl.base is None) for crl in published}
    assert len(kinds) == 6
    assert [
        (crl.scope, crl.number, finding.code, message)
        for crl in published
        for finding, message in crl_findings(crl.der)
    ] == []


def test_a_certificate_that_was_released_is_good_again(site, target):
    hold_certificate(site, target.sha256)
    held = certificates.effective(site.db, target.sha256)

    release_certificate(site, target.sha256)

    assert held.end == site.clock.now()
    assert certificates.effective(site.db, target.sha256).end == target.not_after
    assert certificates.revocation(site.db, target.sha256) is None
