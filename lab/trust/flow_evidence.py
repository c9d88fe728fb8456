"""How a step of the flow is told: evidence for it or against it."""

from datetime import datetime

from lab.trust.flow_values import Evidence, FlowFacts, Held, Progress, StepState


def shows(good: bool, template: str, /, **values: object) -> Evidence:
    """A sentence that speaks for the step, or against it."""
    return Evidence(good=good, template=template, values=values)


def stands(done: bool, *evidence: Evidence, at: datetime | None = None) -> StepState:
    """A step that is done, or is to be done."""
    progress = Progress.DONE if done else Progress.NOW
    return StepState(
        number=0, progress=progress, evidence=evidence, at=at if done else None
    )


def not_needed(template: str, /, **values: object) -> StepState:
    """A step that this slot does without, and why."""
    return StepState(
        number=0,
        progress=Progress.NOT_NEEDED,
        evidence=(shows(True, template, **values),),
    )


def held_in(facts: FlowFacts, each: Held) -> Evidence:
    """Whether a store holds a CA certificate."""
    name = name_of(each.certificate.common_name, each.certificate.subject)
    if each.held:
        return shows(
            True,
            "{store} on {node} holds {name}",
            store=each.store,
            node=facts.node,
            name=name,
        )
    return shows(
        False,
        "{store} on {node} lacks {name}",
        store=each.store,
        node=facts.node,
        name=name,
    )


def name_of(common_name: str, whole: str) -> str:
    """The common name, or the whole name where there is none."""
    return common_name or whole
