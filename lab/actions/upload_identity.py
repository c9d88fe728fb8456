"""Upload a signed certificate into the slot whose request waits for it."""

from collections.abc import Sequence
from datetime import datetime

from lab.actions.deed import record
from lab.actions.identities import install_identity, slot_to_change
from lab.actions.identity_choices import listed_nodes
from lab.actions.upload_checks import check_chain
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party, SigningRequest
from lab.pki.requests import read_request
from lab.rules.cluster_messages import (
    KEY_MISMATCH,
    NAMES_MISMATCH,
    NO_REQUEST,
    NOT_UPLOADED,
    UPLOADS,
    folder_of,
)
from lab.rules.purposes import Purpose
from lab.rules.request_form import refuses
from lab.store import certificates, parties, places, requests

_SIGNATURES = {"RSA": ("RSA",), "EC": ("RSA", "ECDSA")}  # spec S7
_CAPF_BITS = ("digitalSignature", "keyCertSign")  # facts §1.5


def upload_identity(
    lab: Lab,
    node: str,
    purpose: str,
    found: Sequence[Certificate],
    cluster: str,
    description: str,
    now: datetime,
) -> tuple[Party, Certificate, list[Party]]:
    """Put the answer to the waiting request into the slot; a part of a deed.

    Returns the node, the certificate, and the nodes that it is for: all that a shared
    one lists.
    """
    home, party, row = slot_to_change(lab, node, purpose, cluster)
    request = _waiting(lab, party, purpose, found)
    leaf = _answer(request, found, row)
    _check_signature(row, leaf)
    _check_demands(row, leaf, home.profile)
    trusted = trusted_for(lab, party, row)
    check_chain(leaf, trusted, " or ".join(row.verified_with), node)
    holders = [party]
    if requests.is_shared(lab.db, party.id, purpose):
        listed = listed_nodes(lab, party, row, leaf.alternative_names)
        holders += [each for each in listed if each.id != party.id]
    requests.remove(lab.db, party.id, purpose)
    issuer = leaf.issuer_common_name or leaf.issuer
    install_identity(
        lab,
        party,
        row,
        leaf,
        now=now,
        how="uploaded",
        description=description or f"Certificate Signed by {issuer}",
        holders=holders,
    )
    detail = f"signed by {issuer}, until {utc_text(leaf.not_after)}"
    if len(holders) > 1:
        detail += f", shared by {', '.join(each.name for each in holders)}"
    record(lab, now, "certificate.uploaded", f"{purpose} on {node}", detail)
    return party, leaf, holders


def trusted_for(lab: Lab, party: Party, row: Purpose) -> list[Certificate]:
    """What this node's stores hold to verify that purpose with."""
    held = {
        sha256
        for store in row.verified_with
        for sha256 in places.held(lab.db, party.id, store)
    }
    return list(certificates.many(lab.db, held).values())


def outermost(found: Sequence[Certificate]) -> Certificate:
    """The one that stands lowest in a file: what the others are the chain of."""
    issuers = {each.issuer_hash for each in found if not each.self_signed}
    leaves = [each for each in found if each.subject_hash not in issuers]
    ends = [each for each in leaves if not each.is_ca]
    return (ends or leaves or list(found))[0]


def same_names(names: Sequence[str]) -> set[str]:
    """Alternative names as they are compared: DNS knows no capitals (RFC 4343)."""
    return {
        f"DNS:{each[4:].lower()}" if each.startswith("DNS:") else each for each in names
    }


def _waiting(
    lab: Lab, party: Party, purpose: str, found: Sequence[Certificate]
) -> SigningRequest:
    waiting = requests.get(lab.db, party.id, purpose)
    if waiting:
        return read_request(waiting[0])
    keys = {each.key_id for each in found}
    for other in requests.waiting(lab.db, party.cluster):
        if other.key in keys:
            raise RuleError(
                NO_REQUEST,
                hint="{node} has no signing request for {purpose}. The file answers "
                "that of {other_purpose} on {other}: upload it there.",
                folder=folder_of(purpose),
                purpose=purpose,
                node=party.name,
                other_purpose=other.purpose,
                other=parties.get(lab.db, other.party).name,
            )
    raise RuleError(
        NO_REQUEST,
        hint="{node} has no signing request for {purpose}. Generate one, have it "
        "signed, and upload what comes back.",
        folder=folder_of(purpose),
        purpose=purpose,
        node=party.name,
    )


def _answer(
    request: SigningRequest, found: Sequence[Certificate], row: Purpose
) -> Certificate:
    """The certificate with the key and the names of the request."""
    answers = [each for each in found if each.key_id == request.key_id]
    leaf = max(answers, key=lambda each: each.not_before) if answers else None
    given = leaf or outermost(found)
    wanted = same_names(request.alternative_names)
    names = same_names(given.alternative_names)
    missing = ", ".join(sorted(wanted - names)) or "none"
    extra = ", ".join(sorted(names - wanted)) or "none"
    found_key, wanted_key = given.key_id[:16], request.key_id[:16]
    if leaf and wanted == names:
        return leaf
    if leaf:
        raise RuleError(
            NAMES_MISMATCH,
            hint="Missing in the certificate: {missing}. Not asked for: {extra}. Have "
            "the request signed with the names that it asks for.",
            missing=missing,
            extra=extra,
        )
    if wanted == names:
        raise RuleError(
            KEY_MISMATCH,
            hint="The file's certificate is {subject} with the key {found}; the "
            "request has the key {wanted}. Upload what was signed for the last "
            "request: a new request has a new key.",
            subject=given.subject,
            found=found_key,
            wanted=wanted_key,
        )
    raise RuleError(
        NOT_UPLOADED,
        hint="Neither key nor names are those of the request. {subject} has the key "
        "{found}, the request {wanted}. Missing in the certificate: {missing}. Not "
        "asked for: {extra}. Upload what was signed for this request.",
        uploads=UPLOADS,
        purpose=row.name,
        subject=given.subject,
        found=found_key,
        wanted=wanted_key,
        missing=missing,
        extra=extra,
    )


def _check_signature(row: Purpose, leaf: Certificate) -> None:
    taken = _SIGNATURES[row.key_type]
    if not any(each in leaf.signature_algorithm.upper() for each in taken):
        raise RuleError(
            "{purpose} takes {taken} signatures; this one is {algorithm}",
            hint="Have it signed by an authority with such a key.",
            purpose=row.name,
            taken=" and ".join(taken),
            algorithm=leaf.signature_algorithm,
        )


def _check_demands(row: Purpose, leaf: Certificate, profile: str) -> None:
    """What CAPF must carry, and ipsec must not: facts §1.5."""
    lacking = [bit for bit in _CAPF_BITS if bit not in leaf.key_usage]
    if row.name == "CAPF" and (lacking or not leaf.is_ca):
        raise RuleError(
            "{subject} cannot be CAPF: it has CA:{is_ca} and lacks {lacking}",
            hint="CAPF issues certificates. Have the request signed as a CA, with "
            "CA:TRUE, digitalSignature and keyCertSign.",
            subject=leaf.subject,
            is_ca=str(leaf.is_ca).upper(),
            lacking=", ".join(lacking) or "no key usage",
        )
    if row.name == "ipsec" and leaf.is_ca and refuses("ipsec", profile):
        raise RuleError(
            "{subject} has CA:TRUE; one of ipsec that a CA signed may not have it",
            hint="Have the request signed with CA:FALSE.",
            subject=leaf.subject,
        )
