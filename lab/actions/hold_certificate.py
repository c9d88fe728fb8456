"""Suspend a certificate: it can be released, or revoked for good."""

from datetime import datetime

from lab.actions.revoke_certificate import ON_HOLD_REASON, revoke_certificate
from lab.lab import Lab
from lab.models import Revoked


def hold_certificate(
    lab: Lab, sha256: str, *, invalid_since: datetime | None = None
) -> Revoked:
    """Put it on hold from the lab's now on, and publish a list that says so.

    For as long as it is on hold it is as good as revoked (RFC 5280 section 5.3.1).
    """
    return revoke_certificate(lab, sha256, ON_HOLD_REASON, invalid_since=invalid_since)
