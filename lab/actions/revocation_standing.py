"""Where a certificate stands, and which deeds of revocation are open to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Revoked
from lab.rules.reasons import (
    EXPIRED,
    FOREIGN,
    GOOD,
    ON_HOLD,
    REASONS,
    REVOKED,
    SELF_SIGNED,
    TRANSITIONS,
)
from lab.store import certificates, crls, parties


@dataclass(frozen=True, kw_only=True)
class RevocationStanding:
    """A certificate as its issuer sees it."""

    certificate: Certificate
    state: str  # as in `lab.rules.reasons.TRANSITIONS`
    revoked: Revoked | None
    issuers: tuple[str, ...]  # authorities of the lab that issued it
    now: datetime

    def refusal(self, deed: str) -> RuleError | None:
        """Why this deed is not open to it; None when it is."""
        row = TRANSITIONS[self.state, deed]
        if row.becomes:
            return None
        refusal, hint = row.refusal, row.hint
        return RuleError(
            refusal,
            hint=hint,
            subject=self.certificate.subject,
            issuer=self.certificate.issuer,
            end=utc_text(self.certificate.not_after),
            now=utc_text(self.now),
            at=utc_text(self.revoked.at) if self.revoked else "",
            reason=self.revoked.reason if self.revoked else "",
        )

    def check(self, deed: str) -> None:
        """Raise the refusal, if there is one."""
        if refusal := self.refusal(deed):
            raise refusal

    @property
    def invalid_span(self) -> tuple[datetime, datetime] | None:
        """The first and the last whole minute that an invalidity date can be."""
        last = (self.revoked.at if self.revoked else self.now).replace(second=0)
        first = self.certificate.not_before
        if first.second:
            first = first.replace(second=0) + timedelta(minutes=1)
        return (first, last) if first <= last else None

    def check_invalid_since(self, since: datetime, revoked_at: datetime) -> None:
        """Raise a `RuleError` for an invalidity date that cannot be.

        It is at the earliest the beginning of the certificate, and may be before the
        revocation, not after it: RFC 5280 section 5.3.2.
        """
        if not self.certificate.not_before <= since <= revoked_at:
            raise RuleError(
                "the invalidity date {since} is not between {start}, when {subject} "
                "begins, and {at}, when it was revoked",
                hint="Say since when it was not to be believed.",
                since=utc_text(since),
                start=utc_text(self.certificate.not_before),
                subject=self.certificate.subject,
                at=utc_text(revoked_at),
            )


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """When the clients of one authority have learned of a change for sure."""

    authority: str
    by_list: datetime | None  # the end of what it has published last
    answer_minutes: int  # for how long an OCSP answer holds; 0: nobody answers


def when_noticed(lab: Lab, standing: RevocationStanding) -> list[Noticed]:
    """For each issuer, until when a client may go by what it knew before."""
    found = []
    for name in standing.issuers:
        authority = parties.authority(lab.db, name)
        has_deltas = authority.delta_hours > 0
        latest = crls.latest(lab.db, name, delta=has_deltas)
        found.append(
            Noticed(
                authority=authority.label,
                by_list=latest.next_update if latest else None,
                answer_minutes=authority.ocsp_minutes
                if authority.ocsp != "none"
                else 0,
            )
        )
    return found


def revocation_standing(lab: Lab, sha256: str, now: datetime) -> RevocationStanding:
    """How this certificate stands; `NotFoundError` when the lab has none such."""
    certificate = certificates.get(lab.db, sha256)
    above = certificates.issuers_of(lab.db, sha256)
    own = tuple(
        authority.name
        for authority in parties.authorities(lab.db)
        if authority.certificate in above and authority.certificate != sha256
    )
    revoked = certificates.revocation(lab.db, sha256)
    return RevocationStanding(
        certificate=certificate,
        state=_state(certificate, revoked, own, now),
        revoked=revoked,
        issuers=own,
        now=now,
    )


def _state(
    certificate: Certificate,
    revoked: Revoked | None,
    own: tuple[str, ...],
    now: datetime,
) -> str:
    if certificate.self_signed:
        return SELF_SIGNED
    if not own:
        return FOREIGN
    if certificate.expired(now):
        return EXPIRED
    if revoked is None:
        return GOOD
    return ON_HOLD if REASONS[revoked.reason].reversible else REVOKED
