"""What replaces an identity unasked, reuse of tomcat, and what releases changed."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class Replacement:
    """An event after which the named identities are new and self-signed."""

    event: str
    purposes: tuple[str, ...]  # empty: every identity of the node
    note: str
    source: Source


# fmt: off
REPLACEMENTS: tuple[Replacement, ...] = (
    Replacement("The host name or the domain changes", (),          "",                                            Source.TAC118731),
    Replacement("set web-security",                    ("tomcat",), "takes effect when Cisco Tomcat is restarted", Source.TAC217138),
    Replacement("FIPS mode is switched on or off",     ("CallManager", "tomcat", "ipsec", "TVS", "CAPF", "ITLRecovery"), "ITLRecovery from release 15 on; certificates of a CA are uploaded again", Source.CLI15),
    Replacement("A CA-signed identity is regenerated", (),          "only the one that was regenerated",           Source.SEED),
)


@dataclass(frozen=True)
class Reuse:
    purpose: str
    replaces: str
    needs: str
    effects: str
    source: Source


_NEEDS = "a shared certificate, and its CA chain in CallManager-trust unless it is self-signed"
_EFFECTS = "CallManager leaves the list; the ITL shrinks; restart Cisco HAProxy on all nodes; in mixed mode update the CTL and reset the phones"
REUSE: tuple[Reuse, ...] = (
    Reuse("tomcat",       "CallManager",       _NEEDS, _EFFECTS, Source.TAC221070),
    Reuse("tomcat-ECDSA", "CallManager-ECDSA", _NEEDS, _EFFECTS, Source.TAC221070),
)


@dataclass(frozen=True)
class ReleaseChange:
    release: str
    change: str
    source: Source


RELEASE_CHANGES: tuple[ReleaseChange, ...] = (
    ReleaseChange("12.5",   "ITLRecovery is made once on the publisher and pushed to the subscribers", Source.TAC214231),
    ReleaseChange("14",     "CAPF exists on the publisher only",   Source.SEC15),
    ReleaseChange("14",     "TVS may be shared; self-signed certificates may be shared", Source.SEC15),
    ReleaseChange("14",     "backup uses tomcat instead of ipsec", Source.SEC15),
    ReleaseChange("14",     "Cisco CallManager and Cisco CTIManager need no manual restart after a new CallManager certificate", Source.RN14),
    ReleaseChange("14 SU1", "file names carry the serial number; requests leave the organizational unit out", Source.SEC15),
    ReleaseChange("14 SU2", "labels of the details page change; upgrades drop expired trust certificates", Source.SEC15),
    ReleaseChange("14 SU3", "CRLs can be read",                    Source.SEC15),
    ReleaseChange("15 SU3", "the full chain can be checked for revocation", Source.SEC15),
    ReleaseChange("15 SU5", "separate client identities such as tomcat-client, because public CAs end the client usage", Source.FN74362),
)
# fmt: on
