"""A set of digests that forgets nothing while it is asked, and all afterwards."""

import sqlite3

import pytest

from lab.store.digests import digests


def digest(number):
    return f"{number:064x}"


def test_each_digest_is_met_for_the_first_time_once():
    with digests() as met:
        first = met.add([digest(1), digest(2), digest(1)])
        second = met.add([digest(2), digest(3)])

    assert first == [True, True, False]
    assert second == [False, True]


def test_many_are_remembered():
    with digests() as met:
        met.add([digest(number) for number in range(50_000)])

        assert met.add([digest(number) for number in range(0, 60_000, 10_000)]) == [
            False, False, False, False, False, True,
        ]  # fmt: skip


def test_afterwards_there_is_nothing_to_ask():
    with digests() as met:
        met.add([digest(1)])

    with pytest.raises(sqlite3.ProgrammingError):
        met.add([digest(1)])
