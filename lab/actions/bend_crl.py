"""Bend a list of revoked certificates, as it is given out, by the faults that are set.

What is stored stays as it was signed.
"""

from dataclasses import dataclass
from datetime import timedelta

from lab.actions.bend_answer import WEB_PAGE, step_of
from lab.actions.faults import fault_for, faults_of_environment
from lab.actions.key_ring import private_key
from lab.lab import Lab
from lab.models import Certificate, Crl, Fault, Revoked, Step
from lab.pki.bent_crls import Entries, bend_list, change_entries
from lab.pki.bent_signers import Signer
from lab.rules.faults import CRL, OF_ONE_ENTRY
from lab.store import certificates, faults, parties

MEDIA_TYPE = "application/pkix-crl"
_HOUR = timedelta(hours=1)
_REASONS = {"revoked": "keyCompromise", "on_hold": "certificateHold"}
_SERVED = ("slow", "http_500", "wrong_content_type")  # the bytes are the right ones


@dataclass(frozen=True, kw_only=True)
class BentCrl:
    """What to send in place of the list."""

    body: bytes
    fault: str  # names, separated by commas
    http_status: int = 200
    content_type: str = MEDIA_TYPE
    delay_seconds: float = 0
    why: tuple[Step, ...] = ()


def bend_crl(lab: Lab, crl: Crl) -> BentCrl | None:
    """The list with the faults that are at work for it, or None when there is none.

    Those of single certificates change its entries; the one of its authority, or of
    everything, changes all of it. Raises `RuleError` when the lab's keys are sealed.
    """
    issuer = parties.authority(lab.db, crl.authority)
    above = certificates.get(lab.db, issuer.certificate)
    whole = fault_for(lab, "", crl.authority, CRL)
    single = _of_single_ones(lab, above)
    if whole is None and not single:
        return None
    signer = Signer(above.der, private_key(lab, above.key_id))
    body = crl.der
    if changed := _entries(lab, above, whole, single):
        body = change_entries(body, changed, signer)
    at_work = [fault for _, fault in single] + ([whole] if whole else [])
    name, late = (whole.fault, whole.seconds) if whole else ("", 0)
    if name and name not in (*_SERVED, *OF_ONE_ENTRY):
        body = bend_list(body, name, signer, lab.clock.now())
    return BentCrl(
        body=body,
        fault=", ".join(dict.fromkeys(fault.fault for fault in at_work)),
        http_status=500 if name == "http_500" else 200,
        content_type=WEB_PAGE if name == "wrong_content_type" else MEDIA_TYPE,
        delay_seconds=late,
        why=tuple(map(step_of, at_work)),
    )


def _of_single_ones(lab: Lab, issuer: Certificate) -> list[tuple[str, Fault]]:
    """Faults of certificates of this authority, by serial number."""
    set_here = faults.below(lab.db, issuer.sha256, CRL)
    known = {fault.target for _, fault in set_here}
    added = [
        (certificates.get(lab.db, fault.target).serial, fault)
        for fault in faults_of_environment()
        if fault.channel == CRL
        and fault.target not in known
        and certificates.known(lab.db, fault.target)
        and issuer.sha256 in certificates.issuers_of(lab.db, fault.target)
    ]
    return set_here + added


def _entries(
    lab: Lab, issuer: Certificate, whole: Fault | None, single: list[tuple[str, Fault]]
) -> Entries | None:
    """What the faults make of the entries; None: they stay as they are."""
    at = lab.clock.now() - _HOUR
    wanted: dict[str, str] = {}
    everything_goes = False
    if whole and whole.fault in OF_ONE_ENTRY:
        everything_goes = True
        if whole.fault in _REASONS:
            serials = faults.serials_below(lab.db, issuer.sha256)
            wanted = dict.fromkeys(serials, whole.fault)
    wanted |= {serial: fault.fault for serial, fault in single}
    if not wanted and not everything_goes:
        return None
    return Entries(
        without=None if everything_goes else tuple(wanted),
        with_these=[
            Revoked(serial=serial, at=at, reason=_REASONS[name])
            for serial, name in wanted.items()
            if name in _REASONS
        ],
    )
