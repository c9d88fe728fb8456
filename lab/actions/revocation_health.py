"""How each authority's responder and lists are: who signs, how old, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lab.lab import Lab
from lab.models import Authority, Certificate, Crl
from lab.store import certificates, crls, jobs, keys, parties, places


class Health(StrEnum):
    """How a list or a signer is; the worst comes first."""

    ENDED = "ended"  # clients get nothing that they may believe
    MISSING = "missing"  # it should be there and is not
    SEALED = "sealed"  # the key cannot be opened without the passphrase
    LATE = "late"  # its successor was due, and has not come
    LAST = "last"  # no successor is planned
    FRESH = "fresh"
    OFF = "off"  # the authority has none, as it was set


TROUBLED = (Health.ENDED, Health.MISSING, Health.SEALED, Health.LATE)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that an authority gives to clients: its answers, or one of its lists.

    `start` and `end` are those of the list, or of the certificate that signs answers.
    """

    authority: Authority
    what: str  # "OCSP", "CRL" or "delta CRL"
    health: Health
    scope: str = ""  # of a list: "everything", "users" or "authorities"
    number: int | None = None
    signer: Certificate | None = None
    start: datetime | None = None
    end: datetime | None = None
    planned: datetime | None = None  # when its successor comes

    def age(self, now: datetime) -> float | None:
        """The share of its life that is over; None where nothing lives."""
        if self.start is None or self.end is None or self.end <= self.start:
            return None
        return min(max((now - self.start) / (self.end - self.start), 0.0), 1.0)


def revocation_health(lab: Lab, now: datetime) -> list[Line]:
    """Each authority's OCSP answers, then its full and its delta lists."""
    published = crls.newest(lab.db, now)
    lines = []
    for authority in parties.authorities(lab.db):
        lines.append(_responder(lab, authority, now))
        own = [each for each in published if each.authority == authority.name]
        for scope in _scopes(authority):
            for what in ("CRL", "delta CRL") if authority.delta_hours else ("CRL",):
                lines.append(_list(lab, authority, what, scope, own, now))
    return lines


def _scopes(authority: Authority) -> tuple[str, ...]:
    if authority.crl_scope == "separate":
        return ("everything", "users", "authorities")
    return ("everything",)


def _list(
    lab: Lab,
    authority: Authority,
    what: str,
    scope: str,
    own: list[Crl],
    now: datetime,
) -> Line:
    is_delta = what == "delta CRL"
    newest = next(
        (
            each
            for each in own
            if each.scope == scope and (each.base is not None) == is_delta
        ),
        None,
    )
    if newest is None:
        return Line(authority=authority, what=what, scope=scope, health=Health.MISSING)
    kind = "publish_delta" if is_delta else "publish_crl"
    planned = jobs.planned(lab.db, kind, authority.name)
    return Line(
        authority=authority,
        what=what,
        scope=scope,
        health=_health(newest.next_update, planned, now),
        number=newest.number,
        start=newest.this_update,
        end=newest.next_update,
        planned=planned,
    )


def _responder(lab: Lab, authority: Authority, now: datetime) -> Line:
    if authority.ocsp == "none":
        return Line(authority=authority, what="OCSP", health=Health.OFF)
    sha256, planned = authority.certificate, None
    if authority.ocsp == "delegated":
        slot = places.slot(lab.db, authority.party, "OCSP signer")
        if slot is None:
            return Line(authority=authority, what="OCSP", health=Health.MISSING)
        sha256 = slot.certificate
        planned = jobs.planned(lab.db, "issue_ocsp_signer", authority.name)
    signer = certificates.get(lab.db, sha256)
    health = _health(signer.not_after, planned, now)
    if authority.ocsp == "authority" and health is Health.LAST:
        health = Health.FRESH  # an authority is not renewed by itself
    if not _can_sign(lab, signer):
        health = Health.SEALED
    return Line(
        authority=authority,
        what="OCSP",
        health=health,
        signer=signer,
        start=signer.not_before,
        end=signer.not_after,
        planned=planned,
    )


def _can_sign(lab: Lab, signer: Certificate) -> bool:
    if not keys.known(lab.db, signer.key_id):
        return False
    _material, sealed = keys.get(lab.db, signer.key_id)
    return lab.sealer is not None or not sealed


def _health(end: datetime, planned: datetime | None, now: datetime) -> Health:
    if end <= now:
        return Health.ENDED
    if planned is None:
        return Health.LAST
    return Health.LATE if planned <= now else Health.FRESH


def answers_hold(authority: Authority) -> timedelta:
    """For how long a client may go by an OCSP answer."""
    return timedelta(minutes=authority.ocsp_minutes)
