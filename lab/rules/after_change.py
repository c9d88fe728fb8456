"""What else follows a changed identity: phones, trust lists, TFTP, backup, sign-on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class AfterChange:
    purpose: str
    phones_reset: str  # "automatic" (if the parameter says so), "manual" or "no"
    ctl_update: bool  # in mixed mode
    tftp: str  # "restart", "deactivate then activate" or nothing
    tftp_r15: str  # the same, as release 15 says
    backup: bool
    sso_metadata: bool  # the identity provider needs new metadata, if it was used there
    source: Source
    note: str = ""


_SWAP = "deactivate then activate"
_ITL = "the ITL is built anew"

# fmt: off
AFTER_CHANGE: Mapping[str, AfterChange] = MappingProxyType({row.purpose: row for row in (
    AfterChange("CallManager",        "automatic", True,  "restart", "restart", True, False, Source.SEED,    _ITL),
    AfterChange("CallManager-ECDSA",  "automatic", True,  "restart", "restart", True, False, Source.DEDUCED, _ITL),
    AfterChange("CAPF",               "automatic", True,  "restart", "restart", True, False, Source.SEED,    _ITL),
    AfterChange("TVS",                "automatic", False, "restart", "restart", True, False, Source.SEED,    "the CTL has no TVS entry"),
    AfterChange("ITLRecovery",        "automatic", True,  "restart", "restart", True, True,  Source.SEED,    "the ITL is signed anew; support resets phones by hand"),
    AfterChange("tomcat",             "no",        False, _SWAP,     "restart", True, True,  Source.SEED,    "TFTP would go on serving the old copy; phones in SIP OAuth mode are reset by hand"),
    AfterChange("tomcat-ECDSA",       "no",        False, "",        "",        True, False, Source.TAC214231),
    AfterChange("ipsec",              "no",        False, "",        "",        True, False, Source.TAC214231),
    AfterChange("authz",              "no",        False, "",        "",        True, False, Source.SEED,    "all access and refresh tokens become invalid"),
    AfterChange("cup",                "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-ECDSA",          "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp",           "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp-ECDSA",     "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp-s2s",       "no",        False, "",        "",        True, False, Source.DEDUCED),
    AfterChange("cup-xmpp-s2s-ECDSA", "no",        False, "",        "",        True, False, Source.DEDUCED),
)})
# fmt: on


@dataclass(frozen=True)
class PhoneParameter:
    name: str
    section: str
    certificates: tuple[str, ...]  # as the parameter names them
    purposes: tuple[str, ...]  # what they are in this lab
    options: tuple[str, ...]  # the default first; exact labels are unconfirmed
    source: Source


# fmt: off
PHONE_PARAMETERS: tuple[PhoneParameter, ...] = (
    PhoneParameter("Phone Interaction on Certificate Update", "Security Parameters", ("TVS", "CAPF", "TFTP"), ("TVS", "CAPF", "CallManager", "CallManager-ECDSA", "ITLRecovery"), ("automatic", "manual"), Source.SEED),
)
# fmt: on
