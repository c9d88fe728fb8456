"""Which services run where, what they present and which stores they read."""

from dataclasses import dataclass

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
