"""How names of each form are compared with constraints: RFC 5280 section 4.2.1.10."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, NamedTuple

from lab.pki.der import SEQUENCE, expect, wrap
from lab.pki.names import read_name
from lab.trust.general_names import (
    DIRECTORY_NAME,
    DNS_NAME,
    EDI_PARTY_NAME,
    IP_ADDRESS,
    MAIL_NAME,
    OTHER_NAME,
    REGISTERED_ID,
    URI_NAME,
    X400_ADDRESS,
    RawName,
    identifier_text,
    other_name,
    prefix_length,
    relative_names,
)

DNS, MAIL = "dNSName", "rfc822Name"
_WORDS = {
    OTHER_NAME: "otherName",
    MAIL_NAME: MAIL,
    DNS_NAME: DNS,
    X400_ADDRESS: "x400Address",
    DIRECTORY_NAME: "directoryName",
    EDI_PARTY_NAME: "ediPartyName",
    URI_NAME: "uniformResourceIdentifier",
    IP_ADDRESS: "iPAddress",
    REGISTERED_ID: "registeredID",
}
_SMTP_UTF8_MAILBOX = bytes.fromhex("2b06010505070809")
_EXPLICIT_0, _UTF8_STRING = 0xA0, 12
_LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"({_LABEL}\.)*(?![0-9]*$){_LABEL}")
_LONG_HOST = re.compile(rf"(\*\.)?({_LABEL}\.)+{_LABEL}", re.IGNORECASE | re.ASCII)
# RFC 3986 section 3, with an authority. Other letters in it, such as a backslash, are
# read by one program as a part of the host and by the next as its end.
_URI = re.compile(
    r"[a-z][a-z0-9+.-]*://([a-z0-9._~!$&'()*+,;=:%-]*@)?([^/?#:@]*)(:[0-9]*)?"
    r"([/?#].*)?",
    re.DOTALL,
)


class Form(NamedTuple):
    """What is done with names of one form; readers raise ValueError for a misfit."""

    value: Callable[[RawName], Any]  # of a name
    base: Callable[[RawName], Any]  # of a constraint
    is_within: Callable[[Any, Any], bool]  # value, base
    touches: Callable[[Any, Any], bool]  # it stands for names of which some are within


def form_of(one: RawName) -> str:
    """The form of a name in the words of RFC 5280; ValueError when there is none.

    Each kind of otherName is a form of its own. A SmtpUTF8Mailbox is constrained as a
    mail address is (RFC 9598 section 6).
    """
    if one.tag == OTHER_NAME:
        kind, _ = other_name(one.content)
        if kind == _SMTP_UTF8_MAILBOX:
            return MAIL
        return f"{_WORDS[OTHER_NAME]} {identifier_text(kind)}"
    if one.tag not in _WORDS:
        raise ValueError("no such form of name")
    return _WORDS[one.tag]


def is_long_host(text: str) -> bool:
    """Say whether a common name is to be taken for a host name: it has a dot inside."""
    return _LONG_HOST.fullmatch(text) is not None


def _text(one: RawName) -> str:
    return one.content.decode("ascii")


def _dns_value(one: RawName) -> str:
    return _text(one).lower()


def _dns_base(one: RawName) -> tuple[str, str]:
    # A dot in front is not in the RFC; OpenSSL and others let it mean: only below.
    base = _dns_value(one)
    return base, base if not base or base.startswith(".") else f".{base}"


def _dns_within(value: str, base: tuple[str, str]) -> bool:
    whole, ending = base
    return value == whole or value.endswith(ending)


def _dns_touches(value: str, base: tuple[str, str]) -> bool:
    # "*.example" is also the name "www.example", were that one excluded; the RFC says
    # nothing of wildcards (4.2.1.6), and OpenSSL looks at the letters only.
    if _dns_within(value, base):
        return True
    return value.startswith("*.") and base[0].partition(".")[2] == value[2:]


def _mail_value(one: RawName) -> tuple[str, str]:
    if one.tag == OTHER_NAME:
        _, rest = other_name(one.content)
        start, _ = expect(rest, 0, _EXPLICIT_0)
        start, end = expect(rest, start, _UTF8_STRING)
        text = rest[start:end].decode()
    else:
        text = _text(one)
    local, _, host = text.rpartition("@")
    if not local or not host.isascii() or not host:
        raise ValueError("not a mail address")
    return local, host.lower()  # only the host's letters may change their case


def _mail_base(one: RawName) -> tuple[str, str]:
    if one.tag == OTHER_NAME:
        raise ValueError("constraints on mail are of the form rfc822Name")
    if "@" in _text(one):
        return _mail_value(one)
    return "", _host_base(one)


def _mail_within(value: tuple[str, str], base: tuple[str, str]) -> bool:
    if base[0]:
        return value == base
    return _host_within(value[1], base[1])


def _uri_value(one: RawName) -> str:
    parts = _URI.fullmatch(_text(one).lower())
    if not parts or not _HOST.fullmatch(parts[2]):
        raise ValueError("no host, or an address: such a URI is to be refused")
    return parts[2]


def _host_base(one: RawName) -> str:
    base = _text(one).lower()
    if not base:
        # The RFC gives it no meaning: to some it is nothing, to others everything.
        raise ValueError("an empty constraint")
    return base


def _host_within(value: str, base: str) -> bool:
    return value == base or (base.startswith(".") and value.endswith(base))


def _address_value(one: RawName) -> tuple[int, int]:
    return len(one.content), int(ip_address(one.content))


def _address_base(one: RawName) -> tuple[int, int, int]:
    half = len(one.content) // 2
    network, mask = one.content[:half], one.content[half:]
    ip_address(network)  # 4 octets or 16
    if len(mask) != half:
        raise ValueError("address and mask differ in length")
    bits = 8 * half - prefix_length(mask)
    return half, bits, int.from_bytes(network) >> bits


def _address_within(value: tuple[int, int], base: tuple[int, int, int]) -> bool:
    length, number = value
    return length == base[0] and number >> base[1] == base[2]


def _directory(one: RawName) -> tuple[str, ...]:
    # String types, letter case and white space do not matter (section 7.1).
    relatives = relative_names(one.content)
    return tuple([read_name(wrap(SEQUENCE, each)).hash for each in relatives])


def _directory_within(value: tuple[str, ...], base: tuple[str, ...]) -> bool:
    return value[: len(base)] == base


# What is not here cannot be compared: nobody has said how.
FORMS = {
    DNS: Form(_dns_value, _dns_base, _dns_within, _dns_touches),
    MAIL: Form(_mail_value, _mail_base, _mail_within, _mail_within),
    "uniformResourceIdentifier": Form(
        _uri_value, _host_base, _host_within, _host_within
    ),
    "iPAddress": Form(_address_value, _address_base, _address_within, _address_within),
    "directoryName": Form(_directory, _directory, _directory_within, _directory_within),
}
