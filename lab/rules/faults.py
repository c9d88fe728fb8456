"""What a responder, or a list, can do wrong on purpose, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source

OCSP, CRL = "OCSP", "CRL"
CHANNELS = (OCSP, CRL)
# Of a list these are about one of its entries; every other fault is of all of it.
OF_ONE_ENTRY = ("good", "revoked", "on_hold")
SLOW_SECONDS, MOST_SECONDS = 10.0, 60.0  # how late when nobody says, and at most


@dataclass(frozen=True)
class FaultRule:
    name: str
    label: str
    ocsp: bool  # a responder can have it
    crl: bool  # a list can have it
    settable: bool  # one that is down cannot be told to be
    happens: str
    client: str  # what a client should make of it
    section: str
    source: Source

    @property
    def channels(self) -> tuple[str, ...]:
        return (OCSP,) * self.ocsp + (CRL,) * self.crl


# fmt: off
FAULTS: Mapping[str, FaultRule] = MappingProxyType({row.name: row for row in (
    #                                                         OCSP   CRL    may be set
    FaultRule("good",               "Good",                   True,  True,  True,  "every certificate is said to be good, or is on no list",                                   "believe it: an answer can be honest or not, but not checked further",  "2.2",       Source.RFC6960),
    FaultRule("revoked",            "Revoked",                True,  True,  True,  "the certificate is said to be revoked since an hour ago, because its key leaked",         "refuse the certificate",                                               "2.2",       Source.RFC6960),
    FaultRule("on_hold",            "On hold",                True,  True,  True,  "the certificate is said to be revoked for now",                                           "refuse the certificate, and ask again later",                          "2.2",       Source.RFC6960),
    FaultRule("unknown",            "Unknown",                True,  False, True,  "the responder says that it does not know the certificate",                                "ask another source, such as the list",                                 "2.2",       Source.RFC6960),
    FaultRule("tryLater",           "Try later",              True,  False, True,  "the error status tryLater, without a signature",                                          "ask again later, or another source",                                   "2.3",       Source.RFC6960),
    FaultRule("internalError",      "Internal error",         True,  False, True,  "the error status internalError, without a signature",                                     "ask another responder, or another source",                             "2.3",       Source.RFC6960),
    FaultRule("malformed",          "Malformed request",      True,  False, True,  "the error status malformedRequest, though the request is right",                          "ask another source; asking the same again is no use",                  "2.3",       Source.RFC6960),
    FaultRule("sigRequired",        "Signature required",     True,  False, True,  "the error status sigRequired: only signed requests are answered",                         "sign the request, or ask another source",                              "2.3",       Source.RFC6960),
    FaultRule("unauthorized",       "Unauthorized",           True,  False, True,  "the error status unauthorized, as if the issuer were foreign",                            "ask another source",                                                   "2.2.3",     Source.RFC5019),
    FaultRule("garbage",            "Garbage",                True,  True,  True,  "bytes that are no answer and no list",                                                    "throw it away",                                                        "3.2",       Source.RFC6960),
    FaultRule("bad_signature",      "Bad signature",          True,  True,  True,  "one bit of the signature is another",                                                     "throw it away",                                                        "3.2",       Source.RFC6960),
    FaultRule("wrong_signer",       "Wrong signer",           True,  True,  True,  "signed by somebody whom the issuer has never heard of",                                   "throw it away, unless that signer was designated",                     "4.2.2.2",   Source.RFC6960),
    FaultRule("missing_eku",        "No OCSP signing usage",  True,  False, True,  "signed by a certificate of the issuer that may not sign answers",                         "throw it away",                                                        "4.2.2.2",   Source.RFC6960),
    FaultRule("expired_signer",     "Expired signer",         True,  False, True,  "signed by a certificate of the issuer that ended yesterday",                              "throw it away",                                                        "4.2.2.2",   Source.RFC6960),
    FaultRule("wrong_id",           "About something else",   True,  True,  True,  "an answer about another serial number; a list of another issuer",                         "throw it away",                                                        "3.2",       Source.RFC6960),
    FaultRule("wrong_scope",        "Another scope",          False, True,  True,  "the list is for authorities alone, and says so",                                          "throw it away: it says nothing of this certificate",                   "6.3.3",     Source.RFC5280),
    FaultRule("critical_extension", "Unknown extension",      False, True,  True,  "the list has a critical extension that nobody knows",                                     "do not take it for complete",                                          "5.2",       Source.RFC5280),
    FaultRule("stale",              "Stale",                  True,  True,  True,  "made two days ago, and it ended yesterday",                                               "throw it away: something newer is to be had",                          "4.2.2.1",   Source.RFC6960),
    FaultRule("future",             "From the future",        True,  True,  True,  "it begins to hold tomorrow",                                                              "throw it away",                                                        "4.2.2.1",   Source.RFC6960),
    FaultRule("no_next_update",     "No next update",         True,  False, True,  "the answer says no end of its own: newer is to be had at any time",                       "use it now, and keep it not at all",                                   "4.2.2.1",   Source.RFC6960),
    FaultRule("nonce_dropped",      "Nonce dropped",          True,  False, True,  "the nonce of the request is not in the answer",                                           "go by the dates: many responders sign ahead of time",                  "4",         Source.RFC5019),
    FaultRule("nonce_wrong",        "Wrong nonce",            True,  False, True,  "the answer has another nonce than the request",                                           "throw it away: it was made for somebody else",                         "2.1",       Source.RFC9654),
    FaultRule("slow",               "Slow",                   True,  True,  True,  "nothing comes for as many seconds as are set",                                            "stop to wait, and ask another source",                                 "",          Source.HOUSE),
    FaultRule("down",               "Down",                   True,  True,  False, "nobody listens at the address",                                                           "ask another source",                                                   "",          Source.HOUSE),
    FaultRule("http_500",           "HTTP 500",               True,  True,  True,  "the web server in front has failed",                                                      "ask another source",                                                   "",          Source.HOUSE),
    FaultRule("wrong_content_type", "Wrong content type",     True,  True,  True,  "the right bytes, said to be a web page",                                                  "a strict client throws it away; many look at the bytes alone",         "A.2",       Source.RFC6960),
)})


@dataclass(frozen=True)
class Method:
    name: str
    label: str
    channels: tuple[str, ...]  # in the order in which they are asked
    happens: str
    source: Source


METHODS: Mapping[str, Method] = MappingProxyType({row.name: row for row in (
    Method("OCSP", "OCSP alone",      (OCSP,),     "the responder has the fault, and there is no list",                                                       Source.RFC6960),
    Method("CRL",  "CRL alone",       (CRL,),      "the list has the fault, and there is no responder",                                                       Source.RFC5280),
    Method("both", "OCSP, then CRL",  (OCSP, CRL), "both have the fault, where both can; good and revoked of the responder are final, the list helps out otherwise", Source.HOUSE),
)})


@dataclass(frozen=True)
class Policy:
    name: str
    label: str
    meaning: str
    source: Source


POLICIES: Mapping[str, Policy] = MappingProxyType({row.name: row for row in (
    Policy("soft",            "Soft fail",       "only a clear no stops the connection; this is the cluster without Common Criteria mode", Source.SEED),
    Policy("hard",            "Hard fail",       "only a clear yes lets it through: a status that is not determined is not accepted",      Source.RFC5280),
    Policy("common_criteria", "Common Criteria", "the cluster with Common Criteria mode on",                                               Source.SEED),
)})


@dataclass(frozen=True)
class Ruling:
    policy: str
    status: str
    connects: bool
    why: str
    source: Source


RULINGS: Mapping[tuple[str, str], Ruling] = MappingProxyType({(row.policy, row.status): row for row in (
    Ruling("soft",            "good",        True,  "it is good",                                             Source.SEED),
    Ruling("soft",            "revoked",     False, "it is revoked",                                          Source.DEDUCED),
    Ruling("soft",            "on_hold",     False, "a hold is a revocation for as long as it lasts",         Source.RFC5280),
    Ruling("soft",            "unknown",     True,  "unknown connects while Common Criteria mode is off",     Source.SEED),
    Ruling("soft",            "unusable",    True,  "an answer that is no use is taken for unknown",          Source.UNCONFIRMED),
    Ruling("soft",            "unreachable", True,  "no answer is taken for unknown",                         Source.UNCONFIRMED),
    Ruling("soft",            "expired",     False, "it has expired, so nobody is asked",                     Source.SEED),
    Ruling("hard",            "good",        True,  "it is good",                                             Source.RFC5280),
    Ruling("hard",            "revoked",     False, "it is revoked",                                          Source.RFC5280),
    Ruling("hard",            "on_hold",     False, "a hold is a revocation for as long as it lasts",         Source.RFC5280),
    Ruling("hard",            "unknown",     False, "the status is not determined",                           Source.RFC5280),
    Ruling("hard",            "unusable",    False, "the status is not determined: the answer is no use",     Source.RFC5280),
    Ruling("hard",            "unreachable", False, "the status is not determined: there is no answer",       Source.RFC5280),
    Ruling("hard",            "expired",     False, "it has expired, so nobody is asked",                     Source.RFC5280),
    Ruling("common_criteria", "good",        True,  "it is good",                                             Source.SEED),
    Ruling("common_criteria", "revoked",     False, "it is revoked",                                          Source.SEED),
    Ruling("common_criteria", "on_hold",     False, "a hold is a revocation for as long as it lasts",         Source.RFC5280),
    Ruling("common_criteria", "unknown",     False, "unknown fails while Common Criteria mode is on",         Source.SEED),
    Ruling("common_criteria", "unusable",    False, "an answer that is no use is taken for unknown",          Source.UNCONFIRMED),
    Ruling("common_criteria", "unreachable", False, "no answer is taken for unknown",                         Source.UNCONFIRMED),
    Ruling("common_criteria", "expired",     False, "it has expired, so nobody is asked",                     Source.SEED),
)})


@dataclass(frozen=True)
class Verdict:
    name: str
    label: str
    connects: bool
    is_known: bool  # somebody who may say so has said good or revoked
    colour: str
    meaning: str
    source: Source = Source.HOUSE


VERDICTS: Mapping[str, Verdict] = MappingProxyType({row.name: row for row in (
    Verdict("connects",  "Connects",             True,  True,  "green",  "it is known to be good"),
    Verdict("risks",     "Connects, unchecked",  True,  False, "yellow", "nobody could say, and the client goes on: so does one with a stolen key"),
    Verdict("refuses",   "Refuses",              False, True,  "red",    "it is known to be bad"),
    Verdict("locks_out", "Refuses, unchecked",   False, False, "orange", "nobody could say, and the client stops: a good certificate is locked out"),
)})
# fmt: on

_KNOWN = frozenset({"good", "revoked", "on_hold", "expired"})


def verdict_for(policy: str, status: str) -> Verdict:
    """What a policy makes of a status; KeyError for one that there is not."""
    connects, is_known = RULINGS[policy, status].connects, status in _KNOWN
    return next(
        row
        for row in VERDICTS.values()
        if (row.connects, row.is_known) == (connects, is_known)
    )
