"""The trust stores page: its filters, and the matrix of what differs."""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import streamlit as st

from lab.actions.export import rows_as_csv
from lab.lab import Lab
from lab.rules.trust_stores import STORES
from lab.store import parties
from lab.store.drift import DIFFERENCES, Line, Presence
from pages.address import forget, shown, write
from pages.language import _, counted, moment_text
from pages.shared import as_code

PAGE_ROWS = 500
COLOURS = {
    Presence.PRESENT: "green",
    Presence.MISSING: "red",
    Presence.STALE: "orange",
    Presence.EXTRA: "violet",
    Presence.COMING: "blue",
    Presence.WAITING: "gray",
}
ICONS = {
    Presence.PRESENT: ":material/check_circle:",
    Presence.MISSING: ":material/cancel:",
    Presence.STALE: ":material/history:",
    Presence.EXTRA: ":material/add_circle:",
    Presence.COMING: ":material/sync:",
    Presence.WAITING: ":material/cloud_off:",
}
_SIGNS = {
    Presence.PRESENT: "✓",
    Presence.MISSING: "✕",
    Presence.STALE: "△",
    Presence.EXTRA: "+",
    Presence.COMING: "→",
    Presence.WAITING: "‖",
}


def presence_words() -> dict[Presence, str]:
    return {
        Presence.PRESENT: _("Present"),
        Presence.MISSING: _("Missing"),
        Presence.STALE: _("Stale"),
        Presence.EXTRA: _("Extra"),
        Presence.COMING: _("On its way"),
        Presence.WAITING: _("Node offline"),
        Presence.ABSENT: _("Not there"),
        Presence.NO_STORE: _("No such store"),
    }


def presence_reasons() -> dict[Presence, str]:
    """Why a cell says so, and what helps."""
    return {
        Presence.PRESENT: _("It is there, as it should be."),
        Presence.MISSING: _(
            "The cluster's database has it and this node does not. Put it back, or "
            "force an intercluster sync."
        ),
        Presence.STALE: _(
            "It is older than what the database has of this subject. Delete it here."
        ),
        Presence.EXTRA: _(
            "The database does not have it, so no other node gets it. Upload it, or "
            "delete it here."
        ),
        Presence.COMING: _("A change is on its way and arrives when it is due."),
        Presence.WAITING: _("A change waits until the node is online again."),
        Presence.ABSENT: _("It is not there, and need not be."),
        Presence.NO_STORE: _("Nodes of this product do not have the store."),
    }


def presence_badge(presence: Presence) -> str:
    """Icon, word and colour, as Markdown."""
    words = presence_words()[presence]
    if presence not in COLOURS:
        return f":gray-badge[{words}]"
    return f":{COLOURS[presence]}-badge[{ICONS[presence]} {words}]"


def draw_filters(clusters: Sequence[str]) -> tuple[str, str, bool]:
    """Cluster, store (or none for all), and whether only differences are wanted."""
    query = st.query_params
    cluster = query.get("cluster", "")
    cluster = cluster if cluster in clusters else clusters[0]
    store = query.get("store", "") if query.get("store", "") in STORES else ""
    for name, known in (("cluster", clusters), ("store", STORES)):
        if (asked := query.get(name, "")) and asked not in known:
            st.warning(
                _("The address asked for {what}, which is not here; it was left out.",
                  what=as_code(asked[:80])),
                icon=":material/link_off:",
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(clusters) > 1:
            _select(_("Cluster"), list(clusters), "cluster", cluster)
        _select(_("Store"), ["", *STORES], "store", store)
        differing = st.toggle(
            _("Only differences"),
            key=shown("trust", "differences", query.get("differences") == "1"),
            on_change=write,
            args=("trust", "differences", "page"),
        )
        st.space("stretch")
        st.page_link(
            "certificate_upload.py",
            label=_("Upload a certificate"),
            icon=":material/upload:",
        )
    return cluster, store, differing


def _select(label: str, choices: list[str], name: str, value: str) -> None:
    st.selectbox(
        label,
        choices,
        key=shown("trust", name, value),
        format_func=lambda each: each or _("All stores"),
        on_change=write,
        args=("trust", name, "page", "entry", "certificate", "node"),
        width=260,
    )


def page_in_address() -> int:
    """The page that the address asks for, from 1 on."""
    asked = st.query_params.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return max(page, 1)


def draw_summary(lab: Lab, lines: Sequence[Line], total: int) -> None:
    """One sentence, a badge for each kind of difference, and the download."""
    counts = Counter(each for line in lines for each in line.nodes.values())
    badges = [
        f"{presence_badge(each)} {counts[each]}" for each in DIFFERENCES if counts[each]
    ]
    now = moment_text(lab.clock.now())
    found = "  ".join(badges) or _("No node differs, checked {time}.", time=now)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{counted('{number} row', '{number} rows', total)} · {found}")
        st.space("stretch")
        st.download_button(
            _("Download as CSV"),
            _as_csv(lines),
            "trust_stores.csv",
            "text/csv",
            key="trust_csv",
            icon=":material/download:",
            on_click="ignore",
        )


def say_nothing(lab: Lab, *, agreed: bool) -> None:
    """What stands in place of an empty table."""
    if agreed:
        now = moment_text(lab.clock.now())
        text = _("All nodes trust the same, checked {time}.", time=now)
        st.success(text, icon=":material/check_circle:")
        return
    st.info(
        _("There is nothing here. Choose all stores, or show more than differences."),
        icon=":material/search_off:",
    )


def draw_matrix(lines: Sequence[Line], on_select: Any, key: str) -> None:
    """Rows are certificates, columns nodes; a click on a cell opens it."""
    words = presence_words()
    options = [f"{_SIGNS[each]} {words[each]}" for each in COLOURS]
    # The word is white on its colour in both themes, so both need the dark shades.
    colours = [
        str(st.get_option(f"theme.light.{COLOURS[each]}Color")) for each in COLOURS
    ]
    nodes = list(lines[0].nodes)
    st.dataframe(
        [_cells(line, words) for line in lines],
        key=key,
        hide_index=True,
        height="content" if len(lines) <= 16 else 600,
        column_config={
            "store": _("Store"),
            "name": st.column_config.TextColumn(_("Certificate"), pinned=True),
            "end": _("Ends"),
            **{
                f"node {name}": st.column_config.MultiselectColumn(
                    name, options=options, color=colours
                )
                for name in nodes
            },
        },
        on_select=on_select,
        selection_mode=["single-row", "single-cell"],
        alt=_("Trust certificates by node"),
    )
    st.caption(_("A click on a cell opens it: delete it there, or put it back."))


def _cells(line: Line, words: dict[Presence, str]) -> dict[str, Any]:
    return {
        "name": line.common_name or line.subject or line.serial,
        "store": line.store,
        "end": f"{line.not_after:%Y-%m-%d}",
        **{
            f"node {name}": [f"{_SIGNS[each]} {words[each]}"] if each in COLOURS else []
            for name, each in line.nodes.items()
        },
    }


def _as_csv(lines: Sequence[Line]) -> BytesIO:
    """The same rows for a spreadsheet."""
    words = presence_words()
    nodes = list(lines[0].nodes)
    header = [_("Store"), _("Certificate"), _("Subject"), _("SHA-256"), _("Ends")]
    return rows_as_csv(
        [*header, *nodes],
        (
            [
                line.store,
                line.common_name,
                line.subject,
                line.certificate,
                f"{line.not_after:%Y-%m-%d %H:%M}",
                *(words[line.nodes[name]] for name in nodes),
            ]
            for line in lines
        ),
    )


def clusters_with_nodes(lab: Lab) -> list[str]:
    return list(dict.fromkeys(node.cluster for node in parties.nodes(lab.db)))


def close_entry() -> None:
    forget("entry", "certificate", "node")
