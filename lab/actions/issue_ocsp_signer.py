"""Give an authority the certificate that signs its OCSP answers."""

from datetime import timedelta

from lab.actions.deed import deed, record
from lab.actions.identities import put_in_slot
from lab.actions.judge import add_certificate
from lab.actions.key_ring import new_key, private_key
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Authority, Certificate, KeySpec, SubjectFields
from lab.pki.certificates import build_ocsp_signer
from lab.pki.reading import read_certificate
from lab.store import certificates, jobs, parties, places

SLOT = "OCSP signer"
# ocsp-nocheck means that nobody asks whether it is revoked, so it lives for a short
# time only: RFC 6960 section 4.2.2.2.1.
_LIFE = timedelta(days=60)
SIGNER_KEYS = (KeySpec(type="EC", size=256), KeySpec(type="RSA", size=2048))


def issue_ocsp_signer(
    lab: Lab, authority: str, *, key: KeySpec | None = None
) -> Certificate:
    """Make a delegated signer and put it in use; the next one is due at half its life.

    `key` is EC 256 or RSA 2048; without it, it is of the kind that the signer before
    had, or EC 256.
    """
    with deed(lab) as now:
        if key:
            check_signer_key(key)
        issuer = parties.authority(lab.db, authority)
        certificate = certificates.get(lab.db, issuer.certificate)
        signer_key = new_key(lab, key or _kind_before(lab, issuer))
        not_after = min(now + _LIFE, certificate.not_after)
        signer = read_certificate(
            build_ocsp_signer(
                subject=SubjectFields(common_name=f"{issuer.label} OCSP signer"),
                public_key=signer_key.public_key(),
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
            SLOT,
            signer.sha256,
            since=now,
            how="issued",
            description=f"Certificate Signed by {issuer.label}",
        )
        jobs.cancel(lab.db, "issue_ocsp_signer", authority)
        if certificate.not_after > not_after:
            due_at = now + _LIFE / 2
            jobs.schedule(lab.db, "issue_ocsp_signer", due_at=due_at, about=authority)
        detail = f"{signer.common_name}, until {utc_text(not_after)}"
        record(lab, now, "ocsp_signer.issued", authority, detail)
    return signer


def check_signer_key(key: KeySpec) -> None:
    """Raise a `RuleError` for a key that not every client can check."""
    if key not in SIGNER_KEYS:
        raise RuleError(
            "an OCSP signer cannot have a key of {key}",
            hint="Choose one of: {known}.",
            key=key,
            known=", ".join(map(str, SIGNER_KEYS)),
        )


def _kind_before(lab: Lab, issuer: Authority) -> KeySpec:
    place = places.slot(lab.db, issuer.party, SLOT)
    if place is None:
        return SIGNER_KEYS[0]
    signer = certificates.get(lab.db, place.certificate)
    return KeySpec(type=signer.key_type, size=signer.key_size)
