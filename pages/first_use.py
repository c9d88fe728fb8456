"""The first visit: the example lab is built while the person watches."""

import streamlit as st

from lab.actions.build_lab import build_lab, example_topology
from lab.lab import Lab
from pages.language import _
from pages.shared import showing_refusals


def build_with_progress(lab: Lab) -> None:
    """Build the example lab into this empty one, with a bar that counts."""
    bar = st.progress(0.0, text=_("Making keys for the example lab"))

    def show(done: int, total: int) -> None:
        text = _("Building the example lab: {done} of {total}", done=done, total=total)
        bar.progress(done / total, text=text)

    with showing_refusals():
        build_lab(lab, example_topology(), show)
    bar.empty()


def offer_example(lab: Lab) -> None:
    """What a page shows while the lab is empty: two ways to begin."""
    st.info(
        _("Nothing is here yet. Build the example lab, or import certificates."),
        icon=":material/info:",
    )
    with st.container(horizontal=True):
        if st.button(_("Build the example lab"), key="first_use_build", type="primary"):
            build_with_progress(lab)
            st.rerun()
        st.page_link("import_files.py", label=_("Import certificates"))
