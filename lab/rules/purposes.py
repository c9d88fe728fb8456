"""What each identity certificate is for, what it carries and who verifies it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from lab.rules.sources import Source

SERVER, CLIENT, IPSEC = "serverAuth", "clientAuth", "ipsecEndSystem"
SIGN, WRAP, DATA = "digitalSignature", "keyEncipherment", "dataEncipherment"
AGREE, ISSUE = "keyAgreement", "keyCertSign"

RSA_SIZES = (1024, 2048, 3072, 4096)
EC_SIZES = (256, 384, 521)
YEARS = (1, 2, 5, 10, 20)

HOST_NAME = "{host}.{domain}"
MULTI_NAME = "{host}-ms.{domain}"


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """One identity slot.

    Usages are what a request of this purpose asks for, in RFC bit order. The bits
    in `optional_…` are named by the source document's prose only.
    """

    name: str
    product: str  # "ucm" or "imp"
    key_type: str = "RSA"
    default_size: int = 2048
    sizes: tuple[int, ...] = RSA_SIZES
    extended_key_usage: tuple[str, ...]
    key_usage: tuple[str, ...]
    optional_extended_key_usage: tuple[str, ...] = ()
    optional_key_usage: tuple[str, ...] = ()
    source: Source = Source.SEED
    multi_server: bool
    multi_scope: tuple[str, ...] = ()  # products whose nodes share one certificate
    multi_self_signed: bool = False  # a self-signed one may be shared too
    requestable: bool = True  # a CSR can be made for it
    validity_years: int = 5
    years_offered: tuple[int, ...] = YEARS
    validity_source: Source = Source.SEC15
    held_by: str = "node"  # "node", "publisher" or "cluster"
    held_source: Source = Source.SEC15
    copied_to: str | None
    copy_source: Source
    verified_with: tuple[str, ...]
    verified_source: Source
    common_name: str = HOST_NAME
    multi_common_name: str = MULTI_NAME
    name_source: Source = Source.SEC15
    used_for: str


def _twin(row: Purpose, used_for: str) -> Purpose:
    # The documents give an RSA purpose and its EC twin one row.
    return replace(
        row,
        name=f"{row.name}-ECDSA",
        key_type="EC",
        default_size=384,
        sizes=EC_SIZES,
        common_name="{host}-EC.{domain}",
        multi_common_name="{host}-EC-ms.{domain}",
        used_for=used_for,
    )


# fmt: off
_TOMCAT = Purpose(
    name="tomcat", product="ucm", multi_server=True, multi_scope=("ucm", "imp"), multi_self_signed=True,
    extended_key_usage=(SERVER, CLIENT), key_usage=(SIGN, WRAP, DATA),
    optional_extended_key_usage=(IPSEC,), optional_key_usage=(AGREE,),
    copied_to="tomcat-trust",             copy_source=Source.TAC210541,
    verified_with=("tomcat-trust",),      verified_source=Source.SEED,
    used_for="web pages, directory and provisioning clients, backup and SIP OAuth",
)
_CALLMANAGER = Purpose(
    name="CallManager", product="ucm", multi_server=True, multi_scope=("ucm",), multi_self_signed=True,
    extended_key_usage=(SERVER, CLIENT), key_usage=(SIGN, WRAP, DATA),
    optional_key_usage=(AGREE,),
    copied_to="CallManager-trust",        copy_source=Source.DEDUCED,  # TAC 210541 lists it for notification
    verified_with=("CallManager-trust",), verified_source=Source.SEC15,
    used_for="secure calls, SIP trunks, CTI and signed phone files",
)
_CAPF = Purpose(
    name="CAPF", product="ucm", multi_server=False, held_by="publisher", held_source=Source.SEED,
    extended_key_usage=(SERVER,), key_usage=(SIGN, WRAP, ISSUE),
    copied_to="CallManager-trust",        copy_source=Source.SEC15,
    verified_with=("CallManager-trust",), verified_source=Source.SEC15,
    common_name="CAPF-{hex8}", multi_common_name="", name_source=Source.TAC210541,
    used_for="issuing phone certificates (LSC)",
)
_TVS = Purpose(
    name="TVS", product="ucm", multi_server=True, multi_scope=("ucm",), multi_self_signed=True,
    extended_key_usage=(SERVER, CLIENT), key_usage=(SIGN, WRAP, DATA),
    copied_to=None,                       copy_source=Source.TAC214231,
    verified_with=("TVS-trust",),         verified_source=Source.UNCONFIRMED,  # its chain, if a CA signed it
    used_for="answering phones that ask whom to trust",
)
_IPSEC = Purpose(
    name="ipsec", product="ucm", multi_server=False,
    extended_key_usage=(SERVER, CLIENT, IPSEC), key_usage=(SIGN, WRAP, DATA),
    optional_key_usage=(AGREE,),
    copied_to="ipsec-trust",              copy_source=Source.TAC118928,
    verified_with=("ipsec-trust",),       verified_source=Source.TAC118928,
    multi_common_name="", name_source=Source.CUC15,
    used_for="IPsec tunnels between nodes and to gateways",
)
# No document prints usages for the next two: one signs files, the other tokens.
_ITLRECOVERY = Purpose(
    name="ITLRecovery", product="ucm", multi_server=False, requestable=False,
    held_by="cluster", held_source=Source.TAC214231,
    extended_key_usage=(), key_usage=(SIGN,), source=Source.HOUSE,
    validity_years=20, years_offered=(5, 10, 15, 20), validity_source=Source.RN14,
    copied_to=None,                       copy_source=Source.UNCONFIRMED,
    verified_with=(),                     verified_source=Source.SBD15,  # phones find it in their lists
    common_name="ITLRECOVERY_{host}.{domain}", multi_common_name="", name_source=Source.WIZ0RD,
    used_for="signing the trust lists that phones keep",
)
_AUTHZ = Purpose(
    name="authz", product="ucm", multi_server=False, requestable=False,
    held_by="cluster", held_source=Source.SEED,
    extended_key_usage=(), key_usage=(SIGN,), source=Source.HOUSE,
    years_offered=(5,), validity_source=Source.UNCONFIRMED,
    copied_to=None,                       copy_source=Source.UNCONFIRMED,
    verified_with=(),                     verified_source=Source.UNCONFIRMED,  # nodes are given the key
    common_name="AUTHZ_{host}.{domain}", multi_common_name="", name_source=Source.UNCONFIRMED,
    used_for="signing the tokens of users who stay signed in",
)
_CUP = Purpose(
    name="cup", product="imp", multi_server=False, held_source=Source.IMP15,
    extended_key_usage=(SERVER, CLIENT, IPSEC), key_usage=(SIGN, WRAP, DATA, AGREE),
    copied_to="cup-trust",                            copy_source=Source.DEDUCED,  # stale copies are found there
    verified_with=("cup-trust", "CallManager-trust"), verified_source=Source.IMP15,
    multi_common_name="", name_source=Source.CUC15,
    used_for="presence over SIP",
)
_CUP_XMPP = Purpose(
    name="cup-xmpp", product="imp", multi_server=True, multi_scope=("imp",), held_source=Source.IMP15,
    extended_key_usage=(SERVER, CLIENT, IPSEC), key_usage=(SIGN, WRAP, DATA, AGREE),
    copied_to="cup-xmpp-trust",           copy_source=Source.DEDUCED,
    verified_with=("cup-xmpp-trust",),    verified_source=Source.IMP15,
    used_for="chat and presence of Jabber",
)
# Its verifiers are partners outside the cluster, so no store of the cluster holds a copy:
# beside cup-xmpp, which has the same subject, there would be no room for it anyway.
_CUP_XMPP_S2S = replace(_CUP_XMPP, name="cup-xmpp-s2s", copied_to=None, used_for="chat with partner organizations")

SEED_R14: Mapping[tuple[str, str], Purpose] = MappingProxyType({(row.product, row.name): row for row in (
    _TOMCAT,       _twin(_TOMCAT, "web pages for clients that prefer elliptic curves"),
    _CALLMANAGER,  _twin(_CALLMANAGER, "secure calls of devices that prefer elliptic curves"),
    _CAPF, _TVS, _IPSEC, _ITLRECOVERY, _AUTHZ,
    replace(_TOMCAT, product="imp", used_for="web pages and synchronization of IM and Presence"),
    _twin(replace(_TOMCAT, product="imp"), "web pages for clients that prefer elliptic curves"),
    _CUP,          _twin(_CUP, "presence over SIP with elliptic curves"),
    _CUP_XMPP,     _twin(_CUP_XMPP, "chat and presence of Jabber with elliptic curves"),
    _CUP_XMPP_S2S, _twin(_CUP_XMPP_S2S, "chat with partner organizations with elliptic curves"),
    replace(_IPSEC, product="imp"),
)})

# Later guides disagree with the source document; both are kept, and the lab is told which.
_SIGN_AND_DATA: Mapping[str, Any] = {"key_usage": (SIGN, DATA), "source": Source.SEC15}
_LESS: Mapping[str, Any] = {**_SIGN_AND_DATA, "optional_key_usage": (WRAP, AGREE)}  # still named by the prose
_R15_CHANGES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("ucm", "tomcat"):             _LESS,
    ("ucm", "tomcat-ECDSA"):       _LESS,
    ("ucm", "CallManager"):        _LESS,
    ("ucm", "CallManager-ECDSA"):  _LESS,
    ("ucm", "CAPF"):               {"extended_key_usage": (SERVER, CLIENT), "key_usage": (SIGN, ISSUE), "source": Source.SEC15},
    ("ucm", "TVS"):                {"multi_server": False, "multi_scope": (), "multi_self_signed": False, "source": Source.SEC15},
    ("ucm", "ITLRecovery"):        {"validity_years": 5, "validity_source": Source.SBD15},
    ("imp", "tomcat"):             _LESS,
    ("imp", "tomcat-ECDSA"):       _LESS,
    ("imp", "cup"):                _LESS,
    ("imp", "cup-ECDSA"):          _LESS,
    ("imp", "cup-xmpp"):           _LESS,
    ("imp", "cup-xmpp-ECDSA"):     _LESS,
    ("imp", "cup-xmpp-s2s"):       _SIGN_AND_DATA,
    ("imp", "cup-xmpp-s2s-ECDSA"): _SIGN_AND_DATA,
    ("imp", "ipsec"):              _LESS,
}
# fmt: on

R15: Mapping[tuple[str, str], Purpose] = MappingProxyType(
    {key: replace(row, **_R15_CHANGES.get(key, {})) for key, row in SEED_R14.items()}
)
PROFILES: Mapping[str, Mapping[tuple[str, str], Purpose]] = MappingProxyType(
    {"seed-r14": SEED_R14, "r15": R15}
)


def purpose_of(profile: str, product: str, name: str) -> Purpose:
    """The row of a purpose; KeyError if the profile or the product has none."""
    return PROFILES[profile][product, name]


def purposes_of(profile: str, product: str) -> list[Purpose]:
    """The purposes of a product, in the order the lab lists them."""
    return [row for row in PROFILES[profile].values() if row.product == product]


@dataclass(frozen=True)
class HashRule:
    key_type: str
    size: int
    hashes: tuple[str, ...]  # the first is the default
    source: Source


# fmt: off
_ALL_HASHES = ("SHA256", "SHA384", "SHA512")
HASHES: Mapping[tuple[str, int], HashRule] = MappingProxyType({(row.key_type, row.size): row for row in (
    HashRule("RSA", 1024, _ALL_HASHES,          Source.SEC15),
    HashRule("RSA", 2048, _ALL_HASHES,          Source.SEC15),
    HashRule("RSA", 3072, _ALL_HASHES,          Source.SEC15),
    HashRule("RSA", 4096, _ALL_HASHES,          Source.SEC15),
    HashRule("EC",  256,  _ALL_HASHES,          Source.SEC15),
    HashRule("EC",  384,  ("SHA384", "SHA512"), Source.SEC15),
    HashRule("EC",  521,  ("SHA512",),          Source.DEDUCED),  # not weaker than its key
)})
# fmt: on

# What the cluster itself writes into a self-signed certificate: TAC 222343.
SELF_SIGNED_KEY_USAGE = (SIGN, WRAP, DATA, ISSUE)  # not critical
SELF_SIGNED_EXTENDED_KEY_USAGE = (SERVER, CLIENT)
SELF_SIGNED_PATH_LENGTH = 0  # basicConstraints is critical, with CA:TRUE


def lifetime(years: int) -> timedelta:
    """How long the cluster's own certificates last: TAC 222343."""
    return timedelta(days=365 * years, seconds=-1)
