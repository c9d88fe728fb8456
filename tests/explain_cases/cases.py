"""What a case is: what is asked, the verdict that is right, and who says otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from inspect import getdoc

from lab.rules.path_rules import Fault
from tests.explain_cases.making import NOON, Made


@dataclass(frozen=True)
class Case:
    """A question to the judge; `name` is the host that is called, `usage` its role."""

    leaf: Made
    trusted: Sequence[Made]
    untrusted: Sequence[Made] = ()
    at: datetime = NOON
    name: str = "leaf.example"
    usage: str = "server"


@dataclass(frozen=True)
class Differs:
    """An engine that says otherwise, and why that does not make our verdict wrong."""

    says: str
    why: str


@dataclass(frozen=True)
class Row:
    """A case with its name, its drawing, and what is expected of each engine."""

    build: Callable[[], Case]
    fault: Fault | None
    openssl: Differs | None
    cryptography: Differs | None

    @property
    def name(self):
        return self.build.__name__

    @property
    def topic(self):
        return self.build.__module__.rpartition(".")[2]

    @property
    def drawing(self):
        return getdoc(self.build) or ""

    @property
    def verdict(self):
        return "refused" if self.fault else "accepted"

    @cached_property
    def case(self):
        return self.build()

    def as_line(self):
        """The question as `explain --batch` reads it."""
        case = self.case
        return {
            "leaf": case.leaf.base64,
            "untrusted": [each.base64 for each in case.untrusted],
            "trust": [each.base64 for each in case.trusted],
            "at": case.at.isoformat(),
            "name": case.name,
            "usage": case.usage,
        }

    def expected(self, engine):
        """What that engine is to say: "accepted", "refused" or "cannot"."""
        differs = getattr(self, engine)
        return differs.says if differs else self.verdict


ROWS: dict[str, Row] = {}


def accepts(why):
    return Differs("accepted", why)


def refuses(why):
    return Differs("refused", why)


def cannot(why):
    return Differs("cannot", why)


def accepted(*, openssl=None, cryptography=None):
    """The case is to be accepted; an engine is named only where it says otherwise."""
    return _registered(None, openssl, cryptography)


def refused(fault, *, openssl=None, cryptography=None):
    """The case is to be refused, and this is what decides."""
    return _registered(fault, openssl, cryptography)


def _registered(fault, openssl, cryptography):
    def keep(build):
        row = Row(build, fault, openssl, cryptography)
        for differs in (openssl, cryptography):
            if differs and (differs.says == row.verdict or not differs.why):
                raise ValueError(f"{row.name} names a difference that is none")
        if row.name in ROWS:
            raise ValueError(f"{row.name} is there already")
        ROWS[row.name] = row
        return build

    return keep
