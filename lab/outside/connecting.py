"""A connection to the first address of a host that answers."""

import socket
from collections.abc import Sequence

from lab.errors import UnreachableError
from lab.outside.addresses import Endpoint, Target
from lab.outside.deadline import Deadline


def connect(
    there: Endpoint, targets: Sequence[Target], deadline: Deadline
) -> tuple[socket.socket, Target]:
    """Connect to one of the targets, which were judged, and say to which.

    Raises UnreachableError when none takes the connection, TimeoutError when the last
    one is silent, and ConnectionResetError when it breaks off.
    """
    trouble: OSError = TimeoutError()
    for number, target in enumerate(targets):
        connection = socket.socket(target.family, socket.SOCK_STREAM)
        try:
            # One that is silent leaves time for those behind it.
            connection.settimeout(deadline.left() / (len(targets) - number))
            connection.connect(target.socket_address)
        except OSError as error:
            connection.close()
            trouble = error
        else:
            return connection, target
    if isinstance(trouble, TimeoutError | ConnectionResetError):
        raise trouble
    if isinstance(trouble, ConnectionRefusedError):
        raise UnreachableError(
            "{endpoint} refuses the connection",
            hint="Check the port, and that the service runs.",
            endpoint=there,
        )
    raise UnreachableError(
        "{endpoint} cannot be reached: {reason}",
        hint="Check the address, and the way to it.",
        endpoint=there,
        reason=trouble.strerror,
    )
