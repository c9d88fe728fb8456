"""Lists as a phone sees them: read once, whoever holds them."""

from collections.abc import Iterable
from functools import lru_cache

from lab.lab import Lab
from lab.pki.trust_lists import TrustListFile, is_signed_by, read_trust_list
from lab.store import certificates, trust_lists
from lab.store.trust_lists import BuiltList
from lab.trust.phone_trust import HeldList


@lru_cache(maxsize=256)  # a list never changes, and a few are looked at again and again
def read_list(file: bytes) -> TrustListFile:
    return read_trust_list(file)


@lru_cache(maxsize=256)
def _genuine(file: bytes, signer_der: bytes) -> bool:
    return is_signed_by(read_list(file), signer_der)


def held_lists(lab: Lab, numbers: Iterable[int | None]) -> dict[int, HeldList]:
    """What the lists of these numbers hold, by number."""
    found = trust_lists.many(lab.db, [each for each in numbers if each])
    return as_held(lab, found.values())


def as_held(lab: Lab, lists: Iterable[BuiltList]) -> dict[int, HeldList]:
    wanted = {each.id: each for each in lists}
    signers = certificates.many(lab.db, {each.signer for each in wanted.values()})
    return {
        number: _held(each, signers[each.signer].der) for number, each in wanted.items()
    }


def _held(built: BuiltList, signer_der: bytes) -> HeldList:
    file = read_list(built.file)
    roles: dict[str, set[str]] = {}
    for record in file.records:
        roles.setdefault(record.role, set()).add(record.certificate.sha256)
    return HeldList(
        number=built.id,
        kind=built.kind,
        signer=built.signer,
        roles={role: frozenset(held) for role, held in roles.items()},
        certificates=len(file.records),
        size=file.size,
        genuine=_genuine(built.file, signer_der),
    )
