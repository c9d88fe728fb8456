"""The parts of the overview: controls, numbers, charts, and the legend of states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import plotly.graph_objects as go
import streamlit as st

from lab.actions.set_thresholds import set_thresholds
from lab.lab import Lab
from lab.models import State
from lab.rules.states import STATES
from lab.store import settings
from lab.trust.next_steps import BROKEN
from pages import chart_style, charts
from pages import timeline as timelines
from pages.certificate_filters import scope_labels
from pages.language import _, counted, current, day_text, month_text
from pages.overview_data import KINDS, Overview, sentence
from pages.shared import STATE_COLOURS, session_lab, showing_refusals, state_badge

_CARD, _SMALL = 136, 164  # pixels: all numbers in one row of a screen of 1400
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
        format_func=lambda scope: labels.get(scope, scope),
        key="overview_scope",
        width=210,
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
    st.subheader(_("Expiry timeline"), anchor=False)
    asked = st.query_params.get("kinds", ",".join(_KINDS_FIRST)).split(",")
    st.session_state.overview_kinds = [kind for kind in KINDS if kind in asked]
    most_asked = st.query_params.get("most", "")
    st.session_state.overview_most = next(
        (number for number in MOST if str(number) == most_asked), MOST[0]
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        kinds = st.pills(
            _("Kinds"),
            KINDS,
            selection_mode="multi",
            format_func=lambda kind: labels.get(kind, kind),
            key="overview_kinds",
            label_visibility="collapsed",
            on_change=_write,
            args=("kinds",),
        )
        st.space("stretch")
        most = st.segmented_control(
            _("How many"),
            MOST,
            required=True,
            format_func=lambda number: _("first {number}", number=number),
            key="overview_most",
            label_visibility="collapsed",
            on_change=_write,
            args=("most",),
        )
    return kinds, most or MOST[0]


def _write(name: str) -> None:
    value = st.session_state[f"overview_{name}"]
    if isinstance(value, list):
        value = ",".join(value)
    elif value == MOST[0]:
        value = ""  # as it is without being asked
    if value or name == "kinds":
        st.query_params[name] = str(value)
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
    return datetime.combine(chosen, now.time(), tzinfo=now.tzinfo)


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
    with st.container(horizontal=True, gap="small"):
        _number(found, _("Broken now"), BROKEN, "red")
        days = reversed(found.view.thresholds)
        for index, (number, colour) in enumerate(
            zip(days, ("red", "orange", "yellow"), strict=True), start=1
        ):
            label = counted("Within {number} day", "Within {number} days", number)
            _number(found, label, _ENDS[:index], colour)
        with (
            st.container(border=True, width="stretch"),
            st.container(horizontal=True, gap="xsmall", vertical_alignment="center"),
        ):
            held = (State.REVOKED, State.ON_HOLD)
            _small(found, _("revoked or on hold"), held)
            _small(found, _("with chain problems"), (State.BROKEN_CHAIN,))
            _small(found, _("stored, not in use"), (State.NOT_IN_USE,))
            _drift(found)


def _number(found: Overview, label: str, states: Sequence[State], colour: str) -> None:
    number = found.number(*states)
    icon = STATES[states[-1]].icon if len(states) < 4 else ":material/error:"
    shown = f":{colour}[{icon}] {label}" if number else label
    with st.container(border=True, width=_CARD, gap=None):
        _link(found, shown, states)
        st.metric(label, f"{number:,}", label_visibility="collapsed")


def _small(found: Overview, label: str, states: Sequence[State]) -> None:
    number = found.number(*states)
    row = STATES[states[0]]
    icon = f":{STATE_COLOURS[states[0]]}[{row.icon}] " if number else ""
    with st.container(width=_SMALL):
        _link(found, f"{icon}**{number:,}** {label}", states)


def _link(found: Overview, label: str, states: Sequence[State]) -> None:
    query = {"state": ",".join(states), "once": "1"}
    if found.view.scope:
        query["scope"] = found.view.scope
    words = _("Show the certificates behind this number")
    if found.ahead:
        words = _("The list shows today. Set the slider back to see the rows.")
    st.page_link(
        "certificates.py",
        label=label,
        query_params=query,
        disabled=found.ahead,
        help=words,
    )


def _drift(found: Overview) -> None:
    number = len(found.missing)
    label = counted("**{number}** copy lost", "**{number}** copies lost", number)
    with (
        st.container(width=_SMALL),
        st.popover(
            label,
            icon=":material/difference:",
            type="tertiary",
            key="overview_drift",
            help=_("Nodes that lack a trust certificate which the others have"),
        ),
    ):
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


@dataclass(frozen=True)
class Figures:
    timeline: go.Figure
    heat_map: go.Figure
    forecast: go.Figure


def figures(found: Overview) -> Figures:
    """The three charts in this language and appearance, drawn once."""
    return _figures(found.key, current(), is_dark(), found)


# Shared, not copied: the page only looks at them. A copy would cost more than a chart.
@st.cache_resource(max_entries=32, show_spinner=False)
def _figures(
    key: tuple[object, ...],  # noqa: ARG001  # what the figures are kept by
    language: str,  # noqa: ARG001  # the same
    dark: bool,
    _found: Overview,
) -> Figures:
    view = _found.view
    return Figures(
        timelines.timeline(
            _found.rows, view.at, _found.now, view.thresholds, dark=dark
        ),
        charts.heat_map(_found.slots, view.at, view.thresholds, dark=dark),
        charts.forecast(_found.counts, view.at, view.thresholds, dark=dark),
    )


def timeline(found: Overview) -> None:
    """A bar a certificate; which ones is chosen above."""
    if not found.rows:
        st.info(_("No certificate is of these kinds. Choose others."))
        return
    st.plotly_chart(
        figures(found).timeline,
        key="overview_timeline",
        config=_CHART,
        alt=_("Certificates from their first to their last day, grouped by node"),
    )


def heat_map(found: Overview) -> None:
    """Days left, for each purpose on each node."""
    st.subheader(_("Days left, by purpose and node"), anchor=False)
    if not found.slots:
        st.caption(_("No certificate is in the slot of a node."))
        return
    st.plotly_chart(
        figures(found).heat_map,
        key="overview_heat_map",
        config=_CHART,
        alt=_("Days left to the effective end, for each purpose on each node"),
    )


def forecast(found: Overview) -> None:
    """Twelve months, and a way to the rows of each."""
    st.subheader(_("Ends in the next 12 months"), anchor=False)
    months = chart_style.months_ahead(found.view.at)
    labels = {f"{month:%Y-%m}": month_text(month) for month in months}
    names = list(labels)
    st.plotly_chart(
        figures(found).forecast,
        key="overview_forecast",
        config=_CHART,
        on_select=_choose_month,
        selection_mode="points",
        alt=_("How many certificates end in each of the next 12 months"),
    )
    if st.session_state.get("overview_month") not in names:
        st.session_state.overview_month = names[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.selectbox(
            _("Month"),
            names,
            # In another language the browser still sends the label that it was shown.
            format_func=lambda name: labels.get(name, name),
            key="overview_month",
            label_visibility="collapsed",
            width=140,
        )
        number = sum(
            n for (_state, month), n in found.counts.items() if month == chosen
        )
        query = {
            **{"c1": "effective_end", "o1": "begins_with", "t1": chosen, "once": "1"},
            **({"scope": found.view.scope} if found.view.scope else {}),
        }
        st.page_link(
            "certificates.py",
            label=counted(
                "Show the {number} certificate that ends then",
                "Show the {number} certificates that end then",
                number,
            ),
            icon=":material/list:",
            query_params=query,
        )


def _choose_month() -> None:
    points = st.session_state.overview_forecast.selection.points
    if points:
        st.session_state.overview_month = points[0]["customdata"]


def legend(thresholds: tuple[int, int, int]) -> None:
    """Every state: icon, word, colour, why it is given, what helps; the thresholds."""
    with st.popover(_("Legend"), icon=":material/palette:", key="overview_legend"):
        st.markdown(f"**{_('Thresholds, in days before the effective end')}**")
        with st.form("overview_thresholds", border=False):
            columns = st.columns(3)
            words = (_("Far"), _("Near"), _("Soon"))
            for column, name, word, days in zip(
                columns, ("far", "near", "soon"), words, thresholds, strict=True
            ):
                column.number_input(
                    word,
                    min_value=1,
                    max_value=3650,
                    value=days,
                    step=1,
                    key=f"overview_{name}",
                )
            st.form_submit_button(
                _("Save"), key="overview_save_thresholds", on_click=_save_thresholds
            )
        for state in State:
            row = STATES[state]
            st.markdown(
                f"{state_badge(state, thresholds)} {_(row.rule)} {_(row.remedy)} "
                f":gray[{_('Source: {source}.', source=_(row.source))}]"
            )


def _save_thresholds() -> None:
    state = st.session_state
    with showing_refusals():
        set_thresholds(
            session_lab(), state.overview_far, state.overview_near, state.overview_soon
        )
