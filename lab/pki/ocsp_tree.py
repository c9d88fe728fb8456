"""An OCSP request, an answer or a CRL taken apart: one line for each of its parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from lab.errors import BadInputError
from lab.pki.der import BOOLEAN, OCTET_STRING, OID, element
from lab.pki.ocsp_shapes import (
    CRL,
    EXTENSION_SHAPES,
    REQUEST,
    RESPONSE,
    Algorithm,
    Anything,
    Choice,
    Extension,
    Leaf,
    Many,
    Part,
    Parts,
    Shape,
    Whole,
    Within,
)
from lab.pki.ocsp_values import hex_text, oid_name
from lab.rules.ocsp_fields import OCSP_FIELDS

MAX_BYTES = 8 * 1024 * 1024  # a CRL with some 200,000 entries
_MOST_BRANCHES = 2000
_MOST_ENTRIES = 100  # of one list
_MOST_COUNTED = 200_000
_MOST_PARTS = 30  # of one sequence
_MOST_DEPTH = 40
_MOST_LETTERS = 1000  # of one value
_CONSTRUCTED, _NULL = 0x20, 5
_NONCE_OCTETS = range(1, 129)  # RFC 9654 section 2.1
_ROOTS: dict[str, Part] = {
    "request": Part("OCSPRequest", REQUEST),
    "response": Part("OCSPResponse", RESPONSE),
    "crl": Part("CertificateList", CRL),
}
# What else is in a certificate has the words of its own drawer.
_TOLD_OF_CERTIFICATES = {"OCSPSigning", "id-pkix-ocsp-nocheck"}
_BROKEN, _MISSING, _EXTRA = "a broken part", "a missing part", "a part too many"
Kind = Literal["request", "response", "crl"]
_Item = tuple[int, int, int, int]  # tag, start, start of the content, end


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One line of the tree."""

    depth: int
    name: str  # RFC spelling
    value: str = ""
    note: str = ""  # what it means, of `lab.rules.ocsp_fields`


class _FullError(Exception):
    """The tree has as many branches as anybody reads."""


def tree(der: bytes, kind: Kind) -> list[Branch]:
    """Take a request, a response or a CRL apart, the parts in their order.

    What is not as the RFC has it shows its bytes and says so; a long list shows its
    beginning. `BadInputError` when the whole is not one element of DER.
    """
    root, walk = _ROOTS[kind], _Walk()
    if len(der) > MAX_BYTES:
        raise BadInputError(
            "there are {size} bytes; at most {limit} are taken apart",
            hint="Look at the file with openssl.",
            size=len(der),
            limit=MAX_BYTES,
        )
    try:
        tag, start, end = element(der, 0)
        if tag not in root.shape.tags:
            raise ValueError("it is no sequence")
    except ValueError:
        raise BadInputError(
            "these {size} bytes are not an {what}: they do not begin with a sequence "
            "of DER that is all there",
            hint="Look at the bytes: they may be text, or cut off.",
            size=len(der),
            what=root.name,
        ) from None
    try:
        walk.show(0, root.name, root.shape, der, (tag, 0, start, end))
        if end < len(der):
            walk.add(0, "…", hex_text(der[end:]), _EXTRA)
    except _FullError:
        walk.branches.append(Branch(depth=0, name="…"))
    return walk.branches


class _Walk:
    """Walks over DER by a shape, and notes what it sees."""

    def __init__(self) -> None:
        self.branches: list[Branch] = []
        self._certificate: int | None = None  # the depth of the one it is in

    def add(self, depth: int, name: str, value: str = "", about: str = "") -> None:
        if len(self.branches) >= _MOST_BRANCHES:
            raise _FullError
        if self._certificate is not None and depth <= self._certificate:
            self._certificate = None
        told = self._certificate is None or about in (_BROKEN, _MISSING, _EXTRA)
        field = OCSP_FIELDS.get(about or (value if name == "KeyPurposeId" else name))
        if field and not told and field.name not in _TOLD_OF_CERTIFICATES:
            field = None
        if name == "Certificate" and self._certificate is None:
            self._certificate = depth
        note, text = field.meaning if field else "", value
        if len(text) > _MOST_LETTERS:
            text = f"{text[:_MOST_LETTERS]}…"
        self.branches.append(Branch(depth=depth, name=name, value=text, note=note))

    def show(
        self, depth: int, name: str, shape: Shape, data: bytes, item: _Item
    ) -> None:
        """Add the branch of an element, and below it those of its parts."""
        if isinstance(shape, Extension):
            self._extension(depth, name, data, item)
            return
        try:
            text = _text(shape, data, item)
        except ValueError:
            self.add(depth, name, hex_text(data[item[2] : item[3]]), _BROKEN)
            return
        # In a list of revoked certificates `signature` is the algorithm.
        algorithm = isinstance(shape, Algorithm) and name == "signature"
        about = "signatureAlgorithm" if algorithm else ""
        self.add(depth, name, text, about)
        if depth < _MOST_DEPTH:
            self._below(depth + 1, shape, data, item)

    def _below(self, depth: int, shape: Shape, data: bytes, item: _Item) -> None:
        try:
            match shape:
                case Within():
                    self._below(depth, shape.shape, data, _only(shape, data, item))
                case Choice():
                    part = _chosen(shape, item)
                    self._below(depth, part.shape, data, item)
                case Parts():
                    self._parts(depth, shape, data, item)
                case Many():
                    self._many(depth, shape, data, item)
                case Algorithm():
                    self._parameters(depth, data, item)
                case Anything() if item[0] & _CONSTRUCTED:
                    self._many(depth, Many("ANY", Anything()), data, item)
        except ValueError:
            self.add(depth, "…", hex_text(data[item[2] : item[3]]), _BROKEN)

    def _parts(self, depth: int, shape: Parts, data: bytes, item: _Item) -> None:
        items = list(islice(_items(data, item), _MOST_PARTS))
        for part in shape.parts:
            if items and items[0][0] in part.shape.tags:
                self.show(depth, part.name, part.shape, data, items.pop(0))
            elif not part.optional:
                self.add(depth, part.name, "", _MISSING)
        for extra in items:
            self.add(depth, "…", hex_text(data[extra[1] : extra[3]]), _EXTRA)

    def _many(self, depth: int, shape: Many, data: bytes, item: _Item) -> None:
        items = _items(data, item)
        for each in islice(items, _MOST_ENTRIES):
            self.show(depth, shape.name, shape.shape, data, each)
        left = sum(1 for _ in islice(items, _MOST_COUNTED))
        if left:
            self.add(depth, "…", f"+ {left}")

    def _parameters(self, depth: int, data: bytes, item: _Item) -> None:
        for each in islice(_items(data, item), 1, _MOST_PARTS):
            if each[0] != _NULL:
                self.show(depth, "parameters", Anything(), data, each)

    def _extension(self, depth: int, name: str, data: bytes, item: _Item) -> None:
        try:
            parts = list(islice(_items(data, item), _MOST_PARTS))
            (_, _, start, end), value = parts[0], parts[-1]
            tags = tuple(part[0] for part in parts)
            if tags not in ((OID, OCTET_STRING), (OID, BOOLEAN, OCTET_STRING)):
                raise ValueError("an extension has two or three parts")
            name = oid_name(data[start:end])
        except (ValueError, IndexError):
            self.add(depth, name, hex_text(data[item[2] : item[3]]), _BROKEN)
            return
        critical = tags[1] == BOOLEAN and data[parts[1][2] : parts[1][3]] != b"\0"
        self._value(depth, name, data, value)
        if critical:
            self.add(depth + 1, "critical", "TRUE")

    def _value(self, depth: int, name: str, data: bytes, item: _Item) -> None:
        shape, raw = EXTENSION_SHAPES.get(name), data[item[2] : item[3]]
        if shape is None:
            self.add(depth, name, hex_text(raw))
            return
        try:
            [only] = islice(_items(raw, (item[0], 0, 0, len(raw))), 2)
            _expect(shape, only)
        except ValueError:
            self.add(depth, name, hex_text(raw), _BROKEN)
            return
        if name == "nonce" and only[3] - only[2] not in _NONCE_OCTETS:
            text = _text(shape, raw, only)
            self.add(depth, name, text, "nonce of a wrong length")
            return
        self.show(depth, name, shape, raw, only)


def _text(shape: Shape, data: bytes, item: _Item) -> str:
    """What stands on the line of an element itself; ValueError when it is broken."""
    tag, at, start, end = item
    _expect(shape, item)
    match shape:
        case Leaf():
            return shape.write(tag, data[start:end])
        case Whole():
            return shape.write(data[at:end])
        case Within():
            return _text(shape.shape, data, _only(shape, data, item))
        case Choice():
            part = _chosen(shape, item)
            return f"{part.name} {_text(part.shape, data, item)}".strip()
        case Algorithm():
            first = next(_items(data, item), None)
            if first is None or first[0] != OID:
                raise ValueError("an algorithm begins with its identifier")
            return oid_name(data[first[2] : first[3]])
        case Anything() if tag == OID:
            return oid_name(data[start:end])
        case Anything() if not tag & _CONSTRUCTED:
            return hex_text(data[start:end])
    return ""


def _expect(shape: Shape, item: _Item) -> None:
    if item[0] not in shape.tags:
        raise ValueError(f"tag {item[0]} does not stand here")


def _chosen(shape: Choice, item: _Item) -> Part:
    return next(part for part in shape.parts if item[0] in part.shape.tags)


def _only(shape: Within, data: bytes, item: _Item) -> _Item:
    """The one element in a wrapping; ValueError when there is not just one."""
    found = list(islice(_items(data, item), 2))
    if len(found) != 1 or found[0][0] not in shape.shape.tags:
        raise ValueError("there should be one element, of its kind")
    return found[0]


def _items(data: bytes, item: _Item) -> Iterator[_Item]:
    """The elements in another, one after the other; ValueError where one is broken."""
    _, _, at, stop = item
    while at < stop:
        tag, start, end = element(data, at)
        if end > stop:
            raise ValueError("an element is longer than what holds it")
        yield tag, at, start, end
        at = end
