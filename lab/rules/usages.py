"""What the documents say a request carries, in their own rows; purposes.py decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class UsageName:
    name: str  # RFC spelling
    extension: str  # "key usage" or "extended key usage"
    label: str
    oid: str  # of an extended key usage
    bit: int | None  # of a key usage
    source: Source = Source.RFC5280


_KU, _EKU = "key usage", "extended key usage"

# fmt: off
USAGE_NAMES: Mapping[str, UsageName] = MappingProxyType({row.name: row for row in (
    UsageName("digitalSignature", _KU,  "Digital signature",                 "",                  0),
    UsageName("nonRepudiation",   _KU,  "Non-repudiation",                   "",                  1),
    UsageName("keyEncipherment",  _KU,  "Key encipherment",                  "",                  2),
    UsageName("dataEncipherment", _KU,  "Data encipherment",                 "",                  3),
    UsageName("keyAgreement",     _KU,  "Key agreement",                     "",                  4),
    UsageName("keyCertSign",      _KU,  "Signing of certificates",           "",                  5),
    UsageName("cRLSign",          _KU,  "Signing of CRLs",                   "",                  6),
    UsageName("encipherOnly",     _KU,  "Only enciphering in key agreement", "",                  7),
    UsageName("decipherOnly",     _KU,  "Only deciphering in key agreement", "",                  8),
    UsageName("serverAuth",       _EKU, "TLS server",                        "1.3.6.1.5.5.7.3.1", None),
    UsageName("clientAuth",       _EKU, "TLS client",                        "1.3.6.1.5.5.7.3.2", None),
    UsageName("codeSigning",      _EKU, "Signing of code",                   "1.3.6.1.5.5.7.3.3", None),
    UsageName("emailProtection",  _EKU, "Mail protection",                   "1.3.6.1.5.5.7.3.4", None),
    UsageName("ipsecEndSystem",   _EKU, "IPsec end system",                  "1.3.6.1.5.5.7.3.5", None, Source.SEED),
    UsageName("timeStamping",     _EKU, "Time stamping",                     "1.3.6.1.5.5.7.3.8", None),
    UsageName("OCSPSigning",      _EKU, "Signing of OCSP answers",           "1.3.6.1.5.5.7.3.9", None),
)})
# fmt: on


@dataclass(frozen=True)
class Reading:
    """One row of one document; an RSA purpose stands for its EC twin too."""

    document: str
    product: str
    purpose: str
    multi_server: bool | None  # None: the document does not say
    extended_key_usage: tuple[str, ...]
    key_usage: tuple[str, ...]
    source: Source


_T, _P = "tables of the source document", "prose of the source document"
_12, _15 = "guides of release 12.5", "guides of release 14 SU2 and 15"
_W, _O = "templates for a Windows CA", "an old CAPF request"
_SC, _SCI = ("serverAuth", "clientAuth"), ("serverAuth", "clientAuth", "ipsecEndSystem")
_S = ("serverAuth",)
_D = ("digitalSignature", "dataEncipherment")
_DK = ("digitalSignature", "keyEncipherment", "dataEncipherment")
_DKA = (*_DK, "keyAgreement")
_I, _KI = (
    ("digitalSignature", "keyCertSign"),
    ("digitalSignature", "keyEncipherment", "keyCertSign"),
)

# fmt: off
READINGS: tuple[Reading, ...] = (
    Reading(_T,  "ucm", "CallManager",  True,  _SC,                              _DK,  Source.SEED),
    Reading(_T,  "ucm", "CAPF",         False, _S,                               _KI,  Source.SEED),
    Reading(_T,  "ucm", "ipsec",        False, _SCI,                             _DK,  Source.SEED),
    Reading(_T,  "ucm", "tomcat",       True,  _SC,                              _DK,  Source.SEED),
    Reading(_T,  "ucm", "TVS",          True,  _SC,                              _DK,  Source.SEED),
    Reading(_T,  "imp", "cup",          False, _SCI,                             _DKA, Source.SEED),
    Reading(_T,  "imp", "cup-xmpp",     True,  _SCI,                             _DKA, Source.SEED),
    Reading(_T,  "imp", "cup-xmpp-s2s", True,  _SCI,                             _DKA, Source.SEED),
    Reading(_T,  "imp", "ipsec",        False, _SCI,                             _DK,  Source.SEED),
    Reading(_T,  "imp", "tomcat",       True,  _SC,                              _DK,  Source.SEED),
    Reading(_P,  "ucm", "CAPF",         None,  _S,                               _I,   Source.SEED),
    Reading(_P,  "ucm", "tomcat",       None,  _SCI,                             _DKA, Source.SEED),
    Reading(_P,  "ucm", "ipsec",        None,  _SCI,                             _DKA, Source.SEED),
    Reading(_P,  "ucm", "CallManager",  None,  _SC,                              _DKA, Source.SEED),
    Reading(_P,  "imp", "cup",          None,  _SCI,                             _DKA, Source.SEED),
    Reading(_P,  "imp", "cup-xmpp",     None,  _SCI,                             _DKA, Source.SEED),
    Reading(_12, "ucm", "CallManager",  True,  _SC,                              _DK,  Source.SEC12_5),
    Reading(_12, "ucm", "CAPF",         False, _S,                               _I,   Source.SEC12_5),
    Reading(_12, "ucm", "ipsec",        False, _SCI,                             _DK,  Source.SEC12_5),
    Reading(_12, "ucm", "tomcat",       True,  _SC,                              _DK,  Source.SEC12_5),
    Reading(_12, "ucm", "TVS",          False, _SC,                              _DK,  Source.SEC12_5),
    Reading(_12, "imp", "cup",          False, _SCI,                             _DK,  Source.SEC12_5),
    Reading(_12, "imp", "cup-xmpp",     True,  _SCI,                             _DK,  Source.SEC12_5),
    Reading(_12, "imp", "cup-xmpp-s2s", True,  _SCI,                             _DK,  Source.SEC12_5),
    Reading(_12, "imp", "ipsec",        False, _SCI,                             _DK,  Source.SEC12_5),
    Reading(_12, "imp", "tomcat",       True,  _SC,                              _DK,  Source.SEC12_5),
    Reading(_15, "ucm", "CallManager",  True,  _SC,                              _D,   Source.SEC15),
    Reading(_15, "ucm", "CAPF",         False, _SC,                              _I,   Source.SEC15),
    Reading(_15, "ucm", "ipsec",        False, _SCI,                             _DK,  Source.SEC15),
    Reading(_15, "ucm", "tomcat",       True,  _SC,                              _D,   Source.SEC15),
    Reading(_15, "ucm", "TVS",          False, _SC,                              _DK,  Source.SEC15),
    Reading(_15, "imp", "cup",          False, _SCI,                             _D,   Source.SEC15),
    Reading(_15, "imp", "cup-xmpp",     True,  _SCI,                             _D,   Source.SEC15),
    Reading(_15, "imp", "cup-xmpp-s2s", True,  _SCI,                             _D,   Source.SEC15),
    Reading(_15, "imp", "ipsec",        False, _SCI,                             _D,   Source.SEC15),
    Reading(_15, "imp", "tomcat",       True,  _SC,                              _D,   Source.SEC15),
    Reading(_W,  "ucm", "CallManager",  None,  _SC,                              _DK,  Source.TAC215534),
    Reading(_W,  "ucm", "tomcat",       None,  _SC,                              _DK,  Source.TAC215534),
    Reading(_W,  "ucm", "TVS",          None,  _SC,                              _DK,  Source.TAC215534),
    Reading(_W,  "ucm", "ipsec",        None,  _SCI,                             _DK,  Source.TAC215534),
    Reading(_W,  "ucm", "CAPF",         None,  (),                               _KI,  Source.TAC215534),
    Reading(_O,  "ucm", "CAPF",         None,  ("serverAuth", "ipsecEndSystem"), _I,   Source.TAC212214),
)


@dataclass(frozen=True)
class Demand:
    """What a certificate must, or must not, carry to be taken."""

    certificate: str
    rule: str
    since: str
    source: Source


DEMANDS: tuple[Demand, ...] = (
    Demand("CAPF",                                       "basic constraints with CA:TRUE, and the key usages digitalSignature and keyCertSign", "",       Source.CAPF15),
    Demand("uploaded root and intermediate authorities", "the same as CAPF", "14 SU2", Source.CAPF15),
    Demand("ipsec signed by a CA",                       "no CA:TRUE",       "14 SU3", Source.CAPF15),
    Demand("every certificate of a CA",                  "the data encipherment bit of the request must not be dropped", "",       Source.SEC15),
)
# fmt: on
