"""What the cluster's certificate management answers in JSON (facts §9)."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from lab.errors import BadInputError
from lab.pki.bundles import from_base64
from lab.pki.kinds import kind_of, nothing_in
from lab.pki.pem import has_blocks, read_blocks
from lab.pki.pieces import Contents, Part, Piece

_MOST_PARTS = 1_000_000  # of objects, lists and values; one takes up to 60 bytes
_TRUSTED = "certificate_data"
# No half of a surrogate pair: it cannot be stored or shown.
_NAME = re.compile("[^\0-\x1f\x7f\ud800-\udfff]{0,256}")
# An object or a list of them; a text that opens with a bracket goes on otherwise.
_OPENING = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{\]"])')


class _Entry(NamedTuple):
    """One certificate of a snapshot, as it stands there."""

    text: object
    place: object
    node: object
    label: object


def is_json(data: bytes) -> bool:
    """Say whether the data open like an object or a list of JSON."""
    return _OPENING.match(data) is not None


def read_snapshot(data: bytes, contents: Contents) -> Iterator[Part]:
    """Yield the certificates of a snapshot, or of the other answers with certificates.

    One answer, or a list of them. Trust certificates get the store that their service
    stands for. An entry that is broken comes as its refusal. Raises BadInputError for
    what is no JSON, and when there is no certificate in it.
    """
    answer = _load(data)
    contents.format = "snapshot"
    number = 0
    for entry in _entries(answer, contents):
        number += 1
        try:
            yield from _read_entry(entry, contents)
        except BadInputError as refusal:
            yield BadInputError(
                "certificate {number} of the snapshot: {reason}",
                hint="{next_step}",
                number=number,
                reason=refusal,
                next_step=refusal.hint,
            )
    if not number:
        raise BadInputError(
            "there is no certificate in the JSON",
            hint="Give the answer to GET /snapshot/server, or certificates as PEM.",
        )


def _entries(answer: object, contents: Contents) -> Iterator[_Entry]:
    for one in answer if isinstance(answer, list) else [answer]:
        if not isinstance(one, dict):
            continue
        node = one.get("server")
        if "certificate" in one:
            yield from _identity(one, node, contents)
        for key in ("identities", "certificates"):
            for each in _list(one.get(key)):
                yield from _identity(each, node, contents)
        for trust in [*_list(one.get("trusts")), *([one] if _TRUSTED in one else [])]:
            if isinstance(trust, dict):
                store = _store(trust.get("service"))
                for each in _list(trust.get(_TRUSTED)):
                    found = each if isinstance(each, dict) else {"certificate": each}
                    text, label = found.get("certificate"), found.get("filename")
                    yield _Entry(text, store, node, label)


def _identity(one: object, node: object, contents: Contents) -> Iterator[_Entry]:
    found = one if isinstance(one, dict) else {"certificate": one}
    text, has_request = found.get("certificate"), bool(found.get("csr"))
    contents.requests += has_request
    if text or not has_request:
        yield _Entry(text, found.get("service"), node, found.get("filename"))


def _store(service: object) -> object:
    """The store of a service: trust certificates name the service alone."""
    if isinstance(service, list) and len(service) == 1:
        service = service[0]
    if isinstance(service, str) and service and not service.endswith("-trust"):
        return f"{service}-trust"
    return service


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _read_entry(entry: _Entry, contents: Contents) -> Iterator[Part]:
    place, node, label = map(_name, (entry.place, entry.node, entry.label))
    if not isinstance(entry.text, str) or not entry.text.isascii():
        raise BadInputError(
            "its certificate is not text in PEM", hint="Fetch the snapshot again."
        )
    text = entry.text.encode()
    if not has_blocks(text):
        der = from_base64(text)
        if kind_of(der) != "certificate":
            raise nothing_in({kind_of(der)})
        yield Piece(der, place, node, label)
        return
    met = Contents()
    for part in read_blocks(text, met):
        if isinstance(part, BadInputError):
            raise part
        yield Piece(part[1], place, node, label)
    contents.private_keys += met.private_keys
    contents.requests += met.requests


def _name(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise BadInputError(
            "a name in it is no name: {name}",
            hint="Fetch the snapshot again.",
            name=ascii(value)[:80],
        )
    return value


def _load(data: bytes) -> object:
    parts = sum(data.count(mark) for mark in (b",", b"[", b"{"))
    if parts > _MOST_PARTS:
        raise BadInputError(
            "the JSON has {count} parts; at most {limit} are read",
            hint="Give one snapshot a file.",
            count=parts,
            limit=_MOST_PARTS,
        )
    try:
        return json.loads(
            data.decode(), object_pairs_hook=_object, parse_constant=_no_constant
        )
    except RecursionError:
        raise BadInputError(
            "the JSON is nested too deep", hint="Fetch the snapshot again."
        ) from None
    except json.JSONDecodeError as error:
        raise BadInputError(
            "the JSON is broken in line {line}",
            hint="Copy the whole answer, down to its last bracket.",
            line=error.lineno,
        ) from None
    except ValueError:
        raise BadInputError(
            "the JSON has a value that JSON does not have",
            hint="Fetch the snapshot again.",
        ) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadInputError(
            "an object of the JSON has the same name twice",
            hint="Fetch the snapshot again.",
        )
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
