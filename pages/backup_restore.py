"""The way back to a backup: the question that comes before it, and what it did."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from lab.actions.backups import differences
from lab.actions.restore_backup import (
    Restored,
    phones_to_unlock,
    restore_backup,
    what_restoring_breaks,
)
from lab.lab import Lab
from lab.models import Difference
from pages.broken_parts import show_broken
from pages.language import _, counted, moment_text
from pages.shared import as_text, session_lab, showing_refusals


def kind_words() -> dict[str, str]:
    return {
        "identity": _("Identity"),
        "trust": _("Trust certificate"),
        "request": _("Request"),
        "parameter": _("Parameter"),
        "OAuth key": _("OAuth key"),
        "service": _("Service"),
        "trust list": _("Trust list"),
    }


def ask_restore(name: str) -> None:
    st.session_state.backups_restoring = name


def open_restore(lab: Lab) -> None:
    """The question that comes before a restore, when somebody wants one."""
    if name := st.session_state.get("backups_restoring", ""):
        title = _("Restore this backup?")
        st.dialog(title, width="large", on_dismiss=_close)(_ask)(lab, name)


def say_what_was_done() -> None:
    """After a restore: what came back, when it is up, whom to see to."""
    told = st.session_state.pop("backups_done", None)
    if told is None:
        return
    done, phones = told
    text = counted(
        "Restored: {number} thing is as it was.",
        "Restored: {number} things are as they were.",
        len(done.differences),
    )
    up = _("All services are up at {time}.", time=moment_text(done.ready_at))
    st.success(f"{text} {up}", icon=":material/check_circle:")
    if phones:
        _say_phones(phones)


def _ask(lab: Lab, name: str) -> None:
    if not st.session_state.get("backups_restoring"):  # it has been done
        st.rerun()
    st.caption(as_text(name))
    with showing_refusals():
        found = differences(lab, name)
        st.markdown(counts_of(found))
        with st.spinner(_("Trying it out")):
            broken = what_restoring_breaks(lab, name)
            phones = phones_to_unlock(lab, name)
        show_broken(broken)
        if phones:
            _say_phones(phones)
        if any(each.kind == "OAuth key" for each in found):
            text = _("Tokens that users were given since then die.")
            st.warning(text, icon=":material/key_off:")
        st.warning(
            _("It cannot be undone: newer private keys are gone for good. All services "
              "of the cluster start anew."),
            icon=":material/warning:",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.button(
                _("Restore"),
                key="backups_restore_now",
                type="primary",
                on_click=_restore,
                args=(name, phones),
            )
            st.button(_("Cancel"), key="backups_cancel", on_click=_close)


def _say_phones(phones: Sequence[str]) -> None:
    text = counted(
        "{number} phone has to be unlocked by hand, at its keys: {names}",
        "{number} phones have to be unlocked by hand, one by one: {names}",
        len(phones),
        names=as_text(", ".join(phones[:20])),
    )
    st.warning(text, icon=":material/phonelink_lock:")
    st.page_link("phone_list.py", label=_("Phones"), icon=":material/phone_in_talk:")


def counts_of(found: Sequence[Difference]) -> str:
    """How many of each kind, the most first."""
    words = kind_words()
    kinds = Counter(each.kind for each in found).most_common()
    listed = ", ".join(f"{words[kind]} ({number})" for kind, number in kinds)
    text = counted("{number} difference", "{number} differences", len(found))
    return f"**{text}**" + (f": {listed}" if listed else "")


def _close() -> None:
    st.session_state.backups_restoring = ""


def _restore(name: str, phones: Sequence[str]) -> None:
    _close()
    with showing_refusals():
        done: Restored = restore_backup(session_lab(), name)
        st.session_state.backups_done = (done, list(phones))
