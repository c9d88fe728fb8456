"""Parts of the import page for TLS servers: look at one, say which are allowed."""

import streamlit as st

from lab.actions.allow_addresses import allow_addresses, forbid_addresses
from lab.actions.look_at_endpoint import Look, as_file, look_at
from lab.lab import Lab
from lab.rules.addresses import NETWORKS
from lab.store import settings
from pages.language import _
from pages.shared import as_code, as_text, showing_refusals

_MOST_LETTERS = 300
Upload = tuple[str, bytes]  # a name, and what it holds


def choose_endpoint(lab: Lab) -> list[Upload]:
    """The chain of the server that a person names, as a file; empty before a look."""
    with st.form("import_endpoint_form", border=False):
        box, button = st.columns([4, 1], vertical_alignment="bottom")
        box.text_input(
            _("Host and port"),
            key="import_endpoint",
            max_chars=_MOST_LETTERS,
            placeholder="127.0.0.1:8443",
        )
        button.form_submit_button(
            _("Look"), icon=":material/travel_explore:", on_click=_look, args=(lab,)
        )
    choose_addresses(lab, "import")
    seen: Look | None = st.session_state.get("import_looked")
    if not seen:
        return []
    st.caption(
        _(
            "{name} at {address} answered with {protocol}, {cipher}.",
            name=as_code(seen.name),
            address=as_code(seen.address),
            protocol=as_text(seen.protocol),
            cipher=as_text(seen.cipher),
        )
    )
    return [as_file(seen)]


def _look(lab: Lab) -> None:
    st.session_state.pop("import_looked", None)
    with showing_refusals(), st.spinner(_("Looking")):
        st.session_state.import_looked = look_at(lab, st.session_state.import_endpoint)


def choose_addresses(lab: Lab, page: str) -> None:
    """Which addresses may be looked at, and how to allow more, on this page."""
    chosen = settings.allowed_networks(lab.db)
    with st.expander(_("Addresses that may be looked at"), icon=":material/shield:"):
        st.dataframe(
            [
                {
                    "network": row.network,
                    "allowed": _("yes") if row.allowed else _("no"),
                    "why": _(row.why),
                }
                for row in NETWORKS
            ],
            key=f"{page}_networks",
            hide_index=True,
            column_config={
                "network": st.column_config.TextColumn(_("Network")),
                "allowed": st.column_config.TextColumn(_("Allowed")),
                "why": st.column_config.TextColumn(_("Why"), width="large"),
            },
            alt=_("Networks that may be looked at by the rules of the lab"),
        )
        for network in chosen:
            st.button(
                _("Forbid {network} again", network=str(network)),
                key=f"{page}_forbid_{network}",
                icon=":material/remove_circle:",
                on_click=_forbid,
                args=(lab, str(network)),
            )
        with st.form(f"{page}_allow_form", border=False, clear_on_submit=True):
            box, button = st.columns([4, 1], vertical_alignment="bottom")
            box.text_input(
                _("Allow a network or an address too"),
                key=f"{page}_allow",
                max_chars=_MOST_LETTERS,
                placeholder="192.0.2.0/24",
            )
            button.form_submit_button(
                _("Allow"),
                icon=":material/add_circle:",
                on_click=_allow,
                args=(lab, page),
            )


def _allow(lab: Lab, page: str) -> None:
    with showing_refusals():
        allow_addresses(lab, st.session_state[f"{page}_allow"])


def _forbid(lab: Lab, network: str) -> None:
    with showing_refusals():
        forbid_addresses(lab, network)
