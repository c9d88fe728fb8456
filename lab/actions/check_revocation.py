"""Ask whether certificates are revoked, as the cluster does, and keep the evidence."""

from collections.abc import Sequence
from time import monotonic

from lab.actions.deed import deed
from lab.actions.keep_check import BY_HAND, keep_checks, keep_waiting
from lab.actions.revocation_round import AT_ONCE, Round, check_asks
from lab.clock import utc_text
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Check
from lab.store import certificates, parties, revocation_checks

ROUND_SECONDS = 5.0


def check(
    lab: Lab, cluster: str, sha256: str, *, cause: str = BY_HAND, client: str = ""
) -> Check:
    """Ask for this certificate now, judge by the answer, and keep what came back.

    `cause` is as in `Check`, `client` the one that asks live. Never called within a
    deed: while the network is asked nobody waits to write. Raises `NotFoundError` for
    what is not there, `RuleError` when the cluster asks nobody and for what nobody can
    revoke. Source: facts §5.
    """
    row = certificates.get(lab.db, sha256)
    turn = Round(lab, cluster)
    if not row.expired(lab.clock.now()):
        if row.self_signed:
            raise RuleError(
                "{subject} signed itself until {end}; nobody can revoke it",
                hint="Delete it where it is trusted, or regenerate it.",
                subject=row.subject,
                end=utc_text(row.not_after),
            )
        check_asks(lab, turn.cluster)
    return keep_checks(lab, turn.judge(row, cause, client))[-1]


def check_all(lab: Lab, cluster: str, *, seconds: float = ROUND_SECONDS) -> list[Check]:
    """Check what the schedule would, at once and by hand, as far as the time goes.

    What is not reached within `seconds` waits for the next round.
    """
    with deed(lab) as now:
        home = parties.cluster(lab.db, cluster).name
        check_asks(lab, home)
        revocation_checks.want_of_nodes(lab.db, home, BY_HAND, at=now)
    return run_checks(lab, cluster=home, seconds=seconds)


def run_checks(
    lab: Lab, *, cause: str = "", cluster: str = "", seconds: float = ROUND_SECONDS
) -> list[Check]:
    """Do the checks that uploads and the schedule have asked for; never in a deed.

    With `cause` or `cluster` only those. After `seconds` no further ones are begun,
    and the rest waits for the next call. Returns what was found out.
    """
    until = monotonic() + seconds
    found: list[Check] = []
    waiting = revocation_checks.wanted(lab.db, cause)
    for home in dict.fromkeys(row[0] for row in waiting if cluster in ("", row[0])):
        turn = Round(lab, home)
        own = [row for row in waiting if row[0] == home]
        for start in range(0, len(own), AT_ONCE):
            if monotonic() >= until:
                return found
            found += _check_some(lab, turn, own[start : start + AT_ONCE])
    return found


def _check_some(
    lab: Lab, turn: Round, waiting: Sequence[tuple[str, str, str, str]]
) -> list[Check]:
    """Ask for these side by side, and keep what each has come to."""
    rows = certificates.many(lab.db, (sha256 for _, sha256, _, _ in waiting))
    turn.ask_ahead(list(rows.values()))
    found: list[Check] = []
    for home, sha256, why, since in waiting:
        checks = turn.judge(rows[sha256], why)
        found += keep_waiting(lab, checks, home, sha256, since)
    return found
