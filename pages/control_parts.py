"""The services page: which node, how many are behind, and what is just starting."""

from collections.abc import Sequence

import streamlit as st

from lab.actions.look_at_services import Status
from lab.lab import Lab
from lab.models import Party
from lab.rules.services import STARTS
from lab.store import parties, services
from pages.address import forget, shown, write
from pages.language import _, counted
from pages.shared import as_text


def nodes_with_services(lab: Lab) -> list[Party]:
    """Nodes that came in by an import run nothing here."""
    return [
        each for each in parties.nodes(lab.db) if services.of_party(lab.db, each.id)
    ]


def choose(lab: Lab, nodes: Sequence[Party]) -> tuple[Party, bool]:
    """The node that the address names, else the first; and whether only what is old."""
    several = len({each.cluster for each in nodes}) > 1
    old: dict[int, set[str]] = {}
    for cluster, name, service, _purpose, _sha256 in services.stale(lab.db):
        for each in nodes:
            if (each.cluster, each.name) == (cluster, name):
                old.setdefault(each.id, set()).add(service)
    labels = {}
    for each in nodes:
        label = f"{each.name} ({_(each.role)})"
        if several:
            label += f", {each.cluster}"
        if number := len(old.get(each.id, ())):
            label += " · " + counted("{number} old", "{number} old", number)
        labels[each.id] = label
    query = st.query_params
    asked = (query.get("node", ""), query.get("cluster", ""))
    chosen = next(
        (
            each
            for each in nodes
            if each.name == asked[0] and asked[1] in ("", each.cluster)
        ),
        None,
    )
    if chosen is None:
        if asked[0]:
            st.warning(
                _("The address names a node that runs no services: {name}.",
                  name=as_text(asked[0][:80])),
                icon=":material/link_off:",
            )  # fmt: skip
        chosen = nodes[0]
    by_id = {each.id: each for each in nodes}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("Node"),
            list(labels),
            key=shown("services", "id", chosen.id),
            format_func=labels.__getitem__,
            on_change=_write_node,
            args=({each.id: (each.name, each.cluster) for each in nodes},),
            width=420,
        )
        only_old = st.toggle(
            _("Only what presents something old"),
            key=shown("services", "old", query.get("old") == "1"),
            on_change=write,
            args=("services", "old"),
        )
    return by_id[chosen.id], only_old


def _write_node(names: dict[int, tuple[str, str]]) -> None:
    name, cluster = names[st.session_state.services_id]
    forget("service")
    st.query_params["node"] = name
    st.query_params["cluster"] = cluster


def say_summary(found: Sequence[Status]) -> None:
    """One sentence: how many services present something old, and what helps."""
    old = [each for each in found if each.is_behind]
    if not old:
        st.success(
            _("All that runs presents what is stored."), icon=":material/check_circle:"
        )
        return
    text = counted(
        "{number} service does not present what is stored.",
        "{number} services do not present what is stored.",
        len(old),
    )
    st.warning(text, icon=":material/sync_problem:")
    st.button(
        _("Have them present it"),
        key="services_catch_up",
        icon=":material/restart_alt:",
        on_click=_ask_catch_up,
        disabled=not old[0].node.online,
    )


def _ask_catch_up() -> None:
    forget("service")
    st.session_state.services_catching_up = True


def countdown(lab: Lab, cluster: str) -> None:
    """What of the cluster is just starting, second by second until it has started."""
    if left := _starting(lab, cluster):
        names = {each[:2] for each in left}
        st.fragment(run_every=1)(_count)(lab, cluster, names)


def _count(lab: Lab, cluster: str, names: set[tuple[str, str]]) -> None:
    left = _starting(lab, cluster)
    if {each[:2] for each in left} != names:  # the tables are no longer true
        st.rerun()
    node, service, seconds = left[-1]
    if len(left) == 1:
        text = _(
            "{service} on {node} is starting: ready in {seconds} s",
            service=as_text(service),
            node=as_text(node),
            seconds=seconds,
        )
    else:
        text = _(
            "{number} services are starting: {service} on {node} is the last, ready in "
            "{seconds} s",
            number=len(left),
            service=as_text(service),
            node=as_text(node),
            seconds=seconds,
        )
    st.progress(min(max(1 - seconds / STARTS[service].seconds, 0.0), 1.0), text=text)


def _starting(lab: Lab, cluster: str) -> list[tuple[str, str, int]]:
    """Node, service and seconds until it is ready, the last one at the end."""
    now = lab.clock.now()
    return [
        (node, service, int((ready - now).total_seconds()))
        for node, service, ready in services.starting(lab.db, cluster, now)
    ]
