"""Answers about one authority: its certificate, and the list of what it revoked."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lab.actions.bend_crl import MEDIA_TYPE, BentCrl, bend_crl
from lab.actions.run_due import run_due
from lab.errors import LabError, NotFoundError
from lab.lab import Lab
from lab.models import Crl
from lab.pki.bundles import write_pem
from lab.pki.crls import AUTHORITIES, EVERYTHING, USERS
from lab.store import certificates, crls, parties, settings
from lab.web.handles import borrowed_lab

# What follows the name of an authority in the name of a list of it.
_LISTS: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "": (EVERYTHING, False),
        "-delta": (EVERYTHING, True),
        "-users": (USERS, False),
        "-users-delta": (USERS, True),
        "-authorities": (AUTHORITIES, False),
        "-authorities-delta": (AUTHORITIES, True),
    }
)

_log = logging.getLogger(__name__)


def answer_certificate(
    path: Path | None, name: str, _headers: Headers, form: str
) -> Response:
    """The authority's own certificate, as "DER" (RFC 2585 section 4.1) or "PEM"."""
    with borrowed_lab(path) as lab:
        authority = parties.authority(lab.db, name)
        der = certificates.get(lab.db, authority.certificate).der
    if form == "PEM":
        return Response(write_pem([der]), media_type="application/x-pem-file")
    return Response(der, media_type="application/pkix-cert")


class Delayed(Response):
    """A response that a fault keeps back for a while."""

    delay_seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self.delay_seconds)
        await super().__call__(scope, receive, send)


def answer_crl(path: Path | None, name: str, headers: Headers) -> Response:
    """The latest CRL of that name in DER (RFC 2585 section 4.2), or 304.

    The name is that of an authority, and says after it which of its lists is meant.
    Whatever is due is done first. When that is refused, as while somebody else writes,
    the list before is given for as long as it has not ended.
    """
    with borrowed_lab(path) as lab:
        now = lab.clock.now()
        crl = _fresh(lab, name, now)
        shift = settings.clock_shift(lab.db)
        bent = bend_crl(lab, crl)
    if bent:
        return _with_fault(bent)
    tag = f'"{sha256(crl.der).hexdigest()}"'
    left = max(0, int((crl.next_update - now).total_seconds()))
    about = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={left}",
        # Beside the server's own Date, which follows the machine: RFC 9110 8.8.2.1.
        "Last-Modified": _http_date(crl.this_update - shift),
    }
    if _names(headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=about)
    return Response(crl.der, headers=about, media_type=MEDIA_TYPE)


def _with_fault(bent: BentCrl) -> Response:
    # Nobody keeps what is wrong on purpose: it may be right the next time.
    about = {"X-PKI-Lab-Fault": bent.fault, "Cache-Control": "no-store"}
    response = Delayed(bent.body, bent.http_status, about, bent.content_type)
    response.delay_seconds = bent.delay_seconds
    return response


def _fresh(lab: Lab, name: str, now: datetime) -> Crl:
    refusal = None
    try:
        run_due(lab)
    except LabError as caught:
        _log.warning("due jobs wait: %s", caught)
        refusal = caught
    crl = _latest(lab, name)
    if refusal and crl.next_update <= now:
        raise refusal
    return crl


def _latest(lab: Lab, name: str) -> Crl:
    """The list of this name; `NotFoundError` when there is none."""
    known = {each.name for each in parties.authorities(lab.db)}
    # A name may end like one of our endings: the authority of the whole name wins.
    found = [(ending, name.removesuffix(ending)) for ending in _LISTS]
    fitting = [
        (ending, authority)
        for ending, authority in found
        if authority in known and name == authority + ending
    ]
    if not fitting:
        parties.authority(lab.db, name)  # which refuses it
    ending, authority = max(fitting, key=lambda each: len(each[1]))
    scope, is_delta = _LISTS[ending]
    crl = crls.latest(lab.db, authority, scope, delta=is_delta)
    if crl is None:
        raise NotFoundError(
            "{name} has not published such a CRL yet",
            hint="Ask again when it has.",
            name=name,
        )
    return crl


def _names(fields: list[str], tag: str) -> bool:
    """Whether If-None-Match names this tag: weak comparison, RFC 9110 13.1.2."""
    tags = {part.strip().removeprefix("W/") for part in ",".join(fields).split(",")}
    return bool(tags & {tag, "*"})


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
