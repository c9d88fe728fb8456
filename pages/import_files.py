"""Bring your own certificates: see what is in the files, then take them in."""

import streamlit as st

from lab.actions.import_certificates import files_of, import_certificates
from pages.endpoint_parts import choose_endpoint
from pages.import_parts import (
    Given,
    ask_password,
    found_table,
    missing_table,
    preview_of,
    refused_table,
    say_done,
    show_counts,
    uploads_of,
)
from pages.import_places import choose_place
from pages.language import _, counted
from pages.shared import session_lab, showing_refusals

lab = session_lab()
st.session_state.setdefault("import_round", 0)

st.markdown(
    _(
        "Drop in PEM, DER, PKCS#7 or PKCS#12 files, a zip or a whole folder of them, "
        "what the cluster's command line printed, or a snapshot of its certificate "
        "management. You see what is in them before anything is stored. "
        "Private keys are never taken in."
    )
)
kinds = {
    "files": _("Files"),
    "folder": _("A folder"),
    "endpoint": _("A TLS server"),
}
what = st.segmented_control(
    _("What to import"),
    list(kinds),
    key="import_what",
    default="files",
    required=True,
    format_func=kinds.__getitem__,
)
given: Given
if what == "endpoint":
    given = choose_endpoint(lab)
else:
    given = st.file_uploader(
        _("Certificates"),
        accept_multiple_files="directory" if what == "folder" else True,
        # Another key after an import, so that the next one begins with an empty box.
        key=f"import_files_{what}_{st.session_state.import_round}",
        label_visibility="collapsed",
    )
if done := st.session_state.pop("import_done", None):
    say_done(done)
if not given:
    if not done:
        st.info(
            _("Nothing is chosen yet. A bundle of roots is a good first try."),
            icon=":material/info:",
        )
    st.stop()

password = st.session_state.get("import_password", "")
cluster = st.session_state.get("import_of_cluster", "") or ""
with st.spinner(_("Reading the files")):
    preview = preview_of(lab, given, password, cluster)
show_counts(preview)
ask_password(preview)
place = choose_place(lab, preview)
if not place.proposed:
    found_table(preview)
missing_table(preview)
refused_table(preview)
if not preview.new + preview.known:
    st.warning(
        _("There is no certificate in these files. Choose others."),
        icon=":material/warning:",
    )
    st.stop()


def take_in() -> None:
    with showing_refusals():
        st.session_state.import_done = import_certificates(
            lab,
            files_of(uploads_of(given)),
            place.assignment,
            passwords=[password] if password else [],
            proposed=place.proposed,
            choices=place.choices,
        )
        st.session_state.import_round += 1
        st.session_state.pop("import_looked", None)


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
