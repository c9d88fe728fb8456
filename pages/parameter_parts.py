"""Parts of the settings page: the enterprise parameters and the mode of a cluster."""

import streamlit as st

from lab.actions.follow_up import would_follow
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.actions.set_parameter import parameter, set_parameter
from lab.effects import Effect
from lab.lab import Lab
from lab.models import Cluster, PartyKind
from lab.rules.after_change import SECURITY_MODE
from lab.rules.parameters import PARAMETERS, Parameter
from lab.store import parties
from pages.address import shown, write
from pages.effect_parts import show_effects
from pages.language import _
from pages.shared import as_text, session_lab, showing_refusals

_KEY = "settings_change"  # what the dialog is about: cluster, name, value


def clusters_with_parameters(lab: Lab) -> list[Cluster]:
    """Those that the lab runs itself; of an imported one it knows no parameters."""
    own = {
        node.cluster for node in parties.nodes(lab.db, kind=PartyKind.UCM) if node.fqdn
    }
    return [each for each in parties.clusters(lab.db) if each.name in own]


def choose_cluster(clusters: list[Cluster]) -> Cluster:
    """The one that the address names, else the first."""
    known = {each.name: each for each in clusters}
    asked = st.query_params.get("cluster", "")
    chosen = asked if asked in known else clusters[0].name
    if len(clusters) > 1:
        chosen = st.selectbox(
            _("Cluster"),
            list(known),
            key=shown("settings", "cluster", chosen),
            on_change=write,
            args=("settings", "cluster"),
            width=300,
        )
    return known[chosen]


def draw_mode(cluster: Cluster) -> None:
    """The security mode, which is no parameter to choose but a deed of its own."""
    mixed = cluster.mixed_mode
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            _("mixed mode") if mixed else _("non-secure mode"),
            icon=":material/lock:" if mixed else ":material/lock_open:",
            color="green" if mixed else "gray",
        )
        st.button(
            _("Set non-secure mode") if mixed else _("Set mixed mode"),
            key="settings_mode",
            type="tertiary",
            on_click=_ask,
            args=(cluster.name, SECURITY_MODE, "non-secure" if mixed else "mixed"),
        )
    st.caption(
        _(
            "Cluster {cluster}, profile {profile}. The security mode decides whether "
            "phones keep a CTL and may talk over TLS.",
            cluster=as_text(cluster.name),
            profile=as_text(cluster.profile),
        )
    )


def draw_parameters(lab: Lab, cluster: Cluster) -> None:
    """Each parameter with its choices, what it decides and where that is written."""
    for row in PARAMETERS.values():
        with st.container(border=True, gap="xsmall"):
            about, choice = st.columns(2, vertical_alignment="center")
            with about:
                _describe(row)
            with choice:
                _choose(lab, cluster, row)


def _describe(row: Parameter) -> None:
    st.markdown(f"**{as_text(row.name)}**  \n{_(row.rule)}")
    source = _("Source: {source}.", source=as_text(_(row.source)))
    if row.options_source is not row.source:
        source += " " + _(
            "Of the choices: {source}.", source=as_text(_(row.options_source))
        )
    section = _("Section {name}.", name=as_text(row.section))
    st.caption(f"{section} {_(row.note)} {source}")


def _choose(lab: Lab, cluster: Cluster, row: Parameter) -> None:
    present = parameter(lab, cluster.name, row.name)
    # A box of its own for each present value: it begins with that one.
    key = f"settings_value_{row.name}|{cluster.name}|{present}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if row.most:
            number = st.number_input(
                row.name,
                row.least,
                row.most,
                int(present),
                key=key,
                label_visibility="collapsed",
            )
            chosen = str(number)
        else:
            chosen = st.selectbox(
                row.name,
                row.options,
                row.options.index(present),
                format_func=lambda option: _(option),
                key=key,
                label_visibility="collapsed",
            )
        st.button(
            _("Set"),
            key=f"settings_set_{row.name}",
            disabled=chosen == present,
            on_click=_ask,
            args=(cluster.name, row.name, chosen),
            help=_("You first see what follows."),
        )


def _ask(cluster: str, name: str, value: str) -> None:
    st.session_state[_KEY] = cluster, name, value


def _close() -> None:
    st.session_state[_KEY] = None


def show_dialog(lab: Lab) -> None:
    """The dialog of the change that was asked for, if one was."""
    if done := st.session_state.pop("settings_done", ""):
        st.toast(done, icon=":material/check_circle:")
    wanted = st.session_state.get(_KEY)
    if wanted:
        _cluster, name, value = wanted
        title = _("Set {name} to {value}", name=_(name), value=_(value))
        st.dialog(title, width="medium", on_dismiss=_close)(_confirm)(lab, *wanted)


def _confirm(lab: Lab, cluster: str, name: str, value: str) -> None:
    if not st.session_state.get(_KEY):
        st.rerun()
    show_effects(_effects(lab, cluster, name))
    with st.container(horizontal=True):
        st.button(
            _("Set"),
            key="settings_confirm",
            type="primary",
            on_click=_do,
            args=(cluster, name, value),
        )
        st.button(_("Cancel"), key="settings_cancel", on_click=_close)


def _effects(lab: Lab, cluster: str, name: str) -> list[Effect]:
    publisher, *_others = parties.nodes(lab.db, cluster, PartyKind.UCM)
    return would_follow(lab, name, publisher)


def _do(cluster: str, name: str, value: str) -> None:
    _close()
    with showing_refusals():
        if name == SECURITY_MODE:
            set_cluster_mode(session_lab(), cluster, mixed=value == "mixed")
        else:
            set_parameter(session_lab(), cluster, name, value)
        st.session_state.settings_done = _(
            "{name} is now {value}. What is left to do is on the overview.",
            name=as_text(_(name)),
            value=as_text(_(value)),
        )
