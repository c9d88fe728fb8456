"""What may be chosen for a new identity: subject, key, names, and who shares it."""

import secrets
from collections.abc import Iterable

from lab.actions.web_details import web_details
from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.models import Certificate, KeySpec, Party, SubjectFields
from lab.pki.domains import read_domain
from lab.pki.keys import hash_for
from lab.pki.names import build_name, visible
from lab.rules.keys_and_names import notes_on
from lab.rules.purposes import Purpose
from lab.store import parties

MOST_OTHER_NAMES = 100


def subject_of(
    lab: Lab, party: Party, row: Purpose, *, shared: bool = False
) -> SubjectFields:
    """The subject that the cluster writes for this slot: facts §1.3."""
    home = parties.cluster(lab.db, party.cluster)
    common_name = common_name_of(
        lab, party, row, shared=shared, hex8=secrets.token_hex(4)
    )
    told = web_details(lab, party)
    return SubjectFields(
        common_name=common_name,
        organization=told.organization or home.name,
        organizational_unit=told.organizational_unit,
        locality=told.locality,
        state=told.state,
        country=told.country,
    )


def common_name_of(
    lab: Lab,
    party: Party,
    row: Purpose,
    *,
    shared: bool = False,
    hex8: str = "<8 hex digits>",
) -> str:
    """The name that the cluster gives it; eight digits are made up for CAPF."""
    home = parties.cluster(lab.db, party.cluster)
    pattern = row.multi_common_name if shared else row.common_name
    return pattern.format(host=party.name, domain=home.domain, hex8=hex8)


def check_subject(subject: SubjectFields) -> None:
    """Refuse what no certificate of the cluster can be called."""
    if "*" in subject.common_name:
        raise RuleError(
            "{name} is a wildcard; certificates for wildcard names are not supported",
            hint="Name one host, or leave the common name as it is.",
            name=repr(subject.common_name),
        )
    if visible(subject.common_name) != subject.common_name:
        # Signs that turn or hide text would make it look like another name.
        raise BadInputError(
            "the common name {name} has a character that cannot be shown",
            hint="Leave out control and format characters.",
            name=repr(visible(subject.common_name)[:80]),
        )
    build_name(subject)


def chosen_key(row: Purpose, size: int | None, hash_name: str) -> KeySpec:
    """The key of this slot with the chosen length; a `LabError` for what it has not."""
    key = KeySpec(type=row.key_type, size=row.default_size if size is None else size)
    if key.size not in row.sizes:
        raise RuleError(
            "{purpose} cannot have a key of {size} bits",
            hint="Its lengths are: {known}.",
            purpose=row.name,
            size=key.size,
            known=", ".join(map(str, row.sizes)),
        )
    hash_for(key, hash_name)
    return key


def present_size(row: Purpose, current: Certificate | None) -> int | None:
    """The length of the present key, where the slot could have it again."""
    fits = current and current.key_type == row.key_type and current.key_size
    return fits if fits in row.sizes else None


def key_text(row: Purpose, key: KeySpec) -> str:
    """The kind of key for the event, with what is to be known of it."""
    notes = [each.note for each in notes_on(row.name, key.type, key.size)]
    return f"{key} ({'; '.join(notes)})" if notes else str(key)


def chosen_names(
    nodes: Iterable[Party], parent_domain: str, others: Iterable[str] = ()
) -> list[str]:
    """The alternative names: of the nodes, the parent domain, and those typed in."""
    typed = list(dict.fromkeys(others))
    if len(typed) > MOST_OTHER_NAMES:
        raise RuleError(
            "{count} other domains are asked for; at most {limit} fit",
            hint="Leave some out, or make another certificate for them.",
            count=len(typed),
            limit=MOST_OTHER_NAMES,
        )
    parent = [read_domain(parent_domain, labels=1)] if parent_domain else []
    more = [read_domain(name) for name in typed]
    return sorted({*(node.fqdn.lower() for node in nodes), *parent, *more})


def sharers(
    lab: Lab, party: Party, row: Purpose, *, self_signed: bool = False
) -> list[Party]:
    """All nodes that a shared certificate made on this node is for.

    A `RuleError` when this purpose cannot be shared, or not from this node: Unified
    CM has its publisher make it, IM and Presence any of its nodes (facts §1.2).
    """
    if not row.multi_server:
        raise RuleError(
            "{purpose} cannot be shared by several nodes",
            hint="Make one for each node.",
            purpose=row.name,
        )
    if self_signed and not row.multi_self_signed:
        raise RuleError(
            "a self-signed {purpose} cannot be shared by several nodes",
            hint="Have an authority sign a shared one, or make one for each node.",
            purpose=row.name,
        )
    found = scope_of(lab, party, row)
    maker = found[0]
    if party.kind != maker.kind or (maker.kind == "ucm" and party.id != maker.id):
        raise RuleError(
            "a shared {purpose} is made on the publisher {publisher}, not on {node}",
            hint="Do it on {publisher}; it then goes to all nodes that share it.",
            purpose=row.name,
            publisher=maker.name,
            node=party.name,
        )
    return found


def scope_of(lab: Lab, party: Party, row: Purpose) -> list[Party]:
    """The nodes that a shared certificate of this purpose lists, publishers first."""
    return [
        node
        for node in parties.nodes(lab.db, party.cluster)
        if node.kind in row.multi_scope and node.fqdn
    ]


def listed_nodes(
    lab: Lab, party: Party, row: Purpose, alternative_names: Iterable[str]
) -> list[Party]:
    """Those that these names ("DNS:…") list: they get the certificate and its key."""
    names = {name.lower() for name in alternative_names}
    return [
        node
        for node in scope_of(lab, party, row)
        if f"dns:{node.fqdn.lower()}" in names
    ]
