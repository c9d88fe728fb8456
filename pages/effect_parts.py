"""What follows a change, as pages say it: before a deed, and after it."""

from collections.abc import Sequence

import streamlit as st

from lab.effects import Effect, rule_of
from pages.language import _
from pages.shared import as_text


def effect_text(effect: Effect) -> str:
    """One thing that follows, as Markdown."""
    return _(
        rule_of(effect).words,
        what=as_text(_(effect.what)),
        nodes=", ".join(as_text(name) for name in effect.nodes),
        minutes=effect.minutes,
    )


def effect_lines(effects: Sequence[Effect]) -> list[str]:
    """All that follows, as Markdown, each thing once, in the order to work in.

    What the rule adds stands behind it in grey, with its source.
    """
    lines: dict[str, None] = {}
    for effect in effects:
        rest = _("Source: {source}.", source=as_text(_(effect.source)))
        if effect.note:
            rest = f"({as_text(_(effect.note))}) {rest}"
        lines[f"{effect_text(effect)} :gray[{rest}]"] = None
    return list(lines)


def show_effects(effects: Sequence[Effect]) -> None:
    """A heading and a line each; nothing for none."""
    if effects:
        st.markdown(f"**{_('What follows')}**")
        st.markdown("\n".join(f"- {line}" for line in effect_lines(effects)))
