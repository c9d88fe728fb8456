"""What does each node trust, where do nodes differ? Deletion with its consequences."""

import streamlit as st

from lab.actions.compare_stores import compare_stores
from pages.first_use import offer_example
from pages.language import _, moment_text
from pages.shared import session_lab
from pages.trust_entry import open_entry, say_what_was_done
from pages.trust_store_parts import (
    PAGE_ROWS,
    as_csv,
    clusters_with_nodes,
    draw_filters,
    draw_matrix,
    draw_nodes,
    say_summary,
)

lab = session_lab()
clusters = clusters_with_nodes(lab)
if not clusters:
    offer_example(lab)
    st.stop()
cluster, store, differing = draw_filters(clusters)
draw_nodes(lab, cluster)
say_what_was_done()
asked = st.query_params.get("page", "1")
page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
total, lines = compare_stores(
    lab,
    cluster,
    store=store,
    differing=differing,
    start=(max(page, 1) - 1) * PAGE_ROWS,
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
    with st.container(horizontal=True):
        say_summary(lines, total, moment_text(lab.clock.now()))
        st.space("stretch")
        st.download_button(
            _("Download as CSV"),
            as_csv(lines),
            "trust_stores.csv",
            "text/csv",
            key="trust_csv",
            icon=":material/download:",
            on_click="ignore",
        )
    with st.container(key=f"trust_box{clicks}"):
        draw_matrix(lines, follow_click, table_key)
elif differing and not store:
    st.success(
        _("All nodes trust the same, checked {time}.",
          time=moment_text(lab.clock.now())),
        icon=":material/check_circle:",
    )  # fmt: skip
else:
    st.info(
        _("There is nothing here. Choose all stores, or show more than differences."),
        icon=":material/search_off:",
    )
if total > PAGE_ROWS:
    st.pagination(-(-total // PAGE_ROWS), key="trust_page", bind="query-params")
open_entry(lab, cluster)
