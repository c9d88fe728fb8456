"""The parts of the overview: controls, numbers, charts, and the legend of states."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import streamlit as st

from lab.actions.set_thresholds import set_thresholds
from lab.lab import Lab
from lab.models import Condition, State
from lab.rules.states import STATES
from lab.store import settings
from lab.trust.next_steps import BROKEN
from pages import charts
from pages.language import _, counted, current, day_text, month_text
from pages.overview_data import KINDS, Overview, sentence
from pages.shared import (
    place_text,
    session_lab,
    showing_refusals,
    state_badge,
    state_label,
)

MOST = (20, 60, 200)
_KINDS_FIRST = ("identities", "trust", "imported")  # phones come in crowds
_AHEAD_YEARS = 3
_ENDS = (State.ENDS_IN_7, State.ENDS_IN_30, State.ENDS_IN_90)
_CHART = {
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "pki-lab"},
}
_BOXES = {
    "error": (st.error, ":material/error:"),
    "warning": (st.warning, ":material/schedule:"),
    "success": (st.success, ":material/check_circle:"),
}


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def choose_scope(lab: Lab) -> str:
    """Whose certificates count; kept in the address."""
    labels = scope_labels(lab)
    asked = st.query_params.get("scope", "")
    st.session_state.overview_scope = asked if asked in labels else ""
    # Not `bind=`: that writes labels into the address, and labels are translated.
    chosen = st.selectbox(
        _("Scope"),
        list(labels),
        format_func=labels.__getitem__,
        key="overview_scope",
        on_change=_write,
        args=("scope",),
    )
    return str(chosen)


def choose_rows() -> tuple[Sequence[str], int]:
    """Which kinds the timeline shows, and how many certificates; in the address."""
    labels = {
        "identities": _("Identities"),
        "phones": _("Phones"),
        "trust": _("Trust copies and CAs"),
        "imported": _("Imported"),
    }
    asked = st.query_params.get("kinds", ",".join(_KINDS_FIRST)).split(",")
    st.session_state.overview_kinds = [kind for kind in KINDS if kind in asked]
    with st.container(horizontal=True, vertical_alignment="center"):
        kinds = st.pills(
            _("Kinds"),
            KINDS,
            selection_mode="multi",
            format_func=labels.__getitem__,
            key="overview_kinds",
            label_visibility="collapsed",
            on_change=_write,
            args=("kinds",),
        )
        st.space("stretch")
        most = st.segmented_control(
            _("How many"),
            MOST,
            default=MOST[0],
            required=True,
            format_func=lambda number: _("first {number}", number=number),
            key="overview_most",
            label_visibility="collapsed",
        )
    return kinds, most


def _write(name: str) -> None:
    value = st.session_state[f"overview_{name}"]
    if isinstance(value, list):
        value = ",".join(value)
    if value or name == "kinds":
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def choose_date(now: datetime) -> datetime:
    """The moment everything is shown for: now, or the same time on a later day."""
    today = now.date()
    last = today + timedelta(days=365 * _AHEAD_YEARS)
    chosen = st.slider(
        _("As of"),
        min_value=today,
        max_value=last,
        value=today,
        format="YYYY年M月D日" if current() == "ja" else "D MMM YYYY",
        key="overview_as_of",
        bind="query-params",
        help=_("Looks ahead, as if nobody acted. It changes nothing."),
    )
    if not isinstance(chosen, date) or not today < chosen <= last:
        return now
    return datetime.combine(chosen, time(now.hour, now.minute), tzinfo=now.tzinfo)


def headline(found: Overview, lab: Lab) -> None:
    """The one sentence, and beside it which clock it is true for."""
    kind, text = sentence(found)
    box, icon = _BOXES[kind]
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        box(text, icon=icon)
    with right:
        turned = settings.clock_shift(lab.db)
        if found.ahead:
            label, colour = _("As of {date}", date=day_text(found.view.at)), "orange"
            icon = ":material/update:"
        elif turned:
            label, colour = _("Turned by {days} days", days=turned.days), "violet"
            icon = ":material/fast_forward:"
        else:
            label, colour, icon = _("Real time"), "gray", ":material/schedule:"
        st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]  # one of three
        st.caption(f"{day_text(found.now)}  \n{found.now:%H:%M} UTC")


def numbers(found: Overview) -> None:
    """The risk numbers; each leads to the rows behind it."""
    soon, near, far = reversed(found.view.thresholds)
    with st.container(horizontal=True, gap="small"):
        _number(found, _("Broken now"), BROKEN, ":red[:material/error:]")
        for index, days in enumerate((soon, near, far), start=1):
            label = counted("Within {number} day", "Within {number} days", days)
            colour = ("red", "orange", "yellow")[index - 1]
            icon = STATES[_ENDS[index - 1]].icon
            _number(found, label, _ENDS[:index], f":{colour}[{icon}]")
        _number(
            found,
            _("Revoked or on hold"),
            (State.REVOKED, State.ON_HOLD),
            ":red[:material/block:]",
        )
        chains = (State.BROKEN_CHAIN,)
        _number(found, _("Chain problems"), chains, ":red[:material/link_off:]")
        stored = (State.NOT_IN_USE,)
        _number(found, _("Stored, not in use"), stored, ":violet[:material/restart_alt:]")
        with st.container(border=True, width=_CARD, gap=None):
            _drift(found)


def _number(
    found: Overview, label: str, states: Sequence[State], icon: str
) -> None:
    number = found.number(*states)
    query = {"state": ",".join(states), "once": "1"}
    if found.view.scope:
        query["scope"] = found.view.scope
    with st.container(border=True, width=_CARD, gap=None):
        st.page_link(
            "certificates.py",
            label=f"{icon} {label}" if number else label,
            query_params=query,
            disabled=found.ahead,
            help=_("The list shows today. Set the slider back to see the rows.")
            if found.ahead
            else _("Show the certificates behind this number"),
        )
        st.metric(label, f"{number:,}", label_visibility="collapsed")


def _drift(found: Overview) -> None:
    label = _("Nodes differ")
    number = len(found.missing)
    icon = ":material/difference:" if number else None
    with st.popover(label, icon=icon, type="tertiary", key="overview_drift"):
        st.markdown(_("Trust certificates that other nodes have and this one lacks."))
        st.dataframe(
            [
                {"node": row.node, "store": row.store, "certificate": row.subject}
                for row in found.missing[:1000]
            ],
            hide_index=True,
            column_config={
                "node": st.column_config.TextColumn(_("Node")),
                "store": st.column_config.TextColumn(_("Trust store")),
                "certificate": st.column_config.TextColumn(_("Certificate")),
            },
            alt=_("Trust certificates that nodes lack"),
        )
    st.metric(label, f"{number:,}", label_visibility="collapsed")


def timeline(found: Overview) -> None:
    """The bars, and below them what they leave out."""
    figure = _timeline(
        list(found.rows),
        found.view.at,
        found.now,
        found.view.thresholds,
        current(),
        dark=is_dark(),
    )
    st.plotly_chart(
        figure,
        key="overview_timeline",
        config=_CHART,
        alt=_("Certificates from their first to their last day, grouped by node"),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _timeline(
    rows: list[Placement],
    at: datetime,
    now: datetime,
    thresholds: tuple[int, int, int],
    _language: str,
    *,
    dark: bool,
) -> go.Figure:
    return charts.timeline(rows, at, now, thresholds, dark=dark)
