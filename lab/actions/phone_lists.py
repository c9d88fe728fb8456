"""Build the lists that phones keep: an ITL on each TFTP node, the CTL on the publisher.

An ITL is made from what services have loaded, as TFTP sees it; the CTL from what is
stored, when somebody asks for it.
"""

from collections.abc import Sequence
from datetime import datetime

from lab.actions.key_ring import private_key
from lab.actions.trust_list_parts import read_list
from lab.lab import Lab
from lab.models import Certificate, Party, PartyKind, Service
from lab.pki.trust_list_building import build_trust_list
from lab.rules.parameters import PREPARE_ROLLBACK
from lab.rules.restarts import CAPF, TFTP, TVS
from lab.store import (
    certificates,
    keys,
    parties,
    places,
    services,
    settings,
    trust_lists,
)
from lab.store.trust_lists import BuiltList

Entry = tuple[str, str, str]  # role, node, fingerprint
_FILES = {"ITL": "ITLFile.tlv", "CTL": "CTLFile.tlv"}


def rebuild_lists(lab: Lab, cluster: str, now: datetime) -> list[str]:
    """Build anew every ITL that has to change; return the names of their nodes.

    A list has to change when its records would, or when TFTP has started since
    somebody signed it with the local key. A cluster in mixed mode has a CTL from the
    start; after that only `update_ctl` changes it.
    """
    built = []
    home = parties.cluster(lab.db, cluster)
    nodes = parties.nodes(lab.db, cluster, PartyKind.UCM)
    for node in nodes:
        tftp = services.get(lab.db, node.id, TFTP)
        if tftp is None or not (node.online and tftp.activated and tftp.running):
            continue
        signer = presented(lab, tftp, "ITLRecovery")
        if not signer:
            continue
        entries = itl_entries(lab, node, nodes)
        last = trust_lists.latest(lab.db, node.id, "ITL")
        if last and entries == entries_of(last) and not _is_due(last, signer, tftp):
            continue
        if sign_list(lab, node, "ITL", entries, signer, now):
            built.append(node.name)
    first = _publisher(nodes) if home.mixed_mode else None
    if first and trust_lists.latest(lab.db, first.id, "CTL") is None:
        write_ctl(lab, first, nodes, now)
    return built


def itl_entries(lab: Lab, node: Party, nodes: Sequence[Party]) -> list[Entry]:
    """Who stands in the ITL of this node now: facts §8.1."""
    tftp = services.get(lab.db, node.id, TFTP)
    own = presented(lab, tftp, "CallManager")
    first = _publisher(nodes) or node
    entries = [("SAST", first.name, presented(lab, tftp, "ITLRecovery"))]
    if settings.parameter(lab.db, node.cluster, PREPARE_ROLLBACK) != "True":
        entries += [("CCM+TFTP", node.name, own), ("SAST", node.name, own)]
        for each in nodes:
            service = services.get(lab.db, each.id, TVS)
            entries.append(("TVS", each.name, presented(lab, service, "TVS")))
    capf = services.get(lab.db, first.id, CAPF)
    if capf and capf.activated:
        entries.append(("CAPF", first.name, presented(lab, capf, "CAPF")))
    return [entry for entry in entries if entry[2]]


def ctl_entries(lab: Lab, nodes: Sequence[Party]) -> list[Entry]:
    """Who stands in the CTL that is written now; nobody's TVS does."""
    first = _publisher(nodes)
    if first is None:
        return []
    entries = [
        ("SAST", first.name, _stored(lab, first, "ITLRecovery")),
        ("SAST", first.name, _stored(lab, first, "CallManager")),
        *(("CCM+TFTP", each.name, _stored(lab, each, "CallManager")) for each in nodes),
        ("CAPF", first.name, _stored(lab, first, "CAPF")),
    ]
    return [entry for entry in entries if entry[2]]


def write_ctl(
    lab: Lab, publisher: Party, nodes: Sequence[Party], now: datetime
) -> int | None:
    """Write the CTL from what is stored, signed by ITLRecovery."""
    entries = ctl_entries(lab, nodes)
    signer = _stored(lab, publisher, "ITLRecovery")
    return sign_list(lab, publisher, "CTL", entries, signer, now)


def sign_list(
    lab: Lab,
    node: Party,
    kind: str,
    entries: Sequence[Entry],
    signer: str,
    now: datetime,
) -> int | None:
    """Sign and keep a list; None when the lab does not hold the signer's key."""
    wanted = certificates.many(lab.db, {signer, *(entry[2] for entry in entries)})
    if not entries or signer not in wanted or not has_key(lab, wanted[signer]):
        return None
    file = build_trust_list(
        _FILES[kind],
        [(role, name, wanted[sha256]) for role, name, sha256 in entries],
        signer=wanted[signer],
        key=private_key(lab, wanted[signer].key_id),
        made_at=now,
    )
    return trust_lists.add(lab.db, node.id, kind, now=now, signer=signer, file=file)


def entries_of(built: BuiltList) -> list[Entry]:
    """Who stands in a list that was built."""
    return [
        (record.role, record.node, record.certificate.sha256)
        for record in read_list(built.file).records
    ]


def has_key(lab: Lab, certificate: Certificate) -> bool:
    return keys.known(lab.db, certificate.key_id)


def presented(lab: Lab, service: Service | None, purpose: str) -> str:
    """What a service presents for a purpose, or would once it is started."""
    if service is None:
        return ""
    if loaded := services.loaded(lab.db, service.id).get(purpose):
        return loaded
    place = places.slot(lab.db, service.party, purpose)
    return place.certificate if place and not service.running else ""


def _is_due(last: BuiltList, signer: str, tftp: Service) -> bool:
    """Whether TFTP signs the list again: somebody did so with another key before."""
    return last.signer != signer and tftp.started_at > last.built_at


def _stored(lab: Lab, node: Party, purpose: str) -> str:
    place = places.slot(lab.db, node.id, purpose)
    return place.certificate if place else ""


def _publisher(nodes: Sequence[Party]) -> Party | None:
    return next((node for node in nodes if node.role == "publisher"), None)
