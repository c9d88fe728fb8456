"""The nodes of the trust stores page: taken offline, brought back, synchronized."""

import streamlit as st

from lab.actions.compare_stores import compared_nodes
from lab.actions.intercluster_sync import force_intercluster_sync
from lab.actions.node_connection import bring_back, take_offline
from lab.lab import Lab
from lab.models import Party, PartyKind
from pages.language import _
from pages.shared import as_text, session_lab, showing_refusals


def draw_nodes(lab: Lab, cluster: str) -> None:
    """Each node with its state, and the button that takes it away or brings it back."""
    with st.container(horizontal=True):
        for node in compared_nodes(lab, cluster):
            with st.container(border=True, width=180, gap="xsmall"):
                st.markdown(f"**{as_text(node.name)}**  \n{_node_badge(node)}")
                if node.fqdn:
                    _node_buttons(node)


def _node_badge(node: Party) -> str:
    if node.online:
        return f":green-badge[:material/cloud_done: {_('Online')}]"
    return f":gray-badge[:material/cloud_off: {_('Offline')}]"


def _node_buttons(node: Party) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            _("Take offline") if node.online else _("Bring back"),
            key=f"trust_connection_{node.id}",
            help=_("What should reach it waits until it is back.")
            if node.online
            else _("It then catches up with what it missed."),
            on_click=_connect,
            args=(node.cluster, node.name, not node.online),
        )
        if node.kind is PartyKind.IMP:
            st.button(
                "",
                key=f"trust_sync_{node.id}",
                icon=":material/sync:",
                help=_(
                    "Force an intercluster sync: all nodes take over what the database "
                    "has in tomcat-trust, cup-trust and cup-xmpp-trust."
                ),
                disabled=not node.online,
                on_click=_sync,
                args=(node.cluster, node.name),
            )


def _connect(cluster: str, name: str, back: bool) -> None:
    with showing_refusals():
        deed, text = (
            (bring_back, _("{node} is back.", node=as_text(name)))
            if back
            else (take_offline, _("{node} is offline.", node=as_text(name)))
        )
        deed(session_lab(), name, cluster)
        st.toast(text, icon=":material/check_circle:")


def _sync(cluster: str, name: str) -> None:
    with showing_refusals():
        changed = force_intercluster_sync(session_lab(), name, cluster)
        text = _("Nothing to do: all nodes were in step.")
        if changed:
            nodes = as_text(", ".join(changed))
            text = _("Brought in step: {nodes}.", nodes=nodes)
        st.toast(text, icon=":material/check_circle:", duration="long")
