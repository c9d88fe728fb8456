"""Who talks to whom, which certificate each side shows, and what verifies it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class Connection:
    """One kind of connection.

    `client` and `server` are keys of `ROLES`. Purposes are identities of nodes, or
    "LSC", "MIC" and "peer". What verifies them are trust stores or keys of `LISTS`.
    A client certificate of a connection that is not mutual is shown if there is one.
    """

    id: str
    label: str
    client: str
    server: str
    ports: tuple[int, ...]
    server_purposes: tuple[str, ...]
    server_verified_with: tuple[str, ...]
    client_purposes: tuple[str, ...]
    client_verified_with: tuple[str, ...]
    mutual: bool
    note: str
    source: Source
    server_service: str = ""  # the node's service at the server's end
    client_service: str = ""
    also: tuple[Source, ...] = ()  # further documents
    transport: str = "tls"  # "tls", "signature", "ipsec", "802.1X" or "metadata"


ROLES: Mapping[str, str] = MappingProxyType(
    {
        "node": "any node",
        "ucm": "Unified CM node",
        "imp": "IM and Presence node",
        "phone": "phone",
        "browser": "browser",
        "jabber": "Jabber or another client",
        "application": "CTI application",
        "directory": "directory",
        "sip-trunk": "SIP trunk peer",
        "sip-peer": "SIP federation peer",
        "xmpp-peer": "XMPP federation peer",
        "expressway-c": "Expressway-C",
        "unity": "Unity Connection",
        "syslog": "syslog server",
        "exchange": "Exchange server",
        "other-cluster": "node of another cluster",
        "vpn-gateway": "VPN gateway",
        "network": "network access switch",
        "identity-provider": "identity provider",
    }
)

LISTS: Mapping[str, str] = MappingProxyType(
    {
        "browser": "the trust list of the browser",
        "client": "the trust list of the client's system",
        "application": "the trust list of the application",
        "peer": "the trust list of the outside system",
        "network": "the trust list of the access server",
        "ITL": "the identity trust list of the phone",
        "CTL": "the certificate trust list of the phone",
        "TVS": "an answer of the trust verification service",
        "metadata": "the metadata at the identity provider",
    }
)

_WEB = ("tomcat", "tomcat-ECDSA")
_CALLS = ("CallManager", "CallManager-ECDSA")
_PHONE = ("LSC", "MIC")
_T, _C = ("tomcat-trust",), ("CallManager-trust",)
_CUP, _XMPP = ("cup-trust",), ("cup-xmpp-trust",)
_NONE: tuple[str, ...] = ()
TOMCAT, CALLS, TFTP = "Cisco Tomcat", "Cisco CallManager", "Cisco Tftp"

# fmt: off
CONNECTIONS: tuple[Connection, ...] = (
    Connection("W1",  "Administrator's browser to a node",           "browser",           "node",          (443, 8443),
               _WEB,                      ("browser",),                   _NONE,             _NONE,                                 False,
               "", Source.PORTS15, server_service=TOMCAT),
    Connection("W2",  "Jabber, user data and AXL clients to Unified CM", "jabber",            "ucm",           (8443,),
               _WEB,                      ("client",),                    _NONE,             _NONE,                                 False,
               "", Source.PORTS15, server_service=TOMCAT),
    Connection("W3",  "Pages of one node about another",             "node",              "node",          (8443,),
               _WEB,                      _T,                             _NONE,             _NONE,                                 False,
               "the client signs in with a password", Source.SEED, server_service=TOMCAT, client_service=TOMCAT, also=(Source.PORTS15,)),
    Connection("W4",  "Phone to its HTTPS services",                 "phone",             "ucm",           (8443,),
               _WEB,                      ("TVS",),                       _NONE,             _NONE,                                 False,
               "tomcat is not in the ITL, so the phone asks the trust verification service", Source.SBD15, server_service=TOMCAT, also=(Source.TAC214231,)),
    Connection("P1",  "Phone reads its signed files",                "phone",             "ucm",           (6970, 69),
               ("CallManager",),          ("CTL", "ITL", "TVS"),          _NONE,             _NONE,                                 False,
               "the files are signed; the connection is not encrypted", Source.SBD15, server_service=TFTP, transport="signature"),
    Connection("P2",  "Phone reads its files over HTTPS",            "phone",             "ucm",           (6971, 6972),
               ("tomcat", "CallManager"), ("ITL", "TVS"),                 _PHONE,            ("tomcat-trust", "CallManager-trust"), False,
               "the client's certificate is checked on 6972 only; which certificate the server shows is unconfirmed", Source.PORTS15, server_service=TFTP, also=(Source.TAC225476,)),
    Connection("P3",  "Secure phone registration",                   "phone",             "ucm",           (5061, 2443),
               _CALLS,                    ("CTL",),                       _PHONE,            _C,                                    True,
               "needs mixed mode; 5061 is SIP, 2443 is SCCP", Source.PORTS15, server_service=CALLS, also=(Source.SEC15,)),
    Connection("P4",  "Phone asks whom to trust",                    "phone",             "ucm",           (2445,),
               ("TVS",),                  ("ITL",),                       _NONE,             _NONE,                                 False,
               "whether the phone shows a certificate is unconfirmed", Source.PORTS15, server_service="Cisco Trust Verification Service", also=(Source.SBD15,)),
    Connection("P5",  "Phone enrolls with CAPF",                     "phone",             "ucm",           (3804,),
               ("CAPF",),                 ("ITL", "CTL", "TVS"),          _PHONE,            ("CAPF-trust",),                       False,
               "an authentication string may take the place of the client's certificate", Source.CAPF15, server_service="Cisco Certificate Authority Proxy Function", also=(Source.PORTS15,)),
    Connection("P6",  "SIP OAuth registration inside",               "phone",             "ucm",           (5090,),
               ("tomcat",),               ("Phone-Edge-trust", "client"), _NONE,             _NONE,                                 False,
               "phones use the edge trust list, Jabber the list of its system", Source.OAUTH15, server_service=CALLS),
    Connection("P6M", "SIP OAuth registration through Expressway-C", "expressway-c",      "ucm",           (5091,),
               ("tomcat",),               ("peer",),                      ("peer",),         _T,                                    True,
               "", Source.OAUTH15, server_service=CALLS),
    Connection("T1",  "Secure SIP trunk",                            "ucm",               "sip-trunk",     (5061,),
               ("peer",),                 _C,                             _CALLS,            ("peer",),                             True,
               "both sides play both roles; the trunk's profile also compares the name", Source.SEC15, client_service=CALLS),
    Connection("T2",  "Presence trunk between Unified CM and IM and Presence", "ucm",               "imp",           (5061, 5062),
               ("cup",),                  _C,                             ("CallManager",),  _CUP,                                  True,
               "both sides play both roles", Source.IMP15, server_service="Cisco SIP Proxy", client_service=CALLS, also=(Source.PORTSIMP15,)),
    Connection("T3",  "Voice mail, conference bridges and other devices", "unity",             "ucm",           (5061, 2443),
               ("CallManager",),          ("peer",),                      ("peer",),         _C,                                    True,
               "", Source.SEC15, server_service=CALLS),
    Connection("X1",  "Jabber chat",                                 "jabber",            "imp",           (5222,),
               ("cup-xmpp",),             ("client",),                    _NONE,             _NONE,                                 False,
               "", Source.PORTSIMP15, server_service="Cisco XCP Connection Manager", also=(Source.IMP15,)),
    Connection("X2",  "Message routing between IM and Presence nodes", "imp",               "imp",           (7400,),
               ("cup-xmpp",),             _XMPP,                          ("cup-xmpp",),     _XMPP,                                 True,
               "", Source.PORTSIMP15, server_service="Cisco XCP Router", client_service="Cisco XCP Router"),
    Connection("X3",  "XMPP federation",                             "imp",               "xmpp-peer",     (5269,),
               ("peer",),                 _XMPP,                          ("cup-xmpp-s2s",), ("peer",),                             True,
               "both sides play both roles", Source.IMP15, client_service="Cisco XCP XMPP Federation Connection Manager", also=(Source.PORTSIMP15,)),
    Connection("X4",  "SIP federation",                              "imp",               "sip-peer",      (5061, 5062),
               ("peer",),                 _CUP,                           ("cup",),          ("peer",),                             True,
               "both sides play both roles; the peer may be Expressway", Source.PORTSIMP15, client_service="Cisco SIP Proxy"),
    Connection("X5",  "Calendar of Exchange",                        "imp",               "exchange",      (443,),
               ("peer",),                 _CUP,                           ("cup",),          ("peer",),                             False,
               "the client's certificate is sent only if it is asked for", Source.IMP15, client_service="Cisco Presence Engine"),
    Connection("X6",  "Synchronization between clusters and products", "node",              "imp",           (8443,),
               ("tomcat",),               _T,                             _NONE,             _NONE,                                 False,
               "", Source.IMP15, server_service=TOMCAT),
    Connection("L1",  "Secure directory",                            "ucm",               "directory",     (636, 3269),
               ("peer",),                 _T,                             _NONE,             _NONE,                                 False,
               "", Source.SEED, client_service="Cisco DirSync", also=(Source.TAC215437,)),
    Connection("D1",  "Backup between master and nodes",             "node",              "ucm",           (4040,),
               ("tomcat",),               _T,                             ("tomcat",),       _T,                                    True,
               "up to release 12.5 this was ipsec; support still says so", Source.SEED, server_service="Cisco DRF Master", client_service="Cisco DRF Local", also=(Source.SEC15, Source.TAC214231, Source.PORTS15)),
    Connection("I1",  "IPsec between nodes and to gateways",         "node",              "node",          (500,),
               ("ipsec",),                ("ipsec-trust",),               ("ipsec",),        ("ipsec-trust",),                      True,
               "500 is a UDP port; the other end may be a gateway", Source.TAC118928, server_service="Cisco IPsec", client_service="Cisco IPsec", transport="ipsec", also=(Source.TAC214231,)),
    Connection("C1",  "Secure CTI application",                      "application",       "ucm",           (2749,),
               ("CallManager",),          ("application",),               ("LSC",),          ("CAPF-trust", "CallManager-trust"),   True,
               "needs mixed mode; the application has one certificate for each instance; 2789 is the plain port", Source.CTI15, server_service="Cisco CTIManager", also=(Source.PORTS15,)),
    Connection("E1",  "Directory exchange between clusters (ILS)",   "ucm",               "other-cluster", (7501,),
               ("tomcat",),               _T,                             ("tomcat",),       _T,                                    True,
               "", Source.PORTS15, client_service="Cisco Intercluster Lookup Service", also=(Source.SEC15,)),
    Connection("E2",  "Bandwidth exchange between clusters (LBM)",   "ucm",               "other-cluster", (9004,),
               ("tomcat",),               _T,                             ("tomcat",),       _T,                                    True,
               "that both sides show a certificate is unconfirmed", Source.PORTS15, client_service="Cisco Location Bandwidth Manager", also=(Source.SEC15,)),
    Connection("E3",  "Extension mobility between clusters",         "ucm",               "other-cluster", (8443,),
               ("tomcat",),               _T,                             _NONE,             _NONE,                                 False,
               "after a bulk exchange of certificates", Source.TAC215539, client_service=TOMCAT, also=(Source.ALARM15,)),
    Connection("V1",  "Phone VPN",                                   "phone",             "vpn-gateway",   (443,),
               ("peer",),                 ("Phone-VPN-trust",),           _PHONE,            ("peer",),                             True,
               "the phone is given the gateway's certificate in its configuration", Source.TAC214231),
    Connection("V2",  "Network access by 802.1X",                    "phone",             "network",       (),
               _NONE,                     _NONE,                          ("LSC",),          ("network",),                          False,
               "the access server must trust CAPF", Source.TAC225746, transport="802.1X"),
    Connection("S1",  "Single sign-on",                              "identity-provider", "ucm",           (8443,),
               ("tomcat", "ITLRecovery"), ("metadata",),                  _NONE,             _NONE,                                 False,
               "the metadata holds one of the two", Source.SEC15, server_service=TOMCAT, transport="metadata"),
    Connection("S2",  "Expressway-C to Unified CM",                  "expressway-c",      "ucm",           (443, 8443, 6972, 5061, 5091),
               ("tomcat", "CallManager"), ("peer",),                      ("peer",),         ("tomcat-trust", "CallManager-trust"), True,
               "its CA is needed in both stores, even in a cluster that is not secure", Source.TAC225746, server_service=CALLS, also=(Source.TAC225476,)),
    Connection("Y1",  "Syslog over TLS",                             "node",              "syslog",        (6514,),
               ("peer",),                 _T,                             _NONE,             _NONE,                                 False,
               "revocation is asked live; the store is unconfirmed", Source.SEED, client_service="Cisco Syslog Agent", also=(Source.PORTS15,)),
)
# fmt: on
