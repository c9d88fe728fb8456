"""What is known of a slot on its way to an outside CA's certificate: plain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lab.models import Certificate, SigningRequest


class Progress(StrEnum):
    """How far one step is."""

    DONE = "done"
    NOW = "now"  # the next one to do
    WAITS = "waits"  # for a step before it
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A sentence that shows how a step stands: a template that `values` fill."""

    good: bool  # it speaks for the step being done
    template: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.written(self.template)

    def written(self, template: str) -> str:
        """Fill a template with the values; a page passes the translated one."""
        return template.format(**self.values)


@dataclass(frozen=True, kw_only=True)
class StepState:
    """One of the eight steps, as it stands."""

    number: int
    progress: Progress
    evidence: tuple[Evidence, ...] = ()
    at: datetime | None = None  # when it was done, if the lab knows


@dataclass(frozen=True, kw_only=True)
class Held:
    """A CA certificate that a trust store should hold, and whether it does."""

    store: str
    certificate: Certificate
    held: bool


@dataclass(frozen=True, kw_only=True)
class FlowFacts:
    """What the lab shows of one slot. `answer` is the certificate for its request."""

    node: str
    purpose: str
    maker: str = ""  # the node whose request it is, where several share it
    request: SigningRequest | None = None  # the one that waits
    made_at: datetime | None = None
    taken_at: datetime | None = None
    answer: Certificate | None = None
    answered_by: str = ""  # the lab's own CA that signed, by its label
    in_file: bool = False  # the answer is in a file at hand, not in the lab
    in_slot_since: datetime | None = None
    in_slot: Certificate | None = None
    chain: tuple[Certificate, ...] = ()  # above the answer, its issuer first
    wanted: tuple[Held, ...] = ()  # CAs in the stores that decide over the slot
    capf: tuple[Held, ...] = ()  # for CAPF: its root in CallManager-trust
    mixed_mode: bool = False
    ctl_at: datetime | None = None  # the newest CTL
    ctl_fits: bool = False  # it was made for what is in the slot now
    stale: tuple[tuple[str, str], ...] = ()  # service, node: presents another one
    restarted_at: datetime | None = None
    starting: tuple[tuple[str, str, datetime], ...] = ()  # service, node, ready at
    open_restarts: tuple[tuple[str, str], ...] = ()  # service, node: still a task
    restart_tasks: tuple[int, ...] = ()  # the numbers of those


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The eight steps of one slot."""

    cluster: str
    node: str
    purpose: str
    steps: tuple[StepState, ...]
    facts: FlowFacts = field(repr=False)

    @property
    def next(self) -> StepState | None:
        """The step to do now; None when all is done."""
        return next((s for s in self.steps if s.progress is Progress.NOW), None)

    @property
    def finished(self) -> bool:
        return self.next is None


def root_of(facts: FlowFacts) -> Certificate | None:
    """The root above the answer, when the chain is known as far as that."""
    last = facts.chain[-1] if facts.chain else None
    return last if last and last.self_signed else None


def missing_from(held: Sequence[Held]) -> Iterator[Held]:
    """What the stores still lack."""
    return (each for each in held if not each.held)
