"""What the ITL and the CTL hold, who signs them, and when phones take a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source

MOST_ITL_CERTIFICATES = 39  # more make the file larger than 64 KB: default security
MOST_ITL_BYTES = 64 * 1024
RESET_MINUTES = 10  # from a change to the reset of the phones: chosen by this lab


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
class ListTag:
    """An element of the files: one byte of tag, two of length, then the value."""

    part: str  # "header" or "record"
    name: str
    number: int
    source: Source = Source.UCMNZ


HEADER_TAGS: tuple[ListTag, ...] = (
    ListTag("header", "VERSION",          1),
    ListTag("header", "HEADERLENGTH",     2),
    ListTag("header", "SIGNERID",         3),
    ListTag("header", "SIGNERNAME",       4),
    ListTag("header", "SERIALNUMBER",     5),
    ListTag("header", "CANAME",           6),
    ListTag("header", "SIGNATUREINFO",    7),
    ListTag("header", "DIGESTALGORITHM",  8),
    ListTag("header", "SIGALGORITHMINFO", 9),
    ListTag("header", "SIGALGORITHM",     10),
    ListTag("header", "SIGMODULUS",       11),
    ListTag("header", "SIGNATURE",        12),
    ListTag("header", "PADDING",          13),
    ListTag("header", "FILENAME",         14),
    ListTag("header", "TIMESTAMP",        15),
    ListTag("header", "SIGNERVERSION",    28),
)
RECORD_TAGS: tuple[ListTag, ...] = (
    ListTag("record", "RECORDLENGTH",    1,  Source.TAC118893),
    ListTag("record", "DNSNAME",         2,  Source.TAC118893),
    ListTag("record", "SUBJECTNAME",     3,  Source.TAC118893),
    ListTag("record", "FUNCTION",        4,  Source.TAC118893),
    ListTag("record", "ISSUERNAME",      5,  Source.TAC118893),
    ListTag("record", "SERIALNUMBER",    6,  Source.TAC118893),
    ListTag("record", "PUBLICKEY",       7,  Source.TAC118893),
    ListTag("record", "SIGNATURE",       8,  Source.TAC118893),
    ListTag("record", "CERTIFICATE",     9,  Source.TAC118893),
    ListTag("record", "IPADDRESS",       10, Source.TAC118893),
    ListTag("record", "CERTIFICATEHASH", 11),
    ListTag("record", "HASHALGORITHM",   12),
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


@dataclass(frozen=True)
class PhoneReason:
    """Why a phone is not registered, or why it has refused a new list."""

    key: str
    words: str
    remedy: str
    source: Source


_RECOVER = (
    "Sign the ITL with the local key (utils itl reset localkey), then reset the phones."
)
_CTL_RECOVER = "Sign the CTL with the local key (utils ctl reset localkey), reset the phones, then update the CTL."

# fmt: off
PHONE_REASONS: Mapping[str, PhoneReason] = MappingProxyType({row.key: row for row in (
    PhoneReason("never_reset",     "It has never been started with this cluster.", "Reset the phone.", Source.HOUSE),
    PhoneReason("node_offline",    "{node} is offline.", "Bring the node back.", Source.DEDUCED),
    PhoneReason("calls_down",      "Cisco CallManager on {node} does not run.", "Start or activate the service.", Source.DEDUCED),
    PhoneReason("calls_starting",  "Cisco CallManager on {node} is starting.", "Wait until it has started.", Source.DEDUCED),
    PhoneReason("nothing_served",  "It has no configuration yet, and Cisco Tftp on {node} serves none.", "Start or activate Cisco Tftp, then reset the phone.", Source.DEDUCED),
    PhoneReason("itl_too_large",   "The ITL of {node} holds {certificates} certificates in {size} bytes; phones take {most} certificates and {most_size} bytes.", "Let nodes share their TVS certificate, or run TVS on fewer nodes.", Source.SBD15),
    PhoneReason("file_unknown",    "Its configuration is signed by {subject}, serial number {serial}, which its lists do not hold and no TVS vouches for.", _RECOVER, Source.SBD15),
    PhoneReason("server_unknown",  "Cisco CallManager on {node} shows {subject}, serial number {serial}, which its lists do not hold and no TVS vouches for.", _RECOVER, Source.SEC15),
    PhoneReason("lsc_not_yet",     "Its LSC is not valid yet.", "Issue a new LSC.", Source.SEC15),
    PhoneReason("lsc_ended",       "Its LSC has ended.", "Issue a new LSC.", Source.SEC15),
    PhoneReason("lsc_unknown",     "Its LSC was signed by {subject}, which CallManager-trust on {node} does not hold.", "Upload that CAPF certificate to CallManager-trust again, or issue new LSCs.", Source.SEC15),
    PhoneReason("lsc_broken",      "Its LSC was signed by {subject}, whose own chain does not end in CallManager-trust on {node}.", "Upload the CA chain of CAPF to CallManager-trust.", Source.SEC15),
    PhoneReason("ctl_not_knowing", "The {list} is signed by {subject}, serial number {serial}, which the CTL that the phone holds does not know.", _CTL_RECOVER, Source.SBD15),
    PhoneReason("nobody_vouches",  "The {list} is signed by {subject}, serial number {serial}, which the lists of the phone do not hold and no TVS vouches for.", _RECOVER, Source.SBD15),
    PhoneReason("not_genuine",     "The signature of the {list} is not that of {subject}, serial number {serial}.", "Restart Cisco Tftp, then reset the phones.", Source.SBD15),
)})


@dataclass(frozen=True)
class TvsAnswer:
    """What came of asking a trust verification service about a certificate."""

    key: str
    words: str
    source: Source


TVS_ANSWERS: Mapping[str, TvsAnswer] = MappingProxyType({row.key: row for row in (
    TvsAnswer("vouched",     "TVS on {node} vouches for it.", Source.SBD15),
    TvsAnswer("not_known",   "TVS on {node} does not know it.", Source.SBD15),
    TvsAnswer("not_in_list", "TVS on {node} shows a certificate that is not in the ITL of the phone.", Source.SBD15),
    TvsAnswer("down",        "TVS on {node} does not answer.", Source.SBD15),
    TvsAnswer("offline",     "{node} is offline, so its TVS does not answer.", Source.SBD15),
    TvsAnswer("no_list",     "The phone has no ITL that names a TVS.", Source.SBD15),
)})
# fmt: on
