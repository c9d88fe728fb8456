"""Parts of the upload page: what was given, where it goes, and the button."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lab.actions.inspect_upload import Inspected, Proposal, inspect_upload
from lab.actions.preflight_upload import Preflight, file_of, preflight_parts
from lab.actions.upload_certificate import Part, Uploaded, upload_parts
from lab.actions.upload_notes import Note
from lab.lab import Lab
from lab.models import Certificate, Party
from lab.rules.cluster_messages import UPLOADED, UPLOADED_SHARED
from lab.rules.purposes import purposes_of
from lab.rules.trust_stores import STORES
from lab.store import events, parties
from pages.effect_parts import show_effects
from pages.language import _, counted
from pages.shared import as_code, as_text, session_lab, showing_refusals
from pages.upload_revocation import ask_for_uploads, say_checked

if TYPE_CHECKING:  # a type of Streamlit's own, with no public home
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_NOWHERE = ""
_NO_WHY = Note(text="")


def nodes_that_take(lab: Lab) -> list[Party]:
    """The nodes of built clusters, publishers first."""
    return [node for node in parties.nodes(lab.db) if node.fqdn]


def choose_node(nodes: Sequence[Party]) -> tuple[str, str]:
    """The cluster, and the node: one that is named, or the one the file fits."""
    homes = list(dict.fromkeys(node.cluster for node in nodes))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cluster = homes[0]
        if len(homes) > 1:
            cluster = st.selectbox(
                _("Cluster"), homes, key="cluster", bind="query-params", width=260
            )
        names = [node.name for node in nodes if node.cluster == cluster]
        node = st.selectbox(
            _("Node"),
            ["", *names],
            key="node",
            bind="query-params",
            format_func=lambda name: name or _("Find it out from the file"),
            width=260,
        )
    return cluster, node or ""


def inspected(
    lab: Lab, given: "Sequence[UploadedFile]", cluster: str, node: str
) -> Inspected:
    """What is in the files; looked at anew only when something decides otherwise."""
    key = ([each.file_id for each in given], cluster, node, events.head(lab.db))
    kept = st.session_state.get("upload_inspected")
    if kept and kept[0] == key:
        found: Inspected = kept[1]
        return found
    files = [each.getvalue() for each in given]
    found = inspect_upload(lab, files, cluster=cluster, node=node)
    st.session_state.upload_inspected = key, found
    return found


def say_what_it_is(found: Inspected) -> None:
    """One sentence: what the files hold."""
    number = len(found.certificates)
    words = {
        "leaf": _("It is one certificate that answers a waiting request."),
        "chain": counted(
            "It is {number} certificate: an answer to a waiting request.",
            "They are {number} certificates: an answer to a waiting request, and "
            "authorities above it.",
            number,
        ),
        "authorities": counted(
            "It is {number} authority.", "They are {number} authorities.", number
        ),
        "mixture": counted(
            "It is {number} certificate that answers no waiting request.",
            "They are {number} certificates of several kinds.",
            number,
        ),
    }
    st.info(words[found.kind], icon=":material/search:")
    if found.private_keys:
        st.caption(
            counted(
                "{number} private key was seen and left where it was.",
                "{number} private keys were seen and left where they were.",
                found.private_keys,
            )
        )


def choose_parts(
    lab: Lab, nodes: Sequence[Party], found: Inspected, cluster: str, chosen: str
) -> tuple[list[Part], str]:
    """Where each part goes: as proposed, or as somebody chooses. With a description."""
    parts: list[Part] = []
    st.subheader(_("Where it goes"), anchor=False)
    for number, part in enumerate(found.proposals):
        text = _(part.why.text)
        why = text.format(**{k: as_text(v) for k, v in part.why.values.items()})
        parts += _choose(lab, nodes, cluster, part, f"upload_part{number}", why)
    for number, each in enumerate(found.left):
        part = _part_left(nodes, each, cluster, chosen)
        why = _(
            "Nothing here tells where it goes: no request waits for its key, and no "
            "store lacks it. Choose a place, or leave it out."
        )
        parts += _choose(lab, nodes, cluster, part, f"upload_left{number}", why)
    if found.there:
        names = ", ".join(as_code(each.common_name) for each in found.there[:6])
        st.caption(_("In its store already, and not uploaded: {names}", names=names))
    if not parts:
        st.info(_("Nothing is chosen to be uploaded."), icon=":material/info:")
        return [], ""
    description = st.text_input(
        _("Description"),
        key="upload_description",
        max_chars=200,
        placeholder=_("Optional; shown in the list of certificates"),
    )
    return parts, description


def _part_left(
    nodes: Sequence[Party], each: Certificate, cluster: str, node: str
) -> Proposal:
    first = next(party for party in nodes if party.cluster == cluster)
    name = node or first.name
    return Proposal(node=name, name=_NOWHERE, certificates=(each,), why=_NO_WHY)


def _choose(
    lab: Lab,
    nodes: Sequence[Party],
    cluster: str,
    part: Proposal,
    key: str,
    why: str,
) -> list[Part]:
    home = parties.cluster(lab.db, cluster)
    own = [node for node in nodes if node.cluster == cluster]
    with st.container(border=True):
        names = ", ".join(
            as_code(each.common_name or each.subject) for each in part.certificates[:6]
        )
        more = len(part.certificates) - 6
        st.markdown(names + (f" … +{more}" if more > 0 else ""))
        st.caption(why)
        with st.container(horizontal=True):
            names_of_nodes = [node.name for node in own]
            node = st.selectbox(
                _("Node"),
                names_of_nodes,
                index=names_of_nodes.index(part.node),
                key=f"{key}_node_{part.node}",
                width=260,
            )
            kind = next(each.kind for each in own if each.name == node)
            options = [
                _NOWHERE,
                *(row.name for row in purposes_of(home.profile, kind)),
                *(row.name for row in STORES.values() if kind in row.product),
            ]
            name = st.selectbox(
                _("Certificate purpose"),
                options,
                index=options.index(part.name) if part.name in options else 0,
                key=f"{key}_name_{part.name}_{kind}",
                format_func=lambda each: each or _("Leave it out"),
                width=260,
            )
    file = file_of(part.certificates)
    return [Part(node=node, name=name, data=file)] if name else []


def preflights(
    lab: Lab, parts: Sequence[Part], cluster: str, description: str
) -> list[Preflight]:
    """What each upload would do; looked at anew when the lab or a choice changes."""
    key = (tuple(parts), cluster, description, events.head(lab.db))
    kept = st.session_state.get("upload_preflight")
    if kept and kept[0] == key:
        looks: list[Preflight] = kept[1]
        return looks
    if kept and kept[0][:-1] == key[:-1]:
        st.warning(
            _(
                "The lab has changed since you looked. This is what the upload would "
                "do now."
            ),
            icon=":material/update:",
        )
    with st.spinner(_("Trying it out")):
        looks = preflight_parts(lab, parts, cluster=cluster, description=description)
    st.session_state.upload_preflight = key, looks
    return looks


def confirm(
    parts: Sequence[Part], looks: Sequence[Preflight], cluster: str, description: str
) -> None:
    """The button; disabled while the cluster would refuse a part."""
    refused = any(look.refusal for look in looks)
    st.button(
        _("Upload"),
        key="upload_confirm",
        type="primary",
        icon=":material/upload:",
        disabled=refused,
        help=_("The cluster would refuse this; see above why.") if refused else None,
        on_click=_upload,
        args=(list(parts), looks[0].seen, cluster, description),
    )


def _upload(parts: list[Part], seen: str, cluster: str, description: str) -> None:
    with showing_refusals():
        st.session_state.upload_done = upload_parts(
            session_lab(), parts, cluster=cluster, description=description, seen=seen
        )
        st.session_state.upload_round = st.session_state.get("upload_round", 0) + 1
        ask_for_uploads(session_lab())


def say_done() -> None:
    """What was uploaded, in the cluster's words, and what follows."""
    done: list[Uploaded] | None = st.session_state.pop("upload_done", None)
    if not done:
        return
    shared = any(each.shared for each in done)
    lines = []
    for each in done:
        names = ", ".join(
            as_code(one.common_name or one.subject) for one in each.certificates[:6]
        )
        nodes = ", ".join(as_text(name) for name in each.now_on)
        lines.append(_("{names} on {nodes}", names=names, nodes=nodes))
        if each.later_on:
            later = ", ".join(as_text(name) for name in each.later_on)
            lines.append(_("to follow: {nodes}", nodes=later))
    st.success(
        "\n".join(f"- {line}" for line in lines),
        title=UPLOADED_SHARED if shared else UPLOADED,
        icon=":material/check_circle:",
    )
    say_checked(session_lab())
    show_effects(
        list(dict.fromkeys(effect for each in done for effect in each.effects))
    )
    with st.container(horizontal=True):
        st.page_link(
            "overview.py", label=_("What is left to do"), icon=":material/checklist:"
        )
        st.page_link(
            "control_center.py",
            label=_("Restart services"),
            icon=":material/restart_alt:",
        )
