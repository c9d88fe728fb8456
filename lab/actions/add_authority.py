"""Found a certificate authority whose key the lab holds."""

import re
from dataclasses import replace
from datetime import datetime

from lab.actions.deed import days_after, deed, record
from lab.actions.issue_ocsp_signer import issue_ocsp_signer
from lab.actions.issuer_urls import issuer_urls
from lab.actions.judge import add_certificate
from lab.actions.key_ring import new_key, private_key
from lab.actions.publish_crl import publish_crl
from lab.actions.set_authority import check_authority
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Authority, KeySpec, Party, PartyKind, SubjectFields
from lab.pki.certificates import build_issuing, build_root
from lab.pki.reading import read_certificate
from lab.store import certificates, parties, places

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DEFAULT_KEY = KeySpec(type="RSA", size=2048)


def add_authority(
    lab: Lab,
    name: str,
    label: str,
    *,
    role: str = "root",
    parent: str = "",
    organization: str = "",
    key: KeySpec = _DEFAULT_KEY,
    days: int = 3650,
    crl_days: int = 30,
    ocsp: bool | str = False,
) -> Authority:
    """Make a root, or with `parent` an issuing CA below it; publish its first CRL.

    `name` is its place in the lab's URLs: small letters, digits and hyphens. `label`
    is its common name. `ocsp` says who signs its OCSP answers: "none", "delegated"
    (as True) or "authority"; a delegated signer is issued with it.
    """
    with deed(lab) as now:
        _check_name(lab, name, label)
        authority = Authority(
            party=0,
            name=name,
            label=label,
            role=role,
            certificate="",
            crl_days=crl_days,
            ocsp=ocsp if isinstance(ocsp, str) else "delegated" if ocsp else "none",
        )
        check_authority(authority)
        authority_key = new_key(lab, key)
        subject = SubjectFields(common_name=label, organization=organization)
        not_after = days_after(now, days)
        if parent:
            above = parties.authority(lab.db, parent)
            issuer = certificates.get(lab.db, above.certificate)
            _check_outlives(issuer.not_after, not_after, label, above.label)
            der = build_issuing(
                subject=subject,
                public_key=authority_key.public_key(),
                issuer_certificate=issuer.der,
                issuer_key=private_key(lab, issuer.key_id),
                not_before=now,
                not_after=not_after,
                urls=issuer_urls(lab, above.name, is_ca=True),
                # One more CA may stand below: the phones' CA (CAPF) of a cluster.
                path_length=1,
            )
        else:
            der = build_root(
                subject=subject, key=authority_key, not_before=now, not_after=not_after
            )
        certificate = read_certificate(der)
        add_certificate(lab.db, certificate)
        party = parties.add(
            lab.db,
            Party(
                id=0,
                cluster="",
                kind=PartyKind.AUTHORITY,
                name=label,
                fqdn="",
                role=role,
            ),
        )
        authority = replace(authority, party=party.id, certificate=certificate.sha256)
        parties.add_authority(lab.db, authority)
        places.put_in_slot(
            lab.db, party.id, "CA", certificate.sha256, since=now, how="generated"
        )
        lab.touch(certificate.sha256)
        detail = f"{label}, {key}, until {utc_text(not_after)}"
        record(lab, now, "authority.added", name, detail)
        publish_crl(lab, name)
        if authority.ocsp == "delegated":
            issue_ocsp_signer(lab, name)
    return authority


def _check_name(lab: Lab, name: str, label: str) -> None:
    if not _NAME.fullmatch(name):
        raise RuleError(
            "{name} cannot be the name of an authority in the lab's URLs",
            hint="Use small letters, digits and hyphens.",
            name=repr(name),
        )
    if name in {each.name for each in parties.authorities(lab.db)}:
        raise RuleError(
            "the lab already has an authority called {name}",
            hint="Choose another name.",
            name=name,
        )
    # A name stands for one party only, whatever the cluster.
    if parties.named(lab.db, label):
        raise RuleError(
            "the lab already has something called {name}",
            hint="Choose another label.",
            name=label,
        )


def _check_outlives(
    issuer_end: datetime, end: datetime, label: str, above: str
) -> None:
    if end > issuer_end:
        raise RuleError(
            "{label} would end on {end}, after its issuer {above} on {issuer_end}",
            hint="Choose fewer days.",
            label=label,
            end=utc_text(end),
            above=above,
            issuer_end=utc_text(issuer_end),
        )
