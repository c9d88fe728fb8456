"""The two keys behind OAuth tokens, and where they have to be renewed."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class OAuthKey:
    name: str
    kind: str
    on_the_page: bool  # else on the command line only
    command: str
    effect: str
    source: Source


_EFFECT = "all access and refresh tokens become invalid"

# fmt: off
OAUTH_KEYS: tuple[OAuthKey, ...] = (
    OAuthKey("encryption", "symmetric", False, "set key regen authz encryption", _EFFECT, Source.SEED),
    OAuthKey("signing",    "RSA",       True,  "set key regen authz signing",    _EFFECT, Source.SEED),
)


@dataclass(frozen=True)
class OAuthPlace:
    """Where new keys go by themselves, or must be made again by hand."""

    place: str
    by_itself: bool
    source: Source


OAUTH_PLACES: tuple[OAuthPlace, ...] = (
    OAuthPlace("every Unified CM node of the cluster", True,  Source.SEED),
    OAuthPlace("the local IM and Presence nodes",      True,  Source.SEED),
    OAuthPlace("the Unified CM publisher of a central IM and Presence cluster", False, Source.SEED),
    OAuthPlace("Cisco Expressway",                     False, Source.SEED),
    OAuthPlace("Cisco Unity Connection",               False, Source.SEED),
)
# fmt: on


@dataclass(frozen=True)
class OAuthToken:
    """What a user who signs in is given, and for how long it is good."""

    kind: str
    minutes: int
    source: Source
    note: str = ""


_TIMER = "the length is an enterprise parameter"
_FORM = "signed with RS256; the claims within are encrypted with A256GCM"

# fmt: off
OAUTH_TOKENS: tuple[OAuthToken, ...] = (
    OAuthToken("access",  60,           Source.UNCONFIRMED, f"{_FORM}; {_TIMER}"),
    OAuthToken("refresh", 60 * 24 * 60, Source.UNCONFIRMED, f"{_FORM}; {_TIMER}"),
)
# fmt: on


def oauth_key(name: str) -> OAuthKey | None:
    """The row of that key; None when there is no such key."""
    return next((row for row in OAUTH_KEYS if row.name == name), None)


# What renews one of the two keys, as `lab.rules.after_change` calls it.
OAUTH_CHANGES = ("authz", "oauth encryption", "oauth signing")
