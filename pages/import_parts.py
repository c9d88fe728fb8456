"""Parts of the import page: counts, preview tables, where the certificates go."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lab.actions.import_certificates import Assignment, File, Preview
from lab.lab import Lab
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES
from lab.store import parties
from pages.language import _, counted

if TYPE_CHECKING:  # a type of Streamlit's own, with no public home
    from streamlit.runtime.uploaded_file_manager import UploadedFile


def read_uploads(uploads: "Sequence[UploadedFile]") -> list[File]:
    """Name and bytes of each uploaded file."""
    return [(file.name, file.getvalue()) for file in uploads]


def show_counts(preview: Preview) -> None:
    """Four numbers: files, new, known, refused."""
    with st.container(horizontal=True):
        st.metric(_("Files"), preview.files, border=True)
        st.metric(_("New certificates"), preview.new, border=True)
        st.metric(_("Known already"), preview.known, border=True)
        st.metric(_("Refused"), preview.refusals, border=True)


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


def choose_assignment(lab: Lab) -> Assignment:
    """Where the certificates go: nowhere yet, a cluster, a node, a purpose, a store."""
    with st.expander(_("Where do they belong?"), icon=":material/account_tree:"):
        st.caption(
            _(
                "Leave everything empty to keep them unassigned. A cluster or a node "
                "that is not known yet is made."
            )
        )
        first, second, third = st.columns(3)
        cluster = first.selectbox(
            _("Cluster"),
            [each.name for each in parties.clusters(lab.db)],
            index=None,
            accept_new_options=True,
            key="import_cluster",
            placeholder=_("None"),
        )
        node = second.selectbox(
            _("Node"),
            [each.name for each in parties.nodes(lab.db, cluster or "")],
            index=None,
            accept_new_options=True,
            key="import_node",
            placeholder=_("None"),
            disabled=not cluster,
        )
        place = third.selectbox(
            _("Purpose or trust store"),
            [*dict.fromkeys(name for _product, name in SEED_R14), *STORES],
            index=None,
            key="import_place",
            placeholder=_("None"),
            disabled=not (cluster and node),
        )
    if not cluster:
        return Assignment()
    if not node or not place:
        return Assignment(cluster=cluster, node=node or "")
    if place in STORES:
        return Assignment(cluster=cluster, node=node, store=place)
    return Assignment(cluster=cluster, node=node, purpose=place)
