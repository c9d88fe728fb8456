"""One time limit over several steps."""

from time import monotonic


class Deadline:
    """So many seconds from now on, however many steps share them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Seconds left, more than none; TimeoutError when there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left
