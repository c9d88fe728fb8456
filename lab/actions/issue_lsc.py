"""Let CAPF issue phones their locally significant certificates."""

from collections.abc import Sequence
from datetime import timedelta

from lab.actions.deed import deed, record
from lab.actions.identities import put_in_slot
from lab.actions.judge import add_certificate
from lab.actions.key_ring import private_key
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, KeySpec, PartyKind, SubjectFields
from lab.pki.certificates import build_lsc
from lab.pki.reading import read_certificate
from lab.store import certificates, parties, places

_KEY = KeySpec(type="RSA", size=2048)
_MOST_DAYS = 1825  # the service parameter's range: CAPF guide, release 15


def issue_lsc(
    lab: Lab, cluster: str, devices: Sequence[str], *, days: int = 365
) -> list[Certificate]:
    """Issue or renew the LSC of these phones with the publisher's CAPF key.

    An LSC ends with CAPF's own certificate at the latest. Raises `RuleError` for more
    than 1825 days, for what is no phone, and while the cluster has no CAPF
    certificate.
    """
    with deed(lab) as now:
        if not 1 <= days <= _MOST_DAYS:
            raise RuleError(
                "an LSC cannot be valid for {days} days",
                hint="CAPF takes 1 to {limit} days.",
                days=days,
                limit=_MOST_DAYS,
            )
        capf = next(
            (
                place
                for node in parties.nodes(lab.db, cluster, PartyKind.UCM)
                if (place := places.slot(lab.db, node.id, "CAPF"))
            ),
            None,
        )
        if capf is None:
            raise RuleError(
                "{cluster} has no CAPF certificate",
                hint="Install its publisher first.",
                cluster=cluster,
            )
        issuer = certificates.get(lab.db, capf.certificate)
        key = private_key(lab, issuer.key_id)
        issued = []
        for device in devices:
            party = parties.by_name(lab.db, cluster, device)
            if party.kind is not PartyKind.PHONE:
                raise RuleError(
                    "{device} is no phone, so it has no LSC",
                    hint="Name phones of the cluster.",
                    device=device,
                )
            phone_key = lab.make_key(_KEY)
            certificate = read_certificate(
                build_lsc(
                    subject=SubjectFields(common_name=device, organization=cluster),
                    public_key=phone_key.public_key(),
                    issuer_certificate=issuer.der,
                    issuer_key=key,
                    not_before=now,
                    not_after=min(
                        now + timedelta(days=days, seconds=-1), issuer.not_after
                    ),
                )
            )
            add_certificate(lab.db, certificate)
            put_in_slot(
                lab,
                party.id,
                "LSC",
                certificate.sha256,
                since=now,
                how="issued",
                description=f"Certificate Signed by {issuer.common_name}",
            )
            issued.append(certificate)
        detail = f"{len(issued)} phones, {days} days, signed by {issuer.common_name}"
        record(lab, now, "lsc.issued", cluster, detail)
    return issued
