"""What follows a changed identity: copies, restarts, trust lists, phones, backup."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.models import Party, PartyKind
from lab.rules.after_change import AFTER_CHANGE, AfterChange
from lab.rules.restarts import NO_RESTART, restarts_after
from lab.rules.services import SERVICES
from lab.rules.sources import Source
from lab.rules.trust_stores import COPIES, STORES, Reach


class Follows(StrEnum):
    """What kind of thing follows."""

    COPY = "copy"  # lands in the trust store `what`
    RESTART = "restart"  # the service `what` presents the old one until then
    NO_RESTART = "no_restart"  # a document says that nothing has to be restarted
    TRUST_LIST = "trust_list"  # the CTL is updated
    PHONES = "phones"  # `what` is "automatic" or "manual"
    TFTP = "tftp"  # `what` is "restart" or "deactivate then activate"
    BACKUP = "backup"
    SIGN_ON = "sign_on"  # new metadata for the identity provider


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One thing that follows, and where."""

    kind: Follows
    what: str = ""
    nodes: tuple[str, ...] = ()
    minutes: int = 0  # until it has happened by itself
    note: str = ""
    source: Source


def what_follows(
    changed: str,
    profile: str,
    node: Party,
    nodes: Sequence[Party],
    *,
    mixed_mode: bool = False,
) -> list[Effect]:
    """What follows a change of this purpose or trust store on `node`.

    `nodes` are all nodes of its cluster, `profile` whose advice is followed. The
    order is the one to work in. Source: spec S18, facts §1.7, §1.8.
    """
    after = AFTER_CHANGE.get(changed)
    found = _copies(changed, node, nodes)
    if after and after.ctl_update and mixed_mode:
        found.append(
            Effect(kind=Follows.TRUST_LIST, note=after.note, source=after.source)
        )
    found += _restarts(changed, profile, node, nodes)
    if after and node.kind is PartyKind.UCM:
        found += _rest(after, profile, nodes)
    elif after and after.backup:
        found.append(Effect(kind=Follows.BACKUP, source=after.source))
    return found


def _copies(changed: str, node: Party, nodes: Sequence[Party]) -> list[Effect]:
    stores = dict.fromkeys(row.store for row in COPIES if row.purpose == changed)
    found = []
    for name in stores:
        store = STORES[name]
        held = [each for each in nodes if each.kind in store.product]
        if store.upload is not Reach.CLUSTER:
            held = [each for each in held if each.id == node.id]
        if held:
            found.append(
                Effect(
                    kind=Follows.COPY,
                    what=name,
                    nodes=tuple(each.name for each in held),
                    minutes=store.delay_minutes,
                    source=store.source,
                )
            )
    return found


def _restarts(
    changed: str, profile: str, node: Party, nodes: Sequence[Party]
) -> list[Effect]:
    found = []
    for row in restarts_after(changed, profile):
        where = [
            each.name
            for each in nodes
            if _runs(row.service, each)
            and (row.nodes == "every" or _meant(row.nodes, each, node))
        ]
        if where:
            found.append(
                Effect(
                    kind=Follows.RESTART,
                    what=row.service,
                    nodes=tuple(where),
                    note=row.note,
                    source=row.source,
                )
            )
    if not found:
        found = [
            Effect(kind=Follows.NO_RESTART, note=row.note, source=row.source)
            for row in NO_RESTART
            if row.changed == changed and row.profile == profile
        ]
    return found


def _meant(which: str, each: Party, node: Party) -> bool:
    return each.role == "publisher" if which == "publisher" else each.id == node.id


def _runs(service: str, node: Party) -> bool:
    return any(
        row.name == service
        and row.product == node.kind
        and (row.on == "every" or node.role == row.on)
        for row in SERVICES
    )


def _rest(after: AfterChange, profile: str, nodes: Sequence[Party]) -> list[Effect]:
    found = []
    tftp = after.tftp_r15 if profile == "r15" else after.tftp
    callers = tuple(each.name for each in nodes if each.kind is PartyKind.UCM)
    if tftp:
        found.append(
            Effect(kind=Follows.TFTP, what=tftp, nodes=callers, source=after.source)
        )
    if after.phones_reset != "no":
        found.append(
            Effect(
                kind=Follows.PHONES,
                what=after.phones_reset,
                note=after.note,
                source=after.source,
            )
        )
    if after.sso_metadata:
        found.append(Effect(kind=Follows.SIGN_ON, source=after.source))
    if after.backup:
        found.append(Effect(kind=Follows.BACKUP, source=after.source))
    return found
