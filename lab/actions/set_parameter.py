"""Set an enterprise parameter of a cluster."""

from lab.actions.deed import deed, record
from lab.errors import RuleError
from lab.lab import Lab
from lab.rules.replacements import CIPHER_PARAMETERS
from lab.store import parties, settings


def set_parameter(lab: Lab, cluster: str, name: str, value: str) -> None:
    """Set it for the whole cluster; services notice when they are restarted.

    Raises `RuleError` for a parameter the lab does not model, and for a value that
    is not one of its choices. Source: facts §1.11.
    """
    with deed(lab) as now:
        parties.cluster(lab.db, cluster)
        choices = {row.name: row.options for row in CIPHER_PARAMETERS if row.options}
        if name not in choices:
            raise RuleError(
                "there is no enterprise parameter called {name}",
                hint="The lab models: {known}.",
                name=repr(name),
                known=", ".join(choices),
            )
        if value not in choices[name]:
            raise RuleError(
                "{name} cannot be {value}",
                hint="The choices are: {known}.",
                name=name,
                value=repr(value),
                known=", ".join(choices[name]),
            )
        settings.put_parameter(lab.db, cluster, name, value)
        record(lab, now, "parameter.set", f"{name} of {cluster}", value)


def shows_elliptic(lab: Lab, cluster: str, purpose: str) -> bool:
    """Whether the cluster's cipher parameters let a service present this purpose.

    The first choice of a parameter is its default: RSA only for web pages.
    """
    for row in CIPHER_PARAMETERS:
        if row.options and purpose in row.purposes:
            chosen = settings.parameter(lab.db, cluster, row.name)
            return (chosen or row.options[0]) != row.options[0]
    return True
