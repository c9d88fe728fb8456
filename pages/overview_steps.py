"""Do next: what, by when, what breaks otherwise, and the button that does it."""

from collections.abc import Sequence

import streamlit as st

from lab.actions.add_parties import renew_peer
from lab.actions.follow_up import would_follow
from lab.actions.issue_lsc import issue_lsc
from lab.actions.renew_certificate import finish_request, renew_certificate
from lab.actions.restart_service import take_up
from lab.actions.upload_certificate import upload_certificate
from lab.effects import Effect
from lab.lab import Lab
from lab.models import State
from lab.rules.states import STATES
from lab.store import certificates, parties
from lab.trust.next_steps import BROKEN, Deed, NextStep
from pages.chart_style import days_between
from pages.effect_parts import show_effects
from pages.language import _, counted, day_text
from pages.overview_data import Overview, failure_words
from pages.shared import (
    STATE_COLOURS,
    as_text,
    days_text,
    session_lab,
    showing_refusals,
)
from pages.task_dialog import confirm_text, follow, follow_doing, show_losses, tell
from pages.task_parts import FOLLOWING, draw_items, follow_reason, follow_title

_SHOWN = 8


def do_next(found: Overview) -> None:
    """The list, the most urgent first; more than eight are folded away."""
    st.subheader(_("Do next"), anchor=False)
    if finished := st.session_state.pop("overview_finished", None):
        tell(finished)
    if not found.steps:
        st.success(_("Nothing needs you."), icon=":material/check_circle:")
    _cards(found, found.steps[:_SHOWN])
    rest = found.steps[_SHOWN:]
    if rest:
        label = counted("Show {number} more", "Show {number} more", len(rest))
        with st.expander(label, key="overview_more_steps", on_change="rerun") as more:
            if more.open:
                _cards(found, rest[:100])


def _cards(found: Overview, steps: Sequence[NextStep]) -> None:
    for step in steps:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"{_icon(step)} **{title(step)}**")
            if why := reason(step, found):
                st.caption(why)
            if step.deed in FOLLOWING:
                draw_items(step, disabled=found.ahead)
            with st.container(horizontal=True, vertical_alignment="center"):
                _buttons(step, found)


def _buttons(step: NextStep, found: Overview) -> None:
    if step.possible:
        st.button(
            button_text(step),
            key=f"overview_do_{step.id}",
            icon=":material/play_arrow:",
            on_click=_open,
            args=(step,),
            disabled=found.ahead,
            help=_("You are looking ahead. Set the slider back to today to do this.")
            if found.ahead
            else None,
        )
    if step.certificate:
        query = {"certificate": step.certificate}
        st.page_link("certificates.py", label=_("Details"), query_params=query)
    elif step.deed is Deed.LOOK:
        query = {"state": State.EXPIRED.value, "scope": "imported"}
        st.page_link("certificates.py", label=_("Show them"), query_params=query)


def _icon(step: NextStep) -> str:
    if step.deed is Deed.PUT_BACK:
        return ":orange[:material/difference:]"
    return f":{STATE_COLOURS[step.state]}[{STATES[step.state].icon}]"


def title(step: NextStep) -> str:
    """What is to be done, as Markdown."""
    what, where, about = as_text(step.name), as_text(step.party), as_text(step.about)
    match step.deed:
        case Deed.RENEW:
            return _("Renew {what} on {where}", what=what, where=where)
        case Deed.FINISH:
            return _("Finish the renewal of {what} on {where}", what=what, where=where)
        case Deed.RESTART:
            return _(
                "Restart what presents the old {what} on {where}",
                what=what,
                where=where,
            )
        case Deed.FOLLOW | Deed.FOLLOW_ALL:
            return follow_title(step)
        case Deed.PUT_BACK:
            return _("Put {about} back on {where}", about=about, where=where)
        case Deed.REPLACE:
            return _("Replace the certificate of {where}", where=where)
        case Deed.ISSUE:
            return counted(
                "Issue a new LSC to {number} phone on {where}",
                "Issue new LSCs to {number} phones on {where}",
                step.number,
                where=where,
            )
        case Deed.SUCCEED:
            return _("Prepare a successor of {about}", about=about)
        case Deed.REPAIR:
            return _("Repair the chain of {what} on {where}", what=what, where=where)
        case Deed.DELETE:
            return _("Delete {about} from {what} on {where}",
                     about=about, what=what, where=where)  # fmt: skip
        case Deed.LOOK:
            if step.number > 1 or not about:
                return counted(
                    "{number} imported certificate has expired",
                    "{number} imported certificates have expired",
                    step.number,
                )
            return _("Have {about} renewed", about=about)


def reason(step: NextStep, found: Overview) -> str:
    """By when, and what breaks otherwise, as Markdown."""
    parts = []
    if step.by:
        when = days_text(days_between(found.view.at, step.by))
        parts.append(
            _("By {date}, {when}.", date=as_text(day_text(step.by)), when=when)
        )
    elif step.deed not in (Deed.DELETE, *FOLLOWING):
        parts.append(_("At once."))
    parts += _matter(step)
    stops = failure_words(step.failures, step.phones)
    if stops and step.state in BROKEN:
        parts.append(_("It stops {stops}.", stops=stops))
    elif stops:
        parts.append(_("Otherwise it stops {stops}.", stops=stops))
    return " ".join(parts)


def _matter(step: NextStep) -> list[str]:
    """What is the matter, where the title does not say it."""
    match step.deed:
        case Deed.FOLLOW | Deed.FOLLOW_ALL:
            why = follow_reason(step)
            return [why] if why else []
        case Deed.RESTART:
            text = counted(
                "{number} service has not loaded the new certificate.",
                "{number} services have not loaded the new certificate.",
                len(step.services),
            )
            return [text]
        case Deed.FINISH:
            signer = as_text(step.signer_label)
            return [_("Its request waits for a signature by {name}.", name=signer)]
        case Deed.PUT_BACK:
            store = as_text(step.name)
            return [
                _("Other nodes have it in {store}; this one does not believe whom it "
                  "vouches for.", store=store)
            ]  # fmt: skip
        case Deed.SUCCEED if step.limits:
            names = ", ".join(as_text(name) for name in step.limits[:3])
            return [
                counted(
                    "{number} certificate ends with it: {names}.",
                    "{number} certificates end with it: {names}.",
                    len(step.limits),
                    names=names,
                )
            ]
        case Deed.DELETE | Deed.REPAIR:
            row = STATES[step.state]
            return [_(row.rule), _(row.remedy)]
        case Deed.RENEW | Deed.REPLACE | Deed.LOOK if not step.possible and step.party:
            name = as_text(step.signer_label)
            if step.signer:
                return [_("{name}, which signed it, has ended.", name=name)]
            return [_("It was signed by {name}, which the lab cannot ask.", name=name)]
        case _ if step.state in BROKEN:
            return [_(STATES[step.state].rule)]
        case _:
            return []


def button_text(step: NextStep) -> str:
    return {
        Deed.RENEW: _("Renew"),
        Deed.FINISH: _("Sign and upload"),
        Deed.RESTART: _("Restart"),
        Deed.FOLLOW: _("Do all of it"),
        Deed.FOLLOW_ALL: _("Do all of it"),
        Deed.PUT_BACK: _("Put back"),
        Deed.REPLACE: _("Replace"),
        Deed.ISSUE: _("Issue"),
    }[step.deed]


def _open(step: NextStep) -> None:
    st.session_state.overview_step = step
    st.session_state.pop("overview_item", None)


def show_dialog(lab: Lab) -> None:
    """The dialog of the step whose button was pressed, if one was."""
    step = st.session_state.get("overview_step")
    if done := st.session_state.pop("overview_done", ""):
        st.toast(done, icon=":material/check_circle:")
    if step is not None:
        st.dialog(title(step), width="medium", on_dismiss=_close)(_confirm)(lab, step)


def _close() -> None:
    st.session_state.pop("overview_step", None)


def _confirm(lab: Lab, step: NextStep) -> None:
    if st.session_state.get("overview_step") is None:
        st.rerun()
    st.markdown(_doing(step))
    restart = step.deed in (Deed.RENEW, Deed.FINISH) and st.checkbox(
        _("Restart the services that present it as well"),
        value=True,
        key="overview_restart",
        help=_("Until then they go on with the old certificate."),
    )
    show_effects(_effects(lab, step))
    if step.deed in FOLLOWING:
        show_losses(lab, step)
    with st.container(horizontal=True):
        st.button(
            confirm_text(step) or button_text(step),
            key="overview_confirm",
            type="primary",
            on_click=_do,
            args=(step, restart),
        )
        st.button(_("Cancel"), key="overview_cancel", on_click=_close)


def _doing(step: NextStep) -> str:
    match step.deed:
        case Deed.FOLLOW | Deed.FOLLOW_ALL:
            return follow_doing(step)
        case Deed.RESTART:
            names = ", ".join(as_text(name) for name in step.services)
            return _("These services are restarted: {names}.", names=names)
        case Deed.PUT_BACK:
            return _("It is uploaded to {store} on {where}, and copied from there.",
                     store=as_text(step.name), where=as_text(step.party))  # fmt: skip
        case Deed.ISSUE:
            return _("CAPF signs them for {days} days. Each phone gets a new key.",
                     days=step.days)  # fmt: skip
        case _ if step.days:
            return _(
                "{name} signs a new certificate for {days} days. The old one is "
                "overwritten; this cannot be undone.",
                name=as_text(step.signer_label),
                days=step.days,
            )
        case _:
            return _(
                "A new self-signed certificate overwrites the old one; this cannot be "
                "undone."
            )


def _effects(lab: Lab, step: NextStep) -> list[Effect]:
    if step.deed not in (Deed.RENEW, Deed.FINISH, Deed.PUT_BACK):
        return []
    node = parties.by_name(lab.db, step.cluster, step.party)
    return would_follow(lab, step.name, node)


def _do(step: NextStep, restart: bool) -> None:
    with showing_refusals():
        perform(session_lab(), step, restart=restart)
        st.session_state.overview_done = _("Done: {what}", what=title(step))
        _close()


def perform(lab: Lab, step: NextStep, *, restart: bool = False) -> None:
    """Do what the step says; a `LabError` when the lab refuses."""
    cluster, party, name = step.cluster, step.party, step.name
    match step.deed:
        case Deed.FOLLOW | Deed.FOLLOW_ALL:
            st.session_state.overview_finished = follow(lab, step)
        case Deed.RENEW:
            days = step.days or 730
            renew_certificate(
                lab, party, name, cluster=cluster, days=days, restart=restart
            )
        case Deed.FINISH:
            finish_request(
                lab, party, name, cluster=cluster, days=step.days, restart=restart
            )
        case Deed.RESTART:
            node = parties.by_name(lab.db, cluster, party)
            take_up(lab, node, name, only=step.services)
        case Deed.PUT_BACK:
            der = certificates.get(lab.db, step.certificate).der
            upload_certificate(lab, party, name, der, cluster=cluster)
        case Deed.REPLACE:
            renew_peer(lab, cluster, party, step.signer, days=step.days)
        case Deed.ISSUE:
            issue_lsc(lab, cluster, step.devices, days=step.days)
