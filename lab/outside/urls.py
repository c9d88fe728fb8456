"""HTTP addresses, read strictly: what is asked for is what is written, or nothing."""

import re
from typing import NamedTuple
from urllib.parse import urljoin

from lab.errors import BadInputError, RuleError
from lab.outside.addresses import Endpoint, read_endpoint
from lab.pki.names import visible

LONGEST = 8192  # letters: a request of OCSP stands in its URL, when it is asked by GET
HTTP = 80
_SHOWN = 200
# RFC 3986 in ASCII; what it forbids (blanks, quotes, backslashes …) is in no part.
_URL = re.compile(
    r"http://(?P<authority>[^/?#]+)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.ASCII | re.IGNORECASE,
)
_PLAIN = re.compile(r"[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%|-]+", re.ASCII)


class Url(NamedTuple):
    """Where to ask, and what for."""

    endpoint: Endpoint
    target: str  # the path and the query, as they stand in the request

    @property
    def host(self) -> str:
        """As the header Host has it: without the port that is meant anyway."""
        return str(self.endpoint).removesuffix(f":{HTTP}")

    @property
    def shown(self) -> str:
        """As a refusal names it: a question by GET makes it long."""
        text = str(self)
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

    def __str__(self) -> str:
        return f"http://{self.host}{self.target}"


def read_url(text: str) -> Url:
    """Read an http:// address; the part behind a number sign is not sent, and left out.

    Raises BadInputError for what is none, RuleError for https and for one with a user.
    """
    written = text.strip(" ")
    if written[:8].lower() == "https://":
        raise RuleError(
            "{url} is an https address, and revocation is asked for over http",
            hint="What is signed needs no TLS, whose certificate would have to be "
            "checked in turn (RFC 5280 section 8). Name an http:// address.",
            url=_shown(written),
        )
    found = _URL.fullmatch(written) if _PLAIN.fullmatch(written) else None
    if found is None or len(written) > LONGEST:
        raise _no_url(written)
    authority = found["authority"]
    if "@" in authority:
        raise RuleError(
            "{url} names a user, and the lab gives no names to those it asks",
            hint="Leave out what stands before the at sign.",
            url=_shown(written),
        )
    has_port = re.search(r":[0-9]+$", authority)
    try:
        endpoint = read_endpoint(authority if has_port else f"{authority}:{HTTP}")
    except BadInputError:
        raise _no_url(written) from None
    endpoint = Endpoint(endpoint.host.lower(), endpoint.port)
    return Url(endpoint, (found["path"] or "/") + (found["query"] or ""))


def is_of_origin(url: Url, base: str) -> bool:
    """Whether it is at the host and port of another address, which may be none."""
    try:
        return url.endpoint == read_url(base).endpoint
    except (BadInputError, RuleError):
        return False


def redirected(url: Url, location: str) -> Url:
    """Where a Location sends one who has asked there; refusals as in `read_url`."""
    try:
        return read_url(urljoin(str(url), location.strip(" ")))
    except ValueError:  # brackets that are no address
        raise _no_url(location) from None


def _no_url(text: str) -> BadInputError:
    return BadInputError(
        "{url} is no address that can be asked over HTTP",
        hint="Write it like http://pki.example/ocsp, in ASCII and without blanks.",
        url=_shown(text),
    )


def _shown(text: str) -> str:
    return repr(visible(text[:_SHOWN]))
