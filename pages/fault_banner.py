"""The loud word on every page while something fails on purpose."""

import streamlit as st

from lab.actions.faults import active_faults
from lab.lab import Lab
from pages.language import _, counted
from pages.shared import showing_refusals


def fault_banner(lab: Lab) -> None:
    """Say so while faults are at work, and lead to where they are switched off."""
    with showing_refusals():
        number = len(active_faults(lab))
        if not number:
            return
        st.warning(
            counted(
                "{number} fault is at work: a responder or a CRL fails on purpose.",
                "{number} faults are at work: responders or CRLs fail on purpose.",
                number,
            ),
            title=_("Fault laboratory"),
            icon=":material/science:",
        )
        st.page_link(
            "fault_laboratory.py",
            label=_("See them, and switch them off"),
            icon=":material/arrow_forward:",
        )
