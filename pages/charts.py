"""Pure: rows in, Plotly figures out. The one place that knows colours of states."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from lab.models import PartyKind, Placement, State
from pages.language import _, counted, day_text, month_text
from pages.shared import days_text, place_text, state_label

Thresholds = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance; the same ones as in .streamlit/config.toml."""

    background: str
    text: str
    faint: str
    line: str
    red: str
    orange: str
    yellow: str
    green: str
    violet: str
    gray: str


LIGHT = Palette(
    *("#ffffff", "#1b2430", "#5b6675", "#dfe4ea"),
    *("#b42318", "#d9730d", "#d4a106", "#1a7f5a", "#6b3fa0", "#8792a0"),
)
DARK = Palette(
    *("#10151c", "#e6ebf2", "#9aa7b6", "#2b3542"),
    *("#ff7b72", "#f0883e", "#e3b341", "#4ac19a", "#c297ff", "#75818f"),
)
# A colour and a pattern: states stay apart without seeing the colour.
_LOOKS: Mapping[State, tuple[str, str]] = {
    State.REVOKED: ("red", "x"),
    State.ON_HOLD: ("violet", "|"),
    State.LEFT_OVER: ("gray", "."),
    State.EXPIRED: ("red", "\\"),
    State.NOT_YET_VALID: ("violet", "."),
    State.BROKEN_CHAIN: ("red", "-"),
    State.ENDS_IN_7: ("red", ""),
    State.NOT_IN_USE: ("violet", "/"),
    State.ENDS_IN_30: ("orange", ""),
    State.ENDS_IN_90: ("yellow", ""),
    State.FINE: ("green", ""),
}
# Told by a word; the others by the days that are left.
_IN_WORDS = (
    *(State.REVOKED, State.ON_HOLD, State.LEFT_OVER, State.EXPIRED),
    *(State.NOT_YET_VALID, State.BROKEN_CHAIN, State.NOT_IN_USE),
)
_DAY = 86_400_000  # milliseconds, the unit of Plotly's time axes
_ROW = 23  # pixels


def palette(*, dark: bool) -> Palette:
    return DARK if dark else LIGHT


def state_colour(state: State, *, dark: bool) -> str:
    """The colour of a state as a hex number."""
    return str(getattr(palette(dark=dark), _LOOKS[state][0]))


def plain(text: str, most: int = 0) -> str:
    """`text` for a figure, as it is: no mark-up, no formula, one line.

    Plotly reads some HTML and, between dollar signs, TeX; names come from strangers.
    With `most`, a longer text loses its middle.
    """
    shown = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    if most and len(shown) > most:
        head = (most - 1) // 2
        shown = f"{shown[:head]}…{shown[-(most - 1 - head) :]}"
    return html.escape(shown).replace("$", "&#36;")


def short_state(state: State) -> str:
    """A state in one or two words, for narrow cells."""
    return {
        State.REVOKED: _("revoked"),
        State.ON_HOLD: _("on hold"),
        State.LEFT_OVER: _("left over"),
        State.EXPIRED: _("expired"),
        State.NOT_YET_VALID: _("not yet"),
        State.BROKEN_CHAIN: _("no chain"),
        State.NOT_IN_USE: _("not in use"),
    }.get(state, "")


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
    early = [(y, row) for y, row in lines if row and _ends_early(row)]
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
    pattern = _LOOKS[state][1]
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
        customdata=[_hover(row, at, thresholds) for _y, row in shown],
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
    hovers = [_hover(row, at, thresholds) for _y, row in rows]
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
    if row.state in _IN_WORDS:
        return plain(short_state(row.state))
    return plain(days_text(days_between(at, row.effective_end)))


def _hover(row: Placement, at: datetime, thresholds: Thresholds) -> str:
    """What a certificate is, in words, escaped for Plotly."""
    lines = [
        f"<b>{plain(place_text(row), 60)}</b>",
        plain(state_label(row.state, thresholds)),
        plain(row.common_name or row.subject, 60),
        plain(_("Issued by {name}", name=row.issued_by or row.issuer), 70),
        plain(
            _(
                "Valid from {start} until {end}",
                start=day_text(row.not_before),
                end=day_text(row.not_after),
            )
        ),
    ]
    if _ends_early(row):
        lines.append(
            plain(
                _(
                    "Effective until {end}, limited by {name}",
                    end=day_text(row.effective_end),
                    name=row.limited_by_name or row.limited_by[:16],
                ),
                90,
            )
        )
    else:
        lines.append(
            plain(
                _(
                    "Effective until {end}, limited by its own end",
                    end=day_text(row.effective_end),
                )
            )
        )
    lines.append(
        plain(_("Ends {when}", when=days_text(days_between(at, row.effective_end))))
    )
    if row.places > 1:
        lines.append(
            plain(
                counted(
                    "Also in {number} other place",
                    "Also in {number} other places",
                    row.places - 1,
                )
            )
        )
    return "<br>".join(lines)


def _ends_early(row: Placement) -> bool:
    return row.effective_end < row.not_after


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


def days_between(start: datetime, end: datetime) -> int:
    """How many midnights (UTC) lie between, as people count days."""
    return (end.date() - start.date()).days


def add_months(month: datetime, by: int) -> datetime:
    """The first of the month so many months on."""
    years, index = divmod(month.month - 1 + by, 12)
    return month.replace(year=month.year + years, month=index + 1, day=1)


def _milliseconds(span: timedelta) -> float:
    return span / timedelta(milliseconds=1)


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
                [_hover(c, at, thresholds) if c else "" for c in line] for line in grid
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
    if row.state in _IN_WORDS:
        return plain(short_state(row.state))
    return str(days) if brief else plain(_("{days} d", days=f"{days:,}"))


def _steps(colours: Sequence[str]) -> list[tuple[float, str]]:
    """A colour scale of steps: each whole number has its own colour."""
    scale = []
    for index, colour in enumerate(colours):
        scale.append((index / len(colours), colour))
        scale.append(((index + 1) / len(colours), colour))
    return scale


def blend(colour: str, background: str, share: float) -> str:
    """`share` of a colour over a background, as a hex number."""
    mixed = (
        round(
            int(colour[i : i + 2], 16) * share
            + int(background[i : i + 2], 16) * (1 - share)
        )
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def months_ahead(at: datetime, number: int = 12) -> list[datetime]:
    """The first days of this month and of those after it."""
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return [add_months(first, index) for index in range(number)]


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
                            "shape": _LOOKS[state][1],
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
