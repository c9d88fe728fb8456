"""The outside systems a cluster talks to, and the stores that verify them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class PeerKind:
    kind: str
    label: str
    verified_with: tuple[str, ...]  # stores of the nodes that its certificate meets
    connections: tuple[str, ...]  # ids in lab.rules.connections
    source: Source


# fmt: off
PEERS: Mapping[str, PeerKind] = MappingProxyType({row.kind: row for row in (
    PeerKind("directory",    "Directory (LDAP over TLS)", ("tomcat-trust",),                     ("L1",),       Source.SEED),
    PeerKind("sip-trunk",    "SIP trunk peer",            ("CallManager-trust",),                ("T1",),       Source.SEC15),
    PeerKind("expressway-c", "Expressway-C",              ("tomcat-trust", "CallManager-trust"), ("S2", "P6M"), Source.TAC225746),
    PeerKind("unity",        "Unity Connection",          ("CallManager-trust",),                ("T3",),       Source.SEC15),
    PeerKind("syslog",       "Syslog server",             ("tomcat-trust",),                     ("Y1",),       Source.UNCONFIRMED),
    PeerKind("xmpp-peer",    "XMPP federation peer",      ("cup-xmpp-trust",),                   ("X3",),       Source.IMP15),
    PeerKind("browser",      "Browser",                   (),                                    ("W1",),       Source.PORTS15),
)})


@dataclass(frozen=True)
class PhoneIdentity:
    name: str
    label: str
    verified_with: tuple[str, ...]
    source: Source


PHONE_IDENTITIES: Mapping[str, PhoneIdentity] = MappingProxyType({row.name: row for row in (
    PhoneIdentity("MIC", "Factory certificate (MIC)",             ("CallManager-trust", "CAPF-trust"), Source.CLI15),
    PhoneIdentity("LSC", "Locally significant certificate (LSC)", ("CallManager-trust",),              Source.SEC15),
)})
# fmt: on
