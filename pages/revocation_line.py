"""One line for the drawer of a certificate: what the last check found."""

import streamlit as st

from lab.lab import Lab
from lab.store import revocation_checks
from pages.language import _, moment_text
from pages.revocation_words import connects_badge, status_badge


def show_last_check(lab: Lab, sha256: str) -> None:
    """Nothing where nobody has asked for it."""
    for check in revocation_checks.checks_of(lab.db, sha256, limit=1):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{_('Last check')}:** {status_badge(check.status)} "
                f"{connects_badge(check.connects)} {moment_text(check.at)}"
            )
            st.page_link(
                "revocation.py",
                label=_("What proves it"),
                icon=":material/fact_check:",
                query_params={"show": "checks", "check": str(check.id)},
            )
