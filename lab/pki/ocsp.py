"""OCSP requests and answers as bytes (RFC 6960, RFC 5019, RFC 9654).

The library that signs certificates here reads and writes OCSP for one certificate at
a time, and puts the machine's time into an answer. So the messages are put together
from their parts; what they are made of is read back by three other tools in tests.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import new as new_hash
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from lab.errors import BadInputError
from lab.pki.der import (
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    children,
    element,
    expect,
    oid_text,
    wrap,
)
from lab.pki.keys import PrivateKey, hash_for, spec_of
from lab.pki.loading import load_parts
from lab.rules.reasons import REASONS

HASHES = ("sha1", "sha256", "sha384", "sha512")  # that issuers are known by here
MOST_NONCE_OCTETS = 128  # and at least one: RFC 9654 section 2.1

_SHORT_OCTETS = 512  # of what is kept; it takes some 150 to ask about one certificate
_MOST_SERIAL_BITS = 8 * 20  # RFC 5280 section 4.1.2.2
_Parts = list[tuple[int, int, int, int]]
_NULL, _ENUMERATED, _TIME = 5, 10, 24
_CONTEXT = 0xA0
_NONCE = bytes.fromhex("2b0601050507300102")
# What a client may call critical: the nonce, and the types of answers that it can
# read, of which there is one (RFC 6960 section 4.4.3).
_UNDERSTOOD = frozenset({_NONCE, bytes.fromhex("2b0601050507300104")})
_BASIC = wrap(OID, bytes.fromhex("2b0601050507300101"))
_SHA1_OID, _SHA2_OID = bytes.fromhex("2b0e03021a"), bytes.fromhex("608648016503040200")
_HASH_OIDS = MappingProxyType(
    {
        "sha1": _SHA1_OID,
        "sha256": _SHA2_OID[:-1] + b"\x01",
        "sha384": _SHA2_OID[:-1] + b"\x02",
        "sha512": _SHA2_OID[:-1] + b"\x03",
    }
)
_HASH_NAMES = {oid: name for name, oid in _HASH_OIDS.items()}
_RSA_OID = bytes.fromhex("2a864886f70d010100")
_ECDSA_OID = bytes.fromhex("2a8648ce3d040300")
_ALGORITHMS = {  # RFC 4055 section 5 wants a NULL, RFC 5758 section 3.2 wants none
    ("RSA", "sha256"): wrap(OID, _RSA_OID[:-1] + b"\x0b") + b"\x05\x00",
    ("RSA", "sha384"): wrap(OID, _RSA_OID[:-1] + b"\x0c") + b"\x05\x00",
    ("RSA", "sha512"): wrap(OID, _RSA_OID[:-1] + b"\x0d") + b"\x05\x00",
    ("EC", "sha256"): wrap(OID, _ECDSA_OID[:-1] + b"\x02"),
    ("EC", "sha384"): wrap(OID, _ECDSA_OID[:-1] + b"\x03"),
    ("EC", "sha512"): wrap(OID, _ECDSA_OID[:-1] + b"\x04"),
}
_PADDING = padding.PKCS1v15()
_REFUSALS = {
    "malformedRequest": 1,
    "internalError": 2,
    "tryLater": 3,
    "sigRequired": 5,
    "unauthorized": 6,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CertId:
    """Which certificate is asked about (RFC 6960 section 4.1.1)."""

    hash_name: str  # one of `HASHES`, or the OID of another
    name_hash: bytes
    key_hash: bytes
    serial: int
    has_null: bool = True  # whether the hash is named with a NULL; it is echoed so


@dataclass(frozen=True, kw_only=True, slots=True)
class OcspRequest:
    """What a client asks."""

    ids: tuple[CertId, ...]
    nonce: bytes | None = None
    is_signed: bool = False
    unknown_critical: tuple[str, ...] = ()  # OIDs of extensions unknown here


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is said of one certificate."""

    id: CertId
    status: str  # "good", "revoked" or "unknown"
    at: datetime | None = None  # when it was revoked
    reason: str = ""  # RFC 5280 spelling


def read_request(der: bytes) -> OcspRequest:
    """Read a request; `BadInputError` when it is malformed.

    So is one that asks about nothing, and one with a nonce of no octets or of more
    than 128 (RFC 9654 section 2.1). A signature is noticed and not verified.
    """
    try:
        return _read_with_nonce(der) or _read(der)
    except (ValueError, IndexError) as error:
        raise BadInputError(
            "the data are not an OCSP request: {reason}",
            hint="Send an OCSPRequest in DER: RFC 6960 section 4.1.1.",
            reason=error,
        ) from None


def _read_with_nonce(der: bytes) -> OcspRequest | None:
    """The same request as the last time but for its nonce is not read again."""
    at = der.find(_NONCE) + len(_NONCE)
    if at < len(_NONCE) or len(der) > _SHORT_OCTETS or at + 4 > len(der):
        return None
    # The nonce is in one OCTET STRING within another, and is the last of all.
    size = der[at + 3]
    if der[at + 2] != OCTET_STRING or at + 4 + size != len(der) or not size:
        return None
    known = _read_but_nonce(der[: at + 4], size)
    return OcspRequest(
        ids=known.ids,
        nonce=der[at + 4 :],
        is_signed=known.is_signed,
        unknown_critical=known.unknown_critical,
    )


@lru_cache(maxsize=4096)
def _read_but_nonce(head: bytes, size: int) -> OcspRequest:
    return _read(head + bytes(size))


def _read(der: bytes) -> OcspRequest:
    tag, start, end = element(der, 0)
    if tag != SEQUENCE or end != len(der):
        raise ValueError("they are not one SEQUENCE from the first octet to the last")
    parts = children(der, start, end)
    tbs = children(der, *_content(parts, 0, SEQUENCE))
    _only(parts, 1, 2, _CONTEXT)
    if tbs and tbs[0][0] == _CONTEXT:
        if der[tbs[0][2] : tbs[0][3]] != b"\x02\x01\x00":
            raise ValueError("the version is not 1")
        tbs.pop(0)
    if tbs and tbs[0][0] == _CONTEXT + 1:
        element(der, tbs[0][2])  # who asks is no business of ours
        tbs.pop(0)
    requests = children(der, *_content(tbs, 0, SEQUENCE))
    if not requests:
        raise ValueError("they ask about no certificate")
    unknown: list[str] = []
    ids = tuple(_read_single(der, part, unknown) for part in requests)
    _only(tbs, 1, 2, _CONTEXT + 2)
    nonce = _read_extensions(der, tbs[1], unknown) if len(tbs) == 2 else None
    return OcspRequest(
        ids=ids,
        nonce=nonce,
        is_signed=len(parts) == 2,
        unknown_critical=tuple(unknown),
    )


def _read_single(
    der: bytes, part: tuple[int, int, int, int], unknown: list[str]
) -> CertId:
    parts = children(der, *_content([part], 0, SEQUENCE))
    fields = children(der, *_content(parts, 0, SEQUENCE))
    _only(parts, 1, 2, _CONTEXT)
    if len(parts) == 2:
        _read_extensions(der, parts[1], unknown)
    _only(fields, 4, 4, INTEGER)
    algorithm = children(der, *_content(fields, 0, SEQUENCE))
    start, end = _content(algorithm, 0, OID)
    has_null = len(algorithm) > 1
    if has_null and der[end : algorithm[-1][3]] != b"\x05\x00":
        raise ValueError("a hash has parameters")
    oid = der[start:end]
    start, end = _content(fields, 3, INTEGER)
    if start == end:
        raise ValueError("a serial number has no octets")
    name, key = _content(fields, 1, OCTET_STRING), _content(fields, 2, OCTET_STRING)
    return CertId(
        hash_name=_HASH_NAMES.get(oid) or oid_text(oid),
        name_hash=der[slice(*name)],
        key_hash=der[slice(*key)],
        serial=int.from_bytes(der[start:end], signed=True),
        has_null=has_null,
    )


def _read_extensions(
    der: bytes, part: tuple[int, int, int, int], unknown: list[str]
) -> bytes | None:
    """The nonce among the extensions; OIDs of critical unknown ones are added."""
    nonce = None
    start, end = expect(der, part[2], SEQUENCE)
    if end != part[3]:
        raise ValueError("something follows the extensions")
    seen = set()
    for each in children(der, start, end):
        parts = children(der, *_content([each], 0, SEQUENCE))
        name = der[slice(*_content(parts, 0, OID))]
        if name in seen:
            raise ValueError("an extension is there twice")
        seen.add(name)
        is_critical = len(parts) == 3
        if is_critical:
            first, after = _content(parts, 1, BOOLEAN)
            is_critical = der[first:after] not in (b"", b"\x00")
        _only(parts, 2, 3, OCTET_STRING)
        if is_critical and name not in _UNDERSTOOD:
            unknown.append(oid_text(name))
        if name == _NONCE:
            nonce = _read_nonce(der[slice(*_content(parts, -1, OCTET_STRING))])
    return nonce


def _read_nonce(value: bytes) -> bytes:
    start, end = expect(value, 0, OCTET_STRING)
    if end != len(value):
        raise ValueError("something follows the nonce")
    if not 1 <= end - start <= MOST_NONCE_OCTETS:
        raise ValueError(f"the nonce has {end - start} octets, not 1 to 128")
    return value[start:]


def _content(parts: _Parts, index: int, tag: int) -> tuple[int, int]:
    found, _, start, end = parts[index]
    if found != tag:
        raise ValueError(f"tag {found} stands where {tag} should")
    return start, end


def _only(parts: _Parts, least: int, most: int, last_tag: int) -> None:
    """So many parts, and the one of the highest number with this tag."""
    if not least <= len(parts) <= most:
        raise ValueError(f"{len(parts)} parts stand where {least} to {most} should")
    if len(parts) == most and parts[-1][0] != last_tag:
        raise ValueError(f"tag {parts[-1][0]} stands where {last_tag} should")


def is_usual(wanted: CertId) -> bool:
    """Whether it may be the name of a real certificate, and so be remembered."""
    return wanted.serial.bit_length() <= _MOST_SERIAL_BITS


def cert_id(
    certificate_der: bytes, issuer_der: bytes, hash_name: str = "sha1"
) -> CertId:
    """Name a certificate as a client does that has its issuer's certificate."""
    name_hash, key_hash = issuer_hashes(issuer_der, hash_name)
    serial = load_parts(certificate_der)[1].serial
    return CertId(
        hash_name=hash_name, name_hash=name_hash, key_hash=key_hash, serial=serial
    )


def issuer_hashes(issuer_der: bytes, hash_name: str) -> tuple[bytes, bytes]:
    """The hashes of an issuer's name and of its key, as a `CertId` has them."""
    if hash_name not in HASHES:
        raise BadInputError(
            "OCSP names issuers by no hash called {wanted} here",
            hint="Choose one of: {known}.",
            wanted=repr(hash_name),
            known=", ".join(HASHES),
        )
    parts = load_parts(issuer_der)[1]
    _, bits = children(parts.public_key, *expect(parts.public_key, 0, SEQUENCE))
    key = parts.public_key[bits[2] + 1 : bits[3]]  # without the count of unused bits
    name_hash, key_hash = (
        new_hash(hash_name, data, usedforsecurity=False).digest()
        for data in (parts.subject, key)
    )
    return name_hash, key_hash


def build_request(
    certificate_der: bytes,
    issuer_der: bytes,
    *,
    hash_name: str = "sha1",
    nonce: bytes | None = None,
) -> bytes:
    """Ask about one certificate; the nonce goes in as it is, whatever its length."""
    return build_request_for([cert_id(certificate_der, issuer_der, hash_name)], nonce)


def build_request_for(ids: Iterable[CertId], nonce: bytes | None = None) -> bytes:
    """Ask about several certificates at once."""
    requests = b"".join(wrap(SEQUENCE, _id_bytes(each)) for each in ids)
    tbs = wrap(SEQUENCE, requests)
    if nonce is not None:
        tbs += wrap(_CONTEXT + 2, _nonce_extensions(nonce))
    return wrap(SEQUENCE, wrap(SEQUENCE, tbs))


def sign_answers(
    answers: Sequence[Answer],
    *,
    signer_certificate: bytes,
    signer_key: PrivateKey,
    certificates: Sequence[bytes],
    this_update: datetime,
    next_update: datetime | None,
    produced_at: datetime,
    nonce: bytes | None = None,
) -> bytes:
    """Sign what is said of these certificates; return the whole response in DER.

    The responder is named by its key, as RFC 5019 section 2.2.2 has it.
    `certificates` go along for clients that do not have the signer's.
    """
    span = wrap(_TIME, _time(this_update))
    if next_update is not None:
        span += wrap(_CONTEXT, wrap(_TIME, _time(next_update)))
    singles = b"".join([wrap(SEQUENCE, _said(each) + span) for each in answers])
    tbs = (
        _responder_id(signer_certificate)
        + wrap(_TIME, _time(produced_at))
        + wrap(SEQUENCE, singles)
    )
    if nonce is not None:
        tbs += wrap(_CONTEXT + 1, _nonce_extensions(nonce))
    tbs = wrap(SEQUENCE, tbs)
    algorithm, signature = _sign(tbs, signer_key)
    basic = tbs + algorithm + wrap(3, b"\x00" + signature)
    if certificates:
        basic += wrap(_CONTEXT, wrap(SEQUENCE, b"".join(certificates)))
    body = wrap(SEQUENCE, _BASIC + wrap(OCTET_STRING, wrap(SEQUENCE, basic)))
    return wrap(SEQUENCE, b"\x0a\x01\x00" + wrap(_CONTEXT, body))


def refusal(status: str) -> bytes:
    """An answer that says only why there is none; it is not signed."""
    return wrap(SEQUENCE, wrap(_ENUMERATED, bytes([_REFUSALS[status]])))


def mangle(response: bytes) -> bytes:
    """The same response with one bit of its signature turned round."""
    body = expect(response, expect(response, 0, SEQUENCE)[0] + 3, _CONTEXT)[0]
    first = children(response, *expect(response, body, SEQUENCE))[1][2]
    signature = children(response, *expect(response, first, SEQUENCE))[2]
    last = signature[3] - 1
    return response[:last] + bytes([response[last] ^ 1]) + response[last + 1 :]


def _said(answer: Answer) -> bytes:
    # With a nonce, the same is said again and again.
    return _kept_words(answer) if is_usual(answer.id) else _words(answer)


@lru_cache(maxsize=4096)
def _kept_words(answer: Answer) -> bytes:
    return _words(answer)


def _words(answer: Answer) -> bytes:
    if answer.status == "good":
        return _id_bytes(answer.id) + b"\x80\x00"
    if answer.status == "unknown":
        return _id_bytes(answer.id) + b"\x82\x00"
    if answer.status != "revoked" or answer.at is None:
        raise BadInputError(
            "a responder cannot say {status} of a certificate",
            hint="It says good, unknown, or revoked with the moment.",
            status=repr(answer.status),
        )
    said = wrap(_TIME, _time(answer.at))
    # RFC 5280 section 5.3.1 would have "unspecified" left out; so it is here.
    if code := REASONS[answer.reason or "unspecified"].code:
        said += wrap(_CONTEXT, wrap(_ENUMERATED, bytes([code])))
    return _id_bytes(answer.id) + wrap(_CONTEXT + 1, said)


def _id_bytes(wanted: CertId) -> bytes:
    if wanted.hash_name not in _HASH_OIDS:
        raise BadInputError(
            "OCSP names issuers by no hash called {wanted} here",
            hint="Choose one of: {known}.",
            wanted=repr(wanted.hash_name),
            known=", ".join(HASHES),
        )
    algorithm = wrap(OID, _HASH_OIDS[wanted.hash_name])
    size = wanted.serial.bit_length() // 8 + 1
    if wanted.serial < 0:
        size = (wanted.serial + 1).bit_length() // 8 + 1
    return wrap(
        SEQUENCE,
        wrap(SEQUENCE, algorithm + b"\x05\x00" if wanted.has_null else algorithm)
        + wrap(OCTET_STRING, wanted.name_hash)
        + wrap(OCTET_STRING, wanted.key_hash)
        + wrap(INTEGER, wanted.serial.to_bytes(size, signed=True)),
    )


def _nonce_extensions(nonce: bytes) -> bytes:
    value = wrap(OCTET_STRING, wrap(OCTET_STRING, nonce))
    return wrap(SEQUENCE, wrap(SEQUENCE, wrap(OID, _NONCE) + value))


@lru_cache(maxsize=64)
def _responder_id(certificate: bytes) -> bytes:
    key_hash = issuer_hashes(certificate, "sha1")[1]
    return wrap(_CONTEXT + 2, wrap(OCTET_STRING, key_hash))


@lru_cache(maxsize=64)
def _time(moment: datetime) -> bytes:
    return moment.strftime("%Y%m%d%H%M%SZ").encode()


def _sign(data: bytes, key: PrivateKey) -> tuple[bytes, bytes]:
    name, algorithm = _algorithm(key)
    if isinstance(key, rsa.RSAPrivateKey):
        return name, key.sign(data, _PADDING, algorithm)
    return name, key.sign(data, ec.ECDSA(algorithm))


@lru_cache(maxsize=16)
def _algorithm(key: PrivateKey) -> tuple[bytes, HashAlgorithm]:
    spec = spec_of(key)
    algorithm = hash_for(spec)
    return wrap(SEQUENCE, _ALGORITHMS[spec.type, algorithm.name]), algorithm
