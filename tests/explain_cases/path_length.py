"""How many CAs may follow: RFC 5280 sections 4.2.1.9 and 6.1.4 (l) and (m)."""

from lab.rules.path_rules import Fault
from tests.explain_cases import keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, refused, refuses
from tests.explain_cases.reasons import NO_CA_FOR_A_LEAF

COUNTS_SELF_ISSUED = refuses(
    "it counts self-issued certificates too; RFC 5280 section 6.1.4 (l) does not"
)
A_MACHINE_WORD = refuses(
    "it cannot hold the number; RFC 5280 section 4.2.1.9: INTEGER (0..MAX)"
)


def at_most(number):
    return make.basic_constraints(path_length=number)


def _chain(*lengths, leaf=make.leaf):
    """A root and CAs below it, each with its path length, or None for no limit."""
    cas = [make.root("Root", at_most(lengths[0]))]
    for number, length in enumerate(lengths[1:], start=1):
        cas.append(make.ca(f"CA {number}", cas[-1], at_most(length)))
    return Case(leaf(cas[-1]), cas[:1], cas[1:])


@accepted()
def a_leaf_right_below_a_root_of_path_length_zero():
    """
    Root (trusted, pathlen 0) -> leaf
    """
    return _chain(0)


@refused(Fault.PATH_LENGTH)
def an_intermediate_below_a_root_of_path_length_zero():
    """
    Root (trusted, pathlen 0) -> CA 1 -> leaf
    """
    return _chain(0, None)


@accepted()
def one_intermediate_below_a_root_of_path_length_one():
    """
    Root (trusted, pathlen 1) -> CA 1 -> leaf
    """
    return _chain(1, None)


@refused(Fault.PATH_LENGTH)
def two_intermediates_below_a_root_of_path_length_one():
    """
    Root (trusted, pathlen 1) -> CA 1 -> CA 2 -> leaf
    """
    return _chain(1, None, None)


@accepted()
def a_leaf_right_below_an_intermediate_of_path_length_zero():
    """
    Root (trusted) -> CA 1 (pathlen 0) -> leaf
    """
    return _chain(None, 0)


@refused(Fault.PATH_LENGTH)
def an_intermediate_below_one_of_path_length_zero():
    """
    Root (trusted) -> CA 1 (pathlen 0) -> CA 2 -> leaf
    """
    return _chain(None, 0, None)


@accepted()
def an_intermediate_below_one_of_path_length_one():
    """
    Root (trusted) -> CA 1 (pathlen 1) -> CA 2 -> leaf
    """
    return _chain(None, 1, None)


@accepted()
def path_lengths_that_count_down():
    """
    Root (trusted, pathlen 2) -> CA 1 (pathlen 1) -> CA 2 (pathlen 0) -> leaf
    """
    return _chain(2, 1, 0)


@refused(Fault.PATH_LENGTH)
def a_longer_length_below_a_shorter_gives_nothing_back():
    """
    Root (trusted, pathlen 1) -> CA 1 (pathlen 9) -> CA 2 -> leaf
    """
    return _chain(1, 9, None)


@refused(Fault.PATH_LENGTH)
def a_shorter_length_below_a_longer_takes_away():
    """
    Root (trusted, pathlen 9) -> CA 1 (pathlen 0) -> CA 2 -> leaf
    """
    return _chain(9, 0, None)


@accepted()
def a_length_used_up_exactly_from_the_middle():
    """
    Root (trusted) -> CA 1 -> CA 2 (pathlen 1) -> CA 3 -> leaf
    """
    return _chain(None, None, 1, None)


@refused(Fault.PATH_LENGTH)
def a_trusted_intermediate_of_path_length_zero_with_a_ca_below():
    """
    (Root) -> CA 1 (trusted, pathlen 0) -> CA 2 -> leaf
    """
    first = make.ca("CA 1", make.root(), at_most(0))
    second = make.ca("CA 2", first)
    return Case(make.leaf(second), [first], [second])


@accepted()
def a_trusted_intermediate_above_which_a_length_is_exceeded():
    """
    (Root, pathlen 0) -> CA 1 (trusted) -> leaf
    """
    root = make.root("Root", at_most(0))
    issuing = make.ca("CA 1", root)
    return Case(make.leaf(issuing), [issuing], [root])


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_leaf_that_is_a_ca_is_still_no_intermediate():
    """
    Root (trusted, pathlen 0) -> leaf (CA:TRUE); RFC 5280 4.2.1.9: not counted
    """
    return _chain(0, leaf=lambda by: make.leaf(by, make.basic_constraints()))


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_path_length_of_the_leaf_itself():
    """
    Root (trusted) -> CA 1 -> leaf (CA:TRUE, pathlen 0)
    """
    return _chain(None, None, leaf=lambda by: make.leaf(by, at_most(0)))


@accepted(cryptography=COUNTS_SELF_ISSUED)
def a_self_issued_certificate_below_path_length_zero():
    """
    Root (trusted, pathlen 0) -> Root (new key, self-issued) -> leaf
    """
    old = make.root("Root", at_most(0))
    new = make.ca("Root", old, key=keys.elliptic("new"))
    return Case(make.leaf(new), [old], [new])


@accepted(cryptography=COUNTS_SELF_ISSUED)
def a_self_issued_intermediate_below_path_length_zero():
    """
    Root (trusted) -> CA 1 (pathlen 0) -> CA 1 (new key, self-issued) -> leaf
    """
    root = make.root()
    old = make.ca("CA 1", root, at_most(0))
    new = make.ca("CA 1", old, key=keys.elliptic("new"))
    return Case(make.leaf(new), [root], [old, new])


@refused(Fault.PATH_LENGTH)
def a_ca_below_a_self_issued_one_below_path_length_zero():
    """
    Root (trusted, pathlen 0) -> Root (new key, self-issued) -> CA 1 -> leaf
    """
    old = make.root("Root", at_most(0))
    new = make.ca("Root", old, key=keys.elliptic("new"))
    issuing = make.ca("CA 1", new)
    return Case(make.leaf(issuing), [old], [new, issuing])


@accepted(cryptography=COUNTS_SELF_ISSUED)
def a_self_issued_one_between_two_that_count():
    """
    Root (trusted, pathlen 1) -> CA 1 -> CA 1 (new key, self-issued) -> leaf
    """
    root = make.root("Root", at_most(1))
    old = make.ca("CA 1", root)
    new = make.ca("CA 1", old, key=keys.elliptic("new"))
    return Case(make.leaf(new), [root], [old, new])


@refused(Fault.PATH_LENGTH)
def a_length_of_the_self_issued_certificate_itself():
    """
    Root (trusted) -> Root (new key, self-issued, pathlen 0) -> CA 1 -> leaf
    """
    old = make.root()
    new = make.ca("Root", old, at_most(0), key=keys.elliptic("new"))
    issuing = make.ca("CA 1", new)
    return Case(make.leaf(issuing), [old], [new, issuing])


@accepted()
def seven_intermediates_without_a_limit():
    """
    Root (trusted) -> CA 1 -> CA 2 -> … -> CA 7 -> leaf
    """
    return _chain(*[None] * 8)


@accepted()
def twelve_intermediates_without_a_limit():
    """
    Root (trusted) -> CA 1 -> CA 2 -> … -> CA 12 -> leaf
    """
    return _chain(*[None] * 13)


@accepted()
def twelve_intermediates_below_path_length_twelve():
    """
    Root (trusted, pathlen 12) -> CA 1 -> CA 2 -> … -> CA 12 -> leaf
    """
    return _chain(12, *[None] * 12)


@refused(Fault.PATH_LENGTH)
def twelve_intermediates_below_path_length_eleven():
    """
    Root (trusted, pathlen 11) -> CA 1 -> CA 2 -> … -> CA 12 -> leaf
    """
    return _chain(11, *[None] * 12)


@accepted()
def a_path_length_of_nine_digits():
    """
    Root (trusted, pathlen 999999999) -> CA 1 -> leaf
    """
    return _chain(999_999_999, None)


@accepted(cryptography=A_MACHINE_WORD)
def a_path_length_of_more_than_a_machine_word():
    """
    Root (trusted, pathlen 2^70) -> CA 1 -> leaf
    """
    return _chain(1 << 70, None)


@accepted()
def a_trusted_leaf_of_path_length_zero_below_nobody():
    """
    leaf -> itself (trusted, CA:FALSE)
    """
    leaf = make.alone(make.basic_constraints(ca=False))
    return Case(leaf, [leaf])


@accepted()
def a_path_length_beside_no_ca():
    """
    Root (trusted) -> leaf (CA:FALSE, pathlen 0); 4.2.1.9 forbids it to the issuer
    """
    root = make.root()
    odd = make.basic_constraints(ca=False, path_length=0)
    return Case(make.leaf(root, odd), [root])
