"""Let CAPF issue phones their locally significant certificates, or take them away."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lab.actions.deed import deed, record
from lab.actions.identities import put_in_slot
from lab.actions.judge import add_certificate
from lab.actions.key_ring import private_key
from lab.actions.lsc_checks import Capf, check_phones, find_capf
from lab.actions.lsc_order import LscOrder, check_order
from lab.actions.register_phones import register_phones
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, KeySpec, Party, PartyKind, SubjectFields
from lab.pki.certificates import build_lsc
from lab.pki.reading import read_certificate
from lab.rules.phone_certificates import DELETE
from lab.store import parties, places

_USUAL = LscOrder()


def issue_lsc(
    lab: Lab,
    cluster: str,
    devices: Sequence[str],
    *,
    days: int = 365,
    order: LscOrder = _USUAL,
) -> list[Certificate]:
    """Issue or renew the LSC of these phones with CAPF's key, or delete it.

    What cannot be done for one phone is refused for all: `lab.rules.phone_certificates`
    says what CAPF asks for. An LSC ends with CAPF's own certificate at the latest.
    Each phone registers anew with what it has then. Returns what was issued.
    """
    with deed(lab) as now:
        check_order(order, days)
        capf = find_capf(lab, cluster, now)
        phones = [_phone(lab, cluster, device) for device in devices]
        check_phones(lab, capf, phones, order.authentication, now)
        issued = []
        if order.operation == DELETE:
            gone = sum(_delete(lab, phone) for phone in phones)
            record(lab, now, "lsc.deleted", cluster, f"{gone} phones")
        else:
            issued = _issue(lab, capf, phones, order.key, days, now)
            signer = capf.certificate.common_name
            detail = f"{len(issued)} phones, {days} days, signed by {signer}"
            record(lab, now, "lsc.issued", cluster, detail)
        if devices:
            register_phones(lab, cluster, devices=devices)
    return issued


def _phone(lab: Lab, cluster: str, device: str) -> Party:
    party = parties.by_name(lab.db, cluster, device)
    if party.kind is not PartyKind.PHONE:
        raise RuleError(
            "{device} is no phone, so it has no LSC",
            hint="Name phones of the cluster.",
            device=device,
        )
    return party


def _issue(
    lab: Lab,
    capf: Capf,
    phones: Sequence[Party],
    spec: KeySpec,
    days: int,
    now: datetime,
) -> list[Certificate]:
    signer = capf.certificate
    key = private_key(lab, signer.key_id)
    end = min(now + timedelta(days=days, seconds=-1), signer.not_after)
    issued = []
    for phone in phones:
        certificate = read_certificate(
            build_lsc(
                subject=SubjectFields(
                    common_name=phone.name, organization=phone.cluster
                ),
                # The phone makes its key, and keeps it to itself.
                public_key=lab.make_key(spec).public_key(),
                issuer_certificate=signer.der,
                issuer_key=key,
                not_before=now,
                not_after=end,
            )
        )
        add_certificate(lab.db, certificate)
        put_in_slot(
            lab,
            phone.id,
            "LSC",
            certificate.sha256,
            since=now,
            how="issued",
            description=f"Certificate Signed by {signer.common_name}",
        )
        issued.append(certificate)
    return issued


def _delete(lab: Lab, phone: Party) -> bool:
    place = places.slot(lab.db, phone.id, "LSC")
    if place is None:
        return False
    places.remove(lab.db, place.id)
    lab.touch(place.certificate)
    return True
