"""Sign a request with one of the lab's own authorities."""

from lab.actions.add_authority import issuer_urls
from lab.actions.deed import days_after, deed, record
from lab.actions.judge import add_certificate
from lab.actions.key_ring import private_key
from lab.clock import utc_text
from lab.errors import NotFoundError, RuleError
from lab.lab import Lab
from lab.models import Certificate
from lab.pki.certificates import build_leaf
from lab.pki.reading import read_certificate
from lab.pki.requests import read_request, request_key, request_subject
from lab.store import certificates, parties, requests


def sign_request(
    lab: Lab, authority: str, request: bytes, *, days: int = 730
) -> Certificate:
    """Issue what the request asks for: its name, key, usages and other names.

    The certificate is kept with the authority's issued ones; it is in no slot until
    it is uploaded. Raises `BadInputError` for bytes that are no request, `RuleError`
    when it would outlive the authority.
    """
    with deed(lab) as now:
        asked = read_request(request)
        issuer = parties.authority(lab.db, authority)
        above = certificates.get(lab.db, issuer.certificate)
        not_after = days_after(now, days, seconds=-1)
        if days < 1 or not_after > above.not_after:
            raise RuleError(
                "{days} days from now is {end}; {issuer} itself ends on {issuer_end}",
                hint="Choose at least one day, and an end before the authority's.",
                days=days,
                end=utc_text(not_after),
                issuer=issuer.label,
                issuer_end=utc_text(above.not_after),
            )
        is_ca = "keyCertSign" in asked.key_usage
        certificate = read_certificate(
            build_leaf(
                subject=request_subject(asked.der),
                public_key=request_key(asked.der),
                issuer_certificate=above.der,
                issuer_key=private_key(lab, above.key_id),
                not_before=now,
                not_after=not_after,
                alternative_names=asked.alternative_names,
                key_usage=asked.key_usage,
                extended_key_usage=asked.extended_key_usage,
                urls=issuer_urls(lab, authority),
                is_ca=is_ca,
                path_length=0 if is_ca else None,
            )
        )
        add_certificate(lab.db, certificate)
        lab.touch(certificate.sha256)
        detail = f"{certificate.subject}, until {utc_text(certificate.not_after)}"
        record(lab, now, "certificate.issued", authority, detail)
    return certificate


def waiting_request(lab: Lab, node: str, purpose: str, cluster: str = "") -> bytes:
    """The DER of the request that the slot waits with."""
    party = parties.by_name(lab.db, cluster, node)
    found = requests.get(lab.db, party.id, purpose)
    if found is None:
        raise NotFoundError(
            "there is no signing request for {purpose} on {node}",
            hint="Make the request first.",
            purpose=purpose,
            node=node,
        )
    return found[0]
