"""Which certificates may be shared by several nodes, and how that is done."""

from dataclasses import dataclass

from lab.rules.sources import Source

SHARED = "Multi-server(SAN)"  # as the cluster's pages write it


@dataclass(frozen=True)
class MultiServer:
    purpose: str
    self_signed: bool
    self_signed_before_14: bool
    ca_signed: bool
    ca_signed_before_14: bool
    scope: str  # "cluster", "publisher" or "node"
    nodes: str
    source: Source
    note: str = ""


_ALL, _UCM, _IMP = (
    "all nodes of both products",
    "Unified CM nodes",
    "IM and Presence nodes",
)

# fmt: off
MULTI_SERVER: tuple[MultiServer, ...] = (
    MultiServer("tomcat",             True,  False, True,  True,  "cluster",   _ALL,                       Source.SEC15),
    MultiServer("tomcat-ECDSA",       True,  False, True,  True,  "cluster",   _ALL,                       Source.SEC15),
    MultiServer("CallManager",        True,  False, True,  True,  "cluster",   _UCM,                       Source.SEC15),
    MultiServer("CallManager-ECDSA",  True,  False, True,  True,  "cluster",   _UCM,                       Source.SEC15),
    MultiServer("TVS",                True,  False, True,  False, "cluster",   _UCM,                       Source.SEC15),
    MultiServer("CAPF",               False, False, False, False, "publisher", "the publisher",            Source.SEC15, "the guide prints yes for self-signed: there is one, on the publisher"),
    MultiServer("ipsec",              False, False, False, False, "node",      "one node",                 Source.SEC15),
    MultiServer("ITLRecovery",        False, False, False, False, "cluster",   "made once, pushed to all", Source.SEC15),
    MultiServer("cup",                False, False, False, False, "node",      "one node",                 Source.IMP15),
    MultiServer("cup-ECDSA",          False, False, False, False, "node",      "one node",                 Source.IMP15),
    MultiServer("cup-xmpp",           False, False, True,  True,  "cluster",   _IMP,                       Source.IMP15),
    MultiServer("cup-xmpp-ECDSA",     False, False, True,  True,  "cluster",   _IMP,                       Source.IMP15),
    MultiServer("cup-xmpp-s2s",       False, False, True,  True,  "cluster",   _IMP,                       Source.IMP15),
    MultiServer("cup-xmpp-s2s-ECDSA", False, False, True,  True,  "cluster",   _IMP,                       Source.IMP15),
)


@dataclass(frozen=True)
class MultiServerRule:
    topic: str
    rule: str
    source: Source


MULTI_SERVER_RULES: tuple[MultiServerRule, ...] = (
    MultiServerRule("Where, Unified CM",      "generated and uploaded on the publisher; certificate and key are then installed on all listed nodes", Source.TAC118731),
    MultiServerRule("Where, IM and Presence", "on any node; the certificate is then spread together with its signing chain", Source.IMP15),
    MultiServerRule("Command line",           "from 14 SU2 on a shared certificate is uploaded on the page only", Source.SEC15),
    MultiServerRule("Renew when",             "a node is added, a node is rebuilt without a backup, a host name or the domain changes", Source.TAC118731),
    MultiServerRule("Needs",                  "Platform Administrative Web Service and Cisco Tomcat run on all nodes", Source.TAC118731),
)
# fmt: on
