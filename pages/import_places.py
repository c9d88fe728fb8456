"""Where imported certificates go: as proposed, to one place, or nowhere yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from lab.actions.import_certificates import (
    Assignment,
    Found,
    FoundKey,
    Preview,
    Proposal,
)
from lab.lab import Lab
from lab.rules.peers import PHONE_IDENTITIES
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES
from lab.store import parties
from pages.language import _, counted

_PURPOSES = tuple(dict.fromkeys(name for _product, name in SEED_R14))
_PLACES = (*_PURPOSES, *STORES, *PHONE_IDENTITIES)


@dataclass(frozen=True, kw_only=True)
class Where:
    """What a person decided of where the certificates go."""

    assignment: Assignment = field(default_factory=Assignment)
    proposed: bool = False
    choices: Mapping[FoundKey, Assignment] = field(default_factory=dict)


def choose_place(lab: Lab, preview: Preview) -> Where:
    """Ask where the certificates belong; what is proposed can be changed row by row."""
    if not preview.found:
        return Where()
    ways = {
        "proposed": counted(
            "{number} place as proposed",
            "{number} places as proposed",
            preview.placed,
        ),
        "one": _("One place for all"),
        "none": _("Unassigned"),
    }
    way = st.segmented_control(
        _("Where do they belong?"),
        list(ways),
        key="import_way",
        default="proposed" if preview.placed else "none",
        required=True,
        format_func=ways.__getitem__,
    )
    if way == "one":
        return Where(assignment=_one_place(lab))
    if way == "proposed":
        return _as_proposed(lab, preview)
    return Where()


def _as_proposed(lab: Lab, preview: Preview) -> Where:
    cluster = st.selectbox(
        _("Cluster of all of them"),
        [each.name for each in parties.clusters(lab.db)],
        index=None,
        accept_new_options=True,
        key="import_of_cluster",
        placeholder=_("As proposed"),
    )
    st.caption(
        _(
            "Look through the places and change what is wrong; a row without a place "
            "stays unassigned. Clusters and nodes that are not known yet are made, "
            "without keys."
        )
    )
    found = list({each.key: each for each in preview.found}.values())
    rows = [_row(each) for each in found]
    key = f"import_places_{st.session_state.import_round}"
    st.data_editor(
        rows,
        key=key,
        hide_index=True,
        disabled=["name", "also", "why", "file", "state", "end"],
        column_config={
            "name": st.column_config.TextColumn(_("Common name"), pinned=True),
            "cluster": st.column_config.TextColumn(_("Cluster"), max_chars=64),
            "node": st.column_config.TextColumn(_("Node"), max_chars=64),
            "place": st.column_config.SelectboxColumn(
                _("Purpose or trust store"), options=["", *_PLACES]
            ),
            "why": st.column_config.TextColumn(_("Why there"), width="medium"),
            "also": st.column_config.TextColumn(_("And in"), width="small"),
            "file": st.column_config.TextColumn(_("File")),
            "end": st.column_config.TextColumn(_("Valid until (UTC)")),
            "state": st.column_config.TextColumn(_("State")),
        },
        alt=_("Certificates found in the files, and where they seem to belong"),
    )
    left = preview.new + preview.known - len(preview.found)
    if left > 0:
        st.caption(
            counted(
                "{number} more is not shown; it goes where it is proposed.",
                "{number} more are not shown; they go where they are proposed.",
                left,
            )
        )
    edited: dict[int, dict[str, Any]] = st.session_state[key]["edited_rows"]
    return Where(
        assignment=Assignment(cluster=cluster or ""),
        proposed=True,
        choices={
            found[number].key: _chosen({**rows[number], **changes})
            for number, changes in edited.items()
            if number < len(rows) and changes
        },
    )


def _row(found: Found) -> dict[str, str]:
    proposal = found.proposal
    where = proposal.assignment
    also = [place_name(each) for each in found.proposals[1:] if not each.doubt]
    certificate = found.certificate
    return {
        "name": certificate.common_name or certificate.subject,
        "cluster": where.cluster,
        "node": where.node,
        "place": where.purpose or where.store,
        "also": ", ".join(also),
        "why": why_text(proposal),
        "file": found.file,
        "end": f"{certificate.not_after:%Y-%m-%d}",
        "state": _("known already") if found.known else _("new"),
    }


def place_name(proposal: Proposal) -> str:
    """Where it seems to belong, for people: "tomcat on pub"."""
    return _("{what} on {where}", what=proposal.place, where=proposal.node)


def why_text(proposal: Proposal) -> str:
    """Why it seems to belong there, in the language of this visit. Plain text."""
    values = {name: str(value) for name, value in proposal.values.items()}
    return _(proposal.template).format(**values)


def _chosen(row: Mapping[str, str | None]) -> Assignment:
    place = row["place"] or ""
    if not place and not row["node"]:
        return Assignment()
    is_store = place in STORES
    return Assignment(
        cluster=(row["cluster"] or "").strip(),
        node=(row["node"] or "").strip(),
        purpose="" if is_store else place,
        store=place if is_store else "",
    )


def _one_place(lab: Lab) -> Assignment:
    """One place for all: a cluster, a node, a purpose or a store of it."""
    with st.container(border=True):
        st.caption(
            _(
                "Leave everything empty to keep them unassigned. A cluster or a node "
                "that is not known yet is made."
            )
        )
        first, second, third = st.columns(3)
        cluster = first.selectbox(
            _("Cluster"),
            [each.name for each in parties.clusters(lab.db)],
            index=None,
            accept_new_options=True,
            key="import_cluster",
            placeholder=_("None"),
        )
        node = second.selectbox(
            _("Node"),
            [each.name for each in parties.nodes(lab.db, cluster or "")],
            index=None,
            accept_new_options=True,
            key="import_node",
            placeholder=_("None"),
            disabled=not cluster,
        )
        place = third.selectbox(
            _("Purpose or trust store"),
            [*dict.fromkeys(name for _product, name in SEED_R14), *STORES],
            index=None,
            key="import_place",
            placeholder=_("None"),
            disabled=not (cluster and node),
        )
    if not cluster:
        return Assignment()
    if not node or not place:
        return Assignment(cluster=cluster, node=node or "")
    if place in STORES:
        return Assignment(cluster=cluster, node=node, store=place)
    return Assignment(cluster=cluster, node=node, purpose=place)
