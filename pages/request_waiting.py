"""The table of the requests page: every request of the lab that waits."""

from datetime import datetime

import streamlit as st

from lab.actions.third_party_flow import waiting_flows
from lab.lab import Lab
from lab.rules.third_party_flow import step_row
from pages.language import _, counted
from pages.shared import as_text


def show_waiting(lab: Lab, now: datetime) -> None:
    """Every request of the lab that waits, how old it is, and what is next."""
    st.subheader(_("Requests that wait"), anchor=False)
    found = waiting_flows(lab)
    if not found:
        st.caption(_("No request waits anywhere in this lab."))
        return
    rows = [
        {
            "cluster": each.flow.cluster,
            "node": each.flow.facts.maker,
            "purpose": each.flow.purpose,
            "age": _age(now, each.made_at),
            "next": _(step_row(each.flow.next.number).title) if each.flow.next else "",
            "names": ", ".join(each.request.alternative_names),
            "key": each.request.key_id[:16],
        }
        for each in found
    ]
    chosen = st.dataframe(
        rows,
        key="requests_waiting",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "cluster": _("Cluster"),
            "node": _("Node"),
            "purpose": _("Purpose"),
            "age": _("Age"),
            "next": _("Next step"),
            "names": _("Names"),
            "key": _("Key"),
        },
        alt=_("Requests that wait"),
    )
    if chosen.selection.rows:
        row = rows[chosen.selection.rows[0]]
        st.button(
            _("Go on with {what} on {where}", what=as_text(row["purpose"]),
              where=as_text(row["node"])),
            key="requests_go_on",
            icon=":material/arrow_upward:",
            on_click=_go_to,
            args=(row,),
        )  # fmt: skip


def _age(now: datetime, made_at: datetime) -> str:
    minutes = int((now - made_at).total_seconds() // 60)
    if minutes < 60:
        return counted("{number} minute", "{number} minutes", minutes)
    hours = minutes // 60
    if hours < 24:
        return counted("{number} hour", "{number} hours", hours)
    return counted("{number} day", "{number} days", hours // 24)


def _go_to(row: dict[str, str]) -> None:
    for name in ("cluster", "node", "purpose"):
        st.query_params[name] = row[name]
