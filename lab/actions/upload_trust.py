"""Upload certificates into a trust store."""

from collections.abc import Sequence
from datetime import datetime

from lab.actions.deed import record
from lab.actions.judge import add_certificate
from lab.actions.replication import (
    check_has_store,
    check_online,
    identity_purpose,
    namesakes,
    newer_among,
    spread,
)
from lab.actions.upload_checks import check_authorities, signed
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.rules.trust_stores import STORES, UPLOAD_ALSO_LANDS_IN, Reach
from lab.store import certificates, parties, places


def upload_trust(
    lab: Lab,
    node: str,
    store: str,
    found: Sequence[Certificate],
    cluster: str,
    description: str,
    now: datetime,
) -> tuple[Party, list[Certificate]]:
    """Have a node trust these, issuers first; a part of a deed.

    Of several certificates of one subject the one that begins last is taken.
    """
    party = parties.by_name(lab.db, cluster, node)
    _check_store(party, store)
    check_online(party)
    taken = issuers_first(newest(found))
    _check_limit(lab, party, store, taken)
    check_authorities(
        taken,
        held(lab, party, store),
        store=store,
        node=node,
        profile=parties.cluster(lab.db, party.cluster).profile,
    )
    for certificate in taken:
        add_certificate(lab.db, certificate)
        _check_not_older(lab, party, store, certificate)
        copy_of = identity_purpose(lab, party.cluster, certificate.sha256)
        for name in stores_of(store):
            spread(
                lab,
                party,
                name,
                certificate.sha256,
                now=now,
                copy_of=copy_of,
                description=description or "Trust Certificate",
            )
        where = f"{store} on {node}"
        record(lab, now, "trust.uploaded", where, certificate.subject)
    return party, taken


def stores_of(store: str) -> list[str]:
    """The store, and the one in which the same upload lands as well (spec S3)."""
    return [name for name in (store, UPLOAD_ALSO_LANDS_IN.get(store)) if name]


def held(lab: Lab, party: Party, store: str) -> list[Certificate]:
    """What a store of a node holds."""
    entries = places.entries(lab.db, party.id, store)
    found = certificates.many(lab.db, [entry.certificate for entry in entries])
    return list(found.values())


def newest(found: Sequence[Certificate]) -> list[Certificate]:
    """Of each subject the one that begins last; of the same second, the later one."""
    kept: dict[str, Certificate] = {}
    for each in found:
        there = kept.get(each.subject_hash)
        if there is None or there.not_before <= each.not_before:
            kept[each.subject_hash] = each
    return [each for each in found if kept[each.subject_hash] is each]


def issuers_first(found: Sequence[Certificate]) -> list[Certificate]:
    """The same in the order of an upload: root, intermediates, leaf."""
    left, ordered = list(found), list[Certificate]()
    while left:
        free = [
            each
            for each in left
            if each.self_signed
            or not any(other is not each and signed(each, other) for other in left)
        ]
        # Two that signed each other have no order.
        ordered += free or left
        left = [each for each in left if free and each not in free]
    return ordered


def _check_store(party: Party, store: str) -> None:
    check_has_store(party, store)
    if STORES[store].upload is Reach.PUBLISHER and party.role != "publisher":
        raise RuleError(
            "{store} is filled on the publisher; {node} is a subscriber",
            hint="Upload it on the publisher.",
            store=store,
            node=party.name,
        )


def _check_limit(
    lab: Lab, party: Party, store: str, found: Sequence[Certificate]
) -> None:
    limit = STORES[store].limit
    # One a subject: what is replaced makes room.
    together = (*held(lab, party, store), *found)
    count = len({each.subject_hash for each in together})
    if limit is not None and count > limit:
        raise RuleError(
            "{store} would hold {count} certificates; it takes {limit}",
            hint="Delete one that is no longer needed first.",
            store=store,
            count=count,
            limit=limit,
        )


def _check_not_older(
    lab: Lab, party: Party, store: str, certificate: Certificate
) -> None:
    rivals = namesakes(lab, party, store, certificate.sha256).values()
    newer = newer_among(lab, rivals, certificate.sha256)
    if newer:
        raise RuleError(
            "{subject} began on {start}; {store} has one that began on {there}",
            hint="Delete the one that is there first, if the older one is wanted.",
            subject=certificate.subject,
            start=utc_text(certificate.not_before),
            store=store,
            there=utc_text(newer.not_before),
        )
