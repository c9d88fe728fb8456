"""The end of the best remaining chain, against plain enumeration of all chains."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.models import Chain, Effective
from lab.trust.effective import Graph, Span, effective_ends

START = datetime(2030, 1, 1, tzinfo=UTC)
ANY = None  # nobody in particular verifies it


def day(number):
    return START + timedelta(days=number)


def span(end, **more):
    return Span(end=day(end), **more)


def root(end, **more):
    return span(end, self_signed=True, self_issued=True, **more)


def answer(name, spans, issuers, held=ANY):
    """What the search says of one certificate."""
    anchors = {name: None if held is None else frozenset(held)}
    return effective_ends(Graph(spans=spans, issuers=issuers), anchors)[name]


def test_a_leaf_ends_with_its_intermediate_when_that_ends_first():
    spans = {"root": root(100), "ca": span(10), "leaf": span(50)}

    found = answer("leaf", spans, {"leaf": ["ca"], "ca": ["root"]})

    assert found == Effective(end=day(10), limited_by="ca", chain=Chain.COMPLETE)


def test_a_leaf_ends_with_itself_when_its_chain_lasts_longer():
    spans = {"root": root(100), "ca": span(60), "leaf": span(50)}

    found = answer("leaf", spans, {"leaf": ["ca"], "ca": ["root"]})

    assert found == Effective(end=day(50), limited_by="leaf", chain=Chain.COMPLETE)


def test_an_expired_root_limits_all_below_it():
    spans = {"root": root(5), "ca": span(60), "leaf": span(50)}

    found = answer("leaf", spans, {"leaf": ["ca"], "ca": ["root"]})

    assert found == Effective(end=day(5), limited_by="root", chain=Chain.COMPLETE)


def test_of_two_cross_signed_chains_the_later_one_counts():
    spans = {
        "old root": root(10),
        "new root": root(80),
        "by old": span(90),
        "by new": span(40),
        "leaf": span(70),
    }
    issuers = {
        "leaf": ["by old", "by new"],
        "by old": ["old root"],
        "by new": ["new root"],
    }

    found = answer("leaf", spans, issuers)

    assert found == Effective(end=day(40), limited_by="by new", chain=Chain.COMPLETE)


def test_a_root_signed_by_an_older_root_goes_on_by_itself():
    spans = {"old root": root(10), "root": root(80), "leaf": span(70)}

    found = answer("leaf", spans, {"leaf": ["root"], "root": ["old root"]})

    assert found == Effective(end=day(70), limited_by="leaf", chain=Chain.COMPLETE)


def test_a_revoked_issuer_cuts_its_path_at_the_moment_of_revocation():
    spans = {
        "root": root(100),
        "revoked": span(-3),  # notAfter is later; the span ends when it was revoked
        "sound": span(30),
        "leaf": span(50),
    }
    issuers = {"leaf": ["revoked", "sound"], "revoked": ["root"], "sound": ["root"]}

    with_both = answer("leaf", spans, issuers)
    with_one = answer("leaf", spans, issuers | {"leaf": ["revoked"]})

    assert (with_both.end, with_both.limited_by) == (day(30), "sound")
    assert (with_one.end, with_one.limited_by) == (day(-3), "revoked")


def test_a_path_length_of_zero_allows_a_leaf_and_no_further_authority():
    spans = {
        "root": root(100),
        "ca": span(90, path_length=0),
        "too deep": span(80),
        "leaf": span(50),
        "other leaf": span(50),
    }
    issuers = {
        "ca": ["root"],
        "leaf": ["ca"],
        "too deep": ["ca"],
        "other leaf": ["too deep"],
    }

    allowed = answer("leaf", spans, issuers)
    refused = answer("other leaf", spans, issuers)

    assert allowed.chain is Chain.COMPLETE
    assert refused.chain is Chain.INCOMPLETE


def test_the_path_length_of_the_root_counts_too():
    spans = {"root": root(100, path_length=0), "ca": span(90), "leaf": span(50)}

    found = answer("leaf", spans, {"ca": ["root"], "leaf": ["ca"]})

    assert found.chain is Chain.INCOMPLETE


def test_a_self_issued_certificate_takes_nothing_off_the_path_length():
    spans = {
        "root": root(100, path_length=1),
        "new key": span(95, self_issued=True),
        "ca": span(90),
        "leaf": span(50),
    }
    issuers = {"new key": ["root"], "ca": ["new key"], "leaf": ["ca"]}

    exempt = answer("leaf", spans, issuers)
    counted = answer("leaf", spans | {"new key": span(95)}, issuers)

    assert exempt.chain is Chain.COMPLETE
    assert counted.chain is Chain.INCOMPLETE


def test_the_last_certificate_is_not_counted_even_when_it_is_an_authority():
    spans = {"root": root(100, path_length=0), "ca": span(90, path_length=0)}

    found = answer("ca", spans, {"ca": ["root"]})

    assert found == Effective(end=day(90), limited_by="ca", chain=Chain.COMPLETE)


def test_an_earlier_end_is_taken_when_only_that_path_may_be_long_enough():
    spans = {
        "late root": root(100, path_length=0),
        "early root": root(20),
        "ca": span(90),
        "leaf": span(50),
    }

    found = answer("leaf", spans, {"ca": ["late root", "early root"], "leaf": ["ca"]})

    assert found == Effective(
        end=day(20), limited_by="early root", chain=Chain.COMPLETE
    )


def test_only_roots_that_the_verifier_holds_count():
    spans = {"mine": root(40), "foreign": root(100), "ca": span(90), "leaf": span(80)}
    issuers = {"ca": ["mine", "foreign"], "leaf": ["ca"]}

    of_all = answer("leaf", spans, issuers)
    of_mine = answer("leaf", spans, issuers, held=["mine"])

    assert of_all.end == day(80)
    assert of_mine == Effective(end=day(40), limited_by="mine", chain=Chain.COMPLETE)


def test_an_intermediate_in_a_trust_store_is_no_anchor():
    spans = {"root": root(100), "ca": span(90), "leaf": span(80)}

    found = answer("leaf", spans, {"ca": ["root"], "leaf": ["ca"]}, held=["ca"])

    assert found.chain is Chain.UNTRUSTED


def test_a_chain_to_a_root_that_nobody_holds_is_untrusted():
    spans = {"root": root(100), "other": root(100), "ca": span(20), "leaf": span(80)}
    issuers = {"ca": ["root"], "leaf": ["ca"]}

    found = answer("leaf", spans, issuers, held=["other"])
    with_none = answer("leaf", spans, issuers, held=[])

    assert found == Effective(end=day(20), limited_by="ca", chain=Chain.UNTRUSTED)
    assert with_none == found


def test_a_chain_whose_issuer_is_missing_is_incomplete_and_followed_as_far_as_it_goes():
    spans = {"ca": span(20), "leaf": span(80)}

    found = answer("leaf", spans, {"leaf": ["ca"]})

    assert found == Effective(end=day(20), limited_by="ca", chain=Chain.INCOMPLETE)


def test_issuers_in_a_circle_are_incomplete_and_the_search_comes_to_an_end():
    spans = {"a": span(20), "b": span(30), "leaf": span(80)}

    found = answer("leaf", spans, {"leaf": ["a"], "a": ["b"], "b": ["a"]})

    assert found == Effective(end=day(80), limited_by="leaf", chain=Chain.INCOMPLETE)


def test_a_circle_below_a_root_does_no_harm():
    spans = {"root": root(90), "a": span(70), "b": span(60), "leaf": span(80)}
    issuers = {"leaf": ["a"], "a": ["b", "root"], "b": ["a", "root"]}

    found = answer("leaf", spans, issuers)

    assert found == Effective(end=day(70), limited_by="a", chain=Chain.COMPLETE)


def test_a_self_signed_leaf_is_its_own_anchor_where_it_is_trusted():
    spans = {"leaf": root(30, path_length=0), "other": root(90)}

    held = answer("leaf", spans, {}, held=["leaf"])
    elsewhere = answer("leaf", spans, {}, held=["other"])

    assert held == Effective(end=day(30), limited_by="leaf", chain=Chain.COMPLETE)
    assert elsewhere.chain is Chain.UNTRUSTED
    assert elsewhere.end == day(30)


def test_one_search_answers_for_verifiers_with_different_stores():
    spans = {"one": root(10), "two": root(20), "leaf": span(50), "other": span(50)}
    issuers = {"leaf": ["one", "two"], "other": ["one", "two"]}
    anchors = {"leaf": frozenset({"one"}), "other": frozenset({"two"})}

    found = effective_ends(Graph(spans=spans, issuers=issuers), anchors)

    assert {name: each.end for name, each in found.items()} == {
        "leaf": day(10),
        "other": day(20),
    }


def test_an_issuer_outside_the_graph_is_passed_over():
    found = answer("leaf", {"leaf": span(50)}, {"leaf": ["not here"]})

    assert found.chain is Chain.INCOMPLETE
    assert found.end == day(50)


# -- Plain enumeration ----------------------------------------------------------------


def paths_down_to(name, graph, starts):
    """Every simple path from one of these starts down to `name`, top first."""

    def upwards(path):
        if path[0] in starts:
            yield path
        for issuer in graph.issuers.get(path[0], ()):
            if issuer not in path:
                yield from upwards([issuer, *path])

    yield from upwards([name])


def keeps_path_lengths(path, spans):
    """RFC 5280 section 6.1.4 (l) and (m); the last certificate is not counted."""
    left = math.inf
    for number, name in enumerate(path[:-1]):
        if number and not spans[name].self_issued:
            if left <= 0:
                return False
            left -= 1
        if spans[name].path_length is not None:
            left = min(left, spans[name].path_length)
    return True


def enumerated(name, graph, held):
    """The chain's kind, its end, and every certificate that may be named as limit."""
    spans = graph.spans
    roots = {each for each in spans if spans[each].self_signed}
    tops = {each for each in spans if not graph.issuers.get(each)}
    trusted = roots if held is None else roots & held
    for starts, chain in (
        (trusted, Chain.COMPLETE),
        (roots, Chain.UNTRUSTED),
        (tops, Chain.INCOMPLETE),
    ):
        valid = [
            path
            for path in paths_down_to(name, graph, starts)
            if keeps_path_lengths(path, spans)
        ]
        if valid:
            end = max(min(spans[each].end for each in path) for path in valid)
            limits = {
                each
                for path in valid
                if min(spans[each].end for each in path) == end
                for each in path
                if spans[each].end == end
            }
            return chain, end, limits
    return Chain.INCOMPLETE, spans[name].end, {name}


@st.composite
def graphs(draw):
    """Up to six certificates that sign each other in any way, circles too."""
    names = "abcdef"[: draw(st.integers(1, 6))]
    spans = {}
    for name in names:
        kind = draw(st.sampled_from(("plain", "plain", "self-issued", "self-signed")))
        spans[name] = span(
            draw(st.integers(0, 5)),  # few ends, so that some are equal
            self_signed=kind == "self-signed",
            self_issued=kind != "plain",
            path_length=draw(st.sampled_from((None, None, 0, 1, 2))),
        )
    issuers = {
        name: draw(
            st.lists(st.sampled_from([n for n in names if n != name]), unique=True)
            if len(names) > 1
            else st.just([])
        )
        for name in names
    }
    anchors = {
        name: draw(st.none() | st.frozensets(st.sampled_from(names))) for name in names
    }
    return Graph(spans=spans, issuers=issuers), anchors


@settings(max_examples=250, deadline=None)
@given(graphs())
def test_the_answer_is_that_of_enumerating_every_chain(drawn):
    graph, anchors = drawn

    found = effective_ends(graph, anchors)

    assert set(found) == set(anchors)
    for name, held in anchors.items():
        chain, end, limits = enumerated(name, graph, held)
        assert (found[name].chain, found[name].end) == (chain, end)
        assert found[name].limited_by in limits


@settings(max_examples=60, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_the_rows(drawn, order):
    graph, anchors = drawn
    names = list(graph.spans)
    order.shuffle(names)
    shuffled = Graph(
        spans={name: graph.spans[name] for name in names},
        issuers={
            name: order.sample(graph.issuers[name], len(graph.issuers[name]))
            for name in names
        },
    )

    found = effective_ends(shuffled, {name: anchors[name] for name in names})

    assert found == effective_ends(graph, anchors)


@pytest.mark.parametrize("length", [1, 200, 5000])
def test_a_long_chain_is_followed_to_its_end(length):
    names = [f"ca {number}" for number in range(length)]
    spans = {"root": root(9)} | {name: span(10) for name in names}
    issuers = {
        child: [issuer] for child, issuer in zip(names, ["root", *names], strict=False)
    }

    found = answer(names[-1], spans, issuers)

    assert found == Effective(end=day(9), limited_by="root", chain=Chain.COMPLETE)
