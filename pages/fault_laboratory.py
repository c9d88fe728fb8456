"""Faults of responders and CRLs, and what clients make of them."""

import streamlit as st

from pages.fault_parts import draw_faults, draw_form
from pages.language import _
from pages.matrix_cell import draw_cell
from pages.matrix_parts import draw_matrix, kept_matrix, run_button
from pages.shared import session_lab

lab = session_lab()
st.markdown(
    _(
        "Let the lab's own responder and CRLs fail on purpose, and see what clients "
        "make of it. The matrix asks about every fault in every way, over HTTP, from "
        "a small lab of its own: this one stays as it is."
    )
)
in_all, at_work = st.tabs([_("Matrix"), _("Faults at work")], key="laboratory_tab")
with in_all:
    run_button(lab)
    matrix = kept_matrix()
    if matrix:
        draw_matrix(lab, matrix)
        draw_cell(matrix)
    else:
        st.info(
            _("The matrix has not been run in this visit. It takes some seconds."),
            icon=":material/info:",
        )
with at_work:
    draw_faults(lab)
    draw_form(lab)
