"""How a node asks for revocation, whom it believes, and what an answer leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class Outcome:
    status: str  # "good", "revoked", "unknown" or "unreachable"
    common_criteria: bool
    connects: bool
    source: Source


# fmt: off
OUTCOMES: Mapping[tuple[str, bool], Outcome] = MappingProxyType({(row.status, row.common_criteria): row for row in (
    Outcome("good",        True,  True,  Source.SEED),
    Outcome("good",        False, True,  Source.SEED),
    Outcome("revoked",     True,  False, Source.SEED),
    Outcome("revoked",     False, False, Source.DEDUCED),
    Outcome("unknown",     True,  False, Source.SEED),
    Outcome("unknown",     False, True,  Source.SEED),
    Outcome("unreachable", True,  False, Source.UNCONFIRMED),
    Outcome("unreachable", False, True,  Source.UNCONFIRMED),
)})
# fmt: on


@dataclass(frozen=True)
class SettingField:
    label: str
    meaning: str
    since: str  # empty: always
    source: Source


# fmt: off
REVOCATION_FIELDS: tuple[SettingField, ...] = (
    SettingField("Enable OCSP",                        "the main switch; saving lists the services to restart", "",       Source.SEED),
    SettingField("Use OCSP URI from Certificate",      "ask where the certificate says",         "",       Source.SEED),
    SettingField("Use configured OCSP URI",            "ask one responder for all",              "",       Source.SEED),
    SettingField("OCSP Configured URI",                "the address of that responder",          "",       Source.SEED),
    SettingField("Enable Revocation Check",            "ask again at an interval",               "",       Source.SEED),
    SettingField("Check Every",                        "the interval, in hours or days",         "",       Source.SEED),
    SettingField("Enable CRL",                         "read CRLs, chiefly for LSCs that a CA issued", "14 SU3", Source.SEC15),
    SettingField("CRL Distribution Point URI",         "where CRLs are read; five addresses from 15 SU3", "14 SU3", Source.SEC15),
    SettingField("Enable Full Chain Revocation check", "ask for every certificate of the chain", "15 SU3", Source.SEC15),
)


LONG_LIVED_LINKS = ("CTI", "IPsec", "LDAP")


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
    AskedWhen("live, when a TLS client connects",     "the leaf certificate of the other side", "the connection succeeds or fails", Source.SEED),
)
LIVE_CLIENTS = ("syslog", "FileBeat", "SIP", "ILS", "LBM")
# fmt: on
