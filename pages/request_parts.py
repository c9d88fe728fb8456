"""Parts of the requests page: which slot, how a step looks, what waits in the lab."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from lab.actions.explain_certificate import certificates_in
from lab.errors import LabError
from lab.lab import Lab
from lab.models import Cluster, Party
from lab.rules.purposes import Purpose, purposes_of
from lab.rules.third_party_flow import step_row
from lab.store import parties, requests
from lab.trust.flow_values import Evidence, Flow, Progress, StepState
from pages.address import shown, write
from pages.language import _, moment_text
from pages.shared import as_code, as_text, showing_refusals

PAGE = "requests"
_ICONS = {
    Progress.DONE: ":material/check_circle:",
    Progress.NOW: ":material/arrow_forward:",
    Progress.WAITS: ":material/hourglass_empty:",
    Progress.NOT_NEEDED: ":material/do_not_disturb_on:",
}
_COLOURS = {
    Progress.DONE: "green",
    Progress.NOW: "blue",
    Progress.WAITS: "gray",
    Progress.NOT_NEEDED: "gray",
}


@dataclass(frozen=True, kw_only=True)
class Slot:
    """The slot that is worked on."""

    cluster: Cluster
    node: Party
    row: Purpose

    @property
    def key(self) -> str:
        """For widgets that belong to this slot alone."""
        return f"{PAGE}_{self.node.id}_{self.row.name}"


@dataclass(frozen=True, kw_only=True)
class AtHand:
    """Certificates in the files that were dropped, and what was wrong with them."""

    ders: tuple[bytes, ...] = ()
    refusals: tuple[LabError, ...] = ()


def own_nodes(lab: Lab) -> list[Party]:
    """The nodes whose certificates the lab manages; it only looks at imported ones."""
    return [node for node in parties.nodes(lab.db) if node.fqdn]


def choose_slot(lab: Lab, nodes: list[Party]) -> Slot:
    """Cluster, node and purpose: in the address, so that the view can be sent.

    Without one, the request that has waited longest.
    """
    waiting = {} if "node" in st.query_params else _longest(lab)
    left, middle, right = st.columns(3)
    homes = {each.name: each for each in parties.clusters(lab.db)}
    names = list(dict.fromkeys(node.cluster for node in nodes))
    cluster = left.selectbox(
        _("Cluster"),
        names,
        key=shown(PAGE, "cluster", _asked("cluster", names, waiting)),
        on_change=write,
        args=(PAGE, "cluster", "node", "purpose"),
    )
    there = {node.name: node for node in nodes if node.cluster == cluster}
    node = middle.selectbox(
        _("Node"),
        list(there),
        key=shown(PAGE, "node", _asked("node", there, waiting)),
        on_change=write,
        args=(PAGE, "node", "purpose"),
    )
    rows = {row.name: row for row in _purposes(homes[cluster], there[node])}
    purpose = right.selectbox(
        _("Certificate purpose"),
        list(rows),
        key=shown(PAGE, "purpose", _asked("purpose", rows, waiting)),
        on_change=write,
        args=(PAGE, "purpose"),
    )
    if waiting:  # it stays chosen when it no longer waits
        st.query_params.update(cluster=cluster, node=node, purpose=purpose)
    return Slot(cluster=homes[cluster], node=there[node], row=rows[purpose])


def _asked(name: str, known: Iterable[str], default: dict[str, str]) -> str:
    wanted = st.query_params.get(name, default.get(name))
    options = list(known)
    return wanted if wanted in options else options[0]


def _longest(lab: Lab) -> dict[str, str]:
    for kept in requests.waiting(lab.db, st.query_params.get("cluster", "")):
        party = parties.get(lab.db, kept.party)
        names = {"cluster": party.cluster, "node": party.name}
        return names | {"purpose": kept.purpose}
    return {}


def _purposes(home: Cluster, node: Party) -> list[Purpose]:
    return [
        row
        for row in purposes_of(home.profile, node.kind)
        if row.requestable and (row.held_by == "node" or node.role == "publisher")
    ]


def files_key(slot: Slot) -> str:
    """The box of files of this slot; another one after each upload, so it is empty."""
    return f"{slot.key}_files_{st.session_state.get('requests_round', 0)}"


def at_hand(slot: Slot) -> AtHand:
    """What is in the files that came back from outside."""
    ders: list[bytes] = []
    refusals = []
    for file in st.session_state.get(files_key(slot)) or ():
        try:
            ders += certificates_in(file.getvalue())
        except LabError as refusal:
            refusals.append(refusal)
    return AtHand(ders=tuple(ders), refusals=tuple(refusals))


def show_head(flow: Flow) -> None:
    """How far the whole is, in one sentence."""
    done = sum(
        step.progress in (Progress.DONE, Progress.NOT_NEEDED) for step in flow.steps
    )
    if flow.next is None:
        st.success(
            _(
                "All steps are done: {purpose} on {node} is signed by {issuer}, and in "
                "use.",
                purpose=as_text(flow.purpose),
                node=as_text(flow.node),
                issuer=as_text(_issuer(flow)),
            ),
            icon=":material/check_circle:",
        )
        return
    st.progress(
        done / len(flow.steps),
        text=_(
            "{done} of {all} steps are done or not needed. Next: {step}.",
            done=done,
            all=len(flow.steps),
            step=as_text(_(step_row(flow.next.number).title)),
        ),
    )


def _issuer(flow: Flow) -> str:
    answer = flow.facts.answer
    return answer.issuer_common_name or answer.issuer if answer else ""


def progress_words() -> dict[Progress, str]:
    """A word for each state of a step."""
    return {
        Progress.DONE: _("done"),
        Progress.NOW: _("next"),
        Progress.WAITS: _("waits"),
        Progress.NOT_NEEDED: _("not needed"),
    }


def show_step(state: StepState, body: Callable[[], None]) -> None:
    """One step, open while it is the next: evidence first, then what can be done."""
    row = step_row(state.number)
    word = progress_words()[state.progress]
    badge = f":{_COLOURS[state.progress]}-badge[{word}]"
    when = f" :gray[{moment_text(state.at)}]" if state.at else ""
    with st.expander(
        f"{row.number}. {as_text(_(row.title))} {badge}{when}",
        expanded=state.progress is Progress.NOW,
        icon=_ICONS[state.progress],
    ):
        st.markdown(as_text(_(row.words)))
        for line in state.evidence:
            _show_evidence(line)
        body()
        note = f"{_(row.note)}. " if row.note else ""
        source = _("Source: {source}.", source=_(row.source))
        st.caption(as_text(f"{note[:1].upper()}{note[1:]}{source}"))


def _show_evidence(line: Evidence) -> None:
    icon = ":green[:material/check:]" if line.good else ":orange[:material/pending:]"
    st.markdown(f"{icon} {as_text(line.written(_(line.template)))}")


def show_refusals(refusals: Iterable[LabError]) -> None:
    """What was wrong with the files that were dropped."""
    for refusal in refusals:
        with showing_refusals():
            raise refusal


def name_of(common_name: str, whole: str) -> str:
    """A name as code, whatever is in it."""
    return as_code(common_name or whole)
