"""Files of certificates: PEM, DER and PKCS#7, in and out."""

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lab.errors import BadInputError
from lab.pki.der import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    children,
    element,
    expect,
    whole_sequence,
)
from lab.pki.loading import UNREADABLE, quietly

MAX_FILE_BYTES = 64 * 1024 * 1024

_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
_PKCS7_LABELS = {"PKCS7", "CMS"}
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,64})-----")
_WHITE = b" \t\r\n\x0b\x0c"
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_CERTIFICATES = 0xA0  # context tag of SignedData.certificates


class Bundle(NamedTuple):
    """What a file held."""

    ders: tuple[bytes, ...]
    format: str  # "PEM", "DER", "PKCS#7 PEM" or "PKCS#7 DER"
    private_keys: int  # seen and left where they were


class Block(NamedTuple):
    """One PEM block; what it encodes is decoded on demand."""

    label: str
    number: int  # counted from 1 among all blocks of the file
    body: bytes

    def der(self) -> bytes:
        """Decode the block; BadInputError names it when it is broken."""
        text = self.body.translate(None, _WHITE)
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except ValueError:
            raise BadInputError(
                "PEM block {number} ({label}) is not valid base64",
                hint="Copy the file again; a line was changed or lost.",
                number=self.number,
                label=self.label,
            ) from None


def read_bundle(data: bytes) -> Bundle:
    """Read all certificates of a file: PEM, DER, or PKCS#7 in either form.

    Private keys are counted and never kept. The certificates are cut out, not judged.
    Raises BadInputError when there is none, and says what there is instead.
    """
    _check_size(data)
    data = _as_ascii(data)
    if not _BEGIN.search(data):
        return _read_der(data)
    ders: list[bytes] = []
    labels: set[str] = set()
    private_keys = 0
    for block in find_blocks(data):
        labels.add(block.label)
        private_keys += block.label.endswith("PRIVATE KEY")
        ders.extend(_block_certificates(block))
    if not ders:
        raise _nothing_in(labels)
    form = "PEM" if labels & _CERTIFICATE_LABELS else "PKCS#7 PEM"
    return Bundle(tuple(ders), form, private_keys)


def split_certificates(data: bytes) -> Iterator[bytes]:
    """Yield the certificates of a file one by one, as `read_bundle` finds them.

    The same refusals; a broken block is met when its turn comes.
    """
    _check_size(data)
    data = _as_ascii(data)
    if not _BEGIN.search(data):
        yield from _read_der(data).ders
        return
    labels: set[str] = set()
    found = False
    for block in find_blocks(data):
        labels.add(block.label)
        for der in _block_certificates(block):
            found = True
            yield der
    if not found:
        raise _nothing_in(labels)


def find_blocks(data: bytes) -> Iterator[Block]:
    """Yield the PEM blocks of a text; whatever stands between them is skipped.

    Raises BadInputError for a block without its end.
    """
    at, number = 0, 0
    while begin := _BEGIN.search(data, at):
        number += 1
        label = begin[1]
        end_line = b"-----END " + label + b"-----"
        end = data.find(end_line, begin.end())
        following = data.find(b"-----BEGIN ", begin.end())
        if end < 0 or 0 <= following < end:
            raise BadInputError(
                "PEM block {number} ({label}) has no end",
                hint="Copy the whole file, down to its last line.",
                number=number,
                label=label.decode("ascii"),
            )
        yield Block(label.decode("ascii"), number, data[begin.end() : end])
        at = end + len(end_line)


def write_pem(ders: Iterable[bytes]) -> bytes:
    """Write certificates as PEM, one block after another."""
    return b"".join(map(_pem_block, ders))


def _pem_block(der: bytes) -> bytes:
    text = binascii.b2a_base64(der, newline=False)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join(
        [b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""]
    )


def write_pkcs7(ders: Iterable[bytes]) -> bytes:
    """Write certificates as PKCS#7 DER; BadInputError when one is unreadable."""
    try:
        loaded = quietly(lambda: [x509.load_der_x509_certificate(der) for der in ders])
        return pkcs7.serialize_certificates(loaded, Encoding.DER)
    except UNREADABLE:
        raise BadInputError(
            "a certificate cannot be written as PKCS#7", hint="Export it as PEM."
        ) from None


def _check_size(data: bytes) -> None:
    if len(data) > MAX_FILE_BYTES:
        raise BadInputError(
            "the file has {size} bytes; at most {limit} are read",
            hint="Split the file.",
            size=len(data),
            limit=MAX_FILE_BYTES,
        )
    if not data.strip(_WHITE):
        raise BadInputError(
            "the file is empty", hint="Choose a file with certificates in it."
        )


def _as_ascii(data: bytes) -> bytes:
    # Some editors save PEM as UTF-16.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("ascii", "replace")
    return data


def _block_certificates(block: Block) -> list[bytes]:
    if block.label in _PKCS7_LABELS:
        return _pkcs7_certificates(block.der())
    if block.label not in _CERTIFICATE_LABELS:
        return []
    der = block.der()
    if block.label == "TRUSTED CERTIFICATE":
        der = _first_element(der)  # OpenSSL puts its trust settings behind it
    if not whole_sequence(der):
        raise BadInputError(
            "PEM block {number} ({label}) is not a whole certificate",
            hint="Copy the file again; a line was changed or lost.",
            number=block.number,
            label=block.label,
        )
    return [der]


def _first_element(der: bytes) -> bytes:
    try:
        return der[: element(der, 0)[2]]
    except ValueError:
        return der


def _read_der(data: bytes) -> Bundle:
    kind = _kind_of(data)
    if kind == "PKCS#7":
        return Bundle(tuple(_pkcs7_certificates(data)), "PKCS#7 DER", 0)
    if kind == "cut":
        raise BadInputError(
            "the file is cut, or bytes follow its end: it has {size} bytes",
            hint="Copy the file again.",
            size=len(data),
        )
    if kind != "certificate":
        raise _nothing_in({kind})
    return Bundle((data,), "DER", 0)


def _kind_of(data: bytes) -> str:
    """Guess what DER is from its first elements; the labels are those of PEM."""
    if data[:2] == b"\x30\x80":  # BER; only PKCS#7 is written so
        return "PKCS#7" if _SIGNED_DATA in data[:32] else ""
    if not whole_sequence(data):
        # Text may begin with a zero too, but not with such a second byte.
        return "cut" if data[:1] == b"\x30" and data[1:2] > b"\x80" else ""
    try:
        _, start, end = element(data, 0)
        outer = children(data, start, end)
        tags = [part[0] for part in outer]
        if tags[0] == OID and data[outer[0][2] : outer[0][3]] == _SIGNED_DATA:
            return "PKCS#7"
        if tags[:2] == [INTEGER, SEQUENCE]:
            _, at, _ = element(data, outer[1][1])
            if data[at:].startswith(bytes((OID, len(_DATA))) + _DATA):
                return "PKCS#12"
            return "PRIVATE KEY"
        if tags[:2] in ([INTEGER, INTEGER], [INTEGER, OCTET_STRING]):
            return "PRIVATE KEY"
        if tags == [SEQUENCE, OCTET_STRING]:
            return "ENCRYPTED PRIVATE KEY"
        if len(tags) == 3:
            return _kind_of_signed(data, outer[0][2], outer[0][3])
    except (ValueError, IndexError):
        pass
    return ""


def _kind_of_signed(data: bytes, start: int, end: int) -> str:
    tags = [part[0] for part in children(data, start, end)]
    if tags[:3] == [INTEGER, SEQUENCE, SEQUENCE] and len(tags) == 4 and tags[3] == 0xA0:
        return "CERTIFICATE REQUEST"
    if len(tags) >= 6:
        is_versioned = tags[0] == 0xA0 and tags[1] == INTEGER
        if is_versioned or tags[:6] == [INTEGER] + [SEQUENCE] * 5:
            return "certificate"
    return "X509 CRL"


def _pkcs7_certificates(der: bytes) -> list[bytes]:
    try:
        found = _signed_data_certificates(der)
    except (ValueError, IndexError):
        found = _lenient_pkcs7(der)
    if not found:
        raise BadInputError(
            "the PKCS#7 file holds no certificate that can be read",
            hint="Export the certificates again.",
        )
    return found


def _signed_data_certificates(der: bytes) -> list[bytes]:
    # ContentInfo and SignedData: RFC 2315 sections 7 and 9.1.
    start, end = expect(der, 0, SEQUENCE)
    if end != len(der):
        raise ValueError("bytes follow the PKCS#7 structure")
    _, content = expect(der, start, OID)
    start, _ = expect(der, content, 0xA0)
    start, end = expect(der, start, SEQUENCE)
    for tag, _, first, last in children(der, start, end):
        if tag == _CERTIFICATES:
            parts = children(der, first, last)
            return [der[at:after] for tag, at, _, after in parts if tag == SEQUENCE]
    return []


def _lenient_pkcs7(der: bytes) -> list[bytes]:
    # BER with indefinite lengths, as some tools write it.
    try:
        loaded = quietly(lambda: pkcs7.load_der_pkcs7_certificates(der))
        return [certificate.public_bytes(Encoding.DER) for certificate in loaded]
    except UNREADABLE:
        return []


def _nothing_in(found: set[str]) -> BadInputError:
    if "PKCS#12" in found:
        return BadInputError(
            "the file is a PKCS#12 file", hint="Export its certificates as PEM first."
        )
    if found & _REQUEST_LABELS:
        return BadInputError(
            "the file holds a certificate signing request, not a certificate",
            hint="Have it signed, and give the certificate.",
        )
    if any(label.endswith("PRIVATE KEY") for label in found):
        return BadInputError(
            "the file holds a private key and no certificate",
            hint="Give the certificate; keep the key where it is.",
        )
    if "X509 CRL" in found:
        return BadInputError(
            "the file holds a CRL, not a certificate", hint="Give the certificate."
        )
    return BadInputError(
        "there is no certificate in the file",
        hint="Give certificates as PEM, DER or PKCS#7.",
    )
