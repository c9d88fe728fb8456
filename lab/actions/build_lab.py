"""Build a lab from a topology file: install it, then live through its history."""

import math
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lab.actions.activate_service import activate_service, deactivate_service
from lab.actions.add_authority import add_authority
from lab.actions.add_parties import (
    add_cluster,
    add_node,
    add_peer,
    add_phones,
    renew_peer,
)
from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, record
from lab.actions.finish_tasks import finish_tasks
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.issue_lsc import issue_lsc
from lab.actions.issue_tokens import issue_tokens
from lab.actions.key_pool import Progress, key_pool, no_progress
from lab.actions.lose_trust_copy import lose_trust_copy
from lab.actions.renew_certificate import renew_certificate, sign_and_upload
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_service import restart_service, take_up
from lab.actions.revocation_settings import set_revocation_settings
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.run_due import run_due
from lab.actions.set_common_criteria import set_common_criteria
from lab.actions.set_parameter import set_parameter
from lab.actions.start_service import start_service
from lab.actions.stop_service import stop_service
from lab.actions.upload_certificate import upload_certificate
from lab.clock import FrozenClock
from lab.effects import Follows
from lab.errors import BadInputError, LabError, RuleError
from lab.lab import Lab
from lab.models import KeySpec, PartyKind
from lab.pki.bundles import write_pem
from lab.rules.purposes import PROFILES, purposes_of
from lab.store import certificates, events, parties, places, tasks

EXAMPLE = Path(__file__).parents[2] / "data" / "example_lab.toml"
_MAX_TOPOLOGY_BYTES = 1024 * 1024
_MOST_PHONES = 100_000
_RSA = KeySpec(type="RSA", size=2048)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One deed of the history, so many days before the lab's now."""

    days_ago: float
    deed: str
    arguments: Mapping[str, Any]


def build_lab(lab: Lab, topology: str, progress: Progress = no_progress) -> int:
    """Build everything the topology names into an empty lab; return the deeds done.

    All or nothing, in one transaction. Raises `BadInputError` for a topology that
    cannot be read and `RuleError` for a lab that is not empty. `progress` is told
    how many keys and deeds of how many are done.
    """
    steps = read_topology(topology)
    _check_empty(lab)
    with _telling_of_the_topology():
        wanted = _keys_wanted(steps)
    total = wanted.total() + len(steps)
    with key_pool(wanted, lambda done, _: progress(done, total)) as make_key:
        builder = replace(lab, make_key=make_key)
        with deed(builder) as now:
            _check_empty(lab)
            for done, step in enumerate(steps, wanted.total() + 1):
                _do(builder, step, now)
                progress(done, total)
            run_due(builder)
            detail = f"{len(steps)} deeds, {certificates.count(lab.db)} certificates"
            record(builder, now, "lab.built", "lab", detail)
    return len(steps)


def example_topology() -> str:
    """The text of the example lab that comes with the lab."""
    return EXAMPLE.read_text("utf-8")


def read_topology(text: str) -> list[Step]:
    """Every step the topology asks for, oldest first; `BadInputError` if unreadable."""
    if len(text) > _MAX_TOPOLOGY_BYTES:
        raise BadInputError(
            "the topology has {size} characters; the most is {limit}",
            hint="Split it, and build several labs.",
            size=len(text),
            limit=_MAX_TOPOLOGY_BYTES,
        )
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInputError(
            "the topology is no valid TOML: {reason}",
            hint="Compare it with data/example_lab.toml.",
            reason=error,
        ) from None
    with _telling_of_the_topology():
        steps = list(_steps(found))
    if not steps:
        raise BadInputError(
            "the topology names nothing to build",
            hint="It needs a cluster. Compare it with data/example_lab.toml.",
        )
    return sorted(steps, key=lambda step: -step.days_ago)


@contextmanager
def _telling_of_the_topology() -> Iterator[None]:
    """Turn what a wrong topology does to the code that reads it into a refusal."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInputError(
            "the topology lacks something, or has it of a wrong kind: {reason}",
            hint="Compare it with data/example_lab.toml.",
            reason=error,
        ) from None


def _steps(found: Mapping[str, Any]) -> Iterator[Step]:
    """Installation first, in an order in which each thing finds what it needs."""
    known = {"installed_days_ago", "authorities", "clusters", "history"}
    if unknown := set(found) - known:
        raise ValueError(f"unknown table {sorted(unknown)[0]}")
    start = float(found.get("installed_days_ago", 0))
    makers = []
    for row in found.get("authorities", []):
        row = dict(row)
        if row.get("role") == "manufacturing":
            makers.append(row["name"])
        yield _step(row, "add_authority", start)
    for cluster in found.get("clusters", []):
        cluster = dict(cluster)
        nodes = cluster.pop("nodes", [])
        phones, peers = cluster.pop("phones", []), cluster.pop("peers", [])
        yield _step(cluster, "add_cluster", start)
        home = {"cluster": cluster["name"]}
        for row in nodes:
            yield _step(home | row, "add_node", start)
        for maker in makers:
            preload = home | {"authority": maker}
            yield _step(preload, "preload_maker", start)
        for row in phones:
            yield _step(home | row, "add_phones", start)
        for row in peers:
            yield _step(home | row, "add_peer", start)
    for row in found.get("history", []):
        row = dict(row)
        yield _step(row, row.pop("deed"), start)


def _step(row: Mapping[str, Any], name: str, start: float) -> Step:
    arguments = dict(row)
    days_ago = float(arguments.pop("days_ago", start))
    if name not in _DEEDS:
        raise ValueError(f"unknown deed {name}")
    if not 0 <= days_ago <= 36500:
        raise ValueError(f"days_ago {days_ago} is not between 0 and 36500")
    for key, value in arguments.items():
        if not isinstance(value, str | int | float):
            raise TypeError(f"{key} is not a text, a number, true or false")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{key} is {value}, which is no number to count with")
    return Step(days_ago=days_ago, deed=name, arguments=arguments)


def _do(lab: Lab, step: Step, now: datetime) -> None:
    moment = now - timedelta(seconds=round(step.days_ago * 86400))
    then = replace(lab, clock=FrozenClock(moment), actor="history")
    run_due(then)
    try:
        _DEEDS[step.deed](then, **step.arguments)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInputError(
            "the deed {deed} of the topology cannot be done: {reason}",
            hint="Compare it with data/example_lab.toml.",
            deed=step.deed,
            reason=error,
        ) from None
    except LabError as refusal:
        raise RuleError(
            "the deed {deed} of the topology was refused: {reason}",
            hint="{next_step}",
            deed=step.deed,
            reason=refusal,
            next_step=refusal.hint,
        ) from None


def _authority(lab: Lab, key: str = "RSA 2048", **rest: Any) -> None:
    add_authority(lab, key=_key_spec(key), **rest)


def _phones(lab: Lab, first: str, count: int, **rest: Any) -> None:
    add_phones(lab, devices=_devices(first, count), **rest)


def _lscs(lab: Lab, first: str, count: int, **rest: Any) -> None:
    issue_lsc(lab, devices=_devices(first, count), **rest)


def _preload(lab: Lab, cluster: str, authority: str) -> None:
    """Put a maker of phones into the stores that come filled from the factory."""
    nodes = parties.nodes(lab.db, cluster, PartyKind.UCM)
    for node in nodes:
        _trust_authority(lab, node.name, "CAPF-trust", authority, cluster)
    if nodes:
        _trust_authority(lab, nodes[0].name, "CallManager-trust", authority, cluster)


def _trust_authority(
    lab: Lab, node: str, store: str, authority: str, cluster: str = ""
) -> None:
    der = _certificate_of(lab, authority)
    upload_certificate(lab, node, store, write_pem([der]), cluster=cluster)


def _trust_identity(
    lab: Lab, node: str, store: str, of_node: str, of_purpose: str, cluster: str = ""
) -> None:
    party = parties.by_name(lab.db, cluster, of_node)
    place = places.slot(lab.db, party.id, of_purpose)
    if place is None:
        raise RuleError(
            "{node} has no {purpose} to trust", node=of_node, purpose=of_purpose
        )
    der = certificates.get(lab.db, place.certificate).der
    upload_certificate(lab, node, store, write_pem([der]), cluster=cluster)


def _lose(lab: Lab, authority: str, **rest: Any) -> None:
    sha256 = parties.authority(lab.db, authority).certificate
    lose_trust_copy(lab, sha256=sha256, **rest)


def _revoke(lab: Lab, party: str, purpose: str, reason: str, cluster: str = "") -> None:
    holder = parties.by_name(lab.db, cluster, party)
    place = places.slot(lab.db, holder.id, purpose)
    if place is None:
        raise RuleError(
            "{party} has no {purpose} to revoke", party=party, purpose=purpose
        )
    revoke_certificate(lab, place.certificate, reason)


def _restart_all(lab: Lab, purpose: str, node: str, cluster: str = "") -> None:
    take_up(lab, parties.by_name(lab.db, cluster, node), purpose)


def _finish_work(lab: Lab, cluster: str) -> None:
    """Do all that the changes asked for, as careful people do after each."""
    with deed(lab) as now:
        left = [
            task.id
            for task in tasks.all_open(lab.db, cluster)
            if task.kind != Follows.BACKUP
        ]
        if left:
            finish_tasks(lab, cluster, only=left, outside=True)
        # A lab that is being built leaves no files beside it.
        close_tasks(lab, cluster, Follows.BACKUP, now=now, how="confirmed")


def _sign_in(lab: Lab, cluster: str, users: str) -> None:
    issue_tokens(lab, cluster, users.split())


def _certificate_of(lab: Lab, authority: str) -> bytes:
    found = parties.authority(lab.db, authority)
    return certificates.get(lab.db, found.certificate).der


_DEEDS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "add_authority": _authority,
        "add_cluster": add_cluster,
        "add_node": add_node,
        "preload_maker": _preload,
        "add_phones": _phones,
        "add_peer": add_peer,
        "generate_self_signed": generate_self_signed,
        "request_certificate": request_certificate,
        "sign_and_upload": sign_and_upload,
        "renew_certificate": renew_certificate,
        "trust_authority": _trust_authority,
        "trust_identity": _trust_identity,
        "restart_service": restart_service,
        "start_service": start_service,
        "stop_service": stop_service,
        "activate_service": activate_service,
        "deactivate_service": deactivate_service,
        "restart_after": _restart_all,
        "issue_lsc": _lscs,
        "renew_peer": renew_peer,
        "revoke_certificate": _revoke,
        "lose_trust_copy": _lose,
        "finish_work": _finish_work,
        "sign_in": _sign_in,
        "set_parameter": set_parameter,
        "set_revocation_settings": set_revocation_settings,
        "set_common_criteria": set_common_criteria,
    }
)


def _keys_wanted(steps: list[Step]) -> Counter[KeySpec]:
    """The keys that these steps will ask for, as far as the steps tell."""
    wanted: Counter[KeySpec] = Counter()
    publishers: set[tuple[str, str]] = set()
    profiles: dict[str, str] = {}
    for step in steps:
        named = step.arguments
        match step.deed:
            case "add_authority":
                wanted[_key_spec(named.get("key", "RSA 2048"))] += 1
            case "add_cluster":
                profiles[named["name"]] = named.get("profile", "seed-r14")
            case "add_node":
                home = (named["cluster"], named.get("product", "ucm"))
                table = profiles.get(named["cluster"], "")
                for row in purposes_of(table, home[1]) if table in PROFILES else ():
                    if row.held_by == "node" or home not in publishers:
                        wanted[KeySpec(type=row.key_type, size=row.default_size)] += 1
                publishers.add(home)
            case "add_phones" | "issue_lsc":
                _check_count(named["count"])
                wanted[_RSA] += named["count"]
            case (
                "generate_self_signed"
                | "request_certificate"
                | "sign_and_upload"
                | "renew_certificate"
            ):
                elliptic = named["purpose"].endswith("-ECDSA")
                default = KeySpec(type="EC", size=384) if elliptic else _RSA
                wanted[replace(default, size=named.get("size", default.size))] += 1
            case "renew_peer":
                wanted[_RSA] += 1
            case "add_peer":
                wanted[_RSA] += "authority" in named
    return wanted


def _key_spec(text: str) -> KeySpec:
    kind, _, size = text.partition(" ")
    return KeySpec(type=kind, size=int(size))


def _devices(first: str, count: int) -> list[str]:
    _check_count(count)
    start = int(first.removeprefix("SEP"), 16)
    return [f"SEP{start + index:012X}" for index in range(count)]


def _check_count(count: int) -> None:
    # Each takes a key: more than these would take a day to make.
    if not 1 <= count <= _MOST_PHONES:
        raise ValueError(f"count {count} is not between 1 and {_MOST_PHONES}")


def _check_empty(lab: Lab) -> None:
    if parties.everyone(lab.db) or certificates.count(lab.db) or events.count(lab.db):
        raise RuleError(
            "the lab already holds something",
            hint="Build into a new file: name it with LAB_DB or --db.",
        )
