from datetime import timedelta

import pytest
from cryptography import x509

from lab.actions.add_authority import add_authority
from lab.actions.add_parties import add_cluster, add_peer
from lab.actions.deed import deed
from lab.actions.judge import add_certificate
from lab.actions.revoke_certificate import revoke_certificate
from lab.errors import NotFoundError, RuleError
from lab.models import KeySpec, Revoked, SubjectFields
from lab.pki.certificates import build_issuing, build_root
from lab.pki.crls import read_crl
from lab.pki.keys import make_key
from lab.pki.reading import read_certificate
from lab.rules.reasons import REASONS
from lab.store import certificates, crls, parties, places

EC = KeySpec(type="EC", size=256)

CHOOSABLE = [row.name for row in REASONS.values() if row.choosable]
OF_AUTHORITIES = {"cACompromise", "aACompromise"}
OF_LEAVES = [name for name in CHOOSABLE if name not in OF_AUTHORITIES]


def listed(lab, authority):
    """Serial to reason, as the authority's latest CRL says."""
    found = x509.load_der_x509_crl(crls.latest(lab.db, authority).der)
    lines = {}
    for line in found:
        try:
            reason = line.extensions.get_extension_for_class(x509.CRLReason)
            lines[f"{line.serial_number:x}"] = reason.value.reason.value
        except x509.ExtensionNotFound:
            lines[f"{line.serial_number:x}"] = "unspecified"
    return lines


@pytest.mark.parametrize("reason", OF_LEAVES)
def test_the_next_crl_lists_it_with_its_reason(site, seen, reason):
    target = seen.slot("directory", "peer")
    before = crls.latest(site.db, "issuing").number

    revoked = revoke_certificate(site, target.sha256, reason)

    assert revoked == Revoked(serial=target.serial, at=site.clock.now(), reason=reason)
    assert crls.latest(site.db, "issuing").number == before + 1
    assert listed(site, "issuing") == {target.serial: reason}


def test_only_the_issuers_list_changes(site, seen):
    before = crls.latest(site.db, "root")

    revoke_certificate(site, seen.slot("directory", "peer").sha256, "superseded")

    assert crls.latest(site.db, "root") == before


def test_everything_below_a_revoked_issuer_ends_at_that_moment(site, seen):
    target = seen.slot("directory", "peer")

    revoke_certificate(site, seen.authority("issuing").sha256, "cACompromise")

    found = certificates.effective(site.db, target.sha256)
    assert found.end == site.clock.now()
    assert found.limited_by == seen.authority("issuing").sha256


def test_the_events_tell_of_the_revocation_and_then_of_the_list(site, seen):
    revoke_certificate(site, seen.slot("directory", "peer").sha256, "keyCompromise")

    revoked, published = seen.events()[-2:]
    assert (revoked.kind, revoked.detail) == ("certificate.revoked", "keyCompromise")
    assert revoked.about == "CN=ldap.example"
    assert (published.kind, published.about) == ("crl.published", "issuing")


@pytest.mark.parametrize(
    ("seconds", "refused"),
    [(-1, False), (0, False), (1, True)],
    ids=["one second before its end", "in its last second", "one second after"],
)
def test_an_expired_certificate_cannot_be_revoked(
    site, seen, later, refusal_of, seconds, refused
):
    target = seen.slot("directory", "peer")
    left = target.not_after + timedelta(seconds=seconds) - site.clock.now()
    moment = later(site, seconds=left.total_seconds())

    if refused:
        with refusal_of(moment, RuleError, "CN=ldap.example expired on"):
            revoke_certificate(moment, target.sha256, "superseded")
    else:
        revoke_certificate(moment, target.sha256, "superseded")

    assert (certificates.revocation(site.db, target.sha256) is None) == refused


def test_it_is_revoked_once(site, seen, refusal_of):
    target = seen.slot("directory", "peer").sha256
    revoke_certificate(site, target, "keyCompromise")

    for reason in ("keyCompromise", "superseded", "certificateHold"):
        with refusal_of(site, RuleError, "was revoked on 2030-01-01 13:00 UTC"):
            revoke_certificate(site, target, reason)


def test_a_hold_can_become_final(site, seen):
    target = seen.slot("directory", "peer")
    revoke_certificate(site, target.sha256, "certificateHold")

    revoke_certificate(site, target.sha256, "keyCompromise")

    assert listed(site, "issuing") == {target.serial: "keyCompromise"}


def test_what_was_on_hold_stays_revoked_from_then_on(site, seen, later):
    target = seen.slot("directory", "peer").sha256
    held = revoke_certificate(site, target, "certificateHold")

    final = revoke_certificate(later(site, days=3), target, "keyCompromise")

    assert final.at == held.at
    assert certificates.revocation(site.db, target) == final


def test_a_hold_is_not_given_twice(site, seen, refusal_of):
    target = seen.slot("directory", "peer").sha256
    revoke_certificate(site, target, "certificateHold")

    with refusal_of(site, RuleError, "(certificateHold)"):
        revoke_certificate(site, target, "certificateHold")


@pytest.mark.parametrize("reason", ["", "bored", "KEYCOMPROMISE", "removeFromCRL"])
def test_an_unknown_reason_is_refused_and_the_known_are_named(
    site, seen, refusal_of, reason
):
    target = seen.slot("directory", "peer").sha256

    with refusal_of(site, RuleError, repr(reason)) as caught:
        revoke_certificate(site, target, reason)
    assert "keyCompromise" in caught.value.hint
    assert "removeFromCRL" not in caught.value.hint


@pytest.mark.parametrize("reason", sorted(OF_AUTHORITIES))
def test_a_leaf_is_not_revoked_for_what_happens_to_authorities(
    site, seen, refusal_of, reason
):
    target = seen.slot("directory", "peer").sha256

    with refusal_of(site, RuleError, f"{reason} is for an") as caught:
        revoke_certificate(site, target, reason)
    assert reason not in caught.value.hint


def test_no_authority_of_the_lab_is_one_for_attributes(site, seen, refusal_of):
    target = seen.authority("issuing").sha256

    with refusal_of(site, RuleError, "aACompromise is for an attribute authority"):
        revoke_certificate(site, target, "aACompromise")


def test_what_a_foreign_issuer_signed_cannot_be_revoked(site, refusal_of):
    key = make_key(EC)
    dates = {
        "not_before": site.clock.now(),
        "not_after": site.clock.now() + timedelta(days=9),
    }
    root = build_root(subject=SubjectFields(common_name="Abroad"), key=key, **dates)
    der = build_issuing(
        subject=SubjectFields(common_name="Stranger"),
        public_key=key.public_key(),
        issuer_certificate=root,
        issuer_key=key,
        **dates,
    )
    stranger = read_certificate(der)
    with deed(site):
        add_certificate(site.db, stranger)

    with refusal_of(site, RuleError, "CN=Abroad, which is not one of the lab's own"):
        revoke_certificate(site, stranger.sha256, "superseded")


@pytest.mark.parametrize("name", ["root", "tomcat"])
def test_what_signed_itself_cannot_be_revoked(site, seen, refusal_of, name):
    own = seen.authority(name) if name == "root" else seen.slot("sub", name)

    with refusal_of(site, RuleError, "signed itself, and no issuer can revoke it"):
        revoke_certificate(site, own.sha256, "superseded")


def test_an_unknown_certificate_cannot_be_revoked(site, refusal_of):
    with refusal_of(site, NotFoundError, "no certificate with fingerprint"):
        revoke_certificate(site, "ab" * 32, "superseded")


def test_an_authority_that_has_ended_takes_nothing_back(lab, refusal_of, later):
    add_authority(lab, "short", "Short CA", key=EC, days=20)
    add_cluster(lab, "Site", "uc.example")
    add_peer(lab, "Site", "directory", "directory", "a.example", authority="short")
    peer = parties.by_name(lab.db, "Site", "directory")
    target = places.slot(lab.db, peer.id, "peer").certificate
    after = later(lab, days=21)

    with refusal_of(after, RuleError, "Short CA itself ended on 2030-01-21"):
        revoke_certificate(after, target, "superseded")


def test_an_invalidity_date_goes_into_the_list_with_it(site, seen):
    target = seen.slot("directory", "peer")
    since = site.clock.now() - timedelta(minutes=20)

    revoked = revoke_certificate(
        site, target.sha256, "keyCompromise", invalid_since=since
    )

    line = read_crl(crls.latest(site.db, "issuing").der).find(target.serial)
    assert line == revoked
    assert line.invalid_since == since
