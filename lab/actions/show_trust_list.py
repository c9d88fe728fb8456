"""Trust lists for people: decoded, and as the cluster's own commands print them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.trust_list_parts import read_list
from lab.errors import NotFoundError
from lab.lab import Lab
from lab.models import Party, PartyKind
from lab.pki.trust_list_text import absent_text, list_text, signed_with
from lab.rules.trust_lists import LIST_ROLES
from lab.store import certificates, parties, trust_lists
from lab.store.trust_lists import BuiltList

_LABELS = {row.name: row.label for row in LIST_ROLES}


@dataclass(frozen=True, kw_only=True)
class ShownRecord:
    """One record of a list, without its bytes."""

    number: int
    role: str
    label: str
    node: str
    subject: str
    serial: str
    issuer: str
    not_after: datetime
    sha256: str
    signed: bool  # with its key the list was signed


@dataclass(frozen=True, kw_only=True)
class ShownList:
    """One list, decoded."""

    number: int
    kind: str
    node: str  # that built it
    built_at: datetime
    size: int
    signer: str  # the common name of the certificate whose key signed it
    signer_sha256: str
    records: tuple[ShownRecord, ...]


def decoded_list(lab: Lab, number: int) -> ShownList:
    """The list of that number; `NotFoundError` when there is none."""
    built = trust_lists.many(lab.db, [number]).get(number)
    if built is None:
        raise NotFoundError(
            "no trust list with number {number}",
            hint="Look at the lists that nodes serve: python -m lab itl show.",
            number=number,
        )
    file = read_list(built.file)
    signer = certificates.get(lab.db, built.signer)
    return ShownList(
        number=built.id,
        kind=built.kind,
        node=parties.get(lab.db, built.party).name,
        built_at=built.built_at,
        size=file.size,
        signer=signer.common_name or signer.subject,
        signer_sha256=signer.sha256,
        records=tuple(
            ShownRecord(
                number=place,
                role=record.role,
                label=_LABELS.get(record.role, record.role),
                node=record.node,
                subject=record.certificate.subject,
                serial=record.certificate.serial,
                issuer=record.certificate.issuer,
                not_after=record.certificate.not_after,
                sha256=record.certificate.sha256,
                signed=signed_with(file, record),
            )
            for place, record in enumerate(file.records, 1)
        ),
    )


def served_list(
    lab: Lab, kind: str, node: str = "", cluster: str = ""
) -> BuiltList | None:
    """The list that a node serves; without one named, the publisher.

    The CTL is the publisher's, whichever node is asked.
    """
    party = parties.by_name(lab.db, cluster, node) if node else None
    home = party.cluster if party else cluster
    nodes = parties.nodes(lab.db, home, PartyKind.UCM)
    makers: Sequence[Party] = nodes if kind == "CTL" or party is None else [party]
    for maker in makers:
        if maker.cluster == home and (
            last := trust_lists.latest(lab.db, maker.id, kind)
        ):
            return last
    return None


def show_list(lab: Lab, kind: str, node: str = "", cluster: str = "") -> str:
    """What `show itl` or `show ctl` prints on that node."""
    built = served_list(lab, kind, node, cluster)
    if built is None:
        return absent_text(kind)
    signer = certificates.get(lab.db, built.signer).der
    return list_text(built.file, read_list(built.file), kind, signer)
