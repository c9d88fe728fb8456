"""Where a path may end: any trusted certificate, the leaf itself too (facts §1.5, §13).

RFC 5280 section 6.1.1 (d) leaves it to the verifier what it trusts. That a trusted
certificate is still asked for its dates, its constraints and its uses is in the topics.
"""

from datetime import UTC, datetime

from lab.rules.path_rules import Fault
from tests.explain_cases import keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, refused, refuses
from tests.explain_cases.making import basic_constraints, extended_key_usage, key_usage
from tests.explain_cases.reasons import (
    NAME_TO_ASK,
    NEEDS_ALTERNATIVE_NAMES,
    NO_CA_FOR_A_LEAF,
)

SERVER = key_usage("digitalSignature", "keyEncipherment", "dataEncipherment")
TINY_CA = (
    basic_constraints(path_length=0),
    key_usage(
        "digitalSignature",
        "keyEncipherment",
        "dataEncipherment",
        "keyCertSign",
        critical=False,
    ),
    extended_key_usage("serverAuth", "clientAuth"),
)  # what the cluster writes when it signs itself
EVERYTHING = (
    make.ALTERNATIVE_NAMES,
    make.KEY_USAGE,
    make.EXTENDED_KEY_USAGE,
    make.SUBJECT_KEY_ID,
    make.AUTHORITY_KEY_ID,
)
LOOKS_FURTHER = refuses(
    "it goes on above the trusted leaf, and asks what it finds there for its dates; "
    "RFC 5280 section 6.1: a path ends at its anchor"
)
ONLY_THE_SAME = refuses(
    "of a self-signed leaf it looks for the very same certificate among the trusted; "
    "RFC 5280 section 6.1 accepts any anchor whose name and key fit"
)


def _trusting(leaf, **asked):
    return Case(leaf, [leaf], **asked)


@accepted()
def a_trusted_self_signed_leaf_that_says_nothing_of_issuing():
    """
    leaf -> itself (trusted; digitalSignature, keyEncipherment)
    """
    return _trusting(make.alone())


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_trusted_self_signed_leaf_without_extensions():
    """
    leaf -> itself (trusted; no extensions): facts §13, first row
    """
    return _trusting(make.alone(without=EVERYTHING))


@accepted()
def a_trusted_self_signed_leaf_that_is_no_ca():
    """
    leaf -> itself (trusted; CA:FALSE, ds, ke, de, sA, cA): facts §13, second row
    """
    return _trusting(make.alone(basic_constraints(ca=False), SERVER))


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_self_signed_leaf_as_the_cluster_makes_it():
    """
    leaf -> itself (trusted; CA:TRUE, pathlen 0, keyCertSign too): facts §13, third row
    """
    return _trusting(make.alone(*TINY_CA))


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_self_signed_leaf_of_the_cluster_without_extended_usage():
    """
    leaf -> itself (trusted; CA:TRUE, pathlen 0, no EKU): facts §13, fourth row
    """
    without = [make.EXTENDED_KEY_USAGE]
    return _trusting(make.alone(*TINY_CA[:2], without=without))


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_trusted_self_signed_leaf_that_may_sign_but_is_no_ca():
    """
    leaf -> itself (trusted; CA:FALSE, ds, ke, keyCertSign): facts §13, sixth row
    """
    bits = key_usage("digitalSignature", "keyEncipherment", "keyCertSign")
    return _trusting(make.alone(basic_constraints(ca=False), bits))


@refused(Fault.EXPIRED)
def a_self_signed_leaf_of_the_cluster_after_its_end():
    """
    leaf -> itself (trusted; the cluster's profile, ended 2031): facts §13, last row
    """
    return _trusting(make.alone(*TINY_CA), at=datetime(2032, 1, 1, tzinfo=UTC))


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_self_signed_leaf_of_the_cluster_by_its_common_name():
    """
    leaf -> itself (trusted; the cluster's profile, no alternative names)
    """
    return _trusting(make.alone(*TINY_CA, without=[make.ALTERNATIVE_NAMES]))


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_self_signed_leaf_of_the_cluster_that_calls():
    """
    leaf -> itself (trusted; the cluster's profile), as a client
    """
    return _trusting(make.alone(*TINY_CA), name="", usage="client")


@accepted()
def a_self_signed_leaf_of_the_cluster_that_issues_for_another():
    """
    pub.example (trusted; CA:TRUE, pathlen 0) -> leaf

    Whoever holds its key issues for any name: facts §13.
    """
    tiny = make.alone(*TINY_CA, name="pub.example")
    return Case(make.leaf(tiny), [tiny])


@refused(Fault.PATH_LENGTH)
def a_self_signed_leaf_of_the_cluster_that_makes_a_ca():
    """
    pub.example (trusted; CA:TRUE, pathlen 0) -> CA -> leaf
    """
    tiny = make.alone(*TINY_CA, name="pub.example")
    below = make.ca("CA", tiny)
    return Case(make.leaf(below), [tiny], [below])


@refused(Fault.NOT_A_CA)
def a_trusted_self_signed_leaf_without_extensions_that_issues():
    """
    pub.example (trusted; v3, no extensions) -> leaf
    """
    bare = make.alone(name="pub.example", without=EVERYTHING)
    return Case(make.leaf(bare), [bare])


@refused(Fault.NOT_TRUSTED)
def a_self_signed_leaf_of_the_cluster_that_nobody_uploaded():
    """
    leaf -> itself (the cluster's profile); another one is trusted
    """
    return Case(make.alone(*TINY_CA), [make.alone(*TINY_CA, name="pub.example")])


@refused(Fault.NOT_TRUSTED)
def a_leaf_made_again_with_another_key():
    """
    leaf -> itself (new key)
    leaf (trusted, old key)
    """
    new = make.alone(*TINY_CA, key=keys.elliptic("new"))
    return Case(new, [make.alone(*TINY_CA)])


@refused(Fault.NOT_TRUSTED)
def a_leaf_that_is_no_ca_made_again_with_another_key():
    """
    leaf -> itself (CA:FALSE, new key)
    leaf (trusted, CA:FALSE, old key)
    """
    profile = basic_constraints(ca=False)
    new = make.alone(profile, key=keys.elliptic("new"))
    return Case(new, [make.alone(profile)])


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_leaf_made_again_whose_new_copy_is_trusted_too():
    """
    leaf -> itself (new key, trusted)
    leaf (trusted, old key)
    """
    old = make.alone(*TINY_CA)
    new = make.alone(*TINY_CA, key=keys.elliptic("new"))
    return Case(new, [old, new])


@accepted(openssl=ONLY_THE_SAME, cryptography=NO_CA_FOR_A_LEAF)
def a_leaf_renewed_with_its_key_below_its_old_copy():
    """
    leaf (trusted, the cluster's profile, serial 1) -> leaf (same key, serial 2)
    """
    old = make.alone(*TINY_CA, serial=1)
    return Case(make.alone(*TINY_CA, serial=2), [old])


@accepted()
def a_trusted_leaf_whose_issuer_is_unknown():
    """
    (Issuing) -> leaf (trusted)
    """
    return _trusting(make.leaf(make.ca("Issuing", make.root())))


@accepted()
def a_trusted_leaf_whose_issuer_is_not_trusted():
    """
    Root -> Issuing -> leaf (trusted)
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    leaf = make.leaf(issuing)
    return Case(leaf, [leaf], [issuing, root])


@accepted(openssl=LOOKS_FURTHER)
def a_trusted_leaf_whose_issuer_has_ended():
    """
    Root (ended 2029) -> leaf (trusted)
    """
    root = make.root(end=datetime(2029, 12, 31, tzinfo=UTC))
    leaf = make.leaf(root)
    return Case(leaf, [leaf], [root])


@refused(Fault.EXPIRED)
def a_trusted_leaf_that_has_ended_below_a_root_that_has_not():
    """
    Root (trusted) -> leaf (trusted, ended 2031); at 2032
    """
    root = make.root()
    leaf = make.leaf(root)
    return Case(leaf, [root, leaf], at=datetime(2032, 1, 1, tzinfo=UTC))


@accepted()
def a_leaf_trusted_beside_its_root():
    """
    Root (trusted) -> leaf (trusted)
    """
    root = make.root()
    leaf = make.leaf(root)
    return Case(leaf, [root, leaf])


@refused(Fault.ISSUER_MISSING)
def another_leaf_of_the_same_issuer_is_trusted():
    """
    (Root) -> leaf (serial 1, trusted)
    (Root) -> leaf (serial 2)
    """
    root = make.root()
    return Case(make.leaf(root, serial=2), [make.leaf(root, serial=1)])


@accepted()
def a_trusted_intermediate_without_its_root():
    """
    (Root) -> Issuing (trusted) -> leaf
    """
    issuing = make.ca("Issuing", make.root())
    return Case(make.leaf(issuing), [issuing])


@accepted()
def a_trusted_intermediate_below_a_root_that_is_not_trusted():
    """
    Root -> Issuing (trusted) -> leaf
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [issuing], [root])


@accepted()
def a_trusted_intermediate_below_a_root_that_has_ended():
    """
    Root (ended 2029) -> Issuing (trusted) -> leaf
    """
    root = make.root(end=datetime(2029, 12, 31, tzinfo=UTC))
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [issuing], [root])


@accepted()
def a_trusted_intermediate_two_above_the_leaf():
    """
    (Root) -> Sub CA (trusted) -> Issuing -> leaf
    """
    sub = make.ca("Sub CA", make.root())
    issuing = make.ca("Issuing", sub)
    return Case(make.leaf(issuing), [sub], [issuing])


@accepted()
def an_intermediate_among_the_trusted_only():
    """
    Root (trusted) -> Issuing (trusted) -> leaf
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [root, issuing])


@accepted()
def a_root_both_trusted_and_not():
    """
    Root (trusted, and given as untrusted) -> leaf
    """
    root = make.root()
    return Case(make.leaf(root), [root], [root])


@refused(Fault.NOT_TRUSTED)
def a_root_given_by_the_peer_only():
    """
    Root (untrusted) -> leaf; another is trusted
    """
    root = make.root()
    return Case(make.leaf(root), [make.root("Another")], [root])


@refused(Fault.EXPIRED)
def a_trusted_intermediate_that_has_ended_below_a_trusted_root():
    """
    Root (trusted) -> Issuing (trusted, ended 2029) -> leaf
    """
    root = make.root()
    issuing = make.ca("Issuing", root, end=datetime(2029, 12, 31, tzinfo=UTC))
    return Case(make.leaf(issuing), [root, issuing])


@accepted(cryptography=NAME_TO_ASK)
def a_trusted_ca_that_is_itself_the_leaf():
    """
    Root -> itself (trusted), called as a server by no name
    """
    root = make.root("Root", SERVER)
    return Case(root, [root], name="")


@refused(Fault.KEY_USAGE)
def a_trusted_root_that_is_called_as_a_server():
    """
    Root -> itself (trusted; keyCertSign, cRLSign): a CA's key usage serves no TLS
    """
    root = make.root("leaf.example", make.alternative_names("leaf.example"))
    return Case(root, [root])


@accepted()
def a_trusted_intermediate_that_is_found_after_a_dead_end():
    """
    Root -> Issuing (serial 1, ended 2029) -/
    Root -> Issuing (serial 2, trusted)    -> leaf
    """
    root = make.root()
    ended = make.ca("Issuing", root, end=datetime(2029, 12, 31, tzinfo=UTC), serial=1)
    issuing = make.ca("Issuing", root, serial=2)
    return Case(make.leaf(issuing), [issuing], [ended, root])


@accepted()
def every_level_trusted():
    """
    Root (trusted) -> Sub CA (trusted) -> Issuing (trusted) -> leaf (trusted)
    """
    root = make.root()
    sub = make.ca("Sub CA", root)
    issuing = make.ca("Issuing", sub)
    leaf = make.leaf(issuing)
    return Case(leaf, [root, sub, issuing, leaf])


@accepted()
def ten_trusted_roots_of_which_one_counts():
    """
    Root 0 … Root 9 (trusted); Root 7 -> leaf
    """
    roots = [make.root(f"Root {number}") for number in range(10)]
    return Case(make.leaf(roots[7]), roots)
