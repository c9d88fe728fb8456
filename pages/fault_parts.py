"""The faults at work, and the form that sets one."""

import streamlit as st

from lab.actions.faults import ALL, VARIABLE, active_faults
from lab.actions.set_fault import clear_faults, set_fault
from lab.lab import Lab
from lab.models import Fault
from lab.rules.faults import (
    CHANNELS,
    FAULTS,
    MOST_SECONDS,
    OF_ONE_ENTRY,
    SLOW_SECONDS,
    FaultRule,
)
from lab.store import asking, certificates, parties
from pages.language import _, moment_text
from pages.shared import as_code, as_text, session_lab, showing_refusals

_EVERY = ""  # both channels
_MOST_SHOWN = 50


def draw_faults(lab: Lab) -> None:
    """What is at work now, each with the button that stops it."""
    found: list[Fault] = []
    with showing_refusals():
        found = active_faults(lab)
    if not found:
        st.success(
            _("No fault is at work: responder and CRLs tell the truth."),
            icon=":material/check_circle:",
        )
        return
    names = certificates.many(lab.db, [each.target for each in found])
    for number, fault in enumerate(found[:_MOST_SHOWN]):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            known = names.get(fault.target)
            name = known.common_name or known.subject if known else fault.target
            st.markdown(
                f":red-badge[:material/science: {_(FAULTS[fault.fault].label)}] "
                f"{fault.channel} · {as_code(name) if name else _('all')}"
                f"{_lateness(fault)}  \n:gray[{_since(fault)}]",
                width="stretch",
            )
            if fault.since:
                st.button(
                    _("Stop"),
                    key=f"laboratory_stop_{number}",
                    icon=":material/stop:",
                    on_click=_clear,
                    args=(fault.target or ALL,),
                )
    if any(fault.since for fault in found):
        st.button(
            _("Stop all"),
            key="laboratory_stop_all",
            icon=":material/stop_circle:",
            on_click=_clear,
            args=("",),
        )


def _lateness(fault: Fault) -> str:
    if not fault.seconds:
        return ""
    return " · " + _("{number} seconds late", number=f"{fault.seconds:g}")


def _since(fault: Fault) -> str:
    if fault.since is None:
        return _(
            "Set by {variable}: it ends with the process.", variable=as_code(VARIABLE)
        )
    return _("Since {at}", at=moment_text(fault.since))


def _clear(target: str) -> None:
    with showing_refusals():
        clear_faults(session_lab(), target)
        st.toast(_("It tells the truth again."), icon=":material/check_circle:")


def draw_form(lab: Lab) -> None:
    """Choose what fails, and how; it is told beforehand what that does."""
    st.subheader(_("Set a fault"), anchor=False)
    authorities = parties.authorities(lab.db)
    if not authorities:
        st.caption(_("The lab has no authority of its own yet, so nothing can fail."))
        return
    left, right = st.columns(2)
    with left:
        target = _target(lab, {each.name: each.label for each in authorities})
    rows = {name: row for name, row in FAULTS.items() if row.settable}
    with right:
        fault = st.selectbox(
            _("Fault"),
            list(rows),
            index=1,  # the first one is no trouble to anybody
            key="laboratory_set_fault",
            format_func=lambda name: _(rows[name].label),
        )
        could = tuple(
            each
            for each in rows[fault].channels
            if each == CHANNELS[0] or len(target) != 64 or fault in OF_ONE_ENTRY
        )
        channel = _EVERY
        if len(could) > 1:
            channel = st.segmented_control(
                _("Where"),
                (_EVERY, *could),
                key="laboratory_set_channel",
                default=_EVERY,
                format_func=lambda each: each or _("OCSP and CRL"),
                required=True,
            )
        seconds = 0.0
        if fault == "slow":
            seconds = st.number_input(
                _("Seconds late"),
                0.1,
                MOST_SECONDS,
                SLOW_SECONDS,
                key="laboratory_set_seconds",
            )
    row = rows[fault]
    st.markdown(
        f"**{_('What happens')}:** {as_text(_(row.happens))}  \n"
        f"**{_('What a client should do')}:** {as_text(_(row.client))}"
    )
    st.caption(source_words(row))
    st.button(
        _("Set the fault"),
        key="laboratory_set",
        icon=":material/science:",
        on_click=_set,
        args=(target or ALL, channel, fault, seconds),
    )


def source_words(row: FaultRule) -> str:
    """Where it is written what a fault is, and what a client makes of it."""
    source = as_text(_(row.source))
    if not row.section:
        return source
    return _("{source}, section {number}", source=source, number=as_text(row.section))


def _target(lab: Lab, labels: dict[str, str]) -> str:
    """What fails: everything, an authority, or one certificate."""
    kinds = {
        "all": _("All"),
        "authority": _("Authority"),
        "certificate": _("Certificate"),
    }
    kind = st.segmented_control(
        _("What fails"),
        list(kinds),
        key="laboratory_set_kind",
        default="all",
        format_func=kinds.__getitem__,
        required=True,
    )
    if kind == "authority":
        return st.selectbox(
            _("Authority"),
            list(labels),
            key="laboratory_set_authority",
            format_func=lambda name: f"{labels[name]} ({name})",
        )
    if kind == "certificate":
        text = st.text_input(
            _("Find the certificate"),
            key="laboratory_set_q",
            max_chars=200,
            icon=":material/search:",
        )
        found = {each.sha256: each for each in asking.find(lab.db, text)}
        chosen = st.selectbox(
            _("Certificate"),
            list(found),
            key="laboratory_set_certificate",
            format_func=lambda sha256: (
                f"{found[sha256].common_name or found[sha256].subject} · "
                f"{found[sha256].serial[:12]}"
            ),
        )
        return chosen or ""
    return ""


def _set(target: str, channel: str, fault: str, seconds: float) -> None:
    with showing_refusals():
        made = set_fault(session_lab(), target, channel, fault, seconds)
        where = ", ".join(each.channel for each in made)
        st.toast(
            _("At work now: {fault} ({where}).", fault=fault, where=where),
            icon=":material/science:",
        )
