"""Which fault decides where a path breaks several rules, and which path is spoken of.

The reason is that of the path which breaks the fewest rules, and of these the first in
the order of `Fault`: what a certificate is comes before what it may do.
"""

from datetime import UTC, datetime

from lab.rules.path_rules import Fault
from tests.explain_cases import keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, refused
from tests.explain_cases.making import basic_constraints, name_constraints

ENDED = {"end": datetime(2029, 12, 31, tzinfo=UTC)}
NOT_YET = {"start": datetime(2030, 6, 1, tzinfo=UTC)}
OTHER = keys.elliptic("somebody else")


@refused(Fault.EXPIRED)
def a_leaf_that_has_ended_and_is_for_another_host():
    """
    Root (trusted) -> other.example (ended); called leaf.example
    """
    root = make.root()
    names = make.alternative_names("other.example")
    return Case(make.leaf(root, names, **ENDED), [root])


@refused(Fault.EXPIRED)
def a_self_signed_leaf_that_has_ended_and_is_not_trusted():
    """
    leaf -> itself (ended); another root is trusted
    """
    return Case(make.alone(**ENDED), [make.root()])


@refused(Fault.EXPIRED)
def a_leaf_that_has_ended_below_nobody():
    """
    (Root) -> leaf (ended)
    """
    return Case(make.leaf(make.root(), **ENDED), [make.root("Another")])


@refused(Fault.NOT_YET_VALID)
def a_leaf_that_has_not_begun_below_a_root_that_has_ended():
    """
    Root (trusted, ended) -> leaf (from 2030-06)
    """
    root = make.root(**ENDED)
    return Case(make.leaf(root, **NOT_YET), [root])


@refused(Fault.MALFORMED)
def a_leaf_with_an_extension_twice_that_has_ended():
    """
    Root (trusted) -> leaf (unknown twice, ended)
    """
    root = make.root()
    odd = make.unknown(critical=False)
    return Case(make.leaf(root, odd, odd, **ENDED), [root])


@refused(Fault.NOT_A_CA)
def an_issuer_that_is_no_ca_may_not_sign_and_is_for_clients():
    """
    Root (trusted) -> Issuing (CA:FALSE, cRLSign, clientAuth) -> leaf
    """
    root = make.root()
    issuing = make.ca(
        "Issuing",
        root,
        basic_constraints(ca=False),
        make.key_usage("cRLSign"),
        make.extended_key_usage("clientAuth"),
    )
    return Case(make.leaf(issuing), [root], [issuing])


@refused(Fault.PATH_LENGTH)
def a_path_too_long_for_a_leaf_with_a_weak_key():
    """
    Root (trusted, pathlen 0) -> Issuing -> leaf (RSA 1024)
    """
    root = make.root("Root", basic_constraints(path_length=0))
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing, key=keys.rsa_key(1024)), [root], [issuing])


@refused(Fault.EXTENDED_KEY_USAGE)
def a_client_certificate_outside_the_constraints():
    """
    Root (trusted) -> Issuing (permitted DNS:test) -> leaf (clientAuth), as a server
    """
    root = make.root()
    issuing = make.ca("Issuing", root, name_constraints(["test"]))
    leaf = make.leaf(issuing, make.extended_key_usage("clientAuth"))
    return Case(leaf, [root], [issuing])


@refused(Fault.BAD_SIGNATURE)
def a_broken_signature_below_an_issuer_for_clients():
    """
    Root (trusted) -> Issuing (clientAuth) -/-> leaf, signed by another key
    """
    root = make.root()
    issuing = make.ca("Issuing", root, make.extended_key_usage("clientAuth"))
    return Case(make.leaf(issuing, signer=OTHER), [root], [issuing])


@refused(Fault.CRITICAL_EXTENSION)
def an_unknown_critical_extension_and_a_weak_key():
    """
    Root (trusted) -> leaf (unknown, critical; RSA 1024)
    """
    root = make.root()
    return Case(make.leaf(root, make.unknown(), key=keys.rsa_key(1024)), [root])


@refused(Fault.WEAK_KEY)
def a_weak_key_signed_with_a_weak_hash():
    """
    Root (trusted, RSA) -> leaf (RSA 1024), sha1WithRSAEncryption
    """
    root = make.root(key=keys.rsa_key())
    return Case(make.leaf(root, key=keys.rsa_key(1024), hash_name="sha1"), [root])


@refused(Fault.WEAK_SIGNATURE)
def a_weak_hash_and_another_host():
    """
    Root (trusted, RSA) -> other.example, sha1WithRSAEncryption; called leaf.example
    """
    root = make.root(key=keys.rsa_key())
    names = make.alternative_names("other.example")
    return Case(make.leaf(root, names, hash_name="sha1"), [root])


@refused(Fault.KEY_USAGE)
def a_way_with_one_fault_is_spoken_of_before_one_with_two():
    """
    Root A (trusted, ended) -> Issuing (ended)   -/
    Root B (trusted)        -> Issuing (cRLSign) -/-> leaf
    """
    roots = [make.root("Root A", **ENDED), make.root("Root B")]
    below = [
        make.ca("Issuing", roots[0], **ENDED),
        make.ca("Issuing", roots[1], make.key_usage("cRLSign")),
    ]
    return Case(make.leaf(below[0]), roots, below)


@refused(Fault.NAME_CONSTRAINTS)
def a_trusted_way_is_spoken_of_before_one_that_is_not():
    """
    Root A (trusted) -> Issuing (permitted DNS:test) -/
    Root B           -> Issuing                      -/-> leaf
    """
    roots = [make.root("Root A"), make.root("Root B")]
    below = [
        make.ca("Issuing", roots[0], name_constraints(["test"])),
        make.ca("Issuing", roots[1]),
    ]
    return Case(make.leaf(below[0]), roots[:1], [*below, roots[1]])


@refused(Fault.EXPIRED)
def the_dates_of_an_issuer_before_the_weak_hash_below_it():
    """
    Root (trusted) -> Issuing (RSA, ended) -> leaf, sha1WithRSAEncryption
    """
    root = make.root()
    issuing = make.ca("Issuing", root, key=keys.rsa_key(), **ENDED)
    return Case(make.leaf(issuing, hash_name="sha1"), [root], [issuing])
