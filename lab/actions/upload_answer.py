"""Upload what an authority gave for a request: first what stands above it, then it."""

from collections.abc import Sequence

from lab.actions.deed import deed
from lab.actions.third_party_flow import flow_of
from lab.actions.upload_certificate import upload_certificate
from lab.actions.upload_checks import noting_refusals
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate
from lab.pki.bundles import write_pem
from lab.rules.third_party_flow import CAPF_STEP
from lab.trust.flow_values import FlowFacts, missing_from


def upload_chain(
    lab: Lab,
    node: str,
    purpose: str,
    *,
    cluster: str = "",
    answer: Sequence[bytes] = (),
    step: int = 0,
) -> list[Certificate]:
    """Put the CAs that the answer needs into the stores that lack them, root first.

    With the number of the step for CAPF only what that step asks for. `answer` are
    certificates at hand, as in `flow_of`. Returns what was uploaded.
    """
    with noting_refusals(lab, node, purpose), deed(lab):
        flow = flow_of(lab, node, purpose, cluster, answer=answer)
        facts = flow.facts
        lacking = list(missing_from(facts.capf))
        if step != CAPF_STEP:
            lacking += missing_from(facts.wanted)
        done: dict[tuple[str, str], Certificate] = {}
        for each in lacking:
            if (each.store, each.certificate.sha256) not in done:
                pem = write_pem([each.certificate.der])
                maker = facts.maker
                upload_certificate(lab, maker, each.store, pem, cluster=flow.cluster)
                done[each.store, each.certificate.sha256] = each.certificate
        if not done:
            raise RuleError(
                "no store lacks anything that stands above {purpose} on {node}",
                hint="Upload the certificate itself.",
                purpose=purpose,
                node=node,
            )
    return list(done.values())


def upload_answer(
    lab: Lab,
    node: str,
    purpose: str,
    *,
    cluster: str = "",
    answer: Sequence[bytes] = (),
) -> Certificate:
    """Upload the certificate for the waiting request into its slot."""
    with noting_refusals(lab, node, purpose), deed(lab):
        flow = flow_of(lab, node, purpose, cluster, answer=answer)
        leaf = answer_of(flow.facts)
        pem = write_pem([leaf.der])
        upload_certificate(lab, flow.facts.maker, purpose, pem, cluster=flow.cluster)
    return leaf


def answer_of(facts: FlowFacts) -> Certificate:
    """The certificate that the waiting request was answered with."""
    if facts.request is None:
        raise RuleError(
            "no request for {purpose} on {node} waits for a certificate",
            hint="Generate the signing request first.",
            purpose=facts.purpose,
            node=facts.node,
        )
    if facts.answer is None:
        raise RuleError(
            "nobody has signed the request for {purpose} on {node} yet",
            hint="Have it signed, and give what comes back.",
            purpose=facts.purpose,
            node=facts.node,
        )
    return facts.answer
