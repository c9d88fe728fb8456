"""ITL and CTL files: tags, lengths and values, signed as a whole.

The layout is that of the files phones read (facts §8.3, usecallmanager.nz): a header
that names the signer and holds the signature, then one record a certificate. What is
signed is the file without the signature's own element.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.keys import PrivateKey, PublicKey
from lab.pki.loading import UNREADABLE, load
from lab.pki.reading import read_certificate
from lab.rules.trust_lists import HEADER_TAGS, LIST_ROLES, RECORD_TAGS

MAX_LIST_BYTES = 1024 * 1024  # far more than a phone takes
_HEADER = {row.name: row.number for row in HEADER_TAGS}
_RECORD = {row.name: row.number for row in RECORD_TAGS}
_ROLE = {row.name: row.number for row in LIST_ROLES}
_ROLE_NAME = {number: name for name, number in _ROLE.items()}
_NESTED = {_HEADER["SIGNERID"], _HEADER["SIGNATUREINFO"], _HEADER["SIGALGORITHMINFO"]}
_HASHES = {1: hashes.SHA1(), 2: hashes.SHA256(), 3: hashes.SHA512()}
_SHA512 = 3
# Bytes of the signature, by the number that stands for them in the header; a length
# without a number of its own has that of the next longer one.
_MODULI = ((64, 0), (128, 1), (256, 2), (512, 3))
_COMMA = re.compile(r"(?<!\\),")
_MOST = 0xFFFF  # a length has two bytes


@dataclass(frozen=True, kw_only=True)
class ListField:
    """One element of a record, as `show itl` prints it."""

    tag: int
    length: int
    value: bytes


@dataclass(frozen=True, kw_only=True)
class ListRecord:
    """One certificate in a list, and what it is trusted for."""

    role: str  # as lab.rules.trust_lists.LIST_ROLES names it; else its number
    node: str
    certificate: Certificate
    length: int
    fields: tuple[ListField, ...]


@dataclass(frozen=True, kw_only=True)
class TrustListFile:
    """A list that was read; `signer_…` is what its header says."""

    name: str
    made_at: datetime
    signer_name: str
    signer_serial: str  # lower-case hex
    issuer_name: str
    hash_number: int
    signature: bytes
    content: bytes  # what is signed
    records: tuple[ListRecord, ...]
    size: int

    def known(self, *roles: str) -> frozenset[str]:
        """Fingerprints of the certificates in these roles."""
        return frozenset(
            record.certificate.sha256 for record in self.records if record.role in roles
        )


def build_trust_list(
    name: str,
    records: Sequence[tuple[str, str, Certificate]],
    *,
    signer: Certificate,
    key: PrivateKey,
    made_at: datetime,
) -> bytes:
    """Build a list of (role, node, certificate) and sign it with the signer's key.

    An RSA key signs as PKCS #1 with SHA-512; the format names no other, so an EC key
    signs with its two numbers side by side.
    """
    length = _signature_bytes(key.public_key())
    before = _signer_part(signer, length)
    after = _element(_HEADER["FILENAME"], _text(name))
    after += _element(_HEADER["TIMESTAMP"], _seconds(made_at).to_bytes(4))
    fixed = 10 + len(before) + 3 + length + len(after)  # 10: version and length
    after += bytes([_HEADER["PADDING"]]) * (-fixed % 4)
    head = _element(_HEADER["VERSION"], bytes([1, 2])) + _element(
        _HEADER["HEADERLENGTH"], (fixed + -fixed % 4).to_bytes(2)
    )
    body = b"".join(_record(*each) for each in records)
    signature = _sign(key, head + before + after + body)
    signed = _element(_HEADER["SIGNATURE"], signature)
    return head + before + signed + after + body


def read_trust_list(data: bytes) -> TrustListFile:
    """Read a list; `BadInputError` for whatever is none."""
    if len(data) > MAX_LIST_BYTES:
        raise BadInputError(
            "the file has {size} bytes; the most for a trust list is {limit}",
            hint="Check that it is an ITL or a CTL file.",
            size=len(data),
            limit=MAX_LIST_BYTES,
        )
    elements = _elements(data, 0, len(data))
    version = next(elements, None)
    head = next(elements, None)
    if (
        version is None
        or head is None
        or (version[0], len(version[1])) != (_HEADER["VERSION"], 2)
        or (head[0], len(head[1])) != (_HEADER["HEADERLENGTH"], 2)
    ):
        raise _unreadable()
    end = int.from_bytes(head[1])
    if not 10 <= end <= len(data):
        raise _unreadable()
    found, signature_at = _read_header(data, end)
    signature = found.get("SIGNATURE", b"")
    digest = found.get("DIGESTALGORITHM", b"")
    stamp = found.get("TIMESTAMP", bytes(4))
    if not signature or len(digest) != 1 or len(stamp) != 4:
        raise _unreadable()
    return TrustListFile(
        name=_words(found.get("FILENAME", b"")),
        made_at=datetime.fromtimestamp(int.from_bytes(stamp), UTC),
        signer_name=_words(found.get("SIGNERNAME", b"")),
        signer_serial=f"{int.from_bytes(found.get('SERIALNUMBER', b'')):x}",
        issuer_name=_words(found.get("CANAME", b"")),
        hash_number=digest[0],
        signature=signature,
        content=data[:signature_at] + data[signature_at + 3 + len(signature) :],
        records=tuple(_read_records(data, end)),
        size=len(data),
    )


def is_signed_by(file: TrustListFile, signer_der: bytes) -> bool:
    """Say whether the key of that certificate made the list's signature."""
    algorithm = _HASHES.get(file.hash_number)
    if algorithm is None:
        return False
    try:
        key = load(signer_der).public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(file.signature, file.content, PKCS1v15(), algorithm)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            half = len(file.signature) // 2
            r, s = file.signature[:half], file.signature[half:]
            both = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
            key.verify(both, file.content, ec.ECDSA(algorithm))
            return True
    except (InvalidSignature, BadInputError, *UNREADABLE):
        pass
    return False


def list_name(certificate_name: str) -> str:
    """A name as the lists write it: parts with semicolons between them."""
    return _COMMA.sub(";", certificate_name)


def _signer_part(signer: Certificate, length: int) -> bytes:
    who = (
        _element(_HEADER["SIGNERNAME"], _text(list_name(signer.subject)))
        + _element(_HEADER["SERIALNUMBER"], _serial(signer))
        + _element(_HEADER["CANAME"], _text(list_name(signer.issuer)))
    )
    size = next((number for most, number in _MODULI if length <= most), _MODULI[-1][1])
    algorithm = _element(_HEADER["SIGALGORITHM"], b"\0") + _element(
        _HEADER["SIGMODULUS"], bytes([size])
    )
    how = _element(_HEADER["DIGESTALGORITHM"], bytes([_SHA512])) + _element(
        _HEADER["SIGALGORITHMINFO"], algorithm
    )
    return (
        _element(_HEADER["SIGNERVERSION"], bytes([1, 1]))
        + _element(_HEADER["SIGNERID"], who)
        + _element(_HEADER["SIGNATUREINFO"], how)
    )


def _record(role: str, node: str, certificate: Certificate) -> bytes:
    loaded = load(certificate.der)
    body = b"".join(
        _element(_RECORD[tag], value)
        for tag, value in (
            ("DNSNAME", _text(node)),
            ("SUBJECTNAME", _text(list_name(certificate.subject))),
            ("FUNCTION", _ROLE[role].to_bytes(2)),
            ("ISSUERNAME", _text(list_name(certificate.issuer))),
            ("SERIALNUMBER", _serial(certificate)),
            ("PUBLICKEY", _public_key(loaded)),
            ("SIGNATURE", loaded.signature),
            ("CERTIFICATE", certificate.der),
        )
    )
    return _element(_RECORD["RECORDLENGTH"], _short(len(body) + 5)) + body


def _public_key(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise BadInputError(
        "a trust list takes certificates with RSA and EC keys only",
        hint="Choose a certificate with such a key.",
    )


def _signature_bytes(key: PublicKey) -> int:
    length = (key.key_size + 7) // 8
    return length if isinstance(key, rsa.RSAPublicKey) else 2 * length


def _sign(key: PrivateKey, content: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, PKCS1v15(), hashes.SHA512())
    half = (key.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA512())))
    return r.to_bytes(half) + s.to_bytes(half)


def _element(tag: int, value: bytes) -> bytes:
    return bytes([tag]) + _short(len(value)) + value


def _seconds(moment: datetime) -> int:
    # Four bytes end in 2106; a lab's clock may be turned further.
    return min(max(int(moment.timestamp()), 0), 0xFFFFFFFF)


def _short(length: int) -> bytes:
    if length > _MOST:
        raise BadInputError(
            "a part of a trust list cannot have {size} bytes",
            hint="Choose a smaller certificate.",
            size=length,
        )
    return length.to_bytes(2)


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _words(value: bytes) -> str:
    return value.removesuffix(b"\0").decode("utf-8", "replace")


def _serial(certificate: Certificate) -> bytes:
    return bytes.fromhex(_even(certificate.serial.removeprefix("-")))


def _even(digits: str) -> str:
    return digits if len(digits) % 2 == 0 else "0" + digits


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each element between two places; padding has no value."""
    while at < end:
        tag, value = _next(data, at, end)
        at += 3 + len(value)
        yield tag, value


def _next(data: bytes, at: int, end: int) -> tuple[int, bytes]:
    start = at + 3
    stop = start + int.from_bytes(data[at + 1 : start])
    if start > end or stop > end:
        raise _unreadable()
    return data[at], data[start:stop]


def _read_header(data: bytes, end: int) -> tuple[dict[str, bytes], int]:
    """The header's values by name, and where the signature's element begins."""
    names = {number: name for name, number in _HEADER.items()}
    found: dict[str, bytes] = {}
    at, signature_at = 0, 0
    while at < end:
        tag = data[at]
        if tag == _HEADER["PADDING"]:
            at += 1
            continue
        if tag not in names:
            raise _unreadable()
        if tag in _NESTED:  # what it holds is read as if it stood here
            at += 3
            continue
        _, value = _next(data, at, end)
        if names[tag] in found:
            raise _unreadable()
        found[names[tag]] = value
        if tag == _HEADER["SIGNATURE"]:
            signature_at = at
        at += 3 + len(value)
    return found, signature_at


def _read_records(data: bytes, at: int) -> Iterator[ListRecord]:
    while at < len(data):
        tag, value = _next(data, at, len(data))
        length = int.from_bytes(value)
        if tag != _RECORD["RECORDLENGTH"] or len(value) != 2 or length < 5:
            raise _unreadable()
        if at + length > len(data):
            raise _unreadable()
        yield _read_record(data, at, at + length)
        at += length


def _read_record(data: bytes, at: int, end: int) -> ListRecord:
    known = set(_RECORD.values())
    fields = []
    values: dict[int, bytes] = {}
    for tag, value in _elements(data, at, end):
        if tag not in known or tag in values:
            raise _unreadable()
        values[tag] = value
        fields.append(ListField(tag=tag, length=len(value), value=value))
    function = values.get(_RECORD["FUNCTION"], b"")
    if len(function) != 2 or _RECORD["CERTIFICATE"] not in values:
        raise _unreadable()
    role = int.from_bytes(function)
    return ListRecord(
        role=_ROLE_NAME.get(role, str(role)),
        node=_words(values.get(_RECORD["DNSNAME"], b"")),
        certificate=read_certificate(values[_RECORD["CERTIFICATE"]]),
        length=end - at,
        fields=tuple(fields),
    )


def _unreadable() -> BadInputError:
    return BadInputError(
        "the file is no readable trust list",
        hint="Check that it is a whole ITL or CTL file.",
    )
