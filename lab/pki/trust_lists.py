"""ITL and CTL files: tags, lengths and values, signed as a whole.

The layout is that of the files phones read (facts §8.3, usecallmanager.nz): a header
that names the signer and holds the signature, then one record a certificate. What is
signed is the file without the signature's own element.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import (
    encode_dss_signature,
)

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.loading import UNREADABLE, load
from lab.pki.reading import read_certificate
from lab.rules.trust_lists import HEADER_TAGS, LIST_ROLES, RECORD_TAGS

MAX_LIST_BYTES = 1024 * 1024  # far more than a phone takes
HEADER = {row.name: row.number for row in HEADER_TAGS}
RECORD = {row.name: row.number for row in RECORD_TAGS}
ROLE = {row.name: row.number for row in LIST_ROLES}
_ROLE_NAME = {number: name for name, number in ROLE.items()}
_NESTED = {HEADER["SIGNERID"], HEADER["SIGNATUREINFO"], HEADER["SIGALGORITHMINFO"]}
_HASHES = {1: hashes.SHA1(), 2: hashes.SHA256(), 3: hashes.SHA512()}
SHA512 = 3  # the number of the hash that the lab signs with


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
        or (version[0], len(version[1])) != (HEADER["VERSION"], 2)
        or (head[0], len(head[1])) != (HEADER["HEADERLENGTH"], 2)
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


def _words(value: bytes) -> str:
    return value.removesuffix(b"\0").decode("utf-8", "replace")


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
    names = {number: name for name, number in HEADER.items()}
    found: dict[str, bytes] = {}
    at, signature_at = 0, 0
    while at < end:
        tag = data[at]
        if tag == HEADER["PADDING"]:
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
        if tag == HEADER["SIGNATURE"]:
            signature_at = at
        at += 3 + len(value)
    return found, signature_at


def _read_records(data: bytes, at: int) -> Iterator[ListRecord]:
    while at < len(data):
        tag, value = _next(data, at, len(data))
        length = int.from_bytes(value)
        if tag != RECORD["RECORDLENGTH"] or len(value) != 2 or length < 5:
            raise _unreadable()
        if at + length > len(data):
            raise _unreadable()
        yield _read_record(data, at, at + length)
        at += length


def _read_record(data: bytes, at: int, end: int) -> ListRecord:
    known = set(RECORD.values())
    fields = []
    values: dict[int, bytes] = {}
    for tag, value in _elements(data, at, end):
        if tag not in known or tag in values:
            raise _unreadable()
        values[tag] = value
        fields.append(ListField(tag=tag, length=len(value), value=value))
    function = values.get(RECORD["FUNCTION"], b"")
    if len(function) != 2 or RECORD["CERTIFICATE"] not in values:
        raise _unreadable()
    role = int.from_bytes(function)
    return ListRecord(
        role=_ROLE_NAME.get(role, str(role)),
        node=_words(values.get(RECORD["DNSNAME"], b"")),
        certificate=read_certificate(values[RECORD["CERTIFICATE"]]),
        length=end - at,
        fields=tuple(fields),
    )


def _unreadable() -> BadInputError:
    return BadInputError(
        "the file is no readable trust list",
        hint="Check that it is a whole ITL or CTL file.",
    )
