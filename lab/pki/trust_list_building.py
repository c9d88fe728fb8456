"""Building of ITL and CTL files: the layout is told in `lab.pki.trust_lists`."""

import re
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.keys import PrivateKey, PublicKey
from lab.pki.loading import load
from lab.pki.trust_lists import HEADER, RECORD, ROLE, SHA512

# Bytes of the signature, by the number that stands for them in the header; a length
# without a number of its own has that of the next longer one.
_MODULI = ((64, 0), (128, 1), (256, 2), (512, 3))
_COMMA = re.compile(r"(?<!\\),")
_MOST = 0xFFFF  # a length has two bytes


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
    after = _element(HEADER["FILENAME"], _text(name))
    after += _element(HEADER["TIMESTAMP"], _seconds(made_at).to_bytes(4))
    fixed = 10 + len(before) + 3 + length + len(after)  # 10: version and length
    after += bytes([HEADER["PADDING"]]) * (-fixed % 4)
    head = _element(HEADER["VERSION"], bytes([1, 2])) + _element(
        HEADER["HEADERLENGTH"], (fixed + -fixed % 4).to_bytes(2)
    )
    body = b"".join(_record(*each) for each in records)
    signature = _sign(key, head + before + after + body)
    signed = _element(HEADER["SIGNATURE"], signature)
    return head + before + signed + after + body


def list_name(certificate_name: str) -> str:
    """A name as the lists write it: parts with semicolons between them."""
    return _COMMA.sub(";", certificate_name)


def _signer_part(signer: Certificate, length: int) -> bytes:
    who = (
        _element(HEADER["SIGNERNAME"], _text(list_name(signer.subject)))
        + _element(HEADER["SERIALNUMBER"], _serial(signer))
        + _element(HEADER["CANAME"], _text(list_name(signer.issuer)))
    )
    size = next((number for most, number in _MODULI if length <= most), _MODULI[-1][1])
    algorithm = _element(HEADER["SIGALGORITHM"], b"\0") + _element(
        HEADER["SIGMODULUS"], bytes([size])
    )
    how = _element(HEADER["DIGESTALGORITHM"], bytes([SHA512])) + _element(
        HEADER["SIGALGORITHMINFO"], algorithm
    )
    return (
        _element(HEADER["SIGNERVERSION"], bytes([1, 1]))
        + _element(HEADER["SIGNERID"], who)
        + _element(HEADER["SIGNATUREINFO"], how)
    )


def _record(role: str, node: str, certificate: Certificate) -> bytes:
    loaded = load(certificate.der)
    body = b"".join(
        _element(RECORD[tag], value)
        for tag, value in (
            ("DNSNAME", _text(node)),
            ("SUBJECTNAME", _text(list_name(certificate.subject))),
            ("FUNCTION", ROLE[role].to_bytes(2)),
            ("ISSUERNAME", _text(list_name(certificate.issuer))),
            ("SERIALNUMBER", _serial(certificate)),
            ("PUBLICKEY", _public_key(loaded)),
            ("SIGNATURE", loaded.signature),
            ("CERTIFICATE", certificate.der),
        )
    )
    return _element(RECORD["RECORDLENGTH"], _short(len(body) + 5)) + body


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


def _serial(certificate: Certificate) -> bytes:
    return bytes.fromhex(_even(certificate.serial.removeprefix("-")))


def _even(digits: str) -> str:
    return digits if len(digits) % 2 == 0 else "0" + digits
