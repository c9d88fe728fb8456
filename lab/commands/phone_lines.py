"""Phones as the command line writes them, and which of them are meant."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.rules.trust_lists import PHONE_REASONS, TVS_ANSWERS
from lab.store import parties, phone_listing, phones
from lab.store.phone_listing import PhoneLine


def cells(row: PhoneLine) -> tuple[str, ...]:
    """One phone as a row of a table."""
    return (
        row.device,
        row.node,
        "registered" if row.registered else "not registered",
        _day(row.since),
        row.itl_state,
        row.ctl_state,
        _day(row.lsc_ends),
    )


def fields(row: PhoneLine) -> dict[str, Any]:
    """One phone as JSON, its reason in words."""
    told = json.loads(row.evidence)
    return {**row._asdict(), "evidence": told, "words": list(reason_lines(told))}


def group_lines(groups: Iterable[tuple[int, str, str, str]]) -> Iterator[str]:
    """Why phones are not registered, those that fare alike together."""
    for number, node, _why, evidence in groups:
        first, *rest = reason_lines(json.loads(evidence))
        yield f"{number} of {node}: {first}"
        for line in rest:
            yield f"    {line}"


def reason_lines(told: dict[str, Any]) -> Iterator[str]:
    """The reason in words, who was asked, the lists that were refused, what to do."""
    if told.get("why"):
        row = PHONE_REASONS[told["why"]]
        yield row.words.format(**told)
        yield from _asked(told)
    for refused in told.get("refused", {}).values():
        yield PHONE_REASONS[refused["why"]].words.format(**refused)
        yield from _asked(refused)
    if told.get("why"):
        yield PHONE_REASONS[told["why"]].remedy


def _asked(told: dict[str, Any]) -> Iterator[str]:
    for node, answer in told.get("asked", ()):
        yield TVS_ANSWERS[answer].words.format(node=node)


def only_cluster(lab: Lab, named: str) -> str:
    """The cluster that is meant; a `RuleError` when that is not plain."""
    if named:
        return parties.cluster(lab.db, named).name
    known = [each.name for each in parties.clusters(lab.db)]
    found = phone_listing.clusters(lab.db) or known
    if len(found) == 1:
        return found[0]
    raise RuleError(
        "the lab has {count} clusters",
        hint="Name one with --cluster: {known}.",
        count=len(known),
        known=", ".join(known) or "none",
    )


def phones_named(
    lab: Lab, cluster: str, devices: Sequence[str], node: str, *, everyone: bool
) -> list[str]:
    """The names that were given, or those of all phones of the node or cluster."""
    if everyone == bool(devices):
        raise RuleError(
            "it is not said which phones",
            hint="Name them, or say --all, with --node for those of one node.",
        )
    if devices:
        return list(devices)
    return [row.name for row in phones.rows(lab.db, cluster, node=node)]


def _day(moment: datetime | None) -> str:
    return utc_text(moment) if moment else ""
