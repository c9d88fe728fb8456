"""The first two steps of the requests page: make the request, and take it out."""

import streamlit as st

from lab.actions.download_request import download_request, request_file
from lab.actions.request_certificate import request_certificate
from lab.lab import Lab
from lab.models import SigningRequest
from lab.rules.keys_and_names import notes_on
from lab.rules.multi_server import SHARED
from lab.rules.purposes import HASHES
from lab.trust.flow_values import Flow
from pages.language import _
from pages.request_parts import Slot
from pages.shared import as_code, as_text, session_lab, showing_refusals


def step_generate(slot: Slot, flow: Flow) -> None:
    """The fields of the cluster's own page (facts §3.4), and the button."""
    row, key = slot.row, slot.key
    left, right = st.columns(2)
    left.selectbox(
        _("Distribution"),
        [False, True] if row.multi_server else [False],
        key=f"{key}_shared",
        format_func=lambda each: SHARED if each else slot.node.fqdn,
        help=_("A shared certificate is for all nodes that its names list."),
    )
    right.text_input(
        _("Common name"),
        key=f"{key}_common_name",
        placeholder=_("As the cluster names it"),
        max_chars=64,
    )
    left.text_input(
        _("Parent domain"),
        value=slot.cluster.domain,
        key=f"{key}_parent",
        help=_("It becomes one of the names. Leave it empty for none."),
    )
    right.text_area(
        _("Other domains"),
        key=f"{key}_others",
        height=80,
        placeholder="other.example.com",
        help=_("One name a line; no IP addresses."),
    )
    first, second, third, fourth = st.columns(4)
    first.text_input(_("Key type"), row.key_type, disabled=True, key=f"{key}_type")
    size = second.selectbox(
        _("Key length"),
        row.sizes,
        index=row.sizes.index(row.default_size),
        key=f"{key}_size",
    )
    third.selectbox(
        _("Hash algorithm"),
        HASHES[row.key_type, size].hashes,
        key=f"{key}_hash",
    )
    fourth.checkbox(_("Include OU in CSR"), key=f"{key}_ou")
    for note in notes_on(row.name, row.key_type, size):
        st.warning(as_text(_(note.note)), icon=":material/warning:")
    st.button(
        _("Generate"),
        key=f"{key}_generate",
        type="secondary" if flow.facts.request else "primary",
        icon=":material/add_notes:",
        on_click=_ask_or_generate,
        args=(slot, bool(flow.facts.request)),
    )


def _ask_or_generate(slot: Slot, waits: bool) -> None:
    if waits:
        st.session_state.requests_dialog = ("overwrite", slot, None)
    else:
        generate(slot)


def generate(slot: Slot) -> None:
    """Make the request with what the form says."""
    said = st.session_state
    with showing_refusals():
        request_certificate(
            session_lab(),
            slot.node.name,
            slot.row.name,
            cluster=slot.cluster.name,
            shared=said.get(f"{slot.key}_shared", False),
            common_name=said.get(f"{slot.key}_common_name", ""),
            include_ou=said.get(f"{slot.key}_ou", False),
            parent_domain=said.get(f"{slot.key}_parent", slot.cluster.domain).strip(),
            names=said.get(f"{slot.key}_others", "").split(),
            size=said.get(f"{slot.key}_size"),
            hash_name=said.get(f"{slot.key}_hash", ""),
        )
        st.session_state.pop("requests_dialog", None)
        st.session_state.requests_done = _("The request is made.")


def confirm_overwrite(slot: Slot) -> None:
    """What a new request ends: the one that waits, its key, and any answer to it."""
    st.markdown(
        _(
            "A request for {purpose} on {node} waits already. A new one overwrites it "
            "together with its key: what an authority signs for the old one will no "
            "longer fit.",
            purpose=as_text(slot.row.name),
            node=as_text(slot.node.name),
        )
    )
    st.button(
        _("Overwrite it"),
        key="requests_overwrite",
        type="primary",
        on_click=generate,
        args=(slot,),
    )


def step_download(lab: Lab, slot: Slot, flow: Flow) -> None:
    """The request decoded, as PEM, and to download."""
    if flow.facts.request is None:
        return
    node, cluster = flow.facts.maker, slot.cluster.name
    file, request = request_file(lab, node, slot.row.name, cluster=cluster)
    _decoded(request)
    st.code(file.data.decode(), language=None, height=180)
    st.download_button(
        _("Download the request"),
        data=file.data,
        file_name=file.name,
        mime=file.mime,
        key=f"{slot.key}_download",
        type="secondary" if flow.facts.taken_at else "primary",
        icon=":material/download:",
        on_click=_note_download,
        args=(node, slot.row.name, cluster),
    )


def _note_download(node: str, purpose: str, cluster: str) -> None:
    with showing_refusals():
        download_request(session_lab(), node, purpose, cluster=cluster)


def _decoded(request: SigningRequest) -> None:
    lines = {
        _("Subject"): as_code(request.subject),
        _("Names"): ", ".join(as_code(name) for name in request.alternative_names),
        _("Key"): as_code(f"{request.key}, {request.key_id[:16]}"),
        _("Key usage"): ", ".join(as_code(usage) for usage in request.key_usage),
        _("Extended key usage"): ", ".join(
            as_code(usage) for usage in request.extended_key_usage
        ),
        _("Signature"): as_code(request.signature_algorithm),
    }
    st.markdown("  \n".join(f"**{label}:** {text}" for label, text in lines.items()))
