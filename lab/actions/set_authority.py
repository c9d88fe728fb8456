"""Set how an authority answers for what it has issued, and how it publishes lists."""

from dataclasses import replace
from typing import Any

from lab.actions.deed import deed, record
from lab.actions.issue_ocsp_signer import check_signer_key, issue_ocsp_signer
from lab.actions.publish_crl import DELTA_JOB, FULL_JOB, publish_crl
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Authority, KeySpec
from lab.rules.publishing import CRL_SCOPES, LIMITS, OCSP_MODES
from lab.store import certificates, jobs, parties, places

_WORDS = {
    "ocsp": "OCSP",
    "ocsp_minutes": "OCSP minutes",
    "delta_hours": "delta hours",
    "crl_days": "CRL days",
    "crl_scope": "CRL scope",
}
_IN_LISTS = {"delta_hours", "crl_days", "crl_scope"}


def set_authority(
    lab: Lab,
    name: str,
    *,
    ocsp: str | None = None,
    ocsp_minutes: int | None = None,
    delta_hours: int | None = None,
    crl_days: int | None = None,
    crl_scope: str | None = None,
    signer_key: KeySpec | None = None,
) -> Authority:
    """Set what is given; the rest stays.

    `ocsp` is who signs its answers: "none", "delegated" or "authority"; a delegated
    signer is issued at once, with a `signer_key` of EC 256 or RSA 2048. An answer
    holds for `ocsp_minutes`, a full list for `crl_days`; `delta_hours` are between two
    delta lists (0: none). With the scope "separate" users and authorities also have
    lists of their own. New lists are published when they are to be other ones.
    """
    with deed(lab) as now:
        before = parties.authority(lab.db, name)
        wanted: dict[str, Any] = {
            "ocsp": ocsp,
            "ocsp_minutes": ocsp_minutes,
            "delta_hours": delta_hours,
            "crl_days": crl_days,
            "crl_scope": crl_scope,
        }
        changes = {
            field: value
            for field, value in wanted.items()
            if value is not None and value != getattr(before, field)
        }
        after = replace(before, **changes)
        check_authority(after)
        has_other_key = _has_other_key(lab, after, signer_key)
        if not changes and not has_other_key:
            raise RuleError(
                "{name} is set like this already",
                hint="Nothing needs to be done.",
                name=name,
            )
        parties.change_authority(lab.db, after)
        told = [
            f"{_WORDS[field]} {getattr(before, field)} to {value}"
            for field, value in changes.items()
        ]
        if has_other_key:
            told.append(f"signer key {signer_key}")
        record(lab, now, "authority.set", name, ", ".join(told))
        _follow_ocsp(lab, before, after, signer_key if has_other_key else None)
        if _IN_LISTS & set(changes):
            jobs.cancel(lab.db, FULL_JOB, name)
            jobs.cancel(lab.db, DELTA_JOB, name)
            publish_crl(lab, name)
    return after


def check_authority(authority: Authority) -> None:
    """Raise a `RuleError` for a setting that cannot be."""
    for field, choices in (("ocsp", OCSP_MODES), ("crl_scope", CRL_SCOPES)):
        value = getattr(authority, field)
        if value not in choices:
            raise RuleError(
                "{what} cannot be {value}",
                hint="Choose one of: {known}.",
                what=_WORDS[field],
                value=repr(value),
                known=", ".join(choices),
            )
    for field, limit in LIMITS.items():
        value, refusal = getattr(authority, field), limit.refusal
        if value != int(value) or not limit.least <= value <= limit.most:
            raise RuleError(
                refusal,
                hint="Choose {least} to {most} in whole numbers.",
                value=value,
                least=limit.least,
                most=limit.most,
            )
    if authority.delta_hours >= 24 * authority.crl_days:
        raise RuleError(
            "a delta CRL every {hours} hours is no more often than a full one every "
            "{days} days",
            hint="Choose fewer hours, or 0 for no deltas.",
            hours=authority.delta_hours,
            days=authority.crl_days,
        )


def _has_other_key(lab: Lab, after: Authority, wanted: KeySpec | None) -> bool:
    if wanted is None:
        return False
    check_signer_key(wanted)
    if after.ocsp != "delegated":
        raise RuleError(
            "{name} has no delegated signer that could have a key of {key}",
            hint="Have its answers signed by a delegated signer first.",
            name=after.name,
            key=wanted,
        )
    place = places.slot(lab.db, after.party, "OCSP signer")
    if place is None:
        return True
    signer = certificates.get(lab.db, place.certificate)
    return KeySpec(type=signer.key_type, size=signer.key_size) != wanted


def _follow_ocsp(
    lab: Lab, before: Authority, after: Authority, key: KeySpec | None
) -> None:
    """Issue a signer, or put away the one that is not asked any more."""
    if after.ocsp == "delegated":
        if before.ocsp != after.ocsp or key:
            issue_ocsp_signer(lab, after.name, key=key)
        return
    jobs.cancel(lab.db, "issue_ocsp_signer", after.name)
    place = places.slot(lab.db, after.party, "OCSP signer")
    if place:
        places.remove(lab.db, place.id)
        lab.touch(place.certificate)
