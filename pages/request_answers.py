"""Steps three to six of the requests page: signed, the chain above it, uploaded."""

from collections.abc import Sequence

import streamlit as st

from lab.actions.export import Kind, certificate_file
from lab.actions.follow_up import would_follow
from lab.actions.sign_request import sign_request, waiting_request
from lab.actions.upload_answer import upload_answer, upload_chain
from lab.lab import Lab
from lab.rules.contradictions import CONTRADICTIONS
from lab.rules.purposes import AGREE, CLIENT, DATA, IPSEC, ISSUE, SERVER, SIGN, WRAP
from lab.rules.signing import HONOURED, PICKED, SIGNING_MODES
from lab.rules.third_party_flow import CAPF_STEP, STEP_5_READINGS
from lab.store import certificates, parties
from lab.trust.third_party_flow import Flow, Progress, missing_from
from pages.effect_parts import show_effects
from pages.language import _, counted, moment_text
from pages.request_parts import AtHand, Slot, files_key, name_of, show_refusals
from pages.shared import as_code, as_text, session_lab, showing_refusals

_KEY_USAGES = (SIGN, WRAP, DATA, AGREE, ISSUE)
_EXTENDED = (SERVER, CLIENT, IPSEC)
_CONTRADICTION = next(row for row in CONTRADICTIONS if row.number == 9)


def step_sign(lab: Lab, slot: Slot, flow: Flow, files: AtHand) -> None:
    """A CA of the lab signs, or somebody outside does and gives files back."""
    if flow.facts.request:
        inside, outside = st.columns(2)
        with inside:
            _sign_here(lab, slot, flow)
        with outside:
            _signed_outside(slot, files)
    if flow.facts.answer and not flow.facts.in_file:
        _downloads(lab, flow.facts.answer.sha256, slot.key)


def _sign_here(lab: Lab, slot: Slot, flow: Flow) -> None:
    st.markdown(f"**{_('An authority of this lab signs')}**")
    labels = {each.name: each.label for each in parties.authorities(lab.db)}
    if not labels:
        st.caption(_("This lab has no authority of its own."))
        return
    st.selectbox(
        _("Authority"),
        list(labels),
        key=f"{slot.key}_authority",
        format_func=lambda name: as_text(labels[name]),
    )
    st.number_input(_("Valid for days"), 1, 9999, 730, key=f"{slot.key}_days")
    mode = st.selectbox(
        _("Extensions that the request asks for"),
        list(SIGNING_MODES),
        key=f"{slot.key}_mode",
        format_func=lambda name: _(name),
        help=_("An authority that ignores them makes certificates that lack bits."),
    )
    st.caption(as_text(_(SIGNING_MODES[mode].what)))
    request = flow.facts.request
    if mode == PICKED and request:
        st.multiselect(
            _("Key usage"),
            _KEY_USAGES,
            default=[each for each in request.key_usage if each in _KEY_USAGES],
            key=f"{slot.key}_picked_usage",
        )
        st.multiselect(
            _("Extended key usage"),
            _EXTENDED,
            default=[each for each in request.extended_key_usage if each in _EXTENDED],
            key=f"{slot.key}_picked_extended",
        )
        st.text_area(
            _("Names"),
            value="\n".join(request.alternative_names),
            key=f"{slot.key}_picked_names",
            height=100,
            help=_("One a line, as DNS:name."),
        )
    st.button(
        _("Sign"),
        key=f"{slot.key}_sign",
        type="secondary" if flow.facts.answer else "primary",
        icon=":material/draw:",
        on_click=_sign,
        args=(slot, flow.facts.maker),
    )


def _sign(slot: Slot, node: str) -> None:
    said, key, lab = st.session_state, slot.key, session_lab()
    picked = said[f"{key}_mode"] == PICKED
    with showing_refusals():
        request = waiting_request(lab, node, slot.row.name, slot.cluster.name)
        signed = sign_request(
            lab,
            said[f"{key}_authority"],
            request,
            days=said[f"{key}_days"],
            extensions=said.get(f"{key}_mode", HONOURED),
            key_usage=said[f"{key}_picked_usage"] if picked else None,
            extended_key_usage=said[f"{key}_picked_extended"] if picked else None,
            names=said[f"{key}_picked_names"].split() if picked else None,
        )
        st.session_state.requests_done = _(
            "Signed until {day}.", day=moment_text(signed.not_after)
        )


def _signed_outside(slot: Slot, files: AtHand) -> None:
    st.markdown(f"**{_('Or an authority outside signs')}**")
    st.caption(
        _(
            "Download the request in step 2, have it signed, and drop here what came "
            "back: the certificate and what stands above it, in any order and format."
        )
    )
    st.file_uploader(
        _("What came back"),
        accept_multiple_files=True,
        key=files_key(slot),
        label_visibility="collapsed",
    )
    show_refusals(files.refusals)
    if files.ders:
        st.caption(
            counted(
                "{number} certificate is in the files.",
                "{number} certificates are in the files.",
                len(files.ders),
            )
        )


def _downloads(lab: Lab, sha256: str, key: str) -> None:
    kinds: dict[Kind, str] = {
        "pem": "PEM",
        "der": "DER",
        "chain": _("Chain as PEM"),
    }
    with st.container(horizontal=True):
        for kind, label in kinds.items():
            file = certificate_file(lab, sha256, kind)
            st.download_button(
                label,
                data=file.data,
                file_name=file.name,
                mime=file.mime,
                key=f"{key}_get_{kind}_{sha256[:8]}",
                icon=":material/download:",
                on_click="ignore",
            )


def step_root(lab: Lab, slot: Slot, flow: Flow) -> None:
    """What stands above the certificate, as far as it is known."""
    for each in reversed(flow.facts.chain):
        if certificates.known(lab.db, each.sha256):
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(name_of(each.common_name, each.subject))
            with right:
                _downloads(lab, each.sha256, f"{slot.key}_above")
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
                "name": slot.row.name,
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


def confirm_upload(lab: Lab, slot: Slot, ders: Sequence[bytes]) -> None:
    """What is overwritten, and what follows."""
    st.markdown(
        _(
            "It overwrites what {purpose} on {node} holds, and the request is gone "
            "after it. This cannot be undone.",
            purpose=as_code(slot.row.name),
            node=as_code(slot.node.name),
        )
    )
    show_effects(would_follow(lab, slot.row.name, slot.node))
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
