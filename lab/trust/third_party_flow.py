"""How far a slot is on its way to a certificate of an outside CA: facts in, steps out.

Nothing is clicked off: each step is done when the lab shows that it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from lab.models import Certificate, SigningRequest
from lab.rules.third_party_flow import FLOW_STEPS

_SHOWN = 10


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


def judge_flow(cluster: str, facts: FlowFacts) -> Flow:
    """Say of each of the eight steps how far it is, and why (spec S21)."""
    steps = []
    waits = False
    for row, look in zip(FLOW_STEPS, _LOOKS, strict=True):
        state = look(facts)
        if state.progress is Progress.NOW:
            if waits:
                state = replace(state, progress=Progress.WAITS)
            waits = True
        steps.append(replace(state, number=row.number))
    return Flow(
        cluster=cluster,
        node=facts.node,
        purpose=facts.purpose,
        steps=tuple(steps),
        facts=facts,
    )


def _for(good: bool, template: str, /, **values: object) -> Evidence:
    return Evidence(good=good, template=template, values=values)


def _state(done: bool, *evidence: Evidence, at: datetime | None = None) -> StepState:
    progress = Progress.DONE if done else Progress.NOW
    return StepState(
        number=0, progress=progress, evidence=evidence, at=at if done else None
    )


def _not_needed(template: str, /, **values: object) -> StepState:
    return StepState(
        number=0,
        progress=Progress.NOT_NEEDED,
        evidence=(_for(True, template, **values),),
    )


def _generated(facts: FlowFacts) -> StepState:
    if facts.request:
        line = _for(
            True,
            "the request for {subject} waits; its key is {key}, {key_id}",
            subject=facts.request.subject,
            key=facts.request.key,
            key_id=facts.request.key_id[:16],
        )
        if facts.maker != facts.node:
            shared = _for(
                True,
                "it is shared: {maker} made it, and it lists {node}",
                maker=facts.maker,
                node=facts.node,
            )
            return _state(True, line, shared, at=facts.made_at)
        return _state(True, line, at=facts.made_at)
    if facts.answer:
        line = _for(
            True,
            "the request for {subject} was answered",
            subject=facts.answer.subject,
        )
        return _state(True, line, at=facts.made_at)
    return _state(
        False,
        _for(
            False,
            "{node} has no signing request for {purpose}",
            node=facts.node,
            purpose=facts.purpose,
        ),
    )


def _downloaded(facts: FlowFacts) -> StepState:
    if facts.taken_at:
        line = _for(
            True, "the request for {purpose} was downloaded", purpose=facts.purpose
        )
        return _state(True, line, at=facts.taken_at)
    if facts.answer and facts.answered_by:
        line = _for(
            True,
            "{authority} of this lab read it directly",
            authority=facts.answered_by,
        )
        return _state(True, line, at=facts.answer.not_before)
    if facts.answer:
        line = _for(
            True,
            "it is answered, so {issuer} was given it",
            issuer=_name(facts.answer.issuer_common_name, facts.answer.issuer),
        )
        return _state(True, line)
    return _state(
        False,
        _for(
            False,
            "nobody has taken the request for {purpose} out of the cluster",
            purpose=facts.purpose,
        ),
    )


def _signed(facts: FlowFacts) -> StepState:
    answer = facts.answer
    if answer is None:
        key = facts.request.key_id[:16] if facts.request else ""
        missing = (
            _for(False, "no certificate with the key {key_id} is known", key_id=key)
            if key
            else _for(False, "{purpose} has no request to sign", purpose=facts.purpose)
        )
        return _state(False, missing)
    line = _for(
        True,
        "{issuer} issued {subject}, serial number {serial}, until {end}",
        issuer=_name(answer.issuer_common_name, answer.issuer),
        subject=answer.subject,
        serial=answer.serial,
        end=f"{answer.not_after:%Y-%m-%d}",
    )
    if facts.in_file:
        where = _for(
            True,
            "the certificate for {purpose} is in the file at hand",
            purpose=facts.purpose,
        )
        return _state(True, line, where)
    return _state(True, line, at=answer.not_before)


def _root_obtained(facts: FlowFacts) -> StepState:
    answer = facts.answer
    if answer is None:
        line = _for(
            False,
            "nobody has signed for {purpose} yet, so its root is not known",
            purpose=facts.purpose,
        )
        return _state(False, line)
    root = root_of(facts)
    if root:
        line = _for(
            True,
            "the root {name} is here, until {end}",
            name=_name(root.common_name, root.subject),
            end=f"{root.not_after:%Y-%m-%d}",
        )
        return _state(True, line)
    last = facts.chain[-1] if facts.chain else answer
    line = _for(
        False,
        "{issuer}, which issued {subject}, is not known here",
        issuer=last.issuer,
        subject=last.subject,
    )
    return _state(False, line)


def _capf_root(facts: FlowFacts) -> StepState:
    if facts.purpose not in FLOW_STEPS[4].only_for:
        return _not_needed(
            "{purpose} is not CAPF; its chain goes where the next step says",
            purpose=facts.purpose,
        )
    lines = [_held(facts, each) for each in facts.capf]
    if not lines:
        lines = [
            _for(
                False,
                "the root above {purpose} is not known yet",
                purpose=facts.purpose,
            )
        ]
    return _state(all(line.good for line in lines), *lines)


def _uploaded(facts: FlowFacts) -> StepState:
    lines = [_held(facts, each) for each in facts.wanted]
    done = bool(
        facts.answer
        and facts.in_slot
        and facts.answer.sha256 == facts.in_slot.sha256
        and facts.request is None
    )
    if done and facts.in_slot:
        lines.append(
            _for(
                True,
                "{purpose} on {node} holds {subject}",
                purpose=facts.purpose,
                node=facts.node,
                subject=facts.in_slot.subject,
            )
        )
    elif facts.in_slot:
        lines.append(
            _for(
                False,
                "{purpose} on {node} still holds the one of {issuer}, {serial}",
                purpose=facts.purpose,
                node=facts.node,
                issuer=_name(facts.in_slot.issuer_common_name, facts.in_slot.issuer),
                serial=facts.in_slot.serial,
            )
        )
    else:
        lines.append(
            _for(
                False,
                "{purpose} on {node} is empty",
                purpose=facts.purpose,
                node=facts.node,
            )
        )
    return _state(done, *lines, at=facts.in_slot_since)


def _new_list(facts: FlowFacts) -> StepState:
    if facts.purpose not in FLOW_STEPS[6].only_for:
        return _not_needed("the CTL does not name {purpose}", purpose=facts.purpose)
    if not facts.mixed_mode:
        return _not_needed(
            "the cluster of {node} is not in mixed mode, so it has no CTL",
            node=facts.node,
        )
    if not _is_uploaded(facts):
        line = _for(False, "{purpose} is not uploaded yet", purpose=facts.purpose)
        return _state(False, line)
    line = (
        _for(True, "the CTL was made for the new {purpose}", purpose=facts.purpose)
        if facts.ctl_fits
        else _for(
            False,
            "the CTL does not know the new {purpose} yet",
            purpose=facts.purpose,
        )
    )
    return _state(facts.ctl_fits, line, at=facts.ctl_at)


def _restarted(facts: FlowFacts) -> StepState:
    if not _is_uploaded(facts):
        line = _for(False, "{purpose} is not uploaded yet", purpose=facts.purpose)
        return _state(False, line)
    lines = [
        _for(
            False,
            "{service} on {node} presents the old certificate",
            service=service,
            node=node,
        )
        for service, node in facts.stale[:_SHOWN]
    ]
    lines += [
        _for(
            False,
            "a restart of {service} on {node} is still to be done",
            service=service,
            node=node,
        )
        for service, node in facts.open_restarts[:_SHOWN]
        if (service, node) not in facts.stale
    ]
    if not lines:
        lines = [
            _for(
                True,
                "no service presents another {purpose} than the slot holds",
                purpose=facts.purpose,
            )
        ]
    lines += [
        _for(
            True,
            "{service} on {node} is starting until {moment}",
            service=service,
            node=node,
            moment=f"{ready:%H:%M:%S}",
        )
        for service, node, ready in facts.starting[:_SHOWN]
    ]
    done = not (facts.stale or facts.open_restarts)
    return _state(done, *lines, at=facts.restarted_at)


_LOOKS = (
    _generated,
    _downloaded,
    _signed,
    _root_obtained,
    _capf_root,
    _uploaded,
    _new_list,
    _restarted,
)


def root_of(facts: FlowFacts) -> Certificate | None:
    """The root above the answer, when the chain is known as far as that."""
    last = facts.chain[-1] if facts.chain else None
    return last if last and last.self_signed else None


def missing_from(held: Sequence[Held]) -> Iterator[Held]:
    """What the stores still lack."""
    return (each for each in held if not each.held)


def _is_uploaded(facts: FlowFacts) -> bool:
    return _uploaded(facts).progress is Progress.DONE


def _held(facts: FlowFacts, each: Held) -> Evidence:
    name = _name(each.certificate.common_name, each.certificate.subject)
    if each.held:
        return _for(
            True,
            "{store} on {node} holds {name}",
            store=each.store,
            node=facts.node,
            name=name,
        )
    return _for(
        False,
        "{store} on {node} lacks {name}",
        store=each.store,
        node=facts.node,
        name=name,
    )


def _name(common_name: str, whole: str) -> str:
    return common_name or whole
