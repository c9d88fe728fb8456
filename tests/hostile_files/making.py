"""What a hostile file is: a name, how it is made, and what must come of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile_files.der import begin_file

HOSTILE_FILES = {}  # by name; each module of this package adds its own


@dataclass(frozen=True)
class HostileFile:
    """A file, and what an import must say to it."""

    name: str
    about: str  # what is hostile in it
    contents: Callable[[], bytes]
    new: int  # certificates that come in; none: the file is refused as a whole
    known: int  # that were there before, or stand in the file again
    refusals: int  # parts that are told apart and refused
    words: tuple[str, ...]  # that must appear in the refusals

    def make(self):
        begin_file(self.name)
        return self.contents()


def accepted(ending, *words, new=1, known=0, refusals=None):
    """So many certificates come in; with words, something beside them is refused."""
    if refusals is None:
        refusals = 1 if words else 0
    return _file(ending, new, known, refusals, words)


def refused(ending, *words, refusals=1):
    """Nothing comes in, and these words say why."""
    assert words, "a refusal has words"
    return _file(ending, 0, 0, refusals, words)


def _file(ending, new, known, refusals, words):
    def keep(make):
        name = make.__name__.replace("_", "-") + ending
        assert name not in HOSTILE_FILES, f"{name} is there twice"
        about = " ".join(make.__doc__.split())
        HOSTILE_FILES[name] = HostileFile(
            name, about, make, new, known, refusals, words
        )
        return make

    return keep


def write_files(folder, names=None):
    """Write these files, or all, into a folder; files that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in HOSTILE_FILES if names is None else names:
        path = folder / name
        if not path.exists():
            draft = path.with_name(f".{name}.{os.getpid()}")
            draft.write_bytes(HOSTILE_FILES[name].make())
            draft.replace(path)  # whole or not there, for whoever makes them beside
