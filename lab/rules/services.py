"""Which services run where, what they present and which stores they read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.after_change import AFTER_CHANGE, SWAP, tftp_after
from lab.rules.restarts import TFTP
from lab.rules.sources import Source


@dataclass(frozen=True)
class Service:
    """A service of a node.

    `loads` are the purposes it presents, as of its last start; `trusts` the stores
    it reads. Feature and network are the two halves of the control center.
    """

    name: str
    product: str  # "ucm" or "imp"
    kind: str  # "feature" or "network"
    on: str  # "every" or "publisher"
    loads: tuple[str, ...]
    trusts: tuple[str, ...]
    source: Source
    kind_source: Source = Source.UNCONFIRMED
    note: str = ""


_NONE: tuple[str, ...] = ()
_WEB = ("tomcat", "tomcat-ECDSA")
_CALLS = ("CallManager", "CallManager-ECDSA")
_CHAT = ("cup-xmpp", "cup-xmpp-ECDSA")
_PARTNERS = ("cup-xmpp-s2s", "cup-xmpp-s2s-ECDSA")
_SIP = ("cup", "cup-ECDSA")
_CHAT_TRUST = ("cup-xmpp-trust",)
_WEB_TRUST = ("tomcat-trust",)

# fmt: off
SERVICES: tuple[Service, ...] = (
    Service("Cisco Tomcat",                               "ucm", "network", "every",     _WEB,                                     _WEB_TRUST,                            Source.SEED),
    Service("Cisco CallManager",                          "ucm", "feature", "every",     (*_CALLS, *_WEB),                         ("CallManager-trust", "tomcat-trust"), Source.SEED,      note="presents tomcat when SIP OAuth mode is on"),
    Service("Cisco CTIManager",                           "ucm", "feature", "every",     _CALLS,                                   ("CallManager-trust", "CAPF-trust", "tomcat-trust"), Source.CTI15),
    Service("Cisco Tftp",                                 "ucm", "feature", "every",     ("CallManager", "ITLRecovery", "tomcat"), ("tomcat-trust", "CallManager-trust"), Source.SEED,      note="keeps a copy of tomcat until it is deactivated and activated"),
    Service("Cisco Trust Verification Service",           "ucm", "network", "every",     ("TVS",),                                 ("Phone-SAST-trust", "Phone-trust", "CallManager-trust", "tomcat-trust", "TVS-trust"), Source.SBD15),
    Service("Cisco Certificate Authority Proxy Function", "ucm", "feature", "publisher", ("CAPF",),                                ("CAPF-trust",),                       Source.SEED),
    Service("Cisco HAProxy",                              "ucm", "network", "every",     _CALLS,                                   ("CallManager-trust", "tomcat-trust"), Source.ADM15),
    Service("Cisco DRF Master",                           "ucm", "network", "publisher", ("tomcat",),                              _WEB_TRUST,                            Source.SEED,      note="used ipsec up to release 12.5"),
    Service("Cisco DRF Local",                            "ucm", "network", "every",     ("tomcat",),                              _WEB_TRUST,                            Source.SEED,      note="used ipsec up to release 12.5"),
    Service("Cisco DirSync",                              "ucm", "feature", "publisher", _NONE,                                    _WEB_TRUST,                            Source.SEED),
    Service("Cisco Intercluster Lookup Service",          "ucm", "feature", "every",     ("tomcat",),                              _WEB_TRUST,                            Source.SEC15),
    Service("Cisco Location Bandwidth Manager",           "ucm", "feature", "every",     ("tomcat",),                              _WEB_TRUST,                            Source.SEC15),
    Service("Cisco Extension Mobility",                   "ucm", "feature", "every",     _NONE,                                    _NONE,                                 Source.ADM15,     note="runs inside Cisco Tomcat"),
    Service("Cisco AXL Tomcat",                           "ucm", "network", "every",     _NONE,                                    _NONE,                                 Source.ADM15,     note="is reached through Cisco Tomcat"),
    Service("Cisco UDS Tomcat",                           "ucm", "network", "every",     _NONE,                                    _NONE,                                 Source.ADM15,     note="is reached through Cisco Tomcat"),
    Service("Cisco SSOSP Tomcat",                         "ucm", "network", "every",     _NONE,                                    _NONE,                                 Source.TAC214231, note="is reached through Cisco Tomcat"),
    Service("Cisco Certificate Expiry Monitor",           "ucm", "network", "every",     _NONE,                                    _NONE,                                 Source.SEED,      Source.SEED),
    Service("Cisco Certificate Change Notification",      "ucm", "network", "every",     _NONE,                                    _NONE,                                 Source.TAC210541),
    Service("Cisco Syslog Agent",                         "ucm", "network", "every",     _NONE,                                    _WEB_TRUST,                            Source.SEC15),
    Service("Cisco IPsec",                                "ucm", "network", "every",     ("ipsec",),                               ("ipsec-trust",),                      Source.TAC118928, Source.HOUSE, note="part of the platform; restarted with: utils ipsec restart"),
    Service("Cisco Tomcat",                               "imp", "network", "every",     _WEB,                                     _WEB_TRUST,                            Source.SEED),
    Service("Cisco SIP Proxy",                            "imp", "feature", "every",     _SIP,                                     ("cup-trust",),                        Source.IMP15),
    Service("Cisco Presence Engine",                      "imp", "feature", "every",     _SIP,                                     ("cup-trust",),                        Source.IMP15),
    Service("Cisco XCP Router",                           "imp", "network", "every",     _CHAT,                                    _CHAT_TRUST,                           Source.IMP15),
    Service("Cisco XCP Connection Manager",               "imp", "feature", "every",     _CHAT,                                    _CHAT_TRUST,                           Source.IMP15),
    Service("Cisco XCP Web Connection Manager",           "imp", "feature", "every",     _CHAT,                                    _CHAT_TRUST,                           Source.IMP15),
    Service("Cisco XCP Directory Service",                "imp", "feature", "every",     _CHAT,                                    _CHAT_TRUST,                           Source.IMP15),
    Service("Cisco XCP XMPP Federation Connection Manager", "imp", "feature", "every",     _PARTNERS,                                _CHAT_TRUST,                           Source.IMP15),
    Service("Cisco XCP Authentication Service",           "imp", "feature", "every",     _NONE,                                    _WEB_TRUST,                            Source.SEC15,     note="checks tokens that authz signed"),
    Service("Cisco Intercluster Sync Agent",              "imp", "network", "every",     ("tomcat",),                              _WEB_TRUST,                            Source.IMP15),
    Service("Cisco DRF Local",                            "imp", "network", "every",     ("tomcat",),                              _WEB_TRUST,                            Source.SEED,      note="used ipsec up to release 12.5"),
    Service("Cisco Certificate Expiry Monitor",           "imp", "network", "every",     _NONE,                                    _NONE,                                 Source.SEED,      Source.SEED),
    Service("Cisco Syslog Agent",                         "imp", "network", "every",     _NONE,                                    _WEB_TRUST,                            Source.UNCONFIRMED),
    Service("Cisco IPsec",                                "imp", "network", "every",     ("ipsec",),                               ("ipsec-trust",),                      Source.TAC118928, Source.HOUSE, note="part of the platform; restarted with: utils ipsec restart"),
)
# fmt: on


def services_of(product: str) -> list[Service]:
    """The services of a product, in the order the lab lists them."""
    return [row for row in SERVICES if row.product == product]


@dataclass(frozen=True)
class Start:
    """How a service comes and goes: how long a start takes, and what waits for it.

    `interrupts` are words of `lab.rules.failures`. What cannot be stopped can be
    restarted; a network service is never deactivated.
    """

    service: str
    seconds: int
    stops: bool
    interrupts: tuple[str, ...]
    source: Source
    note: str = ""


_PAGES = (
    "web administration of this node",
    "HTTPS services of phones, such as directories and extension mobility",
    "single sign-on",
    "remote access through Expressway",
)
_REGISTRATION = (
    "secure phone registration",
    "secure SIP trunks",
    "conference bridges, transcoders and media termination points",
)
_VERIFYING = (
    "registration of new phones",
    "trust of phones in HTTPS applications",
    "acceptance of changed phone files",
)
_JABBER = ("chat and presence in Jabber",)
_BACKUP = ("backup and restore",)

# fmt: off
STARTS: Mapping[str, Start] = MappingProxyType({row.service: row for row in (
    Start("Cisco Tomcat",                               120, False, _PAGES,                                 Source.HOUSE, "the cluster's own pages run in it, so nobody could start it there"),
    Start("Cisco CallManager",                          60,  True,  _REGISTRATION,                          Source.HOUSE),
    Start("Cisco CTIManager",                           30,  True,  ("secure CTI applications",),           Source.HOUSE),
    Start("Cisco Tftp",                                 20,  True,  ("signed phone configuration",),        Source.HOUSE),
    Start("Cisco Trust Verification Service",           10,  True,  _VERIFYING,                             Source.HOUSE),
    Start("Cisco Certificate Authority Proxy Function", 10,  True,  ("new phone certificates (LSC)",),      Source.HOUSE),
    Start("Cisco HAProxy",                              10,  True,  ("SIP OAuth for phones",),              Source.HOUSE),
    Start("Cisco DRF Master",                           20,  True,  _BACKUP,                                Source.HOUSE),
    Start("Cisco DRF Local",                            20,  True,  _BACKUP,                                Source.HOUSE),
    Start("Cisco DirSync",                              20,  True,  _NONE,                                  Source.HOUSE),
    Start("Cisco Intercluster Lookup Service",          20,  True,  _NONE,                                  Source.HOUSE),
    Start("Cisco Location Bandwidth Manager",           20,  True,  _NONE,                                  Source.HOUSE),
    Start("Cisco Extension Mobility",                   30,  True,  ("extension mobility and automatic registration",), Source.HOUSE),
    Start("Cisco AXL Tomcat",                           30,  True,  ("AXL requests",),                      Source.HOUSE),
    Start("Cisco UDS Tomcat",                           30,  True,  _NONE,                                  Source.HOUSE),
    Start("Cisco SSOSP Tomcat",                         30,  True,  ("single sign-on",),                    Source.HOUSE),
    Start("Cisco Certificate Expiry Monitor",           5,   True,  _NONE,                                  Source.HOUSE),
    Start("Cisco Certificate Change Notification",      5,   True,  _NONE,                                  Source.HOUSE),
    Start("Cisco Syslog Agent",                         5,   True,  _NONE,                                  Source.HOUSE),
    Start("Cisco IPsec",                                10,  False, ("IPsec tunnels to gateways and clusters",), Source.HOUSE, "it is part of the platform"),
    Start("Cisco SIP Proxy",                            30,  True,  ("the presence trunk between IM and Presence and Unified CM", "SIP federation"), Source.HOUSE),
    Start("Cisco Presence Engine",                      60,  True,  _JABBER,                                Source.HOUSE),
    Start("Cisco XCP Router",                           60,  True,  (*_JABBER, "message routing between IM and Presence nodes"), Source.HOUSE),
    Start("Cisco XCP Connection Manager",               20,  True,  _JABBER,                                Source.HOUSE),
    Start("Cisco XCP Web Connection Manager",           20,  True,  _JABBER,                                Source.HOUSE),
    Start("Cisco XCP Directory Service",                20,  True,  _NONE,                                  Source.HOUSE),
    Start("Cisco XCP XMPP Federation Connection Manager", 20,  True,  ("chat with partner organizations",),   Source.HOUSE),
    Start("Cisco XCP Authentication Service",           20,  True,  ("sign-in with OAuth tokens",),         Source.HOUSE),
    Start("Cisco Intercluster Sync Agent",              20,  True,  _NONE,                                  Source.HOUSE),
)})
# fmt: on


def service_row(service: str, product: str) -> Service | None:
    """What the table says of a service of a product; None for one it does not name."""
    rows = (row for row in SERVICES if (row.name, row.product) == (service, product))
    return next(rows, None)


def kept_over_restart(service: str, profile: str) -> tuple[str, ...]:
    """Purposes of which the service goes on with its copy until it is activated anew.

    That is so for TFTP, where a document says: deactivate, then activate.
    """
    if service != TFTP:
        return ()
    return tuple(
        purpose for purpose in AFTER_CHANGE if tftp_after(purpose, profile) == SWAP
    )
