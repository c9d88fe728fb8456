"""DER by hand: the parts of a certificate, well-formed or not."""

from datetime import datetime
from ipaddress import ip_address

from lab.pki.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    wrap,
)

UTF8, PRINTABLE, TELETEX, IA5, UNIVERSAL, BMP = 12, 19, 20, 22, 28, 30
UTC_TIME, GENERALIZED_TIME = 23, 24
NULL = b"\x05\x00"
ATTRIBUTES = {
    "CN": "2.5.4.3",
    "serialNumber": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "DC": "0.9.2342.19200300.100.1.25",
    "E": "1.2.840.113549.1.9.1",
}
_USUAL = {"C": PRINTABLE, "serialNumber": PRINTABLE, "DC": IA5, "E": IA5}
_ENCODINGS = {
    UTF8: "utf-8",
    BMP: "utf-16-be",
    UNIVERSAL: "utf-32-be",
    TELETEX: "latin-1",
}


def sequence(*parts):
    return wrap(SEQUENCE, b"".join(parts))


def one_set(*parts):
    """A SET OF: its members stand in the order of their bytes (X.690 11.6)."""
    return wrap(SET, b"".join(sorted(parts)))


def integer(value):
    return wrap(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def boolean(value):
    return wrap(BOOLEAN, b"\xff" if value else b"\x00")


def octets(data):
    return wrap(OCTET_STRING, data)


def bits(data, unused=0):
    return wrap(BIT_STRING, bytes((unused,)) + data)


def named_bits(*positions):
    """A BIT STRING of named bits: no zero bits at its end (X.690 11.2.2)."""
    value, width = 0, max(positions, default=-1) + 1
    unused = -width % 8
    for position in positions:
        value |= 1 << (width - 1 - position)
    return bits((value << unused).to_bytes((width + unused) // 8), unused)


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return wrap(OID, content)


def moment(at, tag=None):
    """UTCTime before 2050, GeneralizedTime after: RFC 5280 section 4.1.2.5."""
    if isinstance(at, bytes):
        return at
    tag = tag or (UTC_TIME if at.year < 2050 else GENERALIZED_TIME)
    digits = f"{at:%Y%m%d%H%M%SZ}"
    return wrap(tag, digits[2 if tag == UTC_TIME else 0 :].encode())


def utc_time(digits):
    return wrap(UTC_TIME, digits.encode())


def generalized_time(at):
    if isinstance(at, datetime):
        return moment(at, GENERALIZED_TIME)
    return wrap(GENERALIZED_TIME, at.encode())


def text(value, tag=UTF8):
    return wrap(tag, value.encode(_ENCODINGS.get(tag, "ascii")))


def attribute(kind, value, tag=None):
    """One attribute of a name; `kind` is a short name or an OID, a value may be DER."""
    if not isinstance(value, bytes):
        value = text(value, tag or _USUAL.get(kind, UTF8))
    return sequence(oid(ATTRIBUTES.get(kind, kind)), value)


def dn(*rdns, tag=None, **attributes):
    """A distinguished name: its RDNs as DER, then one for each attribute by name."""
    named = [one_set(attribute(kind, value, tag)) for kind, value in attributes.items()]
    return sequence(*rdns, *named)


def dns(name):
    return wrap(0x82, name if isinstance(name, bytes) else name.encode())


def email(name):
    return wrap(0x81, name.encode())


def uri(name):
    return wrap(0x86, name.encode())


def ip(address):
    """An address as text, or any bytes (a constraint has address and mask)."""
    raw = address if isinstance(address, bytes) else ip_address(address).packed
    return wrap(0x87, raw)


def network(address, mask):
    """An address range of a name constraint."""
    return ip(ip_address(address).packed + ip_address(mask).packed)


def directory(name):
    return wrap(0xA4, name)


def registered_id(dotted):
    return wrap(0x88, oid(dotted)[2:])


def other_name(dotted, value):
    return wrap(0xA0, oid(dotted) + wrap(0xA0, value))
