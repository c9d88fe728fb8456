"""Words, icons and colours of revocation: of a certificate, of a list, of a check."""

from lab.actions.believed import Belief
from lab.actions.revocation_health import Health, Line
from pages.language import _, moment_text

STATUS_COLOURS = {
    "good": "green",
    "revoked": "red",
    "on_hold": "violet",
    "unknown": "orange",
    "unreachable": "orange",
    "expired": "red",
}
_STATUS_ICONS = {
    "good": ":material/check_circle:",
    "revoked": ":material/block:",
    "on_hold": ":material/pause_circle:",
    "unknown": ":material/help:",
    "unreachable": ":material/cloud_off:",
    "expired": ":material/event_busy:",
}
STATUS_SIGNS = {  # in cells of a table, which have no icons
    "good": "✓",
    "revoked": "✕",
    "on_hold": "‖",
    "unknown": "?",
    "unreachable": "∅",
    "expired": "⊘",
}
HEALTH_COLOURS = {
    Health.ENDED: "red",
    Health.MISSING: "red",
    Health.SEALED: "red",
    Health.LATE: "orange",
    Health.LAST: "violet",
    Health.FRESH: "green",
    Health.OFF: "gray",
}
HEALTH_SIGNS = {
    Health.ENDED: "✕",
    Health.MISSING: "✕",
    Health.SEALED: "✕",
    Health.LATE: "△",
    Health.LAST: "△",
    Health.FRESH: "✓",
    Health.OFF: "○",
}


def status_words() -> dict[str, str]:
    """What a client found out, the good one first."""
    return {
        "good": _("Good"),
        "revoked": _("Revoked"),
        "on_hold": _("On hold"),
        "unknown": _("Unknown"),
        "unreachable": _("Unreachable"),
        "expired": _("Expired"),
    }


def status_badge(status: str) -> str:
    """The badge of a status as Markdown: icon, word and colour."""
    colour, icon = STATUS_COLOURS[status], _STATUS_ICONS[status]
    return f":{colour}-badge[{icon} {status_words()[status]}]"


def status_cell(status: str) -> str:
    return f"{STATUS_SIGNS[status]} {status_words()[status]}"


def connects_badge(connects: bool) -> str:
    """What the client makes of it: it goes on, or it refuses."""
    if connects:
        return f":green-badge[:material/link: {_('It connects')}]"
    return f":red-badge[:material/link_off: {_('It does not connect')}]"


def connects_cell(connects: bool) -> str:
    return f"✓ {_('It connects')}" if connects else f"✕ {_('It does not connect')}"


def cause_words() -> dict[str, str]:
    """What made a node ask."""
    return {
        "schedule": _("At the interval"),
        "upload": _("After an upload"),
        "live": _("Live"),
        "link": _("Long-lived link"),
        "by hand": _("By hand"),
    }


def health_words() -> dict[Health, str]:
    return {
        Health.ENDED: _("Has ended"),
        Health.MISSING: _("Missing"),
        Health.SEALED: _("Key is sealed"),
        Health.LATE: _("Overdue"),
        Health.LAST: _("No next one planned"),
        Health.FRESH: _("Fresh"),
        Health.OFF: _("Switched off"),
    }


def health_cell(health: Health) -> str:
    return f"{HEALTH_SIGNS[health]} {health_words()[health]}"


def line_words(line: Line) -> str:
    """What an authority gives to clients."""
    scopes = {
        "users": _("CRL for end entities"),
        "authorities": _("CRL for authorities"),
    }
    words = {"OCSP": _("OCSP answers"), "CRL": scopes.get(line.scope, _("CRL"))}
    deltas = {
        "users": _("Delta CRL for end entities"),
        "authorities": _("Delta CRL for authorities"),
    }
    return words.get(line.what, deltas.get(line.scope, _("Delta CRL")))


def belief_words(belief: Belief) -> str:
    """Who still believes what, and until when, as a sentence."""
    until = moment_text(belief.until)
    if belief.kept == "OCSP":
        return _(
            "A client that kept an OCSP answer from just before may believe that it is "
            "good until {until}.",
            until=until,
        )
    texts = {
        ("CRL", "good"): _(
            "A client that goes by CRL number {number} of {since} believes that it is "
            "good until {until}."
        ),
        ("delta CRL", "good"): _(
            "A client that goes by delta CRL number {number} of {since} believes that "
            "it is good until {until}."
        ),
        ("CRL", "on_hold"): _(
            "A client that goes by CRL number {number} of {since} believes that it is "
            "on hold until {until}."
        ),
        ("delta CRL", "on_hold"): _(
            "A client that goes by delta CRL number {number} of {since} believes that "
            "it is on hold until {until}."
        ),
    }
    assert belief.since  # a list has a date
    text = texts[belief.kept, belief.status].format(
        number=belief.number, since=moment_text(belief.since), until=until
    )
    if belief.is_newest:
        text += " " + _("That list is the newest: the change is in a delta CRL.")
    return text
