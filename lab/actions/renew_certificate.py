"""Renew one identity the way it was made: self-signed again, or by the same CA."""

from lab.actions.deed import deed
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.identities import slot_of
from lab.actions.identity_choices import present_size, scope_of
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_service import take_up
from lab.actions.sign_request import sign_request, waiting_request
from lab.actions.upload_certificate import upload_certificate
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.pki.bundles import write_pem
from lab.rules.purposes import Purpose
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

    Names, key length and who shares it stay as they are. With `restart` the services
    that present it are restarted too. A slot that an outside CA signed is refused: its
    request has to go there.
    """
    with deed(lab):
        _, party, row = slot_of(lab, node, purpose, cluster)
        place = places.slot(lab.db, party.id, purpose)
        current = certificates.get(lab.db, place.certificate) if place else None
        holders = _holders(lab, party, row, current)
        if current is None or current.self_signed:
            renewed = _generate_again(lab, party, row, current, len(holders) > 1)
        else:
            renewed = _sign_again(lab, party, row, current, len(holders) > 1, days)
        if restart:
            for holder in holders:
                take_up(lab, holder, purpose)
    return renewed


def sign_and_upload(
    lab: Lab,
    node: str,
    purpose: str,
    authority: str,
    *,
    cluster: str = "",
    days: int = 730,
    shared: bool = False,
) -> Certificate:
    """The third-party flow with a CA of the lab: request, sign, upload."""
    with deed(lab):
        request = request_certificate(
            lab, node, purpose, cluster=cluster, shared=shared
        )
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
        _, party, row = slot_of(lab, node, purpose, cluster)
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
            for holder in _holders(lab, party, row, signed):
                take_up(lab, holder, purpose)
    return signed


def _generate_again(
    lab: Lab, party: Party, row: Purpose, current: Certificate | None, shared: bool
) -> Certificate:
    where = (party.name, row.name)
    if not shared:
        return regenerate_certificate(lab, *where, cluster=party.cluster)
    return generate_self_signed(
        lab,
        *where,
        cluster=party.cluster,
        shared=True,
        size=present_size(row, current),
    )


def _sign_again(
    lab: Lab,
    party: Party,
    row: Purpose,
    current: Certificate,
    shared: bool,
    days: int,
) -> Certificate:
    authority = _authority(lab, current)
    home = parties.cluster(lab.db, party.cluster)
    held = {name[4:] for name in current.alternative_names if name.startswith("DNS:")}
    nodes = scope_of(lab, party, row) if shared else [party]
    own = {home.domain, *(node.fqdn for node in nodes)}
    made_up = "{hex8}" in row.common_name  # another one each time
    request = request_certificate(
        lab,
        party.name,
        row.name,
        cluster=party.cluster,
        shared=shared,
        parent_domain=home.domain if home.domain in held else "",
        common_name="" if made_up else current.common_name,
        names=sorted(held - own),
        size=present_size(row, current),
    )
    signed = sign_request(lab, authority, request.der, days=days)
    upload_certificate(
        lab, party.name, row.name, write_pem([signed.der]), cluster=party.cluster
    )
    return signed


def _holders(
    lab: Lab, party: Party, row: Purpose, current: Certificate | None
) -> list[Party]:
    """The nodes that share this certificate now, or the one node alone."""
    found = [party]
    for node in scope_of(lab, party, row):
        place = places.slot(lab.db, node.id, row.name)
        if current and place and place.certificate == current.sha256:
            found += [node] if node.id != party.id else []
    return found


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
