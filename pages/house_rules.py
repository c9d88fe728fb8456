"""The tables behind every verdict, as they stand, with their sources."""

import streamlit as st

from lab.rules.contradictions import CONTRADICTIONS
from pages.address import shown, write
from pages.language import _
from pages.rule_parts import (
    BY_SLUG,
    draw_contradictions,
    draw_search,
    draw_table,
    rows_of,
)
from pages.shared import as_code

first = next(iter(BY_SLUG))
asked = st.query_params.get("table", first)
if asked not in BY_SLUG:
    st.warning(
        _("There is no table called {name}.", name=as_code(asked[:80])),
        icon=":material/link_off:",
    )
    asked = first
choice, search = st.columns([3, 2])
text = search.text_input(
    _("Search all tables"),
    key="rules_q",
    max_chars=200,
    icon=":material/search:",
    bind="query-params",
)
choice.selectbox(
    _("Table"),
    list(BY_SLUG),
    key=shown("rules", "table", asked),
    format_func=lambda name: _(BY_SLUG[name].title),
    on_change=write,
    disabled=bool(text),
    args=("rules", "table"),
)
if text:
    draw_search(text)
elif BY_SLUG[asked].rows == CONTRADICTIONS:
    st.caption(_(BY_SLUG[asked].about))
    draw_contradictions(CONTRADICTIONS)
else:
    draw_table(BY_SLUG[asked], rows_of(BY_SLUG[asked]))
