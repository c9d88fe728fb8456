"""Which services go on with the old certificate or store until they are restarted."""

from dataclasses import dataclass

from lab.rules.after_change import CTL_RESET, CTL_UPDATE, ITL_RESET, SECURITY_MODE
from lab.rules.parameters import (
    CHECK_FREQUENCY,
    HTTPS_CIPHERS,
    PHONE_INTERACTION,
    PREPARE_ROLLBACK,
    TLS_CIPHERS,
    VALIDITY_CHECK,
)
from lab.rules.sources import Source


@dataclass(frozen=True)
class Restart:
    """One service that a change asks to restart.

    `profile` says whose advice it is: "seed-r14", "r15", "tac" (the practice of
    support), or "every" where nobody disagrees. `nodes`: "this" are the nodes whose
    slot or store changed, "publisher" and "every" are what they say.
    """

    changed: str  # a purpose, a trust store, a parameter, or the name of a change
    service: str
    nodes: str
    profile: str
    source: Source
    note: str = ""


TOMCAT, CALLS, CTI = "Cisco Tomcat", "Cisco CallManager", "Cisco CTIManager"
TFTP, TVS, HAPROXY = "Cisco Tftp", "Cisco Trust Verification Service", "Cisco HAProxy"
MASTER, LOCAL, IPSEC = "Cisco DRF Master", "Cisco DRF Local", "Cisco IPsec"
LOOKUP = "Cisco Intercluster Lookup Service"
BANDWIDTH = "Cisco Location Bandwidth Manager"
CAPF = "Cisco Certificate Authority Proxy Function"
PROXY, ENGINE, ROUTER = "Cisco SIP Proxy", "Cisco Presence Engine", "Cisco XCP Router"
FEDERATION = "Cisco XCP XMPP Federation Connection Manager"
_IDLE = "no backup or restore may be running"
_CTL = "in mixed mode, after the CTL update"

# fmt: off
RESTARTS: tuple[Restart, ...] = (
    # purposes, as the source document says
    Restart("tomcat",             TOMCAT,                             "this",      "seed-r14", Source.SEED),
    Restart("tomcat",             CALLS,                              "this",      "seed-r14", Source.SEED,      "uses tomcat when SIP OAuth mode is on"),
    Restart("tomcat-ECDSA",       TOMCAT,                             "this",      "seed-r14", Source.SEED),
    Restart("tomcat-ECDSA",       CALLS,                              "this",      "seed-r14", Source.SEED,      "uses tomcat when SIP OAuth mode is on"),
    Restart("CallManager-ECDSA",  CALLS,                              "this",      "seed-r14", Source.SEED),
    Restart("authz",              CALLS,                              "every",     "seed-r14", Source.SEED),
    # purposes, as the guides of release 15 say
    Restart("tomcat",             TOMCAT,                             "this",      "r15",      Source.ADM15),
    Restart("tomcat",             LOOKUP,                             "this",      "r15",      Source.ADM15),
    Restart("tomcat",             BANDWIDTH,                          "this",      "r15",      Source.ADM15),
    Restart("tomcat",             MASTER,                             "publisher", "r15",      Source.ADM15,     "release 14 SU2 asks for it after tomcat-ECDSA only"),
    Restart("tomcat",             LOCAL,                              "this",      "r15",      Source.ADM15,     "release 14 SU2 asks for it after tomcat-ECDSA only"),
    Restart("tomcat",             "Cisco Extension Mobility",         "this",      "r15",      Source.ADM15),
    Restart("tomcat",             "Cisco AXL Tomcat",                 "this",      "r15",      Source.ADM15),
    Restart("tomcat-ECDSA",       TOMCAT,                             "this",      "r15",      Source.ADM15),
    Restart("tomcat-ECDSA",       MASTER,                             "publisher", "r15",      Source.ADM15),
    Restart("tomcat-ECDSA",       LOCAL,                              "this",      "r15",      Source.ADM15),
    Restart("tomcat-ECDSA",       "Cisco UDS Tomcat",                 "this",      "r15",      Source.ADM15),
    Restart("tomcat-ECDSA",       "Cisco AXL Tomcat",                 "this",      "r15",      Source.ADM15),
    Restart("CallManager",        HAPROXY,                            "this",      "r15",      Source.SEC15,     "release 14.0 asks for Cisco CallManager and Cisco CTIManager too"),
    Restart("CallManager-ECDSA",  CALLS,                              "this",      "r15",      Source.ADM15),
    Restart("CallManager-ECDSA",  HAPROXY,                            "this",      "r15",      Source.ADM15),
    Restart("CAPF",               HAPROXY,                            "this",      "r15",      Source.ADM15,     "when SIP OAuth mode is on; CAPF restarts by itself"),
    Restart("authz",              "Cisco XCP Authentication Service", "every",     "r15",      Source.SEC15),
    # purposes, as support does it
    Restart("tomcat",             TOMCAT,                             "every",     "tac",      Source.TAC214231, "publisher first"),
    Restart("tomcat",             "Cisco SSOSP Tomcat",               "every",     "tac",      Source.TAC214231, "with single sign-on or OAuth"),
    Restart("tomcat-ECDSA",       TOMCAT,                             "every",     "tac",      Source.TAC214231, "publisher first"),
    Restart("tomcat-ECDSA",       "Cisco SSOSP Tomcat",               "every",     "tac",      Source.TAC214231, "with single sign-on or OAuth"),
    Restart("CallManager",        CALLS,                              "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager",        CTI,                                "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager",        TVS,                                "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager",        TFTP,                               "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager",        HAPROXY,                            "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager-ECDSA",  CALLS,                              "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager-ECDSA",  CTI,                                "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager-ECDSA",  TVS,                                "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager-ECDSA",  TFTP,                               "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CallManager-ECDSA",  HAPROXY,                            "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CAPF",               CAPF,                               "publisher", "tac",      Source.TAC214231, _CTL),
    Restart("CAPF",               TVS,                                "every",     "tac",      Source.TAC214231, _CTL),
    Restart("CAPF",               TFTP,                               "every",     "tac",      Source.TAC214231, _CTL),
    Restart("TVS",                TVS,                                "every",     "tac",      Source.TAC214231),
    Restart("TVS",                TFTP,                               "every",     "tac",      Source.TAC214231),
    Restart("ITLRecovery",        TVS,                                "every",     "tac",      Source.TAC214231, _CTL),
    Restart("ITLRecovery",        TFTP,                               "every",     "tac",      Source.TAC214231, _CTL),
    Restart("ipsec",              MASTER,                             "publisher", "tac",      Source.TAC214231, _IDLE),
    Restart("ipsec",              LOCAL,                              "every",     "tac",      Source.TAC214231, _IDLE),
    Restart("ipsec",              TOMCAT,                             "every",     "tac",      Source.TAC214231),
    # purposes on which nobody disagrees
    Restart("ipsec",              IPSEC,                              "this",      "every",    Source.ADM15,     "utils ipsec restart"),
    Restart("cup",                PROXY,                              "this",      "every",    Source.UNCONFIRMED),
    Restart("cup",                ENGINE,                             "this",      "every",    Source.UNCONFIRMED),
    Restart("cup-ECDSA",          PROXY,                              "this",      "every",    Source.UNCONFIRMED),
    Restart("cup-ECDSA",          ENGINE,                             "this",      "every",    Source.UNCONFIRMED),
    Restart("cup-xmpp",           ROUTER,                             "every",     "every",    Source.IMP15),
    Restart("cup-xmpp-ECDSA",     ROUTER,                             "every",     "every",    Source.IMP15),
    Restart("cup-xmpp-s2s",       FEDERATION,                         "every",     "every",    Source.IMP15,     "on nodes that federate"),
    Restart("cup-xmpp-s2s-ECDSA", FEDERATION,                         "every",     "every",    Source.IMP15,     "on nodes that federate"),
    # trust stores
    Restart("tomcat-trust",       TOMCAT,                             "this",      "every",    Source.TAC214231),
    Restart("tomcat-trust",       "Cisco DirSync",                    "publisher", "every",    Source.TAC215437, "when the directory is reached over TLS"),
    Restart("tomcat-trust",       CTI,                                "this",      "every",    Source.TAC215437, "when the directory is reached over TLS"),
    Restart("CallManager-trust",  CALLS,                              "this",      "every",    Source.TAC214231, "phones and trunks may restart"),
    Restart("CallManager-trust",  TFTP,                               "this",      "every",    Source.TAC214231, "where it applies"),
    Restart("CallManager-trust",  CTI,                                "this",      "every",    Source.TAC214231, "where it applies"),
    Restart("CAPF-trust",         CAPF,                               "publisher", "tac",      Source.TAC214231, "phones need no restart"),
    Restart("ipsec-trust",        MASTER,                             "publisher", "every",    Source.TAC214231),
    Restart("ipsec-trust",        LOCAL,                              "this",      "every",    Source.TAC214231),
    Restart("cup-trust",          PROXY,                              "this",      "every",    Source.IMP15),
    Restart("cup-trust",          "Cisco Intercluster Sync Agent",    "publisher", "every",    Source.IMP15,     "after the upload of a CA chain"),
    Restart("cup-xmpp-trust",     "Cisco Intercluster Sync Agent",    "publisher", "every",    Source.IMP15,     "after the upload of a CA chain"),
    # keys of OAuth
    Restart("oauth encryption",   CALLS,                              "every",     "seed-r14", Source.SEED),
    Restart("oauth signing",      CALLS,                              "every",     "seed-r14", Source.SEED),
    Restart("oauth encryption",   "Cisco XCP Authentication Service", "every",     "r15",      Source.SEC15),
    Restart("oauth signing",      "Cisco XCP Authentication Service", "every",     "r15",      Source.SEC15),
    # enterprise parameters
    Restart(HTTPS_CIPHERS,        TOMCAT,                             "every",     "every",    Source.SEED),
    Restart(TLS_CIPHERS,          CALLS,                              "every",     "every",    Source.DEDUCED,   "it presents CallManager-ECDSA"),
    Restart(TLS_CIPHERS,          CTI,                                "every",     "every",    Source.DEDUCED,   "it presents CallManager-ECDSA"),
    Restart(TLS_CIPHERS,          HAPROXY,                            "every",     "every",    Source.DEDUCED,   "it presents CallManager-ECDSA"),
    Restart(PREPARE_ROLLBACK,     TVS,                                "every",     "every",    Source.UNCONFIRMED),
    Restart(PREPARE_ROLLBACK,     TFTP,                               "every",     "every",    Source.UNCONFIRMED, "it builds the ITL"),
    # trust lists
    Restart(SECURITY_MODE,        CALLS,                              "every",     "every",    Source.TAC118893),
    Restart(SECURITY_MODE,        TFTP,                               "every",     "every",    Source.TAC118893),
    Restart(CTL_UPDATE,           CALLS,                              "every",     "every",    Source.TAC118893),
    Restart(CTL_UPDATE,           TFTP,                               "every",     "every",    Source.TAC118893),
    Restart(ITL_RESET,            TFTP,                               "every",     "every",    Source.SEC15,     "signs with ITLRecovery again; then the phones are reset once more"),
)


@dataclass(frozen=True)
class NoRestart:
    """A document that says: nothing has to be restarted after this change."""

    changed: str
    profile: str
    source: Source
    note: str


NO_RESTART: tuple[NoRestart, ...] = (
    NoRestart("CallManager", "seed-r14", Source.SEED,  "printed as not applicable; the release notes of 14 say that no manual restart is needed any more"),
    NoRestart("CAPF",        "seed-r14", Source.SEED,  "printed as not applicable"),
    NoRestart("TVS",         "seed-r14", Source.SEED,  "printed as not applicable"),
    NoRestart("TVS",         "r15",      Source.ADM15, "the service restarts by itself"),
    NoRestart("ITLRecovery", "seed-r14", Source.ADM15, "not in the table of the source document; the guide of release 15 says that it happens by itself"),
    NoRestart("ITLRecovery", "r15",      Source.ADM15, "the services restart by themselves; single sign-on metadata changes if it was used there"),
    NoRestart("CAPF-trust",  "seed-r14", Source.RN14,  "the service takes an upload up by itself from release 14 on"),
    NoRestart("CAPF-trust",  "r15",      Source.RN14,  "the service takes an upload up by itself from release 14 on"),
    NoRestart(PHONE_INTERACTION, "every", Source.HOUSE, "it counts from the next change of a certificate on"),
    NoRestart(VALIDITY_CHECK,    "every", Source.UNCONFIRMED, "no document names a service to restart"),
    NoRestart(CHECK_FREQUENCY,   "every", Source.UNCONFIRMED, "no document names a service to restart"),
    NoRestart(CTL_RESET,         "every", Source.SEC15, "phones are reset, the CTL is updated, and they are reset again"),
)
# fmt: on


@dataclass(frozen=True)
class OtherRestart:
    """A change other than of one slot or store, and what it asks to restart."""

    change: str
    services: tuple[str, ...]
    nodes: str
    source: Source


# Changes of the settings of revocation, by their names in tasks.
OCSP_SETTINGS = "The OCSP settings are saved"
FULL_CHAIN = "The full chain revocation check is switched on"

# fmt: off
OTHER_RESTARTS: tuple[OtherRestart, ...] = (
    OtherRestart("A default CA is switched on or off", (TOMCAT, CALLS, TFTP, CAPF),           "every", Source.CLI15),
    OtherRestart("The CA of Expressway-C is added to tomcat-trust and CallManager-trust", (TOMCAT, CALLS, TFTP, HAPROXY),        "every", Source.TAC225746),
    OtherRestart("tomcat is reused for CallManager",   (HAPROXY,),                            "every", Source.SEC15),
    OtherRestart(OCSP_SETTINGS,                        ("Cisco Certificate Expiry Monitor",), "every", Source.CUC15),
    OtherRestart(FULL_CHAIN,                           (CALLS, LOOKUP, BANDWIDTH, "Cisco Syslog Agent", "Cisco DirSync"), "every", Source.SEC15),
)
# fmt: on


def restarts_after(changed: str, profile: str = "seed-r14") -> list[Restart]:
    """What a change of this purpose or store asks to restart."""
    return [
        row
        for row in RESTARTS
        if row.changed == changed and row.profile in (profile, "every")
    ]
