"""Do what has come due, each thing at the moment it was due."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from lab.actions.deed import deed
from lab.actions.identities import install_missed_identity
from lab.actions.issue_ocsp_signer import issue_ocsp_signer
from lab.actions.oauth_keys import copy_oauth_key
from lab.actions.plan_checks import want_checks, want_link_checks
from lab.actions.planned_backup import make_planned_backup
from lab.actions.publish_crl import publish_delta, publish_regular_crl
from lab.actions.reset_phones import reset_phones
from lab.actions.restore_backup import finish_restore
from lab.actions.running_services import finish_start
from lab.actions.sync_subject import sync_subject, take_from_trust
from lab.clock import FrozenClock
from lab.errors import BusyError, LabError
from lab.lab import Lab
from lab.store import jobs


def run_due(lab: Lab) -> int:
    """Run every job due by the lab's now, oldest first; say how many.

    A job sees the moment it was due, not the moment someone looked: turning the
    clock by a month leaves the same events as waiting a month. A job that is refused
    stays due and keeps none of the others waiting; its refusal is raised at the end.
    """
    done = 0
    refused: dict[int, LabError] = {}
    # Looked at without the write lock first: on most calls nothing is due.
    while jobs.next_due(lab.db, lab.clock.now(), but_not=refused):
        job = None
        try:
            with deed(lab) as now:
                job = jobs.next_due(lab.db, now, but_not=refused)
                if job is None:  # somebody else was quicker
                    break
                jobs.finish(lab.db, job)
                then = replace(lab, clock=FrozenClock(job.due_at), actor="schedule")
                HANDLERS[job.kind](then, job.about)
                done += 1
        except BusyError:
            raise
        except LabError as refusal:
            if job is None:
                raise
            refused[job.id] = refusal
    if refused:
        raise next(iter(refused.values()))
    return done


HANDLERS: Mapping[str, Callable[[Lab, str], object]] = MappingProxyType(
    {
        "sync_subject": sync_subject,
        "take_from_trust": take_from_trust,
        "copy_oauth_key": copy_oauth_key,
        "publish_crl": publish_regular_crl,
        "publish_delta": publish_delta,
        "issue_ocsp_signer": issue_ocsp_signer,
        "install_identity": install_missed_identity,
        "finish_start": finish_start,
        "finish_restore": finish_restore,
        "reset_phones": reset_phones,
        "make_backup": make_planned_backup,
        "want_checks": want_checks,
        "want_link_checks": want_link_checks,
    }
)
