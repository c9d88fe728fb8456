"""Cards of the overview for what changes still ask for, and what they do."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab.effects import Effect, Follows
from lab.rules.after_change import (
    CTL_RESET,
    CTL_UPDATE,
    ITL_RESET,
    SECURITY_MODE,
)
from lab.rules.parameters import PARAMETERS
from lab.rules.sources import Source
from lab.trust.left_to_do import Change, Item
from lab.trust.next_steps import Deed, NextStep
from pages.effect_parts import effect_text
from pages.language import _, counted
from pages.shared import as_text

FOLLOWING = (Deed.FOLLOW, Deed.FOLLOW_ALL)
_SHOWN = 3  # lines of a card; the others are behind it
_NAMED = 2  # services or nodes that a line names, before it only counts them


def change_name(change: Change) -> str:
    """What was changed, as Markdown: "tomcat on cucm-pub"."""
    names = {
        "oauth encryption": _("the OAuth encryption key"),
        "oauth signing": _("the OAuth signing key"),
        SECURITY_MODE: _("the security mode"),
        CTL_UPDATE: _("the CTL"),
        CTL_RESET: _("the signer of the CTL"),
        ITL_RESET: _("the signer of the ITL"),
    }
    if change.cause in names:
        return names[change.cause]
    what, where = as_text(change.cause), as_text(change.node)
    if change.cause in PARAMETERS:
        return what
    return _("{what} on {where}", what=what, where=where)


def follow_title(step: NextStep) -> str:
    if step.deed is Deed.FOLLOW_ALL:
        return counted(
            "Finish {number} change of {cluster}",
            "Finish {number} changes of {cluster}",
            len(step.changes),
            cluster=as_text(step.cluster),
        )
    (change,) = step.changes
    return _(
        "After {change} was changed: {left} of {total} things left to do",
        change=change_name(change),
        left=change.left,
        total=change.total,
    )


def follow_reason(step: NextStep) -> str:
    """Why it matters, where the title does not say it."""
    late = {(row.node, row.service) for change in step.changes for row in change.stale}
    if not late:
        return ""
    return counted(
        "{number} service has not loaded the new certificate.",
        "{number} services have not loaded the new certificate.",
        len(late),
    )


def item_text(item: Item) -> str:
    """One line of a card, as Markdown and without its full stop."""
    nodes = ", ".join(as_text(name) for name in item.nodes)
    if len(item.nodes) > _NAMED:
        nodes = counted("{number} node", "{number} nodes", len(item.nodes))
    if item.kind == Follows.RESTART and len(item.what) > _NAMED:
        return counted(
            "Restart {number} service on {nodes}",
            "Restart {number} services on {nodes}",
            len(item.what),
            nodes=nodes,
        )
    if item.kind == Follows.RESTART:
        what = ", ".join(as_text(name) for name in item.what)
        return _("Restart {what} on {nodes}", what=what, nodes=nodes)
    shown = item.nodes if len(item.nodes) <= _NAMED else (nodes,)
    what = item.what[0] if item.what else ""
    effect = Effect(
        kind=Follows(item.kind), what=what, nodes=shown, source=Source.HOUSE
    )
    return effect_text(effect).rstrip(".。")


def draw_items(step: NextStep, *, disabled: bool) -> None:
    """The lines of a card, each a button: the lab does it, or it is said to be done.

    Of many changes each has its lines behind it.
    """
    if step.deed is Deed.FOLLOW_ALL:
        for change in step.changes:
            label = _(
                "{change}: {left} of {total} left",
                change=change_name(change),
                left=change.left,
                total=change.total,
            )
            with _behind(label, f"{change.cause}|{change.node}"):
                for item in change.items:
                    _draw_item(step, change, item, disabled=disabled)
        return
    (change,) = step.changes
    shown = change.items if len(change.items) == _SHOWN + 1 else change.items[:_SHOWN]
    for item in shown:
        _draw_item(step, change, item, disabled=disabled)
    if rest := change.items[len(shown) :]:
        with _behind(counted("{number} more", "{number} more", len(rest)), step.id):
            for item in rest:
                _draw_item(step, change, item, disabled=disabled)


def _behind(label: str, name: str) -> DeltaGenerator:
    return st.popover(label, type="tertiary", key=f"overview_behind_{name}")


def _draw_item(step: NextStep, change: Change, item: Item, *, disabled: bool) -> None:
    outside = item.by == "outside"
    st.button(
        item_text(item),
        key=f"overview_item_{change.cluster}|{change.cause}|{change.node}_{item.id}",
        type="tertiary",
        icon=":material/task_alt:" if outside else ":material/play_arrow:",
        help=_("It is done outside the lab. Say when it is.")
        if outside
        else _("The lab does it, after you have looked at what that is."),
        on_click=_open_item,
        args=(step, change, item),
        disabled=disabled,
    )


def _open_item(step: NextStep, change: Change, item: Item) -> None:
    st.session_state.overview_step = step
    st.session_state.overview_item = change, item
