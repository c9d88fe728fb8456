"""Bring your own certificates: see what is in the files, then take them in."""

import streamlit as st

from lab.actions.import_certificates import import_certificates, preview_import
from pages.import_parts import (
    choose_assignment,
    found_table,
    read_uploads,
    refused_table,
    show_counts,
)
from pages.language import _, counted
from pages.shared import session_lab, showing_refusals

lab = session_lab()
st.session_state.setdefault("import_round", 0)

st.markdown(
    _(
        "Drop in PEM, DER or PKCS#7 files, or a whole folder of them. "
        "You see what is in them before anything is stored. "
        "Private keys are never taken in."
    )
)
kinds = {"files": _("Files"), "folder": _("A folder")}
what = st.segmented_control(
    _("What to import"),
    list(kinds),
    key="import_what",
    default="files",
    required=True,
    format_func=kinds.__getitem__,
)
uploads = st.file_uploader(
    _("Certificates"),
    accept_multiple_files="directory" if what == "folder" else True,
    # Another key after an import, so that the next one begins with an empty box.
    key=f"import_files_{what}_{st.session_state.import_round}",
    label_visibility="collapsed",
)

if done := st.session_state.pop("import_done", None):
    text = counted(
        "{number} certificate was taken in.",
        "{number} certificates were taken in.",
        done.new,
    )
    known = counted(
        "{number} was known already.", "{number} were known already.", done.known
    )
    st.success(f"{text} {known}", icon=":material/check_circle:")
    with st.container(horizontal=True):
        st.page_link(
            "overview.py",
            label=_("See when they end"),
            icon=":material/dashboard:",
            query_params={"scope": "imported"},
        )
        st.page_link(
            "certificates.py",
            label=_("See the list"),
            icon=":material/license:",
            query_params={"scope": "imported"},
        )

if not uploads:
    if not done:
        st.info(
            _("Nothing is chosen yet. A bundle of roots is a good first try."),
            icon=":material/info:",
        )
    st.stop()

files = read_uploads(uploads)
with st.spinner(_("Reading the files")):
    preview = preview_import(lab, files)
show_counts(preview)
found_table(preview)
refused_table(preview)
if not preview.new + preview.known:
    st.warning(
        _("There is no certificate in these files. Choose others."),
        icon=":material/warning:",
    )
    st.stop()
assignment = choose_assignment(lab)


def take_in() -> None:
    with showing_refusals():
        st.session_state.import_done = import_certificates(lab, files, assignment)
        st.session_state.import_round += 1


st.button(
    counted(
        "Take in {number} certificate",
        "Take in {number} certificates",
        preview.new + preview.known,
    ),
    key="import_take_in",
    type="primary",
    icon=":material/download_done:",
    on_click=take_in,
)
