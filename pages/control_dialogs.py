"""The dialogs of the services page: what a deed interrupts, and how it went."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from lab.actions.catch_up import catch_up
from lab.actions.look_at_services import Status
from lab.errors import LabError
from lab.lab import Lab
from lab.models import PartyKind
from lab.rules.failures import FAILURES
from lab.store import parties
from pages.address import forget
from pages.language import _, counted
from pages.overview_data import failure_words
from pages.shared import as_text, session_lab, showing_refusals


def say_done() -> None:
    """What the callback of a dialog has done, once the page is drawn anew."""
    if done := st.session_state.pop("services_done", ""):
        st.toast(done, icon=":material/check_circle:", duration="long")


def close() -> None:
    """Have the page draw no dialog any more."""
    forget("service")
    st.session_state.pop("services_catching_up", None)


@contextmanager
def told_in_the_dialog() -> Iterator[None]:
    """Keep a refusal for the dialog: what its callback draws would be lost."""
    try:
        yield
    except LabError as refusal:
        st.session_state.services_refused = refusal


def say_refusal() -> None:
    with showing_refusals():
        if refusal := st.session_state.pop("services_refused", None):
            raise refusal


def say_interrupts(lab: Lab, asked: Sequence[Status]) -> None:
    """What nobody can use while these services do not run."""
    node = asked[0].node
    phones = sum(
        phone.node == node.name
        for phone in parties.of_kind(lab.db, node.cluster, PartyKind.PHONE)
    )
    words = {each for status in asked for each in status.rule.interrupts}
    rows = {row.words: row for row in FAILURES if row.words in words}
    text = _(
        "A restart takes a while: about {seconds} seconds of the lab's time.",
        seconds=max(each.rule.seconds for each in asked),
    )
    if rows:
        lines = [f"- {failure_words([row], phones)}" for row in rows.values()]
        text += " " + _("Until then this is interrupted:")
        text = "\n".join([text, "", *lines])
    st.info(text, icon=":material/timer:")


def open_catch_up(lab: Lab, behind: Sequence[Status]) -> None:
    """Ask whether all of these shall present what is stored."""
    title = _("Present what is stored on {where}", where=as_text(behind[0].node.name))
    st.dialog(title, width="medium", on_dismiss=close)(_catch_up)(lab, behind)


def _catch_up(lab: Lab, behind: Sequence[Status]) -> None:
    if not st.session_state.get("services_catching_up"):  # it has been done
        st.rerun()
    say_refusal()
    restarted = [each for each in behind if not each.swaps]
    toggled = [each for each in behind if each.swaps]
    for text, part in (
        (_("These are restarted: {names}."), restarted),
        (_("These are deactivated and activated: {names}."), toggled),
    ):
        if part:
            names = ", ".join(as_text(each.service.name) for each in part)
            st.markdown(text.format(names=names))
    say_interrupts(lab, behind)
    with st.container(horizontal=True):
        st.button(
            _("Restart"),
            key="services_catch_up_confirm",
            type="primary",
            on_click=_do_catch_up,
            args=(behind,),
        )
        st.button(_("Cancel"), key="services_cancel", on_click=close)


def _do_catch_up(behind: Sequence[Status]) -> None:
    node = behind[0].node
    with told_in_the_dialog():
        done = catch_up(session_lab(), node.name, cluster=node.cluster)
        st.session_state.services_done = counted(
            "{number} service is starting.",
            "{number} services are starting.",
            len(done),
        )
        close()
