"""What every page uses: the session's lab, how a refusal looks, states, safe text."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import finalize

import streamlit as st

from lab.errors import LabError
from lab.lab import Lab, lab_path, open_lab
from lab.models import PartyKind, Placement, State
from lab.rules.states import STATES
from lab.store import events, settings
from lab.store.listing import View
from pages.language import _, counted

# Words for colours that Streamlit's badges and the theme know.
STATE_COLOURS = {
    State.REVOKED: "red",
    State.ON_HOLD: "violet",
    State.LEFT_OVER: "gray",
    State.EXPIRED: "red",
    State.NOT_YET_VALID: "violet",
    State.BROKEN_CHAIN: "red",
    State.ENDS_IN_7: "red",
    State.NOT_IN_USE: "violet",
    State.ENDS_IN_30: "orange",
    State.ENDS_IN_90: "yellow",
    State.FINE: "green",
}
_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]()<>#+-.!|$~:^=&"})


# Addresses become links, and `:name:` or `:name[` icons and colours, escaped or not;
# the minutes of a time are no name.
_BEYOND_ESCAPING = re.compile(r"://|www\.|@|:(?!\d\d:)[\w+/-]+[:\[]", re.IGNORECASE)


@st.cache_resource(scope="session")
def _open_once(path: str) -> Lab:
    lab = open_lab(path, actor="dashboard")
    # Closed when nobody holds it any more, and not when the visit ends: a reload ends
    # it while the thread that draws its page still reads, and SQLite crashes then.
    finalize(lab.db, lab.db.conn.close)
    return lab


def session_lab() -> Lab:
    """The lab of this visit: one connection a session."""
    return _open_once(str(lab_path()))


def fingerprint(lab: Lab) -> str:
    """What cached page data is true for: this file, as long as nothing was done."""
    return f"{lab_path()} {events.head(lab.db)}"


def view_at_now(lab: Lab, scope: str = "") -> View:
    """The lab's present, to the minute, with the thresholds that are set."""
    # The minute's last second: what was made in it has begun.
    now = lab.clock.now().replace(second=59)
    return View(at=now, thresholds=settings.thresholds(lab.db), scope=scope)


@contextmanager
def showing_refusals() -> Iterator[None]:
    """Show a `LabError` to the person; let every other error through."""
    try:
        yield
    except LabError as refusal:
        next_step = _(refusal.hint_template) or _("Nothing was changed.")
        values = {name: str(value) for name, value in refusal.values.items()}
        st.error(
            f"{as_code(_(refusal.template).format(**values))}\n\n"
            f"{as_text(next_step.format(**values))}",
            title=_("Refused"),
            icon=":material/block:",
        )


def as_code(text: str) -> str:
    """`text` as it is, never read as Markdown: names come from strangers."""
    return "`` " + " ".join(text.split()).replace("`", "'") + " ``"


def as_text(text: str) -> str:
    """`text` as running words, with every sign of Markdown taken literally.

    What becomes a link, an icon or a colour even so is shown as code.
    """
    words = " ".join(text.split())
    return (
        as_code(words) if _BEYOND_ESCAPING.search(words) else words.translate(_MARKDOWN)
    )


def state_label(state: State, thresholds: tuple[int, int, int]) -> str:
    """The word of a state, with the thresholds that are set."""
    days = dict(
        zip(
            (State.ENDS_IN_90, State.ENDS_IN_30, State.ENDS_IN_7),
            thresholds,
            strict=True,
        )
    )
    if state in days:
        return counted(
            "Ends within {number} day", "Ends within {number} days", days[state]
        )
    return _(STATES[state].label)


def state_badge(state: State, thresholds: tuple[int, int, int]) -> str:
    """The badge of a state as Markdown: icon, word and colour."""
    label = state_label(state, thresholds)
    return f":{STATE_COLOURS[state]}-badge[{STATES[state].icon} {label}]"


def place_text(row: Placement) -> str:
    """Where a certificate is, for people: "tomcat on cucm-sub1"."""
    if row.party_kind is PartyKind.IMPORTED:
        return row.common_name or row.subject or row.serial
    if row.name in ("peer", "CA", "OCSP signer"):
        return f"{row.party} ({_(row.name)})" if row.name != "peer" else row.party
    return _("{what} on {where}", what=row.name, where=row.party)


def days_text(days: int) -> str:
    """How far away: "in 6 days", "today", "3 days ago"."""
    if days < 0:
        return counted("{number} day ago", "{number} days ago", -days)
    if days == 0:
        return _("today")
    return counted("in {number} day", "in {number} days", days)
