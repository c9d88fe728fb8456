"""What stops when a certificate no longer works: expired, revoked, wrong or untrusted."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class Failure:
    """One thing that stops; `words` fit after "stops "."""

    purpose: str
    words: str
    who: str  # who notices first
    source: Source
    for_phones: str = ""  # the same, where several phones are known to notice


_ADMINS, _PHONES, _USERS = "administrators", "phones", "users"
_PARTNERS, _SYSTEM = "partners", "the system"

# fmt: off
FAILURES: tuple[Failure, ...] = (
    Failure("tomcat",             "web administration of this node",            _ADMINS,   Source.TAC214231),
    Failure("tomcat",             "SIP OAuth for phones",                       _PHONES,   Source.SEED, "SIP OAuth for {number} phones"),
    Failure("tomcat",             "HTTPS services of phones, such as directories and extension mobility", _PHONES,   Source.TAC214231),
    Failure("tomcat",             "single sign-on",                             _USERS,    Source.TAC214231),
    Failure("tomcat",             "backup and restore",                         _ADMINS,   Source.TAC214231),
    Failure("tomcat",             "remote access through Expressway",           _USERS,    Source.TAC214231),
    Failure("tomcat",             "sign-in of contact center agents",           _USERS,    Source.TAC217138),
    Failure("tomcat-ECDSA",       "web administration for clients that accept elliptic curves only", _ADMINS,   Source.TAC214231),
    Failure("tomcat-ECDSA",       "HTTPS services of phones that prefer elliptic curves", _PHONES,   Source.TAC214231),
    Failure("CallManager",        "secure phone registration",                  _PHONES,   Source.TAC214231, "secure registration of {number} phones"),
    Failure("CallManager",        "signed phone configuration",                 _PHONES,   Source.TAC214231, "signed configuration of {number} phones"),
    Failure("CallManager",        "secure SIP trunks",                          _PARTNERS, Source.TAC214231),
    Failure("CallManager",        "conference bridges, transcoders and media termination points", _USERS,    Source.TAC214231),
    Failure("CallManager",        "remote access through Expressway",           _USERS,    Source.TAC214231),
    Failure("CallManager",        "secure CTI applications",                    _USERS,    Source.CTI15),
    Failure("CallManager",        "extension mobility and automatic registration", _PHONES,   Source.TAC214231),
    Failure("CallManager",        "AXL requests",                               _ADMINS,   Source.TAC214231),
    Failure("CallManager-ECDSA",  "secure registration of phones that prefer elliptic curves", _PHONES,   Source.TAC214231),
    Failure("CallManager-ECDSA",  "secure SIP trunks that prefer elliptic curves", _PARTNERS, Source.TAC214231),
    Failure("CAPF",               "new phone certificates (LSC)",               _PHONES,   Source.TAC217138),
    Failure("CAPF",               "secure CTI, JTAPI and TAPI applications",    _USERS,    Source.TAC217138),
    Failure("CAPF",               "network access of phones by 802.1X",         _PHONES,   Source.TAC225746),
    Failure("CAPF",               "phone VPN and phone proxy",                  _PHONES,   Source.TAC217138),
    Failure("TVS",                "registration of new phones",                 _PHONES,   Source.TAC217138),
    Failure("TVS",                "trust of phones in HTTPS applications",      _PHONES,   Source.TAC217138),
    Failure("TVS",                "acceptance of changed phone files",          _PHONES,   Source.TAC217138),
    Failure("ipsec",              "IPsec tunnels to gateways and clusters",     _SYSTEM,   Source.TAC214231),
    Failure("ipsec",              "backup and restore up to release 12.5",      _ADMINS,   Source.TAC214231),
    Failure("ITLRecovery",        "acceptance of new trust lists by phones",    _PHONES,   Source.TAC214231),
    Failure("ITLRecovery",        "single sign-on where it signs the metadata", _USERS,    Source.SEC15),
    Failure("authz",              "sign-in with OAuth tokens",                  _USERS,    Source.SEED),
    Failure("cup",                "the presence trunk between IM and Presence and Unified CM", _USERS,    Source.DEDUCED),
    Failure("cup",                "SIP federation",                             _PARTNERS, Source.DEDUCED),
    Failure("cup-ECDSA",          "presence over SIP with elliptic curves",     _USERS,    Source.DEDUCED),
    Failure("cup-xmpp",           "chat and presence in Jabber",                _USERS,    Source.DEDUCED),
    Failure("cup-xmpp",           "message routing between IM and Presence nodes", _USERS,    Source.DEDUCED),
    Failure("cup-xmpp-ECDSA",     "chat for clients that prefer elliptic curves", _USERS,    Source.DEDUCED),
    Failure("cup-xmpp-s2s",       "chat with partner organizations",            _PARTNERS, Source.DEDUCED),
    Failure("cup-xmpp-s2s-ECDSA", "chat with partner organizations that prefer elliptic curves", _PARTNERS, Source.DEDUCED),
    Failure("LSC",                "secure registration of this phone",          _PHONES,   Source.SEC15, "secure registration of {number} phones"),
    Failure("LSC",                "network access of this phone by 802.1X",     _PHONES,   Source.TAC225746, "network access of {number} phones by 802.1X"),
    Failure("LSC",                "renewal of the LSC by the existing certificate", _PHONES,   Source.AXL),
    Failure("MIC",                "first enrollment of this phone with CAPF",   _PHONES,   Source.CAPF15),
    Failure("MIC",                "secure registration of this phone while it has no LSC", _PHONES,   Source.SEC15),
    Failure("CA",                 "every certificate that it issued",           _SYSTEM,   Source.RFC5280),
    Failure("CA",                 "new certificates and CRLs from this authority", _ADMINS,   Source.RFC5280),
    Failure("OCSP signer",        "revocation answers for the certificates of its authority", _SYSTEM,   Source.RFC6960),
    Failure("peer",               "connections with this outside system",       _PARTNERS, Source.DEDUCED),
)
# fmt: on


def failures_of(purpose: str) -> list[Failure]:
    """What stops with a purpose (or LSC, MIC, CA, OCSP signer, peer), worst first."""
    return [row for row in FAILURES if row.purpose == purpose]
