"""What is revoked or on hold, and what clients still believe of it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.actions.believed import Known
from lab.models import Check
from lab.rules.reasons import REASONS
from lab.store.revocation_listing import Taken
from pages.address import shown, write
from pages.language import _
from pages.revocation_data import Picture
from pages.revocation_words import (
    STATUS_COLOURS,
    belief_words,
    status_cell,
)
from pages.shared import as_code

_MOST_LIFTED = 20


def draw_taken(found: Picture) -> None:
    """A row a certificate: since when, why, and until when a client may not know."""
    _still_held(found)
    known, total = found.known, found.revoked + found.on_hold
    if not known:
        st.info(
            _("Nothing is revoked or on hold. To revoke a certificate, open it in the "
              "list of certificates."),
            icon=":material/info:",
        )  # fmt: skip
        st.page_link(
            "certificates.py", label=_("Certificates"), icon=":material/license:"
        )
        return
    if total > len(known):
        st.caption(
            _("The latest {number} of {total} are shown.", number=len(known),
              total=f"{total:,}")
        )  # fmt: skip
    rows = _choose(known)
    _table(rows, found.learned, found.asks)
    st.page_link(
        "certificates.py",
        label=_("All of them in the list of certificates"),
        icon=":material/list:",
        query_params={"state": "revoked,on_hold", "once": "1"},
    )


def _choose(known: Sequence[Known]) -> Sequence[Known]:
    """Which of them are shown, when they are not all alike; kept in the address."""
    kinds = {
        "revoked": [each for each in known if not each.taken.is_hold],
        "on_hold": [each for each in known if each.taken.is_hold],
        "doubtful": [each for each in known if each.good_until],
    }
    labels = {
        "revoked": status_cell("revoked"),
        "on_hold": status_cell("on_hold"),
        "doubtful": f"△ {_('Not known to all')}",
    }
    offered = [kind for kind, rows in kinds.items() if 0 < len(rows) < len(known)]
    if not offered:
        return known
    asked = st.query_params.get("state", "")
    chosen = st.pills(
        _("Show"),
        offered,
        format_func=lambda kind: f"{labels[kind]} · {len(kinds[kind])}",
        key=shown("revocation", "state", asked if asked in offered else None),
        label_visibility="collapsed",
        on_change=write,
        args=("revocation", "state"),
    )
    return kinds[chosen] if chosen else known


def _still_held(found: Picture) -> None:
    """Those whose hold was lifted, and which a list that is in force still suspends."""
    lines = [
        f"{as_code(row.common_name or row.serial)}: {belief_words(belief)}"
        for row, belief in found.lifted[:_MOST_LIFTED]
    ]
    if lines:
        heading = _("The hold was lifted, and not every client knows it:")
        st.info("\n".join([heading, "", *(f"- {line}" for line in lines)]),
                icon=":material/play_circle:")  # fmt: skip


def _table(known: Sequence[Known], learned: dict[str, Check], asks: bool) -> None:
    # A chosen row cannot be let go, so the table gets a new key after each click.
    clicks = st.session_state.setdefault("revocation_taken_clicks", 0)
    key = f"revocation_taken_{clicks}"

    def follow_click() -> None:
        selection = st.session_state[key].selection
        chosen = [*selection.rows, *(row for row, _column in selection.cells)]
        if chosen:
            st.query_params["taken"] = known[chosen[0]].taken.certificate
        st.session_state.revocation_taken_clicks += 1

    st.dataframe(
        [_cells(each, learned, asks) for each in known],
        key=key,
        hide_index=True,
        height="content" if len(known) <= 12 else 460,
        column_config=_columns(),
        on_select=follow_click,
        selection_mode=["single-row", "single-cell"],
        alt=_("What is revoked or on hold, and until when clients may not know"),
    )


def _cells(each: Known, learned: dict[str, Check], asks: bool) -> dict[str, Any]:
    row, until = each.taken, each.good_until
    check = learned.get(row.certificate)
    last = _("never asked") if asks else _("does not ask")
    return {
        "name": row.common_name or row.subject or row.serial,
        "state": [status_cell("on_hold" if row.is_hold else "revoked")],
        "since": f"{row.at:%Y-%m-%d %H:%M}",
        "until": f"{until:%Y-%m-%d %H:%M}" if until else _("no longer"),
        "last": status_cell(check.status) if check else last,
        "reason": _(REASONS[row.reason].label),
        "place": place_words(row),
        "invalid": f"{row.invalid_since:%Y-%m-%d %H:%M}" if row.invalid_since else "",
        "issuer": row.issued_by,
    }


def place_words(row: Taken) -> str:
    """Where it is: "tomcat on cucm-pub"; empty when nobody holds it any more."""
    if not row.party:
        return _("nowhere any more")
    if row.place == "peer":
        return row.party
    return _("{what} on {where}", what=row.place, where=row.party)


def _columns() -> dict[str, Any]:
    # The word is white on its colour in both themes, so both need the dark shades.
    states = ("revoked", "on_hold")
    colours = [
        str(st.get_option(f"theme.light.{STATUS_COLOURS[each]}Color"))
        for each in states
    ]
    return {
        "name": st.column_config.TextColumn(_("Certificate"), pinned=True),
        "state": st.column_config.MultiselectColumn(
            _("State"), options=[status_cell(each) for each in states], color=colours
        ),
        "since": _("Since (UTC)"),
        "until": st.column_config.TextColumn(
            _("A client may believe it until (UTC)"),
            help=_("The longest that an earlier answer or list can be gone by."),
        ),
        "last": st.column_config.TextColumn(
            _("The cluster found"),
            help=_("What the nodes found when they asked last."),
        ),
        "reason": _("Reason"),
        "place": _("Where"),
        "invalid": _("Invalid since (UTC)"),
        "issuer": _("Issued by"),
    }
