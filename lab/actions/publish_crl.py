"""Sign the next certificate revocation list of an authority."""

from datetime import timedelta

from lab.actions.deed import deed, record
from lab.actions.key_ring import private_key
from lab.clock import utc_text
from lab.lab import Lab
from lab.models import Crl
from lab.pki.crls import sign_crl
from lab.store import certificates, crls, jobs, parties


def publish_crl(lab: Lab, authority: str) -> Crl:
    """Sign and keep the list that is true now, and schedule the one after it.

    The next list is made when nine tenths of this one's time have gone, so that a
    client always finds one that has not ended.
    """
    with deed(lab) as now:
        issuer = parties.authority(lab.db, authority)
        certificate = certificates.get(lab.db, issuer.certificate)
        before = crls.latest(lab.db, authority)
        number = before.number + 1 if before else 1
        period = timedelta(days=issuer.crl_days)
        revoked = certificates.revoked_below(lab.db, certificate.sha256, now)
        der = sign_crl(
            issuer_certificate=certificate.der,
            issuer_key=private_key(lab, certificate.key_id),
            number=number,
            this_update=now,
            next_update=now + period,
            revoked=revoked,
        )
        crl = Crl(
            authority=authority,
            number=number,
            der=der,
            this_update=now,
            next_update=now + period,
        )
        crls.add(lab.db, crl)
        jobs.cancel(lab.db, "publish_crl", authority)
        if certificate.not_after > now + period:
            due_at = now + period * 9 / 10
            due_at = due_at.replace(microsecond=0)
            jobs.schedule(lab.db, "publish_crl", due_at=due_at, about=authority)
        detail = (
            f"number {number}, {len(revoked)} revoked, "
            f"next update {utc_text(crl.next_update)}"
        )
        record(lab, now, "crl.published", authority, detail)
    return crl
