"""Give an authority the certificate that signs its OCSP answers."""

from datetime import timedelta

from lab.actions.deed import deed, record
from lab.actions.identities import put_in_slot
from lab.actions.judge import add_certificate
from lab.actions.key_ring import new_key, private_key
from lab.clock import utc_text
from lab.lab import Lab
from lab.models import Certificate, KeySpec, SubjectFields
from lab.pki.certificates import build_ocsp_signer
from lab.pki.reading import read_certificate
from lab.store import certificates, jobs, parties

# ocsp-nocheck means that nobody asks whether it is revoked, so it lives for a short
# time only: RFC 6960 section 4.2.2.2.1.
_LIFE = timedelta(days=180)
_KEY = KeySpec(type="EC", size=256)


def issue_ocsp_signer(lab: Lab, authority: str) -> Certificate:
    """Make a delegated signer and put it in use; the next one is scheduled."""
    with deed(lab) as now:
        issuer = parties.authority(lab.db, authority)
        certificate = certificates.get(lab.db, issuer.certificate)
        key = new_key(lab, _KEY)
        not_after = min(now + _LIFE, certificate.not_after)
        signer = read_certificate(
            build_ocsp_signer(
                subject=SubjectFields(common_name=f"{issuer.label} OCSP signer"),
                public_key=key.public_key(),
                issuer_certificate=certificate.der,
                issuer_key=private_key(lab, certificate.key_id),
                not_before=now,
                not_after=not_after,
            )
        )
        add_certificate(lab.db, signer)
        put_in_slot(
            lab,
            issuer.party,
            "OCSP signer",
            signer.sha256,
            since=now,
            how="issued",
            description=f"Certificate Signed by {issuer.label}",
        )
        jobs.cancel(lab.db, "issue_ocsp_signer", authority)
        if certificate.not_after > not_after:
            due_at = now + _LIFE * 3 / 4
            jobs.schedule(lab.db, "issue_ocsp_signer", due_at=due_at, about=authority)
        detail = f"{signer.common_name}, until {utc_text(not_after)}"
        record(lab, now, "ocsp_signer.issued", authority, detail)
    return signer
