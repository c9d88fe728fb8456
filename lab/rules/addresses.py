"""The networks that the lab may speak to unless its settings say more."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class NetworkRow:
    network: str
    allowed: bool  # the narrowest row decides; what is in none is not allowed
    label: str
    why: str
    source: Source


# fmt: off
NETWORKS: tuple[NetworkRow, ...] = (
    NetworkRow("127.0.0.0/8",      True,  "loopback",            "This machine.",                                                     Source.RFC1122),
    NetworkRow("::1/128",          True,  "loopback",            "This machine.",                                                     Source.RFC4291),
    NetworkRow("10.0.0.0/8",       True,  "private",             "The networks of a site.",                                           Source.RFC1918),
    NetworkRow("172.16.0.0/12",    True,  "private",             "The networks of a site.",                                           Source.RFC1918),
    NetworkRow("192.168.0.0/16",   True,  "private",             "The networks of a site.",                                           Source.RFC1918),
    NetworkRow("fc00::/7",         True,  "private",             "The networks of a site.",                                           Source.RFC4193),
    NetworkRow("fd00:ec2::/32",    False, "services of a cloud", "Private by its number, but virtual machines find their secrets there.", Source.AWSIPV6),
    NetworkRow("fd20:ce::254/128", False, "services of a cloud", "Private by its number, but virtual machines find their secrets there.", Source.UNCONFIRMED),
    NetworkRow("169.254.0.0/16",   False, "link-local",          "In most clouds virtual machines find their secrets there.",         Source.RFC3927),
    NetworkRow("fe80::/10",        False, "link-local",          "It means another machine on each link.",                            Source.RFC4291),
)
# fmt: on
