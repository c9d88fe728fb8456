"""One round of questions of a cluster: whom it asks, and what it makes of answers."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

from lab.actions.allow_addresses import networks_allowed
from lab.actions.ask_revocation import Asked, Question, ask, urls_of
from lab.actions.check_links import link_of
from lab.clock import utc_text
from lab.errors import LabError, RuleError
from lab.lab import Lab
from lab.models import Certificate, Check
from lab.rules.revocation import OUTCOMES
from lab.store import certificates, parties, places, settings
from lab.store.revocation_settings import common_criteria, read_settings
from lab.trust.judged import fine, refused, wrong

QUESTION_SECONDS = 5.0
AT_ONCE = 8  # questions that wait for their answers side by side
_STORE = "tomcat-trust"


def check_asks(lab: Lab, cluster: str) -> None:
    """A `RuleError` while the cluster asks nobody."""
    if not read_settings(lab.db, cluster).methods:
        raise RuleError(
            "{cluster} asks nobody: OCSP is off, and so are CRLs",
            hint="Switch one of them on in the settings of revocation.",
            cluster=cluster,
        )


class Round:
    """Questions of one cluster; within it nobody is asked the same thing twice."""

    def __init__(self, lab: Lab, cluster: str) -> None:
        # A mistake of the program if it is otherwise, not one of a person.
        assert not lab.db.conn.in_transaction, "the network is asked outside of deeds"
        self.cluster = parties.cluster(lab.db, cluster).name
        self._lab = lab
        self._settings = read_settings(lab.db, self.cluster)
        self._strict = common_criteria(lab.db, self.cluster)
        self._own = settings.get(lab.db, "base_url")
        self._allowed = tuple(settings.allowed_networks(lab.db))
        self._allowed_configured = tuple(networks_allowed(lab))
        self._responders = _designated(lab, self.cluster)
        self._known: dict[str, Check] = {}
        self._asked: dict[str, Asked] = {}

    def judge(
        self, certificate: Certificate, cause: str, client: str = ""
    ) -> list[Check]:
        """Ask, and judge: with the full chain its issuers first, itself last.

        The list is empty where nobody is asked. Issuers that the round has met before
        are left out of it.
        """
        if cause == "link":
            client = link_of(self._lab, self.cluster, certificate.sha256)
        path = [certificate]
        if self._settings.full_chain:
            path += self._issuers(certificate)
        new: list[Check] = []
        broken: Check | None = None
        for each in reversed(path):
            is_own = each is certificate
            found = None if is_own else self._known.get(each.sha256)
            if found is None:
                found = self._find(each, cause, client if is_own else "")
                if found is None:
                    continue
                found = self._weigh(found, broken)
                self._known[each.sha256] = found
                new.append(found)
            broken = broken if found.connects else found
        return new

    def ask_ahead(self, found: Sequence[Certificate]) -> None:
        """Ask for these side by side; `judge` then finds the answers there."""
        lab = self._lab
        now = lab.clock.now()
        questions = {}
        for each in found if self._settings.methods else ():
            above = self._issuers(each) if self._settings.full_chain else []
            for one in (each, *above):
                is_new = one.sha256 not in self._asked
                if is_new and not one.expired(now) and not one.self_signed:
                    questions[one.sha256] = self._question(one)
        with ThreadPoolExecutor(AT_ONCE) as helpers:
            answers = helpers.map(partial(_answer_to, now=now), questions.values())
            self._asked.update(zip(questions, answers, strict=True))

    def _find(self, certificate: Certificate, cause: str, client: str) -> Check | None:
        """What is found out of this certificate alone."""
        lab = self._lab
        now = lab.clock.now()
        found = Check(
            at=now,
            cluster=self.cluster,
            certificate=certificate.sha256,
            cause=cause,
            client=client,
            method="",
            status="expired",
            connects=False,
        )
        if certificate.expired(now):
            step = wrong(
                "it expired on {end}; the lab's clock says {now}, and nobody is asked",
                end=utc_text(certificate.not_after),
                now=utc_text(now),
            )
            return replace(found, steps=(step,))
        if not self._settings.methods or certificate.self_signed:
            return None
        if certificate.sha256 not in self._asked:
            self.ask_ahead([certificate])
        asked = self._asked[certificate.sha256]
        return replace(
            found,
            method=asked.method,
            url=asked.url,
            status=asked.cluster_status,
            model=asked.model,
            signer=asked.signer,
            this_update=asked.this_update,
            next_update=asked.next_update,
            http_status=asked.http_status,
            milliseconds=asked.milliseconds,
            steps=asked.steps,
            request=asked.request,
            response=asked.response,
        )

    def _question(self, certificate: Certificate) -> Question:
        """Whom to ask: a configured address wins over those of the certificate."""
        said = urls_of(certificate.der)
        asked = self._settings
        issuer = self._issuer(certificate)
        ocsp = (asked.configured_uri,) if asked.use_configured_uri else said.ocsp
        return Question(
            certificate=certificate.der,
            issuer=issuer.der if issuer else None,
            methods=asked.methods,
            ocsp_urls=ocsp,
            ocsp_configured=asked.use_configured_uri,
            crl_urls=asked.crl_uris or said.crl,
            crl_configured=bool(asked.crl_uris),
            freshest_urls=said.freshest,
            trusted_responders=self._responders,
            allowed=self._allowed,
            allowed_configured=self._allowed_configured,
            own=self._own,
        )

    def _weigh(self, found: Check, broken: Check | None) -> Check:
        """Whether it connects: by the mode of the cluster, and by what is above it."""
        row = OUTCOMES[found.status, self._strict]
        say = fine if row.connects else wrong
        step = say(
            "Common Criteria mode is {mode}: with this status it {outcome}",
            mode="on" if self._strict else "off",
            outcome="connects" if row.connects else "does not connect",
        )
        steps = [*found.steps, step]
        if broken and row.connects:
            steps.append(
                wrong(
                    "{issuer} above it is found to be {status}, so it does not connect",
                    issuer=certificates.get(self._lab.db, broken.certificate).subject,
                    status=broken.status,
                )
            )
        return replace(
            found, connects=row.connects and broken is None, steps=tuple(steps)
        )

    def _issuers(self, certificate: Certificate) -> list[Certificate]:
        """Those above it, the nearest first, up to one that signed itself."""
        path: list[Certificate] = []
        met = {certificate.sha256}
        above = self._issuer(certificate)
        while above and above.sha256 not in met:
            met.add(above.sha256)
            path.append(above)
            above = self._issuer(above)
        return path

    def _issuer(self, certificate: Certificate) -> Certificate | None:
        """The one that issued it, of several the one that ends last."""
        if certificate.self_signed:
            return None
        above = certificates.issuers_of(self._lab.db, certificate.sha256)
        found = certificates.many(self._lab.db, above).values()
        return max(found, key=lambda each: (each.not_after, each.sha256), default=None)


def _answer_to(question: Question, *, now: datetime) -> Asked:
    """What comes of it; one that cannot even be asked keeps no other waiting."""
    try:
        return ask(question, now=now, seconds=QUESTION_SECONDS)
    except LabError as refusal:
        return Asked(status="unknown", steps=(refused(refusal),))


def _designated(lab: Lab, cluster: str) -> tuple[bytes, ...]:
    """The certificates by which the trusted responder model believes a signer."""
    publisher = parties.publisher(lab.db, cluster)
    if publisher:
        held = places.held(lab.db, publisher.id, _STORE)
    else:
        held = places.held_in(lab.db, cluster, _STORE)
    found = certificates.many(lab.db, held)
    return tuple(found[sha256].der for sha256 in sorted(found))
