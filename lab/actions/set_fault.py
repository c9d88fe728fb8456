"""Have a responder or a list do something wrong on purpose, and stop it again."""

from lab.actions.deed import deed, record
from lab.actions.faults import (
    ALL,
    channels_for,
    check_target,
    read_target,
    rule_of,
    seconds_of,
)
from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.models import Fault
from lab.rules.faults import CHANNELS
from lab.store import faults

_SHOWN = 80


def set_fault(
    lab: Lab, target: str, channel: str, fault: str, seconds: float = 0
) -> list[Fault]:
    """Set a fault of an authority, of a certificate (its fingerprint) or of all ("*").

    `channel` is "OCSP" or "CRL"; empty stands for each that can have the fault, and
    then the target has no other one. `seconds` are how late a slow answer comes, 0
    for the usual 10. What the target had before is replaced. Raises `BadInputError`
    for words that nobody knows, `RuleError` for what cannot be.
    """
    with deed(lab) as now:
        named = _target(target)
        check_target(lab, named)
        rule = rule_of(fault)
        late = seconds_of(rule, f"{seconds:g}" if seconds else "")
        channels = channels_for(rule, named, channel)
        made = [
            Fault(target=named, channel=each, fault=fault, seconds=late, since=now)
            for each in channels
        ]
        for each in () if channel else CHANNELS:
            faults.drop(lab.db, named, each)
        for one in made:
            faults.put(lab.db, one, now)
        detail = f"{' and '.join(channels)}: {fault}"
        if late:
            detail += f", {late:g} seconds"
        record(lab, now, "fault.set", named or ALL, detail)
    return made


def clear_faults(lab: Lab, target: str = "") -> list[Fault]:
    """Take back the faults of a target ("*": those of all alike), or all there are.

    Returns what was taken back. A `RuleError` when there is none; what `LAB_FAULTS`
    says stays at work for as long as the process lives.
    """
    with deed(lab) as now:
        gone = faults.of(lab.db, _target(target)) if target else faults.every(lab.db)
        if not gone:
            raise RuleError(
                "no fault is set for {target}",
                hint="See which ones are with: python -m lab faults list. Those of "
                "LAB_FAULTS end with the process.",
                target=repr(target[:_SHOWN]) if target else "anything",
            )
        for fault in gone:
            faults.drop(lab.db, fault.target, fault.channel)
            detail = f"{fault.channel}: {fault.fault}"
            record(lab, now, "fault.cleared", fault.target or ALL, detail)
    return gone


def _target(text: str) -> str:
    found = read_target(text or ALL)
    if found is None:
        raise BadInputError(
            "{target} is neither an authority nor a fingerprint",
            hint="Name an authority, a fingerprint of 64 hex digits, or * for all.",
            target=repr(text[:_SHOWN]),
        )
    return found
