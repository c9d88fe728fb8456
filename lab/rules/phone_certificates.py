"""The fields by which a phone's own certificate (LSC) is ordered from CAPF."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class LscField:
    name: str
    values: tuple[str, ...]
    source: Source = Source.AXL


# fmt: off
LSC_FIELDS: tuple[LscField, ...] = (
    LscField("Certificate Operation", ("No Pending Operation", "Install/Upgrade", "Delete", "Troubleshoot")),
    LscField("Authentication Mode",   ("By Authentication String", "By Null String", "By Existing Certificate (precedence to LSC)", "By Existing Certificate (precedence to MIC)")),
    LscField("Key Order",             ("RSA Only", "EC Only", "EC Preferred - RSA Backup")),
    LscField("RSA Key Size",          ("512", "1024", "2048", "3072", "4096")),
    LscField("EC Key Size",           ("256", "384", "521")),
)
# fmt: on
