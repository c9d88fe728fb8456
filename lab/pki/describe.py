"""Every extension and the key of a certificate, as lines that a person can read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from lab.models import ExtensionText
from lab.pki.extensions import RawExtension, one_extension, split_extensions
from lab.pki.loading import UNREADABLE, load_parts
from lab.pki.names import general_name_text, name_text, visible
from lab.pki.reading import read_key
from lab.pki.usages import extended_key_usage_names, key_usage_names

_MAX_HEX_BYTES = 4096  # of one value: enough for an RSA-16384 key
NAMES = {  # RFC 5280 section 4.2, RFC 6960, 6962, 7633, Netscape, Microsoft
    "2.5.29.9": "subjectDirectoryAttributes",
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.16": "privateKeyUsagePeriod",
    "2.5.29.17": "subjectAltName",
    "2.5.29.18": "issuerAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.20": "cRLNumber",
    "2.5.29.30": "nameConstraints",
    "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies",
    "2.5.29.33": "policyMappings",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.36": "policyConstraints",
    "2.5.29.37": "extKeyUsage",
    "2.5.29.46": "freshestCRL",
    "2.5.29.54": "inhibitAnyPolicy",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
    "1.3.6.1.5.5.7.1.24": "tlsFeature",
    "1.3.6.1.5.5.7.48.1.5": "id-pkix-ocsp-nocheck",
    "1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestamps",
    "1.3.6.1.4.1.11129.2.4.3": "precertificatePoison",
    "1.3.6.1.4.1.311.20.2": "enrollCertTypeExtension",
    "1.3.6.1.4.1.311.21.7": "certificateTemplate",
    "2.16.840.1.113730.1.1": "netscapeCertType",
    "2.16.840.1.113730.1.13": "netscapeComment",
}
_METHODS = {
    "1.3.6.1.5.5.7.48.1": "OCSP",
    "1.3.6.1.5.5.7.48.2": "caIssuers",
    "1.3.6.1.5.5.7.48.3": "timeStamping",
    "1.3.6.1.5.5.7.48.5": "caRepository",
}


def describe_extensions(der: bytes) -> list[ExtensionText]:
    """Describe every extension of a certificate, in its order.

    One that cannot be read shows its bytes and says so. Raises BadInputError only
    when the whole is not a certificate.
    """
    _, parts = load_parts(der)
    return [_describe(entry) for entry in split_extensions(parts.extensions)]


def describe_key(der: bytes) -> list[str]:
    """Describe the public key of a certificate: kind, size, and its numbers as hex.

    Raises BadInputError only when the whole is not a certificate.
    """
    _, parts = load_parts(der)
    kind, size = read_key(parts.public_key)
    lines = [f"{kind}, {size} bits" if size else kind]
    if kind == "other":
        return [*lines, colons(parts.public_key)]
    try:
        key = load_der_public_key(parts.public_key)
    except UNREADABLE:
        return [*lines, "unreadable", colons(parts.public_key)]
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        modulus, exponent = _bytes_of(numbers.n), _bytes_of(numbers.e)
        # A number may have more digits than Python writes.
        shown = str(numbers.e) if len(exponent) <= 8 else colons(exponent)
        return [*lines, f"exponent {shown}", "modulus " + colons(modulus)]
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return [*lines, f"curve {key.curve.name}", "point " + colons(point)]
    return [*lines, colons(parts.public_key)]


def _bytes_of(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def colons(data: bytes) -> str:
    """Write bytes as hex with colons; very long ones are cut, and it says so."""
    text = data[:_MAX_HEX_BYTES].hex(":").upper()
    left = len(data) - _MAX_HEX_BYTES
    return f"{text} and {left} more bytes" if left > 0 else text


def _describe(entry: RawExtension) -> ExtensionText:
    oid = entry.dotted
    decoded = one_extension(entry.whole)
    lines: list[str] = []
    if decoded is None:
        lines = ["unreadable", colons(entry.value)]
    else:
        lines = _lines(decoded.value, entry.value)
    return ExtensionText(
        oid=oid, name=NAMES.get(oid, oid), critical=entry.critical, lines=tuple(lines)
    )


def _lines(value: x509.ExtensionType, raw: bytes) -> list[str]:
    writer = _WRITERS.get(type(value))
    if writer is None:
        return [colons(raw)]
    try:
        return writer(value)
    except UNREADABLE:
        return ["unreadable", colons(raw)]


def _basic_constraints(value: x509.BasicConstraints) -> list[str]:
    lines = ["CA: TRUE" if value.ca else "CA: FALSE"]
    if value.path_length is not None:
        lines.append(f"path length: {value.path_length}")
    return lines


def _authority_key(value: x509.AuthorityKeyIdentifier) -> list[str]:
    lines = []
    if value.key_identifier is not None:
        lines.append(colons(value.key_identifier))
    lines += [
        f"issuer {general_name_text(n)}" for n in value.authority_cert_issuer or ()
    ]
    if value.authority_cert_serial_number is not None:
        lines.append(f"serial {value.authority_cert_serial_number:x}")
    return lines


def _points(
    value: x509.CRLDistributionPoints | x509.FreshestCRL,
) -> list[str]:
    lines = []
    for point in value:
        lines += [general_name_text(name) for name in point.full_name or ()]
        if point.relative_name is not None:
            lines.append("relative " + name_text(x509.Name([point.relative_name])))
        lines += [f"signed by {general_name_text(n)}" for n in point.crl_issuer or ()]
        if point.reasons:
            lines.append(
                "reasons: " + ", ".join(sorted(r.value for r in point.reasons))
            )
    return lines


def _access(
    value: x509.AuthorityInformationAccess | x509.SubjectInformationAccess,
) -> list[str]:
    lines = []
    for entry in value:
        oid = entry.access_method.dotted_string
        place = general_name_text(entry.access_location)
        lines.append(f"{_METHODS.get(oid, oid)} {place}")
    return lines


def _policies(value: x509.CertificatePolicies) -> list[str]:
    lines = []
    for policy in value:
        oid = policy.policy_identifier.dotted_string
        lines.append("anyPolicy" if oid == "2.5.29.32.0" else oid)
        for qualifier in policy.policy_qualifiers or ():
            if isinstance(qualifier, str):
                lines.append("practice statement " + visible(qualifier))
            else:
                lines.append("notice " + visible(qualifier.explicit_text or ""))
    return lines


def _name_constraints(value: x509.NameConstraints) -> list[str]:
    permitted = [
        f"permitted {general_name_text(n)}" for n in value.permitted_subtrees or ()
    ]
    excluded = [
        f"excluded {general_name_text(n)}" for n in value.excluded_subtrees or ()
    ]
    return permitted + excluded


def _policy_constraints(value: x509.PolicyConstraints) -> list[str]:
    return [
        f"{words}: {skip}"
        for words, skip in (
            ("requireExplicitPolicy", value.require_explicit_policy),
            ("inhibitPolicyMapping", value.inhibit_policy_mapping),
        )
        if skip is not None
    ]


def _timestamps(value: x509.PrecertificateSignedCertificateTimestamps) -> list[str]:
    return [f"{len(value)} timestamps"] + [
        f"log {stamp.log_id.hex()} at {_moment(stamp.timestamp)}" for stamp in value
    ]


def _usage_period(value: x509.PrivateKeyUsagePeriod) -> list[str]:
    return [
        f"{words} {_moment(moment)}"
        for words, moment in (("from", value.not_before), ("to", value.not_after))
        if moment is not None
    ]


def _template(value: x509.MSCertificateTemplate) -> list[str]:
    return [
        f"template {value.template_id.dotted_string}, "
        f"version {value.major_version}.{value.minor_version}"
    ]


def _moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


_WRITERS: dict[type, Callable[[Any], list[str]]] = {
    x509.SubjectAlternativeName: lambda value: [general_name_text(n) for n in value],
    x509.IssuerAlternativeName: lambda value: [general_name_text(n) for n in value],
    x509.SubjectKeyIdentifier: lambda value: [colons(value.digest)],
    x509.AuthorityKeyIdentifier: _authority_key,
    x509.BasicConstraints: _basic_constraints,
    x509.KeyUsage: lambda value: list(key_usage_names(value)),
    x509.ExtendedKeyUsage: lambda value: list(extended_key_usage_names(value)),
    x509.CRLDistributionPoints: _points,
    x509.FreshestCRL: _points,
    x509.AuthorityInformationAccess: _access,
    x509.SubjectInformationAccess: _access,
    x509.CertificatePolicies: _policies,
    x509.PolicyConstraints: _policy_constraints,
    x509.InhibitAnyPolicy: lambda value: [f"skip certificates: {value.skip_certs}"],
    x509.NameConstraints: _name_constraints,
    x509.PrecertificateSignedCertificateTimestamps: _timestamps,
    x509.PrivateKeyUsagePeriod: _usage_period,
    x509.MSCertificateTemplate: _template,
    x509.TLSFeature: lambda value: [feature.name for feature in value],
    x509.OCSPNoCheck: lambda _: ["present"],
    x509.PrecertPoison: lambda _: ["present"],
}
