"""Why a certificate may be revoked: RFC 5280 section 5.3.1."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class Reason:
    name: str  # RFC spelling
    code: int
    label: str
    reversible: bool  # only a hold can be lifted
    choosable: bool  # a person may give it when revoking
    fits: str  # "any", "authority" or "attribute authority"
    in_crl: str  # "yes", "left out" (no extension says it) or "delta only"
    in_ocsp: bool
    source: Source = Source.RFC5280


# fmt: off
REASONS: Mapping[str, Reason] = MappingProxyType({row.name: row for row in (
    #                              code                                          lift   choose fits                   CRL           OCSP
    Reason("unspecified",          0,  "No reason given",                        False, True,  "any",                 "left out",   True),
    Reason("keyCompromise",        1,  "The private key leaked",                 False, True,  "any",                 "yes",        True),
    Reason("cACompromise",         2,  "The private key of an authority leaked", False, True,  "authority",           "yes",        True),
    Reason("affiliationChanged",   3,  "The name or organization changed",       False, True,  "any",                 "yes",        True),
    Reason("superseded",           4,  "Replaced by a newer certificate",        False, True,  "any",                 "yes",        True),
    Reason("cessationOfOperation", 5,  "No longer needed",                       False, True,  "any",                 "yes",        True),
    Reason("certificateHold",      6,  "Suspended for now",                      True,  True,  "any",                 "yes",        True),
    Reason("removeFromCRL",        8,  "The hold was lifted",                    False, False, "any",                 "delta only", False),
    Reason("privilegeWithdrawn",   9,  "A right it granted was withdrawn",       False, True,  "any",                 "yes",        True),
    Reason("aACompromise",         10, "An attribute authority was compromised", False, True,  "attribute authority", "yes",        True),
)})
# fmt: on
