"""What an upload would change, found out by doing it and undoing it (spec B17)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.trial import Broken, trial, what_breaks
from lab.actions.upload_certificate import Part, Uploaded, upload_part
from lab.actions.upload_checks import chain_within, read_upload
from lab.actions.upload_identity import outermost, trusted_for
from lab.actions.upload_notes import (
    Bits,
    Note,
    compare_bits,
    revoked_note,
    slot_notes,
    store_notes,
)
from lab.actions.upload_trust import held, stores_of
from lab.effects import Effect, Follows
from lab.errors import BusyError, LabError
from lab.lab import Lab
from lab.models import Certificate, Party, Usage
from lab.pki.bundles import write_pem
from lab.rules.purposes import PROFILES, Purpose
from lab.rules.trust_stores import STORES
from lab.store import certificates, events, jobs, parties, places, requests
from lab.trust.paths import explain
from lab.trust.pool import pool
from lab.trust.verdict import Peer, Verdict


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Where a certificate comes to be, and when."""

    node: str
    name: str  # the purpose or the store
    minutes: int  # from now; 0 is at once
    when_back: bool  # the node is offline now


@dataclass(frozen=True, kw_only=True)
class SlotLook:
    """A leaf beside the certificate that it overwrites."""

    leaf: Certificate
    current: Certificate | None
    names_lost: tuple[str, ...]
    names_gained: tuple[str, ...]
    bits: Bits


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What one upload would do, or the refusal that it would meet."""

    node: str
    name: str
    certificates: tuple[Certificate, ...]
    seen: str  # the head of the event log at which this was true
    refusal: LabError | None = None
    slot: SlotLook | None = None
    verdict: Verdict | None = None  # by the store that its verifiers consult
    replaced: tuple[Certificate, ...] = ()  # entries of the store that make room
    known: tuple[Certificate, ...] = ()  # that the store holds already
    arrivals: tuple[Arrival, ...] = ()
    effects: tuple[Effect, ...] = ()  # but for the copies, which are arrivals
    broken: Broken | None = None
    notes: tuple[Note, ...] = ()


def preflight_upload(
    lab: Lab,
    node: str,
    name: str,
    data: bytes,
    *,
    cluster: str = "",
    description: str = "",
) -> Preflight:
    """Look at what an upload of this file would do; nothing is changed or noted.

    A refusal that the upload would meet is a part of what is returned.
    """
    part = Part(node=node, name=name, data=data)
    (look,) = preflight_parts(lab, [part], cluster=cluster, description=description)
    return look


def preflight_parts(
    lab: Lab, parts: Sequence[Part], *, cluster: str = "", description: str = ""
) -> list[Preflight]:
    """The same for several uploads, each as if those before it were done.

    What comes after one that would be refused is not looked at.
    """
    looked: list[Preflight] = []
    with trial(lab):
        seen = events.head(lab.db)
        for part in parts:
            look = _look(lab, part, cluster, description, seen)
            looked.append(look)
            if look.refusal:
                break
            if part is not parts[-1]:
                upload_part(lab, part, cluster, description)
    return looked


def file_of(found: Sequence[Certificate]) -> bytes:
    """The file that these certificates are uploaded as."""
    return write_pem([each.der for each in found])


def _look(lab: Lab, part: Part, cluster: str, description: str, seen: str) -> Preflight:
    now = lab.clock.now()
    try:
        party = parties.by_name(lab.db, cluster, part.node)
        found = read_upload(part.data)
    except LabError as refusal:
        return Preflight(
            node=part.node,
            name=part.name,
            certificates=(),
            seen=seen,
            refusal=refusal,
        )
    done: list[Uploaded] = []
    refusal_met, broken = None, None
    try:
        broken = what_breaks(
            lab, lambda at: done.append(upload_part(at, part, cluster, description))
        )
    except BusyError:
        raise
    except LabError as met:
        refusal_met = met
    result = done[0] if done and not refusal_met else None
    row = _row(lab, party, part.name)
    slot: SlotLook | None = None
    replaced: list[Certificate] = []
    known: list[Certificate] = []
    if row:
        slot = _slot_look(lab, party, row, found)
    elif part.name in STORES:
        replaced, known = _entries(lab, party, part.name, found)
    verdict = _verdict(lab, party, part.name, row, slot, found, now)
    return Preflight(
        node=part.node,
        name=part.name,
        certificates=result.certificates if result else tuple(found),
        seen=seen,
        refusal=refusal_met,
        slot=slot,
        verdict=verdict,
        replaced=tuple(replaced),
        known=tuple(known),
        arrivals=tuple(_arrivals(lab, part, party, result, cluster, description)),
        effects=tuple(
            each
            for each in (result.effects if result else ())
            if each.kind is not Follows.COPY
        ),
        broken=broken,
        notes=tuple(_notes(lab, party, part.name, row, slot, found, known, now)),
    )


def _row(lab: Lab, party: Party, name: str) -> Purpose | None:
    if not party.cluster:
        return None
    profile = parties.cluster(lab.db, party.cluster).profile
    return PROFILES.get(profile, {}).get((party.kind, name))


def _slot_look(
    lab: Lab, party: Party, row: Purpose, found: Sequence[Certificate]
) -> SlotLook:
    place = places.slot(lab.db, party.id, row.name)
    current = certificates.get(lab.db, place.certificate) if place else None
    leaf = _leaf(lab, party, row.name, found)
    before = set(current.alternative_names) if current else set()
    after = set(leaf.alternative_names)
    return SlotLook(
        leaf=leaf,
        current=current,
        names_lost=tuple(sorted(before - after)),
        names_gained=tuple(sorted(after - before)),
        bits=compare_bits(row, leaf),
    )


def _leaf(
    lab: Lab, party: Party, purpose: str, found: Sequence[Certificate]
) -> Certificate:
    """The certificate of the file that is meant for the slot, as far as can be told."""
    waiting = requests.get(lab.db, party.id, purpose)
    key = waiting[1] if waiting else ""
    answers = [each for each in found if each.key_id == key]
    if answers:
        return max(answers, key=lambda each: each.not_before)
    return outermost(found)


def _verdict(
    lab: Lab,
    party: Party,
    name: str,
    row: Purpose | None,
    slot: SlotLook | None,
    found: Sequence[Certificate],
    now: datetime,
) -> Verdict | None:
    """How those who consult the store would judge the lowest certificate."""
    if row and slot:
        judged, trusted = slot.leaf, trusted_for(lab, party, row)
    elif name in STORES and party.kind in STORES[name].product:
        judged = outermost(found)
        trusted = [*held(lab, party, name), *found]
        if not judged.self_signed:  # its own copy would say nothing of its chain
            trusted = [each for each in trusted if each.sha256 != judged.sha256]
    else:
        return None
    return explain(
        judged.der,
        trusted=pool(each.der for each in trusted),
        untrusted=pool(each.der for each in found),
        at=now,
        usage=Peer.ANY,
    )


def _entries(
    lab: Lab, party: Party, store: str, found: Sequence[Certificate]
) -> tuple[list[Certificate], list[Certificate]]:
    """Entries that make room for these, and those of these that are there."""
    there = {each.sha256: each for each in held(lab, party, store)}
    known = [each for each in found if each.sha256 in there]
    subjects = {each.subject_hash for each in found if each.sha256 not in there}
    return [each for each in there.values() if each.subject_hash in subjects], known


def _arrivals(
    lab: Lab,
    part: Part,
    party: Party,
    result: Uploaded | None,
    cluster: str,
    description: str,
) -> Iterator[Arrival]:
    """Do it once more, and look where the certificates are and are on their way to."""
    if result is None:
        return
    wanted = {each.sha256 for each in result.certificates}
    subjects = {each.subject_hash for each in result.certificates}
    before = {
        (place.party, place.name)
        for sha256 in wanted
        for place in places.of_certificate(lab.db, sha256)
    }
    now = lab.clock.now()
    found: list[Arrival] = []
    with trial(lab):
        upload_part(lab, part, cluster, description)
        for node in parties.nodes(lab.db, party.cluster):
            for place in {
                (each.usage, each.name)
                for sha256 in wanted
                for each in places.of_certificate(lab.db, sha256)
                if each.party == node.id and (node.id, each.name) not in before
            }:
                if place[0] in (Usage.IDENTITY, Usage.TRUST):
                    found.append(_arrival(node, place[1], 0))
            coming = [
                (job.kind, job.about, int((job.due_at - now).total_seconds() // 60))
                for job in jobs.on_the_way_to(lab.db, node.id, now)
            ] + jobs.missed_by(lab.db, node.id)
            for _kind, about, minutes in coming:
                told = json.loads(about)
                if told.get("subject_hash") in subjects and "store" in told:
                    found.append(_arrival(node, told["store"], minutes))
                elif told.get("certificate") in wanted and "purpose" in told:
                    found.append(_arrival(node, told["purpose"], minutes))
    sure = {(each.node, each.name) for each in found if not each.minutes}
    stores = {*STORES, part.name, *stores_of(part.name)}
    for each in sorted(
        dict.fromkeys(found), key=lambda each: (each.minutes, each.name != part.name)
    ):
        is_there = bool(each.minutes) and (each.node, each.name) in sure
        if each.name in stores and not is_there:
            yield each


def _arrival(node: Party, name: str, minutes: int) -> Arrival:
    return Arrival(
        node=node.name, name=name, minutes=minutes, when_back=not node.online
    )


def _notes(
    lab: Lab,
    party: Party,
    name: str,
    row: Purpose | None,
    slot: SlotLook | None,
    found: Sequence[Certificate],
    known: Sequence[Certificate],
    now: datetime,
) -> Iterator[Note]:
    judged = [slot.leaf] if slot else found
    for each in judged:
        if certificates.known(lab.db, each.sha256):
            revoked = certificates.revocation(lab.db, each.sha256)
            if revoked:
                yield revoked_note(each, revoked.at)
    if not party.cluster:
        return
    profile = parties.cluster(lab.db, party.cluster).profile
    if row and slot:
        trusted = [*trusted_for(lab, party, row), *found]
        above = chain_within(slot.leaf, trusted)[1:]
        issuer = above[0] if above else None
        yield from slot_notes(row, profile, slot.leaf, slot.current, issuer, now)
    elif name in STORES:
        yield from store_notes(name, profile, found, known, now)
