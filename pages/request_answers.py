"""Steps four to six of the requests page: the chain above, and what is uploaded."""

from collections.abc import Sequence

import streamlit as st

from lab.actions.preflight_upload import preflight_upload
from lab.actions.upload_answer import upload_answer, upload_chain
from lab.lab import Lab
from lab.rules.contradictions import CONTRADICTIONS
from lab.rules.third_party_flow import CAPF_STEP, STEP_5_READINGS
from lab.store import certificates
from lab.trust.flow_values import Flow, Progress, missing_from
from pages.language import _, counted
from pages.request_parts import AtHand, Slot, name_of
from pages.request_signing import show_downloads
from pages.shared import as_code, as_text, session_lab, showing_refusals
from pages.upload_look import show_preflight

_CONTRADICTION = next(row for row in CONTRADICTIONS if row.number == 9)


def step_root(lab: Lab, slot: Slot, flow: Flow) -> None:
    """What stands above the certificate, as far as it is known."""
    for each in reversed(flow.facts.chain):
        if certificates.known(lab.db, each.sha256):
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(name_of(each.common_name, each.subject))
            with right:
                show_downloads(lab, each.sha256, f"{slot.key}_above")
        else:
            st.markdown(
                _("{name}, in the files", name=name_of(each.common_name, each.subject))
            )
    if flow.steps[3].progress is Progress.NOW:
        st.caption(_("Drop the root of the authority into the box of step 3."))


def step_capf(slot: Slot, flow: Flow, files: AtHand) -> None:
    """Both readings of the documents, what the lab does, and the button."""
    with st.container(border=True):
        st.markdown(f"**{_('The documents contradict each other')}**")
        for reading in STEP_5_READINGS:
            st.markdown(
                f"- {as_text(_(reading.where))}: **{as_text(_(reading.reading))}** "
                f":gray[{as_text(_(reading.source))}]"
            )
        st.markdown(
            f":material/gavel: **{_('What the lab does')}:** "
            f"{as_text(_(_CONTRADICTION.lab_choice))}"
        )
    if any(missing_from(flow.facts.capf)):
        st.button(
            _("Put the root into {store}", store="CallManager-trust"),
            key=f"{slot.key}_capf_root",
            type="primary",
            icon=":material/upload:",
            on_click=_upload_chain,
            args=(slot, files.ders, CAPF_STEP),
        )


def step_upload(slot: Slot, flow: Flow, files: AtHand) -> None:
    """First what the stores lack, root first; then the certificate."""
    if flow.facts.request is None or flow.facts.answer is None:
        return
    lacking = list(missing_from(flow.facts.wanted))
    with st.container(horizontal=True):
        if lacking:
            st.button(
                counted(
                    "Upload {number} certificate of the chain",
                    "Upload {number} certificates of the chain",
                    len(lacking),
                ),
                key=f"{slot.key}_upload_chain",
                type="primary",
                icon=":material/upload:",
                on_click=_upload_chain,
                args=(slot, files.ders),
            )
        st.button(
            _("Upload the certificate"),
            key=f"{slot.key}_upload",
            type="secondary" if lacking else "primary",
            icon=":material/upload:",
            on_click=_ask_upload,
            args=(slot, files.ders),
        )
        st.page_link(
            "certificate_upload.py",
            label=_("Upload with every check shown"),
            icon=":material/fact_check:",
            query_params={
                "cluster": slot.cluster.name,
                "node": flow.facts.maker,
            },
        )


def _upload_chain(slot: Slot, ders: Sequence[bytes], step: int = 0) -> None:
    with showing_refusals():
        done = upload_chain(
            session_lab(),
            slot.node.name,
            slot.row.name,
            cluster=slot.cluster.name,
            answer=ders,
            step=step,
        )
        st.session_state.requests_done = counted(
            "{number} certificate is uploaded.",
            "{number} certificates are uploaded.",
            len(done),
        )


def _ask_upload(slot: Slot, ders: Sequence[bytes]) -> None:
    st.session_state.requests_dialog = ("upload", slot, ders)


def confirm_upload(lab: Lab, slot: Slot, flow: Flow, ders: Sequence[bytes]) -> None:
    """What it overwrites, breaks and asks for; a refusal in place of the button."""
    answer = flow.facts.answer
    if answer is None:
        return
    st.markdown(
        _(
            "It overwrites what {purpose} on {node} holds, and the request is gone "
            "after it. This cannot be undone.",
            purpose=as_code(slot.row.name),
            node=as_code(flow.facts.maker),
        )
    )
    look = preflight_upload(
        lab, flow.facts.maker, slot.row.name, answer.der, cluster=slot.cluster.name
    )
    show_preflight(look)
    if look.refusal is None:
        st.button(
            _("Upload"),
            key="requests_upload",
            type="primary",
            on_click=_upload,
            args=(slot, ders),
        )


def _upload(slot: Slot, ders: Sequence[bytes]) -> None:
    with showing_refusals():
        upload_answer(
            session_lab(),
            slot.node.name,
            slot.row.name,
            cluster=slot.cluster.name,
            answer=ders,
        )
        round_ = st.session_state.get("requests_round", 0)
        st.session_state.requests_round = round_ + 1
        st.session_state.requests_done = "Certificate Uploaded"
    st.session_state.pop("requests_dialog", None)
