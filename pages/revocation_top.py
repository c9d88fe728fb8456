"""The top of the revocation page: sentence, numbers, which cluster, which tab."""

from datetime import timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab.lab import Lab
from lab.models import Cluster
from pages.address import forget, shown, write
from pages.control_words import span_text
from pages.language import _, current, moment_text
from pages.parameter_parts import clusters_with_parameters
from pages.revocation_data import UNSURE, Picture, sentence

_BOXES = {
    "error": (st.error, ":material/error:"),
    "warning": (st.warning, ":material/warning:"),
    "success": (st.success, ":material/check_circle:"),
}
FILTERS = ("state", "status")  # of the tabs, in the address
_CARD = 132  # pixels: all numbers in one row of a screen of 1400


def choose_cluster(lab: Lab) -> Cluster | None:
    """The one that the address names, else the first; None when the lab runs none."""
    known = {each.name: each for each in clusters_with_parameters(lab)}
    if not known:
        return None
    asked = st.query_params.get("cluster", "")
    chosen = asked if asked in known else next(iter(known))
    if len(known) > 1:
        st.selectbox(
            _("Cluster"),
            list(known),
            key=shown("revocation", "cluster", chosen),
            on_change=write,
            args=("revocation", "cluster", "check"),
            width=300,
        )
    return known[chosen]


def headline(found: Picture) -> None:
    kind, text = sentence(found)
    box, icon = _BOXES[kind]
    box(text, icon=icon)


def numbers(found: Picture) -> None:
    """The numbers; each leads to the rows behind it."""
    with st.container(horizontal=True, gap="small"):
        _number("revoked", _("Revoked"), found.revoked, "red", state="revoked")
        _number("on_hold", _("On hold"), found.on_hold, "violet", state="on_hold")
        doubtful = len(found.doubtful)
        _number("doubtful", _("Not known to all"), doubtful, "orange", state="doubtful")
        _number(
            "unsure", _("Unknown"), found.number(*UNSURE), "orange",
            show="checks", status=",".join(UNSURE),
        )  # fmt: skip
        _number(
            "expired", _("Expired"), found.number("expired"), "red",
            show="checks", status="expired",
        )  # fmt: skip
        with st.container(border=True, width="stretch", gap="xsmall"):
            st.markdown(f"{_('Last check')}: {_last(found)}")
            st.markdown(f"{_('Next check')}: {_next(found)}")


def _number(name: str, label: str, number: int, colour: str, **address: str) -> None:
    with st.container(border=True, width=_CARD, gap=None):
        st.button(
            f":{colour}[**{label}**]" if number else label,
            key=f"revocation_number_{name}",
            type="tertiary",
            on_click=_go,
            kwargs=address,
            help=_("Show what is behind this number"),
        )
        st.metric(label, f"{number:,}", label_visibility="collapsed")


def _go(**address: str) -> None:
    """To another tab of this page, with its filter."""
    forget("check", "taken", *FILTERS, "show")
    for name, value in address.items():
        st.query_params[name] = value


def _last(found: Picture) -> str:
    if not found.latest:
        return f"**{_('never')}**"
    last = max(check.at for check in found.latest)
    ago = _("just now")
    if found.now - last >= timedelta(minutes=1):
        ago = _("{span} ago", span=span_text(found.now - last))
    return f"**{ago}**  \n:gray[{moment_text(last)}]"


def _next(found: Picture) -> str:
    if found.next_at is None:
        return f"**{_('not planned')}**"
    span = span_text(max(found.next_at - found.now, timedelta()))
    return f"**{_('in {span}', span=span)}**  \n:gray[{moment_text(found.next_at)}]"


def draw_tabs() -> tuple[str, DeltaGenerator]:
    """The tab that is open, and its name in the address; the others stay empty."""
    labels = {
        "taken": _("Revoked and on hold"),
        "health": _("Responder and lists"),
        "checks": _("Checks"),
        "settings": _("Settings"),
        "rules": _("Rules"),
    }
    # A key a language: the tab that is open is remembered by its label.
    key = f"revocation_show_{current()}"
    asked = st.query_params.get("show", "")
    st.session_state[key] = labels.get(asked, labels["taken"])
    names = {label: name for name, label in labels.items()}

    def follow() -> None:
        name = names[st.session_state[key]]
        forget("check", "taken", *FILTERS)
        if name == "taken":
            forget("show")
        else:
            st.query_params["show"] = name

    tabs = st.tabs(list(labels.values()), key=key, on_change=follow)
    is_open = zip(labels, tabs, strict=True)
    return next((name, tab) for name, tab in is_open if tab.open)
