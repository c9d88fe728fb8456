"""How the command line writes checks of revocation, links and live clients."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from lab.actions.check_links import LinkRow
from lab.actions.live_check import LiveRow
from lab.clock import utc_text
from lab.commands.printing import say, say_json, say_table
from lab.lab import Lab
from lab.models import Check
from lab.store import certificates
from lab.trust.judged import words

_BYTES = ("signer", "request", "response")


def say_checks(lab: Lab, found: Sequence[Check], as_json: bool, *, none: str) -> None:
    if as_json:
        say_json([check_fields(each) for each in found])
        return
    if not found:
        say(none)
        return
    names = certificates.many(lab.db, {each.certificate for each in found})
    say_table(
        ("number", "at", "certificate", "status", "verdict", "by", "cause"),
        [
            (
                str(each.id),
                utc_text(each.at),
                names[each.certificate].common_name or names[each.certificate].subject,
                each.status,
                verdict(each),
                " ".join(filter(None, [each.method, each.model])),
                " ".join(filter(None, [each.cause, each.client])),
            )
            for each in found
        ],
    )


def say_rows(
    rows: Sequence[LinkRow] | Sequence[LiveRow], names: Sequence[str], as_json: bool
) -> None:
    if as_json:
        say_json(
            [
                {name: getattr(row, name) for name in names}
                | {
                    "certificate": row.certificate and row.certificate.sha256,
                    "latest": row.latest and check_fields(row.latest),
                    "note": row.note,
                    "source": str(row.source),
                }
                for row in rows
            ]
        )
        return
    say_table(
        (*names, "certificate", "latest", "note"),
        [
            (
                *(str(getattr(row, name)) for name in names),
                row.certificate.common_name if row.certificate else "",
                f"{row.latest.status}, {verdict(row.latest)}" if row.latest else "",
                row.note,
            )
            for row in rows
        ],
    )


def verdict(found: Check) -> str:
    return "connects" if found.connects else "does not connect"


def check_fields(found: Check) -> dict[str, Any]:
    names = [field.name for field in fields(Check)]
    return {
        name: getattr(found, name) for name in names if name not in (*_BYTES, "steps")
    } | {"steps": [words(step) for step in found.steps]}


def whole_fields(found: Check) -> dict[str, Any]:
    kept = {name: getattr(found, name) for name in _BYTES}
    return check_fields(found) | {
        name: data and b64encode(data).decode() for name, data in kept.items()
    }
