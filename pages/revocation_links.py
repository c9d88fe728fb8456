"""Long-lived links: which interval counts, and what was found of their certificates."""

import streamlit as st

from lab.actions.check_links import links
from lab.actions.plan_checks import LinkSchedule, link_schedule
from lab.lab import Lab
from lab.models import Cluster
from lab.rules.parameters import CHECK_FREQUENCY, VALIDITY_CHECK
from pages.language import _, counted, moment_text
from pages.revocation_words import connects_cell, status_cell
from pages.shared import as_text


def draw_links(lab: Lab, cluster: Cluster) -> None:
    """Both intervals and which of them wins, then a row a certificate."""
    plan = link_schedule(lab, cluster.name)
    st.subheader(_("Long-lived links"), anchor=False)
    every = _("Not checked again")
    if plan.hours:
        every = counted("Every {number} hour", "Every {number} hours", plan.hours)
    st.markdown(
        f"**{every}:** {as_text(_(plan.rule.meaning))}. "
        f":gray[{_('Source: {source}.', source=as_text(_(plan.rule.source)))}]"
    )
    _intervals(plan)
    st.page_link(
        "cluster_settings.py",
        label=_("{name} and {other} are enterprise parameters",
                name=VALIDITY_CHECK, other=CHECK_FREQUENCY),
        icon=":material/tune:",
        query_params={"cluster": cluster.name},
    )  # fmt: skip
    if plan.next_at:
        st.caption(_("The next time is {moment}.", moment=moment_text(plan.next_at)))
    _link_rows(lab, cluster)


def _intervals(plan: LinkSchedule) -> None:
    st.dataframe(
        [
            {
                "what": CHECK_FREQUENCY,
                "value": _hours(plan.parameter_hours),
                "is_on": _("on") if plan.rule.validity_check else _("off"),
                "wins": "✓" if plan.rule.wins == "parameter" else "",
            },
            {
                "what": _("Check Every"),
                "value": _hours(plan.page_hours),
                "is_on": _("on") if plan.rule.periodic_check else _("off"),
                "wins": "✓" if plan.rule.wins == "page" else "",
            },
        ],
        key="revocation_intervals",
        hide_index=True,
        column_config={
            "what": st.column_config.TextColumn(_("Interval"), pinned=True),
            "value": _("Length"),
            "is_on": st.column_config.TextColumn(
                _("Switch"),
                help=_(
                    "{parameter} for the one, Enable Revocation Check for the other",
                    parameter=VALIDITY_CHECK,
                ),
            ),
            "wins": _("Counts"),
        },
        alt=_("The two intervals for long-lived links, and which one counts"),
    )


def _hours(number: int) -> str:
    return counted("{number} hour", "{number} hours", number)


def _link_rows(lab: Lab, cluster: Cluster) -> None:
    st.dataframe(
        [
            {
                "link": row.link,
                "party": row.party or _("nobody in this lab"),
                "purpose": row.purpose,
                "certificate": row.certificate.common_name if row.certificate else "",
                "status": status_cell(row.latest.status) if row.latest else "",
                "connects": connects_cell(row.latest.connects) if row.latest else "",
                "label": f"{row.connection} {_(row.label)}",
                "note": _(row.note),
            }
            for row in links(lab, cluster.name)
        ],
        key="revocation_links",
        hide_index=True,
        height="content",
        column_config={
            "link": st.column_config.TextColumn(_("Link"), pinned=True),
            "party": _("Who presents"),
            "purpose": _("Purpose"),
            "certificate": _("Certificate"),
            "status": _("Last result"),
            "connects": _("Outcome"),
            "label": _("Connection"),
            "note": _("Note"),
        },
        alt=_("Certificates on long-lived links, and what was found of them"),
    )
