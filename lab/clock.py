"""The only place that asks the machine for the time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What every action reads its moment from, once."""

    def now(self) -> datetime:
        """The current moment: UTC, whole seconds."""
        ...


@dataclass(frozen=True)
class FrozenClock:
    """Stands still; for tests, history and what-if runs."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True)
class ShiftedClock:
    """The machine's time, moved by whatever `shift` says right now."""

    shift: Callable[[], timedelta]

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0) + self.shift()


def machine_time() -> datetime:
    """The machine's own time, for what asks no lab."""
    return ShiftedClock(timedelta).now()


def utc_text(moment: datetime) -> str:
    """How the lab writes a moment for people."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
