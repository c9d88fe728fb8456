"""The backups page: the list, what differs, and the way back."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from lab.actions.backups import differences
from lab.actions.make_backup import make_backup
from lab.effects import Follows
from lab.lab import Lab
from lab.models import Backup, Difference
from lab.rules.backups import RESTORED
from lab.store import tasks
from pages.backup_restore import ask_restore, counts_of, kind_words
from pages.language import _, counted
from pages.shared import as_code, as_text, days_text, session_lab, showing_refusals

_MOST_ROWS = 1000


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
        st.markdown(counts_of(found))
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
            on_click=ask_restore,
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
