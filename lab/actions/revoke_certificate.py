"""Take a certificate back before it expires."""

from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.publish_crl import publish_crl
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Revoked
from lab.rules.reasons import REASONS
from lab.store import certificates, parties


def revoke_certificate(lab: Lab, sha256: str, reason: str) -> Revoked:
    """Mark it as revoked from the lab's now on, and publish a CRL that says so.

    Only the lab's own authorities can revoke, and only what has not expired. A
    client that holds an earlier CRL does not notice before its next update.
    """
    with deed(lab) as now:
        certificate = certificates.get(lab.db, sha256)
        before = certificates.revocation(lab.db, sha256)
        _check_reason(reason)
        _check_may_be_revoked(certificate, before, reason, now)
        issuers = certificates.issuers_of(lab.db, sha256)
        own = [
            authority.name
            for authority in parties.authorities(lab.db)
            if authority.certificate in issuers
        ]
        if not own:
            raise RuleError(
                "{subject} was issued by {issuer}, which is not one of the lab's own",
                hint="Only its issuer can revoke it.",
                subject=certificate.subject,
                issuer=certificate.issuer,
            )
        certificates.mark_revoked(lab.db, sha256, at=now, reason=reason)
        lab.touch(sha256)
        record(lab, now, "certificate.revoked", certificate.subject, reason)
        for authority in own:
            publish_crl(lab, authority)
    return Revoked(serial=certificate.serial, at=now, reason=reason)


def _check_reason(reason: str) -> None:
    choosable = [row.name for row in REASONS.values() if row.choosable]
    if reason not in choosable:
        raise RuleError(
            "unknown revocation reason {reason}",
            hint="Pick one of: {known}.",
            reason=repr(reason),
            known=", ".join(choosable),
        )


def _check_may_be_revoked(
    certificate: Certificate, before: Revoked | None, reason: str, now: datetime
) -> None:
    if certificate.expired(now):
        raise RuleError(
            "{subject} expired on {end}; the lab's clock says {now}",
            hint="CRLs drop expired certificates. Try an earlier date as a what-if.",
            subject=certificate.subject,
            end=utc_text(certificate.not_after),
            now=utc_text(now),
        )
    if before and (before.reason == reason or not REASONS[before.reason].reversible):
        raise RuleError(
            "{subject} was revoked on {at} ({reason})",
            hint="Only certificateHold can be followed by another reason.",
            subject=certificate.subject,
            at=utc_text(before.at),
            reason=before.reason,
        )
