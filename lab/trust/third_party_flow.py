"""How far a slot is on its way to a certificate of an outside CA: facts in, steps out.

Nothing is clicked off: each step is done when the lab shows that it is.
"""

from dataclasses import replace

from lab.rules.third_party_flow import FLOW_STEPS
from lab.trust.flow_signing import downloaded, generated, root_obtained, signed
from lab.trust.flow_uploading import capf_root, new_list, restarted, uploaded
from lab.trust.flow_values import Flow, FlowFacts, Progress

_LOOKS = (
    generated,
    downloaded,
    signed,
    root_obtained,
    capf_root,
    uploaded,
    new_list,
    restarted,
)


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
