"""A check of revocation with all that proves it: who signed, what was sent and read."""

from dataclasses import dataclass

from lab.actions.messages import Message, message_of
from lab.lab import Lab
from lab.models import Certificate, Check
from lab.pki.ocsp_tree import Kind
from lab.pki.reading import read_certificate
from lab.store import certificates, revocation_checks


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One check, and what a person needs to follow it."""

    check: Check
    certificate: Certificate
    signer: Certificate | None
    request: Message | None
    response: Message | None


def evidence_of(lab: Lab, number: int) -> Evidence:
    """The evidence of the check of that number; `NotFoundError` when there is none."""
    check = revocation_checks.check(lab.db, number)
    kind: Kind = "crl" if check.method == "CRL" else "response"
    return Evidence(
        check=check,
        certificate=certificates.get(lab.db, check.certificate),
        signer=read_certificate(check.signer) if check.signer else None,
        request=message_of(check.request, "request") if check.request else None,
        response=message_of(check.response, kind) if check.response else None,
    )
