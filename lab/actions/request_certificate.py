"""Make the signing request (CSR) of a slot, with the key it will use."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.identities import slot_to_change
from lab.actions.identity_choices import (
    check_subject,
    chosen_key,
    chosen_names,
    key_text,
    sharers,
    subject_of,
)
from lab.actions.key_ring import new_key
from lab.actions.web_details import with_alternate
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Party, SigningRequest, SubjectFields
from lab.pki.requests import build_request, read_request
from lab.rules.keys_and_names import ORGANIZATIONAL_UNIT
from lab.rules.purposes import Purpose
from lab.store import keys, requests


def request_certificate(
    lab: Lab,
    node: str,
    purpose: str,
    *,
    cluster: str = "",
    shared: bool = False,
    common_name: str = "",
    include_ou: bool = False,
    parent_domain: str | None = None,
    names: Sequence[str] = (),
    size: int | None = None,
    hash_name: str = "",
) -> SigningRequest:
    """Keep a new request for the slot; one that waits there is overwritten.

    It asks for exactly the key usages of the purpose's table (spec S10), and for the
    node's name, the parent domain (the cluster's own unless given; empty: none) and
    the other domains in `names`. A `shared` one lists all nodes that will share the
    certificate. The overwritten request takes its key along. Source: spec S22,
    facts §1.2, §3.4.
    """
    with deed(lab) as now:
        home, party, row = slot_to_change(lab, node, purpose, cluster)
        if not row.requestable:
            raise RuleError(
                "no signing request can be made for {purpose}",
                hint="Regenerate it instead.",
                purpose=purpose,
            )
        nodes = sharers(lab, party, row) if shared else [party]
        key_spec = chosen_key(row, size, hash_name)
        parent = home.domain if parent_domain is None else parent_domain
        wanted = with_alternate(lab, party, purpose, chosen_names(nodes, parent, names))
        subject = _subject(lab, party, row, shared, common_name, include_ou)
        key = new_key(lab, key_spec)
        request = read_request(
            build_request(
                subject=subject,
                key=key,
                alternative_names=wanted,
                key_usage=row.key_usage,
                extended_key_usage=row.extended_key_usage,
                hash_name=hash_name,
                is_ca="keyCertSign" in row.key_usage,
            )
        )
        said = _keep(lab, party, row, request, shared, nodes, now)
        detail = ", ".join([request.subject, key_text(row, key_spec), *said])
        record(lab, now, "request.made", f"{purpose} on {node}", detail)
    return request


def _subject(
    lab: Lab,
    party: Party,
    row: Purpose,
    shared: bool,
    common_name: str,
    include_ou: bool,
) -> SubjectFields:
    subject = subject_of(lab, party, row, shared=shared)
    if common_name:
        subject = replace(subject, common_name=common_name.strip())
    unit = subject.organizational_unit or ORGANIZATIONAL_UNIT
    subject = replace(subject, organizational_unit=unit if include_ou else "")
    check_subject(subject)
    return subject


def _keep(
    lab: Lab,
    party: Party,
    row: Purpose,
    request: SigningRequest,
    shared: bool,
    nodes: Iterable[Party],
    now: datetime,
) -> list[str]:
    """Store the request; say what it is for, and which ones it ends."""
    said = []
    others = [node for node in nodes if node.id != party.id]
    if shared:
        said.append(f"shared by {', '.join(node.name for node in nodes)}")
    before = requests.get(lab.db, party.id, row.name)
    requests.put(
        lab.db, party.id, row.name, request.der, request.key_id, now, shared=shared
    )
    if before:
        keys.drop(lab.db, before[1])
        said.append("overwrites the request that was waiting, and its key")
    for node in others:
        waiting = requests.get(lab.db, node.id, row.name)
        if waiting:
            requests.remove(lab.db, node.id, row.name)
            keys.drop(lab.db, waiting[1])
            said.append(f"ends the request that was waiting on {node.name}")
    return said
