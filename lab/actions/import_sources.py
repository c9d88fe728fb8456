"""The files that an import is given: on disk, or uploaded. A zip is a folder."""

import os
import stat
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from lab.errors import BadInputError
from lab.pki.archives import File, is_zip, unpack
from lab.pki.bundles import MAX_FILE_BYTES

MAX_ZIP_BYTES = 2 * 1024**3


def files_of(uploads: Iterable[tuple[str, bytes | BinaryIO]]) -> Iterator[File]:
    """Each upload under its name, and each file of an uploaded zip."""
    for name, content in uploads:
        source = BytesIO(content) if isinstance(content, bytes) else content
        yield from _files_in(name, source, source.seek(0, os.SEEK_END))


def files_under(paths: Iterable[Path], *, own: Path | None = None) -> Iterator[File]:
    """Each file that is named, or lies in a folder or zip that is, once, by its name.

    A file that is too large, unreadable or no regular file comes with its refusal.
    Folders are read one at a time; links to folders are not followed. `own` is the
    lab's file: it and its side files are left closed, for closing them would take away
    the locks that the lab has on them (POSIX).
    """
    # What was named or linked to, and folders; not every file that lies in these.
    seen = {_real(f"{own}{end}") for end in ("", "-wal", "-shm", "-journal") if own}
    closed = {inode for path in seen if (inode := _inode(path))}
    walked: list[str] = []
    for path in map(str, paths):
        real = _real(path)
        if not os.path.isdir(path):
            if real not in seen and not (_is_in(real, walked) and os.path.exists(path)):
                seen.add(real)
                yield from _files_at(path, closed)
        elif not _is_in(real, walked):
            for below, is_link in _walk(path):
                there = os.path.join(real, below)
                among = walked
                if is_link:
                    there = _real(there)
                    among = [*walked, real] if os.path.exists(there) else []
                if there in seen or _is_in(there, among):
                    continue
                if is_link:
                    seen.add(there)
                file = below if path == "." else os.path.join(path, below)
                yield from _files_at(file, closed)
            walked.append(real)


def _walk(folder: str) -> Iterator[tuple[str, bool]]:
    """The files below a folder, in order of name, and whether each is a link.

    A folder that cannot be read comes as a file: reading it says why.
    """
    levels = [("", _names(folder))]
    while levels:
        above, names = levels[-1]
        if not names:
            levels.pop()
            continue
        below = os.path.join(above, names.pop())
        path = os.path.join(folder, below)
        is_link = os.path.islink(path)
        if not os.path.isdir(path) or (not is_link and not os.access(path, os.R_OK)):
            yield below, is_link
        elif not is_link:
            levels.append((below, _names(path)))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder), reverse=True)  # the first is taken last
    except OSError:  # it went away just now
        return []


def _files_at(path: str, closed: set[tuple[int, int]]) -> Iterator[File]:
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            os.listdir(path)  # says why it cannot be read
        if (found.st_dev, found.st_ino) in closed:
            return
        if not stat.S_ISREG(found.st_mode):
            refusal = BadInputError("it is no regular file", hint="Name a file.")
            yield path, refusal
            return
        with open(path, "rb") as source:
            yield from _files_in(path, source, found.st_size)
    except OSError as error:
        yield (
            path,
            BadInputError(
                "it cannot be read: {reason}",
                hint="Check its name and its permissions.",
                reason=error.strerror,
            ),
        )
    except ValueError:
        refusal = BadInputError(
            "its name has a character that no file name has", hint="Check its name."
        )
        yield path, refusal


def _files_in(name: str, source: BinaryIO, size: int) -> Iterator[File]:
    source.seek(0)
    head = source.read(4)
    source.seek(0)
    is_archive = is_zip(head)
    limit = MAX_ZIP_BYTES if is_archive else MAX_FILE_BYTES
    if size > limit:
        refusal = BadInputError(
            "the file has {size} bytes; the most is {limit}",
            hint="Split it into smaller files.",
            size=size,
            limit=limit,
        )
        yield name, refusal
    elif is_archive:
        yield from unpack(name, source)
    else:
        yield name, source.read()


def _is_in(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # a name that no file can have: reading it says so
        return path


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
