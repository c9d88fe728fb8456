"""What the nodes of a cluster found when they asked, and buttons to have them ask."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.actions.check_revocation import check, check_all, run_checks
from lab.lab import Lab
from lab.models import Certificate, Check
from lab.store import certificates, revocation_checks
from lab.store.revocation_listing import Askable, askable
from pages.address import shown, write
from pages.language import _, counted
from pages.revocation_data import Picture
from pages.revocation_live import draw_live
from pages.revocation_words import (
    STATUS_COLOURS,
    cause_words,
    connects_cell,
    status_cell,
    status_words,
)
from pages.shared import as_text, session_lab, showing_refusals

_ALL = "revocation_check_all"  # asked for: the page asks, and shows how far it is
_MOST = 1000  # rows that the browser gets
_BEAT = 1.0  # seconds of asking between two looks at the bar


def draw_checks(lab: Lab, found: Picture) -> None:
    if found.cluster is None:
        st.info(
            _("The lab runs no cluster, so nobody asks here. Build the example lab."),
            icon=":material/info:",
        )
        return
    if not found.asks:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("OCSP and CRLs are switched off: its nodes ask nobody."))
            st.button(
                _("Switch them on in the settings"),
                key="revocation_to_settings",
                type="tertiary",
                icon=":material/tune:",
                on_click=_go_to_settings,
            )
    statuses = _choose_statuses(found)
    rows = [each for each in found.latest if not statuses or each.status in statuses]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Ask for all now"),
            key="revocation_ask_all",
            type="primary",
            icon=":material/sync:",
            on_click=_want_all,
            disabled=not found.asks,
        )
        _choose_one(lab, found)
    if st.session_state.pop(_ALL, False):
        _ask_all(lab, found.cluster.name)
    if rows:
        _table(lab, rows[:_MOST])
    elif found.latest:
        st.info(_("No result is like that."), icon=":material/search_off:")
    elif found.asks:
        st.info(_("Nobody asked yet."), icon=":material/info:")
    draw_live(lab, found)


def _go_to_settings() -> None:
    st.query_params["show"] = "settings"


def _choose_statuses(found: Picture) -> list[str]:
    asked = st.query_params.get("status", "").split(",")
    known = [each for each in status_words() if found.number(each)]
    if not known:
        return []
    chosen = st.pills(
        _("Result"),
        known,
        selection_mode="multi",
        format_func=lambda each: f"{status_cell(each)} · {found.number(each)}",
        key=shown("revocation", "status", [one for one in known if one in asked]),
        label_visibility="collapsed",
        on_change=write,
        args=("revocation", "status"),
    )
    return list(chosen)


def _choose_one(lab: Lab, found: Picture) -> None:
    """One certificate of the cluster, to ask for."""
    assert found.cluster
    rows = askable(lab.db, found.cluster.name, found.now)
    known = {each.certificate: each for each in rows}
    if not known:
        return
    chosen = st.selectbox(
        _("Certificate"),
        list(known),
        format_func=lambda each: _name(known[each]) if each in known else each[:16],
        key="revocation_one",
        label_visibility="collapsed",
        width=360,
    )
    st.button(
        _("Ask for this one"),
        key="revocation_ask_one",
        icon=":material/help_center:",
        on_click=ask_again,
        args=(found.cluster.name, chosen),
        disabled=not found.asks,
    )


def _name(row: Askable) -> str:
    return f"{row.common_name or row.subject} · {row.serial[:8]}"


def ask_again(cluster: str, sha256: str) -> None:
    """Have the cluster ask for it, and open what proves the answer."""
    with showing_refusals():
        done = check(session_lab(), cluster, sha256, cause="by hand")
        st.query_params["check"] = str(done.id)


def _want_all() -> None:
    st.session_state[_ALL] = True


def _ask_all(lab: Lab, cluster: str) -> None:
    """A second's worth at a time, so that one sees how far it is."""
    bar = st.progress(0.0, text=_("Asking"))
    with showing_refusals():
        done = len(check_all(lab, cluster, seconds=_BEAT))
        while waiting := len(_waiting(lab, cluster)):
            total = done + waiting
            bar.progress(
                done / total,
                text=_("Asking: {done} of {total}", done=done, total=total),
            )
            found = run_checks(lab, cluster=cluster, seconds=_BEAT)
            done += len(found)
            if len(_waiting(lab, cluster)) == waiting:  # somebody else is at it
                break
        st.session_state.revocation_done = counted(
            "{number} result was found.", "{number} results were found.", done
        )
        bar.empty()
        st.rerun()


def _waiting(lab: Lab, cluster: str) -> list[str]:
    return [
        sha256
        for home, sha256, _cause, _since in revocation_checks.wanted(lab.db)
        if home == cluster
    ]


def _table(lab: Lab, rows: Sequence[Check]) -> None:
    # A chosen row cannot be let go, so the table gets a new key after each click.
    clicks = st.session_state.setdefault("revocation_check_clicks", 0)
    key = f"revocation_checks_{clicks}"
    names = certificates.many(lab.db, [each.certificate for each in rows])

    def follow_click() -> None:
        selection = st.session_state[key].selection
        chosen = [*selection.rows, *(row for row, _column in selection.cells)]
        if chosen:
            st.query_params["check"] = str(rows[chosen[0]].id)
        st.session_state.revocation_check_clicks += 1

    st.dataframe(
        [_cells(each, names[each.certificate]) for each in rows],
        key=key,
        hide_index=True,
        height="content" if len(rows) <= 12 else 460,
        column_config=_columns(),
        on_select=follow_click,
        selection_mode=["single-row", "single-cell"],
        alt=_("The latest result for each certificate"),
    )
    st.caption(_("A click on a row opens what proves it: question, answer, signer."))


def _cells(each: Check, certificate: Certificate) -> dict[str, Any]:
    return {
        "name": certificate.common_name or certificate.subject,
        "status": [status_cell(each.status)],
        "connects": connects_cell(each.connects),
        "at": f"{each.at:%Y-%m-%d %H:%M}",
        "how": " ".join(part for part in (each.method, each.model) if part),
        "cause": cause_words().get(each.cause, each.cause),
        "url": each.url,
        "ms": _("{number} ms", number=each.milliseconds) if each.url else "",
    }


def _columns() -> dict[str, Any]:
    # The word is white on its colour in both themes, so both need the dark shades.
    colours = [
        str(st.get_option(f"theme.light.{colour}Color"))
        for colour in STATUS_COLOURS.values()
    ]
    return {
        "name": st.column_config.TextColumn(_("Certificate"), pinned=True),
        "status": st.column_config.MultiselectColumn(
            _("Result"),
            options=[status_cell(each) for each in STATUS_COLOURS],
            color=colours,
        ),
        "connects": _("Outcome"),
        "at": _("When (UTC)"),
        "how": _("Believed by"),
        "cause": _("Why asked"),
        "url": _("Asked at"),
        "ms": _("Took"),
    }


def say_done() -> None:
    """What the page has done by itself, once it is drawn anew."""
    if done := st.session_state.pop("revocation_done", ""):
        st.toast(as_text(done), icon=":material/check_circle:")
