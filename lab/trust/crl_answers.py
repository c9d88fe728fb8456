"""What a CRL, and the delta beside it, say of a certificate (RFC 5280 section 6.3)."""

from collections.abc import Iterator
from datetime import datetime

from lab.errors import BadInputError
from lab.models import Certificate, Revoked, Step
from lab.pki.crls import AUTHORITIES, EVERYTHING, REMOVE, USERS, ReadCrl, read_crl
from lab.pki.links import is_issued_by
from lab.pki.reading import read_certificate
from lab.pki.revocation_urls import urls_of
from lab.trust.judged import Judged, all_fine, fine, refused, wrong

_HOLD = "certificateHold"
_FULL, _DELTA = "CRL", "delta CRL"


def judge_crl(
    crl: bytes,
    delta: bytes | None = None,
    *,
    certificate: bytes,
    issuer: bytes,
    now: datetime,
) -> Judged:
    """Judge a certificate by a full CRL of its issuer, and a delta CRL to it.

    A delta that does not fit is left out, and the steps say why; one that fits makes
    up for a full list whose time is over. Raises BadInputError only when the
    certificate or its issuer cannot be read.
    """
    about, above = read_certificate(certificate), read_certificate(issuer)
    try:
        full = read_crl(crl)
    except BadInputError as refusal:
        return Judged(status="unusable", steps=(refused(refusal),))
    is_signed = full.is_signed_by(issuer)
    steps = [*_issuer(about, above, now)]
    steps += _list(_FULL, full, about, above, is_signed)
    if full.is_delta:
        steps.append(
            wrong(
                "it is a delta CRL, which only says what changed since number {base}",
                base=full.base,
            )
        )
    newer, tried = _delta(delta, full, about, above, now)
    steps += _made_up(full, now) if newer else _freshness(_FULL, full, now)
    entry = full.find(about.serial)
    if entry and entry.reason == REMOVE:
        steps.append(
            wrong("{reason} stands in it, though it is no delta CRL", reason=REMOVE)
        )
    changed = newer.find(about.serial) if newer else None
    if changed:
        entry = None if changed.reason == REMOVE else changed
    latest = newer or full
    return Judged(
        status=_status(entry) if all_fine(steps) else "unusable",
        signer=issuer if is_signed else None,
        this_update=latest.this_update,
        next_update=latest.next_update,
        revoked_at=entry.at if entry else None,
        reason=entry.reason if entry else "",
        steps=(*_said(entry, changed, about), *steps, *tried),
    )


def _status(entry: Revoked | None) -> str:
    if entry is None:
        return "good"
    return "on_hold" if entry.reason == _HOLD else "revoked"


def _said(
    entry: Revoked | None, changed: Revoked | None, about: Certificate
) -> Iterator[Step]:
    """What the lists say, whether or not they can be believed."""
    if entry is None:
        yield fine("serial number {serial} is not listed", serial=about.serial)
    else:
        yield fine(
            "serial number {serial} is listed: revoked on {at}, {reason}",
            serial=about.serial,
            at=entry.at,
            reason=entry.reason,
        )
        if entry.invalid_since:
            yield fine("its key is suspect since {since}", since=entry.invalid_since)
    if changed and changed.reason == REMOVE:
        yield fine(
            "the delta CRL lifts what the full one says: {reason}", reason=REMOVE
        )


def _issuer(about: Certificate, above: Certificate, now: datetime) -> Iterator[Step]:
    """Whether this issuer may say anything of this certificate."""
    name = above.common_name or above.subject
    if about.issuer_hash != above.subject_hash or not is_issued_by(
        about.der, above.der
    ):
        yield wrong("{issuer} has not issued the certificate", issuer=name)
    # Both ends are inclusive: RFC 5280 section 4.1.2.5.
    if now < above.not_before:
        yield wrong("{issuer} begins on {begin}", issuer=name, begin=above.not_before)
    if now > above.not_after:
        yield wrong("{issuer} ended on {end}", issuer=name, end=above.not_after)
    if above.key_usage and "cRLSign" not in above.key_usage:
        yield wrong(
            "the key of {issuer} is not for CRLs, but for {usage}",
            issuer=name,
            usage=", ".join(above.key_usage),
        )


def _list(
    kind: str, crl: ReadCrl, about: Certificate, above: Certificate, is_signed: bool
) -> Iterator[Step]:
    """What holds for a full list and for a delta, dates apart."""
    if crl.issuer_hash != above.subject_hash:
        yield wrong(
            "the {list} is of {issuer}, not of {expected}",
            list=kind,
            issuer=crl.issuer,
            expected=above.subject,
        )
    if is_signed:
        yield fine(
            "the {list} has the number {number}, {count} entries, and the signature "
            "of {issuer}",
            list=kind,
            number="-" if crl.number is None else crl.number,
            count=crl.size,
            issuer=crl.issuer,
        )
    else:
        yield wrong(
            "the {list} is not signed with the key of {issuer}",
            list=kind,
            issuer=above.subject,
        )
    for oid in crl.unknown_critical:
        yield wrong(
            "the {list} has the critical extension {oid}, which nobody here knows",
            list=kind,
            oid=oid,
        )
    yield from _scope(kind, crl, about)


def _scope(kind: str, crl: ReadCrl, about: Certificate) -> Iterator[Step]:
    """Whether a certificate like this one would stand in it: section 6.3.3 (b)."""
    if crl.is_indirect:
        yield wrong(
            "the {list} is indirect: {issuer} speaks for others in it",
            list=kind,
            issuer=crl.issuer,
        )
    wanted = AUTHORITIES if about.is_ca else USERS
    if crl.scope not in (EVERYTHING, wanted):
        yield wrong(
            "the {list} is of another scope, {scope}; the certificate is one of the "
            "{wanted}",
            list=kind,
            scope=crl.scope,
            wanted=wanted,
        )
    named = urls_of(about.der).crl
    if crl.places and named and not {*crl.places} & {*named}:
        yield wrong(
            "the {list} is the one of {places}; the certificate names {named}",
            list=kind,
            places=", ".join(crl.places),
            named=", ".join(named),
        )


def _freshness(kind: str, crl: ReadCrl, now: datetime) -> Iterator[Step]:
    begin, end = crl.this_update, crl.next_update
    dates = {"list": kind, "begin": begin, "end": end, "now": now}
    if begin > now:
        yield wrong("the {list} begins to hold on {begin}, and now is {now}", **dates)
    elif end is None:
        yield fine("the {list} is of {begin}; until when is not said", **dates)
    elif end < now:
        yield wrong("the {list} is stale: it held until {end}; now is {now}", **dates)
    else:
        yield fine("the {list} holds from {begin} until {end}", **dates)


def _made_up(full: ReadCrl, now: datetime) -> Iterator[Step]:
    """The delta brings the full list up to its own date: section 5.2.4."""
    if full.this_update > now or not full.next_update or full.next_update >= now:
        yield from _freshness(_FULL, full, now)
    else:
        yield fine(
            "the CRL held until {end}; the delta CRL brings it up to date",
            end=full.next_update,
        )


def _delta(
    der: bytes | None,
    full: ReadCrl,
    about: Certificate,
    above: Certificate,
    now: datetime,
) -> tuple[ReadCrl | None, list[Step]]:
    """The delta when it can be used, and what was seen of it: section 6.3.3 (c)."""
    if der is None:
        return None, []
    try:
        delta = read_crl(der)
    except BadInputError as refusal:
        steps = [refused(refusal)]
    else:
        steps = [
            *_list(_DELTA, delta, about, above, delta.is_signed_by(above.der)),
            *_freshness(_DELTA, delta, now),
            *_beside(full, delta),
        ]
        if all_fine(steps):
            return delta, steps
    return None, [*steps, fine("the {list} is left out", list=_DELTA)]


def _beside(full: ReadCrl, delta: ReadCrl) -> Iterator[Step]:
    """Whether the delta starts from this full list, or an older one, and is newer."""
    if delta.base is None:
        yield wrong("the {list} is a full one", list=_DELTA)
        return
    if (delta.scope, delta.places) != (full.scope, full.places):
        yield wrong("the {list} is of another scope than the full one", list=_DELTA)
    if delta.authority_key_identifier != full.authority_key_identifier:
        yield wrong("the {list} is of another key than the full one", list=_DELTA)
    numbers = {"list": _DELTA, "base": delta.base}
    numbers |= {"number": delta.number, "full": full.number}
    if full.number is None or delta.number is None:
        yield wrong("the {list} or the full one has no number", **numbers)
    elif full.number < delta.base:
        yield wrong(
            "the {list} starts from number {base}; the full one is only {full}",
            **numbers,
        )
    elif full.number > delta.number:
        yield wrong(
            "the {list} has the number {number}; the full one, {full}, is newer",
            **numbers,
        )
    else:
        yield fine("the {list} starts from number {base}", **numbers)
