"""What the ITL and the CTL hold, who signs them, and when phones take a new one."""

from dataclasses import dataclass

from lab.rules.sources import Source

MOST_ITL_CERTIFICATES = 39  # more make the file larger than 64 KB: default security


@dataclass(frozen=True)
class TrustList:
    name: str
    exists: str
    signer: str  # a purpose, from release 12 on
    signer_before: str
    source: Source


# fmt: off
TRUST_LISTS: tuple[TrustList, ...] = (
    TrustList("ITL", "always, one on each TFTP node, built when TFTP is activated", "ITLRecovery", "CallManager", Source.SBD15),
    TrustList("CTL", "in mixed mode only, built on the publisher", "ITLRecovery", "CallManager", Source.TAC214231),
)


@dataclass(frozen=True)
class ListEntry:
    trust_list: str
    purpose: str  # empty: an outside device
    role: str  # as ROLES names it
    whose: str
    source: Source


ENTRIES: tuple[ListEntry, ...] = (
    ListEntry("ITL", "ITLRecovery", "SAST",       "the cluster",                             Source.SBD15),
    ListEntry("ITL", "CallManager", "CCM+TFTP",   "this TFTP node",                          Source.SBD15),
    ListEntry("ITL", "CallManager", "SAST",       "this TFTP node",                          Source.SBD15),
    ListEntry("ITL", "TVS",         "TVS",        "every node",                              Source.SBD15),
    ListEntry("ITL", "CAPF",        "CAPF",       "the publisher, if the service is active", Source.SBD15),
    ListEntry("CTL", "ITLRecovery", "SAST",       "the cluster",                             Source.TAC214231),
    ListEntry("CTL", "CallManager", "SAST",       "the publisher",                           Source.TAC214231),
    ListEntry("CTL", "CallManager", "CCM+TFTP",   "every node",                              Source.TAC214231),
    ListEntry("CTL", "CAPF",        "CAPF",       "the publisher",                           Source.TAC214231),
    ListEntry("CTL", "",            "APP_SERVER", "a firewall that stands in for phones",    Source.UNCONFIRMED),
)


@dataclass(frozen=True)
class ListRole:
    name: str
    number: int
    label: str
    source: Source = Source.UCMNZ


LIST_ROLES: tuple[ListRole, ...] = (
    ListRole("SAST",       0,  "System Administrator Security Token"),
    ListRole("CCM",        1,  "CCM"),
    ListRole("CCM+TFTP",   2,  "CCM+TFTP"),
    ListRole("TFTP",       3,  "TFTP"),
    ListRole("CAPF",       4,  "CAPF"),
    ListRole("APP_SERVER", 7,  "application server"),
    ListRole("TVS",        21, "TVS"),
)


@dataclass(frozen=True)
class PhoneRule:
    number: int
    rule: str
    source: Source


PHONE_RULES: tuple[PhoneRule, ...] = (
    PhoneRule(1, "a phone without ITL and CTL trusts the first file that it receives", Source.SBD15),
    PhoneRule(2, "a phone with a CTL checks the signature of the ITL with it", Source.SBD15),
    PhoneRule(3, "else the signer must be in the list that the phone has, or a TVS of that list must vouch for it; if nobody does, the phone keeps its old list", Source.SBD15),
    PhoneRule(4, "TVS answers from the certificates of the cluster, those of other clusters' signers included", Source.SBD15),
    PhoneRule(5, "the ITL is read at a reset, at a restart and after the CTL", Source.SBD15),
)
# fmt: on
