"""What a responder knows: issuers, certificates, signers and faults, as read once."""

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from lab.actions.faults import VARIABLE, fault_for
from lab.actions.key_ring import private_key
from lab.clock import ShiftedClock, utc_text
from lab.lab import Lab
from lab.models import Authority, Certificate, Fault, Step
from lab.pki.keys import PrivateKey
from lab.pki.ocsp import HASHES, Answer, CertId, is_usual, issuer_hashes
from lab.rules.faults import OCSP
from lab.store import certificates, parties, places, settings, statuses

_MOST_FOUND = 5_000
_MOST_KEYS = 64


class NoAnswerError(Exception):
    """Why there is no answer: the status of OCSP that says so, and it in words."""

    def __init__(self, status: str, step: Step, *, is_due: bool = False) -> None:
        super().__init__(status)
        self.status, self.step = status, step
        self.is_due = is_due  # it may be otherwise when what is due has been done


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs for an authority, from when to when."""

    certificate: Certificate
    key: PrivateKey
    along: tuple[bytes, ...]  # certificates that a client may lack
    step: Step


@dataclass(frozen=True, kw_only=True)
class Found:
    """All that is known about one certificate that a client may ask about."""

    authority: Authority
    answer: Answer
    fault: Fault | None
    steps: tuple[Step, ...]


@dataclass
class Book:
    """What was read from the lab, and is true until somebody writes."""

    lab: Lab
    shift: timedelta = timedelta()  # between the machine's time and the lab's
    _version: tuple[tuple[int, int], str] | None = None
    _timed: Lab = field(init=False)
    _issuers: dict[tuple[bytes, bytes], Authority] = field(default_factory=dict)
    _found: dict[CertId, Found] = field(default_factory=dict)
    _signers: dict[str, Signer] = field(default_factory=dict)
    _keys: dict[str, PrivateKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._timed = self.lab
        if isinstance(self.lab.clock, ShiftedClock):
            self._timed = replace(self.lab, clock=ShiftedClock(lambda: self.shift))

    def refresh(self) -> bool:
        """Forget everything when somebody has written since; say whether so."""
        version = statuses.changes(self.lab.db), os.environ.get(VARIABLE, "")
        if version == self._version:
            return False
        self.shift = settings.clock_shift(self.lab.db)
        self._issuers = _issuers(self.lab)
        self._found.clear()
        self._signers.clear()
        self._version = version
        return True

    def moment(self) -> datetime:
        """The lab's now; its shift is not looked up each time."""
        lab = self._timed
        return lab.clock.now()

    def find(self, wanted: CertId) -> Found:
        """What there is to say; `NoAnswerError` where that is for others to say."""
        found = self._found.get(wanted)
        if found is None:
            if not is_usual(wanted):  # whoever makes such up could fill the memory
                return self._look_up(wanted)
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            found = self._found[wanted] = self._look_up(wanted)
        return found

    def signer(self, authority: Authority, now: datetime) -> Signer:
        """Who signs for it now; `NoAnswerError` while nobody can."""
        signer = self._signers.get(authority.name)
        if signer is None:
            signer = self._signers[authority.name] = self._take_signer(authority)
        ends = signer.certificate.not_after
        if not signer.certificate.not_before <= now <= ends:
            raise _cannot_sign(
                Step(
                    template="{signer} could sign from {begin} to {end} only",
                    values={
                        "signer": signer.certificate.subject,
                        "begin": utc_text(signer.certificate.not_before),
                        "end": utc_text(ends),
                    },
                    is_fine=False,
                )
            )
        return signer

    def issuer(self, authority: Authority) -> tuple[bytes, PrivateKey]:
        """The certificate and the key of the authority itself."""
        certificate = certificates.get(self.lab.db, authority.certificate)
        return certificate.der, self._key(certificate.key_id)

    def _look_up(self, wanted: CertId) -> Found:
        authority = self._authority(wanted)
        serial = f"{wanted.serial:x}"
        known = {"issuer": authority.label, "serial": serial}
        status = statuses.of_serial(self.lab.db, authority.certificate, wanted.serial)
        if status is None:
            said = Answer(id=wanted, status="unknown")
            template = "{issuer} has issued nothing with the serial number {serial}"
        elif status.revoked_at is None:
            said = Answer(id=wanted, status="good")
            template = "{subject} with the serial number {serial} is not revoked"
        else:
            said = Answer(
                id=wanted, status="revoked", at=status.revoked_at, reason=status.reason
            )
            template = "{subject} with the serial number {serial} was revoked on {at}"
            template += " ({reason})"
            known |= {"at": utc_text(status.revoked_at), "reason": status.reason}
        if status:
            known["subject"] = status.subject
        steps = (
            Step(
                template="the hashes ({hash}) are those of {issuer}",
                values={"hash": wanted.hash_name, "issuer": authority.label},
            ),
            Step(template=template, values=known),
        )
        sha256 = status.sha256 if status else ""
        fault = fault_for(self.lab, sha256, authority.name, OCSP)
        return Found(authority=authority, answer=said, fault=fault, steps=steps)

    def _authority(self, wanted: CertId) -> Authority:
        authority = self._issuers.get((wanted.name_hash, wanted.key_hash))
        if wanted.hash_name not in HASHES:
            step = Step(
                template="the hash {hash} names no issuer here",
                values={"hash": wanted.hash_name},
                is_fine=False,
            )
        elif authority is None:
            step = Step(
                template="the hashes ({hash}) are of no authority of this lab",
                values={"hash": wanted.hash_name},
                is_fine=False,
            )
        elif authority.ocsp == "none":
            step = Step(
                template="{issuer} has nobody who signs OCSP answers",
                values={"issuer": authority.label},
                is_fine=False,
            )
        else:
            return authority
        raise NoAnswerError("unauthorized", step)

    def _take_signer(self, authority: Authority) -> Signer:
        if authority.ocsp == "authority":
            certificate = certificates.get(self.lab.db, authority.certificate)
            step = Step(
                template="{issuer} signs itself", values={"issuer": authority.label}
            )
            key = self._key(certificate.key_id)
            return Signer(certificate=certificate, key=key, along=(), step=step)
        place = places.slot(self.lab.db, authority.party, "OCSP signer")
        if place is None:
            raise _cannot_sign(
                Step(
                    template="{issuer} has no OCSP signer yet",
                    values={"issuer": authority.label},
                    is_fine=False,
                )
            )
        certificate = certificates.get(self.lab.db, place.certificate)
        return Signer(
            certificate=certificate,
            key=self._key(certificate.key_id),
            along=(certificate.der,),
            step=Step(
                template="{signer} signs, whom {issuer} has delegated until {end}",
                values={
                    "signer": certificate.subject,
                    "issuer": authority.label,
                    "end": utc_text(certificate.not_after),
                },
            ),
        )

    def _key(self, key_id: str) -> PrivateKey:
        # The key of that id never changes, whatever else does.
        if key_id not in self._keys:
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            self._keys[key_id] = private_key(self.lab, key_id)
        return self._keys[key_id]


def _cannot_sign(step: Step) -> NoAnswerError:
    return NoAnswerError("tryLater", step, is_due=True)


def _issuers(lab: Lab) -> dict[tuple[bytes, bytes], Authority]:
    authorities = parties.authorities(lab.db)
    found = certificates.many(lab.db, (each.certificate for each in authorities))
    return {
        hashes: authority
        for authority in authorities
        for hashes in _hashes(found[authority.certificate].der)
    }


@lru_cache(maxsize=256)
def _hashes(der: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(issuer_hashes(der, name) for name in HASHES)
