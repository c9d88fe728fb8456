"""BER made definite: what some programs write of PKCS#12, for the walk over DER."""

from collections.abc import Iterable

from lab.pki.der import OCTET_STRING, expect, wrap

_MOST_ELEMENTS = 100_000
_MOST_DEPTH = 32
_END = b"\x00\x00"  # X.690 section 8.1.5
_STRING_IN_PARTS = OCTET_STRING | 0x20


class _Reader:
    """Reads elements one after another, and counts them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.left = data, 0, _MOST_ELEMENTS

    def element(self, end: int, depth: int) -> bytes:
        """Read the next element, and write it with its length."""
        self.left -= 1
        if not self.left or depth > _MOST_DEPTH or self.at + 2 > end:
            raise ValueError("the data are too deep, too many, or end too early")
        tag, length = self.data[self.at : self.at + 2]
        self.at += 2
        if tag & 0x1F == 0x1F:
            raise ValueError("tags of more than one byte are not used here")
        if length == 0x80:
            stop = -1
        else:
            if length > 0x80:
                size = length & 0x7F
                if size > 4:
                    raise ValueError("the length is absurd")
                length = int.from_bytes(self.data[self.at : self.at + size])
                self.at += size
            stop = self.at + length
            if stop > end:
                raise ValueError("an element is longer than what holds it")
        if not tag & 0x20:
            if stop < 0:
                raise ValueError("only what has parts may be of indefinite length")
            content = self.data[self.at : stop]
            self.at = stop
            return wrap(tag, content)
        return self._parts(tag, stop, end, depth)

    def _parts(self, tag: int, stop: int, end: int, depth: int) -> bytes:
        parts = []
        while self.at != stop:
            if stop < 0 and self.data[self.at : self.at + 2] == _END:
                self.at += 2
                break
            parts.append(self.element(end if stop < 0 else stop, depth + 1))
        if tag == _STRING_IN_PARTS:
            return wrap(OCTET_STRING, join_strings(parts))
        return wrap(tag, b"".join(parts))


def to_der(data: bytes) -> bytes:
    """Write one element of BER with definite lengths and whole octet strings.

    What an octet string holds is left as it is. Raises ValueError for what is not
    one element, is too deep or has too many parts.
    """
    reader = _Reader(data)
    whole = reader.element(len(data), 0)
    if reader.at != len(data):
        raise ValueError("bytes follow the element")
    return whole


def join_strings(strings: Iterable[bytes]) -> bytes:
    """Put together what whole octet strings hold; ValueError when one is not that."""
    contents = []
    for string in strings:
        start, end = expect(string, 0, OCTET_STRING)
        contents.append(string[start:end])
    return b"".join(contents)
