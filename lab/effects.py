"""What follows a change: copies, restarts, trust lists, phones, backup, sign-on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.models import Party, PartyKind
from lab.rules.after_change import AFTER_CHANGE, AfterChange
from lab.rules.follow_rules import FollowRule, follow_rule
from lab.rules.oauth_keys import OAUTH_CHANGES, OAUTH_PLACES
from lab.rules.restarts import NO_RESTART, TFTP, restarts_after
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
    OTHER_CLUSTER = "other_cluster"  # the same is done on `what`, outside the cluster


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One thing that follows, and where."""

    kind: Follows
    what: str = ""
    nodes: tuple[str, ...] = ()
    minutes: int = 0  # until it has happened by itself
    note: str = ""
    source: Source


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A change, and the cluster it was made in."""

    changed: str
    profile: str
    node: Party
    nodes: Sequence[Party]
    holders: Sequence[Party]
    running: Mapping[int, Collection[str]] | None

    def runs(self, service: str, node: Party) -> bool:
        """Whether a node runs it; without knowing better, whether it can."""
        if self.running is not None:
            return service in self.running.get(node.id, ())
        return any(
            row.name == service
            and row.product == node.kind
            and (row.on == "every" or node.role == row.on)
            for row in SERVICES
        )


def what_follows(
    changed: str,
    profile: str,
    node: Party,
    nodes: Sequence[Party],
    *,
    mixed_mode: bool = False,
    holders: Sequence[Party] = (),
    running: Mapping[int, Collection[str]] | None = None,
    phones_by_hand: bool = False,
) -> list[Effect]:
    """What follows a change of `changed` on `node`.

    It is the name of a purpose, a trust store, an enterprise parameter, or of one of
    the other changes in `lab.rules.after_change`. `nodes` are all nodes of its cluster,
    `holders` those that hold a shared certificate, `profile` whose advice is followed;
    `running` names the services that run, by the node's number. The order is the one
    to work in. Source: spec S18, S19, facts §1.7, §1.8.
    """
    change = _Change(
        changed=changed,
        profile=profile,
        node=node,
        nodes=nodes,
        holders=holders or [node],
        running=running,
    )
    after = AFTER_CHANGE.get(changed)
    found = _copies(change)
    if after and after.phones_first:
        found += _phones(after, by_hand=True)
    if after and after.ctl_update and mixed_mode:
        found.append(
            Effect(kind=Follows.TRUST_LIST, note=after.note, source=after.source)
        )
    found += _restarts(change)
    if after and node.kind is PartyKind.UCM:
        found += _tftp(after, change)
        if not after.phones_first:
            found += _phones(after, by_hand=phones_by_hand)
        if after.sso_metadata:
            found.append(Effect(kind=Follows.SIGN_ON, source=after.source))
    if changed in OAUTH_CHANGES:
        found += [
            Effect(kind=Follows.OTHER_CLUSTER, what=row.place, source=row.source)
            for row in OAUTH_PLACES
            if not row.by_itself
        ]
    if after and after.backup:
        found.append(Effect(kind=Follows.BACKUP, source=after.source))
    return found


def rule_of(effect: Effect) -> FollowRule:
    """The row of the rules that this effect is an instance of."""
    which = effect.what
    if effect.kind is Follows.COPY:
        which = "later" if effect.minutes else "at once"
    return follow_rule(effect.kind, which)


def opens_task(effect: Effect) -> bool:
    """Whether somebody has to do it; the rest happens by itself."""
    return rule_of(effect).by != "itself"


def _copies(change: _Change) -> list[Effect]:
    stores = dict.fromkeys(row.store for row in COPIES if row.purpose == change.changed)
    found = []
    for name in stores:
        store = STORES[name]
        held = [each for each in change.nodes if each.kind in store.product]
        if store.upload is not Reach.CLUSTER:
            changed = {each.id for each in change.holders}
            held = [each for each in held if each.id in changed]
        if held:
            found.append(
                Effect(
                    kind=Follows.COPY,
                    what=name,
                    nodes=_names(held),
                    minutes=store.delay_minutes,
                    source=store.source,
                )
            )
    return found


def _restarts(change: _Change) -> list[Effect]:
    found = []
    for row in restarts_after(change.changed, change.profile):
        where = [
            each
            for each in change.nodes
            if change.runs(row.service, each) and _meant(row.nodes, each, change)
        ]
        if where:
            found.append(
                Effect(
                    kind=Follows.RESTART,
                    what=row.service,
                    nodes=_names(where),
                    note=row.note,
                    source=row.source,
                )
            )
    if not found:
        found = [
            Effect(kind=Follows.NO_RESTART, note=row.note, source=row.source)
            for row in NO_RESTART
            if row.changed == change.changed
            and row.profile in (change.profile, "every")
        ]
    return found


def _meant(which: str, each: Party, change: _Change) -> bool:
    if which == "every":
        return True
    if which == "publisher":
        return each.role == "publisher"
    return any(each.id == holder.id for holder in change.holders)


def _tftp(after: AfterChange, change: _Change) -> list[Effect]:
    manner = after.tftp_r15 if change.profile == "r15" else after.tftp
    where = [
        each
        for each in change.nodes
        if change.runs(TFTP, each) and _meant(after.tftp_nodes, each, change)
    ]
    if not manner or not where:
        return []
    return [
        Effect(kind=Follows.TFTP, what=manner, nodes=_names(where), source=after.source)
    ]


def _phones(after: AfterChange, *, by_hand: bool) -> list[Effect]:
    if after.phones_reset == "no":
        return []
    what = "manual" if by_hand else after.phones_reset
    return [
        Effect(kind=Follows.PHONES, what=what, note=after.note, source=after.source)
    ]


def _names(nodes: Sequence[Party]) -> tuple[str, ...]:
    return tuple(each.name for each in nodes)
