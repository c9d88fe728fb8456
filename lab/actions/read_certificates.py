"""Read the certificates of many files, ahead and on all cores."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from lab.actions.helpers import Helpers
from lab.belonging.clues import Clue, clue_of
from lab.errors import BadInputError, LabError
from lab.models import Certificate
from lab.pki.archives import File
from lab.pki.files import Contents, Piece, read_file
from lab.pki.reading import read_certificate

_AT_ONCE = 200  # so many are read by one call

_Found = tuple[Certificate, Clue | None]
_Refusal = tuple[str, str, dict[str, object]]  # what a `BadInputError` is made from


class Read(NamedTuple):
    """A certificate of a file, the name it has there, and what tells its place."""

    file: str
    label: str
    certificate: Certificate
    clue: Clue | None


def read_certificates(
    files: Iterable[File],
    helpers: Helpers,
    *,
    passwords: Sequence[str] = (),
    tell: Callable[[str, Contents], None],
) -> Iterator[Read | tuple[str, LabError]]:
    """Yield each certificate of the files, or a file and a refusal, in their order.

    `tell` is told of each file what else is in it, when it has been read. Files are
    opened here, and passwords stay here; certificates are read by whoever helps.
    """
    parts = _parts(files, passwords, tell)
    chunks = iter(lambda: list(islice(parts, _AT_ONCE)), [])
    calls = ((chunk, _pieces(chunk)) for chunk in chunks)
    for chunk, results in helpers.each(_read, calls):
        result = iter(results)
        for file, part in chunk:
            if not isinstance(part, Piece):
                yield file, part
                continue
            found = next(result)
            if len(found) == 2:
                yield Read(file, part.label, *found)
            else:
                template, hint, values = found
                yield file, BadInputError(template, hint=hint, **values)


def _parts(
    files: Iterable[File],
    passwords: Sequence[str],
    tell: Callable[[str, Contents], None],
) -> Iterator[tuple[str, Piece | LabError]]:
    for file, data in files:
        contents = Contents()
        if isinstance(data, LabError):
            yield file, data
        else:
            try:
                for part in read_file(data, passwords=passwords, contents=contents):
                    yield file, part
            except BadInputError as refusal:
                yield file, refusal
        tell(file, contents)


def _pieces(parts: Iterable[tuple[str, Piece | LabError]]) -> list[tuple[str, Piece]]:
    return [(file, part) for file, part in parts if isinstance(part, Piece)]


def _read(pieces: Iterable[tuple[str, Piece]]) -> list[_Found | _Refusal]:
    return [_read_one(file, piece) for file, piece in pieces]


def _read_one(file: str, piece: Piece) -> _Found | _Refusal:
    try:
        certificate = read_certificate(piece.der)
    except BadInputError as refusal:
        return refusal.template, refusal.hint_template, refusal.values
    return certificate, clue_of(file, piece, certificate)
