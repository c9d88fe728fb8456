"""Ask a responder, or fetch a CRL, by hand: what was sent, what came, and what of it.

It only reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_bytes

from lab.actions.allow_addresses import networks_allowed
from lab.actions.answer_ocsp import Responder
from lab.actions.ask_revocation import (
    MOST_ANSWER,
    REQUEST_TYPE,
    Asked,
    Question,
    ask,
    get_address,
    urls_of,
)
from lab.actions.messages import Message, message_of
from lab.errors import LabError, NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Certificate, Step
from lab.outside.addresses import Network
from lab.outside.fetch import SECONDS, Fetched, fetch
from lab.outside.urls import is_of_origin, read_url
from lab.pki.ocsp import build_request_for, cert_id
from lab.store import certificates, places, settings
from lab.trust.crl_answers import judge_crl
from lab.trust.judged import refused, wrong
from lab.trust.ocsp_answers import judge_ocsp

MOST_CERTIFICATES = 20
MOST_NONCE = 255  # octets: more than RFC 9654 allows, to see it refused
_TRUSTED = "tomcat-trust"
_OK = 200


@dataclass(frozen=True, kw_only=True)
class Enquiry:
    """What is asked by hand; `certificates` by their fingerprints."""

    certificates: tuple[str, ...]
    url: str
    method: str = "OCSP"  # or "CRL"
    how: str = "POST"  # or "GET"
    hash_name: str = "sha1"
    nonce_octets: int | None = None  # None: no nonce; 0: an empty one
    cluster: str = ""  # whose designated responders are believed too


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a client makes of the answer, for one certificate."""

    certificate: Certificate
    status: str  # as of `Judged`, or "unreachable"
    model: str = ""
    signer: bytes | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enquired:
    """What came of it, with all that proves it."""

    enquiry: Enquiry
    at: datetime
    http_status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    address: str = ""
    milliseconds: int = 0
    request: Message | None = None
    response: Message | None = None
    delta: Message | None = None
    told: tuple[Told, ...] = ()
    why: tuple[Step, ...] = ()  # how the lab's own responder came to its answer
    fault: str = ""  # the one that its answer has on purpose

    @property
    def is_reached(self) -> bool:
        return self.http_status is not None


def addresses_for(lab: Lab, sha256: str, method: str) -> tuple[str, ...]:
    """Where a certificate says to ask; the lab's own responder when it says nothing."""
    said = urls_of(certificates.get(lab.db, sha256).der)
    if method == "CRL":
        return said.crl
    own = f"{settings.get(lab.db, 'base_url')}/pki/ocsp"
    return tuple(dict.fromkeys((*said.ocsp, own)))


def ask_by_hand(lab: Lab, enquiry: Enquiry, *, seconds: float = SECONDS) -> Enquired:
    """Ask over HTTP as a client does, and judge what comes at the lab's time.

    An address that stands in the certificate is only spoken to when it is the lab's
    own or was allowed in the settings; one that a person wrote also by the rules. What
    the network does is told in the steps. Raises `NotFoundError` for a certificate that
    the lab does not have, `RuleError` for one whose issuer it does not have, and
    `BadInputError` for an address that is none.
    """
    now = lab.clock.now()
    asked = certificates_of(lab, enquiry)
    read_url(enquiry.url)
    if enquiry.method == "CRL":
        return _ask_crl(lab, enquiry, asked, now, seconds)
    return _ask_ocsp(lab, enquiry, asked, now, seconds)


def certificates_of(
    lab: Lab, enquiry: Enquiry
) -> list[tuple[Certificate, Certificate]]:
    """Each certificate, and its issuer: of several the one that ends last."""
    if not 1 <= len(enquiry.certificates) <= MOST_CERTIFICATES:
        raise RuleError(
            "{count} certificates are asked about; 1 to {most} can be",
            hint="Choose some.",
            count=len(enquiry.certificates),
            most=MOST_CERTIFICATES,
        )
    found = []
    for sha256 in enquiry.certificates:
        certificate = certificates.get(lab.db, sha256)
        above = certificates.issuers_of(lab.db, sha256)
        issuers = certificates.many(lab.db, above).values()
        if certificate.self_signed or not issuers:
            raise NotFoundError(
                "the lab does not hold {issuer}, which issued {name}",
                hint="Import the certificate of the issuer; what signed itself is "
                "revoked by nobody.",
                issuer=certificate.issuer,
                name=certificate.common_name or certificate.subject,
            )
        found.append((certificate, max(issuers, key=lambda each: each.not_after)))
    return found


def _ask_ocsp(
    lab: Lab,
    enquiry: Enquiry,
    asked: Sequence[tuple[Certificate, Certificate]],
    now: datetime,
    seconds: float,
) -> Enquired:
    ids = [cert_id(one.der, above.der, enquiry.hash_name) for one, above in asked]
    nonce = None
    if enquiry.nonce_octets is not None:
        nonce = token_bytes(min(enquiry.nonce_octets, MOST_NONCE))
    request = build_request_for(ids, nonce)
    by_post = enquiry.how == "POST"
    why, fault = _why(lab, enquiry, request)
    done = Enquired(
        enquiry=enquiry,
        at=now,
        request=message_of(request, "request"),
        why=why,
        fault=fault,
    )
    try:
        got = fetch(
            enquiry.url if by_post else get_address(enquiry.url, request),
            body=request if by_post else None,
            content_type=REQUEST_TYPE if by_post else "",
            allowed=_allowed(lab, enquiry, asked),
            own=settings.get(lab.db, "base_url"),
            seconds=seconds,
            most_bytes=MOST_ANSWER,
        )
    except LabError as refusal:
        steps = (refused(refusal),)
        return replace(
            done,
            told=tuple(
                Told(certificate=one, status="unreachable", steps=steps)
                for one, _ in asked
            ),
        )
    trusted = _designated(lab, enquiry.cluster)
    return replace(
        done,
        http_status=got.http_status,
        headers=got.headers,
        address=got.address,
        milliseconds=got.milliseconds,
        response=message_of(got.body, "response"),
        told=tuple(_told(got, one, above, now, nonce, trusted) for one, above in asked),
    )


def _told(
    got: Fetched,
    certificate: Certificate,
    issuer: Certificate,
    now: datetime,
    nonce: bytes | None,
    trusted: Sequence[bytes],
) -> Told:
    if got.http_status != _OK:
        step = wrong(
            "{url} answers with HTTP {status}",
            url=got.url[:200],
            status=got.http_status,
        )
        return Told(certificate=certificate, status="unusable", steps=(step,))
    judged = judge_ocsp(
        got.body,
        certificate=certificate.der,
        issuer=issuer.der,
        now=now,
        nonce=nonce,
        trusted_responders=trusted,
        content_type=got.content_type,
    )
    return Told(
        certificate=certificate,
        status=judged.status,
        model=judged.model,
        signer=judged.signer,
        steps=judged.steps,
    )


def _ask_crl(
    lab: Lab,
    enquiry: Enquiry,
    asked: Sequence[tuple[Certificate, Certificate]],
    now: datetime,
    seconds: float,
) -> Enquired:
    told: list[Told] = []
    first: Asked | None = None
    for certificate, issuer in asked:
        # The list is fetched once, and judged for each of them.
        if first is None or first.response is None or first.http_status != _OK:
            first = ask(
                _crl_question(lab, enquiry, certificate, issuer),
                now=now,
                seconds=seconds,
            )
            status, signer, steps = first.status, first.signer, first.steps
        else:
            judged = judge_crl(
                first.response,
                first.delta,
                certificate=certificate.der,
                issuer=issuer.der,
                now=now,
            )
            status, signer, steps = judged.status, judged.signer, judged.steps
        told.append(
            Told(certificate=certificate, status=status, signer=signer, steps=steps)
        )
    assert first  # there is at least one certificate
    return Enquired(
        enquiry=enquiry,
        at=now,
        http_status=first.http_status,
        headers=first.headers,
        address=first.address,
        milliseconds=first.milliseconds,
        response=message_of(first.response, "crl") if first.response else None,
        delta=message_of(first.delta, "crl") if first.delta else None,
        told=tuple(told),
    )


def _crl_question(
    lab: Lab, enquiry: Enquiry, certificate: Certificate, issuer: Certificate
) -> Question:
    said = urls_of(certificate.der)
    return Question(
        certificate=certificate.der,
        issuer=issuer.der,
        methods=("CRL",),
        crl_urls=(enquiry.url,),
        crl_configured=enquiry.url not in said.crl,
        freshest_urls=said.freshest,
        allowed=tuple(settings.allowed_networks(lab.db)),
        allowed_configured=tuple(networks_allowed(lab)),
        own=settings.get(lab.db, "base_url"),
    )


def _allowed(
    lab: Lab, enquiry: Enquiry, asked: Sequence[tuple[Certificate, Certificate]]
) -> list[Network]:
    """Nobody has chosen an address that stands in a certificate: spec section 7."""
    if any(enquiry.url in urls_of(one.der).ocsp for one, _ in asked):
        return settings.allowed_networks(lab.db)
    return networks_allowed(lab)


def _why(lab: Lab, enquiry: Enquiry, request: bytes) -> tuple[tuple[Step, ...], str]:
    """How the lab's own responder comes to its answer, and its fault; else nothing."""
    if not is_of_origin(read_url(enquiry.url), settings.get(lab.db, "base_url")):
        return (), ""
    recipe = Responder(lab).recipe(request)
    return recipe.why, recipe.fault


def _designated(lab: Lab, cluster: str) -> tuple[bytes, ...]:
    held = places.held_in(lab.db, cluster, _TRUSTED) if cluster else ()
    found = certificates.many(lab.db, held)
    return tuple(found[sha256].der for sha256 in sorted(found))
