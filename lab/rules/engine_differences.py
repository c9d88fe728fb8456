"""Where other engines judge otherwise than the lab, each tried out."""

from dataclasses import dataclass

from lab.rules.path_rules import Fault
from lab.rules.sources import Source


@dataclass(frozen=True)
class EngineDifference:
    """One difference; `sign` is how it is known: of the first row that fits."""

    key: str
    engine: str
    says: str  # "refuses" what the lab accepts, or "accepts" what it refuses
    sign: str  # refuses: a part of its message; accepts: the fault that the lab finds
    why: str
    source: Source = Source.MEASURED


_LIBRARY, _OPENSSL = "cryptography", "OpenSSL"
_NO, _YES = "refuses", "accepts"

# fmt: off
ENGINE_DIFFERENCES: tuple[EngineDifference, ...] = (
    EngineDifference("authority_key",      _LIBRARY, _NO,  "2.5.29.35: Certificate is missing",  "It asks for an authority key identifier in every leaf, also in one that signed itself; RFC 5280 asks that of issuers, not of verifiers."),
    EngineDifference("no_names",           _LIBRARY, _NO,  "has no subjectAltName",              "It looks for host names among the alternative names only, the cluster also in the common name."),
    EngineDifference("other_names",        _LIBRARY, _NO,  "no matching subjectAltName",         "It looks for host names among the alternative names only, the cluster also in the common name."),
    EngineDifference("client_names",       _LIBRARY, _NO,  "2.5.29.17: Certificate is missing",  "It asks for alternative names in the leaf of a client too."),
    EngineDifference("names_critical",     _LIBRARY, _NO,  "EE subjectAltName MUST",             "It asks that alternative names are critical just where the subject is empty; RFC 5280 asks that of issuers, not of verifiers."),
    EngineDifference("any_usage",          _LIBRARY, _NO,  "required EKU not found",             "In a leaf it does not let anyExtendedKeyUsage stand for the usage; RFC 5280 section 4.2.1.12 leaves that to the verifier."),
    EngineDifference("leaf_is_ca",         _LIBRARY, _NO,  "cA must not be asserted",            "It takes no CA for a leaf; what a node of the cluster signs itself is one."),
    EngineDifference("leaf_signs",         _LIBRARY, _NO,  "must not assert keyCertSign",        "It takes no leaf with keyCertSign; what a node of the cluster signs itself has it."),
    EngineDifference("leaf_constrains",    _LIBRARY, _NO,  "prohibited extension",               "It takes no name constraints in a leaf; there they constrain nobody."),
    EngineDifference("criticality",        _LIBRARY, _NO,  "incorrect criticality",              "It asks whether each extension is critical as RFC 5280 asks of issuers; a verifier need not."),
    EngineDifference("critical_unread",    _LIBRARY, _NO,  "unaccounted-for critical",           "It does not read certificate policies and CRL addresses, and refuses them where they are critical."),
    EngineDifference("strict_reading",     _LIBRARY, _NO,  "ASN.1 parsing error",                "It reads extensions to the letter, also those that a path does not need."),
    EngineDifference("ca_key_usage",       _LIBRARY, _NO,  "2.5.29.15: Certificate is missing",  "It asks for key usage in every CA; to RFC 5280 section 6.1.4 (n) a CA without may issue."),
    EngineDifference("directory_names",    _LIBRARY, _NO,  "unsupported directoryName",          "It cannot judge name constraints on directory names, and refuses them where they are critical."),
    EngineDifference("rsa_size",           _LIBRARY, _NO,  "RSA key is too weak",                "It takes RSA keys of at least 2048 bits in every CA; this policy takes shorter ones."),
    EngineDifference("ca_key",             _LIBRARY, _NO,  "Forbidden public key",               "The key of a CA must be RSA, or EC on P-256, P-384 or P-521; the lab takes other curves, Ed25519 and Ed448 too."),
    EngineDifference("signature",          _LIBRARY, _NO,  "Forbidden signature",                "It takes RSA and ECDSA signatures with SHA-256, SHA-384 and SHA-512 only."),
    EngineDifference("version",            _LIBRARY, _NO,  "must be an X509v3",                  "It takes certificates of version 3 only; RFC 5280 section 6.1.4 (k) leaves room for a trusted root of version 1."),
    EngineDifference("serial",             _LIBRARY, _NO,  "cannot be negative",                 "It takes no negative serial number; RFC 5280 section 4.1.2.2 asks verifiers to handle them gracefully."),
    EngineDifference("work",               _LIBRARY, _NO,  "signature check limit",              "It gives up after some hundred signatures, the lab after ten thousand."),
    EngineDifference("names_by_byte",      _LIBRARY, _NO,  "no interior errors",                 "It compares names byte by byte; RFC 5280 section 7.1 looks past letter case, blanks and string types."),
    EngineDifference("dot_before",         _LIBRARY, _NO,  "malformed DNS name constraint",      "It reads no name constraint with a dot before it and none without letters; the lab and OpenSSL do."),
    EngineDifference("constraint_kind",    _LIBRARY, _NO,  "unsupported name constraint",        "It cannot judge name constraints of this kind."),
    EngineDifference("anchor_signature",   _LIBRARY, _NO,  "mismatch between signatureAlgorithm", "It looks at the signature of a trusted root too, which proves nothing."),
    EngineDifference("date_form",          _LIBRARY, _NO,  "UtcTime",                            "It takes the form of a date that RFC 5280 section 4.1.2.5 asks of issuers only; the moment is the same."),
    EngineDifference("self_issued",        _LIBRARY, _NO,  "signature does not match",           "It counts self-issued certificates in path lengths; RFC 5280 section 6.1.4 (l) does not."),
    EngineDifference("no_path",            _LIBRARY, _NO,  "candidates exhausted",               "It found no path, having demands of its own on each CA."),
    EngineDifference("other_rule",         _LIBRARY, _NO,  "",                                   "It follows a rule of its own, which its message names."),
    EngineDifference("leaf_key_usage",     _LIBRARY, _YES, Fault.KEY_USAGE,                      "Of the key usage of a leaf it asks only that it does not sign certificates."),
    EngineDifference("key_identifiers",    _LIBRARY, _YES, Fault.BAD_SIGNATURE,                  "It does not compare key identifiers; the lab passes over an issuer whom they contradict while another one fits."),
    EngineDifference("leaf_key",           _LIBRARY, _YES, Fault.WEAK_KEY,                       "It does not judge the key of the leaf."),
    EngineDifference("lenient_reading",    _LIBRARY, _YES, Fault.MALFORMED,                      "It does not read this extension."),
    EngineDifference("policies",           _LIBRARY, _YES, Fault.POLICY,                         "It does not judge certificate policies."),
    EngineDifference("constrained_names",  _LIBRARY, _YES, Fault.NAME_CONSTRAINTS,               "It judges name constraints on DNS names and addresses of the alternative names only, and passes over others that are not critical."),
    EngineDifference("wildcard",           _LIBRARY, _YES, Fault.NAME_MISMATCH,                  "To it a star may stand before a single label, as in *.example; to browsers, OpenSSL and the lab it may not."),
    EngineDifference("other_order",        _LIBRARY, _YES, Fault.TOO_COMPLEX,                    "It looks for issuers in another order, and met a path within its bounds."),
    EngineDifference("other_leniency",     _LIBRARY, _YES, "",                                   "It does not have the rule that the lab found broken."),
    EngineDifference("openssl_any_usage",  _OPENSSL, _NO,  "unsuitable certificate purpose",     "To it anyExtendedKeyUsage stands for no usage, in a leaf or in a CA; RFC 5280 section 4.2.1.12 leaves that to the verifier."),
    EngineDifference("openssl_end",        _OPENSSL, _NO,  "certificate has expired",            "To it a certificate has ended in its last second; to RFC 5280 section 4.1.2.5 that second still counts."),
    EngineDifference("openssl_dot",        _OPENSSL, _NO,  "hostname mismatch",                  "To it a dot at the end of the name asked for belongs to the name."),
    EngineDifference("openssl_key_id",     _OPENSSL, _NO,  "unable to get local issuer",         "To it nobody is the issuer whom a key identifier contradicts; RFC 5280 section 6.1 asks for the name and the signature only."),
    EngineDifference("openssl_no_ca",      _OPENSSL, _YES, Fault.NOT_A_CA,                       "It takes keyCertSign for basic constraints unless it is told to be strict; RFC 5280 section 4.2.1.9 does not."),
    EngineDifference("openssl_policies",   _OPENSSL, _YES, Fault.POLICY,                         "It looks at certificate policies only when it is told to."),
    EngineDifference("openssl_keys",       _OPENSSL, _YES, Fault.WEAK_KEY,                       "Which keys it takes is a matter of its security level; some of them take DSA and P-224."),
    EngineDifference("openssl_signatures", _OPENSSL, _YES, Fault.WEAK_SIGNATURE,                 "Which hashes it takes is a matter of its security level; the lowest take SHA-1 and MD5."),
    EngineDifference("openssl_reading",    _OPENSSL, _YES, Fault.MALFORMED,                      "It is lenient in reading unless it is told to be strict."),
)
# fmt: on
