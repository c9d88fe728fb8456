"""What one import says of where its certificates belong, gathered file by file."""

from collections.abc import Sequence
from itertools import takewhile

from lab.belonging.clues import Clue
from lab.belonging.listings import Line, told_by_lines
from lab.belonging.proposals import FoundKey, Proposal, Seen, Told, propose, seen_as
from lab.models import Certificate
from lab.pki.pieces import Listed

MOST_TOLD = 50_000  # certificates whose places are told apart in one import
MOST_OTHERS = 10_000  # of which only a line of `show cert list` may tell
MOST_LINES = 20_000


class Belonging:
    """Listens while files are read; then `weigh` says what belongs where.

    `cluster` is the name that a person gave. What is kept is bounded: `untold` counts
    the certificates beyond, for which nothing is proposed.
    """

    def __init__(self, cluster: str = "") -> None:
        self.untold = 0
        self._cluster = cluster
        self._root: str | None = None  # the folder that all files are in
        self._told: list[Told] = []
        self._others: list[Seen] = []
        self._lines: list[Line] = []

    def see(
        self, file: str, label: str, certificate: Certificate, clue: Clue | None
    ) -> None:
        """Take note of a certificate of a file, and of what speaks for its place."""
        self._note_folder(file)
        if clue:
            if len(self._told) < MOST_TOLD:
                self._told.append(Told(seen_as(file, label, certificate), clue))
            else:
                self.untold += 1
        elif len(self._others) < MOST_OTHERS:
            self._others.append(seen_as(file, label, certificate))

    def hear(self, file: str, lines: Sequence[Listed]) -> None:
        """Take note of what `show cert list` names."""
        if lines:
            self._note_folder(file)
            room = MOST_LINES - len(self._lines)
            self._lines += [(file, line) for line in lines[:room]]

    def weigh(
        self,
    ) -> tuple[dict[FoundKey, tuple[Seen, tuple[Proposal, ...]]], list[Line]]:
        """The proposals, and the lines of which no certificate came in."""
        heard, unnamed = told_by_lines(self._lines, self._others, self._told)
        told = [*self._told, *heard]
        return propose(told, cluster=self._cluster, root=self._root or ""), unnamed

    def _note_folder(self, file: str) -> None:
        folder = file.rpartition("/")[0]
        if self._root is None:
            self._root = folder
        elif self._root and not f"{folder}/".startswith(f"{self._root}/"):
            pairs = zip(self._root.split("/"), folder.split("/"), strict=False)
            same = takewhile(lambda pair: pair[0] == pair[1], pairs)
            self._root = "/".join(name for name, _ in same)
