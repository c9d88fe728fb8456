"""The expiry timeline as a figure: rows in, Plotly out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from lab.models import PartyKind, Placement, State
from pages.chart_style import (
    IN_WORDS,
    PATTERNS,
    Palette,
    Thresholds,
    add_months,
    days_between,
    ends_early,
    hover_text,
    palette,
    plain,
    short_state,
    state_colour,
)
from pages.language import _, day_text, month_text
from pages.shared import days_text, state_label

_ROW = 23  # pixels


def timeline(
    rows: Sequence[Placement],
    at: datetime,
    today: datetime,
    thresholds: Thresholds = (90, 30, 7),
    *,
    dark: bool = False,
) -> go.Figure:
    """A bar from notBefore to notAfter a certificate, below the node that holds it.

    Behind an effective end that comes earlier the bar is faded, and the end itself is
    a diamond. Dates are UTC.
    """
    colours = palette(dark=dark)
    lines = _lines(rows)
    left, right = _range(rows, at, today)
    figure = go.Figure()
    for state in State:
        shown = [(y, row) for y, row in lines if row and row.state is state]
        if shown:
            figure.add_trace(
                _bars(shown, state, thresholds, at, colours, left, right, dark=dark)
            )
    early = [(y, row) for y, row in lines if row and ends_early(row)]
    if early:
        figure.add_traces(
            _early(early, thresholds, at, colours, left, right, dark=dark)
        )
    figure.add_trace(_end_texts(lines, at, colours, right))
    heights = (_ROW * len(lines)) + 92
    figure.update_layout(
        barmode="overlay",
        height=heights,
        margin={"l": 8, "r": 8, "t": 34, "b": 48},
        legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom"},
        xaxis=_time_axis(left, right, colours),
        yaxis={
            "range": [len(lines) - 0.4, -0.6],
            "tickvals": list(range(len(lines))),
            "ticktext": _labels(rows),
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "ticklabelstandoff": 6,
            "tickfont": {"color": colours.text, "size": 12},
        },
        dragmode="pan",
        hoverlabel={"align": "left"},
    )
    for moment, words, dash in _marks(at, today):
        figure.add_shape(
            type="line", x0=moment, x1=moment, yref="paper", y0=0, y1=1,
            line={"color": colours.text, "width": 1.5, "dash": dash},
        )  # fmt: skip
        figure.add_annotation(
            x=moment, y=-0.05, text=words, showarrow=False, xanchor="left", xshift=4,
            font={"size": 12, "color": colours.text},
        )  # fmt: skip
    return figure


def _group(row: Placement) -> str:
    if row.party_kind is PartyKind.PHONE:
        return _("phones of {node}", node=row.node) if row.node else _("phones")
    if row.party_kind is PartyKind.PEER:
        return _("outside systems")
    if row.party_kind is PartyKind.AUTHORITY:
        return _("authorities")
    if row.party_kind is PartyKind.IMPORTED:
        return _("imported")
    return row.party


def _groups(rows: Sequence[Placement]) -> dict[tuple[str, str], list[Placement]]:
    """By cluster and group; the one whose certificate ends first comes first.

    A trust copy that is left over hurts nobody, so it comes last and lifts no group.
    """
    groups: dict[tuple[str, str], list[Placement]] = {}
    for row in sorted(rows, key=_urgency):
        cluster = row.cluster if row.party_kind in PartyKind.nodes() else ""
        groups.setdefault((cluster, _group(row)), []).append(row)
    return groups


def _urgency(row: Placement) -> tuple[bool, datetime, int]:
    return row.state is State.LEFT_OVER, row.effective_end, row.place


def _lines(rows: Sequence[Placement]) -> list[tuple[int, Placement | None]]:
    """Each line from above: a certificate, or None where a group is named."""
    found: list[Placement | None] = []
    for members in _groups(rows).values():
        found += [None, *members]
    return list(enumerate(found))


def _labels(rows: Sequence[Placement]) -> list[str]:
    groups = _groups(rows)
    clusters = {cluster for cluster, _group_name in groups if cluster}
    labels = []
    for (cluster, group), members in groups.items():
        name = plain(group, 26)
        if cluster and len(clusters) > 1:
            name += f" · {plain(cluster, 14)}"
        labels.append(f"<b>{name}</b>")
        labels += [_label(row) for row in members]
    return labels


def _label(row: Placement) -> str:
    by_party = (PartyKind.PHONE, PartyKind.PEER, PartyKind.AUTHORITY)
    if row.party_kind is PartyKind.IMPORTED:
        text = row.common_name or row.subject or row.serial
    elif row.party_kind in by_party:
        own = row.name in ("peer", "CA", "LSC")
        text = row.party if own else f"{_(row.name)}, {row.party}"
    else:
        text = row.name
    more = f" +{row.places - 1}" if row.places > 1 else ""
    return plain(text, 26 - len(more)) + more


def _bars(
    shown: Sequence[tuple[int, Placement]],
    state: State,
    thresholds: Thresholds,
    at: datetime,
    colours: Palette,
    left: datetime,
    right: datetime,
    *,
    dark: bool,
) -> go.Bar:
    pattern = PATTERNS[state]
    starts = [max(row.not_before, left) for _y, row in shown]
    ends = [
        min(max(min(row.effective_end, row.not_after), start), right)
        for start, (_y, row) in zip(starts, shown, strict=True)
    ]
    return go.Bar(
        name=plain(state_label(state, thresholds)),
        orientation="h",
        y=[y for y, _row in shown],
        base=starts,
        x=[_milliseconds(e - s) for s, e in zip(starts, ends, strict=True)],
        width=0.62,
        marker={
            "color": state_colour(state, dark=dark),
            "line": {"width": 0},
            "pattern": {
                "shape": pattern,
                "bgcolor": state_colour(state, dark=dark),
                "fgcolor": colours.background,
                "fgopacity": 0.8,
                "size": 6,
                "solidity": 0.25,
            },
        },
        customdata=[hover_text(row, at, thresholds) for _y, row in shown],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _early(
    rows: Sequence[tuple[int, Placement]],
    thresholds: Thresholds,
    at: datetime,
    colours: Palette,
    left: datetime,
    right: datetime,
    *,
    dark: bool,
) -> list[go.Bar | go.Scatter]:
    """What a certificate would still have, were its chain to last: faded."""
    hovers = [hover_text(row, at, thresholds) for _y, row in rows]
    starts = [min(max(row.effective_end, left), right) for _y, row in rows]
    ends = [
        max(min(row.not_after, right), s)
        for s, (_y, row) in zip(starts, rows, strict=True)
    ]
    faded = go.Bar(
        orientation="h",
        y=[y for y, _row in rows],
        base=starts,
        x=[_milliseconds(e - s) for s, e in zip(starts, ends, strict=True)],
        width=0.62,
        opacity=0.25,
        marker={
            "color": [state_colour(row.state, dark=dark) for _y, row in rows],
            "line": {"width": 0},
        },
        showlegend=False,
        customdata=hovers,
        hovertemplate="%{customdata}<extra></extra>",
    )
    diamonds = go.Scatter(
        name=_("effective end, earlier than its own"),
        mode="markers",
        x=starts,
        y=[y for y, _row in rows],
        marker={
            "symbol": "diamond",
            "size": 11,
            "color": colours.text,
            "line": {"width": 1.5, "color": colours.background},
        },
        customdata=hovers,
        hovertemplate="%{customdata}<extra></extra>",
    )
    return [faded, diamonds]


def _end_texts(
    lines: Sequence[tuple[int, Placement | None]],
    at: datetime,
    colours: Palette,
    right: datetime,
) -> go.Scatter:
    """Beside each bar: how far away its end is, or what is the matter."""
    shown = [(y, row) for y, row in lines if row]
    inside = [max(row.not_after, row.effective_end) >= right for _y, row in shown]
    return go.Scatter(
        mode="text",
        x=[
            right if into else max(row.not_after, row.effective_end)
            for into, (_y, row) in zip(inside, shown, strict=True)
        ],
        y=[y for y, _row in shown],
        text=[f" {_end_text(row, at)} " for _y, row in shown],
        textposition=["middle left" if into else "middle right" for into in inside],
        textfont={
            "size": 11,
            "color": [colours.background if into else colours.faint for into in inside],
        },
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )


def _end_text(row: Placement, at: datetime) -> str:
    if row.state in IN_WORDS:
        return plain(short_state(row.state))
    return plain(days_text(days_between(at, row.effective_end)))


def _range(
    rows: Sequence[Placement], at: datetime, today: datetime
) -> tuple[datetime, datetime]:
    """From a little before what ended first to a little after what ends last."""
    first = min([row.effective_end for row in rows] + [today])
    ends = [max(row.effective_end, row.not_after) for row in rows]
    last = max([min(end, at + timedelta(days=3 * 365)) for end in ends] + [at])
    # Room on the right for a text beside the last bar.
    span = max(last - first, timedelta(days=60))
    return first - span * 0.12, last + span * 0.2


def _marks(at: datetime, today: datetime) -> list[tuple[datetime, str, str]]:
    marks = [(today, plain(_("today")), "solid")]
    if at.date() != today.date():
        marks.append((at, plain(day_text(at)), "dash"))
    return marks


def _time_axis(left: datetime, right: datetime, colours: Palette) -> dict[str, object]:
    months = (right.year - left.year) * 12 + right.month - left.month
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if months / each <= 7), 120)
    ticks = []
    month = left.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if step > 1:  # whole years and their even parts
        month = month.replace(
            month=(month.month - 1) // min(step, 12) * min(step, 12) + 1
        )
    while month <= right:
        if month >= left:
            ticks.append(month)
        month = add_months(month, step)
    return {
        "type": "date",
        "range": [left, right],
        "side": "top",
        "tickvals": ticks,
        "ticktext": [plain(month_text(tick)) for tick in ticks],
        "gridcolor": colours.line,
        "showgrid": True,
        "zeroline": False,
        "tickangle": 0,
        "automargin": True,
    }


def _milliseconds(span: timedelta) -> float:
    return span / timedelta(milliseconds=1)
