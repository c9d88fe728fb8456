"""Where an endpoint is: read as text, resolved once, judged address by address."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from lab.errors import BadInputError, RuleError, UnreachableError
from lab.pki.names import visible

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
Resolve = Callable[..., Sequence[tuple[Any, ...]]]  # as socket.getaddrinfo

HTTPS = 443
_LONGEST = 1000  # an endpoint as somebody pastes it
_ENDPOINT = re.compile(
    r"(?:\[(?P<literal>[^\[\]]+)\]|(?P<host>[^\s\[\]:/?#@\\]+))(?::(?P<port>[0-9]{1,5}))?"
)
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
_SHOWN = 3  # addresses that a refusal names


class Endpoint(NamedTuple):
    """A host as DNS knows it, or an address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Target(NamedTuple):
    """One address that was found and may be spoken to."""

    address: Address
    family: int
    socket_address: tuple[Any, ...]  # what was judged is what is connected to


def read_endpoint(text: str) -> Endpoint:
    """Read "host:port", "[::1]:port", "host" (port 443) or an https:// address.

    Raises BadInputError for everything else. Names that are not ASCII are written as
    DNS and TLS have them (xn--…).
    """
    written = text.strip()
    if len(written) > _LONGEST:
        raise _no_endpoint(written)
    rest = written
    if written[:8].lower() == "https://":
        rest = re.split(r"[/?#]", written[8:], maxsplit=1)[0]
    found = _ENDPOINT.fullmatch(rest)
    if not found:
        raise _no_endpoint(written)
    port = int(found["port"]) if found["port"] else HTTPS
    if not 1 <= port <= 65535:
        raise BadInputError(
            "{port} is not a port",
            hint="Ports are numbers from 1 to 65535.",
            port=port,
        )
    try:
        if found["literal"]:
            IPv6Address(found["literal"])
            return Endpoint(found["literal"], port)
        host = found["host"].encode("idna").decode("ascii")
    except ValueError:
        raise _no_endpoint(written) from None
    if not _HOST.fullmatch(host):
        raise _no_endpoint(written)
    return Endpoint(host, port)


def find_targets(
    endpoint: Endpoint,
    *,
    allowed: Sequence[Network],
    seconds: float,
    resolve: Resolve = socket.getaddrinfo,
) -> list[Target]:
    """Resolve the host, once, and return its addresses that may be spoken to.

    Raises TimeoutError after `seconds`, UnreachableError when there is no such host,
    and RuleError when none of its addresses is allowed.
    """
    found = [
        Target(_address(row[4][0]), row[0], row[4])
        for row in _resolved(endpoint, seconds, resolve)
    ]
    targets = [each for each in found if _is_allowed(each.address, allowed)]
    if not targets:
        raise RuleError(
            "{endpoint} is at {addresses}, and the lab may not speak to that",
            hint="Allow it first, if you mean it: "
            "python -m lab addresses --allow {address}.",
            endpoint=endpoint,
            addresses=", ".join(str(each.address) for each in found[:_SHOWN]),
            address=found[0].address,
        )
    return targets


def is_literal(host: str) -> bool:
    """Whether the host is an address in any spelling: 127.1 and 0x7f000001 too."""
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return False
    return True


def _resolved(
    endpoint: Endpoint, seconds: float, resolve: Resolve
) -> Sequence[tuple[Any, ...]]:
    answer: SimpleQueue[Sequence[tuple[Any, ...]] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(resolve(*endpoint, type=socket.SOCK_STREAM))
        except OSError as error:
            answer.put(error)

    # The system's resolver cannot be interrupted, only left behind.
    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        found = answer.get(timeout=max(seconds, 0))
    except Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise UnreachableError(
            "{host} has no address: {reason}",
            hint="Check the spelling of the name, and the name server.",
            host=endpoint.host,
            reason=found.strerror,
        )
    return found


def _address(text: str) -> Address:
    address = ipaddress.ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped  # another spelling: RFC 4291 section 2.5.5.2
    return address


def _is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    return all(
        any(each in network for network in allowed) for each in _reached(address)
    )


def _reached(address: Address) -> tuple[Address, ...]:
    """The address, and the one that a gateway makes of it."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return (address, IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour:
            return (address, address.sixtofour)
    return (address,)


def _no_endpoint(text: str) -> BadInputError:
    return BadInputError(
        "{text} names no TLS endpoint",
        hint="Write host:port, such as cucm-pub.uc.example:8443 or [fd00::1]:443.",
        text=repr(visible(text[:80])),
    )
