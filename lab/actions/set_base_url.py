"""Say where the lab answers: certificates name it for CRLs and issuers."""

from urllib.parse import urlsplit

from lab.actions.deed import deed, record
from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.store import settings

_MOST_LETTERS = 200
_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]"
)


def set_base_url(lab: Lab, url: str) -> str:
    """Keep the address, without a slash at its end, and return it.

    Certificates that are signed from now on name it; those that exist keep the old
    one. Raises `BadInputError` for what is no HTTP address, and
    `RuleError` for the one that is set already.
    """
    with deed(lab) as now:
        wanted = _read(url)
        before = settings.get(lab.db, "base_url")
        if wanted == before:
            raise RuleError(
                "the base URL is {url} already",
                hint="Nothing needs to be done.",
                url=wanted,
            )
        settings.put(lab.db, "base_url", wanted)
        detail = f"{before} to {wanted}"
        record(lab, now, "settings.changed", "base URL", detail)
    return wanted


def _read(text: str) -> str:
    """The address as it stands in certificates; a `BadInputError` when it is none."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0 and parts.netloc[-1] != ":"
    except ValueError:  # a port out of range, or a bracket that is left open
        fits = False
    if (
        not fits
        or len(url) > _MOST_LETTERS
        or not _PLAIN.issuperset(url)
        or parts.scheme not in ("http", "https")
    ):
        raise BadInputError(
            "{url} is no base URL",
            hint="Write it like http://pki.example:8501, without a user, a question "
            "mark or a number sign, in at most {most} characters.",
            url=repr(text[:_MOST_LETTERS]),
            most=_MOST_LETTERS,
        )
    return parts.scheme + url[len(parts.scheme) :]  # in small letters
