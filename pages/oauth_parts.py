"""The OAuth keys page: its keys, its nodes, its tokens, and the renewal."""

from collections.abc import Sequence

import streamlit as st

from lab.actions.follow_up import would_follow
from lab.actions.judge_tokens import judge_tokens
from lab.actions.look_at_oauth import KeyOnNodes
from lab.actions.regenerate_oauth_key import PAGE, regenerate_oauth_key
from lab.lab import Lab
from lab.models import TokenState
from lab.rules.oauth_keys import OAUTH_KEYS, OAuthKey
from lab.store import parties
from pages.address import shown, write
from pages.effect_parts import show_effects
from pages.first_use import offer_example
from pages.language import _, counted, moment_text
from pages.shared import as_code, as_text, days_text, session_lab, showing_refusals

_SHORT = 16  # signs of a checksum that tell keys apart


def own_clusters(lab: Lab) -> list[str]:
    """Clusters that the lab runs itself."""
    names = [each.name for each in parties.clusters(lab.db)]
    return [name for name in names if parties.publisher(lab.db, name)]


def say_what_is_missing(lab: Lab) -> None:
    """The next step where there is no such cluster."""
    if not parties.clusters(lab.db):
        offer_example(lab)
        return
    st.info(
        _("All clusters here were imported: the lab only looks at their certificates. "
          "What is on this page is there for clusters that the lab runs itself."),
        icon=":material/info:",
    )  # fmt: skip


def choose_cluster(page: str, clusters: Sequence[str]) -> str:
    """The one that the address names, else the first; asked only among several."""
    asked = st.query_params.get("cluster", "")
    chosen = asked if asked in clusters else clusters[0]
    if len(clusters) > 1:
        st.selectbox(
            _("Cluster"),
            clusters,
            key=shown(page, "cluster", chosen),
            on_change=write,
            args=(page, "cluster"),
            width=320,
        )
    return chosen


def draw_keys(lab: Lab, cluster: str, keys: Sequence[KeyOnNodes]) -> None:
    """A card for each key: which it is now, how old, and how it is renewed."""
    held = {key.kind: key for key in keys}
    for row, column in zip(OAUTH_KEYS, st.columns(len(OAUTH_KEYS)), strict=True):
        with column.container(border=True, height="stretch"):
            st.subheader(_title(row), anchor=False)
            if row.name in held:
                _draw_key(lab, held[row.name])
            else:
                st.info(_("There is no such key yet."), icon=":material/info:")
            _offer_renewal(row, cluster)


def draw_nodes(keys: Sequence[KeyOnNodes]) -> None:
    """Which node works with which key."""
    if not keys:
        return
    st.subheader(_("On the nodes"), anchor=False)
    names = [node.node for node in keys[0].nodes]
    found = {(key.kind, node.node): node for key in keys for node in key.nodes}
    rows = []
    for name in names:
        row = {"node": name}
        for key in keys:
            node = found[key.kind, name]
            row[key.kind] = node.checksum[:_SHORT] or _("none yet")
            if not node.is_current:
                row[key.kind] += f" ({_('old') if node.online else _('offline')})"
        rows.append(row)
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        key="oauth_nodes",
        column_config={"node": _("Node")}
        | {key.kind: _("{kind} key", kind=_(key.kind)).capitalize() for key in keys},
        alt=_("The checksum of each key on each node"),
    )


def open_renewal(lab: Lab, cluster: str) -> None:
    """The question that comes before a renewal, when somebody wants one."""
    kind = st.session_state.get("oauth_renewing", "")
    if kind:
        title = _("Renew the signing key?")
        st.dialog(title, width="large", on_dismiss=_close)(_ask)(lab, cluster, kind)


def say_what_was_done() -> None:
    """After a renewal: what it was, and what follows."""
    effects = st.session_state.pop("oauth_done", None)
    if effects is not None:
        with st.container(border=True):
            text = _("The signing key is renewed: all tokens are dead.")
            st.markdown(f":green[:material/check_circle:] {text}")
            show_effects(effects)


def _title(row: OAuthKey) -> str:
    titles = {"encryption": _("Encryption key"), "signing": _("Signing key")}
    return titles[row.name]


def _draw_key(lab: Lab, key: KeyOnNodes) -> None:
    age = (lab.clock.now() - key.made_at).days
    made = _("Made {when} ({ago})", when=moment_text(key.made_at), ago=days_text(-age))
    st.markdown(f"{_('SHA-256')}: {as_code(key.checksum)}")
    st.caption(made)
    behind = [node.node for node in key.nodes if not node.is_current]
    if behind:
        st.warning(
            _("Not on {nodes} yet: there the old tokens are still taken.",
              nodes=as_text(", ".join(behind))),
            icon=":material/sync_problem:",
        )  # fmt: skip
    else:
        text = counted("On {number} node", "On all {number} nodes", len(key.nodes))
        st.badge(text, icon=":material/check_circle:", color="green")


def _offer_renewal(row: OAuthKey, cluster: str) -> None:
    if not row.on_the_page:
        st.markdown(
            _("The cluster renews this key on its command line only, because it has "
              "no certificate that its pages could show. On the publisher, type:")
        )  # fmt: skip
        st.code(row.command, language=None, wrap_lines=True)
        st.page_link(
            "cluster_console.py", label=_("Console"), icon=":material/terminal:"
        )
        return
    st.caption(
        _("It belongs to the authz certificate, which is renewed with it. On the "
          "command line: {command}", command=as_code(row.command))
    )  # fmt: skip
    st.button(
        _("Renew the signing key"),
        key="oauth_renew",
        icon=":material/autorenew:",
        on_click=_open,
        args=(row.name,),
        disabled=not cluster,
    )


def _ask(lab: Lab, cluster: str, kind: str) -> None:
    if not st.session_state.get("oauth_renewing"):  # it has been done
        st.rerun()
    judged = judge_tokens(lab, cluster)
    good = sum(each.state is TokenState.GOOD for each in judged)
    text = counted(
        "All access and refresh tokens die: {number} that is good now.",
        "All access and refresh tokens die: {number} that are good now.",
        good,
    )
    st.warning(f"{text} {_('Users have to sign in again.')}", icon=":material/warning:")
    publisher = parties.publisher(lab.db, cluster)
    if publisher:
        show_effects(would_follow(lab, f"oauth {kind}", publisher))
    with st.container(horizontal=True):
        st.button(
            _("Renew"),
            key="oauth_renew_now",
            type="primary",
            on_click=_renew,
            args=(cluster, kind),
        )
        st.button(_("Cancel"), key="oauth_cancel", on_click=_close)


def _open(kind: str) -> None:
    st.session_state.oauth_renewing = kind


def _close() -> None:
    st.session_state.oauth_renewing = ""


def _renew(cluster: str, kind: str) -> None:
    _close()
    with showing_refusals():
        effects = regenerate_oauth_key(session_lab(), cluster, kind, by=PAGE)
        st.session_state.oauth_done = effects
