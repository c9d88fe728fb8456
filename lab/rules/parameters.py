"""Enterprise parameters: their choices, the default first, and what they decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class Parameter:
    """One enterprise parameter; it holds for a whole cluster.

    What a change asks to restart stands under its name in `lab.rules.restarts`.
    `options` are its choices, the default first; with `least` and `most` any whole
    number between them is one.
    """

    name: str
    section: str
    options: tuple[str, ...]
    rule: str
    source: Source
    options_source: Source
    note: str = ""  # where documents disagree, or say nothing
    purposes: tuple[str, ...] = ()  # identities it decides about
    elliptic: tuple[str, ...] = ()  # choices with which those identities are presented
    least: int = 0
    most: int = 0

    @property
    def default(self) -> str:
        return self.options[0]


HTTPS_CIPHERS = "HTTPS Ciphers"
TLS_CIPHERS = "TLS Ciphers"
PHONE_INTERACTION = "Phone Interaction on Certificate Update"
PREPARE_ROLLBACK = "Prepare Cluster for Rollback to pre-8.0"
VALIDITY_CHECK = "Certificate Validity Check"
CHECK_FREQUENCY = "Validity Check Frequency"
_SECURITY, _EXPIRY = "Security Parameters", "Certificate Revocation and Expiry"
_EC_AND_RSA = "All Supported EC and RSA Ciphers"
_RSA_FIRST, _EC_FIRST = "All Ciphers RSA Preferred", "All Ciphers ECDSA Preferred"
_RSA_ONLY, _EC_ONLY = "RSA Ciphers Only", "ECDSA Ciphers Only"
_ON_LISTS = ("TVS", "CAPF", "CallManager", "CallManager-ECDSA", "ITLRecovery")

# fmt: off
PARAMETERS: Mapping[str, Parameter] = MappingProxyType({row.name: row for row in (
    Parameter(HTTPS_CIPHERS,     _SECURITY, (_RSA_ONLY, _EC_AND_RSA),                       "Decides whether web pages present tomcat-ECDSA beside tomcat.", Source.SEED, Source.TAC212086, purposes=("tomcat-ECDSA",), elliptic=(_EC_AND_RSA,)),
    Parameter(TLS_CIPHERS,       _SECURITY, (_RSA_FIRST, _EC_FIRST, _RSA_ONLY, _EC_ONLY),   "Decides whether SIP and CTI present CallManager-ECDSA; the client's order decides which certificate it is shown.", Source.SEC15, Source.UNCONFIRMED, "ECDSA only shuts out devices without such ciphers, and CTI clients have none. No document prints the choices.", ("CallManager-ECDSA",), (_RSA_FIRST, _EC_FIRST, _EC_ONLY)),
    Parameter(PHONE_INTERACTION, _SECURITY, ("automatic", "manual"),                        "Decides whether phones are reset by themselves after new TVS, CAPF and TFTP certificates.", Source.SEED, Source.UNCONFIRMED, "The documents describe the choices and do not print them.", _ON_LISTS),
    Parameter(PREPARE_ROLLBACK,  _SECURITY, ("False", "True"),                              "With True the ITL has empty sections, so that phones take any file; their HTTPS services stop meanwhile.", Source.SBD15, Source.SBD15, "It does not empty the CTL, so it does not help to move phones between secure clusters (TAC 213407)."),
    Parameter(VALIDITY_CHECK,    _EXPIRY,   ("False", "True"),                              "Decides whether the certificates of long-lived links (CTI, IPsec, LDAP) are checked again.", Source.SEED, Source.SEED, "The source document sets it to True, the security guide of release 15 to Enabled. No document names the default."),
    Parameter(CHECK_FREQUENCY,   _EXPIRY,   ("24",),                                        "Hours between two such checks; the interval of the revocation page wins over it.", Source.SEED, Source.UNCONFIRMED, "No document names its range or its default.", least=1, most=720),
)})
# fmt: on


def default_of(name: str) -> str:
    """The value of a parameter that nobody has set; KeyError if there is none."""
    return PARAMETERS[name].default
