"""How an authority deals with the extensions that a request asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.purposes import SERVER, SIGN, WRAP
from lab.rules.sources import Source

HONOURED, IGNORED, PICKED = "honoured", "ignored", "picked"

# What an authority writes that knows no request extensions: a plain web server.
TEMPLATE_KEY_USAGE = (SIGN, WRAP)
TEMPLATE_EXTENDED_KEY_USAGE = (SERVER,)


@dataclass(frozen=True)
class SigningMode:
    name: str
    what: str
    source: Source


# fmt: off
SIGNING_MODES: Mapping[str, SigningMode] = MappingProxyType({row.name: row for row in (
    SigningMode(HONOURED, "the usages and the names that the request asks for", Source.SEC15),
    SigningMode(IGNORED,  "the authority's own template for a plain web server: digitalSignature, keyEncipherment, serverAuth, and no alternative names", Source.HOUSE),
    SigningMode(PICKED,   "usages and names chosen by hand; what is left open is as the request asks", Source.HOUSE),
)})
# fmt: on
