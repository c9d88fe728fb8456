"""The fields by which a phone's own certificate (LSC) is ordered from CAPF."""

from dataclasses import dataclass

from lab.rules.sources import Source

INSTALL, DELETE = "Install/Upgrade", "Delete"
BY_STRING, BY_NULL_STRING = "By Authentication String", "By Null String"
BY_LSC = "By Existing Certificate (precedence to LSC)"
BY_MIC = "By Existing Certificate (precedence to MIC)"
RSA_ONLY, EC_ONLY = "RSA Only", "EC Only"
EC_PREFERRED = "EC Preferred - RSA Backup"
STRING_DIGITS = (4, 10)  # least and most
LEAST_RSA_BITS = 1024  # of those that the field offers, what the lab can make


@dataclass(frozen=True)
class LscField:
    name: str
    values: tuple[str, ...]
    source: Source = Source.AXL


# fmt: off
LSC_FIELDS: tuple[LscField, ...] = (
    LscField("Certificate Operation", ("No Pending Operation", INSTALL, DELETE, "Troubleshoot")),
    LscField("Authentication Mode",   (BY_STRING, BY_NULL_STRING, BY_LSC, BY_MIC)),
    LscField("Key Order",             (RSA_ONLY, EC_ONLY, EC_PREFERRED)),
    LscField("RSA Key Size",          ("512", "1024", "2048", "3072", "4096")),
    LscField("EC Key Size",           ("256", "384", "521")),
)


@dataclass(frozen=True)
class LscRule:
    """What CAPF asks for before it signs."""

    number: int
    rule: str
    source: Source


LSC_RULES: tuple[LscRule, ...] = (
    LscRule(1, "CAPF runs on the publisher, and signs with the certificate that it has loaded", Source.SEC15),
    LscRule(2, "the phone knows that certificate by its CTL or its ITL, or a TVS vouches for it", Source.CAPF15),
    LscRule(3, "by existing certificate, the one that the phone shows verifies with CAPF-trust on the publisher", Source.CAPF15),
    LscRule(4, "by authentication string, four to ten digits are typed at the phone", Source.CAPF15),
    LscRule(5, "an LSC ends with the certificate of CAPF at the latest", Source.HOUSE),
    LscRule(6, "the lab makes no RSA key of 512 bits, although the field offers it", Source.HOUSE),
    LscRule(7, "phones of this lab can do elliptic curves: the RSA key is never the backup", Source.HOUSE),
)
# fmt: on


def lsc_choices(field: str) -> tuple[str, ...]:
    """The values of a field of the order; KeyError for a field there is none of."""
    return {row.name: row.values for row in LSC_FIELDS}[field]
