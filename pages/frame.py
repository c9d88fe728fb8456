"""The frame around every page: navigation, title, language, the lab's clock."""

import os
from pathlib import Path

import streamlit as st

from lab.actions.run_due import run_due
from lab.lab import lab_path
from lab.store.database import telling_trouble
from pages.address import write
from pages.clock_parts import clock_box
from pages.fault_banner import fault_banner
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
        st.Page(
            "revocation.py",
            title=_("Revocation"),
            icon=":material/block:",
            help=_("What is revoked, what do clients learn of it, and when?"),
        ),
    ],
    _("Change"): [
        st.Page(
            "certificate_requests.py",
            title=_("Requests"),
            icon=":material/edit_document:",
            help=_("Request, have signed, upload: the eight steps, and where you are."),
        ),
        st.Page(
            "certificate_upload.py",
            title=_("Upload"),
            icon=":material/upload:",
            help=_("Put a certificate into a slot or a trust store, after a look."),
        ),
        st.Page(
            "trust_stores.py",
            title=_("Trust stores"),
            icon=":material/inventory:",
            help=_("What does each node trust, and where do nodes differ?"),
        ),
        st.Page(
            "control_center.py",
            title=_("Services"),
            icon=":material/settings_applications:",
            help=_("What runs with what? Loaded against stored, start and restart."),
        ),
        st.Page(
            "phone_list.py",
            title=_("Phones"),
            icon=":material/phone_in_talk:",
            help=_("Which phones are fine? Their lists, certificates, recovery."),
        ),
        st.Page(
            "oauth_keys.py",
            title=_("OAuth keys"),
            icon=":material/key:",
            help=_("The keys behind tokens: checksums, age, and how to renew them."),
        ),
    ],
    _("Try"): [
        st.Page(
            "judgement.py",
            title=_("Judge a certificate"),
            icon=":material/gavel:",
            help=_("Would it be accepted, by whom, and which rule decides?"),
        ),
        st.Page(
            "responder_console.py",
            title=_("Ask a responder"),
            icon=":material/question_answer:",
            help=_("OCSP and CRLs by hand: request and response, taken apart."),
        ),
        st.Page(
            "fault_laboratory.py",
            title=_("Fault laboratory"),
            icon=":material/science:",
            help=_("Let a responder fail on purpose, and see what clients do."),
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
            "backup_list.py",
            title=_("Backups"),
            icon=":material/backup:",
            help=_("What was kept, what differs from now, and how to go back."),
        ),
        st.Page(
            "cluster_settings.py",
            title=_("Settings"),
            icon=":material/tune:",
            help=_("Enterprise parameters, and what the lab itself may do."),
        ),
        st.Page(
            "cluster_console.py",
            title=_("Console"),
            icon=":material/terminal:",
            help=_("The cluster's own commands, answered in their shape."),
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


page = st.navigation(PAGES, expanded=True)
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
        fault_banner(lab)
        page.run()
