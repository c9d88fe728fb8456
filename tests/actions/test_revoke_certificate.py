from datetime import timedelta

import pytest
from cryptography import x509

from lab.actions.publish_crl import publish_crl
from lab.actions.revoke_certificate import revoke_certificate
from lab.errors import NotFoundError, RuleError
from lab.models import Revoked
from lab.rules.reasons import REASONS
from lab.store import certificates, crls

CHOOSABLE = [row.name for row in REASONS.values() if row.choosable]


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


@pytest.mark.parametrize("reason", CHOOSABLE)
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


def test_what_a_foreign_issuer_signed_cannot_be_revoked(site, seen, refusal_of):
    own = seen.slot("sub", "tomcat")

    with refusal_of(site, RuleError, "which is not one of the lab's own"):
        revoke_certificate(site, own.sha256, "superseded")


def test_an_unknown_certificate_cannot_be_revoked(site, refusal_of):
    with refusal_of(site, NotFoundError, "no certificate with fingerprint"):
        revoke_certificate(site, "ab" * 32, "superseded")


def test_a_list_leaves_out_what_has_expired_since(site, seen, later):
    target = seen.slot("directory", "peer")
    revoke_certificate(site, target.sha256, "superseded")
    left = (target.not_after - site.clock.now()).total_seconds()

    publish_crl(later(site, seconds=left), "issuing")
    in_its_last_second = listed(site, "issuing")
    publish_crl(later(site, seconds=left + 1), "issuing")

    assert in_its_last_second == {target.serial: "superseded"}
    assert listed(site, "issuing") == {}
