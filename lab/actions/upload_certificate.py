"""Upload a certificate or a chain: into a slot, or into a trust store."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.actions.deed import deed
from lab.actions.follow_up import follow_up
from lab.actions.plan_checks import want_uploaded
from lab.actions.upload_checks import (
    LOOK_AGAIN,
    check_not_expired,
    noting_refusals,
    read_upload,
)
from lab.actions.upload_identity import upload_identity
from lab.actions.upload_trust import stores_of, upload_trust
from lab.effects import Effect
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.rules.trust_stores import STORES, Reach
from lab.store import events, parties, places


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """What an upload has done: certificates, where they are, and what follows."""

    name: str  # the purpose or the trust store
    node: str
    certificates: tuple[Certificate, ...]
    shared: bool
    now_on: tuple[str, ...]  # nodes that have it
    later_on: tuple[str, ...]  # nodes that get it by replication, or when they are back
    effects: tuple[Effect, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One upload of several: what goes where."""

    node: str
    name: str  # the purpose or the trust store
    data: bytes


def upload_certificate(
    lab: Lab,
    node: str,
    name: str,
    data: bytes,
    *,
    cluster: str = "",
    description: str = "",
) -> list[Certificate]:
    """Take a file as the cluster does; return the certificates that were stored.

    With the name of a store (`tomcat-trust`) all certificates of the file become
    trusted; with a purpose (`tomcat`) the leaf must answer the waiting request, which
    is then removed, and the slot is overwritten. What goes into `CAPF-trust` lands in
    `CallManager-trust` as well (spec S3). A refusal changes nothing, and is noted as
    an event. Source: facts §3.1, §3.5.
    """
    part = Part(node=node, name=name, data=data)
    (done,) = upload_parts(lab, [part], cluster=cluster, description=description)
    return list(done.certificates)


def upload_parts(
    lab: Lab,
    parts: Sequence[Part],
    *,
    cluster: str = "",
    description: str = "",
    seen: str = "",
) -> list[Uploaded]:
    """Do several uploads in this order, all of them or none.

    `seen` is the head of the event log (`lab.store.events.head`) at which somebody
    decided on them; when anything was done since, a `RuleError` refuses them all.
    """
    where = parts[0] if len({part.node for part in parts}) == 1 else None
    names = ", ".join(dict.fromkeys(part.name for part in parts))
    with noting_refusals(lab, where.node if where else cluster, names), deed(lab):
        if seen and events.head(lab.db) != seen:
            raise RuleError(
                LOOK_AGAIN,
                hint="Nothing was uploaded. Look at what they would do now, and "
                "confirm that.",
                number=len(parts),
            )
        return [upload_part(lab, part, cluster, description) for part in parts]


def upload_part(lab: Lab, part: Part, cluster: str, description: str) -> Uploaded:
    """Do one upload, and what follows from it.

    Where revocation is asked for, `lab.actions.check_revocation.run_checks` asks for
    what was uploaded, afterwards: the upload waits for nobody.
    """
    with deed(lab) as now:
        found = read_upload(part.data)
        check_not_expired(found, now)
        if part.name in STORES:
            party, taken = upload_trust(
                lab, part.node, part.name, found, cluster, description, now
            )
            here, later = _reached(lab, party, part.name, taken)
        else:
            party, leaf, holders = upload_identity(
                lab, part.node, part.name, found, cluster, description, now
            )
            taken = [leaf]
            here = [each.name for each in holders if each.online]
            later = [each.name for each in holders if not each.online]
        effects = follow_up(lab, part.name, party, now=now)
        want_uploaded(lab, party.cluster, taken, now)
    return Uploaded(
        name=part.name,
        node=part.node,
        certificates=tuple(taken),
        shared=part.name not in STORES and len(here) + len(later) > 1,
        now_on=tuple(here),
        later_on=tuple(later),
        effects=tuple(effects),
    )


def _reached(
    lab: Lab, party: Party, store: str, taken: Sequence[Certificate]
) -> tuple[list[str], list[str]]:
    """The nodes that have them all now, and those that they are on their way to."""
    here: list[str] = []
    later: list[str] = []
    wanted = {each.sha256 for each in taken}
    for node in parties.nodes(lab.db, party.cluster):
        for name in stores_of(store):
            rule = STORES[name]
            reached = rule.upload is Reach.CLUSTER and node.fqdn
            if node.kind not in rule.product or not (reached or node.id == party.id):
                continue
            entries = places.entries(lab.db, node.id, name)
            has = wanted <= {entry.certificate for entry in entries}
            (here if has else later).append(node.name)
    return [each for each in dict.fromkeys(here) if each not in later], list(
        dict.fromkeys(later)
    )
