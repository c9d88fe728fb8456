"""How a node asks for revocation, whom it believes, and what an answer leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class Outcome:
    status: str  # what was found out, as in lab.models.Check
    common_criteria: bool
    connects: bool
    source: Source


# fmt: off
OUTCOMES: Mapping[tuple[str, bool], Outcome] = MappingProxyType({(row.status, row.common_criteria): row for row in (
    Outcome("good",        True,  True,  Source.SEED),
    Outcome("good",        False, True,  Source.SEED),
    Outcome("revoked",     True,  False, Source.SEED),
    Outcome("revoked",     False, False, Source.DEDUCED),
    Outcome("on_hold",     True,  False, Source.RFC6960),
    Outcome("on_hold",     False, False, Source.RFC6960),
    Outcome("expired",     True,  False, Source.SEED),
    Outcome("expired",     False, False, Source.SEED),
    Outcome("unknown",     True,  False, Source.SEED),
    Outcome("unknown",     False, True,  Source.SEED),
    Outcome("unreachable", True,  False, Source.UNCONFIRMED),
    Outcome("unreachable", False, True,  Source.UNCONFIRMED),
)})
# fmt: on


@dataclass(frozen=True)
class SettingField:
    """A field of the settings page; `name` is what the lab and its commands call it."""

    name: str
    label: str
    meaning: str
    default: str
    since: str  # empty: always
    source: Source


MOST_CRL_URIS = 5
MOST_INTERVAL_DAYS = 365

# fmt: off
REVOCATION_FIELDS: tuple[SettingField, ...] = (
    SettingField("enable_ocsp",         "Enable OCSP",                        "the main switch; saving lists the services to restart", "off", "",       Source.SEED),
    SettingField("use_certificate_uri", "Use OCSP URI from Certificate",      "ask where the certificate says",         "on",    "",       Source.SEED),
    SettingField("use_configured_uri",  "Use configured OCSP URI",            "ask one responder for all, whatever the certificate says", "off", "",       Source.SEED),
    SettingField("configured_uri",      "OCSP Configured URI",                "the address of that responder",          "",      "",       Source.SEED),
    SettingField("enable_check",        "Enable Revocation Check",            "ask again at an interval",               "off",   "",       Source.SEED),
    SettingField("every",               "Check Every",                        "the interval, a whole number",           "24",    "",       Source.SEED),
    SettingField("unit",                "Hours or Days",                      "the unit of the interval",               "hours", "",       Source.SEC15),
    SettingField("enable_crl",          "Enable CRL",                         "read CRLs, chiefly for LSCs that a CA issued", "off", "14 SU3", Source.SEC15),
    SettingField("crl_uris",            "CRL Distribution Point URI",         "where CRLs are read instead of where the certificate says; five addresses from 15 SU3", "", "14 SU3", Source.SEC15),
    SettingField("full_chain",          "Enable Full Chain Revocation check", "ask for every certificate of the chain", "off",   "15 SU3", Source.SEC15),
)


@dataclass(frozen=True)
class LongLivedLink:
    """A connection that stays up, so that its certificates are checked again."""

    name: str
    connection: str  # an id in lab.rules.connections
    note: str
    source: Source


LONG_LIVED: tuple[LongLivedLink, ...] = (
    LongLivedLink("CTI",   "C1", "the lab has no applications: the certificate of the node's end is checked", Source.SEED),
    LongLivedLink("IPsec", "I1", "", Source.SEED),
    LongLivedLink("LDAP",  "L1", "", Source.SEED),
)
LONG_LIVED_LINKS = tuple(row.name for row in LONG_LIVED)


@dataclass(frozen=True)
class LinkInterval:
    """How often long-lived links are checked: whose interval counts."""

    validity_check: bool  # the enterprise parameter Certificate Validity Check
    periodic_check: bool  # Enable Revocation Check of the settings page
    wins: str  # "page", "parameter" or "nobody"
    meaning: str
    source: Source


LINK_INTERVALS: Mapping[tuple[bool, bool], LinkInterval] = MappingProxyType({(row.validity_check, row.periodic_check): row for row in (
    LinkInterval(True,  True,  "page",      "Check Every of the revocation page wins over Validity Check Frequency", Source.SEED),
    LinkInterval(True,  False, "parameter", "Validity Check Frequency counts",              Source.SEED),
    LinkInterval(False, True,  "nobody",    "links are not checked again while Certificate Validity Check is off", Source.SEED),
    LinkInterval(False, False, "nobody",    "links are not checked again while Certificate Validity Check is off", Source.SEED),
)})


@dataclass(frozen=True)
class TrustModel:
    """Who may sign an answer; they are tried in this order."""

    short: str
    name: str
    japanese: str
    signer: str
    rfc_section: str
    source: Source


TRUST_MODELS: tuple[TrustModel, ...] = (
    TrustModel("DTM", "Delegated trust model",   "代理信頼モデル",   "the issuing CA, or a signer that it issued with the OCSP signing usage", "RFC 6960 section 4.2.2.2", Source.SEED),
    TrustModel("TRP", "Trusted responder model", "応答側の信頼モデル", "one designated signer, whose certificate is in tomcat-trust", "RFC 6960 section 4.2.2.2", Source.SEED),
)


@dataclass(frozen=True)
class AskedWhen:
    when: str
    about: str
    effect: str
    source: Source


ASKED_WHEN: tuple[AskedWhen, ...] = (
    AskedWhen("at the interval of the settings page", "identity and trust certificates",        "an alarm, and the certificate is taken out of use", Source.SEED),
    AskedWhen("at each upload",                       "the uploaded certificate",               "the upload is kept; an alarm asks to delete it", Source.DEDUCED),
    AskedWhen("on long-lived links",                  "the certificates of CTI, IPsec and LDAP", "an alarm, and the certificate is taken out of use", Source.SEED),
    AskedWhen("live, when a TLS client connects",     "the leaf certificate of the other side", "the connection succeeds or fails", Source.SEED),
)


@dataclass(frozen=True)
class LiveClient:
    """A TLS client of the cluster that asks while it connects."""

    client: str
    connections: tuple[str, ...]  # ids in lab.rules.connections
    note: str
    source: Source


LIVE: tuple[LiveClient, ...] = (
    LiveClient("syslog",   ("Y1",),            "", Source.SEED),
    LiveClient("FileBeat", (),                 "the lab has nobody that FileBeat sends its logs to", Source.SEED),
    LiveClient("SIP",      ("T1", "T2", "X4"), "", Source.SEED),
    LiveClient("ILS",      ("E1",),            "the other side is another cluster, if the lab has one", Source.SEED),
    LiveClient("LBM",      ("E2",),            "the other side is another cluster, if the lab has one", Source.SEED),
)
LIVE_CLIENTS = tuple(row.client for row in LIVE)


@dataclass(frozen=True)
class CheckAlarm:
    """The alarm of `lab.rules.alarms` that a check raises."""

    causes: tuple[str, ...]  # as in lab.models.Check
    statuses: tuple[str, ...]
    client: str  # of a long-lived link; empty: any
    alarm: str
    source: Source
    note: str = ""


CHECK_ALARMS: tuple[CheckAlarm, ...] = (
    CheckAlarm(("upload",),           ("revoked", "on_hold"),     "",    "CertificateRevoked",               Source.ALARM15),
    CheckAlarm(("schedule", "link"),  ("revoked", "on_hold"),     "",    "CertificateRevoked",               Source.DEDUCED, "the document names uploads only"),
    CheckAlarm(("upload", "schedule", "link"), ("unknown", "unreachable"), "", "CertificateRevokationStatusByOCSP", Source.ALARM15),
    CheckAlarm(("link",),             ("expired",),               "CTI", "CtiProviderClosePeerCertExpired",  Source.ALARM15),
    CheckAlarm(("upload", "schedule", "link"), ("expired",),      "",    "CertExpired",                      Source.ALARM15),
)
# fmt: on


def alarm_after(cause: str, status: str, client: str = "") -> str:
    """The name of the alarm that such a check raises; empty when it raises none."""
    for row in CHECK_ALARMS:
        if (
            cause in row.causes
            and status in row.statuses
            and row.client in ("", client)
        ):
            return row.alarm
    return ""
