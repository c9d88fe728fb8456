"""The dialogs of the requests page: what cannot be undone is asked first."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from lab.lab import Lab
from lab.trust.flow_values import Flow
from pages.language import _
from pages.request_answers import confirm_upload
from pages.request_ends import confirm_ctl, confirm_restart
from pages.request_forms import confirm_overwrite


def show_dialog(lab: Lab, flow: Flow) -> None:
    """The dialog that was asked for, if one was; and what has just been done."""
    if done := st.session_state.pop("requests_done", ""):
        st.toast(done, icon=":material/check_circle:")
    asked = st.session_state.get("requests_dialog")
    if asked is None:
        return
    kind, slot, given = asked
    if (slot.cluster.name, slot.node.name, slot.row.name) != (
        flow.cluster,
        flow.node,
        flow.purpose,
    ):
        _close()
        return
    titles: dict[str, tuple[str, Callable[[], None]]] = {
        "overwrite": (
            _("Overwrite the request that waits?"),
            partial(confirm_overwrite, slot),
        ),
        "upload": (
            _("Upload the certificate?"),
            partial(confirm_upload, lab, slot, flow, given),
        ),
        "ctl": (_("Update the CTL?"), partial(confirm_ctl, slot)),
        "restart": (_("Restart the services?"), partial(confirm_restart, slot, flow)),
    }
    title, body = titles[kind]
    st.dialog(title, width="large", on_dismiss=_close)(_show)(body)


def _show(body: Callable[[], None]) -> None:
    if st.session_state.get("requests_dialog") is None:
        st.rerun()
    body()
    st.button(_("Cancel"), key="requests_cancel", on_click=_close)


def _close() -> None:
    st.session_state.pop("requests_dialog", None)
