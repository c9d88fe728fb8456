"""One certificate in one store: how it stands on each node, deletion, putting back."""

import streamlit as st

from lab.actions.compare_stores import compare_stores
from lab.actions.delete_trust import delete_trust
from lab.actions.follow_up import would_follow
from lab.actions.trial import what_breaks
from lab.actions.upload_certificate import upload_certificate
from lab.errors import LabError
from lab.lab import Lab
from lab.models import Party
from lab.rules.trust_stores import DISPUTED, STORES, Reach
from lab.store import certificates, parties
from lab.store.drift import Line, Presence
from pages.broken_parts import show_broken
from pages.effect_parts import show_effects
from pages.language import _, moment_text
from pages.shared import as_code, as_text, session_lab, showing_refusals
from pages.trust_store_parts import close_entry, presence_badge, presence_reasons


def open_entry(lab: Lab, cluster: str) -> None:
    """Show the entry that the address names, if the cluster has it."""
    query = st.query_params
    sha256 = query.get("certificate", "").strip().lower()[:80]
    if not sha256:
        return
    store = query.get("entry", "")
    line = _line(lab, cluster, store, sha256)
    if line is None:
        _say_refusal()
        st.warning(
            _("No node of this cluster has that certificate in {store}.",
              store=as_code(store[:80] or "-")),
            icon=":material/link_off:",
        )  # fmt: skip
        return
    title = _(
        "{what} in {store}",
        what=as_code(line.common_name or line.subject or line.serial),
        store=line.store,
    )
    dialog = st.dialog(title, width="large", on_dismiss=close_entry)
    dialog(_show)(lab, cluster, store, sha256)


def _line(lab: Lab, cluster: str, store: str, sha256: str) -> Line | None:
    found = compare_stores(lab, cluster, store=store, certificate=sha256)[1]
    return next((line for line in found if line.store == store), None)


def _say_refusal() -> None:
    """What a button of the dialog was refused: drawn above it, nobody would see it."""
    with showing_refusals():
        if refusal := st.session_state.pop("trust_refused", None):
            raise refusal


def say_what_was_done() -> None:
    """After a deed: what it was, and what follows."""
    done = st.session_state.pop("trust_done", None)
    if done:
        text, effects = done
        with st.container(border=True):
            st.markdown(f":green[:material/check_circle:] {text}")
            show_effects(effects)


def _show(lab: Lab, cluster: str, store: str, sha256: str) -> None:
    line = _line(lab, cluster, store, sha256)  # somebody else may have changed it
    if "certificate" not in st.query_params or line is None:  # a deed has been done
        st.rerun()
    _say_refusal()
    names = [name for name, each in line.nodes.items() if each is not Presence.NO_STORE]
    asked = st.query_params.get("node", "")
    name = st.selectbox(
        _("Node"),
        names,
        index=names.index(asked) if asked in names else 0,
        key="trust_entry_node",
        width=300,
    )
    node = parties.by_name(lab.db, cluster, name)
    presence = line.nodes[name]
    _describe(line, name)
    if not node.fqdn:
        st.info(
            _("This node was imported: the lab only looks at its certificates."),
            icon=":material/info:",
        )
    elif name in line.holders:
        _offer_deletion(lab, node, line)
    elif presence in (Presence.MISSING, Presence.ABSENT):
        _offer_putting_back(node, line, presence)


def _describe(line: Line, name: str) -> None:
    """How it stands on this node and on the others."""
    presence = line.nodes[name]
    reason = presence_reasons()[presence]
    if presence is Presence.COMING and name in line.holders:
        reason = _("It is there until the deletion arrives.")
    st.markdown(f"{presence_badge(presence)} {reason}")
    st.caption(
        _(
            "Ends on {end}, serial {serial}. On other nodes: {others}",
            end=moment_text(line.not_after),
            serial=as_text(line.serial),
            others=" ".join(
                f"{as_text(other)} {presence_badge(each)}"
                for other, each in line.nodes.items()
                if other != name and each is not Presence.NO_STORE
            ),
        )
    )
    st.page_link(
        "certificates.py",
        label=_("Everything about this certificate"),
        icon=":material/license:",
        query_params={"certificate": line.certificate},
    )


def _offer_deletion(lab: Lab, node: Party, line: Line) -> None:
    st.markdown(f"**{_('Delete')}**")
    st.markdown(_scope(lab, node, line))
    others = [
        _(
            "Another document reads: {reading}. Source: {source}.",
            reading=as_text(_(row.reading)),
            source=as_text(_(row.source)),
        )
        for row in DISPUTED
        if (row.store, row.about) == (line.store, "delete")
    ]
    if others:
        st.caption("  \n".join(others))
    with showing_refusals():
        broken = what_breaks(
            lab,
            lambda at: delete_trust(
                at, node.name, line.store, line.certificate, cluster=node.cluster
            ),
        )
        show_broken(broken)
        show_effects(would_follow(lab, line.store, node))
        st.warning(
            _("The cluster cannot undo it: the certificate would have to be uploaded "
              "again."),
            icon=":material/warning:",
        )  # fmt: skip
        _buttons(_("Delete for good"), "delete", node, line)


def _scope(lab: Lab, node: Party, line: Line) -> str:
    rule = STORES[line.store]
    source = _("Source: {source}.", source=as_text(_(rule.delete_source)))
    if rule.delete is not Reach.CLUSTER:
        text = _("It goes from {node} alone.", node=as_text(node.name))
        return f"{text} :gray[{source}]"
    others = [
        each.name
        for each in parties.nodes(lab.db, node.cluster)
        if each.id != node.id and each.kind in rule.product and each.fqdn
    ]
    text = _(
        "It goes from {node} at once, and from {others} after {minutes} minutes. An "
        "offline node follows once it is back.",
        node=as_text(node.name),
        others=as_text(", ".join(others)),
        minutes=rule.delay_minutes,
    ) if rule.delay_minutes else _(
        "It goes from all nodes that have it at once: {nodes}. An offline node "
        "follows once it is back.",
        nodes=as_text(", ".join([node.name, *others])),
    )  # fmt: skip
    return f"{text} :gray[{source}]"


def _offer_putting_back(node: Party, line: Line, presence: Presence) -> None:
    missing = presence is Presence.MISSING
    heading = _("Put back") if missing else _("Upload here too")
    st.markdown(
        f"**{heading}**  \n"
        + _(
            "It is uploaded to {store} on {node}.",
            store=line.store,
            node=as_text(node.name),
        )
    )
    label = _("Put back") if missing else _("Upload")
    _buttons(label, "put_back", node, line)


def _buttons(label: str, deed: str, node: Party, line: Line) -> None:
    with st.container(horizontal=True):
        st.button(
            label,
            key=f"trust_{deed}",
            type="primary",
            on_click=_do,
            args=(deed, node.cluster, node.name, line),
        )
        st.button(_("Cancel"), key="trust_cancel", on_click=close_entry)


def _do(deed: str, cluster: str, node: str, line: Line) -> None:
    lab = session_lab()
    try:
        if deed == "delete":
            effects = delete_trust(
                lab, node, line.store, line.certificate, cluster=cluster
            )
            text = _("Deleted from {store} on {node}: {name}")
        else:
            der = certificates.get(lab.db, line.certificate).der
            party = parties.by_name(lab.db, cluster, node)
            upload_certificate(lab, node, line.store, der, cluster=cluster)
            effects = would_follow(lab, line.store, party)
            text = _("Put into {store} on {node}: {name}")
        name = as_code(line.common_name or line.subject)
        words = text.format(store=line.store, node=as_text(node), name=name)
        st.session_state.trust_done = (words, effects)
        close_entry()
    except LabError as refusal:
        st.session_state.trust_refused = refusal
