"""The certificates that a TLS server presents: one connection, looked at and closed."""

import socket
from collections.abc import Sequence
from typing import NamedTuple

from lab.errors import BadInputError
from lab.outside.addresses import (
    Endpoint,
    Network,
    Resolve,
    Target,
    find_targets,
    read_endpoint,
)
from lab.outside.connecting import connect
from lab.outside.deadline import Deadline
from lab.outside.tls_handshake import Handshake, said_nothing

SECONDS = 5


class Look(NamedTuple):
    """What a TLS server showed."""

    name: str  # "host:port", with the port that was used
    chain: tuple[bytes, ...]  # DER as presented, the leaf first
    address: str
    protocol: str  # "TLSv1.3"
    cipher: str


def look(
    endpoint: str,
    *,
    allowed: Sequence[Network],
    seconds: float = SECONDS,
    resolve: Resolve = socket.getaddrinfo,
) -> Look:
    """Connect once, and return the chain that the server presents, unverified.

    Nothing else is asked: URLs in the certificates are not followed. Raises RuleError
    for an address outside `allowed`, and BadInputError when there is no chain to see
    within `seconds`, which count for the name, the connection and the handshake
    together. A server that breaks off after its certificates has still shown them.
    """
    there = read_endpoint(endpoint)
    deadline = Deadline(seconds)
    try:
        targets = find_targets(
            there, allowed=allowed, seconds=deadline.left(), resolve=resolve
        )
        connection, target = _connect(there, targets, deadline)
        handshake = Handshake(there)
        with connection:
            _run(handshake, connection, deadline)
    except TimeoutError:
        raise _no_answer(there, seconds) from None
    return Look(
        name=str(there),
        chain=handshake.chain,
        address=str(target.address),
        protocol=handshake.protocol,
        cipher=handshake.cipher,
    )


def _run(handshake: Handshake, connection: socket.socket, deadline: Deadline) -> None:
    try:
        handshake.run(connection, deadline)
    except (BadInputError, TimeoutError):
        if not handshake.chain:
            raise


def _connect(
    there: Endpoint, targets: Sequence[Target], deadline: Deadline
) -> tuple[socket.socket, Target]:
    try:
        return connect(there, targets, deadline)
    except ConnectionResetError:
        raise said_nothing(there) from None


def _no_answer(there: Endpoint, seconds: float) -> BadInputError:
    return BadInputError(
        "{endpoint} gives no answer within {seconds} seconds",
        hint="Check the address and the port, and firewalls on the way.",
        endpoint=there,
        seconds=f"{seconds:g}",
    )
