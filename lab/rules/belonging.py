"""How the lab tells where an imported certificate belongs, and when it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lab.rules.sources import Source


class Evidence(StrEnum):
    """What speaks for a place."""

    SERVER = "server"
    COMMAND = "command"
    LISTING = "listing"
    FOLDER = "folder"
    FILE_NAME = "file_name"
    NAME = "name"
    USAGE = "usage"


@dataclass(frozen=True)
class EvidenceRule:
    evidence: Evidence
    looks_at: str
    why: str  # the reason a person is given; names stand in braces
    is_sure: bool  # a CA certificate goes nowhere on less
    source: Source


# fmt: off
# The first that speaks counts; places that several sure ones name all hold.
EVIDENCE: Mapping[Evidence, EvidenceRule] = MappingProxyType({row.evidence: row for row in (
    EvidenceRule(Evidence.SERVER,    "service and server of a snapshot",             "the file says so: service {service} of {server}", True,  Source.HOUSE),
    EvidenceRule(Evidence.COMMAND,   "the command that showed it, or its keystore",  "the file says so: {service}",                     True,  Source.CLI15),
    EvidenceRule(Evidence.LISTING,   "a line of show cert list in the same import",  "show cert list names it: {line}",                 True,  Source.MCP),
    EvidenceRule(Evidence.FOLDER,    "the names of its folders",                     "its folder is {folder}",                          True,  Source.HOUSE),
    EvidenceRule(Evidence.FILE_NAME, "the name of its file",                         "its file is {file}",                              True,  Source.HOUSE),
    EvidenceRule(Evidence.NAME,      "its common name",                              "its name {name} is one of {place}",               False, Source.SEC15),
    EvidenceRule(Evidence.USAGE,     "its key and usages, beside those of the purposes", "its usages are those of {place} alone",       False, Source.SEED),
)})
# fmt: on


@dataclass(frozen=True)
class Layout:
    """A way to lay out files; `example` is read as the columns after it say."""

    layout: str
    example: str
    cluster: str
    node: str
    place: str
    source: Source


# fmt: off
# Letters may be capital or small. A zip is a folder.
LAYOUTS: tuple[Layout, ...] = (
    Layout("<cluster>/<node>/<place>/<file>",          "export.zip/hq/cucm-pub/tomcat-trust/root.pem",                     "hq", "cucm-pub", "tomcat-trust", Source.HOUSE),
    Layout("<node>/<place>/<file>",                    "cucm-pub/CallManager/chain.p7b",                                   "",   "cucm-pub", "CallManager",  Source.HOUSE),
    Layout("<node>/<place>.<ending>",                  "cucm-pub.zip/ipsec.der",                                           "",   "cucm-pub", "ipsec",        Source.HOUSE),
    Layout("<node>/<place>_<name>.<ending>",           "cucm-pub/tomcat-trust_root.pem",                                   "",   "cucm-pub", "tomcat-trust", Source.HOUSE),
    Layout("<node>/…/.security/<unit>/certs/…",        "cucm-pub/usr/local/platform/.security/tomcat/certs/tomcat.pem",    "",   "cucm-pub", "tomcat",       Source.TAC210541),
    Layout("<node>/…/.security/<unit>/trust-certs/…",  "cucm-pub/usr/local/cm/.security/CallManager/trust-certs/root.pem", "",   "cucm-pub", "CallManager-trust", Source.TAC210541),
)
# fmt: on


@dataclass(frozen=True)
class NamePattern:
    """A common name that tells a purpose, or the node behind it."""

    name: str
    pattern: str  # the whole name, in capital or small letters; `host` is the node
    place: str  # empty when only the node is told
    source: Source


# fmt: off
NAME_PATTERNS: tuple[NamePattern, ...] = (
    NamePattern("CAPF-<8 hex digits>",           r"CAPF-[0-9a-f]{8}",                "CAPF",        Source.TAC210541),
    NamePattern("ITLRECOVERY_<host>.<domain>",   r"ITLRECOVERY_(?P<host>\S+)",       "ITLRecovery", Source.WIZ0RD),
    NamePattern("AUTHZ_<host>.<domain>",         r"AUTHZ_(?P<host>\S+)",             "authz",       Source.UNCONFIRMED),
    NamePattern("SEP<12 hex digits>",            r"(?P<host>SEP[0-9a-f]{12})",       "LSC",         Source.CAPF15),
    NamePattern("CP-<model>-SEP<12 hex digits>", r"CP-\w+-(?P<host>SEP[0-9a-f]{12})", "MIC",        Source.UNCONFIRMED),
    NamePattern("<host>-EC-ms.<domain>",         r"(?P<host>[^.]+)-EC-ms(?P<domain>\.\S+)", "",     Source.SEC15),
    NamePattern("<host>-EC.<domain>",            r"(?P<host>[^.]+)-EC(?P<domain>\.\S+)",    "",     Source.UNCONFIRMED),
    NamePattern("<host>-ms.<domain>",            r"(?P<host>[^.]+)-ms(?P<domain>\.\S+)",    "",     Source.SEC15),
)
# fmt: on


class Doubt(StrEnum):
    """Why a certificate is left unassigned, or this place is not proposed."""

    NOTHING = "nothing"
    AUTHORITY = "authority"
    UNKNOWN = "unknown"
    NO_NODE = "no_node"
    OTHER_PRODUCT = "other_product"
    NO_IDENTITY = "no_identity"
    NEWER = "newer"
    STORED = "stored"
    OWN = "own"
    PUBLISHER = "publisher"
    FULL = "full"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class DoubtRule:
    doubt: Doubt
    why: str
    source: Source


# fmt: off
DOUBTS: Mapping[Doubt, DoubtRule] = MappingProxyType({row.doubt: row for row in (
    DoubtRule(Doubt.NOTHING,       "nothing says where it belongs",                                             Source.HOUSE),
    DoubtRule(Doubt.AUTHORITY,     "a CA certificate belongs where a file or a folder says, and none does",     Source.HOUSE),
    DoubtRule(Doubt.UNKNOWN,       "the file names {service}, which the lab does not know",                     Source.HOUSE),
    DoubtRule(Doubt.NO_NODE,       "it belongs in {place}, and nothing says on which node",                     Source.HOUSE),
    DoubtRule(Doubt.OTHER_PRODUCT, "{node} has no {place}",                                                     Source.SEED),
    DoubtRule(Doubt.NO_IDENTITY,   "it is the certificate of a CA, and {place} on {node} is that of a service", Source.TAC222343),
    DoubtRule(Doubt.NEWER,         "{place} on {node} takes another of these files, which began on {start}",    Source.SEC15),
    DoubtRule(Doubt.STORED,        "{place} on {node} holds one that began on {start}",                         Source.SEC15),
    DoubtRule(Doubt.OWN,           "{place} on {node} holds a certificate of the lab's own",                    Source.HOUSE),
    DoubtRule(Doubt.PUBLISHER,     "{place} is kept on the publisher, which is {publisher}",                    Source.OAUTH15),
    DoubtRule(Doubt.FULL,          "{place} on {node} takes {limit} certificates",                              Source.OAUTH15),
    DoubtRule(Doubt.TOO_MANY,      "it comes after {limit} others whose places were told",                      Source.HOUSE),
)})
# fmt: on
