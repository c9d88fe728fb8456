"""The two tables of the services page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab.actions.look_at_services import BEHIND, Presents, Status
from lab.models import ServiceState
from pages.control_words import (
    STATE_COLOURS,
    STATE_SIGNS,
    presents_words,
    span_text,
    state_words,
)
from pages.language import _


def draw_tables(found: Sequence[Status], now: datetime) -> None:
    """Feature services, then network services; a click on a row opens it."""
    for kind, title in (
        ("feature", _("Feature services")),
        ("network", _("Network services")),
    ):
        st.subheader(title, anchor=False)
        rows = [each for each in found if each.service.kind == kind]
        if rows:
            _table(kind, title, rows, now)
        else:
            st.caption(_("None of them presents something old."))


def _table(kind: str, title: str, rows: Sequence[Status], now: datetime) -> None:
    # A chosen row cannot be let go, so the table gets a new key after each click.
    clicks = st.session_state.setdefault("services_clicks", 0)
    key = f"services_{kind}_{clicks}"

    def follow_click() -> None:
        selection = st.session_state[key].selection
        chosen = [*selection.rows, *(row for row, _column in selection.cells)]
        if chosen:
            st.query_params["service"] = rows[chosen[0]].service.name
        st.session_state.services_clicks += 1

    st.dataframe(
        [_cells(each, now) for each in rows],
        key=key,
        hide_index=True,
        height="content",
        column_config=_columns(),
        on_select=follow_click,
        selection_mode=["single-row", "single-cell"],
        alt=title,
    )


def _cells(each: Status, now: datetime) -> dict[str, Any]:
    words, stands = state_words(), presents_words()
    service = each.service
    started = since = ""
    if each.state is ServiceState.STARTED:
        started = f"{service.started_at:%Y-%m-%d %H:%M}"
        since = span_text(now - service.started_at)
    elif each.state is ServiceState.STARTING:
        started = _("ready at {time}", time=f"{service.started_at:%H:%M:%S}")
    presents = dict.fromkeys(one.presents for one in each.presented)
    # What is behind is what one looks for; the rest is said where nothing is.
    behind = [one for one in presents if one in BEHIND]
    rest = [one for one in presents if one is not Presents.HIDDEN]
    return {
        "service": service.name,
        "state": [f"{STATE_SIGNS[each.state]} {words[each.state]}"],
        "presents": [f"{_sign(one)} {stands[one]}" for one in behind or rest],
        "purposes": ", ".join(one.purpose for one in each.presented),
        "started": started,
        "up": since,
        "activation": _("Activated") if service.activated else _("Deactivated"),
    }


def _columns() -> dict[str, Any]:
    words, stands = state_words(), presents_words()
    # The word is white on its colour in both themes, so both need the dark shades.
    colours = [str(st.get_option(f"theme.light.{STATE_COLOURS[one]}Color"))
               for one in words]  # fmt: skip
    marks = [str(st.get_option(f"theme.light.{_colour(one)}Color")) for one in stands]
    return {
        "service": st.column_config.TextColumn(_("Service"), pinned=True),
        "state": st.column_config.MultiselectColumn(
            _("Status"),
            options=[f"{STATE_SIGNS[one]} {word}" for one, word in words.items()],
            color=colours,
        ),
        "presents": st.column_config.MultiselectColumn(
            _("Loaded"),
            options=[f"{_sign(one)} {word}" for one, word in stands.items()],
            color=marks,
        ),
        "purposes": _("Certificates"),
        "started": _("Started at (UTC)"),
        "up": _("Up for"),
        "activation": _("Activation"),
    }


def _colour(presents: Presents) -> str:
    if presents in BEHIND:
        return "violet"
    return "green" if presents is Presents.STORED else "gray"


def _sign(presents: Presents) -> str:
    if presents in BEHIND:
        return "△"
    return "✓" if presents is Presents.STORED else "○"
