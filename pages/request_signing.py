"""The third step of the requests page: a CA of the lab signs, or somebody outside."""

import streamlit as st

from lab.actions.export import Kind, certificate_file
from lab.actions.sign_request import sign_request, waiting_request
from lab.actions.third_party_flow import usual_authority
from lab.lab import Lab
from lab.rules.purposes import AGREE, CLIENT, DATA, IPSEC, ISSUE, SERVER, SIGN, WRAP
from lab.rules.signing import HONOURED, PICKED, SIGNING_MODES
from lab.store import parties
from lab.trust.flow_values import Flow
from pages.language import _, counted, moment_text
from pages.request_parts import AtHand, Slot, files_key, show_refusals
from pages.shared import as_text, session_lab, showing_refusals

_KEY_USAGES = (SIGN, WRAP, DATA, AGREE, ISSUE)
_EXTENDED = (SERVER, CLIENT, IPSEC)


def step_sign(lab: Lab, slot: Slot, flow: Flow, files: AtHand) -> None:
    """A CA of the lab signs, or somebody outside does and gives files back."""
    if flow.facts.request:
        inside, outside = st.columns(2)
        with inside:
            _sign_here(lab, slot, flow)
        with outside:
            _signed_outside(slot, files)
    if flow.facts.answer and not flow.facts.in_file:
        show_downloads(lab, flow.facts.answer.sha256, slot.key)


def _sign_here(lab: Lab, slot: Slot, flow: Flow) -> None:
    st.markdown(f"**{_('An authority of this lab signs')}**")
    labels = {each.name: each.label for each in parties.authorities(lab.db)}
    if not labels:
        st.caption(_("This lab has no authority of its own."))
        return
    st.selectbox(
        _("Authority"),
        list(labels),
        index=list(labels).index(usual_authority(lab, flow)),
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


def show_downloads(lab: Lab, sha256: str, key: str) -> None:
    """The certificate as PEM and DER, and with its chain."""
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
