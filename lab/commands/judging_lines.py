"""Judging a line at a time: JSON objects in, verdicts out."""

import binascii
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

import click

from lab.actions.explain_certificate import certificates_in, explain_given
from lab.actions.import_sources import files_under
from lab.commands.frame import Refusal
from lab.commands.verdicts import verdict_fields
from lab.errors import BadInputError, LabError
from lab.pki.bundles import MAX_FILE_BYTES
from lab.rules.algorithm_policies import POLICIES
from lab.trust.pool import Pool, pool
from lab.trust.verdict import Peer

_LONGEST_LINE = 64 * 1024 * 1024
_MOST_KEPT = 16 * 1024  # letters


def judge_lines(file: str | None, now: datetime, usage: Peer, policy: str) -> None:
    failed = 0
    for number, line in enumerate(_input_lines(file), start=1):
        if not line.strip():
            continue
        try:
            fields = _judge_line(line, now, usage, policy)
        except LabError as refusal:
            failed += 1
            fields = {
                "verdict": "error",
                "reason": "unreadable",
                "line": number,
                "evidence": str(refusal),
                "remedy": refusal.hint,
            }
        click.echo(json.dumps(fields, default=_plain))
    if failed:
        raise Refusal(f"{failed} lines could not be judged. See their evidence.")


def _judge_line(line: str, now: datetime, usage: Peer, policy: str) -> dict[str, Any]:
    case = _read_case(line)
    texts = {name: _text(case, name) for name in ("at", "name", "usage", "policy")}
    if texts["usage"] not in {"", *Peer}:
        raise BadInputError(
            "{usage} is no usage",
            hint="Write one of: {known}.",
            usage=repr(texts["usage"]),
            known=", ".join(Peer),
        )
    if texts["policy"] not in {"", *POLICIES}:
        raise BadInputError(
            "{policy} is no policy",
            hint="Write one of: {known}.",
            policy=repr(texts["policy"]),
            known=", ".join(POLICIES),
        )
    leaf = _given(case, "leaf")
    if not leaf:
        raise BadInputError(
            "the line names no leaf",
            hint="Give the leaf as PEM, as base64 of its DER, or as a path.",
        )
    first, *beside = leaf
    explained = explain_given(
        first,
        trusted=_pool_of(_given(case, "trust")),
        untrusted=_pool_of((*beside, *_given(case, "untrusted"))),
        at=read_moment(texts["at"]) if texts["at"] else now,
        name=texts["name"],
        usage=Peer(texts["usage"] or usage),
        policy=texts["policy"] or policy,
    )
    named = {"id": case["id"]} if "id" in case else {}
    return named | verdict_fields(explained)


def _input_lines(file: str | None) -> Iterator[str]:
    if file in (None, "-"):
        yield from _bounded(sys.stdin)
        return
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as lines:
            yield from _bounded(lines)
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _bounded(lines: TextIO) -> Iterator[str]:
    while line := lines.readline(_LONGEST_LINE):
        yield line


def _read_case(line: str) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError):
        case = None
    if not isinstance(case, dict):
        raise BadInputError(
            "the line is no JSON object",
            hint="Write one object a line, with leaf and trust.",
        )
    return case


def _text(case: dict[str, Any], name: str) -> str:
    value = case.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInputError(
            "{name} is no text",
            hint="Write it in quotation marks.",
            name=name,
        )
    return value


def _given(case: dict[str, Any], name: str) -> tuple[bytes, ...]:
    """The certificates of a field: PEM, base64 of DER or a path, one or a list."""
    value = case.get(name)
    texts = [value] if isinstance(value, str) else value or []
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise BadInputError(
            "{name} is neither text nor a list of texts",
            hint="Give PEM, base64 of DER, or a path; several in a list.",
            name=name,
        )
    found: list[bytes] = []
    for text in texts:
        found += (_kept if len(text) < _MOST_KEPT else _certificates_of)(text)
    return tuple(found)


def _certificates_of(text: str) -> tuple[bytes, ...]:
    if "-----BEGIN" in text:
        return tuple(certificates_in(text.encode(errors="replace")))
    try:
        der = binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except ValueError:
        der = b""
    if der[:1] == b"0":  # a SEQUENCE, which no path spells by chance
        try:
            return tuple(certificates_in(der))
        except BadInputError:
            return (der,)  # one that is unreadable is no issuer; a leaf is refused
    if text == "-":
        raise BadInputError(
            "a line cannot name standard input: the lines come from there",
            hint="Name a file.",
        )
    return tuple(certificates_in(bytes_of(text)))


# Roots and issuers are the same in line after line.
_kept = lru_cache(maxsize=4096)(_certificates_of)


@lru_cache(maxsize=64)
def _pool_of(ders: tuple[bytes, ...]) -> Pool:
    return pool(ders)


def read_moment(text: str) -> datetime:
    """ISO 8601 as a moment in UTC; without a zone it is UTC already."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInputError(
            "{text} is no moment",
            hint="Write it as 2027-01-31 or 2027-01-31T12:00:00Z.",
            text=repr(text[:40]),
        ) from None


def bytes_of(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    for _, data in files_under([Path(path)]):
        if isinstance(data, LabError):
            raise data
        return data
    raise BadInputError(
        "{path} holds no file", hint="Name a file with a certificate.", path=path
    )


def _unreadable(path: object, error: Exception) -> LabError:
    return BadInputError(
        "{path} cannot be read: {reason}",
        hint="Check its name and its permissions.",
        path=path,
        reason=getattr(error, "strerror", None) or error,
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no JSON form")
