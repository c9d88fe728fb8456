"""Where a slot is in the eight steps to an outside CA's certificate. It only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.actions.flow_facts import gather_facts
from lab.actions.identities import slot_of
from lab.lab import Lab
from lab.models import Certificate, Cluster, Party, SigningRequest
from lab.pki.reading import read_certificate
from lab.pki.requests import read_request
from lab.rules.purposes import Purpose
from lab.store import certificates, parties, requests
from lab.trust.flow_values import Flow
from lab.trust.third_party_flow import judge_flow

_OWN_ROLE = "root"  # of an authority that was made for the clusters themselves


@dataclass(frozen=True, kw_only=True)
class WaitingFlow:
    """A signing request that has no certificate in its slot yet."""

    made_at: datetime
    request: SigningRequest
    shared: bool
    flow: Flow


def flow_of(
    lab: Lab,
    node: str,
    purpose: str,
    cluster: str = "",
    *,
    answer: Sequence[bytes] = (),
) -> Flow:
    """The eight steps of this slot, each as the lab shows it (spec S21).

    `answer` are certificates at hand (DER) that are not uploaded yet, such as those
    in the file that an outside authority has sent. A shared request that lists this
    node counts for it, whichever node made it.
    """
    home, party, row = slot_of(lab, node, purpose, cluster)
    given = [read_certificate(der) for der in answer]
    kept = _request_for(lab, party, row.name)
    signed = certificates.with_keys(lab.db, [kept.key]) if kept else {}
    return _judged(lab, home, party, row, kept, signed, given)


def waiting_flows(lab: Lab, cluster: str = "") -> list[WaitingFlow]:
    """Every request that waits, the oldest first, and where it is."""
    waiting = requests.waiting(lab.db, cluster)
    signed = certificates.with_keys(lab.db, [kept.key for kept in waiting])
    found = []
    for kept in waiting:
        holder = parties.get(lab.db, kept.party)
        slot = slot_of(lab, holder.name, kept.purpose, holder.cluster)
        found.append(
            WaitingFlow(
                made_at=kept.made_at,
                request=read_request(kept.der),
                shared=kept.shared,
                flow=_judged(lab, *slot, kept, signed, []),
            )
        )
    return found


def answers_to(
    lab: Lab, node: str, purpose: str, cluster: str = ""
) -> list[Certificate]:
    """What authorities of the lab have issued for the waiting request, newest first."""
    _, party, row = slot_of(lab, node, purpose, cluster)
    kept = _request_for(lab, party, row.name)
    if kept is None:
        return []
    found = certificates.with_keys(lab.db, [kept.key]).get(kept.key, [])
    return sorted(found, key=lambda each: each.not_before, reverse=True)


def usual_authority(lab: Lab, flow: Flow) -> str:
    """The lab's authority that one would ask: the one that signed before, if any.

    Else one below a root; empty when the lab has no authority.
    """
    known = parties.authorities(lab.db)
    own = certificates.many(lab.db, [each.certificate for each in known])
    in_slot = flow.facts.in_slot
    issuers = certificates.issuers_of(lab.db, in_slot.sha256) if in_slot else []
    ranked = sorted(
        known,
        key=lambda each: (
            each.certificate not in issuers,
            each.role != _OWN_ROLE,  # makers of phones and partners sign for theirs
            own[each.certificate].self_signed,
        ),
    )
    return ranked[0].name if ranked else ""


def _request_for(lab: Lab, party: Party, purpose: str) -> requests.Waiting | None:
    """The slot's own request, else a shared one that lists this node."""
    shared = None
    for kept in requests.waiting(lab.db, party.cluster):
        if kept.purpose != purpose:
            continue
        if kept.party == party.id:
            return kept
        if kept.shared and _lists(kept, party):
            shared = kept
    return shared


def _lists(kept: requests.Waiting, party: Party) -> bool:
    names = {name.lower() for name in read_request(kept.der).alternative_names}
    return f"dns:{party.fqdn.lower()}" in names


def _judged(
    lab: Lab,
    home: Cluster,
    party: Party,
    row: Purpose,
    kept: requests.Waiting | None,
    signed: Mapping[str, list[Certificate]],
    given: Sequence[Certificate],
) -> Flow:
    facts = gather_facts(lab, home, party, row, kept, signed, given)
    return judge_flow(home.name, facts)
