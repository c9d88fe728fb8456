"""What can be set of an authority: how it answers, and how it publishes its lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class PublishingChoice:
    setting: str  # of `lab.models.Authority`
    name: str
    what: str
    source: Source


@dataclass(frozen=True)
class Limit:
    """A number that can be set, and how far it goes."""

    setting: str
    least: int
    most: int
    refusal: str  # a template
    source: Source = Source.HOUSE


# fmt: off
PUBLISHING: tuple[PublishingChoice, ...] = (
    PublishingChoice("ocsp",      "none",       "nobody answers for it, and its certificates name no responder",                           Source.RFC6960),
    PublishingChoice("ocsp",      "delegated",  "a certificate that it issues for this alone signs the answers; it lives for 60 days and is renewed after 30", Source.RFC6960),
    PublishingChoice("ocsp",      "authority",  "its own key signs the answers",                                                           Source.RFC6960),
    PublishingChoice("crl_scope", "everything", "one list has all that it revoked",                                                        Source.RFC5280),
    PublishingChoice("crl_scope", "separate",   "users and authorities have lists of their own as well, each with a critical issuing distribution point", Source.RFC5280),
)
OCSP_MODES = tuple(row.name for row in PUBLISHING if row.setting == "ocsp")
CRL_SCOPES = tuple(row.name for row in PUBLISHING if row.setting == "crl_scope")

LIMITS: Mapping[str, Limit] = MappingProxyType({row.setting: row for row in (
    Limit("crl_days",     1, 3650,  "a CRL cannot be valid for {value} days"),
    Limit("delta_hours",  0, 720,   "a delta CRL cannot come every {value} hours"),
    Limit("ocsp_minutes", 1, 10080, "an OCSP answer cannot hold for {value} minutes"),
)})
# fmt: on
