"""Make a cluster as a backup has it; what is outside of it stays as it is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from lab.actions.backups import check_can_run, compare, find_backup
from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed, record
from lab.actions.judge import add_certificates
from lab.actions.key_ring import keep_key
from lab.actions.phone_lists import rebuild_lists
from lab.actions.register_phones import settle
from lab.actions.reset_phones import reset_phones
from lab.actions.running_services import load_certificates
from lab.actions.trial import Broken, trial, what_breaks
from lab.clock import FrozenClock, utc_text
from lab.effects import Follows
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Backup, Difference, KeySpec
from lab.pki.reading import read_certificate
from lab.rules.services import STARTS
from lab.store import (
    backup_reading,
    certificates,
    jobs,
    keys,
    oauth,
    parties,
    phones,
    restoring,
    services,
    settings,
)
from lab.store.phones import PhoneRow


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore has changed, and when its services will be up."""

    backup: Backup
    differences: tuple[Difference, ...]
    ready_at: datetime


def restore_backup(lab: Lab, name: str) -> Restored:
    """Bring back everything that `lab.rules.backups.RESTORED` says, in one event.

    `name` is that of a file in the backup folder, or a path. All services start and
    load what is stored; once they are up, phones are reset. Raises `RuleError` for a
    backup of other nodes or other seals, and what `find_backup` raises.
    Source: spec S31, facts §1.8.
    """
    path, backup = find_backup(lab, name)
    with deed(lab) as now, backup_reading.opened(path, backup.digest) as then:
        parties.cluster(lab.db, backup.cluster)
        check_can_run(lab, backup.cluster, now)
        _check_same_nodes(lab, then, backup)
        found = compare(lab.db, then, backup.cluster)
        planned = restoring.planned(lab.db, backup.cluster)
        _bring_back(lab, then, backup.cluster, now)
        _plan_anew(lab, then, backup, now)
        ready_at = _start_services(lab, backup.cluster, now)
        for job in planned:  # last, so that no new one gets the number of an old one
            jobs.finish(lab.db, job)
        detail = f"{backup.name}, of {utc_text(backup.at or now)}"
        detail += f", {len(found)} differences"
        record(lab, now, "backup.restored", backup.cluster, detail)
    return Restored(backup=backup, differences=tuple(found), ready_at=ready_at)


def finish_restore(lab: Lab, about: str) -> None:
    """The moment all services are up again: phones start anew too, as they can."""
    with deed(lab) as now:
        rebuild_lists(lab, about, now)
        record(lab, now, "cluster.ready", about)
        if phones.count(lab.db, about)[1]:
            reset_phones(lab, about)


def what_restoring_breaks(lab: Lab, name: str) -> Broken:
    """What would no longer work."""
    return what_breaks(lab, lambda trying: restore_backup(trying, name))


def phones_to_unlock(lab: Lab, name: str) -> list[str]:
    """Phones that a restore leaves outside, and that only somebody at them brings back.

    It is tried out: a reset does not help them, but taking their lists away does.
    """
    with trial(lab):
        done = restore_backup(lab, name)
        cluster, at = done.backup.cluster, done.ready_at
        finish_restore(replace(lab, clock=FrozenClock(at)), cluster)
        lost = [row for row in _unregistered(lab, cluster) if row.itl or row.ctl]
        for row in lost:
            phones.forget_lists(lab.db, row.party)
        names = [row.name for row in lost]
        again = phones.rows(lab.db, cluster, devices=names) if names else []
        settle(lab, cluster, again, now=at, by_reset=True)
        still = {row.name for row in _unregistered(lab, cluster)}
        return [name for name in names if name not in still]


def _unregistered(lab: Lab, cluster: str) -> list[PhoneRow]:
    return [row for row in phones.rows(lab.db, cluster) if not row.registered]


def _check_same_nodes(lab: Lab, then: Database, backup: Backup) -> None:
    new = restoring.nodes_of(lab.db, backup.cluster)
    old = restoring.nodes_of(then, backup.cluster)
    if new != old:
        raise RuleError(
            "{name} is of the nodes {old}; {cluster} has {new}",
            hint="Make a new backup: one from before a node was added is of no use.",
            name=backup.name,
            old=", ".join(old),
            new=", ".join(new),
            cluster=backup.cluster,
        )


def _bring_back(lab: Lab, then: Database, cluster: str, now: datetime) -> None:
    _add_certificates(lab, then, cluster)
    before = restoring.held(lab.db, cluster)
    newer = _bring_keys(lab, then, cluster)
    restoring.bring_back(lab.db, then, cluster, now)
    # The machines that had these are overwritten.
    restoring.drop_keys(lab.db, newer)
    oauth.drop_unused(lab.db)
    for *_, sha256 in before ^ restoring.held(lab.db, cluster):
        lab.touch(sha256)


def _add_certificates(lab: Lab, then: Database, cluster: str) -> None:
    named = restoring.named(then, cluster)
    missing = named - certificates.many(lab.db, named).keys()
    found = [read_certificate(der) for der in restoring.ders(then, missing)]
    for sha256 in add_certificates(lab.db, found):
        lab.touch(sha256)


def _bring_keys(lab: Lab, then: Database, cluster: str) -> set[str]:
    """Keep the keys that only the backup has; return those that it does not have."""
    old = restoring.own_keys(then, cluster)
    for key in old.values():
        if keys.known(lab.db, key.id):
            continue
        spec = KeySpec(type=key.type, size=key.size)
        if not key.sealed:
            keep_key(lab, key.id, spec, key.material)
            continue
        if settings.get(then, "key_salt") != settings.get(lab.db, "key_salt"):
            raise RuleError(
                "the keys of this backup are sealed with another passphrase",
                hint="Restore it into the lab that it was made of.",
            )
        keys.add(lab.db, key.id, spec, key.material, sealed=True)
    return {
        name
        for name in restoring.own_keys(lab.db, cluster)
        if name not in old and not keys.known(then, name)
    }


def _plan_anew(lab: Lab, then: Database, backup: Backup, now: datetime) -> None:
    """What was still to come is as far away now as it was from the backup."""
    for job in restoring.planned(then, backup.cluster):
        if job.kind in ("finish_start", "finish_restore"):
            continue  # everything starts now
        left = max(job.due_at - (backup.at or now), timedelta())
        jobs.schedule(lab.db, job.kind, due_at=now + left, about=job.about)


def _start_services(lab: Lab, cluster: str, now: datetime) -> datetime:
    """Every service that ran starts, and loads what is stored; say when all are up."""
    ready_at = now
    for node in parties.nodes(lab.db, cluster):
        for service in services.of_party(lab.db, node.id):
            if service.running:
                ready = now + timedelta(seconds=STARTS[service.name].seconds)
                services.mark_started(lab.db, service.id, ready)
                load_certificates(lab, node, service)
                ready_at = max(ready_at, ready)
    # This is done by it; and what there is now, the backup has.
    for kind in (Follows.RESTART, Follows.TFTP, Follows.BACKUP):
        close_tasks(lab, cluster, kind, now=now, how="restored")
    rebuild_lists(lab, cluster, now)
    # Nobody is registered while Cisco CallManager starts.
    settle(lab, cluster, phones.rows(lab.db, cluster), now=now, by_reset=False)
    jobs.schedule(lab.db, "finish_restore", due_at=ready_at, about=cluster)
    return ready_at
