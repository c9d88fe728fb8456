"""What CAPF asks for before it signs: `lab.rules.phone_certificates.LSC_RULES`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.phone_stations import desks, issuers_that_verify
from lab.actions.replication import check_online
from lab.actions.trust_list_parts import held_lists
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party, PartyKind, is_up
from lab.rules.phone_certificates import BY_LSC, BY_MIC
from lab.rules.restarts import CAPF
from lab.store import certificates, parties, phones, places, services
from lab.store.phones import PhoneRow
from lab.trust.phone_trust import Desk, HeldList, ask_tvs


@dataclass(frozen=True, kw_only=True)
class Capf:
    """The certificate authority proxy function, as it answers now."""

    node: Party
    certificate: Certificate  # what it signs with


def find_capf(lab: Lab, cluster: str, now: datetime) -> Capf:
    """CAPF on the publisher; a `RuleError` when it does not answer."""
    for node in parties.nodes(lab.db, cluster, PartyKind.UCM):
        service = services.get(lab.db, node.id, CAPF)
        if service is None:
            continue
        check_online(node)
        if not is_up(service, now):
            raise RuleError(
                "{service} on {node} does not run",
                hint="Start or activate it, and wait until it has started.",
                service=CAPF,
                node=node.name,
            )
        if loaded := services.loaded(lab.db, service.id).get("CAPF"):
            return Capf(node=node, certificate=certificates.get(lab.db, loaded))
    raise RuleError(
        "{cluster} has no CAPF certificate",
        hint="Install its publisher first.",
        cluster=cluster,
    )


def check_phones(
    lab: Lab, capf: Capf, found: Sequence[Party], authentication: str, now: datetime
) -> None:
    """Refuse for all when one phone does not know CAPF, or CAPF not the phone."""
    if not found:
        return
    cluster = capf.node.cluster
    rows = phones.rows(lab.db, cluster, devices=[phone.name for phone in found])
    _check_known(lab, capf, rows, now)
    if authentication in (BY_LSC, BY_MIC):
        first = "LSC" if authentication == BY_LSC else "MIC"
        _check_shown(lab, capf, found, first, now)


def _check_known(lab: Lab, capf: Capf, rows: Sequence[PhoneRow], now: datetime) -> None:
    held = held_lists(lab, {number for row in rows for number in (row.itl, row.ctl)})
    nodes = parties.nodes(lab.db, capf.node.cluster, PartyKind.UCM)
    around = desks(lab, capf.node.cluster, nodes, now)
    known: dict[tuple[int | None, int | None], bool] = {}
    for row in rows:
        key = row.itl, row.ctl
        if key not in known:
            known[key] = _knows(held, key, capf.certificate.sha256, around)
        if not known[key]:
            raise RuleError(
                "{device} does not know {capf}, with which CAPF signs: its lists do "
                "not hold it, and no TVS vouches for it",
                hint="Reset the phone, so that it takes the newest lists.",
                device=row.name,
                capf=capf.certificate.common_name,
            )


def _knows(
    held: Mapping[int, HeldList],
    key: tuple[int | None, int | None],
    sha256: str,
    around: Sequence[Desk],
) -> bool:
    itl, ctl = (held[number] if number else None for number in key)
    if itl is None and ctl is None:
        return True  # it has nothing yet to compare with
    if any(each and each.knows(sha256, ("CAPF",)) for each in (ctl, itl)):
        return True
    return ask_tvs(itl, sha256, around)[0]


def _check_shown(
    lab: Lab, capf: Capf, found: Sequence[Party], first: str, now: datetime
) -> None:
    entries = places.entries(lab.db, capf.node.id, "CAPF-trust")
    store = {entry.certificate for entry in entries}
    # What CAPF signed itself it knows by its own certificate.
    trusted = issuers_that_verify(lab, store, now) | {capf.certificate.sha256}
    for phone in found:
        names = ("LSC", "MIC") if first == "LSC" else ("MIC", "LSC")
        slots = (places.slot(lab.db, phone.id, name) for name in names)
        place = next((each for each in slots if each), None)
        if place is None:
            raise RuleError(
                "{device} has no certificate to show",
                hint="Choose another authentication mode.",
                device=phone.name,
            )
        shown = certificates.get(lab.db, place.certificate)
        above = set(certificates.issuers_of(lab.db, shown.sha256))
        if trusted.isdisjoint(above):
            raise RuleError(
                "{device} shows its {name}, signed by {issuer}, which CAPF-trust on "
                "{node} does not hold",
                hint="Upload the chain of its issuer to CAPF-trust, or choose another "
                "authentication mode.",
                device=phone.name,
                name=place.name,
                issuer=shown.issuer_common_name or shown.issuer,
                node=capf.node.name,
            )
        if shown.expired(now):
            raise RuleError(
                "{device} shows its {name}, which ended on {end}",
                hint="Choose another authentication mode.",
                device=phone.name,
                name=place.name,
                end=utc_text(shown.not_after),
            )
