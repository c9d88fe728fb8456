"""What else follows a changed identity: phones, trust lists, TFTP, backup, sign-on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.parameters import PREPARE_ROLLBACK
from lab.rules.sources import Source


@dataclass(frozen=True)
class AfterChange:
    """What follows a change of `purpose`: a purpose, or the name of another change."""

    purpose: str
    phones_reset: str  # "automatic" (if the parameter says so), "manual" or "no"
    ctl_update: bool  # in mixed mode
    tftp: str  # "restart", "deactivate then activate" or nothing
    tftp_r15: str  # the same, as release 15 says
    backup: bool
    sso_metadata: bool  # the identity provider needs new metadata, if it was used there
    source: Source
    note: str = ""
    phones_first: bool = False  # before services are restarted
    tftp_nodes: str = "every"  # or "this": those whose certificate changed


# Changes other than of one slot, one store or one parameter.
SECURITY_MODE = "cluster security mode"
CTL_UPDATE, ITL_RESET, CTL_RESET = "CTL update", "ITL reset", "CTL reset"
RESTART, SWAP = "restart", "deactivate then activate"  # what TFTP needs
_ITL = "the ITL is built anew"

# fmt: off
AFTER_CHANGE: Mapping[str, AfterChange] = MappingProxyType({row.purpose: row for row in (
    AfterChange("CallManager",        "automatic", True,  "restart", "restart", True, False, Source.SEED,    _ITL),
    AfterChange("CallManager-ECDSA",  "automatic", True,  "restart", "restart", True, False, Source.DEDUCED, _ITL),
    AfterChange("CAPF",               "automatic", True,  "restart", "restart", True, False, Source.SEED,    _ITL),
    AfterChange("TVS",                "automatic", False, "restart", "restart", True, False, Source.SEED,    "the CTL has no TVS entry"),
    AfterChange("ITLRecovery",        "automatic", True,  "restart", "restart", True, True,  Source.SEED,    "the ITL is signed anew; support resets phones by hand"),
    AfterChange("tomcat",             "no",        False, SWAP,      "restart", True, True,  Source.SEED,    "TFTP would go on serving the old copy; phones in SIP OAuth mode are reset by hand", tftp_nodes="this"),
    AfterChange("tomcat-ECDSA",       "no",        False, "",        "",        True, False, Source.TAC214231),
    AfterChange("ipsec",              "no",        False, "",        "",        True, False, Source.TAC214231),
    AfterChange("authz",              "no",        False, "",        "",        True, False, Source.SEED,    "all access and refresh tokens become invalid"),
    AfterChange("cup",                "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-ECDSA",          "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp",           "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp-ECDSA",     "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp-s2s",       "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp-s2s-ECDSA", "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("oauth encryption",   "no",        False, "",        "",        True, False, Source.SEED,    "all access and refresh tokens become invalid"),
    AfterChange("oauth signing",      "no",        False, "",        "",        True, False, Source.SEED,    "all access and refresh tokens become invalid"),
    AfterChange(PREPARE_ROLLBACK,     "manual",    False, "",        "",        False, False, Source.SBD15,   "phones fetch the new list when they are reset"),
    AfterChange(SECURITY_MODE,        "manual",    False, "",        "",        True, False, Source.TAC118893, "phones fetch the trust list when they are reset"),
    AfterChange(CTL_UPDATE,           "manual",    False, "",        "",        False, False, Source.TAC118893, "phones fetch the trust list when they are reset"),
    AfterChange(ITL_RESET,            "manual",    False, "",        "",        False, False, Source.SEC15,   "then TFTP is restarted, and the phones are reset again", True),
    AfterChange(CTL_RESET,            "manual",    True,  "",        "",        False, False, Source.SEC15,   "then the CTL is updated, and the phones are reset again", True),
)})
# fmt: on


def tftp_after(purpose: str, profile: str) -> str:
    """What TFTP needs after a new certificate: a restart, `SWAP`, or nothing."""
    row = AFTER_CHANGE.get(purpose)
    if row is None:
        return ""
    return row.tftp_r15 if profile == "r15" else row.tftp
