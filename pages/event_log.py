"""What was done, by whom, at which lab time; the chain of hashes is checked."""

import streamlit as st

from lab.store import events
from pages.event_parts import (
    MOST_TEXT,
    PAGE_ROWS,
    EventsFile,
    chain_message,
    columns_of_table,
    headings,
    kinds,
    row_of,
)
from pages.first_use import offer_example
from pages.language import _, counted
from pages.shared import as_code, session_lab, showing_refusals

lab = session_lab()
if not events.count(lab.db):
    offer_example(lab)
    st.stop()
chain_message(lab)
text = st.text_input(
    _("Search"),
    key="events_q",
    max_chars=MOST_TEXT,
    icon=":material/search:",
    placeholder=_("Kind, name, detail or person"),
    bind="query-params",
)
total = None
with showing_refusals():
    total = events.count(lab.db, text or "")
if total is None:
    st.stop()
if total == 0:
    st.info(
        _(
            "No event contains {wanted}. Search for less of it.",
            wanted=as_code(text or ""),
        ),
        icon=":material/search_off:",
    )
    st.stop()
summary, table, below = st.container(horizontal=True), st.container(), st.container()
pages = -(-total // PAGE_ROWS)
page = 1
if pages > 1:
    with below:
        page = st.pagination(pages, key="events_page", bind="query-params")
found = events.latest(lab.db, PAGE_ROWS, (page - 1) * PAGE_ROWS, text or "")
with summary:
    st.markdown(counted("{number} event", "{number} events", total))
    st.space("stretch")
    st.download_button(
        _("Download as CSV"),
        EventsFile(text or "", headings()),
        "events.csv",
        "text/csv",
        key="events_csv",
        icon=":material/download:",
        help=_("All events that were found, up to 100,000."),
        on_click="ignore",
    )
words = kinds()
table.dataframe(
    [row_of(event, words) for event in found],
    key="events_table",
    hide_index=True,
    height="content" if len(found) <= 16 else 600,
    column_config=columns_of_table(),
    alt=_("What was done, newest first"),
)
