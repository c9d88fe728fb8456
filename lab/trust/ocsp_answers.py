"""What an OCSP answer is worth: about this certificate, believed, fresh (RFC 6960)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from lab.errors import BadInputError
from lab.models import Step
from lab.pki.ocsp import HASHES, cert_id
from lab.pki.ocsp_answer import OcspAnswer, Statement, read_answer
from lab.trust.judged import Judged, all_fine, fine, refused, wrong
from lab.trust.ocsp_signers import believe

MEDIA_TYPE = "application/ocsp-response"
SKEW = timedelta(minutes=5)  # between two clocks: what `openssl ocsp` allows
_HOLD = "certificateHold"
_NEVER_ISSUED = datetime(1970, 1, 1, tzinfo=UTC)
_MD5 = bytes.fromhex("06092a864886f70d010104")  # md5WithRSAEncryption
_REFUSALS = {  # RFC 6960 section 2.3
    "malformedRequest": "the responder answers {status}: it cannot read the question",
    "internalError": "the responder answers {status}: something is wrong with itself",
    "tryLater": "the responder answers {status}: it cannot answer for the moment",
    "sigRequired": "the responder answers {status}: it wants a signed question",
    "unauthorized": "the responder answers {status}: "
    "it does not speak for this issuer, or not to us",
}


def judge_ocsp(
    response: bytes,
    *,
    certificate: bytes,
    issuer: bytes,
    now: datetime,
    nonce: bytes | None = None,
    trusted_responders: Sequence[bytes] = (),
    skew: timedelta = SKEW,
    content_type: str = MEDIA_TYPE,
) -> Judged:
    """Judge an answer about a certificate that `issuer` issued (section 3.2).

    `nonce` is the one that was sent; `trusted_responders` are the certificates that
    may sign though the issuer says nothing of them. Everything is looked at, so that
    the steps name all that is wrong; then the status is "unusable". Raises
    BadInputError only when the certificate or its issuer cannot be read.
    """
    cert_id(certificate, issuer)
    steps = [*_kind(content_type)]
    try:
        answer = read_answer(response)
    except BadInputError as refusal:
        return Judged(status="unusable", steps=(*steps, refused(refusal)))
    if answer.refusal:
        steps.append(wrong(_REFUSALS[answer.refusal], status=answer.refusal))
        return Judged(status="unusable", steps=tuple(steps))
    found = _statement(answer, certificate, issuer)
    if found is None:
        steps.append(_about_others(answer, certificate, issuer))
    else:
        steps += _freshness(found, now, skew)
    steps += _nonce(answer.nonce, nonce)
    steps += _critical(answer, found)
    steps += _weakness(answer)
    believed = believe(answer, issuer=issuer, designated=trusted_responders, now=now)
    status = "unusable"
    if found and believed.model and all_fine(steps):
        status = _status(found)
    said = [_said(found)] if found else []
    return Judged(
        status=status,
        model=believed.model,
        signer=believed.signer,
        this_update=found.this_update if found else None,
        next_update=found.next_update if found else None,
        revoked_at=found.revoked_at if found else None,
        reason=found.reason if found else "",
        steps=(*said, *steps, *believed.steps),
    )


def _kind(content_type: str) -> Iterator[Step]:
    if content_type != MEDIA_TYPE:
        yield wrong(
            "the answer calls itself {kind}, not {expected}",
            kind=content_type or "-",
            expected=MEDIA_TYPE,
        )


def _statement(
    answer: OcspAnswer, certificate: bytes, issuer: bytes
) -> Statement | None:
    """What the answer says of this certificate, by whatever hash it names it."""
    for each in answer.statements:
        if each.hash_name in HASHES:
            wanted = cert_id(certificate, issuer, each.hash_name)
            if (each.serial, each.name_hash, each.key_hash) == (
                wanted.serial,
                wanted.name_hash,
                wanted.key_hash,
            ):
                return each
    return None


def _about_others(answer: OcspAnswer, certificate: bytes, issuer: bytes) -> Step:
    serial = cert_id(certificate, issuer).serial
    if any(each.serial == serial for each in answer.statements):
        return wrong(
            "the answer is about serial number {serial} of another issuer",
            serial=f"{serial:x}",
        )
    return wrong(
        "the answer is about {others}; asked for was the serial number {serial}",
        others=", ".join(f"{each.serial:x}" for each in answer.statements[:3])
        or "nothing",
        serial=f"{serial:x}",
    )


def _freshness(found: Statement, now: datetime, skew: timedelta) -> Iterator[Step]:
    """Sections 4.2.2.1 and 3.2; without a next update it holds from its update on."""
    begin, end = found.this_update, found.next_update
    if begin > now + skew:
        yield wrong(
            "it begins to hold on {begin}, and now is {now}", begin=begin, now=now
        )
    if end is None:
        yield fine(
            "it holds since {begin} and does not say until when: there may be a newer "
            "one at any time",
            begin=begin,
        )
    elif end < begin:
        yield wrong(
            "it ends on {end}, before it begins on {begin}", end=end, begin=begin
        )
    elif end < now - skew:
        yield wrong(
            "it is stale: it held until {end}, and now is {now}", end=end, now=now
        )
    elif begin <= now + skew:
        yield fine("it holds from {begin} until {end}", begin=begin, end=end)


def _nonce(returned: bytes | None, sent: bytes | None) -> Iterator[Step]:
    if sent is None:
        if returned is not None:
            yield fine(
                "it has a nonce of {count} bytes, though none was sent",
                count=len(returned),
            )
    elif returned is None:
        # RFC 9654 section 2.1 leaves it to the client.
        yield fine(
            "it does not repeat the nonce that was sent: "
            "it may be one that the responder has kept"
        )
    elif returned == sent:
        yield fine(
            "it repeats the nonce of {count} bytes that was sent", count=len(sent)
        )
    else:
        yield wrong(
            "its nonce, {returned}, is not the one that was sent, {sent}",
            returned=_short(returned),
            sent=_short(sent),
        )


def _critical(answer: OcspAnswer, found: Statement | None) -> Iterator[Step]:
    for oid in (*answer.unknown_critical, *(found.unknown_critical if found else ())):
        yield wrong(
            "it has the critical extension {oid}, which nobody here knows", oid=oid
        )


def _weakness(answer: OcspAnswer) -> Iterator[Step]:
    if _MD5 in answer.algorithm:
        yield wrong(
            "it is signed with {algorithm}, which anybody can forge (RFC 6151)",
            algorithm="md5WithRSAEncryption",
        )


def _status(found: Statement) -> str:
    if found.status != "revoked" or found.reason != _HOLD:
        return found.status
    # What was never issued is said to be on hold since then: section 4.4.8.
    return "revoked" if found.revoked_at == _NEVER_ISSUED else "on_hold"


def _said(found: Statement) -> Step:
    if found.status == "good":
        return fine("the answer: {status}", status=found.status)
    if found.status == "unknown":
        return fine(
            "the answer: {status}; the responder does not know this certificate",
            status=found.status,
        )
    if _status(found) == "revoked" and found.reason == _HOLD:
        return fine(
            "the answer: {status}; the issuer has never issued this certificate",
            status=found.status,
        )
    said = {"status": found.status, "at": found.revoked_at, "reason": found.reason}
    if found.reason:
        return fine("the answer: {status} on {at}, {reason}", **said)
    return fine("the answer: {status} on {at}, without a reason", **said)


def _short(nonce: bytes) -> str:
    return nonce[:8].hex() + ("…" if len(nonce) > 8 else "") or "empty"
