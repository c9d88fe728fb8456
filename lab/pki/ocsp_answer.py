"""OCSP answers of anybody, read into values (RFC 6960 section 4.2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lab.errors import BadInputError
from lab.pki.der import OCTET_STRING, SEQUENCE, children, expect
from lab.pki.extensions import RawExtension, split_extensions
from lab.pki.loading import UNREADABLE, quietly

_NONCE = "1.3.6.1.5.5.7.48.1.2"
_EXTENDED_REVOKED = "1.3.6.1.5.5.7.48.1.9"  # it is said, and nothing is to be done
_REFUSALS = {
    ocsp.OCSPResponseStatus.MALFORMED_REQUEST: "malformedRequest",
    ocsp.OCSPResponseStatus.INTERNAL_ERROR: "internalError",
    ocsp.OCSPResponseStatus.TRY_LATER: "tryLater",
    ocsp.OCSPResponseStatus.SIG_REQUIRED: "sigRequired",
    ocsp.OCSPResponseStatus.UNAUTHORIZED: "unauthorized",
}
_STATUSES = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}
_CONTEXT = 0xA0  # the tag of what is marked [0]; [1] is one more


class Statement(NamedTuple):
    """What an answer says of one certificate."""

    hash_name: str  # "sha1"; empty when it is one that nobody here knows
    name_hash: bytes
    key_hash: bytes
    serial: int
    status: str  # "good", "revoked" or "unknown"
    revoked_at: datetime | None
    reason: str  # RFC 5280 spelling; empty when none is given
    this_update: datetime
    next_update: datetime | None
    unknown_critical: tuple[str, ...]


class OcspAnswer(NamedTuple):
    """An answer; one with a `refusal` has nothing else."""

    refusal: str = ""  # "tryLater" …
    statements: tuple[Statement, ...] = ()
    signer_name: bytes = b""  # DER; empty when the signer is named by its key
    signer_key: bytes = b""  # otherwise: the SHA-1 of its public key
    produced_at: datetime | None = None
    nonce: bytes | None = None
    unknown_critical: tuple[str, ...] = ()
    certificates: tuple[bytes, ...] = ()
    signed: bytes = b""  # what the signature is over
    algorithm: bytes = b""  # AlgorithmIdentifier, DER
    signature: bytes = b""


def read_answer(der: bytes) -> OcspAnswer:
    """Read an OCSP response; BadInputError when the bytes are none."""
    try:
        return quietly(lambda: _read(der))
    except (*UNREADABLE, IndexError):
        raise BadInputError(
            "{count} bytes that begin with {beginning} are no OCSP response",
            hint="Check that the address is the one of a responder.",
            count=len(der),
            beginning=der[:8].hex(" ") or "nothing",
        ) from None


def _read(der: bytes) -> OcspAnswer:
    loaded = ocsp.load_der_ocsp_response(der)
    if loaded.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return OcspAnswer(refusal=_REFUSALS[loaded.response_status])
    # The library has read the values. What is signed with what, who is said to have
    # signed it, and what is critical, stands in the bytes.
    _, algorithm = _parts(_basic(der))[:2]
    signed = loaded.tbs_response_bytes
    body = _parts(signed)
    if body[0][0] == _CONTEXT:  # the version
        body.pop(0)
    (tag, signer), _, (_, singles) = body[:3]
    own = _extensions(body)
    is_named = tag == _CONTEXT + 1
    nonces = [_octets(each.value) for each in own if each.dotted == _NONCE]
    return OcspAnswer(
        statements=tuple(
            _statement(single, _extensions(_parts(part)))
            for single, (_, part) in zip(loaded.responses, _parts(singles), strict=True)
        ),
        signer_name=_content(signer) if is_named else b"",
        signer_key=b"" if is_named else _octets(_content(signer)),
        produced_at=loaded.produced_at_utc,
        nonce=nonces[0] if nonces else None,
        unknown_critical=_critical(own, {_NONCE, _EXTENDED_REVOKED}),
        certificates=tuple(
            each.public_bytes(Encoding.DER) for each in loaded.certificates
        ),
        signed=signed,
        algorithm=algorithm[1],
        signature=loaded.signature,
    )


def _statement(
    single: ocsp.OCSPSingleResponse, extensions: Sequence[RawExtension]
) -> Statement:
    try:
        hash_name = single.hash_algorithm.name
    except UNREADABLE:
        hash_name = ""
    reason = single.revocation_reason
    return Statement(
        hash_name=hash_name,
        name_hash=single.issuer_name_hash,
        key_hash=single.issuer_key_hash,
        serial=single.serial_number,
        status=_STATUSES[single.certificate_status],
        revoked_at=single.revocation_time_utc,
        reason="" if reason is None else reason.value,
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
        unknown_critical=_critical(extensions, set()),
    )


def _basic(der: bytes) -> bytes:
    """The BasicOCSPResponse inside."""
    _, (_, marked) = _parts(der)
    _, (_, octets) = _parts(_content(marked))
    return _content(octets)


def _parts(whole: bytes) -> list[tuple[int, bytes]]:
    """The elements of a SEQUENCE: the tag of each, and all its bytes."""
    start, end = expect(whole, 0, SEQUENCE)
    return [(tag, whole[at:after]) for tag, at, _, after in children(whole, start, end)]


def _content(whole: bytes) -> bytes:
    [(_, _, start, end)] = children(whole, 0, len(whole))
    return whole[start:end]


def _extensions(parts: Sequence[tuple[int, bytes]]) -> list[RawExtension]:
    """Those at the end, which are marked [1]."""
    tag, whole = parts[-1]
    if tag != _CONTEXT + 1:
        return []
    found = split_extensions(_content(whole))
    if len(found) != len(_parts(_content(whole))):
        raise ValueError("an extension is not built like one")
    return found


def _critical(found: Sequence[RawExtension], known: set[str]) -> tuple[str, ...]:
    return tuple(
        each.dotted for each in found if each.critical and each.dotted not in known
    )


def _octets(value: bytes) -> bytes:
    """What is in an OCTET STRING; the bytes as they are when there is none."""
    try:
        start, end = expect(value, 0, OCTET_STRING)
    except ValueError:
        return value
    return value[start:end] if end == len(value) else value
