"""What phones meet: each node's services and lists, and who vouches for whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.phone_lists import presented
from lab.actions.trust_list_parts import as_held
from lab.lab import Lab
from lab.models import Certificate, Party, PartyKind, is_up, state_of
from lab.rules.restarts import CALLS, TFTP, TVS
from lab.rules.services import service_row
from lab.store import certificates, parties, places, services, trust_lists
from lab.trust.phone_trust import Desk, HeldList, Station


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Everything around the phones of a cluster at one moment."""

    stations: dict[str, Station]  # by the name of the node
    desks: tuple[Desk, ...]


def surroundings(
    lab: Lab, cluster: str, now: datetime, *, stations: Collection[str]
) -> Surroundings:
    """What the phones of these nodes meet; they may ask any node's TVS."""
    home = parties.cluster(lab.db, cluster)
    nodes = parties.nodes(lab.db, cluster, PartyKind.UCM)
    ctl = _served_ctl(lab, nodes)
    return Surroundings(
        stations={
            node.name: _station(lab, node, ctl, now, mixed=home.mixed_mode)
            for node in nodes
            if node.name in stations
        },
        desks=tuple(desks(lab, cluster, nodes, now)),
    )


def desks(lab: Lab, cluster: str, nodes: Sequence[Party], now: datetime) -> list[Desk]:
    """The trust verification services of the cluster, and whom each knows."""
    identities = places.identities_of(lab.db, cluster)
    found = []
    for node in nodes:
        service = services.get(lab.db, node.id, TVS)
        row = service_row(TVS, node.kind)
        if service is None or row is None:
            continue
        state = "up" if is_up(service, now) else "down"
        stores = {
            sha256
            for store in row.trusts
            for sha256 in places.held(lab.db, node.id, store)
        }
        found.append(
            Desk(
                node=node.name,
                state=state if node.online else "offline",
                shows=presented(lab, service, "TVS"),
                knows=frozenset(identities | stores),
            )
        )
    return found


def _station(
    lab: Lab, node: Party, ctl: HeldList | None, now: datetime, *, mixed: bool
) -> Station:
    calls = services.get(lab.db, node.id, CALLS)
    tftp = services.get(lab.db, node.id, TFTP)
    entries = places.held(lab.db, node.id, "CallManager-trust")
    last = trust_lists.latest(lab.db, node.id, "ITL")
    return Station(
        node=node.name,
        online=node.online,
        calls=state_of(calls, now) if calls else None,
        serves=is_up(tftp, now),
        itl=as_held(lab, [last])[last.id] if last else None,
        ctl=ctl,
        file_signer=presented(lab, tftp, "CallManager"),
        server=presented(lab, calls, "CallManager"),
        mixed=mixed,
        issuers=issuers_that_verify(lab, entries, now),
        entries=frozenset(entries),
    )


def _served_ctl(lab: Lab, nodes: Sequence[Party]) -> HeldList | None:
    for node in nodes:
        if last := trust_lists.latest(lab.db, node.id, "CTL"):
            return as_held(lab, [last])[last.id]
    return None


def issuers_that_verify(lab: Lab, entries: set[str], now: datetime) -> frozenset[str]:
    """Entries of a store that end, by entries of it, in a root that it holds."""
    above = certificates.issuers_above(lab.db, entries)
    found = certificates.many(lab.db, entries)
    good: set[str] = set()
    edge = {each for each in entries if found[each].self_signed}
    while edge:
        good |= {each for each in edge if _in_validity(found[each], now)}
        edge = {
            each
            for each in entries - good
            if not good.isdisjoint(above[each]) and _in_validity(found[each], now)
        }
    return frozenset(good)


def _in_validity(certificate: Certificate, now: datetime) -> bool:
    return certificate.not_before <= now and not certificate.expired(now)
