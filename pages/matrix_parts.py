"""The matrix on its page: run it, look at it, take it away."""

import streamlit as st

from lab.lab import Lab
from lab.laboratory.export import matrix_csv, matrix_pytest
from lab.laboratory.matrix import Cell, Matrix, run_matrix
from lab.rules.faults import FAULTS, METHODS, POLICIES, VERDICTS
from lab.store import settings
from pages.language import _, moment_text
from pages.matrix_chart import matrix_figure, reason_words, status_word, verdict_words
from pages.shared import as_text, showing_refusals

_KEPT = "laboratory_matrix"
_CHART = {"displaylogo": False, "modeBarButtons": [["toImage"]]}
_SIGNS = {"connects": "✓", "risks": "△", "refuses": "✕", "locks_out": "⊘"}


def kept_matrix() -> Matrix | None:
    """The matrix as it was last run in this visit."""
    found: Matrix | None = st.session_state.get(_KEPT)
    return found


def keep(matrix: Matrix) -> None:
    """Have it drawn from now on; a part of it takes the place of the same part."""
    before = kept_matrix()
    if before:
        new = {(each.fault, each.method, each.policy): each for each in matrix.cells}
        cells = tuple(
            new.get((each.fault, each.method, each.policy), each)
            for each in before.cells
        )
        matrix = Matrix(at=before.at, cells=cells)
    st.session_state[_KEPT] = matrix


def run_button(lab: Lab) -> None:
    """Run everything, with a bar that counts."""
    place = st.empty()
    if not place.button(
        _("Run the matrix"),
        key="laboratory_run",
        type="primary",
        icon=":material/play_arrow:",
    ):
        return
    bar = place.progress(0.0, text=_("Making a lab to ask"))

    def show(done: int, total: int) -> None:
        text = _("Asked {done} of {total} times", done=done, total=total)
        bar.progress(done / total, text=text)

    with showing_refusals():
        found = run_matrix(lab, progress=show)
        st.session_state.pop(_KEPT, None)
        keep(found)
    st.rerun()


def draw_matrix(lab: Lab, matrix: Matrix) -> None:
    """The grid with its legend, the table with every reason, and the files."""
    st.caption(
        _(
            "Does the client connect? Run at {at} (lab time), about a certificate that "
            "is good in truth. CC: Common Criteria mode. Faint: nothing that is asked "
            "can have the fault.",
            at=moment_text(matrix.at),
        )
    )
    words = verdict_words()
    with st.container(horizontal=True):
        for row in VERDICTS.values():
            st.markdown(
                f":{row.colour}-badge[{words[row.name]}] **{_(row.label)}**: "
                f"{as_text(_(row.meaning))}"
            )
    st.plotly_chart(
        matrix_figure(matrix.cells, dark=st.context.theme.type == "dark"),
        key="laboratory_grid",
        config=_CHART,
        on_select=_choose,
        selection_mode="points",
        alt=_("Whether a client connects, for each fault, way to ask and policy"),
    )
    with st.container(horizontal=True):
        st.download_button(
            _("Download as CSV"),
            matrix_csv(matrix),
            "revocation-matrix.csv",
            "text/csv",
            key="laboratory_csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Download as pytest"),
            matrix_pytest(matrix, settings.clock_shift(lab.db)),
            "test_revocation_matrix.py",
            "text/x-python",
            key="laboratory_pytest",
            icon=":material/download:",
            on_click="ignore",
        )
    with st.expander(_("Every cell with its reason"), icon=":material/table:"):
        _table(matrix)


def _choose() -> None:
    points = st.session_state.laboratory_grid.selection.points
    if points:
        _hover, fault, method = points[0]["customdata"]
        st.query_params["fault"], st.query_params["method"] = fault, method


def _table(matrix: Matrix) -> None:
    st.dataframe(
        [_row(cell) for cell in matrix.cells],
        key="laboratory_table",
        hide_index=True,
        width="stretch",
        height=420,
        column_config={
            "fault": st.column_config.TextColumn(_("Fault"), pinned=True),
            "method": _("Way to ask"),
            "policy": _("Policy"),
            "verdict": st.column_config.MultiselectColumn(
                _("Verdict"),
                options=[verdict_cell(name) for name in VERDICTS],
                color=[
                    str(st.get_option(f"theme.light.{row.colour}Color"))
                    for row in VERDICTS.values()
                ],
            ),
            "status": _("Status"),
            "reason": st.column_config.TextColumn(_("What decided"), width="large"),
            "why": st.column_config.TextColumn(_("By the policy"), width="large"),
            "source": _("Source"),
        },
        alt=_("Every cell of the matrix with its reason"),
    )


def verdict_cell(name: str) -> str:
    """A verdict in a cell of a table: a sign and words."""
    return f"{_SIGNS[name]} {_(VERDICTS[name].label)}"


def _row(cell: Cell) -> dict[str, object]:
    return {
        "fault": _(FAULTS[cell.fault].label),
        "method": _(METHODS[cell.method].label),
        "policy": _(POLICIES[cell.policy].label),
        "verdict": [verdict_cell(cell.verdict.name)],
        "status": status_word(cell.status),
        "reason": reason_words(cell),
        "why": _(cell.why),
        "source": _(cell.source),
    }
