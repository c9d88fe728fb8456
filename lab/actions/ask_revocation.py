"""Ask whether a certificate is revoked, as a client does: over HTTP, no lab at hand."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from secrets import token_bytes
from urllib.parse import quote

from lab.actions.revocation_question import Asked, Question
from lab.errors import BadInputError, LabError, RuleError, UnreachableError
from lab.models import Step
from lab.outside.fetch import SECONDS, Fetched, fetch
from lab.outside.urls import read_url
from lab.pki.crls import read_crl
from lab.pki.ocsp import build_request
from lab.pki.reading import read_certificate
from lab.pki.revocation_urls import RevocationUrls, urls_of
from lab.trust.crl_answers import judge_crl
from lab.trust.judged import Judged, fine, refused, wrong
from lab.trust.ocsp_answers import judge_ocsp

__all__ = ["Asked", "Question", "RevocationUrls", "ask", "get_address", "urls_of"]

REQUEST_TYPE = "application/ocsp-request"
NONCE_BYTES = 32  # RFC 9654 section 2.1
MOST_ANSWER = 256 * 1024  # bytes of an OCSP answer with all its certificates
MOST_CRL = 16 * 1024 * 1024
_OK = 200
_SHOWN = 200
# What decides, first; of the rest what says more before what says less.
_WORTH = ("good", "revoked", "on_hold", "unknown", "unusable", "unreachable")
_FINAL = _WORTH[:3]
_OF_NO_USE = _WORTH[4:]


def ask(question: Question, *, now: datetime, seconds: float = SECONDS) -> Asked:
    """Ask by one method after the other, until one says good, revoked or on hold.

    `now` is the moment to judge for; `seconds` are real ones, for each answer. Raises
    BadInputError when the certificate or its issuer cannot be read; everything else is
    told in the steps, which are those of all that was tried.
    """
    certificate = read_certificate(question.certificate)
    if certificate.expired(now):
        step = wrong(
            "the certificate expired on {end}; now is {now}, and nobody is asked",
            end=certificate.not_after,
            now=now,
        )
        return Asked(status="expired", steps=(step,))
    if question.issuer is None:
        step = wrong(
            "the issuer, {issuer}, is not at hand, so nobody can be asked",
            issuer=certificate.issuer_common_name or certificate.issuer,
        )
        return Asked(status="unknown", steps=(step,))
    tried: list[Asked] = []
    for method in question.methods:
        tried.append(_ask_by(method, question, question.issuer, now, seconds))
        if tried[-1].status in _FINAL:
            break
    return _best(tried)


def get_address(url: str, request: bytes) -> str:
    """The address that asks an OCSP responder by GET (RFC 6960 appendix A.1)."""
    return f"{url.rstrip('/')}/{quote(base64.b64encode(request), safe='')}"


def _ask_by(
    method: str, question: Question, issuer: bytes, now: datetime, seconds: float
) -> Asked:
    """Ask at one address after the other, until an answer is of use."""
    urls = question.ocsp_urls if method == "OCSP" else question.crl_urls
    if not urls:
        step = wrong("{method}: there is no address to ask at", method=method)
        return Asked(status="unknown", steps=(step,))
    tried: list[Asked] = []
    ask_one = _ask_ocsp if method == "OCSP" else _ask_crl
    for url in urls:
        try:
            read_url(url)
        except LabError as refusal:
            asked = Asked(status="unreachable", method=method, url=url)
            tried.append(replace(asked, steps=(refused(refusal),)))
            continue
        tried.append(ask_one(question, issuer, url, now, seconds))
        if tried[-1].status not in _OF_NO_USE:
            break
    return _best(tried)


def _best(tried: Iterable[Asked]) -> Asked:
    """The one that decides, or says most, with the steps of all of them."""
    every = [*tried]
    best = min(
        every,
        key=lambda each: (not each.method, _WORTH.index(each.status)),
        default=Asked(status="unknown"),
    )
    return replace(best, steps=tuple(step for each in every for step in each.steps))


def _ask_ocsp(
    question: Question, issuer: bytes, url: str, now: datetime, seconds: float
) -> Asked:
    nonce = token_bytes(NONCE_BYTES) if question.use_nonce else None
    request = build_request(
        question.certificate, issuer, hash_name=question.hash_name, nonce=nonce
    )
    by_post = question.how == "POST"
    asked = Asked(status="unreachable", method="OCSP", url=url, request=request)
    try:
        got = _fetch(
            question,
            url if by_post else get_address(url, request),
            is_configured=question.ocsp_configured,
            body=request if by_post else None,
            most_bytes=MOST_ANSWER,
            seconds=seconds,
        )
    except LabError as refusal:
        return _failed(asked, refusal)
    asked = _answered(asked, got, question.how)
    if got.http_status != _OK:
        return asked
    judged = judge_ocsp(
        got.body,
        certificate=question.certificate,
        issuer=issuer,
        now=now,
        nonce=nonce,
        trusted_responders=question.trusted_responders,
        content_type=got.content_type,
    )
    return _judged(asked, judged)


def _ask_crl(
    question: Question, issuer: bytes, url: str, now: datetime, seconds: float
) -> Asked:
    asked = Asked(status="unreachable", method="CRL", url=url)
    try:
        got = _fetch(
            question, url, is_configured=question.crl_configured, seconds=seconds
        )
    except LabError as refusal:
        return _failed(asked, refusal)
    asked = _answered(asked, got, "GET")
    if got.http_status != _OK:
        return asked
    delta, steps = _delta(question, got.body, seconds)
    judged = judge_crl(
        got.body, delta, certificate=question.certificate, issuer=issuer, now=now
    )
    asked = replace(asked, delta=delta, steps=(*asked.steps, *steps))
    return _judged(asked, judged)


def _delta(
    question: Question, crl: bytes, seconds: float
) -> tuple[bytes | None, list[Step]]:
    """The first delta CRL that can be had, and how it was asked for."""
    try:
        named = read_crl(crl).freshest
    except BadInputError:
        return None, []
    steps = []
    for url in dict.fromkeys((*question.freshest_urls, *named)):
        try:
            got = _fetch(question, url, is_configured=False, seconds=seconds)
        except LabError as refusal:
            steps.append(refused(refusal))
            continue
        steps.append(_status_step(got, "GET"))
        if got.http_status == _OK:
            return got.body, steps
    return None, steps


def _fetch(
    question: Question,
    url: str,
    *,
    is_configured: bool,
    seconds: float,
    body: bytes | None = None,
    most_bytes: int = MOST_CRL,
) -> Fetched:
    return fetch(
        url,
        body=body,
        content_type=REQUEST_TYPE if body is not None else "",
        allowed=question.allowed_configured if is_configured else question.allowed,
        own=question.own,
        seconds=seconds,
        most_bytes=most_bytes,
    )


def _failed(asked: Asked, refusal: LabError) -> Asked:
    """Nothing came, or nothing that is an answer over HTTP."""
    is_silent = isinstance(refusal, UnreachableError | RuleError)
    status = "unreachable" if is_silent else "unusable"
    return replace(asked, status=status, steps=(refused(refusal),))


def _answered(asked: Asked, got: Fetched, how: str) -> Asked:
    return replace(
        asked,
        status="unusable",
        response=got.body,
        http_status=got.http_status,
        headers=got.headers,
        content_type=got.content_type,
        address=got.address,
        milliseconds=got.milliseconds,
        steps=(
            *(fine("{url} sends on", url=url) for url in got.redirects),
            _status_step(got, how),
        ),
    )


def _status_step(got: Fetched, how: str) -> Step:
    told = fine if got.http_status == _OK else wrong
    return told(
        "{url} answers a {how} with HTTP {status}: {count} bytes of {kind}, "
        "after {milliseconds} ms",
        url=got.url[:_SHOWN],
        how=how,
        status=got.http_status,
        count=len(got.body),
        kind=got.content_type or "-",
        milliseconds=got.milliseconds,
    )


def _judged(asked: Asked, judged: Judged) -> Asked:
    return replace(
        asked,
        status=judged.status,
        model=judged.model,
        signer=judged.signer,
        this_update=judged.this_update,
        next_update=judged.next_update,
        revoked_at=judged.revoked_at,
        reason=judged.reason,
        steps=(*asked.steps, *judged.steps),
    )
