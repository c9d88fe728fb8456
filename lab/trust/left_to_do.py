"""What changes still ask for, cause by cause: open tasks in, cards of items out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.models import Task
from lab.rules.follow_rules import follow_rule
from lab.rules.restarts import TFTP

_RESTART, _TFTP = "restart", "tftp"  # as in lab.effects.Follows


@dataclass(frozen=True, kw_only=True)
class Stale:
    """A service that presents another certificate than its slot holds."""

    cluster: str
    node: str
    service: str
    purpose: str
    end: datetime  # of the certificate that it still presents


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a card: the same thing on one node or on several."""

    kind: str
    what: tuple[str, ...]  # services to restart, else the one thing that is meant
    nodes: tuple[str, ...]
    tasks: tuple[int, ...]  # empty: no document asks for it, but it shows the old one
    by: str  # "lab" or "outside"
    position: int

    @property
    def id(self) -> str:
        return "|".join((self.kind, *self.what, *self.nodes))


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change that is not finished: what is left of what it asked for."""

    cluster: str
    cause: str
    node: str  # where it was made
    items: tuple[Item, ...]
    left: int
    total: int
    stale: tuple[Stale, ...]  # services that go on with the old certificate

    def numbers(self, *, by: str = "lab") -> tuple[int, ...]:
        """The tasks that the lab, or somebody outside, does."""
        return tuple(
            number for item in self.items if item.by == by for number in item.tasks
        )

    @property
    def is_pressing(self) -> bool:
        """Whether the change is not in effect everywhere yet."""
        kept = ("restart", "tftp", "trust_list", "phones")
        return any(item.kind in kept for item in self.items)


def unfinished(rows: Sequence[Task], stale: Iterable[Stale] = ()) -> list[Change]:
    """The changes that ask for something still, the oldest first.

    `rows` are open tasks, with those of the same changes that are done. A stale
    service goes to the change of its purpose that reached its node.
    """
    causes: dict[tuple[str, str, str], list[Task]] = {}
    for row in rows:
        causes.setdefault((row.cluster, row.cause, row.cause_node), []).append(row)
    left = {
        cause: still
        for cause, found in causes.items()
        if (still := [row for row in found if row.closed_at is None])
    }
    waiting = list(stale)
    changes = []
    for (cluster, cause, node), still in left.items():
        reached = {node, *(row.node for row in still if row.kind == _RESTART)}
        own = [
            row
            for row in waiting
            if (row.cluster, row.purpose) == (cluster, cause) and row.node in reached
        ]
        waiting = [row for row in waiting if row not in own]
        bare = _uncovered(own, still)
        asked = {(row.kind, row.what, row.node) for row in causes[cluster, cause, node]}
        changes.append(
            Change(
                cluster=cluster,
                cause=cause,
                node=node,
                items=_in_order([*_items(still), *_bare_items(bare)]),
                left=len(still) + len(bare),
                total=len(asked) + len(bare),
                stale=tuple(own),
            )
        )
    return changes


def _items(rows: Sequence[Task]) -> list[Item]:
    """Tasks that differ in nothing but the node are one line.

    So are services that are restarted on the same nodes.
    """
    things: dict[tuple[str, str], list[Task]] = {}
    for row in rows:
        things.setdefault((row.kind, row.what), []).append(row)
    lines: dict[tuple[str, ...], list[Task]] = {}
    for (kind, what), found in things.items():
        nodes = tuple(row.node for row in found)
        key = (kind, *nodes) if kind == _RESTART else (kind, *nodes, what)
        lines.setdefault(key, []).extend(found)
    items = []
    for found in lines.values():
        first = found[0]
        rule = follow_rule(first.kind, first.what)
        items.append(
            Item(
                kind=first.kind,
                what=tuple(dict.fromkeys(row.what for row in found if row.what)),
                nodes=tuple(dict.fromkeys(row.node for row in found if row.node)),
                tasks=tuple(row.id for row in found),
                by=rule.by,
                position=rule.position,
            )
        )
    return items


def _in_order(items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: item.position))


def _uncovered(stale: Sequence[Stale], still: Sequence[Task]) -> list[Stale]:
    """Stale services that no open task would bring up to date."""
    covered = {(row.node, row.what) for row in still if row.kind == _RESTART}
    covered |= {(row.node, TFTP) for row in still if row.kind == _TFTP}
    return [row for row in stale if (row.node, row.service) not in covered]


def _bare_items(stale: Sequence[Stale]) -> list[Item]:
    nodes: dict[str, list[str]] = {}
    for row in stale:
        nodes.setdefault(row.node, []).append(row.service)
    return [
        Item(
            kind=_RESTART,
            what=tuple(services),
            nodes=(node,),
            tasks=(),
            by="lab",
            position=follow_rule(_RESTART, "").position,
        )
        for node, services in nodes.items()
    ]
