"""Certificates read once, found by subject: what a verdict may trust, or build with."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from lab.errors import BadInputError
from lab.models import Certificate
from lab.pki.links import is_signed_by
from lab.pki.loading import UNREADABLE, load_parts
from lab.pki.names import NameParts, read_name
from lab.pki.reading import read_certificate, read_key
from lab.trust.structure import Structure, read_structure
from lab.trust.verdict import Finding


class Entry:
    """One certificate; what takes time is read when it is first asked for.

    Raises BadInputError when the bytes are no certificate.
    """

    def __init__(self, der: bytes) -> None:
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.x509, self.parts = load_parts(der)
        try:
            self.not_before = self.x509.not_valid_before_utc
            self.not_after = self.x509.not_valid_after_utc
        except UNREADABLE:
            raise BadInputError(
                "the dates of the certificate cannot be read",
                hint="Ask its issuer for another one.",
            ) from None
        self.subject_hash = read_name(self.parts.subject).hash
        self.issuer_hash = read_name(self.parts.issuer).hash
        self.key_id = sha256(self.parts.public_key).digest()
        # What is found in it alone, by the question that was asked.
        self.found: dict[object, tuple[Finding, ...]] = {}
        self._signers: dict[bytes, bool] = {}

    def is_signed_by(self, issuer: "Entry") -> bool:
        """Say whether the issuer's key signed it; each key is tried once."""
        known = self._signers.get(issuer.key_id)
        if known is None:
            known = is_signed_by(self.x509, self.parts, issuer.x509) or (
                self._is_signed_the_old_way(issuer)
            )
            self._signers[issuer.key_id] = known
        return known

    def has_tried(self, issuer: "Entry") -> bool:
        """Say whether that key was tried before, so that asking costs nothing."""
        return issuer.key_id in self._signers

    def _is_signed_the_old_way(self, issuer: "Entry") -> bool:
        # Of MD5 with RSA and SHA-1 with ECDSA the library names no parameters, so the
        # links of the lab pass over them. Here it is said that they are weak.
        try:
            algorithm = self.x509.signature_hash_algorithm
            if algorithm is None or self.x509.signature_algorithm_parameters:
                return False
            match issuer.x509.public_key():
                case rsa.RSAPublicKey() as key:
                    key.verify(
                        self.x509.signature, self.parts.tbs, PKCS1v15(), algorithm
                    )
                    return True
                case ec.EllipticCurvePublicKey() as key:
                    key.verify(self.x509.signature, self.parts.tbs, ec.ECDSA(algorithm))
                    return True
        except (InvalidSignature, *UNREADABLE):
            pass
        return False

    @property
    def self_issued(self) -> bool:
        return self.subject_hash == self.issuer_hash

    @property
    def self_signed(self) -> bool:
        return self.self_issued and self.is_signed_by(self)

    @cached_property
    def certificate(self) -> Certificate:
        return read_certificate(self.der)

    @cached_property
    def structure(self) -> Structure:
        return read_structure(self.der, self.x509, self.parts)

    @cached_property
    def key(self) -> tuple[str, int]:
        """Type and size in bits of its key."""
        return read_key(self.parts.public_key)

    @property
    def subject(self) -> NameParts:
        return read_name(self.parts.subject)

    @property
    def issuer(self) -> NameParts:
        return read_name(self.parts.issuer)

    @property
    def name(self) -> str:
        """What people call it."""
        subject = self.subject
        return subject.common_name or subject.text or self.sha256[:16]

    @property
    def issuer_name(self) -> str:
        issuer = self.issuer
        return issuer.common_name or issuer.text or "(no name)"


class Pool:
    """Certificates by fingerprint and by subject; a Pool never changes."""

    def __init__(self, ders: Iterable[bytes] = ()) -> None:
        self.unreadable = 0
        self._entries: dict[str, Entry] = {}
        self._by_subject: dict[str, list[Entry]] = {}
        for der in dict.fromkeys(ders):
            try:
                entry = Entry(der)
            except BadInputError:
                self.unreadable += 1
                continue
            self._entries[entry.sha256] = entry
            self._by_subject.setdefault(entry.subject_hash, []).append(entry)

    def __contains__(self, fingerprint: object) -> bool:
        return fingerprint in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, fingerprint: str) -> Entry | None:
        return self._entries.get(fingerprint)

    def with_subject(self, name_hash: str) -> Sequence[Entry]:
        return self._by_subject.get(name_hash, ())


EMPTY = Pool()


def pool(ders: Iterable[bytes]) -> Pool:
    """Read certificates; those that are none are left out, and counted."""
    return Pool(ders)
