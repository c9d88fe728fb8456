"""Work is shared with processes, whose loss nobody notices."""

import os
import signal
import sys
from operator import methodcaller
from pathlib import Path

import pytest

from lab.actions.helpers import Helpers, helpers

TWENTY = [(number, [number] * number) for number in range(20)]


def process_of(_):
    """A function that helpers know: where it is done."""
    return os.getpid()


def children():
    """The processes that this one has begun and not yet waited for."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


@pytest.fixture
def two():
    shared = Helpers(2)
    yield shared
    shared.close()


def test_answers_come_in_the_order_of_the_calls(two):
    assert list(two.each(len, TWENTY)) == [(number, number) for number in range(20)]


def test_few_calls_are_done_here(two):
    before = children()

    found = [each for _, each in two.each(process_of, TWENTY[:4])]

    assert set(found) == {os.getpid()}
    assert children() == before


def test_many_calls_are_shared_and_the_helpers_end_with_the_work(two):
    before = children()

    found = [each for _, each in two.each(methodcaller("count", 3), TWENTY)]
    working = children() - before
    two.close()

    assert found == [0, 0, 0, 3] + [0] * 16
    assert len(working) == 2
    assert children() == before


def test_one_processor_is_not_shared():
    alone = Helpers(1)
    before = children()

    assert len(list(alone.each(len, TWENTY))) == 20
    assert children() == before


def test_what_lost_helpers_had_to_do_is_done_here(two):
    before = children()
    answers = two.each(len, TWENTY)
    for _ in range(5):
        next(answers)

    for helper in children() - before:
        os.kill(helper, signal.SIGKILL)

    assert [number for number, _ in answers] == list(range(5, 20))


def test_without_processes_all_is_done_here(two, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert len(list(two.each(len, TWENTY))) == 20


def test_a_mistake_of_the_program_is_raised_here(two, capfd):
    with pytest.raises(TypeError):
        list(two.each(abs, [*((number, number) for number in range(9)), (9, "text")]))


def test_helpers_end_when_the_body_fails(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    before = children()

    with pytest.raises(ZeroDivisionError), helpers() as shared:  # noqa: PT012  # the body fails late
        list(shared.each(len, TWENTY))
        assert len(children() - before) == 2
        raise ZeroDivisionError

    assert children() == before


def test_a_helper_is_told_no_passphrase(two, monkeypatch):
    monkeypatch.setenv("LAB_KEY_PASSPHRASE", "secret of this test")
    before = children()

    list(two.each(len, TWENTY))

    for helper in children() - before:
        assert (
            b"secret of this test" not in Path(f"/proc/{helper}/environ").read_bytes()
        )
