"""Each case judged by the lab, by OpenSSL and by cryptography, as the case has it."""

import json
import sys
from collections import defaultdict
from inspect import isfunction
from subprocess import run

import pytest

from lab.rules.path_rules import Fault
from tests.explain_cases import ROWS, TOPICS, asking
from tests.trust.hand_made import needs_openssl_3_0

each_case = pytest.mark.parametrize(
    "row", ROWS.values(), ids=[f"{row.topic}-{row.name}" for row in ROWS.values()]
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the files lie that openssl reads."""
    return tmp_path_factory.mktemp("cases")


@each_case
def test_the_lab_gives_the_right_verdict_and_reason(row):
    verdict = asking.by_lab(row)

    words = " / ".join(map(str, verdict.findings))
    assert (verdict.accepted, verdict.fault) == (row.fault is None, row.fault), words


@needs_openssl_3_0
@each_case
def test_openssl_says_what_is_written_of_it(row, folder):
    said, words = asking.by_openssl(row, folder)

    assert said == row.expected("openssl"), words


@each_case
def test_cryptography_says_what_is_written_of_it(row):
    said, words = asking.by_cryptography(row)

    assert said == row.expected("cryptography"), words


def test_the_command_judges_all_cases_in_one_go():
    lines = "\n".join(json.dumps(row.as_line()) for row in ROWS.values())

    done = run(
        [sys.executable, "-m", "lab", "explain", "--batch"],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    answers = map(json.loads, done.stdout.splitlines())
    assert [(answer["verdict"], answer["reason"]) for answer in answers] == [
        (row.verdict, row.fault or "") for row in ROWS.values()
    ]


def test_there_are_hundreds_of_cases_and_no_question_comes_twice():
    asked = defaultdict(list)
    for row in ROWS.values():
        asked[json.dumps(row.as_line())].append(row.name)

    assert len(asked) > 600
    assert [names for names in asked.values() if len(names) > 1] == []


def test_every_case_draws_its_chain():
    assert [row.name for row in ROWS.values() if "->" not in row.drawing] == []


def test_no_case_is_left_out():
    written = [
        name
        for topic in TOPICS
        for name, value in vars(topic).items()
        if isfunction(value) and value.__module__ == topic.__name__
        if not name.startswith("_") and value.__doc__
    ]

    assert sorted(written) == sorted(ROWS)


def test_every_fault_decides_some_case():
    assert {row.fault for row in ROWS.values()} == {None, *Fault}
