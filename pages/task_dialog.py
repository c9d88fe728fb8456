"""The dialog of what changes still ask for: what is done, what it breaks, doing it."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

import streamlit as st

from lab.actions.finish_tasks import Finished, finish_tasks
from lab.actions.restart_service import take_up
from lab.actions.trial import what_breaks
from lab.effects import Effect, Follows
from lab.lab import Lab
from lab.rules.after_change import SWAP
from lab.rules.follow_rules import follow_rule
from lab.rules.sources import Source
from lab.store import parties
from lab.trust.left_to_do import Change, Item
from lab.trust.next_steps import NextStep
from pages.broken_parts import show_broken
from pages.effect_parts import effect_text
from pages.language import _
from pages.shared import showing_refusals
from pages.task_parts import FOLLOWING


def chosen_items(step: NextStep) -> tuple[tuple[Change, Item], ...]:
    """What the dialog is about: one line, or all that the lab can do."""
    wanted: tuple[Change, Item] | None = st.session_state.get("overview_item")
    if wanted is not None:
        return (wanted,)
    return tuple(
        (change, item)
        for change in step.changes
        for item in change.items
        if item.by == "lab"
    )


def follow_doing(step: NextStep) -> str:
    """What is done when it is confirmed, as Markdown: every service and node."""
    items = [item for _change, item in chosen_items(step)]
    if all(item.by == "outside" for item in items):
        head = _("The lab cannot do this. Say that it was done outside:")
    else:
        head = _("This is done, publishers first and the backup last:")
    lines = [*_restart_lines(items)]
    swapped = {node for item in items if item.what == (SWAP,) for node in item.nodes}
    for item in items:
        if item.kind == Follows.TFTP and item.what != (SWAP,):
            nodes = [node for node in item.nodes if node not in swapped]
            if nodes:
                lines.append((item.position, _line(item.kind, item.what, nodes)))
        elif item.kind != Follows.RESTART:
            lines.append((item.position, _line(item.kind, item.what, item.nodes)))
    lines.sort(key=itemgetter(0))
    return "\n".join((head, "", *dict.fromkeys(line for _position, line in lines)))


def _restart_lines(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Each service once, with all its nodes; services with the same nodes together."""
    # The longest list has most of the nodes in their order, publishers first.
    order = [
        node
        for item in sorted(items, key=lambda item: -len(item.nodes))
        for node in item.nodes
    ]
    where: dict[str, set[str]] = {}
    for item in items:
        for service in item.what if item.kind == Follows.RESTART else ():
            where.setdefault(service, set()).update(item.nodes)
    groups: dict[tuple[str, ...], list[str]] = {}
    for service, nodes in where.items():
        groups.setdefault(tuple(sorted(nodes, key=order.index)), []).append(service)
    for found, names in groups.items():
        position = follow_rule(Follows.RESTART, "").position
        yield position, _line(Follows.RESTART, names, found)


def _line(kind: str, what: Sequence[str], nodes: Sequence[str]) -> str:
    effect = Effect(
        kind=Follows(kind),
        what=", ".join(what),
        nodes=tuple(nodes),
        source=Source.HOUSE,
    )
    return f"- {effect_text(effect)}"


def show_losses(lab: Lab, step: NextStep) -> None:
    """What would no longer work an hour later; nothing is shown for nothing."""
    numbers = [
        number
        for _change, item in chosen_items(step)
        # A backup breaks nothing, and what is tried out leaves no files.
        if item.by == "lab" and item.kind != Follows.BACKUP
        for number in item.tasks
    ]
    if not numbers:
        return
    with showing_refusals():
        broken = what_breaks(lab, lambda lab: finish_tasks(lab, only=numbers))
        if broken:
            show_broken(broken)


def confirm_text(step: NextStep) -> str:
    """The button of the dialog for one line of a card; empty for every other."""
    if step.deed not in FOLLOWING or st.session_state.get("overview_item") is None:
        return ""
    ((_change, item),) = chosen_items(step)
    return _("It is done") if item.by == "outside" else _("Do it")


def follow(lab: Lab, step: NextStep) -> Finished:
    """Do it; a `LabError` when nothing of it could be done."""
    chosen = chosen_items(step)
    for change, item in chosen:
        if not item.tasks:
            (name,) = item.nodes
            node = parties.by_name(lab.db, change.cluster, name)
            take_up(lab, node, change.cause, only=item.what)
    numbers = [number for _change, item in chosen for number in item.tasks]
    if not numbers:
        return Finished()
    if st.session_state.get("overview_item") is None:
        # The step of one change names it; the step of many has no names.
        return finish_tasks(lab, step.cluster, step.party, step.name)
    outside = any(item.by == "outside" for _change, item in chosen)
    return finish_tasks(lab, step.cluster, only=numbers, outside=outside)


def tell(finished: Finished) -> None:
    """What is still to come, and what was refused."""
    for task, at in {task.kind: (task, at) for task, at in finished.planned}.values():
        text = (
            _("A backup is made at {time} UTC, when its services have started.",
              time=f"{at:%H:%M:%S}")
            if task.kind == Follows.BACKUP
            else _("The phones are reset at {time} UTC, when all services have "
                   "started.", time=f"{at:%H:%M:%S}")
        )  # fmt: skip
        st.info(text, icon=":material/schedule:")
    for _task, refusal in finished.refused:
        with showing_refusals():
            raise refusal
