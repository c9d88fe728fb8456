"""The backups page: the list, what differs, and the way back."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from lab.actions.backups import differences
from lab.actions.make_backup import make_backup
from lab.actions.restore_backup import (
    Restored,
    phones_to_unlock,
    restore_backup,
    what_restoring_breaks,
)
from lab.effects import Follows
from lab.lab import Lab
from lab.models import Backup, Difference
from lab.rules.backups import RESTORED
from lab.store import tasks
from pages.broken_parts import show_broken
from pages.language import _, counted, moment_text
from pages.shared import as_code, as_text, days_text, session_lab, showing_refusals

_MOST_ROWS = 1000


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


def offer_backup(lab: Lab, cluster: str) -> None:
    """The button, and whether a change asks for it."""
    wanted = any(
        task.kind == Follows.BACKUP for task in tasks.all_open(lab.db, cluster)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Back up now"),
            key="backups_make",
            icon=":material/backup:",
            type="primary" if wanted else "secondary",
            on_click=_make,
            args=(cluster,),
        )
        if wanted:
            st.badge(
                _("Something has changed since the last backup"),
                icon=":material/priority_high:",
                color="orange",
            )
        else:
            st.caption(_("A backup holds private keys: only you can read its file."))


def draw_backups(found: Sequence[Backup], now: datetime) -> str:
    """The backups, newest first; return the name of the chosen one."""
    if not found:
        return ""
    chosen = st.dataframe(
        [
            {
                "name": each.name,
                "at": each.at,
                "ago": days_text((each.at - now).days + 1) if each.at else "",
                "size": f"{each.size / 1024**2:.1f} MB",
            }
            for each in found
        ],
        hide_index=True,
        width="stretch",
        key="backups_table",
        selection_mode="single-row-required",
        on_select="rerun",
        column_config={
            "name": _("File"),
            "at": st.column_config.DatetimeColumn(
                _("Lab time"), format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
            ),
            "ago": _("Age"),
            "size": _("Size"),
        },
        alt=_("The backups of this cluster, newest first"),
    )
    rows = chosen.selection.rows
    number = rows[0] if rows and rows[0] < len(found) else 0
    return found[number].name


def draw_differences(lab: Lab, name: str) -> None:
    """What a backup has otherwise than there is now, and the way back to it."""
    st.subheader(_("What differs from now"), anchor=False)
    st.caption(as_text(name))
    with showing_refusals():
        found = differences(lab, name)
        if not found:
            st.success(
                _("Nothing: all that this backup would bring back is as it was."),
                icon=":material/check_circle:",
            )
            return
        st.markdown(_counts(found))
        st.dataframe(
            [_row(each) for each in found[:_MOST_ROWS]],
            hide_index=True,
            width="stretch",
            key="backups_differences",
            column_config={
                "kind": _("What"),
                "where": _("Where"),
                "what": _("Name"),
                "then": _("In the backup"),
                "now": _("Now"),
            },
            alt=_("What the backup has otherwise than there is now"),
        )
        if len(found) > _MOST_ROWS:
            st.caption(_("The first {number} are shown.", number=_MOST_ROWS))
        st.button(
            _("Restore this backup"),
            key="backups_restore",
            icon=":material/settings_backup_restore:",
            on_click=_open,
            args=(name,),
        )


def draw_useless(found: Sequence[Backup]) -> None:
    """Files of the folder that are no backups of this lab, with why."""
    if not found:
        return
    label = counted(
        "{number} file that cannot be used",
        "{number} files that cannot be used",
        len(found),
    )
    with st.expander(label, icon=":material/warning:"):
        st.dataframe(
            [
                {
                    "name": each.name,
                    "size": each.size,
                    "problem": _(each.problem).format(**dict(each.evidence)),
                }
                for each in found[:_MOST_ROWS]
            ],
            hide_index=True,
            width="stretch",
            key="backups_useless",
            column_config={
                "name": _("File"),
                "size": _("Bytes"),
                "problem": _("Why"),
            },
            alt=_("Files that cannot be used, and why"),
        )


def say_what_comes_back() -> None:
    with st.expander(_("What a restore brings back"), icon=":material/help:"):
        st.dataframe(
            [
                {
                    "comes_back": row.comes_back,
                    "what": _(row.what),
                    "note": _(row.note),
                    "source": _(row.source),
                }
                for row in RESTORED
            ],
            hide_index=True,
            width="stretch",
            key="backups_rules",
            column_config={
                "comes_back": _("Comes back"),
                "what": _("What"),
                "note": _("Note"),
                "source": _("Source"),
            },
            alt=_("What a restore brings back, and what it leaves alone"),
        )


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
        st.markdown(_counts(found))
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


def _counts(found: Sequence[Difference]) -> str:
    """How many of each kind, the most first."""
    words = kind_words()
    kinds = Counter(each.kind for each in found).most_common()
    listed = ", ".join(f"{words[kind]} ({number})" for kind, number in kinds)
    text = counted("{number} difference", "{number} differences", len(found))
    return f"**{text}**" + (f": {listed}" if listed else "")


def _row(each: Difference) -> dict[str, str]:
    return {
        "kind": kind_words()[each.kind],
        "where": each.where,
        "what": each.what,
        "then": each.then or _("none"),
        "now": each.now or _("none"),
    }


def _make(cluster: str) -> None:
    with showing_refusals():
        made = make_backup(session_lab(), cluster)
        st.toast(_("Backed up into {name}", name=as_code(made.name)))


def _open(name: str) -> None:
    st.session_state.backups_restoring = name


def _close() -> None:
    st.session_state.backups_restoring = ""


def _restore(name: str, phones: Sequence[str]) -> None:
    _close()
    with showing_refusals():
        done: Restored = restore_backup(session_lab(), name)
        st.session_state.backups_done = (done, list(phones))
