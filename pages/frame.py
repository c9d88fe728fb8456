"""The frame around every page: navigation, title, language, the lab's clock."""

import os
from pathlib import Path

import streamlit as st

from lab.actions.run_due import run_due
from lab.lab import lab_path
from lab.store.database import telling_trouble
from pages.address import write
from pages.clock_parts import clock_box
from pages.first_use import build_with_progress
from pages.language import LANGUAGES, _, current
from pages.shared import session_lab, showing_refusals

# From here: an icon by name would be fetched from a server on the internet.
ICON = Path(__file__).with_name("icon.svg")
first_use = not os.path.exists(lab_path())
st.set_page_config(page_title="PKI Lab", page_icon=ICON, layout="wide")
st.session_state.setdefault("frame_language", current())

PAGES = {
    _("Watch"): [
        st.Page(
            "overview.py",
            title=_("Overview"),
            icon=":material/dashboard:",
            default=True,
            help=_("What is wrong, when, and what to do first."),
        ),
        st.Page(
            "certificates.py",
            title=_("Certificates"),
            icon=":material/license:",
            help=_("What is where? Find, sort, look inside, download."),
        ),
    ],
    _("Try"): [
        st.Page(
            "judgement.py",
            title=_("Judge a certificate"),
            icon=":material/gavel:",
            help=_("Would it be accepted, by whom, and which rule decides?"),
        ),
    ],
    _("Run"): [
        st.Page(
            "import_files.py",
            title=_("Import"),
            icon=":material/upload_file:",
            help=_("Bring your own certificates: preview them, then take them in."),
        ),
        st.Page(
            "event_log.py",
            title=_("Events"),
            icon=":material/history:",
            help=_("What was done, by whom, at which lab time."),
        ),
        st.Page(
            "house_rules.py",
            title=_("House rules"),
            icon=":material/rule:",
            help=_("The tables behind every verdict, with their sources."),
        ),
    ],
}


page = st.navigation(PAGES)
st.set_page_config(page_title=f"{page.title} · PKI Lab")
st.title(page.title)
clock = st.sidebar.container()
st.sidebar.selectbox(
    _("Language"),
    LANGUAGES,
    key="frame_language",
    format_func=LANGUAGES.__getitem__,
    on_change=write,
    args=("frame", "language"),
)
# A file that is no lab, or is damaged, is told in a sentence on every page.
with showing_refusals():
    lab = session_lab()
    with telling_trouble(lab.db):
        if first_use:
            build_with_progress(lab)
        with showing_refusals():
            run_due(lab)
        with clock:
            clock_box(lab)
        page.run()
