"""Lift the hold of a certificate."""

from lab.actions.deed import deed, record
from lab.actions.publish_crl import publish_change
from lab.actions.revocation_standing import revocation_standing
from lab.clock import utc_text
from lab.lab import Lab
from lab.models import Certificate
from lab.rules.reasons import RELEASE
from lab.store import certificates


def release_certificate(lab: Lab, sha256: str) -> Certificate:
    """Make it good again, as if it had never been on hold, and publish that.

    The next full list leaves it out; a delta says `removeFromCRL` of it until then
    (RFC 5280 section 5.2.4).
    """
    with deed(lab) as now:
        found = revocation_standing(lab, sha256, now)
        found.check(RELEASE)
        assert found.revoked  # nothing else can be released
        certificates.clear_revocation(lab.db, sha256)
        lab.touch(sha256)
        detail = f"on hold since {utc_text(found.revoked.at)}"
        record(lab, now, "certificate.released", found.certificate.subject, detail)
        for authority in found.issuers:
            publish_change(lab, authority)
    return found.certificate
