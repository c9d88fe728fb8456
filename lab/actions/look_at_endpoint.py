"""Look at the certificates that a TLS endpoint presents; the lab stays as it is."""

from lab.actions.allow_addresses import networks_allowed
from lab.errors import LabError
from lab.lab import Lab
from lab.outside.tls_look import SECONDS, Look, look
from lab.pki.bundles import write_pem

__all__ = ["Look", "as_file", "look_at", "look_at_endpoint"]


def look_at(lab: Lab, endpoint: str, *, seconds: float = SECONDS) -> Look:
    """What the server at "host:port" presents, within so many seconds.

    Raises RuleError for an address that is not allowed, and BadInputError when there
    is no chain to see.
    """
    return look(endpoint, allowed=networks_allowed(lab), seconds=seconds)


def as_file(seen: Look) -> tuple[str, bytes]:
    """What was seen as a file to import: its name, and the chain as PEM."""
    return seen.name, write_pem(seen.chain)


def look_at_endpoint(
    lab: Lab, endpoint: str, *, seconds: float = SECONDS
) -> tuple[str, bytes | LabError]:
    """The same as a file to import: its name, and PEM or why there is none."""
    try:
        seen = look_at(lab, endpoint, seconds=seconds)
    except LabError as refusal:
        return endpoint, refusal
    return as_file(seen)
