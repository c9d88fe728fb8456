"""What a certificate, its file and its folder say of where it belongs."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from itertools import islice
from typing import NamedTuple

from lab.models import Certificate
from lab.pki.pieces import Piece
from lab.rules.belonging import NAME_PATTERNS, Evidence
from lab.rules.peers import PHONE_IDENTITIES
from lab.rules.purposes import PROFILES, SEED_R14
from lab.rules.trust_stores import STORES

_PLACES = {name.lower(): name for name in (*(name for _, name in SEED_R14), *STORES)}
_SYSTEM_FOLDERS = {".security", "platform", "cm", "local", "usr"}
_STORAGE = {"certs": "", "trust-certs": "-trust"}  # below the folder of a unit
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE | re.ASCII)
_PATTERNS = [
    (re.compile(row.pattern, re.IGNORECASE), row.place) for row in NAME_PATTERNS
]
_MOST_HOSTS = 50  # names of one certificate that are looked at


class Clue(NamedTuple):
    """A place that something speaks for; what it leaves open is empty."""

    evidence: Evidence
    place: str  # a purpose, a store or the identity of a phone; empty: unknown here
    node: str  # host name or address, as it is written
    outer: str  # the folders above that of the node
    values: dict[str, str]  # for the reason: see `lab.rules.belonging`


def clue_of(file: str, piece: Piece, certificate: Certificate) -> Clue | None:
    """The strongest of what speaks for a place; None when nothing does."""
    return (
        _said(piece)
        or _laid_out(file)
        or _called(certificate.common_name)
        or _used(certificate)
    )


def place_called(name: str) -> str:
    """The purpose or the store of that name, in capital or small letters, or ""."""
    return _PLACES.get(name.lower(), "")


def hosts_of(common_name: str, alternative_names: Iterable[str]) -> tuple[str, ...]:
    """The hosts that a certificate names, that of its common name first."""
    found = _hosts(common_name, alternative_names)
    return tuple(dict.fromkeys(islice(found, _MOST_HOSTS)))


def as_host(name: str) -> str:
    """The name in small letters, if it can be that of a host, else ""."""
    if is_address(name):
        return name.lower()
    return name.lower() if len(name) <= 253 and _HOST.fullmatch(name) else ""


def is_address(name: str) -> bool:
    if not (name[:1].isdigit() or ":" in name):  # the quick answer
        return False
    if "%" in name:  # a zone says nothing to others, and may be any text
        return False
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def split_host(host: str) -> tuple[str, str]:
    """The short name of a host and its domain; an address has none."""
    if is_address(host):
        return host, ""
    name, _, domain = host.partition(".")
    return name, domain


def _said(piece: Piece) -> Clue | None:
    if not piece.place:
        return None
    evidence = Evidence.SERVER if piece.node else Evidence.COMMAND
    values = {"service": piece.place, "server": piece.node}
    place = place_called(piece.place)
    return Clue(evidence, place, as_host(piece.node), "", values)


def _laid_out(file: str) -> Clue | None:
    """What the folders or the file are called: `rules.belonging.LAYOUTS`."""
    *folders, base = file.split("/")
    names = [unzipped(folder) for folder in folders[-12:]]
    if names and (place := place_called(names[-1])):
        above, told = 1, Evidence.FOLDER
    elif place := _stored(names):
        above, told = 2, Evidence.FOLDER
    elif place := place_called(base.rpartition(".")[0]) or place_called(
        base.partition("_")[0]
    ):
        above, told = 0, Evidence.FILE_NAME
    else:
        return None
    rest = names[: len(names) - above]
    while rest and rest[-1].lower() in _SYSTEM_FOLDERS:
        rest.pop()
    outer = folders[: len(folders) - len(names) + max(len(rest) - 1, 0)]
    node = as_host(rest[-1]) if rest else ""
    values = {"folder": "/".join(folders[-2:]), "file": "/".join([*folders, base][-2:])}
    return Clue(told, place, node, "/".join(outer), values)


def _stored(names: list[str]) -> str:
    """The place of a node's own folder for certificates (facts §2.5)."""
    if len(names) < 2 or names[-1].lower() not in _STORAGE:
        return ""
    return place_called(names[-2] + _STORAGE[names[-1].lower()])


def unzipped(folder: str) -> str:
    return folder[:-4] if folder.lower().endswith(".zip") else folder


def _called(name: str) -> Clue | None:
    for pattern, place in _PATTERNS:
        if place and (found := pattern.fullmatch(name)):
            host = as_host(found.groupdict().get("host") or "")
            if place in PHONE_IDENTITIES:
                host = host.upper()
            return Clue(Evidence.NAME, place, host, "", {"name": name, "place": place})
    return None


def _used(certificate: Certificate) -> Clue | None:
    if certificate.is_ca or not certificate.extended_key_usage:
        return None
    place = _USED_ALONE.get(
        (
            certificate.key_type,
            frozenset(certificate.extended_key_usage),
            frozenset(certificate.key_usage),
        )
    )
    return Clue(Evidence.USAGE, place, "", "", {"place": place}) if place else None


def _used_alone() -> dict[tuple[str, frozenset[str], frozenset[str]], str]:
    """Purposes by key type and usages, where no other purpose has the same."""
    named: dict[tuple[str, frozenset[str], frozenset[str]], set[str]] = {}
    for table in PROFILES.values():
        for row in table.values():
            usages = frozenset(row.extended_key_usage), frozenset(row.key_usage)
            named.setdefault((row.key_type, *usages), set()).add(row.name)
    return {key: names.pop() for key, names in named.items() if len(names) == 1}


_USED_ALONE = _used_alone()


def _hosts(common_name: str, alternative_names: Iterable[str]) -> Iterator[str]:
    for pattern, place in _PATTERNS:
        if place in PHONE_IDENTITIES or not (found := pattern.fullmatch(common_name)):
            continue
        parts = found.groupdict()
        common_name = (parts.get("host") or "") + (parts.get("domain") or "")
        break
    others = (text.partition(":") for text in alternative_names)
    named = (value for kind, _, value in others if kind in ("DNS", "IP"))
    for name in (common_name, *named):
        # A name without a domain may be anything: a company, a product.
        if ("." in name or ":" in name) and (host := as_host(name)):
            yield host
