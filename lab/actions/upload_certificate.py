"""Upload a certificate or a chain: into a slot, or into a trust store."""

from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.identities import install_identity, slot_of
from lab.actions.judge import add_certificate
from lab.actions.replication import (
    identity_purpose,
    namesakes,
    newer_among,
    spread,
)
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party, SigningRequest
from lab.pki.bundles import read_bundle
from lab.pki.links import is_issued_by, may_issue
from lab.pki.reading import read_certificate
from lab.pki.requests import read_request
from lab.rules.purposes import Purpose
from lab.rules.trust_stores import STORES, UPLOAD_ALSO_LANDS_IN, Reach
from lab.store import certificates, parties, places, requests


def upload_certificate(
    lab: Lab,
    node: str,
    name: str,
    data: bytes,
    *,
    cluster: str = "",
    description: str = "",
) -> list[Certificate]:
    """Take a file as the cluster does; return the certificates that were stored.

    With the name of a store (`tomcat-trust`) all certificates of the file become
    trusted; with a purpose (`tomcat`) the leaf must answer the waiting request, which
    is then removed, and the slot is overwritten. What goes into `CAPF-trust` lands in
    `CallManager-trust` as well (spec S3). Source: facts §3.1.
    """
    with deed(lab) as now:
        found = [read_certificate(der) for der in read_bundle(data).ders]
        for certificate in found:
            _check_not_expired(certificate, now)
        if name in STORES:
            _trust(lab, node, name, found, cluster, description, now)
        else:
            found = [_identity(lab, node, name, found, cluster, now)]
    return found


def _trust(
    lab: Lab,
    node: str,
    store: str,
    found: list[Certificate],
    cluster: str,
    description: str,
    now: datetime,
) -> None:
    party = parties.by_name(lab.db, cluster, node)
    _check_store(party, store)
    _check_limit(lab, party, store, found)
    for certificate in found:
        add_certificate(lab.db, certificate)
        _check_not_older(lab, party, store, certificate)
        copy_of = identity_purpose(lab, party.cluster, certificate.sha256)
        for name in filter(None, (store, UPLOAD_ALSO_LANDS_IN.get(store))):
            spread(
                lab,
                party,
                name,
                certificate.sha256,
                now=now,
                copy_of=copy_of,
                description=description or "Trust Certificate",
            )
        where = f"{store} on {node}"
        record(lab, now, "trust.uploaded", where, certificate.subject)


def _identity(
    lab: Lab,
    node: str,
    purpose: str,
    found: list[Certificate],
    cluster: str,
    now: datetime,
) -> Certificate:
    _, party, row = slot_of(lab, node, purpose, cluster)
    waiting = requests.get(lab.db, party.id, purpose)
    if waiting is None:
        raise RuleError(
            "File /usr/local/platform/.security/{purpose}/keys/{purpose}.csr "
            "does not exist",
            hint="{node} has no signing request for {purpose}. Generate one, have it "
            "signed, and upload what comes back.",
            purpose=purpose,
            node=node,
        )
    request = read_request(waiting[0])
    leaf = _leaf(request, found)
    _check_names(request, leaf)
    _check_signature(row, leaf)
    _check_issuer(lab, party, row, leaf)
    issuer = leaf.issuer_common_name or leaf.issuer
    requests.remove(lab.db, party.id, purpose)
    install_identity(
        lab,
        party,
        row,
        leaf,
        now=now,
        how="uploaded",
        description=f"Certificate Signed by {issuer}",
    )
    detail = f"signed by {issuer}, until {utc_text(leaf.not_after)}"
    record(lab, now, "certificate.uploaded", f"{purpose} on {node}", detail)
    return leaf


def _leaf(request: SigningRequest, found: list[Certificate]) -> Certificate:
    for certificate in found:
        if certificate.key_id == request.key_id:
            return certificate
    raise RuleError(
        "CSR Public Key and Certificate Public Key do not match",
        hint="The file's first certificate is {subject} with the key {found}; the "
        "request has the key {wanted}. Upload what was signed for the last request.",
        subject=found[0].subject,
        found=found[0].key_id[:16],
        wanted=request.key_id[:16],
    )


def _check_store(party: Party, store: str) -> None:
    rule = STORES[store]
    if party.kind not in rule.product:
        raise RuleError(
            "{node} has no trust store {store}",
            hint="It is on {products} nodes.",
            node=party.name,
            store=store,
            products=" and ".join(rule.product),
        )
    if rule.upload is Reach.PUBLISHER and party.role != "publisher":
        raise RuleError(
            "{store} is filled on the publisher; {node} is a subscriber",
            hint="Upload it on the publisher.",
            store=store,
            node=party.name,
        )


def _check_limit(lab: Lab, party: Party, store: str, found: list[Certificate]) -> None:
    limit = STORES[store].limit
    entries = places.entries(lab.db, party.id, store)
    there = certificates.many(lab.db, [entry.certificate for entry in entries])
    # One a subject: what is replaced makes room.
    count = len({each.subject_hash for each in (*there.values(), *found)})
    if limit is not None and count > limit:
        raise RuleError(
            "{store} would hold {count} certificates; it takes {limit}",
            hint="Delete one that is no longer needed first.",
            store=store,
            count=count,
            limit=limit,
        )


def _check_not_older(
    lab: Lab, party: Party, store: str, certificate: Certificate
) -> None:
    rivals = namesakes(lab, party, store, certificate.sha256).values()
    newer = newer_among(lab, rivals, certificate.sha256)
    if newer:
        raise RuleError(
            "{subject} began on {start}; {store} has one that began on {there}",
            hint="Delete the one that is there first, if the older one is wanted.",
            subject=certificate.subject,
            start=utc_text(certificate.not_before),
            store=store,
            there=utc_text(newer.not_before),
        )


def _check_not_expired(certificate: Certificate, now: datetime) -> None:
    if certificate.expired(now):
        raise RuleError(
            "{subject} expired on {end}; the lab's clock says {now}",
            hint="Upload one that is still valid.",
            subject=certificate.subject,
            end=utc_text(certificate.not_after),
            now=utc_text(now),
        )


def _check_names(request: SigningRequest, leaf: Certificate) -> None:
    wanted = set(request.alternative_names)
    found = set(leaf.alternative_names)
    if wanted != found:
        raise RuleError(
            "CSR SAN and Certificate SAN does not match",
            hint="Missing in the certificate: {missing}. Not asked for: {extra}.",
            missing=", ".join(sorted(wanted - found)) or "none",
            extra=", ".join(sorted(found - wanted)) or "none",
        )


def _check_signature(row: Purpose, leaf: Certificate) -> None:
    if row.key_type == "RSA" and "RSA" not in leaf.signature_algorithm.upper():
        raise RuleError(
            "{purpose} takes RSA signatures; this one is {algorithm}",
            hint="Have it signed by an authority with an RSA key.",
            purpose=row.name,
            algorithm=leaf.signature_algorithm,
        )


def _check_issuer(lab: Lab, party: Party, row: Purpose, leaf: Certificate) -> None:
    trusted = certificates.many(
        lab.db,
        {
            entry.certificate
            for store in row.verified_with
            for entry in places.entries(lab.db, party.id, store)
        },
    )
    for issuer in trusted.values():
        if may_issue(issuer) and is_issued_by(leaf.der, issuer.der):
            return
    raise RuleError(
        "CA certificate is not available in the trust-store",
        hint="{subject} was issued by {issuer}, which is not in {stores} on {node}. "
        "Upload the root first, then the intermediates, then the certificate.",
        subject=leaf.subject,
        issuer=leaf.issuer,
        stores=" or ".join(row.verified_with),
        node=party.name,
    )
