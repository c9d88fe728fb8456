"""What every deed on backups shares: the list, what differs, what must be up."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from lab.actions.replication import check_online
from lab.clock import utc_text
from lab.errors import BadInputError, NotFoundError, RuleError
from lab.lab import Lab
from lab.models import (
    Backup,
    Chain,
    Difference,
    Party,
    PartyKind,
    Service,
    is_up,
)
from lab.rules.backups import BACKUP_NEEDS
from lab.store import (
    backup_reading,
    backups,
    certificates,
    oauth,
    parties,
    requests,
    restoring,
    services,
    trust_lists,
)

_MIXED = {True: "mixed mode", False: "non-secure mode"}
_State = dict[tuple[str, str, str, str], str]  # kind, where, what, id


def backups_of(lab: Lab, cluster: str = "") -> list[Backup]:
    """Every file of the backup folder, newest first; then those that are of no use.

    With a cluster only its own, and those of no use. A file that the event log does
    not know is of no use, whatever it says of itself.
    """
    folder = backups.folder_of(lab.db)
    found = [_vouched(lab, path) for path in backups.files(folder)] if folder else []
    good = [each for each in found if not each.problem]
    good.sort(key=lambda each: (each.event, each.name), reverse=True)
    return [
        *(each for each in good if cluster in ("", each.cluster)),
        *(each for each in found if each.problem),
    ]


def find_backup(lab: Lab, name: str) -> tuple[Path, Backup]:
    """The backup of that name in the folder, or in the file of that path.

    Raises `NotFoundError` when there is none, and `BadInputError` for a file that is
    damaged, of something else, or of another lab.
    """
    folder = backups.folder_of(lab.db)
    there = backups.files(folder) if folder else []
    paths = [path for path in there if backup_reading.shown(path) == name]
    if not paths and _is_file(name):
        paths = [Path(name)]
    if not paths:
        raise NotFoundError(
            "there is no backup called {name}",
            hint="The newest are: {known}. See all with: python -m lab backup --list.",
            name=repr(name),
            known=", ".join(each.name for each in backups_of(lab)[:3]) or "none",
        )
    found = backup_reading.check(paths[0])
    if not backups.told_of(lab.db, found.digest):
        raise BadInputError(
            "{name} was not made by this lab, or was changed since",
            hint="Only a file whose hash is in the event log is restored.",
            name=found.name,
        )
    return paths[0], found


def differences(lab: Lab, name: str) -> list[Difference]:
    """What a backup has otherwise than its cluster has now, kind by kind."""
    path, backup = find_backup(lab, name)
    with backup_reading.opened(path, backup.digest) as then:
        return compare(lab.db, then, backup.cluster)


def compare(now: Database, then: Database, cluster: str) -> list[Difference]:
    new, old = _state(now, cluster), _state(then, cluster)
    return [
        Difference(
            kind=key[0],
            where=key[1],
            what=key[2],
            then=old.get(key, ""),
            now=new.get(key, ""),
        )
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]


def check_can_run(lab: Lab, cluster: str, now: datetime) -> None:
    """A `RuleError` unless every node is there and its part of the work is up."""
    nodes = [node for node in parties.nodes(lab.db, cluster) if node.fqdn]
    if not any(node.kind is PartyKind.UCM for node in nodes):
        raise RuleError(
            "{cluster} has no Unified CM node of its own, so it has no backups",
            hint="Only clusters that the lab runs itself are backed up.",
            cluster=cluster,
        )
    for node in nodes:
        check_online(node)
        for need in BACKUP_NEEDS:
            service = services.get(lab.db, node.id, need.service)
            if service:
                _check_service(lab, node, service, need.purpose, now)


def _check_service(
    lab: Lab, node: Party, service: Service, purpose: str, now: datetime
) -> None:
    if not is_up(service, now):
        raise RuleError(
            "{service} on {node} is not up",
            hint="Start it, wait until it has started, and try again.",
            service=service.name,
            node=node.name,
        )
    presented = services.loaded(lab.db, service.id).get(purpose)
    if presented is None:
        return
    judged = certificates.effective(lab.db, presented)
    # The two services verify each other: facts §7, D1.
    if judged.end < now or judged.chain is not Chain.COMPLETE:
        raise RuleError(
            "{service} on {node} presents a {purpose} certificate that no node takes: "
            "it was good until {end}, its chain is {chain}",
            hint="Renew {purpose} there, and restart {service}.",
            service=service.name,
            node=node.name,
            purpose=purpose,
            end=utc_text(judged.end),
            chain=judged.chain.value,
        )


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def _vouched(lab: Lab, path: Path) -> Backup:
    found = backup_reading.look(path)
    if found.problem or backups.told_of(lab.db, found.digest):
        return found
    return Backup(
        name=found.name,
        size=found.size,
        problem="{name} was not made by this lab, or was changed since",
        evidence=(("name", found.name),),
    )


def _state(db: Database, cluster: str) -> _State:
    return {each[:4]: each[4] for each in _facts(db, cluster)}


def _facts(db: Database, cluster: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Each fact that a restore would bring back: kind, where, what, id, as text."""
    nodes = parties.nodes(db, cluster)
    names = {node.id: node.name for node in nodes}
    held = sorted(restoring.held(db, cluster))
    known = certificates.many(db, {sha256 for *_, sha256 in held})
    for party, usage, name, sha256 in held:
        found = known[sha256]
        called = found.common_name or found.subject
        until = utc_text(found.not_after)
        if usage == "identity":
            text = f"{called}, until {until}, serial {found.serial}"
            yield "identity", names[party], name, "", text
        else:
            text = f"until {until}, serial {found.serial}"
            yield "trust", f"{name} on {names[party]}", called, sha256, text
    for party, purpose, made_at in requests.pending(db):
        if party in names:
            row = requests.get(db, party, purpose)
            mark = row[1] if row else ""
            yield "request", names[party], purpose, mark, f"made {utc_text(made_at)}"
    for name, value in sorted(restoring.parameters(db, cluster).items()):
        yield "parameter", cluster, name, "", value
    for name, value in sorted(restoring.revocation(db, cluster).items()):
        yield "parameter", cluster, f"revocation {name}", "", value[1:] or "off"
    mixed = parties.cluster(db, cluster).mixed_mode
    yield "parameter", cluster, "security mode", "", _MIXED[mixed]
    for kind, key in sorted(oauth.of_cluster(db, cluster).items()):
        yield "OAuth key", cluster, kind, "", f"checksum {key.key[:16]}"
    for node in nodes:
        for service in services.of_party(db, node.id):
            state = "activated" if service.activated else "deactivated"
            if service.activated and not service.running:
                state = "stopped"
            yield "service", node.name, service.name, "", state
        if mixed and (ctl := trust_lists.latest(db, node.id, "CTL")):
            text = f"written {utc_text(ctl.built_at)}"
            yield "trust list", node.name, "CTL", "", text
