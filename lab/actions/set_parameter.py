"""Set an enterprise parameter of a cluster."""

from lab.actions.deed import deed, record
from lab.actions.follow_up import follow_up
from lab.actions.plan_checks import replanning
from lab.effects import Effect
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import PartyKind
from lab.rules.parameters import PARAMETERS, Parameter
from lab.store import parties, settings

_SHOWN = 80  # letters of what is no choice


def set_parameter(lab: Lab, cluster: str, name: str, value: str) -> list[Effect]:
    """Set it for the whole cluster, and return what follows.

    Raises `NotFoundError` for an unknown cluster, `RuleError` for an imported one, for
    a parameter that the lab does not model, for a value that is not one of its choices,
    and for the value that it has already. Source: facts §1.8, §1.11, §5.
    """
    with deed(lab) as now:
        home = parties.cluster(lab.db, cluster).name
        callers = [
            node for node in parties.nodes(lab.db, home, PartyKind.UCM) if node.fqdn
        ]
        if not callers:
            raise RuleError(
                "{cluster} has no Unified CM node that the lab runs",
                hint="Parameters belong to clusters that the lab runs itself.",
                cluster=home,
            )
        row = PARAMETERS.get(name)
        if row is None:
            raise RuleError(
                "there is no enterprise parameter called {name}",
                hint="The lab models: {known}.",
                name=repr(name[:_SHOWN]),
                known=", ".join(PARAMETERS),
            )
        _check_value(row, value)
        before = parameter(lab, home, name)
        if value == before:
            raise RuleError(
                "{name} of {cluster} is {value} already",
                hint="Nothing needs to be done.",
                name=name,
                cluster=home,
                value=repr(value[:_SHOWN]),
            )
        with replanning(lab, home, now):
            settings.put_parameter(lab.db, home, name, value)
        detail = f"{before} to {value}"
        record(lab, now, "parameter.set", f"{name} of {home}", detail)
        return follow_up(lab, name, callers[0], now=now)


def parameter(lab: Lab, cluster: str, name: str) -> str:
    """The present value of an enterprise parameter: the one set, else its default."""
    return settings.parameter(lab.db, cluster, name) or PARAMETERS[name].default


def shows_elliptic(lab: Lab, cluster: str, purpose: str) -> bool:
    """Whether the cluster's cipher parameters let a service present this purpose."""
    for row in PARAMETERS.values():
        if row.elliptic and purpose in row.purposes:
            return parameter(lab, cluster, row.name) in row.elliptic
    return True


def _check_value(row: Parameter, value: str) -> None:
    if value in row.options or _is_number(row, value):
        return
    if row.most:
        raise RuleError(
            "{name} cannot be {value}",
            hint="It is a whole number from {least} to {most}.",
            name=row.name,
            value=repr(value[:_SHOWN]),
            least=row.least,
            most=row.most,
        )
    raise RuleError(
        "{name} cannot be {value}",
        hint="The choices are: {known}.",
        name=row.name,
        value=repr(value[:_SHOWN]),
        known=", ".join(row.options),
    )


def _is_number(row: Parameter, value: str) -> bool:
    """Whether it is one of the whole numbers that this parameter can be."""
    if not (row.most and value.isascii() and value.isdecimal() and len(value) < 10):
        return False
    return str(int(value)) == value and row.least <= int(value) <= row.most
