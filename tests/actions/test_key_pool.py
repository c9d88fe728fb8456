from collections import Counter

import pytest

from lab.actions.key_pool import key_pool
from lab.errors import BadInputError
from lab.models import KeySpec
from lab.pki.keys import key_id, spec_of

P256, P384 = KeySpec(type="EC", size=256), KeySpec(type="EC", size=384)


def test_it_hands_out_keys_of_the_kind_that_is_asked_for():
    with key_pool(Counter({P256: 2, P384: 1})) as make_key:
        made = [make_key(P384), make_key(P256), make_key(P256)]

    assert [spec_of(key) for key in made] == [P384, P256, P256]


def test_no_key_is_handed_out_twice_even_when_more_are_asked_for():
    with key_pool(Counter({P256: 3})) as make_key:
        made = {key_id(make_key(P256).public_key()) for _ in range(5)}

    assert len(made) == 5


def test_all_keys_are_there_before_the_body_begins():
    told = []

    with key_pool(
        Counter({P256: 3, P384: 1}), lambda done, total: told.append((done, total))
    ):
        before_the_body = list(told)

    assert before_the_body == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_empty_pool_makes_keys_on_demand():
    with key_pool(Counter()) as make_key:
        key = make_key(P256)

    assert spec_of(key) == P256


def test_a_kind_that_cannot_be_made_is_refused_before_the_body():
    with (
        pytest.raises(BadInputError, match="RSA 512 cannot be made"),
        key_pool(Counter({P256: 1, KeySpec(type="RSA", size=512): 1})),
    ):
        pytest.fail("the body must not run")
