"""What can be done with a certificate, in each place where a node holds it."""

from dataclasses import dataclass

from lab.actions.identities import slot_to_change
from lab.actions.identity_choices import sharers
from lab.actions.look_at_services import BEHIND, Status, services_on
from lab.errors import LabError
from lab.lab import Lab
from lab.models import Party, PartyKind, Usage
from lab.rules.purposes import Purpose
from lab.store import certificates, parties, places, requests


@dataclass(frozen=True, kw_only=True)
class DeedsAt:
    """One place of a certificate on a node, and what may be done there."""

    place: int
    node: Party
    usage: Usage
    name: str  # the purpose, or the store
    purpose: Purpose | None = None  # of an identity that can be replaced here
    refusal: LabError | None = None  # why it cannot be
    signed_by: str = ""  # the authority that signed it; empty: it signs itself
    shares: bool = False  # a self-signed one can be shared from here
    has_request: bool = False


def deeds_on(lab: Lab, sha256: str) -> list[DeedsAt]:
    """The places of this certificate on nodes, identities first."""
    found = []
    for place in places.of_certificate(lab.db, sha256):
        node = parties.get(lab.db, place.party)
        if node.kind not in PartyKind.nodes():
            continue
        if place.usage is Usage.IDENTITY:
            found.append(_identity(lab, place.id, node, place.name, sha256))
        elif place.usage is Usage.TRUST:
            found.append(
                DeedsAt(place=place.id, node=node, usage=place.usage, name=place.name)
            )
    return sorted(found, key=lambda each: each.usage is not Usage.IDENTITY)


def services_behind(lab: Lab, at: DeedsAt) -> list[Status]:
    """The services of the node that present another certificate for this slot."""
    return [
        each
        for each in services_on(lab, at.node, lab.clock.now())
        if any(
            one.purpose == at.name and one.presents in BEHIND for one in each.presented
        )
    ]


def _identity(lab: Lab, place: int, node: Party, name: str, sha256: str) -> DeedsAt:
    certificate = certificates.get(lab.db, sha256)
    refusal, purpose, shares = None, None, False
    try:
        _, _, purpose = slot_to_change(lab, node.name, name, node.cluster)
    except LabError as error:
        refusal = error
    if purpose:
        try:
            shares = bool(sharers(lab, node, purpose, self_signed=True))
        except LabError:
            shares = False
    issuer = certificate.issuer_common_name or certificate.issuer
    return DeedsAt(
        place=place,
        node=node,
        usage=Usage.IDENTITY,
        name=name,
        purpose=purpose,
        refusal=refusal,
        signed_by="" if certificate.self_signed else issuer,
        shares=shares,
        has_request=requests.get(lab.db, node.id, name) is not None,
    )
