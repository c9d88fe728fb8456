"""Certificates put together by hand, so that every part of them can be wrong.

The signature is made of two numbers and fits nothing: an import does not ask for it.
"""

import random
from base64 import encodebytes

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTF8, PRINTABLE, TELETEX, IA5, BMP, UNIVERSAL = 0x0C, 0x13, 0x14, 0x16, 0x1E, 0x1C
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
COMMON_NAME = "2.5.4.3"


def wrap(tag, *parts):
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + content


def sequence(*parts):
    return wrap(0x30, *parts)


def set_of(*parts):
    return wrap(0x31, *parts)


def integer(number):
    size = number.bit_length() // 8 + 1
    return wrap(INTEGER, number.to_bytes(size, signed=True))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        content += bytes(reversed(groups))
    return wrap(OID, content)


def bits(content, unused=0):
    return wrap(BIT_STRING, bytes([unused]), content)


def octets(*parts):
    return wrap(OCTET_STRING, *parts)


def attribute(value, kind=COMMON_NAME):
    """One attribute of a name: a text, or an element of its own."""
    value = value if isinstance(value, bytes) else wrap(UTF8, value.encode())
    return sequence(oid(kind), value)


def name(*values):
    """A name of common names, each a text or an element of its own."""
    return sequence(*(set_of(attribute(value)) for value in values))


def extension(kind, *value, critical=False):
    mark = bytes.fromhex("0101ff") if critical else b""
    return sequence(oid(kind), mark, octets(*value))


def time_of(tag, text):
    return wrap(tag, text.encode())


# The generator of P-256 is a point on it, and nobody's key.
_POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_EC_KEY, _P256 = oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")
EC_KEY = sequence(sequence(_EC_KEY, _P256), bits(_POINT))
ECDSA = sequence(oid("1.2.840.10045.4.3.2"))
SIGNATURE = bits(sequence(integer(1), integer(2)))
BEGIN = time_of(UTC_TIME, "250101000000Z")
END = time_of(UTC_TIME, "450101000000Z")
VERSION_3 = wrap(0xA0, integer(2))

_state = random.Random()


def begin_file(file):
    """The serials of each file are its own, and the same each time it is made."""
    _state.seed(file)


def ec_key(point, curve=_P256):
    return sequence(sequence(_EC_KEY, curve), bits(point))


def rsa_key(modulus, exponent=65537):
    algorithm = sequence(oid("1.2.840.113549.1.1.1"), b"\5\0")
    return sequence(algorithm, bits(sequence(integer(modulus), integer(exponent))))


def certificate(
    subject="hostile.example",
    *,
    issuer="Hostile CA",
    version=VERSION_3,
    serial=None,
    algorithm=ECDSA,
    begin=BEGIN,
    end=END,
    key=EC_KEY,
    extensions=None,
    more=b"",
    outer=None,
    signature=SIGNATURE,
):
    """A certificate; every part may be given as the bytes that stand there instead."""
    parts = [version, serial or integer(_state.getrandbits(63)), algorithm]
    parts += [issuer if isinstance(issuer, bytes) else name(issuer)]
    parts += [sequence(begin, end)]
    parts += [subject if isinstance(subject, bytes) else name(subject), key]
    if extensions is not None:
        parts += [wrap(0xA3, sequence(*extensions))]
    return sequence(sequence(*parts, more), outer or algorithm, signature)


def pem(der, label="CERTIFICATE"):
    begin, end = f"-----BEGIN {label}-----\n", f"-----END {label}-----\n"
    text = encodebytes(der).replace(b"\n", b"")
    lines = [text[at : at + 64] + b"\n" for at in range(0, len(text), 64)]
    return begin.encode() + b"".join(lines) + end.encode()


def signed_data(*ders, kind="1.2.840.113549.1.7.2"):
    """A PKCS#7 file that holds certificates and nobody's signature."""
    data = sequence(oid("1.2.840.113549.1.7.1"))
    certificates = wrap(0xA0, *ders)
    inner = sequence(integer(1), set_of(), data, certificates, set_of())
    return sequence(oid(kind), wrap(0xA0, inner))
