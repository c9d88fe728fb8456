"""Which faults are at work: those set in the lab, and those of `LAB_FAULTS`."""

import os
import re
from functools import lru_cache

from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.models import Fault
from lab.rules.faults import (
    CHANNELS,
    CRL,
    FAULTS,
    MOST_SECONDS,
    OCSP,
    OF_ONE_ENTRY,
    SLOW_SECONDS,
    FaultRule,
)
from lab.store import certificates, faults, parties

VARIABLE = "LAB_FAULTS"
ALL = "*"  # how a person writes the target that is everything

_MOST_LETTERS, _MOST_FAULTS = 10_000, 100
_SHOWN = 80
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_AUTHORITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ENTRY = re.compile(
    r"(?P<target>[^=]*)=(?P<fault>[^:@]*)(:(?P<seconds>[^:@]*))?(@(?P<channel>[^@]*))?"
)


def fault_for(lab: Lab, sha256: str, authority: str, channel: str) -> Fault | None:
    """The fault of an answer about this certificate of this authority, or None.

    One of the certificate counts before one of the authority, that before one of
    everything; of two at the same place the lab's before that of `LAB_FAULTS`. An
    empty `sha256` stands for a certificate that the lab does not know. Raises
    `BadInputError` when `LAB_FAULTS` cannot be read.
    """
    places = [each for each in (sha256, authority) if each] + [""]
    found = {fault.target: fault for fault in faults.at(lab.db, places, channel)}
    for fault in faults_of_environment():
        if fault.channel == channel:
            found.setdefault(fault.target, fault)
    return next((found[place] for place in places if place in found), None)


def active_faults(lab: Lab) -> list[Fault]:
    """All that are at work, those of the lab first.

    Raises `BadInputError` when `LAB_FAULTS` cannot be read, and `RuleError` when it
    names a target that the lab does not have.
    """
    for fault in faults_of_environment():
        check_target(lab, fault.target)
    return faults.every(lab.db) + list(faults_of_environment())


def faults_of_environment() -> tuple[Fault, ...]:
    """What `LAB_FAULTS` says; `BadInputError` when it cannot be read.

    Its form is TARGET=FAULT[:SECONDS][@OCSP|@CRL], separated by commas; the target is
    an authority, a fingerprint or `*`.
    """
    text = os.environ.get(VARIABLE, "")
    return _read(text) if text else ()


def check_target(lab: Lab, target: str) -> None:
    """A `RuleError` unless it is a fingerprint or an authority of the lab, or empty."""
    if not target or certificates.known(lab.db, target):
        return
    known = [authority.name for authority in parties.authorities(lab.db)]
    if target not in known:
        raise RuleError(
            "the lab has no authority and no certificate {target} to fail for",
            hint="Name an authority ({known}), a fingerprint, or * for all.",
            target=repr(target[:_SHOWN]),
            known=", ".join(known) or "there is none",
        )


def rule_of(name: str) -> FaultRule:
    """The row of a fault that may be set; a `BadInputError` or `RuleError` if none."""
    if name not in FAULTS:
        raise BadInputError(
            "there is no fault {name}",
            hint="Choose one of: {known}.",
            name=repr(name[:_SHOWN]),
            known=", ".join(row.name for row in FAULTS.values() if row.settable),
        )
    if not FAULTS[name].settable:
        raise RuleError(
            "a responder that answers cannot be {name}",
            hint="Stop the server, or choose slow or http_500.",
            name=name,
        )
    return FAULTS[name]


def channels_for(rule: FaultRule, target: str, channel: str = "") -> tuple[str, ...]:
    """Where the target can have the fault; a refusal when not on the channel asked for.

    A list is of many certificates: a single one can only be on it, or not.
    """
    is_one = bool(_FINGERPRINT.fullmatch(target))
    could = tuple(
        each
        for each in rule.channels
        if each == OCSP or not is_one or rule.name in OF_ONE_ENTRY
    )
    if channel and channel not in CHANNELS:
        raise BadInputError(
            "{channel} is no way to ask for revocation",
            hint="Choose OCSP or CRL.",
            channel=repr(channel[:_SHOWN]),
        )
    if not could or (channel and channel not in could):
        raise RuleError(
            "{fault} cannot be a fault of {channel} for {target}",
            hint="Choose another fault, the other of OCSP and CRL, or an authority in "
            "place of a certificate.",
            fault=rule.name,
            channel=channel or CRL,
            target=target or ALL,
        )
    return (channel,) if channel else could


def seconds_of(rule: FaultRule, text: str) -> float:
    """How late a slow answer is; `text` is what a person wrote, or empty."""
    if rule.name != "slow":
        if text:
            raise RuleError(
                "{fault} takes no seconds; {seconds} were given",
                hint="Leave them out: only slow is about time.",
                fault=rule.name,
                seconds=repr(text[:_SHOWN]),
            )
        return 0
    try:
        seconds = float(text or SLOW_SECONDS)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= MOST_SECONDS:  # which "nan" is not either
        raise BadInputError(
            "{seconds} is no number of seconds to be late by",
            hint="Choose more than 0 and at most {most}.",
            seconds=repr(text[:_SHOWN]),
            most=f"{MOST_SECONDS:g}",
        )
    return seconds


@lru_cache(maxsize=4)
def _read(text: str) -> tuple[Fault, ...]:
    entries = text[: _MOST_LETTERS + 1].split(",")
    if len(text) > _MOST_LETTERS or len(entries) > _MOST_FAULTS:
        raise BadInputError(
            "{variable} has {letters} letters and {count} faults or more",
            hint="Write at most {most_letters} letters and {most} faults.",
            variable=VARIABLE,
            letters=len(text),
            count=len(entries),
            most_letters=_MOST_LETTERS,
            most=_MOST_FAULTS,
        )
    found: dict[tuple[str, str], Fault] = {}
    for entry in entries:
        for fault in _read_entry(entry.strip()):
            if (fault.target, fault.channel) in found:
                raise BadInputError(
                    "{variable} has two faults of {channel} for {target}",
                    hint="Leave one of them out.",
                    variable=VARIABLE,
                    channel=fault.channel,
                    target=fault.target or ALL,
                )
            found[fault.target, fault.channel] = fault
    return tuple(found.values())


def _read_entry(entry: str) -> list[Fault]:
    parts = _ENTRY.fullmatch(entry)
    target = read_target(parts["target"]) if parts else None
    if parts is None or target is None:
        raise _no_entry(entry)
    rule = rule_of(parts["fault"].strip())
    seconds = seconds_of(rule, (parts["seconds"] or "").strip())
    if "" in (parts["seconds"], parts["channel"]):
        raise _no_entry(entry)
    channel = (parts["channel"] or "").strip().upper()
    return [
        Fault(target=target, channel=each, fault=rule.name, seconds=seconds)
        for each in channels_for(rule, target, channel)
    ]


def _no_entry(entry: str) -> BadInputError:
    return BadInputError(
        "{entry} in {variable} is no fault",
        hint="Write TARGET=FAULT, TARGET=slow:SECONDS or TARGET=FAULT@OCSP, where "
        "TARGET is an authority, a fingerprint or *.",
        entry=repr(entry[:_SHOWN]),
        variable=VARIABLE,
    )


def read_target(text: str) -> str | None:
    """A target as it is kept: empty for `*`, in small letters; None if it is none."""
    name = text.strip().lower()
    if name == ALL:
        return ""
    if _FINGERPRINT.fullmatch(name.replace(":", "")):
        return name.replace(":", "")
    return name if _AUTHORITY.fullmatch(name) else None
