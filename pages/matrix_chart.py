"""The matrix of faults as a figure: cells in, Plotly out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from lab.laboratory.matrix import Cell
from lab.rules.faults import FAULTS, METHODS, POLICIES, VERDICTS
from pages.chart_style import Palette, blend, palette, plain
from pages.language import _
from pages.revocation_words import status_words

_ROW, _HEAD = 26, 76  # pixels
_STRONG, _FAINT = 0.38, 0.12  # of the colour: where it says something, and where not
_LONGEST = 90  # letters of one line in a hover


def verdict_words() -> dict[str, str]:
    """The word of a verdict in a cell: does the client connect?"""
    return {
        "connects": _("yes"),
        "risks": _("yes?"),
        "refuses": _("no"),
        "locks_out": _("no?"),
    }


def policy_words() -> dict[str, str]:
    """Policies in so few letters that nine columns fit."""
    return {"soft": _("soft"), "hard": _("hard"), "common_criteria": _("CC")}


def status_word(status: str) -> str:
    """What a client found out, also where nothing could be believed."""
    return _("Unusable") if status == "unusable" else status_words()[status]


def reason_words(cell: Cell) -> str:
    """What decided, in running words, with the values of strangers as they are."""
    return _(cell.reason.template).format(**cell.reason.values)


def matrix_figure(cells: Sequence[Cell], *, dark: bool = False) -> go.Figure:
    """Faults by ways to ask and policies: whether the client connects, in a word.

    Cells in which nothing that was asked could have the fault are faint. A click on a
    cell selects a point, whose `customdata` are the fault and the method.
    """
    colours = palette(dark=dark)
    faults = list(dict.fromkeys(cell.fault for cell in cells))
    columns = list(dict.fromkeys((cell.method, cell.policy) for cell in cells))
    by_place = {(cell.fault, cell.method, cell.policy): cell for cell in cells}
    grid = [[by_place[fault, *column] for column in columns] for fault in faults]
    words = verdict_words()
    figure = go.Figure(
        go.Heatmap(
            z=[[_level(cell) for cell in line] for line in grid],
            text=[[plain(words[cell.verdict.name]) for cell in line] for line in grid],
            texttemplate="%{text}",
            textfont={"size": 12, "color": colours.text},
            hoverinfo="skip",
            zmin=-0.5,
            zmax=2 * len(VERDICTS) - 0.5,
            colorscale=_scale(colours),
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    # A heat map tells of no click; points over its cells do.
    figure.add_trace(
        go.Scatter(
            x=[at for _line in grid for at in range(len(columns))],
            y=[at for at, line in enumerate(grid) for _cell in line],
            mode="markers",
            marker={"size": 24, "symbol": "square", "opacity": 0},
            customdata=[
                [_hover(cell), cell.fault, cell.method]
                for line in grid
                for cell in line
            ],
            hovertemplate="%{customdata[0]}<extra></extra>",
            showlegend=False,
        )
    )
    _lay_out(figure, faults, columns, colours)
    return figure


def _level(cell: Cell) -> int:
    return list(VERDICTS).index(cell.verdict.name) + len(VERDICTS) * (not cell.applies)


def _scale(colours: Palette) -> list[tuple[float, str]]:
    """A step of colour for each verdict, then a faint one for each."""
    steps = [
        blend(getattr(colours, row.colour), colours.background, share)
        for share in (_STRONG, _FAINT)
        for row in VERDICTS.values()
    ]
    scale = []
    for index, colour in enumerate(steps):
        scale.append((index / len(steps), colour))
        scale.append(((index + 1) / len(steps), colour))
    return scale


def _hover(cell: Cell) -> str:
    lines = [
        f"<b>{plain(_(FAULTS[cell.fault].label))}</b>",
        plain(f"{_(METHODS[cell.method].label)} · {_(POLICIES[cell.policy].label)}"),
        plain(
            _(
                "{verdict}: {status}",
                verdict=_(cell.verdict.label),
                status=status_word(cell.status),
            )
        ),
        *_wrapped(reason_words(cell)),
        *_wrapped(_(cell.why)),
    ]
    if not cell.applies:
        lines.append(plain(_("Nothing that is asked can have this fault.")))
    return "<br>".join(lines)


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text[:400].split():
        if lines[-1] and len(lines[-1]) + len(word) > _LONGEST:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [plain(line, 2 * _LONGEST) for line in lines]


def _lay_out(
    figure: go.Figure,
    faults: Sequence[str],
    columns: Sequence[tuple[str, str]],
    colours: Palette,
) -> None:
    methods = list(dict.fromkeys(method for method, _policy in columns))
    short = policy_words()
    for number, method in enumerate(methods):
        held = [at for at, column in enumerate(columns) if column[0] == method]
        figure.add_annotation(
            x=(held[0] + held[-1]) / 2,
            y=1,
            yref="paper",
            yshift=30,
            yanchor="bottom",
            showarrow=False,
            text=f"<b>{plain(_(METHODS[method].label))}</b>",
            font={"size": 12, "color": colours.text},
        )
        if number:
            figure.add_vline(
                x=held[0] - 0.5, line={"width": 3, "color": colours.background}
            )
            figure.add_vline(x=held[0] - 0.5, line={"width": 1, "color": colours.faint})
    figure.update_layout(
        height=_ROW * len(faults) + _HEAD,
        margin={"l": 8, "r": 8, "t": _HEAD - 16, "b": 8},
        xaxis={
            "side": "top",
            "tickvals": list(range(len(columns))),
            "ticktext": [plain(short[policy]) for _method, policy in columns],
            "range": [-0.5, len(columns) - 0.5],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "tickangle": 0,
        },
        yaxis={
            "range": [len(faults) - 0.5, -0.5],
            "fixedrange": True,
            "tickvals": list(range(len(faults))),
            "ticktext": [plain(_(FAULTS[fault].label), 24) for fault in faults],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "ticklabelstandoff": 6,
        },
        dragmode=False,
        hovermode="closest",
        hoverdistance=60,  # pixels: cells are wider than the points over them
        clickmode="event+select",
        hoverlabel={"align": "left"},
    )
