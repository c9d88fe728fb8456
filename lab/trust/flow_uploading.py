"""The last four steps: into the stores and the slot, then the CTL and the services."""

from lab.rules.third_party_flow import CAPF_STEP, LIST_STEP, step_row
from lab.trust.flow_evidence import held_in, name_of, not_needed, shows, stands
from lab.trust.flow_values import FlowFacts, Progress, StepState

_SHOWN = 10


def capf_root(facts: FlowFacts) -> StepState:
    """For CAPF only: its root is in CallManager-trust (facts §11.9)."""
    if facts.purpose not in step_row(CAPF_STEP).only_for:
        return not_needed(
            "{purpose} is not CAPF; its chain goes where the next step says",
            purpose=facts.purpose,
        )
    lines = [held_in(facts, each) for each in facts.capf]
    if not lines:
        lines = [
            shows(
                False,
                "the root above {purpose} is not known yet",
                purpose=facts.purpose,
            )
        ]
    return stands(all(line.good for line in lines), *lines)


def uploaded(facts: FlowFacts) -> StepState:
    """The certificate is in its slot, and the stores hold its chain."""
    lines = [held_in(facts, each) for each in facts.wanted]
    done = bool(
        facts.answer
        and facts.in_slot
        and facts.answer.sha256 == facts.in_slot.sha256
        and facts.request is None
    )
    if done and facts.in_slot:
        lines.append(
            shows(
                True,
                "{purpose} on {node} holds {subject}",
                purpose=facts.purpose,
                node=facts.node,
                subject=facts.in_slot.subject,
            )
        )
    elif facts.in_slot:
        lines.append(
            shows(
                False,
                "{purpose} on {node} still holds the one of {issuer}, {serial}",
                purpose=facts.purpose,
                node=facts.node,
                issuer=name_of(facts.in_slot.issuer_common_name, facts.in_slot.issuer),
                serial=facts.in_slot.serial,
            )
        )
    else:
        lines.append(
            shows(
                False,
                "{purpose} on {node} is empty",
                purpose=facts.purpose,
                node=facts.node,
            )
        )
    return stands(done, *lines, at=facts.in_slot_since)


def new_list(facts: FlowFacts) -> StepState:
    """In mixed mode: the CTL knows what is in the slot."""
    if facts.purpose not in step_row(LIST_STEP).only_for:
        return not_needed("the CTL does not name {purpose}", purpose=facts.purpose)
    if not facts.mixed_mode:
        return not_needed(
            "the cluster of {node} is not in mixed mode, so it has no CTL",
            node=facts.node,
        )
    if not _is_uploaded(facts):
        line = shows(False, "{purpose} is not uploaded yet", purpose=facts.purpose)
        return stands(False, line)
    line = (
        shows(True, "the CTL was made for the new {purpose}", purpose=facts.purpose)
        if facts.ctl_fits
        else shows(
            False,
            "the CTL does not know the new {purpose} yet",
            purpose=facts.purpose,
        )
    )
    return stands(facts.ctl_fits, line, at=facts.ctl_at)


def restarted(facts: FlowFacts) -> StepState:
    """Nothing presents another one, and no restart is left to do."""
    if not _is_uploaded(facts):
        line = shows(False, "{purpose} is not uploaded yet", purpose=facts.purpose)
        return stands(False, line)
    lines = [
        shows(
            False,
            "{service} on {node} presents the old certificate",
            service=service,
            node=node,
        )
        for service, node in facts.stale[:_SHOWN]
    ]
    lines += [
        shows(
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
            shows(
                True,
                "no service presents another {purpose} than the slot holds",
                purpose=facts.purpose,
            )
        ]
    lines += [
        shows(
            True,
            "{service} on {node} is starting until {moment}",
            service=service,
            node=node,
            moment=f"{ready:%H:%M:%S}",
        )
        for service, node, ready in facts.starting[:_SHOWN]
    ]
    done = not (facts.stale or facts.open_restarts)
    return stands(done, *lines, at=facts.restarted_at)


def _is_uploaded(facts: FlowFacts) -> bool:
    return uploaded(facts).progress is Progress.DONE
