"""Phones in words: their state, the reason with who was asked, their lists."""

import json
from collections.abc import Iterator
from typing import Any

from lab.rules.trust_lists import PHONE_REASONS, TVS_ANSWERS
from pages.language import _, day_text
from pages.shared import as_text

# Reasons that a list signed with another key can cure.
OF_TRUST = ("file_unknown", "server_unknown", "ctl_not_knowing", "nobody_vouches")
# How a phone stands, and how a list that it holds does: colours, and signs for the
# cells of a table, which have no icons.
COLOURS = {
    "registered": "green",
    "lost": "red",
    "current": "green",
    "older": "orange",
    "none": "gray",
    "refused": "red",
}
_SIGNS = {
    "registered": "✓",
    "lost": "✕",
    "current": "✓",
    "older": "△",
    "none": "○",
    "refused": "✕",
}
_ICONS = {
    "current": ":material/check_circle:",
    "older": ":material/history:",
    "none": ":material/circle:",
    "refused": ":material/block:",
}


def list_state_words() -> dict[str, str]:
    """How the list that a phone holds compares with the one that is served."""
    return {
        "current": _("Current"),
        "older": _("Older"),
        "none": _("None"),
        "refused": _("Not accepted"),
    }


def in_a_cell(state: str) -> str:
    """A state of a phone or of its list for a cell: sign and word."""
    words = list_state_words() | {
        "registered": _("Registered"),
        "lost": _("Not registered"),
    }
    return f"{_SIGNS[state]} {words[state]}"


def state_badge(*, registered: bool) -> str:
    if registered:
        return f":green-badge[:material/check_circle: {_('Registered')}]"
    return f":red-badge[:material/phone_disabled: {_('Not registered')}]"


def list_badge(kind: str, state: str) -> str:
    words = f"{kind}: {list_state_words()[state]}"
    return f":{COLOURS[state]}-badge[{_ICONS[state]} {words}]"


def reason_text(told: dict[str, Any]) -> str:
    """Why a phone is not registered, in one sentence. Markdown."""
    if told.get("why", "") not in PHONE_REASONS:
        return ""
    values = {name: as_text(_text_of(value)) for name, value in told.items()}
    return _(PHONE_REASONS[told["why"]].words).format(**values)


def plain_reason(evidence: str) -> str:
    """The same for a cell of a table, which shows it as it is."""
    told = json.loads(evidence)
    if told.get("why", "") not in PHONE_REASONS:
        return ""
    values = {name: _text_of(value) for name, value in told.items()}
    return _(PHONE_REASONS[told["why"]].words).format(**values)


def remedy_text(told: dict[str, Any]) -> str:
    if told.get("why", "") not in PHONE_REASONS:
        return ""
    return as_text(_(PHONE_REASONS[told["why"]].remedy))


def reason_lines(told: dict[str, Any]) -> Iterator[str]:
    """The reason, each TVS that was asked, then each list that was refused."""
    if text := reason_text(told):
        yield f"- {text}"
        yield from _asked(told)
    for refused in told.get("refused", {}).values():
        yield f"- {reason_text(refused)}"
        yield from _asked(refused)


def moment_cell(moment: Any) -> str:
    return day_text(moment) if moment else ""


def _asked(told: dict[str, Any]) -> Iterator[str]:
    for node, answer in told.get("asked", ()):
        yield "    - " + _(TVS_ANSWERS[answer].words, node=as_text(node))


def _text_of(value: object) -> str:
    return "" if isinstance(value, list | dict) else str(value)
