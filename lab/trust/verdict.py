"""What is said of one certificate: accepted or not, along which path, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lab.models import Certificate
from lab.rules.path_rules import PATH_RULES, Fault


class Peer(StrEnum):
    """What the leaf is to be used for."""

    SERVER = "server"
    CLIENT = "client"
    ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule that one certificate breaks, with what proves it.

    `evidence` is a template that `values` fill; so is the rule's remedy. `str()` fills
    the evidence.
    """

    fault: Fault
    certificate: str  # sha256 of the certificate at fault
    evidence: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.written(self.evidence)

    @property
    def remedy(self) -> str:
        """The next step, as a full sentence."""
        return self.written(PATH_RULES[self.fault].remedy)

    def written(self, template: str) -> str:
        """Fill a template with the values; a page passes the translated one."""
        return template.format(
            **{
                key: _moment(value) if isinstance(value, datetime) else value
                for key, value in self.values.items()
            }
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer of `lab.trust.paths.explain`."""

    accepted: bool
    findings: tuple[Finding, ...]  # of the best path, the deciding one first
    path: tuple[Certificate, ...]  # leaf first, as far as it goes
    anchored: bool  # the last of the path is trusted
    rules: tuple[str, ...]  # keys of CLUSTER_RULES that decided in favour
    tried: int  # paths looked at

    @property
    def fault(self) -> Fault | None:
        """What decides; None when the certificate is accepted."""
        return self.findings[0].fault if self.findings else None


def _moment(moment: datetime) -> str:
    # Seconds only where they say something: near an end they are the evidence.
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC", 1)
