"""The heat map and the forecast as figures: rows in, Plotly out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import plotly.graph_objects as go

from lab.models import Placement, State
from pages.chart_style import (
    IN_WORDS,
    PATTERNS,
    Thresholds,
    blend,
    days_between,
    hover_text,
    months_ahead,
    palette,
    plain,
    short_state,
    state_colour,
)
from pages.language import _, month_text
from pages.shared import state_label


def heat_map(
    rows: Sequence[Placement],
    at: datetime,
    thresholds: Thresholds = (90, 30, 7),
    *,
    dark: bool = False,
) -> go.Figure:
    """Purposes by nodes: the days that are left to the effective end, in words too."""
    colours = palette(dark=dark)
    nodes = list(dict.fromkeys((row.cluster, row.party) for row in rows))
    purposes = list(dict.fromkeys(row.name for row in rows))
    cells = {(row.name, row.cluster, row.party): row for row in rows}
    order = list(State)
    grid = [[cells.get((purpose, *node)) for node in nodes] for purpose in purposes]
    many = len(nodes) > 8
    figure = go.Figure(
        go.Heatmap(
            z=[[order.index(c.state) if c else None for c in line] for line in grid],
            text=[[_cell(c, at, brief=many) for c in line] for line in grid],
            texttemplate="%{text}",
            textfont={"size": 12, "color": colours.text},
            customdata=[
                [hover_text(c, at, thresholds) if c else "" for c in line]
                for line in grid
            ],
            hovertemplate="%{customdata}<extra></extra>",
            zmin=-0.5,
            zmax=len(order) - 0.5,
            colorscale=_steps(
                [
                    blend(state_colour(state, dark=dark), colours.background, 0.34)
                    for state in order
                ]
            ),
            showscale=False,
            xgap=3,
            ygap=3,
            hoverongaps=False,
        )
    )
    clusters = {cluster for cluster, _node in nodes}
    figure.update_layout(
        height=26 * len(purposes) + 60,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={
            "side": "top",
            "tickvals": list(range(len(nodes))),
            "ticktext": [
                plain(node, 16)
                + (f"<br>{plain(cluster, 16)}" if len(clusters) > 1 else "")
                for cluster, node in nodes
            ],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "tickangle": -45 if many else 0,
        },
        yaxis={
            "autorange": "reversed",
            "tickvals": list(range(len(purposes))),
            "ticktext": [plain(purpose, 26) for purpose in purposes],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "ticklabelstandoff": 6,
        },
        dragmode=False,
        hoverlabel={"align": "left"},
    )
    return figure


def _cell(row: Placement | None, at: datetime, *, brief: bool) -> str:
    if row is None:
        return ""
    days = days_between(at, row.effective_end)
    if row.state in IN_WORDS:
        return plain(short_state(row.state))
    return str(days) if brief else plain(_("{days} d", days=f"{days:,}"))


def _steps(colours: Sequence[str]) -> list[tuple[float, str]]:
    """A colour scale of steps: each whole number has its own colour."""
    scale = []
    for index, colour in enumerate(colours):
        scale.append((index / len(colours), colour))
        scale.append(((index + 1) / len(colours), colour))
    return scale


def forecast(
    counts: Mapping[tuple[State, str], int],
    at: datetime,
    thresholds: Thresholds = (90, 30, 7),
    *,
    dark: bool = False,
) -> go.Figure:
    """How many certificates end in each of the next 12 months, stacked by state.

    `counts` is by state and month of the effective end ("2027-01"). A month in which
    nothing ends is shown too.
    """
    colours = palette(dark=dark)
    months = months_ahead(at)
    names = [f"{month:%Y-%m}" for month in months]
    figure = go.Figure()
    for state in reversed(State):
        values = [counts.get((state, name), 0) for name in names]
        if any(values):
            figure.add_trace(
                go.Bar(
                    name=plain(state_label(state, thresholds)),
                    x=list(range(len(names))),
                    y=values,
                    customdata=names,
                    marker={
                        "color": state_colour(state, dark=dark),
                        "line": {"width": 0},
                        "pattern": {
                            "shape": PATTERNS[state],
                            "bgcolor": state_colour(state, dark=dark),
                            "fgcolor": colours.background,
                            "fgopacity": 0.8,
                            "size": 6,
                            "solidity": 0.25,
                        },
                    },
                    hovertemplate=plain(state_label(state, thresholds))
                    + ": %{y}<extra></extra>",
                )
            )
    totals = [sum(counts.get((state, name), 0) for state in State) for name in names]
    figure.add_trace(
        go.Scatter(
            mode="text",
            x=list(range(len(names))),
            y=totals,
            text=[str(total) if total else "0" for total in totals],
            textposition="top center",
            textfont={"size": 12, "color": colours.faint},
            hoverinfo="skip",
            showlegend=False,
            cliponaxis=False,
        )
    )
    figure.update_layout(
        barmode="stack",
        height=360,
        bargap=0.3,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0},
        xaxis={
            "tickvals": list(range(len(names))),
            "ticktext": [_month_tick(month, at) for month in months],
            "range": [-0.6, len(names) - 0.4],
            "automargin": True,
            "showgrid": False,
            "tickangle": 0,
        },
        yaxis={
            "range": [0, max([*totals, 1]) * 1.18],
            "showgrid": True,
            "gridcolor": colours.line,
            "zeroline": False,
            "automargin": True,
            "tickformat": ",d",
            "nticks": min(6, max([*totals, 1]) + 1),
        },
        dragmode=False,
        clickmode="event+select",
    )
    return figure


def _month_tick(month: datetime, at: datetime) -> str:
    """ "Jan<br>2027": the year only where it begins, so that twelve fit."""
    text = month_text(month)
    year = str(month.year)
    name = text.replace(year + "年", "").replace(year, "").strip()
    first = month.month == 1 or (month.year, month.month) == (at.year, at.month)
    return f"{plain(name)}<br>{year}" if first else plain(name)
