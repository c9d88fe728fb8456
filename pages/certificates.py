"""What is where: find, sort, look inside, download."""

import streamlit as st

from lab.store import certificates, places
from pages.certificate_drawer import open_drawer
from pages.certificate_filters import (
    column_labels,
    draw_filters,
    draw_pages,
    sort_by,
    wanted_of_address,
)
from pages.certificate_parts import (
    CsvFile,
    cells_of,
    columns_of_table,
    count_wanted,
    rows_wanted,
    say_what_to_loosen,
    words_of_cells,
)
from pages.first_use import offer_example
from pages.language import _, counted
from pages.shared import as_code, session_lab, showing_refusals, view_at_now

lab = session_lab()
view = view_at_now(lab)
if not certificates.count(lab.db):
    offer_example(lab)
    st.stop()
wanted = wanted_of_address(lab)
draw_filters(lab, wanted)
if wanted.left_out:
    st.warning(
        _(
            "The address asked for {what}, which is not here; it was left out.",
            what=as_code(", ".join(wanted.left_out)),
        ),
        icon=":material/link_off:",
    )


# A click on a row opens it; a click on a heading has the database sort by it. The table
# then gets a new key: a chosen cell cannot be let go, and could not be clicked again.
clicks = st.session_state.setdefault("certificates_clicks", 0)
table_key = f"certificates_table{clicks}"


def follow_click() -> None:
    chosen = st.session_state[table_key].selection
    rows = [*chosen.rows, *(row for row, _column in chosen.cells)]
    if rows:
        st.query_params["certificate"] = found[rows[0]].certificate
    elif chosen.columns:
        sort_by(chosen.columns[0])
    st.session_state.certificates_clicks += 1


total = None
with showing_refusals():
    total = count_wanted(lab, view, wanted)
if total is None:
    st.stop()
if total == 0:
    say_what_to_loosen(lab, view, wanted)
else:
    summary, table, below = (
        st.container(horizontal=True),
        st.container(),
        st.container(),
    )
    with below:
        start = draw_pages(total)
    found = rows_wanted(lab, view, wanted, start)
    words = words_of_cells(view.thresholds)
    shared = places.shared(lab.db, [row.certificate for row in found])
    with summary:
        st.markdown(counted("{number} row", "{number} rows", total))
        st.space("stretch")
        st.download_button(
            _("Download as CSV"),
            CsvFile(view, wanted, words, column_labels()),
            "certificates.csv",
            "text/csv",
            key="certificates_csv",
            icon=":material/download:",
            help=_("All rows that were found, up to 100,000."),
            on_click="ignore",
        )
    table.container(key=f"certificates_box{clicks}").dataframe(
        [cells_of(row, words, shared) for row in found],
        key=table_key,
        hide_index=True,
        height="content" if len(found) <= 16 else 600,
        column_config=columns_of_table(words),
        on_select=follow_click,
        selection_mode=["single-row", "single-column", "single-cell"],
        alt=_("Certificates where they are"),
    )
    table.caption(
        _("A click on a row opens it; a click on a heading sorts all rows by it.")
    )
if asked := st.query_params.get("certificate"):
    with showing_refusals():
        open_drawer(lab, view, asked.strip().lower().replace(":", "")[:80])
