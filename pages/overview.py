"""What is wrong, when, and what to do first."""

from dataclasses import replace

import streamlit as st

from lab.store import certificates
from pages import overview_parts as parts
from pages.first_use import offer_example
from pages.overview_data import read_overview
from pages.overview_steps import do_next, show_dialog
from pages.shared import session_lab, view_at_now

lab = session_lab()
if not certificates.count(lab.db):
    offer_example(lab)
    st.stop()

# The sentence and the numbers stand above the controls that decide over them.
top, numbers, controls = st.container(), st.container(), st.container()
grid = st.grid(3, min_column_width=300, gap="medium")
left, right = grid.cell(column_span=2), grid.cell()
with controls:
    view = view_at_now(lab)
    now = view.at
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = replace(view, scope=parts.choose_scope(lab))
        view = replace(view, at=parts.choose_date(now))
        parts.legend(view.thresholds)
with left:
    kinds, most = parts.choose_rows()
found = read_overview(lab, view, now, kinds, most)
with top:
    parts.headline(found, lab)
with numbers:
    parts.numbers(found)
with left:
    parts.timeline(found)
    parts.heat_map(found)
    parts.forecast(found)
with right:
    do_next(found)
show_dialog(lab)
