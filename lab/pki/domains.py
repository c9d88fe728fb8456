"""Names of hosts and domains that a request may ask for."""

import ipaddress
import re

from lab.errors import BadInputError, LabError, RuleError

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MOST = 253  # RFC 1035 section 2.3.4, without the length bytes
_SHOWN = 60  # as much of a long name as a message shows


def read_domain(text: str, *, labels: int = 2) -> str:
    """Return the name in small letters; a `LabError` says why it can be none.

    `labels` is how many parts it has at least: a full name has two. Addresses and
    wildcards are refused, as the cluster does: facts §1.3, §3.4.
    """
    shown = repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
    name = text.lower()
    if "*" in name:
        raise RuleError(
            "{name} is a wildcard; certificates for wildcard names are not supported",
            hint="Name each host.",
            name=shown,
        )
    if _is_address(name):
        raise RuleError(
            "{name} is an IP address; a request asks for names only",
            hint="Give the host's full name. An address goes in with: "
            "set web-security, alternatehostname.",
            name=shown,
        )
    problem = _problem(name, shown, labels)
    if problem:
        raise problem
    return name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        # 127.1 and 10.0.0.300 are no names either: no top domain is a number.
        last = name.rstrip(".").rpartition(".")[2]
        return last.isascii() and last.isdigit()
    return True


def _problem(name: str, shown: str, labels: int) -> LabError | None:
    if not name.isascii():
        return BadInputError(
            "{name} is not written in ASCII",
            hint="Write it as the DNS has it, with xn--….",
            name=shown,
        )
    if len(name) > _MOST:
        return BadInputError(
            "the name {name} has {length} characters; at most {limit} are allowed",
            hint="Shorten it.",
            name=shown,
            length=len(name),
            limit=_MOST,
        )
    if name.endswith("."):
        return BadInputError(
            "{name} ends with a dot", hint="Leave out the dot at the end.", name=shown
        )
    parts = name.split(".")
    if not all(_LABEL.fullmatch(part) and _is_readable(part) for part in parts):
        return BadInputError(
            "{name} is not a name that the DNS can have",
            hint="Use letters, digits and hyphens, in parts of one to 63 characters "
            "with dots between them.",
            name=shown,
        )
    if len(parts) < labels:
        return BadInputError(
            "{name} is not a full name: it has no domain",
            hint="Write it like web.uc.example.",
            name=shown,
        )
    return None


def _is_readable(label: str) -> bool:
    if not label.startswith("xn--"):
        return True
    try:
        # RFC 5891 section 4.2.1: what comes after xn-- is Punycode of something
        # that ASCII cannot write.
        text = label[4:].encode("ascii").decode("punycode")
        return text.isprintable() and not text.isascii()
    except (UnicodeError, ValueError, OverflowError):
        return False
