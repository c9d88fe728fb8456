"""Parts of the import page: the preview, its counts and tables, and the password."""

from typing import TYPE_CHECKING, TypeAlias

import streamlit as st

from lab.actions.import_certificates import (
    Assignment,
    Imported,
    Preview,
    files_of,
    preview_import,
)
from lab.errors import PasswordNeededError
from lab.lab import Lab
from pages.language import _, counted
from pages.shared import fingerprint

if TYPE_CHECKING:  # a type of Streamlit's own, with no public home
    from streamlit.runtime.uploaded_file_manager import UploadedFile

Given: TypeAlias = "list[UploadedFile] | list[tuple[str, bytes]]"
_LONGEST_PASSWORD = 200


def uploads_of(given: Given) -> "list[tuple[str, bytes | UploadedFile]]":
    """Each file that is given under its name, to be read from the start."""
    return [each if isinstance(each, tuple) else (each.name, each) for each in given]


def preview_of(lab: Lab, given: Given, password: str, cluster: str) -> Preview:
    """What would come in; read again only when something that decides it changed."""
    ids = [each if isinstance(each, tuple) else each.file_id for each in given]
    key = (ids, password, cluster, fingerprint(lab))
    kept = st.session_state.get("import_preview")
    if kept and kept[0] == key:
        preview: Preview = kept[1]
        return preview
    preview = preview_import(
        lab,
        files_of(uploads_of(given)),
        passwords=[password] if password else [],
        assignment=Assignment(cluster=cluster),
    )
    st.session_state.import_preview = key, preview
    return preview


def say_done(done: Imported) -> None:
    """What was taken in, and where to see it."""
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


def show_counts(preview: Preview) -> None:
    """Four numbers: files, new, known, refused; and what was left where it was."""
    with st.container(horizontal=True):
        st.metric(_("Files"), preview.files, border=True)
        st.metric(_("New certificates"), preview.new, border=True)
        st.metric(_("Known already"), preview.known, border=True)
        st.metric(_("Refused"), preview.refusals, border=True)
    if preview.private_keys:
        st.caption(
            counted(
                "{number} private key was seen and left where it was.",
                "{number} private keys were seen and left where they were.",
                preview.private_keys,
            )
        )
    if preview.requests:
        st.caption(
            counted(
                "{number} signing request was left out.",
                "{number} signing requests were left out.",
                preview.requests,
            )
        )


def ask_password(preview: Preview) -> None:
    """Ask for the password of PKCS#12 files when one is needed; it is not kept."""
    needed = any(
        isinstance(each.refusal, PasswordNeededError) for each in preview.refused
    )
    if needed or st.session_state.get("import_password"):
        st.text_input(
            _("Password of the PKCS#12 files"),
            type="password",
            key="import_password",
            max_chars=_LONGEST_PASSWORD,
            help=_("It is used to read these files and is not stored."),
        )


def missing_table(preview: Preview) -> None:
    """What `show cert list` names and the files do not hold."""
    if not preview.missing:
        return
    st.markdown(
        counted(
            "{number} certificate is listed, but not in these files. "
            "Have it shown too: show cert own, or show cert trust.",
            "{number} certificates are listed, but not in these files. "
            "Have them shown too: show cert own, or show cert trust.",
            preview.missed,
        )
    )
    st.dataframe(
        [
            {
                "file": line.file,
                "place": line.place,
                "label": line.label,
                "how": line.how,
            }
            for line in preview.missing
        ],
        key="import_missing",
        hide_index=True,
        column_config={
            "file": st.column_config.TextColumn(_("File")),
            "place": st.column_config.TextColumn(_("Purpose or trust store")),
            "label": st.column_config.TextColumn(_("Its name in the list")),
            "how": st.column_config.TextColumn(_("What the list says of it")),
        },
        alt=_("Certificates that a list names and the files do not hold"),
    )


def found_table(preview: Preview) -> None:
    """What would come in, as a table; at most the first thousand."""
    if not preview.found:
        return
    rows = [
        {
            "file": found.file,
            "name": found.certificate.common_name or found.certificate.subject,
            "issuer": found.certificate.issuer_common_name or found.certificate.issuer,
            "not_before": found.certificate.not_before,
            "not_after": found.certificate.not_after,
            "key": f"{found.certificate.key_type} {found.certificate.key_size}",
            "state": _("known already") if found.known else _("new"),
        }
        for found in preview.found
    ]
    st.dataframe(
        rows,
        key="import_found",
        hide_index=True,
        column_config={
            "file": st.column_config.TextColumn(_("File")),
            "name": st.column_config.TextColumn(_("Common name"), pinned=True),
            "issuer": st.column_config.TextColumn(_("Issued by")),
            "not_before": st.column_config.DatetimeColumn(
                _("Valid from"), format="YYYY-MM-DD", timezone="UTC"
            ),
            "not_after": st.column_config.DatetimeColumn(
                _("Valid until"), format="YYYY-MM-DD", timezone="UTC"
            ),
            "key": st.column_config.TextColumn(_("Key type")),
            "state": st.column_config.TextColumn(_("State")),
        },
        alt=_("Certificates found in the files"),
    )
    left = preview.new + preview.known - len(preview.found)
    if left > 0:
        st.caption(
            counted("{number} more is not shown.", "{number} more are not shown.", left)
        )


def refused_table(preview: Preview) -> None:
    """What cannot come in, with the reason and the next step."""
    if not preview.refused:
        return
    rows = []
    for refused in preview.refused:
        values = {name: str(value) for name, value in refused.refusal.values.items()}
        rows.append(
            {
                "file": refused.file,
                "reason": _(refused.refusal.template).format(**values),
                "next": _(refused.refusal.hint_template).format(**values),
            }
        )
    st.dataframe(
        rows,
        key="import_refused",
        hide_index=True,
        column_config={
            "file": st.column_config.TextColumn(_("File"), pinned=True),
            "reason": st.column_config.TextColumn(_("Why it is refused")),
            "next": st.column_config.TextColumn(_("Next step")),
        },
        alt=_("Files that cannot be taken in"),
    )
