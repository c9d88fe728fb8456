"""Every fault, asked about in every way, judged by every policy: really run."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime

from lab.actions.ask_revocation import Asked, Question, ask, urls_of
from lab.actions.faults import VARIABLE, faults_of_environment
from lab.errors import BadInputError, RuleError
from lab.lab import Lab
from lab.laboratory.scratch import Scratch, Subject, scratch_lab
from lab.models import Step
from lab.rules.faults import FAULTS, METHODS, POLICIES, RULINGS, Verdict, verdict_for
from lab.rules.sources import Source

CLIENT_SECONDS = 10.0  # for one answer, of a fault that is not about time
HURRIED_SECONDS = 0.7  # of one that is: well below what the server is late by
_AT_ONCE = 8
_SHOWN = 80
_SAID = ("the answer:", "serial number")  # how the steps begin that say the status

Progress = Callable[[int, int], None]  # runs done, runs in all


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one policy makes of one fault, asked about in one way."""

    fault: str
    method: str
    policy: str
    applies: bool  # something that was asked could have the fault
    status: str
    connects: bool
    verdict: Verdict
    reason: Step  # what decided, as the client saw it
    why: str  # what the policy makes of it
    source: Source
    asked: Asked  # the question, the answer, and every step

    @property
    def colour(self) -> str:
        return self.verdict.colour


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All cells, in the order of the tables: fault, method, policy."""

    at: datetime  # lab time
    cells: tuple[Cell, ...]

    def cell(self, fault: str, method: str, policy: str) -> Cell:
        """KeyError when it was not run."""
        for each in self.cells:
            if (each.fault, each.method, each.policy) == (fault, method, policy):
                return each
        raise KeyError((fault, method, policy))


def run_matrix(
    lab: Lab,
    *,
    faults: Iterable[str] | None = None,
    methods: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Matrix:
    """Run every fault with every method once over HTTP, and judge it by each policy.

    A server of its own answers, from a lab of its own at the time of this one, which
    stays as it is. A certificate that is good in truth is asked about. Raises
    `BadInputError` for a fault or a method that there is not, and `RuleError` when
    `LAB_FAULTS` would be at work in every cell.
    """
    rows = _chosen(faults, FAULTS, "fault")
    columns = _chosen(methods, METHODS, "method")
    _check_environment()
    runs = [(fault, method) for fault in rows for method in columns]
    # The ones that wait for time to pass begin first.
    order = sorted(runs, key=lambda run: run[0] != "slow")
    found: dict[tuple[str, str], Asked] = {}
    now = lab.clock.now()
    with scratch_lab(now, rows) as scratch, ThreadPoolExecutor(_AT_ONCE) as threads:
        waiting = {threads.submit(_run, scratch, *run): run for run in order}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            if progress:
                progress(len(found), len(runs))
    cells = (cell for run in runs for cell in _cells(*run, found[run]))
    return Matrix(at=now, cells=tuple(cells))


def replay(lab: Lab, fault: str, method: str) -> Matrix:
    """Run one fault with one method again, and judge it by each policy."""
    return run_matrix(lab, faults=[fault], methods=[method])


def question_for(
    scratch: Scratch, subject: Subject, fault: str, method: str
) -> Question:
    """What a client asks that finds the addresses in the certificate."""
    urls = urls_of(subject.certificate)
    own = scratch.base_url
    if fault == "down":
        own = scratch.nobody
    return Question(
        certificate=subject.certificate,
        issuer=subject.issuer,
        methods=METHODS[method].channels,
        ocsp_urls=tuple(url.replace(scratch.base_url, own) for url in urls.ocsp),
        crl_urls=tuple(url.replace(scratch.base_url, own) for url in urls.crl),
        own=own,
    )


def _run(scratch: Scratch, fault: str, method: str) -> Asked:
    question = question_for(scratch, scratch.subjects[fault], fault, method)
    seconds = HURRIED_SECONDS if fault == "slow" else CLIENT_SECONDS
    return ask(question, now=scratch.at, seconds=seconds)


def _cells(fault: str, method: str, asked: Asked) -> Iterator[Cell]:
    applies = bool({*FAULTS[fault].channels} & {*METHODS[method].channels})
    for policy in POLICIES:
        ruling = RULINGS[policy, asked.status]
        yield Cell(
            fault=fault,
            method=method,
            policy=policy,
            applies=applies,
            status=asked.status,
            connects=ruling.connects,
            verdict=verdict_for(policy, asked.status),
            reason=_decisive(asked),
            why=ruling.why,
            source=ruling.source,
            asked=asked,
        )


def _decisive(asked: Asked) -> Step:
    """What was said last, when it was believed; else the first thing that was wrong."""
    if asked.status in ("unusable", "unreachable"):
        return next(step for step in asked.steps if not step.is_fine)
    said = [step for step in asked.steps if step.template.startswith(_SAID)]
    return said[-1] if said else asked.steps[-1]


def _chosen(wanted: Iterable[str] | None, known: Iterable[str], kind: str) -> list[str]:
    names = list(known)
    chosen = names if wanted is None else list(wanted)
    for name in chosen:
        if name not in names:
            raise BadInputError(
                "the matrix has no {kind} {name}",
                hint="Choose from: {known}.",
                kind=kind,
                name=repr(str(name)[:_SHOWN]),
                known=", ".join(names),
            )
    return [name for name in names if name in chosen]


def _check_environment() -> None:
    for fault in faults_of_environment():
        if not fault.target:
            raise RuleError(
                "{variable} sets {fault} for everything, which would be in every cell",
                hint="Run the matrix without it.",
                variable=VARIABLE,
                fault=fault.fault,
            )
