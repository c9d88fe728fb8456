"""Trust lists on a page: those that nodes serve, and one of them decoded."""

import streamlit as st

from lab.actions.show_trust_list import ShownList, decoded_list, served_list
from lab.lab import Lab
from lab.models import Cluster, PartyKind
from lab.rules.trust_lists import MOST_ITL_BYTES, MOST_ITL_CERTIFICATES
from lab.store import parties
from pages.language import _, day_text, moment_text
from pages.shared import as_code, as_text


def draw_served(lab: Lab, cluster: Cluster) -> None:
    """The lists that nodes serve now, and a choice of one to look into."""
    found: dict[str, ShownList] = {}
    for node in parties.nodes(lab.db, cluster.name, PartyKind.UCM):
        if built := served_list(lab, "ITL", node.name, cluster.name):
            found[f"ITL · {node.name}"] = decoded_list(lab, built.id)
    if built := served_list(lab, "CTL", "", cluster.name):
        found["CTL"] = decoded_list(lab, built.id)
    with st.expander(_("The lists that are served"), icon=":material/fact_check:"):
        if not found:
            st.info(_("No list is served."))
            return
        for name, each in found.items():
            if each.kind == "ITL" and (
                len(each.records) > MOST_ITL_CERTIFICATES or each.size > MOST_ITL_BYTES
            ):
                st.error(_("{name} is too large for phones.", name=as_text(name)))
        chosen = st.selectbox(
            _("List"), list(found), key="phones_list", width=420, persist_state="page"
        )
        draw_list(found[chosen or next(iter(found))])


def draw_list(each: ShownList) -> None:
    """One list, decoded: who signed it, and its records."""
    st.markdown(
        _(
            "Built by {node} on {at}, signed by {signer}, {size} bytes.",
            node=as_text(each.node),
            at=moment_text(each.built_at),
            signer=as_code(each.signer),
            size=each.size,
        )
    )
    st.dataframe(
        [
            {
                "number": row.number,
                "role": row.label,
                "node": row.node,
                "subject": row.subject,
                "serial": row.serial,
                "issuer": row.issuer,
                "ends": day_text(row.not_after),
                "signed": row.signed,
            }
            for row in each.records
        ],
        hide_index=True,
        column_config={
            "number": st.column_config.NumberColumn("#", width=40),
            "role": st.column_config.TextColumn(_("Function"), width=220),
            "node": _("Node"),
            "subject": _("Subject"),
            "serial": _("Serial number"),
            "issuer": _("Issuer"),
            "ends": _("Ends"),
            "signed": st.column_config.CheckboxColumn(_("Signed the list")),
        },
        alt=_("The records of the list"),
    )
