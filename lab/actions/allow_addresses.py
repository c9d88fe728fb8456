"""Say which addresses the lab may speak to, beside those that the rules allow."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from lab.actions.deed import deed, record
from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.rules.addresses import NETWORKS
from lab.store import settings

Network = IPv4Network | IPv6Network

_MOST = 50
_SHOWN = 80  # letters of what is no network
_MAPPED = IPv6Network("::ffff:0:0/96")  # IPv4 in another spelling: RFC 4291 2.5.5.2


def allow_addresses(lab: Lab, network: str) -> Network:
    """Let the lab speak to a network, such as "192.0.2.0/24", or to one address.

    It is the person's decision: "0.0.0.0/0" is allowed too, and the event says so.
    Raises BadInputError for what is no network, RuleError when it is allowed already
    and when there are 50.
    """
    with deed(lab) as now:
        wanted = _read(network)
        chosen = settings.allowed_networks(lab.db)
        for known in networks_allowed(lab):
            if _is_within(wanted, known):
                raise RuleError(
                    "{network} is allowed already, within {known}",
                    hint="Nothing needs to be done.",
                    network=wanted,
                    known=known,
                )
        if len(chosen) >= _MOST:
            raise RuleError(
                "{count} networks are allowed already, and that is the most",
                hint="Forbid one, or allow a wider one in place of several.",
                count=len(chosen),
            )
        settings.set_allowed_networks(lab.db, [*chosen, wanted])
        record(lab, now, "addresses.allowed", str(wanted))
    return wanted


def forbid_addresses(lab: Lab, network: str) -> Network:
    """Take back what `allow_addresses` allowed.

    Raises BadInputError for what is no network, RuleError when it was not allowed.
    """
    with deed(lab) as now:
        unwanted = _read(network)
        chosen = settings.allowed_networks(lab.db)
        if unwanted not in chosen:
            raise RuleError(
                "{network} is not among the networks that were allowed: {known}",
                hint="Name one of them. What the rules allow stays allowed.",
                network=unwanted,
                known=", ".join(map(str, chosen)) or "there are none",
            )
        settings.set_allowed_networks(
            lab.db, [each for each in chosen if each != unwanted]
        )
        record(lab, now, "addresses.forbidden", str(unwanted))
    return unwanted


def networks_allowed(lab: Lab) -> list[Network]:
    """Every network that the lab may speak to: by the rules, and by its settings."""
    return [*_BY_RULE, *settings.allowed_networks(lab.db)]


def _read(text: str) -> Network:
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadInputError(
            "{text} is no network",
            hint="Write it like 192.0.2.0/24 or fd00:1::/64, or give one address.",
            text=repr(text[:_SHOWN]),
        ) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        start = int(network.network_address) & 0xFFFFFFFF
        return IPv4Network((start, network.prefixlen - 96))
    return network


def _is_within(inner: Network, outer: Network) -> bool:
    match inner, outer:
        case (IPv4Network(), IPv4Network()) | (IPv6Network(), IPv6Network()):
            return inner.subnet_of(outer)  # type: ignore[arg-type]  # one kind
    return False


def _without(networks: Iterable[Network], hole: Network) -> Iterator[Network]:
    """The networks, in pieces where the hole is within one of them."""
    for network in networks:
        if _is_within(hole, network):
            yield from network.address_exclude(hole)  # type: ignore[arg-type]  # one kind
        else:
            yield network


def _by_rule() -> tuple[Network, ...]:
    left: Iterable[Network] = [
        ip_network(row.network) for row in NETWORKS if row.allowed
    ]
    for row in NETWORKS:
        if not row.allowed:
            left = _without(left, ip_network(row.network))
    return tuple(left)


_BY_RULE = _by_rule()
