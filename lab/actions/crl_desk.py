"""What an authority signs its revocation lists from, and what they say."""

from dataclasses import dataclass
from datetime import datetime

from lab.actions.issuer_urls import crl_url
from lab.actions.key_ring import private_key
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Authority, Certificate, Crl, Revoked
from lab.pki.crls import AUTHORITIES, EVERYTHING, REMOVE, USERS, read_crl, sign_crl
from lab.pki.keys import PrivateKey
from lab.store import certificates, crls, parties, settings

_IS_CA = {EVERYTHING: None, USERS: False, AUTHORITIES: True}
_MOST_PLACES = 10
# Settings of one authority: when its schedule published last, and the end from which
# on the latest full list has what is revoked. Both are moments, as they are stored.
_REGULAR, _KEPT_SINCE = "regular_crl {}", "crl_kept_since {}"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The lists of one authority that get the next number."""

    lab: Lab
    now: datetime
    issuer: Authority
    certificate: Certificate
    key: PrivateKey
    number: int

    @classmethod
    def of(cls, lab: Lab, authority: str, now: datetime) -> "Desk":
        """A `RuleError` when the authority itself has ended."""
        issuer = parties.authority(lab.db, authority)
        certificate = certificates.get(lab.db, issuer.certificate)
        if certificate.expired(now):
            raise RuleError(
                "{issuer} itself ended on {end}; the lab's clock says {now}",
                hint="Nobody would believe a list that it signs now.",
                issuer=issuer.label,
                end=utc_text(certificate.not_after),
                now=utc_text(now),
            )
        return cls(
            lab=lab,
            now=now,
            issuer=issuer,
            certificate=certificate,
            key=private_key(lab, certificate.key_id),
            # Full and delta lists share one sequence: RFC 5280 section 5.2.3.
            number=crls.last_number(lab.db, authority) + 1,
        )

    def scopes(self) -> list[str]:
        """Everything first. What certificates name already is published on."""
        published = crls.scopes(self.lab.db, self.issuer.name)
        is_separate = self.issuer.crl_scope == "separate"
        return [
            scope
            for scope in _IS_CA
            if scope == EVERYTHING or is_separate or scope in published
        ]

    def full(self, scope: str, next_update: datetime) -> tuple[Crl, int]:
        """Sign all that is revoked; return the list and how many entries it has.

        What has ended stays until one list of the schedule that was made beyond its
        end has had it: section 3.3.
        """
        since = self._setting(_REGULAR)
        settings.put(self.lab.db, _KEPT_SINCE.format(self.issuer.name), since)
        revoked = self._revoked(scope, since)
        freshest = ""
        if self.issuer.delta_hours:
            freshest = crl_url(self.lab, self.issuer.name, scope, delta=True)
        return self._keep(scope, revoked, next_update, freshest=freshest), len(revoked)

    def note_regular(self) -> None:
        """Note that the lists of this moment were the schedule's."""
        name = _REGULAR.format(self.issuer.name)
        settings.put(self.lab.db, name, self.now.isoformat())

    def base(self, scope: str) -> Crl | None:
        """The full list that a delta starts from; None when there is none of the kind.

        It is the one before the latest for as long as clients may use it, so that
        whoever has that one can use the delta, too.
        """
        # Base and delta name the same distribution point: section 5.2.4.
        lists = [
            crl
            for crl in crls.last_full(self.lab.db, self.issuer.name, scope, 2)
            if scope == EVERYTHING or read_crl(crl.der).places == self._places(scope)
        ]
        newest = crls.latest(self.lab.db, self.issuer.name, scope)
        if newest not in lists:
            return None
        return lists[-1] if lists[-1].next_update > self.now else newest

    def delta(self, scope: str, next_update: datetime) -> tuple[Crl, int]:
        """Sign what has changed since the base; the list, and how many entries."""
        base = self.base(scope)
        assert base  # whoever asks has looked, or has just signed one
        changed = self._changed(scope, base)
        return self._keep(scope, changed, next_update, base=base.number), len(changed)

    def _changed(self, scope: str, base: Crl) -> list[Revoked]:
        """What makes of the base, and of each full list after it, what is true now."""
        before = _by_serial(base)
        last = dict(before)
        for crl in crls.from_number(
            self.lab.db, self.issuer.name, scope, base.number + 1
        ):
            last |= _by_serial(crl)
        revoked = {
            line.serial: line
            for line in self._revoked(scope, self._setting(_KEPT_SINCE))
        }
        changed = [line for each, line in revoked.items() if before.get(each) != line]
        # Released, or ended long enough ago: section 5.2.4 wants the first, and allows
        # the second. The date says nothing; it stays what it was in the delta before.
        return changed + [
            line
            if line.reason == REMOVE
            else Revoked(serial=each, at=self.now, reason=REMOVE)
            for each, line in last.items()
            if each not in revoked
        ]

    def _revoked(self, scope: str, since: str) -> list[Revoked]:
        return certificates.revoked_below(
            self.lab.db, self.certificate.sha256, since, is_ca=_IS_CA[scope]
        )

    def _places(self, scope: str) -> tuple[str, ...]:
        """Where the list is, also by the base URLs that certificates name still."""
        if scope == EVERYTHING:
            return ()
        before = crls.latest(self.lab.db, self.issuer.name, scope)
        known = read_crl(before.der).places if before else ()
        own = crl_url(self.lab, self.issuer.name, scope)
        return tuple(dict.fromkeys((own, *known)))[:_MOST_PLACES]

    def _setting(self, name: str) -> str:
        return settings.get(self.lab.db, name.format(self.issuer.name))

    def _keep(
        self,
        scope: str,
        revoked: list[Revoked],
        next_update: datetime,
        *,
        base: int | None = None,
        freshest: str = "",
    ) -> Crl:
        crl = Crl(
            authority=self.issuer.name,
            number=self.number,
            scope=scope,
            base=base,
            der=sign_crl(
                issuer_certificate=self.certificate.der,
                issuer_key=self.key,
                number=self.number,
                this_update=self.now,
                next_update=next_update,
                revoked=revoked,
                base=base,
                scope=scope,
                places=self._places(scope),
                freshest=freshest,
            ),
            this_update=self.now,
            next_update=next_update,
        )
        crls.add(self.lab.db, crl)
        return crl


def _by_serial(crl: Crl) -> dict[str, Revoked]:
    return {line.serial: line for line in read_crl(crl.der).lines()}
