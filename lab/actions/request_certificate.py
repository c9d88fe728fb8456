"""Make the signing request (CSR) of a slot, with the key it will use."""

from collections.abc import Sequence
from dataclasses import replace

from lab.actions.deed import deed, record
from lab.actions.generate_self_signed import subject_of
from lab.actions.identities import slot_of
from lab.actions.key_ring import new_key
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import KeySpec, SigningRequest
from lab.pki.requests import build_request, read_request
from lab.store import keys, requests


def request_certificate(
    lab: Lab,
    node: str,
    purpose: str,
    *,
    cluster: str = "",
    common_name: str = "",
    names: Sequence[str] = (),
    size: int | None = None,
    hash_name: str = "",
) -> SigningRequest:
    """Keep a new request for the slot; one that waits there is overwritten.

    It asks for exactly the key usages of the purpose's table (spec S10). `names` are
    DNS names beside the node's own. The overwritten request takes its key along.
    Source: spec S22, facts §3.4.
    """
    with deed(lab) as now:
        home, party, row = slot_of(lab, node, purpose, cluster)
        if not row.requestable:
            raise RuleError(
                "no signing request can be made for {purpose}",
                hint="Regenerate it instead.",
                purpose=purpose,
            )
        key_spec = KeySpec(
            type=row.key_type, size=row.default_size if size is None else size
        )
        if key_spec.size not in row.sizes:
            raise RuleError(
                "{purpose} cannot have a key of {size} bits",
                hint="Its lengths are: {known}.",
                purpose=purpose,
                size=key_spec.size,
                known=", ".join(map(str, row.sizes)),
            )
        subject = subject_of(home, party, row)
        if common_name:
            subject = replace(subject, common_name=common_name)
        key = new_key(lab, key_spec)
        request = read_request(
            build_request(
                subject=subject,
                key=key,
                alternative_names=sorted({party.fqdn, *names}),
                key_usage=row.key_usage,
                extended_key_usage=row.extended_key_usage,
                hash_name=hash_name,
                is_ca="keyCertSign" in row.key_usage,
            )
        )
        overwritten = requests.get(lab.db, party.id, purpose)
        requests.put(lab.db, party.id, purpose, request.der, request.key_id, now)
        if overwritten:
            keys.drop(lab.db, overwritten[1])
        detail = f"{request.subject}, {key_spec}"
        if overwritten:
            detail += ", overwrites the request that was waiting"
        record(lab, now, "request.made", f"{purpose} on {node}", detail)
    return request
