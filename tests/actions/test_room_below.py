"""How many authorities may stand below another one, counted from the roots down."""

from math import inf

import pytest

from lab.actions.judge import add_certificate
from lab.actions.room_below import room_below
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_issuing, build_root
from lab.pki.keys import make_key
from lab.pki.reading import read_certificate
from lab.store.database import immediate

NAMES = ("Root", "A", "B", "C")


@pytest.fixture(scope="module")
def keys():
    return {name: make_key(KeySpec(type="EC", size=256)) for name in NAMES}


@pytest.fixture
def make(lab, keys, later):
    """Make an authority below another one, as the lab would read it."""
    now = lab.clock.now()
    dates = {"not_before": now, "not_after": later(lab, days=99).clock.now()}

    def build(name, issuer=None, path_length=None):
        fields = SubjectFields(common_name=name)
        if issuer is None:
            der = build_root(
                subject=fields, key=keys[name], path_length=path_length, **dates
            )
        else:
            der = build_issuing(
                subject=fields,
                public_key=keys[name].public_key(),
                issuer_certificate=issuer.der,
                issuer_key=keys[issuer.common_name],
                path_length=path_length,
                **dates,
            )
        certificate = read_certificate(der)
        with immediate(lab.db):
            add_certificate(lab.db, certificate)
        return certificate

    return build


def test_without_any_path_length_there_is_no_end(lab, make):
    lowest = make("A", make("Root"))

    assert room_below(lab, lowest.sha256) == inf


@pytest.mark.parametrize(
    ("lengths", "room"),
    [
        ((0,), 0),
        ((2,), 2),
        ((2, None), 1),
        ((2, None, None), 0),
        ((1, None, None), -1),
        ((None, 1, 1), 0),
        ((None, 0), 0),
        ((3, 1, None, None), -1),
        ((3, 5, 5, 5), 0),
    ],
)
def test_each_step_down_takes_one_off_what_is_allowed_above(lab, make, lengths, room):
    above = None
    for name, length in zip(NAMES, lengths, strict=False):
        above = make(name, above, length)

    assert room_below(lab, above.sha256) == room


def test_of_several_ways_up_the_one_with_the_most_room_counts(lab, make):
    narrow, wide = make("Root", path_length=0), make("B", path_length=4)
    make("A", narrow)
    crossed = make("A", wide)
    lowest = make("C", crossed)

    assert room_below(lab, lowest.sha256) == 2


def test_authorities_that_certify_each_other_come_to_an_end(lab, make):
    a = make("A", path_length=3)
    b = make("B", a)
    crossed = make("A", b)

    assert room_below(lab, b.sha256) == 2
    assert room_below(lab, crossed.sha256) == 1
