"""Say since when a revoked certificate was not to be believed any more."""

from dataclasses import replace
from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.publish_crl import publish_change
from lab.actions.revocation_standing import revocation_standing
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Revoked
from lab.rules.reasons import DATE
from lab.store import certificates


def set_invalidity_date(lab: Lab, sha256: str, since: datetime | None) -> Revoked:
    """Keep the date (UTC), or with None forget it, and publish that.

    It is when the key is known or suspected to have leaked, and may be before the
    revocation (RFC 5280 section 5.3.2). It changes nobody's verdict.
    """
    with deed(lab) as now:
        found = revocation_standing(lab, sha256, now)
        found.check(DATE)
        assert found.revoked  # nothing else can have such a date
        since = since and since.replace(microsecond=0)
        if since == found.revoked.invalid_since:
            raise RuleError(
                "{subject} has {since} as its invalidity date already",
                hint="Nothing needs to be done.",
                subject=found.certificate.subject,
                since=_text(since),
            )
        if since:
            found.check_invalid_since(since, found.revoked.at)
        revoked = replace(found.revoked, invalid_since=since)
        certificates.mark_revoked(
            lab.db, sha256, at=revoked.at, reason=revoked.reason, invalid_since=since
        )
        detail = f"{_text(found.revoked.invalid_since)} to {_text(since)}"
        record(lab, now, "certificate.dated", found.certificate.subject, detail)
        for authority in found.issuers:
            publish_change(lab, authority)
    return revoked


def _text(since: datetime | None) -> str:
    return utc_text(since) if since else "none"
