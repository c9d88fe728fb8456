"""How figures look: the one place that knows colours, patterns and safe texts."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lab.models import Placement, State
from pages.language import _, counted, day_text
from pages.shared import STATE_COLOURS, days_text, place_text, state_label

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
# Beside its colour (pages.shared) each state has a pattern: states stay apart without
# seeing the colour.
PATTERNS: Mapping[State, str] = {
    State.REVOKED: "x",
    State.ON_HOLD: "|",
    State.LEFT_OVER: ".",
    State.EXPIRED: "\\",
    State.NOT_YET_VALID: ".",
    State.BROKEN_CHAIN: "-",
    State.ENDS_IN_7: "",
    State.NOT_IN_USE: "/",
    State.ENDS_IN_30: "",
    State.ENDS_IN_90: "",
    State.FINE: "",
}
# Told by a word; the others by the days that are left.
IN_WORDS = (
    *(State.REVOKED, State.ON_HOLD, State.LEFT_OVER, State.EXPIRED),
    *(State.NOT_YET_VALID, State.BROKEN_CHAIN, State.NOT_IN_USE),
)


def palette(*, dark: bool) -> Palette:
    return DARK if dark else LIGHT


def state_colour(state: State, *, dark: bool) -> str:
    """The colour of a state as a hex number."""
    return str(getattr(palette(dark=dark), STATE_COLOURS[state]))


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


def days_between(start: datetime, end: datetime) -> int:
    """How many midnights (UTC) lie between, as people count days."""
    return (end.date() - start.date()).days


def add_months(month: datetime, by: int) -> datetime:
    """The first of the month so many months on."""
    years, index = divmod(month.month - 1 + by, 12)
    return month.replace(year=month.year + years, month=index + 1, day=1)


def months_ahead(at: datetime, number: int = 12) -> list[datetime]:
    """The first days of this month and of those after it."""
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return [add_months(first, index) for index in range(number)]


def hover_text(row: Placement, at: datetime, thresholds: Thresholds) -> str:
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
    if ends_early(row):
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


def ends_early(row: Placement) -> bool:
    return row.effective_end < row.not_after
