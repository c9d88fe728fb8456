"""The last two steps of the requests page: the CTL, and the services."""

import streamlit as st

from lab.actions.restart_after_upload import restart_after_upload
from lab.actions.update_ctl import update_ctl
from lab.trust.flow_values import Flow, Progress
from pages.language import _
from pages.request_parts import Slot
from pages.shared import as_text, session_lab, showing_refusals


def step_ctl(slot: Slot, flow: Flow) -> None:
    """The button, when it is time."""
    if flow.steps[6].progress is Progress.NOW:
        st.button(
            _("Update the CTL"),
            key=f"{slot.key}_ctl",
            type="primary",
            icon=":material/playlist_add_check:",
            on_click=_open,
            args=("ctl", slot),
        )


def confirm_ctl(slot: Slot) -> None:
    """What a new CTL asks for."""
    st.markdown(
        _(
            "The CTL of {cluster} is made anew and signed. Restart TFTP and Cisco "
            "CallManager after it, and reset the phones, so that they fetch it.",
            cluster=as_text(slot.cluster.name),
        )
    )
    st.button(
        _("Update the CTL"),
        key="requests_update_ctl",
        type="primary",
        on_click=_update,
        args=(slot,),
    )


def _update(slot: Slot) -> None:

    with showing_refusals():
        update_ctl(session_lab(), slot.cluster.name)
        st.session_state.requests_done = _("The CTL is new.")
    st.session_state.pop("requests_dialog", None)


def step_restart(slot: Slot, flow: Flow) -> None:
    """The button, and the way to choose one by one."""
    if flow.steps[7].progress is Progress.NOW:
        with st.container(horizontal=True):
            st.button(
                _("Restart the services"),
                key=f"{slot.key}_restart",
                type="primary",
                icon=":material/restart_alt:",
                on_click=_open,
                args=("restart", slot),
            )
            st.page_link(
                "control_center.py",
                label=_("Choose them one by one"),
                icon=":material/settings_applications:",
            )


def confirm_restart(slot: Slot, flow: Flow) -> None:
    """Which services on which nodes; phones and people notice."""
    st.markdown(_("These services are restarted; whoever uses them notices:"))
    pairs = dict.fromkeys((*flow.facts.stale, *flow.facts.open_restarts))
    st.markdown(
        "\n".join(
            "- "
            + _(
                "{what} on {where}",
                what=as_text(service),
                where=as_text(node),
            )
            for service, node in pairs
        )
    )
    st.button(
        _("Restart"),
        key="requests_restart",
        type="primary",
        on_click=_restart,
        args=(slot,),
    )


def _restart(slot: Slot) -> None:
    node, cluster = slot.node.name, slot.cluster.name
    with showing_refusals():
        restart_after_upload(session_lab(), node, slot.row.name, cluster=cluster)
        st.session_state.requests_done = _("The services are starting.")
    st.session_state.pop("requests_dialog", None)


def _open(kind: str, slot: Slot) -> None:
    st.session_state.requests_dialog = (kind, slot, None)
