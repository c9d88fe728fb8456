"""The settings of a cluster's revocation checking: every field of its page."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from lab.actions.deed import deed, record
from lab.actions.follow_up import open_tasks
from lab.actions.plan_checks import replanning
from lab.effects import Effect, Follows
from lab.errors import BadInputError, LabError, RuleError
from lab.lab import Lab
from lab.models import Party
from lab.outside.urls import read_url
from lab.pki.names import visible
from lab.rules.restarts import FULL_CHAIN, OCSP_SETTINGS, OTHER_RESTARTS
from lab.rules.revocation import MOST_CRL_URIS, MOST_INTERVAL_DAYS, REVOCATION_FIELDS
from lab.store import parties, services
from lab.store.revocation_settings import (
    RevocationSettings,
    read_settings,
    write_setting,
)

_DEFAULTS = RevocationSettings()
_LABELS = {row.name: row.label for row in REVOCATION_FIELDS}
_UNITS = {"hours": timedelta(hours=1), "days": timedelta(days=1)}
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False}
_SWITCH |= {"no": False}
_MOST_LETTERS = 500
_SHOWN = 80


def revocation_settings(lab: Lab, cluster: str) -> RevocationSettings:
    """How this cluster asks; `NotFoundError` when there is no such cluster."""
    return read_settings(lab.db, parties.cluster(lab.db, cluster).name)


def set_revocation_settings(lab: Lab, cluster: str, **changes: object) -> list[Effect]:
    """Change these fields for the whole cluster, and return what follows.

    Raises `RuleError` for what the page would refuse, `BadInputError` for an address
    that is none, and `RuleError` when nothing would change. Source: facts §5.
    """
    with deed(lab) as now:
        home = parties.cluster(lab.db, cluster).name
        before = read_settings(lab.db, home)
        after = _changed(before, changes)
        different = [
            name for name in _LABELS if getattr(before, name) != getattr(after, name)
        ]
        if not different:
            raise RuleError(
                "{cluster} asks for revocation in just that way already",
                hint="Nothing needs to be done.",
                cluster=home,
            )
        _check(after)
        with replanning(lab, home, now):
            for name in different:
                write_setting(lab.db, home, name, getattr(after, name))
        detail = "; ".join(
            f"{_LABELS[name]}: {setting_text(getattr(before, name))} to "
            f"{setting_text(getattr(after, name))}"
            for name in different
        )
        record(lab, now, "revocation.set", home, detail)
        found = []
        for change in _changes_behind(before, after):
            effects = _restarts(lab, home, change)
            for first in _callers(lab, home)[:1]:
                open_tasks(lab, change, first, effects, now=now)
            found += effects
    return found


def setting_text(value: object) -> str:
    """A value as people read it, and as `read_setting` reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " ".join(value) or "none"
    return str(value) if value != "" else "none"


def read_setting(name: str, text: str) -> object:
    """What somebody wrote for a field, as that field has it."""
    written = text.strip()
    match getattr(_DEFAULTS, _known(name)):
        case bool():
            if written.lower() not in _SWITCH:
                raise _refused(name, text, "It is on or off.")
            return _SWITCH[written.lower()]
        case int():
            if not (written.isascii() and written.isdecimal() and len(written) < 10):
                raise _refused(name, text, "It is a whole number.")
            return int(written)
        case tuple():
            parts = written.replace(",", " ").split()
            return () if written == "none" else tuple(parts)
        case _:
            return "" if written == "none" else written


def _changed(
    before: RevocationSettings, changes: Mapping[str, object]
) -> RevocationSettings:
    found: dict[str, Any] = {}
    for name, value in changes.items():
        default = getattr(_DEFAULTS, _known(name))
        if isinstance(default, tuple) and isinstance(value, list | tuple):
            value = tuple(str(each).strip() for each in value if str(each).strip())
        if isinstance(default, str) and isinstance(value, str):
            value = value.strip()
        if type(value) is not type(default):
            raise _refused(name, value, "Write it as the page has it.")
        found[name] = value
    return replace(before, **found)


def _known(name: str) -> str:
    if name not in {field.name for field in fields(RevocationSettings)}:
        raise RuleError(
            "the settings of revocation have no field called {name}",
            hint="The fields are: {known}.",
            name=repr(name[:_SHOWN]),
            known=", ".join(_LABELS),
        )
    return name


def _check(after: RevocationSettings) -> None:
    """Refuse what the page would not save."""
    if after.unit not in _UNITS:
        raise _refused("unit", after.unit, "It is hours or days.")
    most = timedelta(days=MOST_INTERVAL_DAYS) // _UNITS[after.unit]
    if not 1 <= after.every <= most:
        raise RuleError(
            "{label} cannot be {every} {unit}",
            hint="It is a whole number from 1 to {most}.",
            label=_LABELS["every"],
            every=after.every,
            unit=after.unit,
            most=most,
        )
    if len(after.crl_uris) > MOST_CRL_URIS:
        raise RuleError(
            "there are {count} addresses of CRLs; the page takes {limit}",
            hint="Leave out those that no certificate needs.",
            count=len(after.crl_uris),
            limit=MOST_CRL_URIS,
        )
    for uri in after.crl_uris:
        _check_address("crl_uris", uri)
    if after.configured_uri:
        _check_address("configured_uri", after.configured_uri)
    if after.use_configured_uri and not after.configured_uri:
        raise RuleError(
            "{field} is on, and {address} is empty",
            hint="Write the address of the responder, or ask where the certificate "
            "says.",
            field=_LABELS["use_configured_uri"],
            address=_LABELS["configured_uri"],
        )
    somewhere = after.use_certificate_uri or after.use_configured_uri
    if after.enable_ocsp and not somewhere:
        raise RuleError(
            "{ocsp} is on, and neither {certificate} nor {configured} is",
            hint="Choose where the responder is asked.",
            ocsp=_LABELS["enable_ocsp"],
            certificate=_LABELS["use_certificate_uri"],
            configured=_LABELS["use_configured_uri"],
        )


def _check_address(name: str, uri: str) -> None:
    try:
        read_url(uri)
    except LabError as refusal:
        raise BadInputError(
            "{label}: {reason}",
            hint="{next_step}",
            label=_LABELS[name],
            reason=str(refusal),
            next_step=refusal.hint,
        ) from None
    if len(uri) > _MOST_LETTERS:
        raise BadInputError(
            "{label} has {count} characters; an address has at most {limit}",
            hint="Write a shorter address.",
            label=_LABELS[name],
            count=len(uri),
            limit=_MOST_LETTERS,
        )


def _refused(name: str, value: object, hint: str) -> RuleError:
    return RuleError(
        "{label} cannot be {value}",
        hint="{next_step}",
        label=_LABELS[name],
        value=repr(visible(str(value)[:_SHOWN])),
        next_step=hint,
    )


def _changes_behind(before: RevocationSettings, after: RevocationSettings) -> list[str]:
    """What was changed, in the words of the rules on restarts."""
    switched_on = after.full_chain and not before.full_chain
    return [OCSP_SETTINGS, *([FULL_CHAIN] if switched_on else [])]


def _callers(lab: Lab, cluster: str) -> list[Party]:
    return [node for node in parties.nodes(lab.db, cluster) if node.fqdn]


def _restarts(lab: Lab, cluster: str, change: str) -> list[Effect]:
    """The services to restart, where they run; an imported cluster has none."""
    running = {
        node.name: {
            each.name for each in services.of_party(lab.db, node.id) if each.running
        }
        for node in _callers(lab, cluster)
    }
    found = []
    for row in OTHER_RESTARTS:
        for service in row.services if row.change == change else ():
            nodes = tuple(name for name, runs in running.items() if service in runs)
            if nodes:
                found.append(
                    Effect(
                        kind=Follows.RESTART,
                        what=service,
                        nodes=nodes,
                        source=row.source,
                    )
                )
    return found
