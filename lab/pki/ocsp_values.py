"""Values in OCSP messages, CRLs and certificates, written for people.

Each writer gets the tag and the content of an element; ValueError when it is broken.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from lab.pki.der import oid_text
from lab.pki.describe import NAMES
from lab.pki.names import read_name, visible
from lab.pki.usages import EXTENDED_KEY_USAGES
from lab.rules.reasons import REASONS

UTC_TIME, GENERAL_TIME = 23, 24
_MOST_HEX = 64  # octets of one value that are shown
_TIMES = {UTC_TIME: re.compile(rb"\d{12}Z"), GENERAL_TIME: re.compile(rb"\d{14}Z")}
_LONGEST_NUMBER = 20  # octets; writing it in decimal takes the square of that
_ALGORITHMS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.840.113549.1.1.1": "rsaEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.8": "id-mgf1",
    "1.2.840.113549.1.1.10": "id-RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.10045.2.1": "id-ecPublicKey",
    "1.2.840.10045.3.1.7": "secp256r1",
    "1.3.132.0.34": "secp384r1",
    "1.3.132.0.35": "secp521r1",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.101.112": "id-Ed25519",
    "1.3.101.113": "id-Ed448",
}
_OCSP = {  # RFC 6960 appendix B, RFC 9654
    "1.3.6.1.5.5.7.48.1": "id-ad-ocsp",
    "1.3.6.1.5.5.7.48.1.1": "id-pkix-ocsp-basic",
    "1.3.6.1.5.5.7.48.1.2": "nonce",
    "1.3.6.1.5.5.7.48.1.3": "id-pkix-ocsp-crl",
    "1.3.6.1.5.5.7.48.1.4": "acceptableResponses",
    "1.3.6.1.5.5.7.48.1.6": "archiveCutoff",
    "1.3.6.1.5.5.7.48.1.7": "serviceLocator",
    "1.3.6.1.5.5.7.48.1.8": "preferredSignatureAlgorithms",
    "1.3.6.1.5.5.7.48.1.9": "extendedRevoke",
    "1.3.6.1.5.5.7.48.2": "id-ad-caIssuers",
    "2.5.29.21": "cRLReason",
    "2.5.29.24": "invalidityDate",
    "2.5.29.27": "deltaCRLIndicator",
    "2.5.29.28": "issuingDistributionPoint",
    "2.5.29.29": "certificateIssuer",
}
OIDS: Mapping[str, str] = {
    **NAMES,
    **_ALGORITHMS,
    **_OCSP,
    **{oid.dotted_string: name for name, oid in EXTENDED_KEY_USAGES.items()},
}
REASON_NAMES = {row.code: row.name for row in REASONS.values()}
REASON_FLAGS = (  # RFC 5280 section 4.2.1.13
    *("unused", "keyCompromise", "cACompromise", "affiliationChanged", "superseded"),
    *("cessationOfOperation", "certificateHold", "privilegeWithdrawn", "aACompromise"),
)
STATUSES = {  # RFC 6960 section 4.2.1; 4 is not used
    0: "successful",
    1: "malformedRequest",
    2: "internalError",
    3: "tryLater",
    5: "sigRequired",
    6: "unauthorized",
}


def hex_text(data: bytes) -> str:
    """Write bytes as hex with colons; of long ones the beginning, and the length."""
    text = data[:_MOST_HEX].hex(":").upper()
    return f"{text}… ({len(data)} octets)" if len(data) > _MOST_HEX else text


def oid_name(content: bytes) -> str:
    """The name of an object identifier where it has one here, else its numbers."""
    dotted = oid_text(content)
    return OIDS.get(dotted, dotted)


def hex_value(_tag: int, content: bytes) -> str:
    return hex_text(content)


def counted_hex(_tag: int, content: bytes) -> str:
    text = hex_text(content)
    return text if len(content) > _MOST_HEX else f"{text} ({len(content)} octets)"


def number(_tag: int, content: bytes) -> str:
    if not content:
        raise ValueError("a number has at least one octet")
    if len(content) > _LONGEST_NUMBER:
        return hex_text(content)
    return str(int.from_bytes(content, signed=True))


def serial(_tag: int, content: bytes) -> str:
    if not content:
        raise ValueError("a number has at least one octet")
    if len(content) > _MOST_HEX:
        return hex_text(content)
    return f"{int.from_bytes(content, signed=True):x}"


def version(_tag: int, content: bytes) -> str:
    if not 0 < len(content) <= _LONGEST_NUMBER:
        raise ValueError("a version is a small number")
    return f"v{int.from_bytes(content, signed=True) + 1}"


def truth(_tag: int, content: bytes) -> str:
    if len(content) != 1:
        raise ValueError("a truth value has one octet")
    return "FALSE" if content == b"\0" else "TRUE"


def nothing(_tag: int, content: bytes) -> str:
    if content:
        raise ValueError("what says nothing is empty")
    return ""


def identifier(_tag: int, content: bytes) -> str:
    return oid_name(content)


def moment(tag: int, content: bytes) -> str:
    # Implicitly tagged moments are of the long form.
    kind = tag if tag in _TIMES else GENERAL_TIME
    if not _TIMES[kind].fullmatch(content):
        raise ValueError("the time is not written as RFC 5280 has it")
    text = content.decode("ascii")
    if kind == UTC_TIME:  # RFC 5280 section 4.1.2.5.1
        text = ("19" if text[0] >= "5" else "20") + text
    return f"{datetime.strptime(text, '%Y%m%d%H%M%SZ'):%Y-%m-%d %H:%M:%S} UTC"  # noqa: DTZ007  # the Z is a part of the text


def ascii_text(_tag: int, content: bytes) -> str:
    return visible(content.decode("ascii"))


def address(_tag: int, content: bytes) -> str:
    if len(content) in (4, 16):
        return str(ipaddress.ip_address(content))
    return hex_text(content)


def bit_string(_tag: int, content: bytes) -> str:
    if not content or content[0] > 7:
        raise ValueError("a bit string begins with the number of unused bits")
    return hex_text(content[1:])


def named_bits(names: tuple[str, ...]) -> Callable[[int, bytes], str]:
    def write(_tag: int, content: bytes) -> str:
        if not content or content[0] > 7:
            raise ValueError("a bit string begins with the number of unused bits")
        found = [
            names[at] if at < len(names) else str(at)
            for at in range(min(8 * (len(content) - 1), 64))
            if content[1 + at // 8] & 0x80 >> at % 8
        ]
        return ", ".join(found)

    return write


def enumerated(names: Mapping[int, str]) -> Callable[[int, bytes], str]:
    def write(tag: int, content: bytes) -> str:
        code = number(tag, content)
        return f"{names.get(int.from_bytes(content), '')} ({code})".strip()

    return write


def name_of(whole: bytes) -> str:
    return read_name(whole).text or "(empty)"
