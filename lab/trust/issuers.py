"""Who issued a certificate: by name and key identifier, then by signature."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab.pki.loading import UNREADABLE
from lab.trust.extension_values import Said
from lab.trust.pool import Entry, Pool

MOST_WORK = 7_500  # signatures checked for one verdict, in units of P-256
_MOST_GUESSES = 50  # of the issuers by name alone, where no key signed it
_QUICK_CURVES = {"secp192r1", "secp224r1", "secp256r1"}


class TooComplexError(Exception):
    """A bound of the search is reached."""


class _Named(NamedTuple):
    """Those who have the name, the likeliest first, and the same by their keys."""

    entries: tuple[Entry, ...]
    by_key: tuple[tuple[Entry, ...], ...]


class Issuers:
    """The issuers among a leaf and two pools; each link is checked once."""

    def __init__(self, leaf: Entry, trusted: Pool, untrusted: Pool) -> None:
        self.work = 0
        self._leaf = leaf
        self._trusted = trusted
        self._untrusted = untrusted
        self._named: dict[tuple[str, Said], _Named] = {}

    def of(self, child: Entry) -> tuple[tuple[Entry, ...], bool]:
        """Those whose key signed it; else, and False, those who have the name."""
        named = self._those_named(child)
        for sharing in named.by_key:
            if self._is_signed(child, sharing[0]):
                return sharing, True
        guesses = named.entries[: _MOST_GUESSES + 1]
        return tuple(each for each in guesses if each.sha256 != child.sha256), False

    def is_root(self, child: Entry) -> bool:
        return child.self_issued and self._is_signed(child, child)

    def namesakes(self, child: Entry) -> Sequence[Entry]:
        """Who may have issued it by name and key identifier, the likeliest first."""
        return self._those_named(child).entries

    def _those_named(self, child: Entry) -> _Named:
        key = (child.issuer_hash, child.structure.issued_by)
        named = self._named.get(key)
        if named is None:
            entries = self._sorted(child)
            by_key: dict[bytes, list[Entry]] = {}
            for each in entries:
                by_key.setdefault(each.key_id, []).append(each)
            named = _Named(tuple(entries), tuple(map(tuple, by_key.values())))
            self._named[key] = named
        return named

    def _sorted(self, child: Entry) -> list[Entry]:
        is_of_leaf = child.issuer_hash == self._leaf.subject_hash
        named = {
            each.sha256: each
            for each in chain(
                (self._leaf,) if is_of_leaf else (),
                self._untrusted.with_subject(child.issuer_hash),
                self._trusted.with_subject(child.issuer_hash),
            )
        }
        # RFC 5280 judges nobody by the authority key identifier, OpenSSL passes over
        # whom it contradicts. Here that is so while somebody else fits; else it is a
        # hint that was wrong, and the signature decides.
        fitting = [each for each in named.values() if is_named(child, each)]
        key = child.structure.issued_by.key
        return sorted(
            fitting or named.values(),
            key=lambda each: (
                bool(key) and each.structure.subject_key != key,
                each.sha256 not in self._trusted,
                -each.not_after.timestamp(),
                each.sha256,
            ),
        )

    def _is_signed(self, child: Entry, issuer: Entry) -> bool:
        if not child.has_tried(issuer):
            self.work += _units(issuer)
            if self.work > MOST_WORK:
                raise TooComplexError
        return child.is_signed_by(issuer)


def is_named(child: Entry, issuer: Entry) -> bool:
    """Say whether the child's authority key identifier does not contradict it."""
    said = child.structure.issued_by
    if said.key and issuer.structure.subject_key not in ("", said.key):
        return False
    if said.serial is None:
        return True
    named = said.name_hash in ("", issuer.issuer_hash)
    return named and said.serial == issuer.parts.serial


def _units(issuer: Entry) -> int:
    """What a signature of this key costs to check, P-256 being one."""
    try:
        key = issuer.x509.public_key()
    except UNREADABLE:
        return 1
    match key:
        case rsa.RSAPublicKey():
            quick = key.key_size <= 4096 and key.public_numbers().e <= 65537
            return 1 if quick else 40
        case ec.EllipticCurvePublicKey():
            return 1 if key.curve.name in _QUICK_CURVES else 12
    return 4
