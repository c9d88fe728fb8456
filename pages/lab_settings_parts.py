"""Parts of the settings page: the clock, the thresholds and the lab's own address."""

from datetime import datetime, timedelta

import streamlit as st

from lab.actions.set_base_url import set_base_url
from lab.actions.set_thresholds import set_thresholds
from lab.actions.turn_clock import turn_clock
from lab.lab import Lab
from lab.store import certificates, jobs, settings
from pages.language import _, counted, day_text, moment_text
from pages.shared import session_lab, showing_refusals

_MOST_DAYS = 3650


def choose_clock(lab: Lab) -> None:
    """What time it is in the lab, and what is due on the way to another time."""
    now, turned = lab.clock.now(), settings.clock_shift(lab.db)
    with st.container(border=True, gap="small"):
        st.markdown(f"**{_('Clock')}**  \n{moment_text(now)}")
        st.caption(
            _("Turned by {days} days against this machine.", days=turned.days)
            if turned
            else _("The same as this machine.")
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            days = st.number_input(
                _("Days forward"), 0, _MOST_DAYS, 30, key="settings_days", width=150
            )
            hours = st.number_input(
                _("Hours forward"), 0, 23, 0, key="settings_hours", width=150
            )
            st.button(
                _("Turn"),
                key="settings_turn",
                on_click=_turn,
                disabled=not days and not hours,
            )
        _on_the_way(lab, now + timedelta(days=days, hours=hours))


def _on_the_way(lab: Lab, then: datetime) -> None:
    due = jobs.due_until(lab.db, then)
    words = job_words()
    if due:
        st.dataframe(
            [
                {
                    "what": words.get(kind, kind),
                    "number": number,
                    "first": f"{first:%Y-%m-%d %H:%M:%S}",
                }
                for kind, number, first in due
            ],
            key="settings_due",
            hide_index=True,
            column_config={
                "what": st.column_config.TextColumn(_("Due on the way")),
                "number": st.column_config.NumberColumn(_("How often")),
                "first": st.column_config.TextColumn(_("First (UTC)")),
            },
            alt=_("What is done while the clock is turned"),
        )
    ending = counted(
        "{number} certificate ends before {day}.",
        "{number} certificates end before {day}.",
        certificates.count_ending(lab.db, lab.clock.now(), then),
        day=day_text(then),
    )
    none = "" if due else _("Nothing is due on the way.") + " "
    st.caption(f"{none}{ending} {_('The clock goes forward only.')}")


def job_words() -> dict[str, str]:
    """What each kind of planned work is, for people."""
    return {
        "sync_subject": _("A trust store follows the cluster's database"),
        "take_from_trust": _("A trust certificate is deleted from a node"),
        "copy_oauth_key": _("A node is given an OAuth key"),
        "publish_crl": _("A revocation list is published"),
        "publish_delta": _("A delta revocation list is published"),
        "issue_ocsp_signer": _("An OCSP signer is renewed"),
        "install_identity": _("A node is given its shared certificate"),
        "finish_start": _("A service has started"),
        "finish_restore": _("A restore is finished"),
        "reset_phones": _("Phones are reset"),
        "make_backup": _("A backup is made"),
        "want_checks": _("Revocation of what nodes hold is asked for"),
        "want_link_checks": _("Revocation on long-lived links is asked for"),
    }


def _turn() -> None:
    with showing_refusals():
        days, hours = st.session_state.settings_days, st.session_state.settings_hours
        turn_clock(session_lab(), days=days, hours=hours)
        st.toast(_("The lab's clock was turned forward."))


def choose_thresholds(lab: Lab) -> None:
    """Days before its effective end at which a certificate asks for attention."""
    with st.form("settings_thresholds"):
        st.markdown(f"**{_('Thresholds, in days before the effective end')}**")
        words = (_("Far"), _("Near"), _("Soon"))
        names = ("far", "near", "soon")
        columns = st.columns(3)
        present = settings.thresholds(lab.db)
        for column, name, word, days in zip(
            columns, names, words, present, strict=True
        ):
            column.number_input(
                word, 1, _MOST_DAYS, days, step=1, key=f"settings_{name}"
            )
        st.form_submit_button(
            _("Save"), key="settings_save_thresholds", on_click=_save_thresholds
        )


def _save_thresholds() -> None:
    state = st.session_state
    with showing_refusals():
        far, near, soon = state.settings_far, state.settings_near, state.settings_soon
        set_thresholds(session_lab(), far, near, soon)
        st.toast(_("The thresholds were saved."))


def choose_base_url(lab: Lab) -> None:
    """Where machines find the lab; certificates name it."""
    with st.form("settings_base_url_form"):
        st.markdown(f"**{_('Base URL')}**")
        st.caption(
            _(
                "Certificates that are signed from now on name it for revocation lists "
                "and issuers; those that exist keep the old one."
            )
        )
        box, button = st.columns([4, 1], vertical_alignment="bottom")
        box.text_input(
            _("Address of the lab"),
            settings.get(lab.db, "base_url"),
            max_chars=200,
            key="settings_base_url",
        )
        button.form_submit_button(
            _("Save"), key="settings_save_base_url", on_click=_save_base_url
        )


def _save_base_url() -> None:
    with showing_refusals():
        set_base_url(session_lab(), st.session_state.settings_base_url)
        st.toast(_("The base URL was saved."))
