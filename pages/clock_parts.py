"""The lab's clock in the sidebar, and the way to turn it forward."""

from datetime import timedelta

import streamlit as st

from lab.actions.turn_clock import turn_clock
from lab.lab import Lab
from lab.store import certificates, jobs, settings
from pages.language import _, counted, day_text, moment_text
from pages.shared import showing_refusals

_MOST_DAYS = 3650


def clock_box(lab: Lab) -> None:
    """What time it is in the lab, and what would follow from turning it."""
    now, turned = lab.clock.now(), settings.clock_shift(lab.db)
    kind = f":gray-badge[{_('real time')}]"
    if turned:
        kind = f":violet-badge[{_('turned by {days} days', days=turned.days)}]"
    st.caption(_("Lab time"))
    st.markdown(f":material/schedule: {moment_text(now)}  \n{kind}")
    with st.popover(_("Turn the clock forward"), icon=":material/fast_forward:"):
        days = st.number_input(_("Days"), 1, _MOST_DAYS, 30, key="frame_turn_days")
        then = now + timedelta(days=days)
        ending = counted(
            "{number} certificate ends before {day}.",
            "{number} certificates end before {day}.",
            certificates.count_ending(lab.db, now, then),
            day=day_text(then),
        )
        due = counted(
            "{number} thing falls due and is done.",
            "{number} things fall due and are done.",
            jobs.count_due(lab.db, then),
        )
        st.caption(f"{ending} {due} {_('The clock goes forward only.')}")
        st.button(
            _("Turn"), key="frame_turn", on_click=_turn, args=(lab,), type="primary"
        )


def _turn(lab: Lab) -> None:
    with showing_refusals():
        turn_clock(lab, days=st.session_state.frame_turn_days)
        st.toast(_("The lab's clock was turned forward."))
