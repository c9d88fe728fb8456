"""The phones page: how they fare and why, which lists are served, the table."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.lab import Lab
from lab.models import Cluster
from lab.rules.known_incidents import INCIDENTS
from lab.rules.safe_order import RECOVERY
from lab.store import parties, phone_listing
from lab.store.phone_listing import LIST_STATES, MOST_ROWS, PhoneFilter, PhoneLine
from pages.address import forget, shown, write
from pages.language import _, counted
from pages.phone_words import (
    COLOURS,
    OF_TRUST,
    in_a_cell,
    list_state_words,
    plain_reason,
    reason_lines,
    remedy_text,
)
from pages.shared import as_code, as_text

_MOST_TEXT = 100
_MOST_GROUPS = 5  # in full; the table has them all


def choose_cluster(lab: Lab, known: Sequence[str]) -> Cluster:
    """The cluster that the address names, else the first with phones."""
    asked = st.query_params.get("cluster", known[0])
    if asked not in known:
        st.warning(
            _("No phone registers in {name}.", name=as_code(asked[:80])),
            icon=":material/link_off:",
        )
        asked = known[0]
    if len(known) > 1:
        st.selectbox(
            _("Cluster"),
            known,
            key=shown("phones", "cluster", asked),
            on_change=write,
            args=("phones", "cluster", "node", "phone", "page"),
            width=420,
        )
    return parties.cluster(lab.db, asked)


def draw_numbers(lab: Lab, cluster: Cluster) -> None:
    """How many are registered, and how many hold which ITL."""
    nodes = phone_listing.by_node(lab.db, cluster.name)
    registered = sum(number for _node, number, _all in nodes)
    total = sum(number for _node, _registered, number in nodes)
    held = phone_listing.by_list_state(lab.db, cluster.name)
    words = list_state_words()
    with st.container(horizontal=True):
        st.metric(_("Registered"), f"{registered} / {total}", border=True)
        st.metric(_("Not registered"), total - registered, border=True)
        for state in LIST_STATES:
            if held.get(state):
                label = _("ITL: {state}", state=words[state])
                st.metric(label, held[state], border=True)
        mode = _("Mixed mode") if cluster.mixed_mode else _("Non-secure mode")
        st.metric(_("Security mode"), mode, border=True)


def draw_reasons(lab: Lab, cluster: Cluster) -> None:
    """Why phones are not registered, those that fare alike together."""
    _warn_of_refusals(lab, cluster)
    found = phone_listing.groups(lab.db, cluster.name)
    if not found:
        st.success(_("Every phone is registered."), icon=":material/check_circle:")
        if older := phone_listing.by_list_state(lab.db, cluster.name).get("older"):
            text = counted(
                "{number} phone holds an older ITL. It takes the new one at a reset.",
                "{number} phones hold an older ITL. They take the new one at a reset.",
                older,
            )
            st.caption(text)
        return
    for number, node, _why, evidence in found[:_MOST_GROUPS]:
        told = json.loads(evidence)
        title = counted(
            "{number} phone of {node} is not registered",
            "{number} phones of {node} are not registered",
            number,
            node=as_text(node),
        )
        lines = "\n".join(reason_lines(told))
        st.error(
            f"{lines}\n\n**{_('What helps')}:** {remedy_text(told)}",
            title=title,
            icon=":material/phone_disabled:",
        )
    if more := sum(number for number, *_rest in found[_MOST_GROUPS:]):
        text = counted("and {number} phone more", "and {number} phones more", more)
        st.caption(text)
    if any(why in OF_TRUST for _number, _node, why, _evidence in found):
        _recovery(cluster)


def _warn_of_refusals(lab: Lab, cluster: Cluster) -> None:
    wanted = PhoneFilter(cluster=cluster.name, registered=True, itl_state="refused")
    if number := phone_listing.count(lab.db, wanted):
        text = counted(
            "{number} phone is registered and has refused the newest ITL.",
            "{number} phones are registered and have refused the newest ITL.",
            number,
        )
        more = _("The next new CallManager certificate loses them.")
        st.warning(f"{text} {more}", icon=":material/warning:")


def _recovery(cluster: Cluster) -> None:
    incident = INCIDENTS[0]
    with st.expander(_("The way out, step by step"), icon=":material/healing:"):
        st.markdown(
            _(
                "Known incident: {cause}; {symptom}. Way out: {way_out}.",
                cause=as_text(_(incident.cause)),
                symptom=as_text(_(incident.symptom)),
                way_out=as_text(_(incident.way_out)),
            )
        )
        mode = "mixed" if cluster.mixed_mode else "non-secure"
        lines = [
            f"{row.position}. {as_text(_(row.step))}"
            + (f" — {as_code(row.command)}" if row.command else "")
            for row in RECOVERY
            if row.mode == mode
        ]
        st.markdown("\n".join(lines))
        st.caption(_("Source: {source}.", source=_(RECOVERY[0].source)))


def wanted_phones(lab: Lab, cluster: str) -> PhoneFilter:
    """Draw the filters, and read from the address which phones are wanted."""
    query = st.query_params
    nodes = ["", *(name for name, *_counts in phone_listing.by_node(lab.db, cluster))]
    node = query.get("node", "") if query.get("node", "") in nodes else ""
    state = query.get("state", "") if query.get("state") in ("yes", "no") else ""
    itl = query.get("itl", "") if query.get("itl") in LIST_STATES else ""
    states = {"": _("All"), "yes": _("Registered"), "no": _("Not registered")}
    lists = {"": _("All"), **list_state_words()}
    names = {each: each or _("All") for each in nodes}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choice("node", _("Node"), names, node)
        _choice("state", _("State"), states, state)
        _choice("itl", "ITL", lists, itl)
        text = st.text_input(
            _("Search"),
            key="phones_q",
            max_chars=_MOST_TEXT,
            icon=":material/search:",
            placeholder=_("Name or model"),
            bind="query-params",
        )
    return PhoneFilter(
        cluster=cluster,
        node=node,
        registered={"yes": True, "no": False}.get(state),
        itl_state=itl,
        text=(text or "").strip(),
    )


def _choice(name: str, label: str, words: dict[str, str], value: str) -> None:
    st.selectbox(
        label,
        list(words),
        key=shown("phones", name, value),
        format_func=words.__getitem__,
        on_change=write,
        args=("phones", name, "page"),
        width=200,
    )


def draw_table(lab: Lab, wanted: PhoneFilter) -> list[str]:
    """The phones that are wanted, in pages; returns the names of those ticked."""
    total = phone_listing.count(lab.db, wanted)
    if not total:
        st.info(_("No phone is like this. Loosen a filter."), icon=":material/search:")
        return []
    head, table, below = st.container(), st.container(), st.container()
    pages = -(-total // MOST_ROWS)
    page = 1
    if pages > 1:
        with below:
            page = st.pagination(pages, key="phones_page", bind="query-params")
    rows = phone_listing.page(lab.db, wanted, MOST_ROWS, (page - 1) * MOST_ROWS)
    head.markdown(counted("{number} phone", "{number} phones", total))
    clicks = st.session_state.setdefault("phones_clicks", 0)
    key = f"phones_table{clicks}"
    chosen = table.container(key=f"phones_box{clicks}").dataframe(
        [_cells(row) for row in rows],
        key=key,
        hide_index=True,
        height="content" if len(rows) <= 16 else 600,
        column_config=_columns(),
        on_select=_follow_click(key, [row.device for row in rows]),
        selection_mode=["multi-row", "single-cell"],
        alt=_("Phones, those that are not registered first"),
    )
    table.caption(_("A click on a cell opens the phone; a tick chooses it for a deed."))
    return [rows[place].device for place in chosen.selection.rows if place < len(rows)]


def _follow_click(key: str, names: list[str]) -> Any:
    def follow() -> None:
        cells = st.session_state[key].selection.cells
        if cells and cells[0][0] < len(names):
            st.query_params["phone"] = names[cells[0][0]]
            st.session_state.phones_clicks += 1

    return follow


def _cells(row: PhoneLine) -> dict[str, object]:
    return {
        "device": row.device,
        "node": row.node,
        "model": row.model,
        "state": [in_a_cell("registered" if row.registered else "lost")],
        "since": row.since,
        "itl": [in_a_cell(row.itl_state)],
        "ctl": [in_a_cell(row.ctl_state)],
        "lsc": row.lsc_ends,
        "issuer": row.lsc_issuer,
        "why": plain_reason(row.evidence),
    }


def _columns() -> dict[str, Any]:
    moment = st.column_config.DatetimeColumn
    shape = "YYYY-MM-DD HH:mm"
    return {
        "device": st.column_config.TextColumn(_("Phone"), pinned=True),
        "node": _("Node"),
        "model": _("Model"),
        "state": _coloured(_("State"), ("registered", "lost")),
        "since": moment(_("Since (UTC)"), format=shape, timezone="UTC"),
        "itl": _coloured("ITL", LIST_STATES),
        "ctl": _coloured("CTL", LIST_STATES),
        "lsc": moment(_("LSC ends (UTC)"), format=shape, timezone="UTC"),
        "issuer": _("LSC signed by"),
        "why": st.column_config.TextColumn(_("Reason"), width=600),
    }


def _coloured(label: str, states: Sequence[str]) -> Any:
    # The word is white on its colour in both themes, so both need the dark shades.
    return st.column_config.MultiselectColumn(
        label,
        options=[in_a_cell(state) for state in states],
        color=[
            str(st.get_option(f"theme.light.{COLOURS[each]}Color")) for each in states
        ],
    )


def close_drawer() -> None:
    forget("phone")
