"""The list finds, sorts and pages as plain Python would over the same rows."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.actions.revoke_certificate import revoke_certificate
from lab.errors import BadInputError
from lab.lab import open_lab
from lab.models import Condition, State, Usage
from lab.store import certificates, listing, parties, places, services
from lab.store.listing import COLUMNS, OPERATORS, SORTS, View

TESTS = {
    "begins_with": lambda value, text: value.lower().startswith(text.lower()),
    "contains": lambda value, text: text.lower() in value.lower(),
    "is_exactly": lambda value, text: value.lower() == text.lower(),
    "ends_with": lambda value, text: value.lower().endswith(text.lower()),
    "is_empty": lambda value, _: value == "",
    "is_not_empty": lambda value, _: value != "",
}


@pytest.fixture(scope="module")
def known(example_file, tmp_path_factory):
    """The example lab with one certificate revoked, another on hold; only read."""
    path = tmp_path_factory.mktemp("listing") / "lab.sqlite3"
    shutil.copy(example_file, path)
    lab = open_lab(path, actor="test")
    now = View(at=lab.clock.now())
    issued = [
        row
        for row in listing.find(lab.db, now, limit=1000, once=True)
        if row.issued_by == "Example Issuing CA" and row.state is State.FINE
    ]
    revoke_certificate(lab, issued[0].certificate, "keyCompromise")
    revoke_certificate(lab, issued[1].certificate, "certificateHold")
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def view(known):
    return View(at=known.clock.now())


@pytest.fixture(scope="module")
def everything(known, view):
    rows = listing.find(known.db, view, limit=1000)
    assert 200 < len(rows) < 1000
    return rows


@pytest.fixture(scope="module")
def values(known, everything):
    """What each column says of each place, worked out without the list's SQL."""
    found = certificates.many(known.db, {row.certificate for row in everything})
    slots = {}
    for row in everything:
        if row.usage is Usage.IDENTITY:
            slots[row.certificate] = slots.get(row.certificate, 0) + 1

    def of(row):
        certificate = found[row.certificate]
        limit = found.get(row.limited_by)
        several = row.usage is Usage.IDENTITY and slots[row.certificate] > 1
        return {
            "certificate": row.name,
            "common_name": certificate.common_name,
            "serial": certificate.serial,
            "usage": row.usage.value,
            "type": "Self-signed" if certificate.self_signed else "CA-signed",
            "key_type": f"{certificate.key_type} {certificate.key_size}",
            "distribution": row.party + (" Multi-server(SAN)" if several else ""),
            "holder": row.party,
            "cluster": row.cluster,
            "issued_by": certificate.issuer_common_name,
            "expiration": certificate.not_after.isoformat(),
            "effective_end": row.effective_end.isoformat(),
            "limited_by": (
                "" if row.limited_by == row.certificate else limit.common_name
            ),
            "state": row.state.value,
            "subject": certificate.subject,
            "names": "\n".join(certificate.alternative_names),
            "fingerprint": certificate.sha256,
            "description": row.description,
            "not_before": certificate.not_before.isoformat(),
        }

    return {row.place: of(row) for row in everything}


def where(column, operator, text=""):
    return Condition(column=column, operator=operator, text=text)


def places_of(rows):
    return [row.place for row in rows]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("column", COLUMNS)
def test_every_operator_on_every_column_finds_what_plain_python_finds(
    known, view, values, column, operator
):
    sample = sorted({row[column] for row in values.values()})[-1]
    texts = {sample, sample[:4], sample[-4:], sample[2:5].swapcase(), "nowhere"}

    for text in texts:
        found = listing.find(known.db, view, [where(column, operator, text)], limit=999)
        wanted = {
            place for place, row in values.items() if TESTS[operator](row[column], text)
        }

        assert set(places_of(found)) == wanted
        assert listing.count(known.db, view, [where(column, operator, text)]) == len(
            wanted
        )


def test_all_conditions_must_hold(known, view, values):
    both = [where("usage", "is_exactly", "trust"), where("holder", "ends_with", "sub1")]

    found = listing.find(known.db, view, both, limit=999)

    assert set(places_of(found)) == {
        place
        for place, row in values.items()
        if row["usage"] == "trust" and row["holder"].endswith("sub1")
    }
    assert found


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_in_any_order_are_sorted_and_hold_each_row_once(
    known, view, values, sort, descending
):
    pages = [
        listing.find(
            known.db, view, sort=sort, descending=descending, limit=37, offset=start
        )
        for start in range(0, len(values), 37)
    ]
    order = [place for page in pages for place in places_of(page)]

    def rank(place):
        value = values[place][sort]
        return list(State).index(value) if sort == "state" else value

    # Rows that are equal keep the order of their places, whichever way it goes.
    wanted = sorted(sorted(values), key=rank, reverse=descending)
    if descending:
        wanted = []
        for key in sorted({rank(place) for place in values}, reverse=True):
            wanted += sorted(place for place in values if rank(place) == key)
    assert order == wanted


@pytest.mark.parametrize("later_by", [0, 40, 800, 9000])
@pytest.mark.parametrize("state", State)
def test_a_search_for_a_state_finds_every_row_in_it(known, view, state, later_by):
    then = replace(view, at=view.at + timedelta(days=later_by))
    rows = listing.find(known.db, then, limit=1000)

    found = listing.find(known.db, then, states=[state], limit=1000)

    assert found == [row for row in rows if row.state is state]
    assert listing.count(known.db, then, states=[state]) == len(found)


@settings(max_examples=40, deadline=None)
@given(states=st.lists(st.sampled_from(list(State)), min_size=1, max_size=11))
def test_a_search_for_several_states_finds_every_row_in_one_of_them(
    known, view, everything, states
):
    found = listing.find(known.db, view, states=states, limit=1000)

    assert found == [row for row in everything if row.state in states]


@pytest.mark.parametrize("scope", ["", "built", "imported", "cluster", "nobody"])
@pytest.mark.parametrize("once", [False, True], ids=["places", "once"])
def test_a_scope_is_kept_and_counted(known, view, everything, scope, once):
    name = parties.clusters(known.db)[0].name if scope == "cluster" else scope
    scoped = replace(view, scope=name)

    found = listing.find(known.db, scoped, once=once, limit=1000)

    wanted = {
        row.place
        for row in everything
        if scope == ""
        or (scope == "cluster" and row.cluster == name)
        or (scope == "built" and row.how != "imported")
    }
    assert set(places_of(found)) <= wanted
    assert listing.count(known.db, scoped, once=once) == len(found)
    if once:
        assert len({row.certificate for row in found}) == len(found)
    else:
        assert set(places_of(found)) == wanted


def test_each_certificate_once_leaves_none_out(known, view, everything):
    found = listing.find(known.db, view, once=True, limit=1000)

    assert {row.certificate for row in found} == {row.certificate for row in everything}


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    text=st.text(
        st.one_of(st.sampled_from("%_'\"\\\0\r\n;-.x"), st.characters()), max_size=40
    ),
    operator=st.sampled_from(["begins_with", "contains", "is_exactly", "ends_with"]),
)
def test_a_hostile_text_stands_for_itself(known, view, values, text, operator):
    found = listing.find(known.db, view, [where("subject", operator, text)], limit=1000)

    if text.isascii():  # letters beyond ASCII keep their case
        wanted = {
            place
            for place, row in values.items()
            if TESTS[operator](row["subject"], text)
        }
        assert set(places_of(found)) == wanted


@pytest.mark.parametrize("text", ["x" * 10_000, "%" * 1001, "\U0001f512" * 50_000])
def test_a_text_too_long_to_find_is_refused(known, view, text):
    with pytest.raises(BadInputError, match="the most is 1000"):
        listing.find(known.db, view, [where("subject", "contains", text)])


@pytest.mark.parametrize("text", ["\ud800", "a\0b"])
def test_a_text_that_nothing_can_hold_finds_nothing(known, view, text):
    assert listing.find(known.db, view, [where("subject", "contains", text)]) == []


@pytest.mark.parametrize(
    ("column", "operator", "sort"),
    [
        ("c.serial; DROP TABLE places", "contains", "serial"),
        ("serial", "= '' OR 1=1 --", "serial"),
        ("serial", "contains", "(SELECT 1)"),
    ],
    ids=["column", "operator", "sort"],
)
def test_a_name_that_is_no_column_is_refused(known, view, column, operator, sort):
    with pytest.raises(BadInputError, match="there is no"):
        listing.find(known.db, view, [where(column, operator, "1")], sort=sort)


def test_a_page_never_has_more_than_a_thousand_rows(known, view, everything):
    found = listing.find(known.db, view, limit=10**9, offset=-5)

    assert found == everything


def test_rows_for_a_file_are_the_rows_of_the_list(known, view, everything):
    assert list(listing.every(known.db, view)) == everything
    assert list(listing.every(known.db, view, limit=7)) == everything[:7]


def test_a_page_of_the_list_is_read_off_an_index(known, view):
    seen = []
    known.db.conn.set_trace_callback(seen.append)
    listing.find(known.db, view)
    known.db.conn.set_trace_callback(None)
    [sql] = [each for each in seen if "LIMIT" in each]

    plan = [row[3] for row in known.db.execute(f"EXPLAIN QUERY PLAN {sql}")]

    assert any("COVERING INDEX certificates_effective_end" in step for step in plan)


def test_shared_certificates_are_those_in_several_slots(known, everything):
    sha256s = [row.certificate for row in everything]
    slots = [row.certificate for row in everything if row.usage is Usage.IDENTITY]

    found = places.shared(known.db, sha256s)

    assert found == {sha256 for sha256 in slots if slots.count(sha256) > 1}


def test_what_services_loaded_is_told_by_certificate(known, view):
    [waiting] = listing.find(known.db, view, states=[State.NOT_IN_USE])
    old = {row[4] for row in services.stale(known.db, waiting.cluster)}

    presented = [row for sha256 in old for row in services.loaded_by(known.db, sha256)]

    assert {(node, purpose) for _, node, _, purpose in presented} == {
        (waiting.party, waiting.name)
    }
