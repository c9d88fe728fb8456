"""TLS clients that ask while they connect: whom they meet, and what they found."""

from typing import Any

import streamlit as st

from lab.actions.live_check import LiveRow, check_live, live_checks
from lab.lab import Lab
from pages.language import _
from pages.revocation_data import Picture
from pages.revocation_words import connects_cell, status_cell
from pages.shared import session_lab, showing_refusals


def draw_live(lab: Lab, found: Picture) -> None:
    """The table, and a button that has one of them connect."""
    assert found.cluster
    rows = live_checks(lab, found.cluster.name)
    st.subheader(_("TLS clients that ask while they connect"), anchor=False)
    st.dataframe(
        [_live_cells(each) for each in rows],
        key="revocation_live",
        hide_index=True,
        height="content" if len(rows) <= 12 else 460,
        column_config={
            "client": st.column_config.TextColumn(_("Client"), pinned=True),
            "party": _("Connects to"),
            "status": _("Result"),
            "connects": _("Outcome"),
            "at": _("When (UTC)"),
            "connection": _("Connection"),
            "note": _("Note"),
        },
        alt=_("TLS clients, whom they connect to, and what they found"),
    )
    met = {f"{each.client} {each.party}": each for each in rows if each.party}
    if not met:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.selectbox(
            _("Client and other side"),
            list(met),
            format_func=lambda each: _met(met[each]) if each in met else each,
            key="revocation_met",
            label_visibility="collapsed",
            width=360,
        )
        st.button(
            _("Connect now"),
            key="revocation_connect",
            icon=":material/cable:",
            on_click=_connect,
            args=(found.cluster.name, met[chosen].client, met[chosen].party),
            disabled=not found.asks,
        )


def _met(row: LiveRow) -> str:
    return _("{client} to {party}", client=row.client, party=row.party)


def _live_cells(row: LiveRow) -> dict[str, Any]:
    latest = row.latest
    return {
        "client": row.client,
        "party": row.party or _("nobody in this lab"),
        "status": status_cell(latest.status) if latest else "",
        "connects": connects_cell(latest.connects) if latest else "",
        "at": f"{latest.at:%Y-%m-%d %H:%M}" if latest else "",
        "connection": f"{row.connection} {_(row.label)}".strip(),
        "note": _(row.note),
    }


def _connect(cluster: str, client: str, party: str) -> None:
    with showing_refusals():
        done = check_live(session_lab(), cluster, client, party)
        st.query_params["check"] = str(done.id)
