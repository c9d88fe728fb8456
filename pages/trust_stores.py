"""What does each node trust, where do nodes differ? Deletion with its consequences."""

import streamlit as st

from lab.actions.compare_stores import compare_stores
from pages.first_use import offer_example
from pages.shared import session_lab
from pages.trust_entry import open_entry, say_what_was_done
from pages.trust_nodes import draw_nodes
from pages.trust_store_parts import (
    PAGE_ROWS,
    clusters_with_nodes,
    draw_filters,
    draw_matrix,
    draw_summary,
    page_in_address,
    say_nothing,
)

lab = session_lab()
clusters = clusters_with_nodes(lab)
if not clusters:
    offer_example(lab)
    st.stop()
cluster, store, differing = draw_filters(clusters)
draw_nodes(lab, cluster)
say_what_was_done()
total, lines = compare_stores(
    lab,
    cluster,
    store=store,
    differing=differing,
    start=(page_in_address() - 1) * PAGE_ROWS,
    limit=PAGE_ROWS,
)
# After a click the table gets a new key: a chosen cell could not be clicked again.
clicks = st.session_state.setdefault("trust_clicks", 0)
table_key = f"trust_table{clicks}"


def follow_click() -> None:
    chosen = st.session_state[table_key].selection
    cells = [*chosen.cells, *((row, "") for row in chosen.rows)]
    if cells:
        row, column = cells[0]
        line = lines[row]
        st.query_params["entry"] = line.store
        st.query_params["certificate"] = line.certificate
        st.query_params["node"] = str(column).removeprefix("node ")
    st.session_state.trust_clicks += 1


if lines:
    draw_summary(lab, lines, total)
    with st.container(key=f"trust_box{clicks}"):
        draw_matrix(lines, follow_click, table_key)
else:
    say_nothing(lab, agreed=differing and not store)
if total > PAGE_ROWS:
    st.pagination(-(-total // PAGE_ROWS), key="trust_page", bind="query-params")
open_entry(lab, cluster)
