"""The first four steps: requested, taken out, signed, and the root above it."""

from collections.abc import Iterator

from lab.models import Certificate
from lab.trust.flow_evidence import name_of, shows, stands
from lab.trust.flow_values import Evidence, FlowFacts, StepState, root_of


def generated(facts: FlowFacts) -> StepState:
    """A request waits, or what is in the slot answers one."""
    if facts.request:
        line = shows(
            True,
            "the request for {subject} waits; its key is {key}, {key_id}",
            subject=facts.request.subject,
            key=facts.request.key,
            key_id=facts.request.key_id[:16],
        )
        if facts.maker != facts.node:
            shared = shows(
                True,
                "it is shared: {maker} made it, and it lists {node}",
                maker=facts.maker,
                node=facts.node,
            )
            return stands(True, line, shared, at=facts.made_at)
        return stands(True, line, at=facts.made_at)
    if facts.answer:
        line = shows(
            True,
            "the request for {subject} was answered",
            subject=facts.answer.subject,
        )
        return stands(True, line, at=facts.made_at)
    return stands(
        False,
        shows(
            False,
            "{node} has no signing request for {purpose}",
            node=facts.node,
            purpose=facts.purpose,
        ),
    )


def downloaded(facts: FlowFacts) -> StepState:
    """Somebody has taken the request, or an authority has read it."""
    if facts.taken_at:
        line = shows(
            True, "the request for {purpose} was downloaded", purpose=facts.purpose
        )
        return stands(True, line, at=facts.taken_at)
    if facts.answer and facts.answered_by:
        line = shows(
            True,
            "{authority} of this lab read it directly",
            authority=facts.answered_by,
        )
        return stands(True, line, at=facts.answer.not_before)
    if facts.answer:
        line = shows(
            True,
            "it is answered, so {issuer} was given it",
            issuer=name_of(facts.answer.issuer_common_name, facts.answer.issuer),
        )
        return stands(True, line)
    return stands(
        False,
        shows(
            False,
            "nobody has taken the request for {purpose} out of the cluster",
            purpose=facts.purpose,
        ),
    )


def signed(facts: FlowFacts) -> StepState:
    """There is a certificate for the key of the request."""
    answer = facts.answer
    if answer is None:
        key = facts.request.key_id[:16] if facts.request else ""
        missing = (
            shows(False, "no certificate with the key {key_id} is known", key_id=key)
            if key
            else shows(False, "{purpose} has no request to sign", purpose=facts.purpose)
        )
        return stands(False, missing)
    line = shows(
        True,
        "{issuer} issued {subject}, serial number {serial}, until {end}",
        issuer=name_of(answer.issuer_common_name, answer.issuer),
        subject=answer.subject,
        serial=answer.serial,
        end=f"{answer.not_after:%Y-%m-%d}",
    )
    lines = [line, *_unlike_the_request(facts, answer)]
    if facts.in_file:
        where = shows(
            True,
            "the certificate for {purpose} is in the file at hand",
            purpose=facts.purpose,
        )
        return stands(True, *lines, where)
    return stands(True, *lines, at=answer.not_before)


def _unlike_the_request(facts: FlowFacts, answer: Certificate) -> Iterator[Evidence]:
    """What an authority has left out of the request, or added: spec S11."""
    request = facts.request
    if request is None:
        return
    asked = (*request.key_usage, *request.extended_key_usage)
    has = {*answer.key_usage, *answer.extended_key_usage}
    missing = [usage for usage in asked if usage not in has]
    if missing:
        yield shows(
            False,
            "it lacks usages that the request asks for: {missing}",
            missing=", ".join(missing),
        )
    wanted, given = set(request.alternative_names), set(answer.alternative_names)
    if wanted != given:
        yield shows(
            False,
            "its names are not those of the request, so an upload is refused: "
            "missing {missing}; more {more}",
            missing=", ".join(sorted(wanted - given)) or "-",
            more=", ".join(sorted(given - wanted)) or "-",
        )


def root_obtained(facts: FlowFacts) -> StepState:
    """The chain above the certificate is known to its root."""
    answer = facts.answer
    if answer is None:
        line = shows(
            False,
            "nobody has signed for {purpose} yet, so its root is not known",
            purpose=facts.purpose,
        )
        return stands(False, line)
    root = root_of(facts)
    if root:
        line = shows(
            True,
            "the root {name} is here, until {end}",
            name=name_of(root.common_name, root.subject),
            end=f"{root.not_after:%Y-%m-%d}",
        )
        return stands(True, line)
    last = facts.chain[-1] if facts.chain else answer
    line = shows(
        False,
        "{issuer}, which issued {subject}, is not known here",
        issuer=last.issuer,
        subject=last.subject,
    )
    return stands(False, line)
