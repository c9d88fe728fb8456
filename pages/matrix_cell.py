"""One cell of the matrix: its three policies, the steps, and both messages."""

import streamlit as st

from lab.actions.messages import message_of
from lab.laboratory.matrix import Cell, Matrix, replay
from lab.rules.faults import FAULTS, METHODS, POLICIES
from pages.address import shown, write
from pages.fault_parts import source_words
from pages.language import _
from pages.matrix_chart import status_word
from pages.matrix_parts import keep, verdict_cell
from pages.message_parts import MESSAGE_WIDTH, draw_message
from pages.revocation_evidence import draw_steps, step_text
from pages.shared import as_code, as_text, session_lab, showing_refusals

PAGE = "laboratory"


def draw_cell(matrix: Matrix) -> None:
    """The fault and the way to ask that are chosen, with all that proves the result."""
    st.subheader(_("One cell, with its evidence"), anchor=False)
    first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    faults = list(dict.fromkeys(cell.fault for cell in matrix.cells))
    methods = list(dict.fromkeys(cell.method for cell in matrix.cells))
    fault = first.selectbox(
        _("Fault"),
        faults,
        key=shown(PAGE, "fault", _wanted("fault", faults)),
        format_func=lambda name: _(FAULTS[name].label),
        on_change=write,
        args=(PAGE, "fault"),
    )
    method = second.selectbox(
        _("Way to ask"),
        methods,
        key=shown(PAGE, "method", _wanted("method", methods)),
        format_func=lambda name: _(METHODS[name].label),
        on_change=write,
        args=(PAGE, "method"),
    )
    third.button(
        _("Replay"),
        key="laboratory_replay",
        icon=":material/replay:",
        on_click=_replay,
        args=(fault, method),
        width="stretch",
    )
    found = [
        cell for cell in matrix.cells if (cell.fault, cell.method) == (fault, method)
    ]
    _verdicts(found)
    _evidence(found[0])


def _wanted(name: str, known: list[str]) -> str:
    wanted = st.query_params.get(name, "")
    return wanted if wanted in known else known[0]


def _replay(fault: str, method: str) -> None:
    with showing_refusals():
        keep(replay(session_lab(), fault, method))
        st.toast(_("Asked again."), icon=":material/replay:")


def _verdicts(cells: list[Cell]) -> None:
    rule = FAULTS[cells[0].fault]
    st.markdown(
        f"**{_('What happens')}:** {as_text(_(rule.happens))}  \n"
        f"**{_('What a client should do')}:** {as_text(_(rule.client))} "
        f":gray[({source_words(rule)})]"
    )
    for place, cell in zip(st.columns(len(cells)), cells, strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(
                f"**{_(POLICIES[cell.policy].label)}**  \n"
                f":{cell.colour}-badge[{verdict_cell(cell.verdict.name)}]"
            )
            st.markdown(as_text(_(cell.why)))
            st.caption(as_text(_(cell.source)))


def _evidence(cell: Cell) -> None:
    asked = cell.asked
    st.markdown(
        f"**{status_word(cell.status)}**: {step_text(cell.reason)}"
        + (f"  \n{asked.method} {as_code(asked.url)}" if asked.url else "")
    )
    draw_steps(asked.steps)
    with st.container(horizontal=True):
        left, right = (
            st.container(width=MESSAGE_WIDTH),
            st.container(width=MESSAGE_WIDTH),
        )
    with left:
        st.markdown(f"**{_('Request')}**")
        request = message_of(asked.request, "request") if asked.request else None
        draw_message(request, "laboratory_request", "request")
    with right:
        st.markdown(f"**{_('Response')}**")
        is_crl = asked.method == "CRL"
        response = None
        if asked.response:
            response = message_of(asked.response, "crl" if is_crl else "response")
        draw_message(response, "laboratory_response", "list" if is_crl else "response")
