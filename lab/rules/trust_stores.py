"""What each trust store is for, whom an upload reaches, and whom a deletion does."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lab.rules.sources import Source


class Reach(StrEnum):
    """How far a change of a store goes, among the nodes that have the store."""

    NODE = "the node it was done on"
    PUBLISHER = "the publisher"
    CLUSTER = "every node"


@dataclass(frozen=True)
class TrustStore:
    name: str
    product: tuple[str, ...]  # "ucm", "imp" or both
    upload: Reach
    delete: Reach
    limit: int | None  # most certificates it takes
    delay_minutes: int  # until an upload has reached the other nodes
    source: Source  # of the upload
    delete_source: Source
    delay_source: Source
    consulted_by: str
    fills: str


NODE, PUBLISHER, CLUSTER = Reach.NODE, Reach.PUBLISHER, Reach.CLUSTER
UCM, IMP, BOTH = ("ucm",), ("imp",), ("ucm", "imp")
_SEED, _DEDUCED, _UNSURE = Source.SEED, Source.DEDUCED, Source.UNCONFIRMED
_210541, _IMP15, _OAUTH15 = Source.TAC210541, Source.IMP15, Source.OAUTH15

# fmt: off
STORES: Mapping[str, TrustStore] = MappingProxyType({row.name: row for row in (
    #                                 has   upload     delete     limit min upload    delete    delay    (sources)
    TrustStore("tomcat-trust",        BOTH, CLUSTER,   CLUSTER,   None, 30, _SEED,    _SEED,    _SEED,
               "web pages between nodes, secure LDAP, SIP OAuth through Expressway-C, backup, the designated OCSP signer",
               "by itself with the tomcat identities of all nodes; by hand with CA chains and the directory's CA"),
    TrustStore("CallManager-trust",   UCM,  CLUSTER,   CLUSTER,   None, 30, _SEED,    _SEED,    _210541,
               "SIP over TLS: phones by LSC or MIC, trunks, Unity Connection, conference bridges, cup, Expressway",
               "by itself with CAPF and its CA; preloaded with the makers of phones; by hand with CA chains"),
    TrustStore("Phone-SAST-trust",    UCM,  CLUSTER,   CLUSTER,   None, 30, _SEED,    _SEED,    _210541,
               "the trust verification service, for signers of other clusters' trust lists",
               "by bulk import from other clusters; by hand with old security tokens"),
    # Yes, its two reaches differ.
    TrustStore("CAPF-trust",          UCM,  NODE,      CLUSTER,   None, 0,  _SEED,    _SEED,    _SEED,
               "the CAPF service, for the issuers of the certificate a phone shows",
               "preloaded with the makers of phones; by hand with the CA chain of CAPF"),
    TrustStore("Phone-Edge-trust",    UCM,  PUBLISHER, PUBLISHER, 16,   0,  _SEED,    _SEED,    _OAUTH15,
               "phones in SIP OAuth mode, which fetch it as caconfig.json",
               "by hand with the tomcat certificate or its root, on the publisher"),
    TrustStore("ipsec-trust",         BOTH, NODE,      NODE,      None, 0,  _DEDUCED, _DEDUCED, _DEDUCED,
               "IPsec peers; backup up to release 12.5",
               "by itself with the node's own ipsec certificate and the publisher's; by hand with those of other peers"),
    TrustStore("TVS-trust",           UCM,  NODE,      NODE,      None, 0,  _DEDUCED, _DEDUCED, _DEDUCED,
               "the chain of a TVS certificate that a CA signed",
               "by hand"),
    TrustStore("Phone-trust",         UCM,  NODE,      NODE,      None, 0,  _DEDUCED, _DEDUCED, _DEDUCED,
               "the trust verification service, for application servers that phones ask about",
               "by hand"),
    TrustStore("Phone-VPN-trust",     UCM,  NODE,      NODE,      None, 0,  _DEDUCED, _DEDUCED, _DEDUCED,
               "the VPN gateway profile that phones are given",
               "by hand with the gateway's certificates"),
    TrustStore("Phone-CTL-trust",     UCM,  NODE,      NODE,      None, 0,  _UNSURE,  _UNSURE,  _UNSURE,
               "building of the CTL with old security tokens",
               "by the CTL tools"),
    TrustStore("Phone-CTL-ASA-trust", UCM,  NODE,      NODE,      None, 0,  _UNSURE,  _UNSURE,  _UNSURE,
               "building of the CTL with a firewall as TLS proxy",
               "by the CTL tools"),
    TrustStore("userlicensing-trust", UCM,  NODE,      NODE,      None, 0,  _UNSURE,  _UNSURE,  _UNSURE,
               "licensing of older releases",
               "not in use today"),
    TrustStore("directory-trust",     UCM,  CLUSTER,   NODE,      None, 30, _210541,  _UNSURE,  _210541,
               "secure LDAP before it moved to tomcat-trust",
               "not in use today"),
    TrustStore("cup-trust",           IMP,  CLUSTER,   NODE,      None, 30, _UNSURE,  _DEDUCED, _IMP15,
               "SIP Proxy and Presence Engine: the trunk to Unified CM, SIP federation, Exchange",
               "by itself with cup and, at installation, CallManager; by hand with the CA of Exchange and of partners"),
    TrustStore("cup-xmpp-trust",      IMP,  CLUSTER,   NODE,      None, 30, _IMP15,   _DEDUCED, _IMP15,
               "XCP Router between nodes, XMPP federation, LDAP searches of the XCP Directory Service",
               "by itself with cup-xmpp; by hand with CA chains of peers"),
)})
# fmt: on


@dataclass(frozen=True)
class Copy:
    """An identity that lands in a trust store without anybody uploading it there."""

    purpose: str
    store: str
    where: str
    by: str
    source: Source


_EVERYWHERE = "every node that has the store"
_NOTIFICATION, _SYNC = (
    "Cisco Certificate Change Notification",
    "Cisco Intercluster Sync Agent",
)

# fmt: off
COPIES: tuple[Copy, ...] = (
    Copy("tomcat",             "tomcat-trust",      _EVERYWHERE,                              _NOTIFICATION,  Source.TAC210541),
    Copy("tomcat-ECDSA",       "tomcat-trust",      _EVERYWHERE,                              _NOTIFICATION,  Source.SEED),
    Copy("tomcat",             "tomcat-trust",      "between Unified CM and IM and Presence", _SYNC,          Source.SEED),
    Copy("CallManager",        "CallManager-trust", _EVERYWHERE,                              _NOTIFICATION,  Source.DEDUCED),
    Copy("CallManager-ECDSA",  "CallManager-trust", _EVERYWHERE,                              _NOTIFICATION,  Source.DEDUCED),
    Copy("CallManager",        "cup-trust",         "IM and Presence nodes",                  "installation", Source.IMP15),
    Copy("CAPF",               "CallManager-trust", _EVERYWHERE,                              _NOTIFICATION,  Source.SEC15),
    Copy("ipsec",              "ipsec-trust",       "the node itself; the publisher's on every node", "installation", Source.TAC118928),
    Copy("cup",                "cup-trust",         "IM and Presence nodes",                  _SYNC,          Source.DEDUCED),
    Copy("cup-ECDSA",          "cup-trust",         "IM and Presence nodes",                  _SYNC,          Source.DEDUCED),
    Copy("cup",                "CallManager-trust", "Unified CM nodes",                       "installation", Source.IMP15),
    Copy("cup-xmpp",           "cup-xmpp-trust",    "IM and Presence nodes",                  _SYNC,          Source.DEDUCED),
    Copy("cup-xmpp-ECDSA",     "cup-xmpp-trust",    "IM and Presence nodes",                  _SYNC,          Source.DEDUCED),
    Copy("cup-xmpp-s2s",       "cup-xmpp-trust",    "IM and Presence nodes",                  _SYNC,          Source.DEDUCED),
    Copy("cup-xmpp-s2s-ECDSA", "cup-xmpp-trust",    "IM and Presence nodes",                  _SYNC,          Source.DEDUCED),
)
# fmt: on

SYNC_AGENT = _SYNC
# What a forced synchronization carries to every node that has it: facts §2.1, §2.2.
SYNCED_STORES = ("tomcat-trust", "cup-trust", "cup-xmpp-trust")

# Uploading a CA to the first store puts it into the second as well.
UPLOAD_ALSO_LANDS_IN: Mapping[str, str] = MappingProxyType(
    {"CAPF-trust": "CallManager-trust"}  # the source document, on the CAPF root
)


@dataclass(frozen=True)
class Dispute:
    """A document that does not agree with the table above."""

    store: str
    about: str
    reading: str
    source: Source


# fmt: off
DISPUTED: tuple[Dispute, ...] = (
    Dispute("tomcat-trust",      "delete", "an expired certificate may sit on several nodes and is removed on each", Source.TAC214231),
    Dispute("CallManager-trust", "delete", "an expired certificate may sit on several nodes and is removed on each", Source.TAC214231),
    Dispute("CAPF-trust",        "delete", "an expired certificate may sit on several nodes and is removed on each", Source.TAC214231),
    Dispute("Phone-SAST-trust",  "delete", "an expired certificate may sit on several nodes and is removed on each", Source.TAC214231),
    Dispute("tomcat-trust",      "delete", "a deletion did not reach the other nodes (release 9.1)", Source.TAC210541),
    Dispute("tomcat-trust",      "delete", "leftovers are removed on every IM and Presence node, its peers and Unified CM", Source.IMP15),
)
# fmt: on


@dataclass(frozen=True)
class BulkImport:
    """Where certificates of another cluster go when they are imported in bulk."""

    type: str  # as the bulk page names it
    purpose: str
    stores: tuple[str, ...]
    source: Source


# fmt: off
BULK: Mapping[str, BulkImport] = MappingProxyType({row.type: row for row in (
    BulkImport("Tomcat",      "tomcat",      ("tomcat-trust",),                         Source.TAC215539),
    BulkImport("TFTP",        "CallManager", ("Phone-SAST-trust", "CallManager-trust"), Source.TAC215539),
    BulkImport("CAPF",        "CAPF",        ("CallManager-trust",),                    Source.TAC215539),
    BulkImport("ITLRecovery", "ITLRecovery", ("Phone-SAST-trust", "CallManager-trust"), Source.SBD15),
)})
BULK_STEPS = (
    "Configure the SFTP server",
    "Export on each cluster",
    "Consolidate on one cluster",
    "Import on each cluster",
)
# fmt: on


@dataclass(frozen=True)
class Preloaded:
    """A certificate that a new node already trusts."""

    common_name: str
    stores: tuple[str, ...]
    note: str
    source: Source


_MAKERS = ("CallManager-trust", "CAPF-trust")
_MAKER = "signs the factory certificates of phones"

# fmt: off
PRELOADED: tuple[Preloaded, ...] = (
    Preloaded("Cisco Manufacturing CA",      _MAKERS,           _MAKER,                                 Source.CLI15),
    Preloaded("Cisco Manufacturing CA SHA2", _MAKERS,           _MAKER,                                 Source.CLI15),
    Preloaded("Cisco Root CA 2048",          _MAKERS,           _MAKER,                                 Source.CLI15),
    Preloaded("Cisco Root CA M2",            _MAKERS,           _MAKER,                                 Source.CLI15),
    Preloaded("ACT2 SUDI CA",                _MAKERS,           _MAKER,                                 Source.CLI15),
    Preloaded("CAP-RTP-001",                 _MAKERS,           "in older releases",                    Source.CLI15),
    Preloaded("CAP-RTP-002",                 _MAKERS,           "in older releases",                    Source.CLI15),
    Preloaded("VeriSign",                    ("tomcat-trust",), "for reports to the maker (Call Home)", Source.CLI15),
)
# fmt: on
