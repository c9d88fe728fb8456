"""Judge a certificate: would those who trust these take it, and which rule decides?

It only reads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from lab.actions.judge import verified_with
from lab.errors import BadInputError, NotFoundError
from lab.lab import Lab
from lab.models import Certificate, Usage
from lab.pki.files import read_file
from lab.store import certificates, parties, places
from lab.trust.engines import EngineVerdict, ask_cryptography
from lab.trust.paths import explain
from lab.trust.pool import EMPTY, Pool, pool
from lab.trust.verdict import Peer, Verdict

_MOST_AROUND = 10_000  # certificates of the lab that one judgement looks at


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A verdict, what was asked, and what other engines say to the same question."""

    verdict: Verdict
    engines: tuple[EngineVerdict, ...]
    at: datetime
    name: str
    usage: Peer
    cluster: str = ""  # of the store whose certificates were trusted
    store: str = ""  # empty: every root that the lab holds, or those that were given


def certificates_in(data: bytes, passwords: Sequence[str] = ()) -> list[bytes]:
    """The certificates of a file of any format, in their order.

    `BadInputError` with the first thing that is wrong when there is none.
    """
    found: list[bytes] = []
    refusal = BadInputError(
        "there is no certificate in the file",
        hint="Give certificates as PEM, DER or PKCS#7.",
    )
    for part in read_file(data, passwords=passwords):
        if isinstance(part, BadInputError):
            refusal = part if not found else refusal
        else:
            found.append(part.der)
    if not found:
        raise refusal
    return found


def explain_given(
    leaf: bytes,
    *,
    trusted: Pool,
    untrusted: Pool = EMPTY,
    at: datetime,
    name: str = "",
    usage: Peer = Peer.SERVER,
    policy: str = "default",
    cluster: str = "",
    store: str = "",
) -> Explained:
    """Judge a certificate by these alone; no lab is asked.

    `cluster` and `store` only say whose certificates the trusted ones are.
    `BadInputError` when it cannot be read, or the name is none.
    """
    pools = {"trusted": trusted, "untrusted": untrusted}
    verdict = explain(leaf, **pools, at=at, name=name, usage=usage, policy=policy)
    engine = ask_cryptography(
        leaf, **pools, at=at, name=name, usage=usage, verdict=verdict
    )
    return Explained(
        verdict=verdict,
        engines=(engine,),
        at=at,
        name=name,
        usage=usage,
        cluster=cluster,
        store=store,
    )


def explain_stored(lab: Lab, sha256: str, *, at: datetime) -> list[Explained]:
    """Judge a certificate of the lab by each store that its verifiers consult.

    One verdict a store and cluster; one by all roots of the lab where no store
    decides. Its own copy in a store counts only where its issuers do not: the path
    through them says more. `NotFoundError` when the lab does not hold it.
    """
    certificate = certificates.get(lab.db, sha256)
    around = _around(lab.db, [certificate])
    issuers = pool(each.der for each in around.values())

    def judged(anchors: Iterable[str], **asked: Any) -> Explained:
        trusted = pool(around[each].der for each in anchors)
        return explain_given(
            certificate.der, trusted=trusted, untrusted=issuers, at=at, **asked
        )

    explained = []
    for (cluster, store), usage in _verifiers(lab.db, certificate).items():
        held = places.held_in(lab.db, cluster, store) & around.keys()
        asked = {"usage": usage, "cluster": cluster, "store": store}
        found = judged(held - {sha256}, **asked)
        if sha256 in held and not found.verdict.accepted:
            found = judged(held, **asked)
        explained.append(found)
    if not explained:
        roots = [name for name, each in around.items() if each.self_signed]
        explained.append(judged(roots, usage=_usage_of(certificate)))
    return explained


def explain_against(
    lab: Lab,
    given: Sequence[bytes],
    stores: Iterable[tuple[str, str]],
    *,
    trusted: Iterable[bytes] = (),
    at: datetime,
    name: str = "",
    usage: Peer = Peer.SERVER,
    policy: str = "default",
) -> Explained:
    """Judge given certificates by stores of the lab, each a cluster and a name.

    `trusted` counts beside what these stores hold. What the lab knows besides may
    help to build the path; it is not trusted. An unknown store is a `NotFoundError`.
    """
    anchors = list(trusted)
    known = set(places.stores(lab.db))
    for cluster, store in stores:
        if (cluster, store) not in known:
            raise NotFoundError(
                "{cluster} has no trust store {store}",
                hint="Choose one of the list.",
                cluster=cluster,
                store=store,
            )
        held = certificates.many(lab.db, places.held_in(lab.db, cluster, store))
        anchors += [each.der for each in held.values()]
    leaf, *beside = given
    read = pool([*given, *anchors])
    around = _around(lab.db, (each.certificate for each in read))
    return explain_given(
        leaf,
        trusted=pool(anchors),
        untrusted=pool([*beside, *(each.der for each in around.values())]),
        at=at,
        name=name,
        usage=usage,
        policy=policy,
    )


def _around(db: Database, start: Iterable[Certificate]) -> dict[str, Certificate]:
    """These, and all that the lab holds of the names above them."""
    found = {each.sha256: each for each in start}
    names = {each.issuer_hash for each in found.values()}
    asked: set[str] = set()
    while (wanted := names - asked) and len(found) < _MOST_AROUND:
        asked |= wanted
        for each in certificates.with_subjects(db, wanted):
            found[each.sha256] = each
            names.add(each.issuer_hash)
    return found


def _verifiers(db: Database, certificate: Certificate) -> dict[tuple[str, str], Peer]:
    """Each (cluster, store) that decides over it, and what it is used for there."""
    profiles = {each.name: each.profile for each in parties.clusters(db)}
    found: dict[tuple[str, str], Peer] = {}
    for _, cluster, kind, role, place in places.holders(db, {certificate.sha256}):
        usage, _, name = place.partition(":")
        if usage == Usage.TRUST:
            found.setdefault((cluster, name), Peer.ANY)
        elif usage == Usage.IDENTITY:
            stores = verified_with(
                profiles.get(cluster, ""),
                kind,
                role,
                name,
                self_signed=certificate.self_signed,
            )
            found |= {(cluster, store): _usage_of(certificate) for store in stores}
    return found


def _usage_of(certificate: Certificate) -> Peer:
    """What a certificate can be used for, by its own words."""
    usages = certificate.extended_key_usage
    if certificate.is_ca and not certificate.self_signed:
        return Peer.ANY
    if not usages or "anyExtendedKeyUsage" in usages:
        return Peer.ANY
    for usage, peer in (("serverAuth", Peer.SERVER), ("clientAuth", Peer.CLIENT)):
        if usage in usages:
            return peer
    return Peer.ANY
