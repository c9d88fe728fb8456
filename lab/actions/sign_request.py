"""Sign a request with one of the lab's own authorities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.deed import days_after, deed, record
from lab.actions.issuer_urls import issuer_urls
from lab.actions.judge import add_certificate
from lab.actions.key_ring import private_key
from lab.actions.room_below import room_below
from lab.clock import utc_text
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Authority, Certificate, SigningRequest
from lab.pki.certificates import build_leaf
from lab.pki.reading import read_certificate
from lab.pki.requests import read_request, request_key, request_subject
from lab.rules.signing import (
    HONOURED,
    IGNORED,
    PICKED,
    SIGNING_MODES,
    TEMPLATE_EXTENDED_KEY_USAGE,
    TEMPLATE_KEY_USAGE,
)
from lab.store import certificates, parties, requests


@dataclass(frozen=True, kw_only=True)
class Extensions:
    """What the certificate is to carry."""

    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    names: tuple[str, ...]


def sign_request(
    lab: Lab,
    authority: str,
    request: bytes,
    *,
    days: int = 730,
    not_after: datetime | None = None,
    extensions: str = HONOURED,
    key_usage: Sequence[str] | None = None,
    extended_key_usage: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> Certificate:
    """Issue a certificate for the name and the key of the request.

    It is valid for `days`, or until `not_after` (UTC). With `extensions` "honoured" it
    carries the usages and names that the request asks for, with "ignored" those of the
    authority's own template for a web server (`lab.rules.signing`), with "picked" the
    given ones; what is not given is as requested. The request may come from outside;
    PEM or DER. The certificate is kept with the authority's issued ones; it is in no
    slot until it is uploaded. Raises `BadInputError` for bytes that are no request.
    Source: spec S11.
    """
    with deed(lab) as now:
        asked = read_request(request)
        picked = (key_usage, extended_key_usage, names)
        wanted = _wanted(asked, extensions, *picked)
        issuer = parties.authority(lab.db, authority)
        above = certificates.get(lab.db, issuer.certificate)
        _check_authority(lab, issuer, above, now)
        end = not_after or _end_after(issuer, above, now, days)
        _check_end(issuer, above, now, end)
        is_ca = "keyCertSign" in wanted.key_usage
        if is_ca and room_below(lab, above.sha256) < 1:
            raise RuleError(
                "{issuer} may have no authority below it: its path length is used up, "
                "and keyCertSign is asked for",
                hint="Sign it with an authority further up, or leave keyCertSign out.",
                issuer=issuer.label,
            )
        certificate = read_certificate(
            build_leaf(
                subject=request_subject(asked.der),
                public_key=request_key(asked.der),
                issuer_certificate=above.der,
                issuer_key=private_key(lab, above.key_id),
                not_before=now,
                not_after=end,
                alternative_names=wanted.names,
                key_usage=wanted.key_usage,
                extended_key_usage=wanted.extended_key_usage,
                urls=issuer_urls(lab, authority, is_ca=is_ca),
                is_ca=is_ca,
                path_length=0 if is_ca else None,
            )
        )
        add_certificate(lab.db, certificate)
        lab.touch(certificate.sha256)
        detail = f"{certificate.subject}, until {utc_text(certificate.not_after)}"
        if extensions != HONOURED:
            detail += f", requested extensions {extensions}"
        record(lab, now, "certificate.issued", authority, detail)
    return certificate


def waiting_request(lab: Lab, node: str, purpose: str, cluster: str = "") -> bytes:
    """The DER of the request that the slot waits with."""
    party = parties.by_name(lab.db, cluster, node)
    found = requests.get(lab.db, party.id, purpose)
    if found is None:
        raise NotFoundError(
            "there is no signing request for {purpose} on {node}",
            hint="Make the request first.",
            purpose=purpose,
            node=node,
        )
    return found[0]


def _wanted(
    asked: SigningRequest,
    extensions: str,
    key_usage: Sequence[str] | None,
    extended_key_usage: Sequence[str] | None,
    names: Sequence[str] | None,
) -> Extensions:
    if extensions not in SIGNING_MODES:
        raise RuleError(
            "there is no way to sign called {mode}",
            hint="The ways are: {known}.",
            mode=repr(extensions),
            known=", ".join(SIGNING_MODES),
        )
    picked = (key_usage, extended_key_usage, names)
    if extensions != PICKED and any(each is not None for each in picked):
        raise RuleError(
            "extensions are picked by hand, and yet they are to be {mode}",
            hint="Sign with picked extensions, or pick none.",
            mode=extensions,
        )
    if extensions == IGNORED:
        found = Extensions(
            key_usage=TEMPLATE_KEY_USAGE,
            extended_key_usage=TEMPLATE_EXTENDED_KEY_USAGE,
            names=(),
        )
    else:
        found = Extensions(
            key_usage=_chosen(key_usage, asked.key_usage),
            extended_key_usage=_chosen(extended_key_usage, asked.extended_key_usage),
            names=_chosen(names, asked.alternative_names),
        )
    if not asked.subject and not found.names:
        raise RuleError(
            "the request has an empty subject, and no alternative name would be left",
            hint="Keep or pick a name: a certificate must say whom it is for.",
        )
    return found


def _chosen(
    picked: Sequence[str] | None, requested: tuple[str, ...]
) -> tuple[str, ...]:
    return requested if picked is None else tuple(dict.fromkeys(picked))


def _check_authority(
    lab: Lab, issuer: Authority, above: Certificate, now: datetime
) -> None:
    revoked = certificates.revocation(lab.db, above.sha256)
    if revoked and revoked.at <= now:
        raise RuleError(
            "{issuer} was revoked on {at}; nobody would believe what it signs",
            hint="Choose another authority.",
            issuer=issuer.label,
            at=utc_text(revoked.at),
        )
    if now < above.not_before:
        raise RuleError(
            "{issuer} begins on {start}; the lab's clock says {now}",
            hint="Choose another authority, or turn the lab's clock.",
            issuer=issuer.label,
            now=utc_text(now),
            start=utc_text(above.not_before),
        )
    if above.expired(now):
        raise RuleError(
            "{issuer} itself ended on {end}; the lab's clock says {now}",
            hint="Choose another authority.",
            issuer=issuer.label,
            now=utc_text(now),
            end=utc_text(above.not_after),
        )


def _end_after(
    issuer: Authority, above: Certificate, now: datetime, days: int
) -> datetime:
    """The end of so many days, within the life of the authority."""
    end = days_after(now, days, seconds=-1)
    if days < 1:
        raise RuleError(
            "{days} days from now is no end that comes after the beginning",
            hint="Choose at least one day.",
            days=days,
        )
    if end > above.not_after:
        raise RuleError(
            "{days} days from now is {end}; {issuer} itself ends on {issuer_end}",
            hint="Choose fewer days.",
            days=days,
            end=utc_text(end),
            issuer=issuer.label,
            issuer_end=utc_text(above.not_after),
        )
    return end


def _check_end(
    issuer: Authority, above: Certificate, now: datetime, end: datetime
) -> None:
    if end <= now:
        raise RuleError(
            "the end {end} is not after the beginning; the lab's clock says {now}",
            hint="Choose a later end.",
            end=utc_text(end),
            now=utc_text(now),
        )
    if end > above.not_after:
        raise RuleError(
            "the end would be {end}; {issuer} itself ends on {issuer_end}",
            hint="Choose an end before the authority's.",
            end=utc_text(end),
            issuer=issuer.label,
            issuer_end=utc_text(above.not_after),
        )
