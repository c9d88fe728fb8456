"""Archives of files: what is in them, bounded, and never by the names they give it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from lab.errors import BadInputError, LabError
from lab.pki.bundles import MAX_FILE_BYTES
from lab.pki.zips import Entry, Zip

File = tuple[str, bytes | LabError]  # a name, and its bytes or why it has none
MAX_ENTRIES = 1_000_000
MAX_BYTES = 2 * 1024 * 1024 * 1024  # of all entries, unpacked
MAX_DEPTH = 2  # of archives inside an archive
_LONGEST_NAME = 255
_OUTWARD = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL)
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")
# Besides, what turns the direction of writing, or breaks a line.
_UNSHOWN = re.compile(r"[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# Directories, and what macOS adds of its own.
_SKIPPED = re.compile(r".*[/\\]|(?:.*[/\\])?__MACOSX[/\\].*|(?:.*[/\\])?\.DS_Store")


@dataclass
class _Met:
    """What was met in an archive and those inside it, and how much of it may be."""

    most_entries: int
    most_bytes: int
    entries: int = 0
    bytes: int = 0


def is_zip(head: bytes) -> bool:
    """Say whether a file that begins so is a zip archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def unpack(
    name: str,
    source: BinaryIO,
    *,
    most_entries: int = MAX_ENTRIES,
    most_bytes: int = MAX_BYTES,
) -> Iterator[File]:
    """Yield the files of a zip archive, one at a time, each under the archive's name.

    `source` is open for reading and can be searched. Archives inside are unpacked too.
    What cannot or must not be unpacked comes with its refusal, and the rest follows.
    The names are for people: nothing is ever written or opened by them.
    """
    return _unpack(name, source, _Met(most_entries, most_bytes), 0)


def _unpack(name: str, source: BinaryIO, met: _Met, depth: int) -> Iterator[File]:
    is_empty = True
    try:
        archive = Zip(source)
        for entry in archive.entries():
            _count(entry, met)
            if _SKIPPED.fullmatch(entry.name):
                continue
            is_empty = False
            shown = f"{name}/{_shown(entry.name)}"
            content = _content(archive, entry)
            if isinstance(content, LabError) or not is_zip(content):
                yield shown, content
            elif depth < MAX_DEPTH:
                yield from _unpack(shown, BytesIO(content), met, depth + 1)
            else:
                yield shown, _too_deep()
    except BadInputError as refusal:
        yield name, refusal
    except OSError as error:
        yield (
            name,
            BadInputError(
                "it cannot be read: {reason}",
                hint="Check its name and its permissions.",
                reason=error.strerror or error,
            ),
        )
    else:
        if is_empty:
            yield name, _empty()


def _content(archive: Zip, entry: Entry) -> bytes | LabError:
    if _OUTWARD.match(entry.name):
        return BadInputError(
            "its name leaves the archive",
            hint="Have the archive packed again, by somebody you trust.",
        )
    if _CONTROL.search(entry.name):
        return BadInputError(
            "its name has a character that no file name has", hint="Check its name."
        )
    if max(entry.size, entry.packed) > MAX_FILE_BYTES:
        return BadInputError(
            "the file has {size} bytes; the most is {limit}",
            hint="Split it into smaller files.",
            size=max(entry.size, entry.packed),
            limit=MAX_FILE_BYTES,
        )
    try:
        return archive.read(entry)
    except BadInputError as refusal:
        return refusal


def _count(entry: Entry, met: _Met) -> None:
    met.entries += 1
    if entry.size <= MAX_FILE_BYTES:  # no more is ever unpacked than an entry claims
        met.bytes += entry.size
    if met.entries > met.most_entries or met.bytes > met.most_bytes:
        raise BadInputError(
            "the archive holds more than {entries} files or {limit} bytes",
            hint="Split the archive.",
            entries=met.most_entries,
            limit=met.most_bytes,
        )


def _shown(name: str) -> str:
    return _UNSHOWN.sub("\ufffd", name[:_LONGEST_NAME])


def _too_deep() -> BadInputError:
    return BadInputError(
        "the archive is inside more than {limit} others",
        hint="Unpack it, and give its files.",
        limit=MAX_DEPTH,
    )


def _empty() -> BadInputError:
    return BadInputError(
        "the archive holds no file", hint="Choose an archive with files in it."
    )
