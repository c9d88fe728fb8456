"""What every deed on an identity slot shares: which slot, and what follows at once."""

import json
from collections.abc import Sequence
from datetime import datetime

from lab.actions.deed import deed, record
from lab.actions.judge import add_certificate
from lab.actions.oauth_keys import SIGNING_PURPOSE, keep_oauth_keys
from lab.actions.replication import check_online, reach, spread
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Cluster, Party, PartyKind
from lab.rules.purposes import PROFILES, Purpose, purpose_of
from lab.rules.restarts import NO_RESTART
from lab.rules.services import services_of
from lab.store import certificates, parties, places, services


def slot_of(
    lab: Lab, node: str, purpose: str, cluster: str = ""
) -> tuple[Cluster, Party, Purpose]:
    """The node and the rule of that slot; a `LabError` when it has no such slot."""
    party = parties.by_name(lab.db, cluster, node)
    if party.kind not in (PartyKind.UCM, PartyKind.IMP):
        raise RuleError(
            "{name} is not a node, so it has no certificate purposes",
            hint="Name a node of the cluster.",
            name=node,
        )
    if not party.fqdn:
        raise RuleError(
            "{name} was imported, so the lab only looks at its certificates",
            hint="Import the new certificate instead.",
            name=node,
        )
    home = parties.cluster(lab.db, party.cluster)
    table = PROFILES[home.profile]
    row = table.get((party.kind, purpose))
    if row is None:
        known = [name for kind, name in table if kind == party.kind]
        raise RuleError(
            "{node} has no certificate purpose {purpose}",
            hint="Its purposes are: {known}.",
            node=node,
            purpose=purpose,
            known=", ".join(known),
        )
    if row.held_by != "node" and party.role != "publisher":
        raise RuleError(
            "{purpose} is made on the publisher; {node} is a subscriber",
            hint="Do it on the publisher.",
            purpose=purpose,
            node=node,
        )
    return home, party, row


def slot_to_change(
    lab: Lab, node: str, purpose: str, cluster: str = ""
) -> tuple[Cluster, Party, Purpose]:
    """The same, of a node that can be reached now."""
    found = slot_of(lab, node, purpose, cluster)
    check_online(found[1])
    return found


def install_identity(
    lab: Lab,
    party: Party,
    purpose: Purpose,
    certificate: Certificate,
    *,
    now: datetime,
    how: str,
    description: str,
    holders: Sequence[Party] | None = None,
) -> None:
    """Put the certificate into its slot, and its copies into the trust stores.

    `holders` are the nodes that share it, with this one. An identity of the whole
    cluster goes to every UCM node. A node that is offline gets it when it is back.
    The copy in this node's own store follows at once, the others when replication is
    due (facts §2.2).
    """
    add_certificate(lab.db, certificate)
    if purpose.held_by == "cluster":
        holders = parties.nodes(lab.db, party.cluster, PartyKind.UCM)
    for holder in holders or [party]:
        if holder.online:
            put_in_slot(
                lab,
                holder.id,
                purpose.name,
                certificate.sha256,
                since=now,
                how=how,
                description=description,
            )
            _load_where_no_restart_is_needed(lab, holder, purpose)
            continue
        about = {
            "purpose": purpose.name,
            "certificate": certificate.sha256,
            "how": how,
            "description": description,
        }
        reach(lab, holder, "install_identity", about, now=now)
    if purpose.copied_to:
        spread(
            lab,
            party,
            purpose.copied_to,
            certificate.sha256,
            now=now,
            copy_of=purpose.name,
            description="Trust Certificate",
        )
    if purpose.name == SIGNING_PURPOSE:
        keep_oauth_keys(lab, party.cluster, now=now)


def install_missed_identity(lab: Lab, about: str) -> None:
    """Install what a node did not get while it was offline: certificate and key."""
    with deed(lab) as now:
        told = json.loads(about)
        party = parties.get(lab.db, told["party"])
        home = parties.cluster(lab.db, party.cluster)
        row = purpose_of(home.profile, party.kind, told["purpose"])
        put_in_slot(
            lab,
            party.id,
            row.name,
            told["certificate"],
            since=now,
            how=told["how"],
            description=told["description"],
        )
        _load_where_no_restart_is_needed(lab, party, row)
        found = certificates.get(lab.db, told["certificate"])
        detail = f"{found.subject}, until {utc_text(found.not_after)}"
        record(lab, now, "identity.installed", f"{row.name} on {party.name}", detail)


def put_in_slot(
    lab: Lab,
    party: int,
    name: str,
    sha256: str,
    *,
    since: datetime,
    how: str,
    description: str = "",
) -> None:
    """Make it the identity of that slot; both it and what was there are judged."""
    before = places.slot(lab.db, party, name)
    if before:
        lab.touch(before.certificate)
    places.put_in_slot(
        lab.db, party, name, sha256, since=since, how=how, description=description
    )
    lab.touch(sha256)


def _load_where_no_restart_is_needed(lab: Lab, holder: Party, purpose: Purpose) -> None:
    """Some services take a new certificate up by themselves: `rules.restarts`."""
    profile = parties.cluster(lab.db, holder.cluster).profile
    if (purpose.name, profile) not in {
        (row.changed, row.profile) for row in NO_RESTART
    }:
        return
    loads = {row.name for row in services_of(holder.kind) if purpose.name in row.loads}
    place = places.slot(lab.db, holder.id, purpose.name)
    for service in services.of_party(lab.db, holder.id):
        if place and service.running and service.name in loads:
            services.load(lab.db, service.id, purpose.name, place.certificate)
