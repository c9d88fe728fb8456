"""Zip archives (PKWARE APPNOTE 6.3): one entry at a time, in memory that stays flat.

`zipfile` keeps 700 bytes for every entry, and unpacks a piece of bzip2 without a bound;
libraries that read from the front lose all that follows a broken entry.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from struct import Struct
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from lab.errors import BadInputError

_END, _END_64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_RECORD, _HEADER = b"PK\x01\x02", b"PK\x03\x04"
_END_FIELDS = Struct("<4s4H2LH")  # 4.3.16
_END_64_FIELDS = Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR_SIZE = 20  # 4.3.15
_RECORD_FIELDS = Struct("<4s6H3L5H2L")  # 4.3.12
_HEADER_FIELDS = Struct("<4s5H3L2H")  # 4.3.7
_CHUNK = 256 * 1024  # of the directory; a record has at most 192 KiB
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # 4.4.4: plainly, strongly, the directory too
_UTF_8, _MARKED_END = 0x0800, 0x0002
_LZMA_MEMORY = 128 * 1024 * 1024


class Entry(NamedTuple):
    """One record of the directory: what the archive says of a file in it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int  # bytes
    size: int  # bytes, unpacked
    at: int  # where its header is


class Zip:
    """An archive in a file that can be searched. BadInputError when it is none."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._start, self._end, self._shift = _find_directory(source)
        self._last = range(0)  # where the last entry was that was read
        self._read = 0  # bytes, of all entries that were read

    def entries(self) -> Iterator[Entry]:
        """Yield the records of the directory; BadInputError where it is damaged."""
        buffer, at, place = b"", 0, self._start
        while place < self._end:
            found = _record(buffer, at, self._shift)
            if not found:
                self._source.seek(place)
                size = min(_CHUNK, self._end - place)
                buffer, at = self._source.read(size), 0
                found = _record(buffer, at, self._shift)
            if not found:
                raise BadInputError(
                    "the directory of the archive is damaged",
                    hint="Copy or pack the archive again.",
                )
            entry, length = found
            at, place = at + length, place + length
            yield entry

    def read(self, entry: Entry) -> bytes:
        """Unpack an entry, never more than the size it claims; check what comes out.

        Raises BadInputError when it cannot be unpacked, or is not what it claims.
        """
        if entry.flags & _ENCRYPTED:
            raise BadInputError(
                "the entry is encrypted",
                hint="Unpack the archive with its password, and give the files.",
            )
        if entry.method not in _UNPACKERS:
            raise BadInputError(
                "the entry is compressed by method {method}, which is not read",
                hint="Pack the archive again in the usual way (deflate).",
                method=entry.method,
            )
        packed = self._packed(entry)
        try:
            content = _UNPACKERS[entry.method](packed, entry)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
            raise _damaged() from None
        if len(content) != entry.size or zlib.crc32(content) != entry.crc:
            raise _damaged()
        return content

    def _packed(self, entry: Entry) -> bytes:
        self._source.seek(entry.at)
        header = self._source.read(_HEADER_FIELDS.size)
        if len(header) < _HEADER_FIELDS.size or not header.startswith(_HEADER):
            raise _damaged()
        *_, name, extra = _HEADER_FIELDS.unpack(header)
        start = entry.at + len(header) + name + extra
        end = start + entry.packed
        if end > self._start:
            raise _damaged()
        # Entries that share bytes make a small archive endless: together, entries
        # that share none are never longer than what lies before the directory.
        self._read += end - entry.at
        is_shared = entry.at < self._last.stop and self._last.start < end
        if is_shared or self._read > self._start:
            raise BadInputError(
                "the entry overlaps another entry of the archive",
                hint="Have the archive packed again, by somebody you trust.",
            )
        self._last = range(entry.at, end)
        self._source.seek(start)
        packed = self._source.read(entry.packed)
        if len(packed) < entry.packed:
            raise _damaged()
        return packed


def _find_directory(source: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins and ends, and how far all is shifted."""
    size = source.seek(0, 2)
    first = max(0, size - _END_FIELDS.size - 0xFFFF - _LOCATOR_SIZE - 56)
    source.seek(first)
    tail = source.read(size - first)
    at = tail.rfind(_END, 0, len(tail) - _END_FIELDS.size + len(_END))
    while at >= 0:
        found = _directory(tail, at, first)
        if found and _is_record(source, *found[:2]):
            return found
        at = tail.rfind(_END, 0, at + len(_END) - 1)
    raise BadInputError(
        "the archive is cut: the directory at its end is missing",
        hint="Copy the archive again.",
    )


def _directory(tail: bytes, at: int, first: int) -> tuple[int, int, int] | None:
    fields = _END_FIELDS.unpack_from(tail, at)
    size, offset = fields[5], fields[6]
    before = at - _LOCATOR_SIZE
    if before >= _END_64_FIELDS.size and tail.startswith(_LOCATOR, before):
        at = before - _END_64_FIELDS.size
        if tail.startswith(_END_64, at):
            size, offset = _END_64_FIELDS.unpack_from(tail, at)[8:]
    end = first + at
    start = end - size
    # What stands before the archive shifts it: a program that unpacks it, for example.
    return (start, end, start - offset) if start >= offset else None


def _is_record(source: BinaryIO, start: int, end: int) -> bool:
    source.seek(start)
    return start == end or source.read(len(_RECORD)) == _RECORD


def _record(buffer: bytes, at: int, shift: int) -> tuple[Entry, int] | None:
    """The record there and its length; None when it is not whole."""
    begin = at + _RECORD_FIELDS.size
    if begin > len(buffer) or not buffer.startswith(_RECORD, at):
        return None
    (
        _,
        _,
        _,
        flags,
        method,
        _,
        _,
        crc,
        packed,
        size,
        names,
        extras,
        comments,
        *_,
        at,
    ) = _RECORD_FIELDS.unpack_from(buffer, at)
    end = begin + names + extras + comments
    if end > len(buffer):
        return None
    name = _name(buffer[begin : begin + names], flags)
    if 0xFFFFFFFF in (packed, size, at):
        extra = buffer[begin + names : begin + names + extras]
        size, packed, at = _large(extra, (size, packed, at))
    length = end - begin + _RECORD_FIELDS.size
    return Entry(name, flags, method, crc, packed, size, at + shift), length


def _name(name: bytes, flags: int) -> str:
    try:
        return name.decode()  # many write UTF-8 and do not say so
    except UnicodeDecodeError:
        return name.decode("utf-8" if flags & _UTF_8 else "cp437", "replace")


def _large(extra: bytes, numbers: tuple[int, int, int]) -> list[int]:
    """The numbers that did not fit, from the extra field for them (4.5.3)."""
    at, rest = 0, b""
    while at + 4 <= len(extra):
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if extra[at : at + 2] == b"\x01\x00":
            rest = extra[at + 4 : at + 4 + length]
            break
        at += 4 + length
    whole = []
    for number in numbers:
        if number == 0xFFFFFFFF and len(rest) >= 8:
            number, rest = int.from_bytes(rest[:8], "little"), rest[8:]
        whole.append(number)
    return whole


def _stored(packed: bytes, _entry: Entry) -> bytes:
    return packed


def _inflated(packed: bytes, entry: Entry) -> bytes:
    # One byte more than it may have, so that the end is met when it is right.
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.size + 1)


def _unpacked_bz2(packed: bytes, entry: Entry) -> bytes:
    return bz2.BZ2Decompressor().decompress(packed, entry.size + 1)


def _unpacked_lzma(packed: bytes, entry: Entry) -> bytes:
    # 5.8.8: version, length of the properties, properties; then as in an .lzma file,
    # where the size follows the properties.
    size = -1 if entry.flags & _MARKED_END else entry.size
    alone = packed[4:9] + size.to_bytes(8, "little", signed=True) + packed[9:]
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY)
    return unpacker.decompress(alone, entry.size + 1)


_UNPACKERS: Mapping[int, Callable[[bytes, Entry], bytes]] = MappingProxyType(
    {0: _stored, 8: _inflated, 12: _unpacked_bz2, 14: _unpacked_lzma}
)


def _damaged() -> BadInputError:
    return BadInputError("the entry is damaged", hint="Copy or pack the archive again.")
