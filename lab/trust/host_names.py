"""Host names: whether a certificate carries the one that is asked for."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.errors import BadInputError
from lab.pki.der import sections
from lab.trust.general_names import (
    DNS_NAME,
    IP_ADDRESS,
    RawName,
    alternative_names,
    common_names,
    relative_names,
)

_ALTERNATIVE, _COMMON = "alternative name", "common name"
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_MOST_CHARACTERS = 253  # RFC 1035 section 2.3.4, without the root's dot


@dataclass(frozen=True, kw_only=True)
class NameMatch:
    """Whether a certificate carries the name that was asked for."""

    matched: bool
    by: str = ""  # "alternative name" or "common name"
    carried: tuple[str, ...] = ()  # the names that count: "DNS:…", "IP:…", "CN=…"


def judge_name(name: str, certificate: x509.Certificate) -> NameMatch:
    """Say whether a certificate is one for a host name or an address.

    A common name counts as host name when there is no alternative name that is one
    (RFC 6125 section 6.4.4, facts §1.3). Of alternative names that cannot be read none
    matches. Raises BadInputError when `name` is neither a host name nor an address.
    """
    # OpenSSL 3.0 differs: there "f*.uc.example" stands for names too (not in RFC 9525
    # section 6.3), a star stands for no label with an underscore, and a dot at the end
    # of the name asked for belongs to it.
    asked = _asked(name)
    try:
        names = [
            one
            for one in alternative_names(certificate)
            if one.tag in (DNS_NAME, IP_ADDRESS)
        ]
        common: list[str] = []
        if isinstance(asked, str) and all(one.tag != DNS_NAME for one in names):
            subject = sections(certificate.public_bytes(Encoding.DER)).subject
            common = common_names(relative_names(subject))
    except ValueError:
        return NameMatch(matched=False)
    by = ""
    if any(_is_for(one, asked) for one in names):
        by = _ALTERNATIVE
    elif any(_stands_for(one, str(asked)) for one in common):
        by = _COMMON
    carried = [one.text for one in names] + [f"CN={one}" for one in common]
    return NameMatch(matched=bool(by), by=by, carried=tuple(carried))


def _asked(name: str) -> str | IPv4Address | IPv6Address:
    if len(name) > _MOST_CHARACTERS + 1:
        raise BadInputError(
            "the host name has {length} characters; at most {limit} are allowed",
            hint="Give the name of one host.",
            length=len(name),
            limit=_MOST_CHARACTERS,
        )
    try:
        # A zone ("fe80::1%eth0") means something on one machine only.
        if "%" not in name:
            return ip_address(name)
    except ValueError:
        pass
    host = _ascii(name).lower().removesuffix(".")
    labels = host.split(".")
    # A last label of digits is a broken address (RFC 1123 section 2.1).
    if (
        len(host) > _MOST_CHARACTERS
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        raise BadInputError(
            "{name} is neither a host name nor an address",
            hint="Give a name such as pub.uc.example, or an IPv4 or IPv6 address.",
            name=repr(name),
        )
    return host


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def _is_for(one: RawName, asked: str | IPv4Address | IPv6Address) -> bool:
    if not isinstance(asked, str):
        # RFC 9525 section 6.4: octet by octet, and never in a text.
        return one == (IP_ADDRESS, asked.packed)
    return one.tag == DNS_NAME and _stands_for(one.content.decode("latin-1"), asked)


def _stands_for(presented: str, asked: str) -> bool:
    # Asked is a host name in small letters, so what equals it is one. Letters that
    # become ASCII in small, such as the Kelvin sign, are kept out.
    if not presented.isascii():
        return False
    presented = presented.lower()
    if not presented.startswith("*."):
        return presented == asked
    # RFC 9525 section 6.3: the star is one whole label, the first. Two must follow, as
    # OpenSSL and browsers have it: "*.example" would be the names of all the world.
    domain = asked.partition(".")[2]
    return presented[2:] == domain and "." in domain
