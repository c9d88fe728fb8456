"""Why a certificate may be revoked (RFC 5280 section 5.3.1), and what may follow."""

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


def fits(reason: Reason, *, is_ca: bool) -> bool:
    """Whether the reason can be that of an authority's certificate, or of another.

    The lab has no attribute authorities (RFC 5755).
    """
    return reason.fits == "any" or (reason.fits == "authority" and is_ca)


@dataclass(frozen=True)
class Transition:
    """What a deed makes of a certificate in a state, or why it is refused."""

    state: str
    deed: str
    becomes: str  # a state; empty: refused
    refusal: str = ""
    hint: str = ""
    source: Source = Source.RFC5280


GOOD, ON_HOLD, REVOKED = "good", "on hold", "revoked"
EXPIRED, FOREIGN, SELF_SIGNED = "expired", "not ours", "self-signed"
REVOKE, HOLD, RELEASE, DATE = "revoke", "hold", "release", "set invalidity date"

_HELD = "{subject} is on hold since {at} ({reason})"
_DONE = "{subject} was revoked on {at} ({reason})"
_ONLY_A_HOLD = "Only certificateHold can be lifted or followed by another reason."
_OVER = "{subject} expired on {end}; the lab's clock says {now}"
_DROPPED = "CRLs drop expired certificates. Try an earlier date as a what-if."
_STRANGE = "{subject} was issued by {issuer}, which is not one of the lab's own"
_ITS_ISSUER = "Only its issuer can revoke it."
_ALONE = "{subject} signed itself, and no issuer can revoke it"
_DELETE = "Delete it from the trust stores that hold it."

# fmt: off
TRANSITIONS: Mapping[tuple[str, str], Transition] = MappingProxyType({(row.state, row.deed): row for row in (
    #          state        deed     becomes  refusal                                hint
    Transition(GOOD,        REVOKE,  REVOKED),
    Transition(GOOD,        HOLD,    ON_HOLD),
    Transition(GOOD,        RELEASE, "",      "{subject} is not on hold",            "Only what was suspended can be released."),
    Transition(GOOD,        DATE,    "",      "{subject} is not revoked",            "An invalidity date belongs to a revocation: revoke it first."),
    Transition(ON_HOLD,     REVOKE,  REVOKED),
    Transition(ON_HOLD,     HOLD,    "",      _HELD,                                 "Release it, or revoke it for good."),
    Transition(ON_HOLD,     RELEASE, GOOD),
    Transition(ON_HOLD,     DATE,    ON_HOLD),
    Transition(REVOKED,     REVOKE,  "",      _DONE,                                 _ONLY_A_HOLD),
    Transition(REVOKED,     HOLD,    "",      _DONE,                                 _ONLY_A_HOLD),
    Transition(REVOKED,     RELEASE, "",      _DONE,                                 _ONLY_A_HOLD),
    Transition(REVOKED,     DATE,    REVOKED),
    *(Transition(EXPIRED,     deed,  "",      _OVER,                                 _DROPPED)    for deed in (REVOKE, HOLD, RELEASE, DATE)),
    *(Transition(FOREIGN,     deed,  "",      _STRANGE,                              _ITS_ISSUER) for deed in (REVOKE, HOLD, RELEASE, DATE)),
    *(Transition(SELF_SIGNED, deed,  "",      _ALONE,                                _DELETE)     for deed in (REVOKE, HOLD, RELEASE, DATE)),
)})
# fmt: on
