"""Take a certificate back before it expires."""

from dataclasses import replace
from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.publish_crl import publish_change
from lab.actions.revocation_standing import revocation_standing
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Revoked
from lab.rules.reasons import HOLD, REASONS, REVOKE, fits
from lab.store import certificates

ON_HOLD_REASON = "certificateHold"


def revoke_certificate(
    lab: Lab, sha256: str, reason: str, *, invalid_since: datetime | None = None
) -> Revoked:
    """Mark it as revoked from the lab's now on, and publish a list that says so.

    Only the lab's own authorities can revoke, and only what has not expired. What was
    on hold stays revoked from then on (X.509, hold instruction code). `invalid_since`
    is since when it was not to be believed, where that is known. A client that holds
    an earlier list does not notice before its next update.
    """
    with deed(lab) as now:
        found = revocation_standing(lab, sha256, now)
        is_hold = reason == ON_HOLD_REASON
        _check_reason(reason, found.certificate)
        found.check(HOLD if is_hold else REVOKE)
        before = found.revoked
        revoked = Revoked(
            serial=found.certificate.serial,
            at=before.at if before else now,
            reason=reason,
            invalid_since=before.invalid_since if before else None,
        )
        if invalid_since:
            since = invalid_since.replace(microsecond=0)
            found.check_invalid_since(since, revoked.at)
            revoked = replace(revoked, invalid_since=since)
        certificates.mark_revoked(
            lab.db,
            sha256,
            at=revoked.at,
            reason=reason,
            invalid_since=revoked.invalid_since,
        )
        lab.touch(sha256)
        kind = "certificate.held" if is_hold else "certificate.revoked"
        record(lab, now, kind, found.certificate.subject, reason)
        for authority in found.issuers:
            publish_change(lab, authority)
    return revoked


def _check_reason(reason: str, certificate: Certificate) -> None:
    choosable = reasons_for(certificate)
    if reason in choosable:
        return
    if reason in REASONS and REASONS[reason].choosable:
        raise RuleError(
            "{reason} is for an {kind}, and {subject} is none",
            hint="Pick one of: {known}.",
            reason=reason,
            kind=REASONS[reason].fits,
            subject=certificate.subject,
            known=", ".join(choosable),
        )
    raise RuleError(
        "unknown revocation reason {reason}",
        hint="Pick one of: {known}.",
        reason=repr(reason),
        known=", ".join(choosable),
    )


def reasons_for(certificate: Certificate) -> list[str]:
    """The reasons that can be given for it, in the order of their codes."""
    return [
        row.name
        for row in REASONS.values()
        if row.choosable and fits(row, is_ca=certificate.is_ca)
    ]
