"""Words, icons and colours of services: how one is, and what it presents."""

from datetime import datetime, timedelta

from lab.actions.look_at_services import Presents, Status
from lab.models import ServiceState
from pages.language import _, counted, moment_text

STATE_COLOURS = {
    ServiceState.STARTED: "green",
    ServiceState.STARTING: "orange",
    ServiceState.STOPPED: "red",
    ServiceState.DEACTIVATED: "gray",
}
STATE_SIGNS = {  # in cells of a table, which have no icons
    ServiceState.STARTED: "✓",
    ServiceState.STARTING: "→",
    ServiceState.STOPPED: "✕",
    ServiceState.DEACTIVATED: "‖",
}
_ICONS = {
    ServiceState.STARTED: ":material/check_circle:",
    ServiceState.STARTING: ":material/hourglass_top:",
    ServiceState.STOPPED: ":material/stop_circle:",
    ServiceState.DEACTIVATED: ":material/block:",
}


def state_words() -> dict[ServiceState, str]:
    return {
        ServiceState.STARTED: _("Started"),
        ServiceState.STARTING: _("Starting"),
        ServiceState.STOPPED: _("Stopped"),
        ServiceState.DEACTIVATED: _("Deactivated"),
    }


def state_badge(state: ServiceState) -> str:
    """The badge of a state as Markdown: icon, word and colour."""
    return f":{STATE_COLOURS[state]}-badge[{_ICONS[state]} {state_words()[state]}]"


def presents_words() -> dict[Presents, str]:
    """What a service presents, beside what is stored."""
    return {
        Presents.STORED: _("As stored"),
        Presents.OLD: _("Old until restarted"),
        Presents.COPY: _("Old until activated anew"),
        Presents.NOT_YET: _("Nothing until restarted"),
        Presents.STILL: _("Not allowed, until restarted"),
        Presents.HIDDEN: _("Nothing: not allowed by the ciphers"),
        Presents.NOTHING: _("Nothing"),
    }


def span_text(span: timedelta) -> str:
    """How long something has run: "3 days", "2 hours", "5 minutes"."""
    minutes = int(span.total_seconds()) // 60
    if minutes >= 48 * 60:
        return counted("{number} day", "{number} days", minutes // (24 * 60))
    if minutes >= 120:
        return counted("{number} hour", "{number} hours", minutes // 60)
    return counted("{number} minute", "{number} minutes", minutes)


def started_text(each: Status, now: datetime) -> str:
    """Since when a service runs, as a sentence."""
    if each.state is ServiceState.STARTING:
        return _(
            "It is starting, and presents nothing yet: ready in {seconds} s.",
            seconds=each.ready_in,
        )
    if each.state is ServiceState.STARTED:
        return _(
            "Started at {moment}, up for {span}.",
            moment=moment_text(each.service.started_at),
            span=span_text(now - each.service.started_at),
        )
    return _("It does not run, and presents nothing.")
