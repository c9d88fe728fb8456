"""What a certificate must hold to be accepted, and the rules the cluster adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lab.rules.sources import Source


class Fault(StrEnum):
    """Why a certificate is not accepted; of several the first one here decides."""

    MALFORMED = "malformed"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    BAD_SIGNATURE = "bad_signature"
    ISSUER_MISSING = "issuer_missing"
    NOT_TRUSTED = "not_trusted"
    NOT_A_CA = "not_a_ca"
    PATH_LENGTH = "path_length"
    KEY_USAGE = "key_usage"
    EXTENDED_KEY_USAGE = "extended_key_usage"
    NAME_CONSTRAINTS = "name_constraints"
    CRITICAL_EXTENSION = "critical_extension"
    POLICY = "policy"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    NAME_MISMATCH = "name_mismatch"
    TOO_COMPLEX = "too_complex"


@dataclass(frozen=True)
class PathRule:
    """One rule; `remedy` is a template that the values of a finding fill."""

    fault: str  # of a rule that decides in favour: its key
    title: str
    rule: str
    remedy: str
    rfc_section: str
    source: Source


# fmt: off
PATH_RULES: Mapping[Fault, PathRule] = MappingProxyType({Fault(row.fault): row for row in (
    PathRule(Fault.MALFORMED,          "Malformed",
             "It is built as RFC 5280 asks: no extension twice, extensions in version 3 only, one signature algorithm inside and outside, an issuer, a CA with a name, every known extension readable.",
             "Have it issued again by a CA that follows RFC 5280.",
             "4.1, 4.2", Source.RFC5280),
    PathRule(Fault.NOT_YET_VALID,      "Not yet valid",
             "The moment asked for is not before notBefore; the first second counts.",
             "Wait until {begin}, or check the clocks of the issuer and of the verifier.",
             "4.1.2.5, 6.1.3 (a)(2)", Source.RFC5280),
    PathRule(Fault.EXPIRED,            "Expired",
             "The moment asked for is not after notAfter; the last second counts.",
             "Renew {name}, or give a newer certificate of the same name and key.",
             "4.1.2.5, 6.1.3 (a)(2)", Source.RFC5280),
    PathRule(Fault.BAD_SIGNATURE,      "Bad signature",
             "The key of its issuer verifies its signature.",
             "Find the certificate of {issuer} whose key signed it; that of the same name which is here did not.",
             "6.1.3 (a)(1)", Source.RFC5280),
    PathRule(Fault.ISSUER_MISSING,     "Issuer missing",
             "Its issuer is among the certificates that are given, trusted or not.",
             "Give the missing issuer {issuer} as an untrusted certificate, or upload it to the trust store.",
             "6.1, 6.1.3 (a)(4)", Source.RFC5280),
    PathRule(Fault.NOT_TRUSTED,        "Not trusted",
             "Its chain ends at a certificate that is trusted.",
             "Upload {name} to the trust store that the verifier consults, if it is to be trusted.",
             "6.1.1 (d)", Source.RFC5280),
    PathRule(Fault.NOT_A_CA,           "Not a CA",
             "Whoever issues a certificate is a CA by its basic constraints; a trusted root of version 1 need not say so.",
             "Have {name} issued again with CA:TRUE, or have what it signed issued by a CA.",
             "4.2.1.9, 6.1.4 (k)", Source.RFC5280),
    PathRule(Fault.PATH_LENGTH,        "Path too long",
             "No more intermediate certificates stand below a CA than its path length allows; those that are self-issued do not count.",
             "Have the certificate issued nearer to {name}, or renew {name} with a longer path length.",
             "4.2.1.9, 6.1.4 (l, m)", Source.RFC5280),
    PathRule(Fault.KEY_USAGE,          "Key usage",
             "A key usage extension has keyCertSign in a CA, and in the leaf a bit that the TLS role needs: digitalSignature or keyAgreement, of a server keyEncipherment too.",
             "Have {name} issued again with {wanted}, or without key usage.",
             "4.2.1.3, 4.2.1.12, 6.1.4 (n)", Source.RFC5280),
    PathRule(Fault.EXTENDED_KEY_USAGE, "Extended key usage",
             "An extended key usage extension names the role asked for or any usage, in the leaf by the RFC, in every CA above it by the practice of verifiers.",
             "Have {name} issued again with {wanted}, or without extended key usage.",
             "4.2.1.12", Source.RFC5280),
    PathRule(Fault.NAME_CONSTRAINTS,   "Name constraints",
             "Its names lie within what every CA above it permits, and outside what one excludes.",
             "Have it issued for a name that the CA may certify, or by another CA.",
             "4.2.1.10, 6.1.3 (b, c)", Source.RFC5280),
    PathRule(Fault.CRITICAL_EXTENSION, "Unknown critical extension",
             "Every critical extension is one that the verifier knows.",
             "Have it issued again without {extension}, or with it as not critical.",
             "4.2, 6.1.4 (o), 6.1.5 (f)", Source.RFC5280),
    PathRule(Fault.POLICY,             "Certificate policies",
             "Where a CA requires an explicit policy, one policy holds along the whole path.",
             "Have it issued under a policy that the CA requires.",
             "6.1.3 (d-f), 6.1.5 (g)", Source.RFC5280),
    PathRule(Fault.WEAK_KEY,           "Weak key",
             "Its key is of a kind and size that the algorithm policy allows.",
             "Have it issued for another key: {wanted}.",
             "", Source.BASELINE),
    PathRule(Fault.WEAK_SIGNATURE,     "Weak signature",
             "Its signature uses a hash that the algorithm policy allows; that of the trusted certificate itself is not looked at.",
             "Have it signed again with SHA-256 or stronger.",
             "", Source.RFC9155),
    PathRule(Fault.NAME_MISMATCH,      "Name mismatch",
             "The host name or address asked for is one of its alternative names, or its common name where it has none of these.",
             "Connect by a name that it carries, or have it issued with {asked} as alternative name.",
             "", Source.RFC6125),
    PathRule(Fault.TOO_COMPLEX,        "Too complex",
             "An answer is found within the bounds of the search.",
             "Give fewer certificates: those of the chain, and the trusted root.",
             "", Source.RFC4158),
)})

# What decides in favour, where other verifiers would refuse or RFC 5280 is silent.
CLUSTER_RULES: Mapping[str, PathRule] = MappingProxyType({row.fault: row for row in (
    PathRule("own_anchor",    "Its own anchor",
             "A certificate that is itself trusted is its own anchor, be it a CA or not: nobody above it is asked.",
             "Look at who else holds its key: with CA:TRUE and keyCertSign it can issue certificates for any name.",
             "6.1.1 (d)", Source.MEASURED),
    PathRule("partial_chain", "Any trusted certificate",
             "A trusted certificate ends the path, self-signed or not: no root is asked for above it.",
             "Trust the root instead if its other branches are to be accepted too.",
             "6.1.1 (d)", Source.DEDUCED),
    PathRule("common_name",   "Common name as host name",
             "The common name counts as host name where there is no alternative name of a kind that names hosts.",
             "Have it issued with the name as alternative name: other verifiers do not look at the common name.",
             "", Source.RFC6125),
)})
# fmt: on


@dataclass(frozen=True)
class KnownExtension:
    """An extension that the lab reads when it judges; others may not be critical."""

    oid: str
    name: str  # RFC spelling
    used_for: str
    may_be_critical: bool
    source: Source = Source.RFC5280


# fmt: off
KNOWN_EXTENSIONS: Mapping[str, KnownExtension] = MappingProxyType({row.oid: row for row in (
    KnownExtension("2.5.29.15",            "keyUsage",               "what the key may do",                        True),
    KnownExtension("2.5.29.17",            "subjectAltName",         "host names, and names within constraints",   True),
    KnownExtension("2.5.29.19",            "basicConstraints",       "who is a CA, and the path length",           True),
    KnownExtension("2.5.29.30",            "nameConstraints",        "names that a CA may certify",                True),
    KnownExtension("2.5.29.32",            "certificatePolicies",    "policies along the path",                    True),
    KnownExtension("2.5.29.33",            "policyMappings",         "policies along the path",                    True),
    KnownExtension("2.5.29.36",            "policyConstraints",      "policies along the path",                    True),
    KnownExtension("2.5.29.37",            "extKeyUsage",            "the TLS role",                               True),
    KnownExtension("2.5.29.54",            "inhibitAnyPolicy",       "policies along the path",                    True),
    KnownExtension("2.5.29.14",            "subjectKeyIdentifier",   "finding the issuer; never to be critical",   False),
    KnownExtension("2.5.29.35",            "authorityKeyIdentifier", "finding the issuer; never to be critical",   False),
    KnownExtension("2.5.29.31",            "cRLDistributionPoints",  "revocation, which is judged by itself",      True, Source.MEASURED),
    KnownExtension("1.3.6.1.5.5.7.48.1.5", "id-pkix-ocsp-nocheck",   "revocation, which is judged by itself",      True, Source.MEASURED),
)})
# fmt: on
