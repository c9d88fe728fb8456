"""A certificate and a request as the cluster's `show` commands print them.

The reader of such text is `lab.pki.cluster_text`; facts §6.2.
"""

import re
import textwrap
from collections.abc import Iterator

from lab.models import Certificate, ExtensionText, SigningRequest
from lab.pki.bundles import write_pem
from lab.pki.describe import describe_extensions, describe_key
from lab.pki.loading import load_parts
from lab.pki.names import visible
from lab.pki.requests import request_pem

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_WIDTH = 72
_NAMES = {  # as the cluster calls what RFC 5280 calls otherwise
    "keyUsage": "KeyUsage",
    "extKeyUsage": "ExtKeyUsageSyntax",
    "subjectKeyIdentifier": "SubjectKeyIdentifier",
    "basicConstraints": "BasicConstraints",
    "subjectAltName": "SubjectAlternativeName",
}
_MOST_NAME = 60


def file_name(certificate: Certificate) -> str:
    """The name of a trust certificate's file: common name and serial number."""
    name = _UNSAFE.sub("_", certificate.common_name)[:_MOST_NAME].strip("._-")
    serial = certificate.serial.removeprefix("-")[:40]
    return f"{name}_{serial}.pem" if name else f"{serial}.pem"


def certificate_text(certificate: Certificate) -> str:
    """The whole certificate, then PEM."""
    lines = [
        "[",
        "  Version: V3",
        f"  Serial Number: {certificate.serial.upper()}",
        f"  SignatureAlgorithm: {certificate.signature_algorithm}",
        f"  Issuer Name: {certificate.issuer}",
        f"  Validity From: {certificate.not_before:%a %b %d %H:%M:%S UTC %Y}",
        f"           To:   {certificate.not_after:%a %b %d %H:%M:%S UTC %Y}",
        f"  Subject Name: {certificate.subject}",
        f"  Key: {certificate.key_type}",
        "    Key value:",
        *_key(certificate),
        *_extensions(describe_extensions(certificate.der)),
        "  Signature:",
        *_wrapped(_signature(certificate.der)),
        "]",
    ]
    shown = [visible(line) for line in lines]
    return "\n".join([*shown, write_pem([certificate.der]).decode().rstrip()])


def request_text(request: SigningRequest) -> str:
    """A request, then PEM."""
    lines = [
        "[",
        f"  Subject Name: {request.subject}",
        f"  Key: {request.key.type}, {request.key.size} bits",
        f"  SignatureAlgorithm: {request.signature_algorithm}",
        f"  KeyUsage: {', '.join(request.key_usage)}",
        f"  ExtKeyUsageSyntax: {', '.join(request.extended_key_usage)}",
        f"  SubjectAlternativeName: {', '.join(request.alternative_names)}",
        "]",
    ]
    shown = [visible(line) for line in lines]
    return "\n".join([*shown, request_pem(request.der).decode().rstrip()])


def _key(certificate: Certificate) -> Iterator[str]:
    for line in describe_key(certificate.der)[1:]:
        yield from _wrapped(line.replace(":", ""))


def _extensions(found: list[ExtensionText]) -> Iterator[str]:
    yield f"  Extensions: {len(found)} present"
    for each in found:
        yield "  ["
        yield f"    Extension: {_NAMES.get(each.name, each.name)} (OID.{each.oid})"
        yield f"    Critical: {str(each.critical).lower()}"
        for line in each.lines:
            yield from _wrapped(line)
        yield "  ]"


def _signature(der: bytes) -> str:
    return load_parts(der)[0].signature.hex()


def _wrapped(text: str) -> list[str]:
    return [f"    {line}" for line in textwrap.wrap(text, _WIDTH)]
