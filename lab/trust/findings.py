"""Findings are made here: the question, the role of a certificate, the sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from lab.rules.path_rules import Fault
from lab.trust.pool import Entry
from lab.trust.verdict import Finding, Peer

_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a certificate, its host name apart."""

    at: datetime
    usage: Peer
    policy: str  # a name in lab.rules.algorithm_policies.POLICIES


class Role(Enum):
    """What a certificate is in a path."""

    LEAF = auto()
    OWN_ANCHOR = auto()  # a leaf that is trusted itself, or signed itself
    ISSUER = auto()
    ANCHOR = auto()  # the last one: trusted, or a root that is not


def finding(fault: Fault, about: Entry, evidence: str, /, **values: object) -> Finding:
    """A finding on a certificate, whose name is the value `name`."""
    return Finding(
        fault=fault,
        certificate=about.sha256,
        evidence=evidence,
        values={"name": about.name, **values},
    )


def listed(texts: Sequence[str]) -> str:
    """Write several in one line, the first ones when they are many."""
    return ", ".join((*texts[:_SHOWN], *("…",)[: len(texts) > _SHOWN]))
