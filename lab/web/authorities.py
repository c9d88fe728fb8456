"""Answers about one authority: its certificate, and the list of what it revoked."""

import logging
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.responses import Response

from lab.actions.run_due import run_due
from lab.errors import LabError, NotFoundError
from lab.lab import Lab
from lab.models import Crl
from lab.pki.bundles import write_pem
from lab.store import certificates, crls, parties, settings
from lab.web.handles import borrowed_lab

_log = logging.getLogger(__name__)


def answer_certificate(name: str, _headers: Headers, form: str) -> Response:
    """The authority's own certificate, as "DER" (RFC 2585 section 4.1) or "PEM"."""
    with borrowed_lab() as lab:
        authority = parties.authority(lab.db, name)
        der = certificates.get(lab.db, authority.certificate).der
    if form == "PEM":
        return Response(write_pem([der]), media_type="application/x-pem-file")
    return Response(der, media_type="application/pkix-cert")


def answer_crl(name: str, headers: Headers) -> Response:
    """The authority's latest CRL in DER (RFC 2585 section 4.2), or 304.

    Whatever is due is done first. When that is refused, as while somebody else
    writes, the list before is given for as long as it has not ended.
    """
    with borrowed_lab() as lab:
        now = lab.clock.now()
        crl = _fresh(lab, name, now)
        shift = settings.clock_shift(lab.db)
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
    return Response(crl.der, headers=about, media_type="application/pkix-crl")


def _fresh(lab: Lab, name: str, now: datetime) -> Crl:
    refusal = None
    try:
        run_due(lab)
    except LabError as caught:
        _log.warning("due jobs wait: %s", caught)
        refusal = caught
    crl = crls.latest(lab.db, parties.authority(lab.db, name).name)
    if crl is None:
        raise NotFoundError(
            "{name} has not published a CRL yet",
            hint="Ask again when it has.",
            name=name,
        )
    if refusal and crl.next_update <= now:
        raise refusal
    return crl


def _names(fields: list[str], tag: str) -> bool:
    """Whether If-None-Match names this tag: weak comparison, RFC 9110 13.1.2."""
    tags = {part.strip().removeprefix("W/") for part in ",".join(fields).split(",")}
    return bool(tags & {tag, "*"})


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
