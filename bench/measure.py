"""What a measure hands over, and how a thing is timed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: a figure, and the bound it must keep."""

    what: str
    figure: float
    bound: float
    unit: str = "x"
    at_least: bool = False  # the bound is the least, else the most

    @property
    def is_kept(self) -> bool:
        if self.at_least:
            return self.figure >= self.bound
        return self.figure <= self.bound


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def typical(times: Iterable[float]) -> float:
    """The median: one slow run among several does not count."""
    return median(times)
