"""Renew one identity the way it was made: self-signed again, or by the same CA."""

from lab.actions.deed import deed
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.identities import slot_of
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_service import restart_service
from lab.actions.sign_request import sign_request, waiting_request
from lab.actions.upload_certificate import upload_certificate
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.pki.bundles import write_pem
from lab.rules.services import services_of
from lab.store import certificates, parties, places


def renew_certificate(
    lab: Lab,
    node: str,
    purpose: str,
    *,
    cluster: str = "",
    days: int = 730,
    restart: bool = False,
) -> Certificate:
    """Request, sign and upload at the slot's own CA, or generate self-signed.

    With `restart` the services that present it are restarted too. A slot that an
    outside CA signed is refused: its request has to go there.
    """
    with deed(lab):
        _, party, _ = slot_of(lab, node, purpose, cluster)
        place = places.slot(lab.db, party.id, purpose)
        current = certificates.get(lab.db, place.certificate) if place else None
        if current is None or current.self_signed:
            renewed = generate_self_signed(lab, node, purpose, cluster=party.cluster)
        else:
            renewed = sign_and_upload(
                lab,
                node,
                purpose,
                _authority(lab, current),
                cluster=party.cluster,
                days=days,
            )
        if restart:
            _restart(lab, party, purpose)
    return renewed


def sign_and_upload(
    lab: Lab,
    node: str,
    purpose: str,
    authority: str,
    *,
    cluster: str = "",
    days: int = 730,
) -> Certificate:
    """The third-party flow with a CA of the lab: request, sign, upload."""
    with deed(lab):
        request = request_certificate(lab, node, purpose, cluster=cluster)
        signed = sign_request(lab, authority, request.der, days=days)
        upload_certificate(lab, node, purpose, write_pem([signed.der]), cluster=cluster)
    return signed


def finish_request(
    lab: Lab,
    node: str,
    purpose: str,
    *,
    cluster: str = "",
    days: int = 730,
    restart: bool = False,
) -> Certificate:
    """Have the slot's waiting request signed by its present CA, and upload the answer.

    Raises `NotFoundError` when no request waits, and `RuleError` when the slot is
    empty or the CA that signed its certificate is not one of the lab's own.
    """
    with deed(lab):
        request = waiting_request(lab, node, purpose, cluster)
        _, party, _ = slot_of(lab, node, purpose, cluster)
        place = places.slot(lab.db, party.id, purpose)
        if place is None:
            raise RuleError(
                "{purpose} on {node} holds no certificate whose issuer could sign",
                hint="Choose an authority, and sign the request with it.",
                purpose=purpose,
                node=node,
            )
        authority = _authority(lab, certificates.get(lab.db, place.certificate))
        signed = sign_request(lab, authority, request, days=days)
        upload_certificate(
            lab, node, purpose, write_pem([signed.der]), cluster=party.cluster
        )
        if restart:
            _restart(lab, party, purpose)
    return signed


def _restart(lab: Lab, party: Party, purpose: str) -> None:
    for row in services_of(party.kind):
        if purpose in row.loads and (row.on == "every" or _first(party.role)):
            restart_service(lab, party.name, row.name, cluster=party.cluster)


def _authority(lab: Lab, current: Certificate) -> str:
    issuers = certificates.issuers_of(lab.db, current.sha256)
    for authority in parties.authorities(lab.db):
        if authority.certificate in issuers:
            return authority.name
    raise RuleError(
        "{subject} was signed by {issuer}, which is not one of the lab's own",
        hint="Make a request, have it signed there, and upload what comes back.",
        subject=current.subject,
        issuer=current.issuer,
    )


def _first(role: str) -> bool:
    return role == "publisher"
