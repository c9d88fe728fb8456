"""Who may issue: RFC 5280 sections 4.2.1.9 and 6.1.4 (k)."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused
from tests.explain_cases.reasons import (
    MUST_BE_CRITICAL,
    NEEDS_VERSION_THREE,
    NO_CA_FOR_A_LEAF,
    NO_WAY_BACK,
    READS_TO_THE_END_OF_ITS_NEED,
)

KEY_USAGE_SUFFICES = accepts(
    "without -x509_strict keyCertSign makes a trusted root a CA; RFC 5280 section "
    "6.1.4 (k): basicConstraints is present and cA is TRUE"
)
ALL_OF_A_CA = (
    make.BASIC_CONSTRAINTS,
    make.KEY_USAGE,
    make.SUBJECT_KEY_ID,
    make.AUTHORITY_KEY_ID,
)
ISSUES = make.key_usage("keyCertSign", "cRLSign")


def _through(*changes, **how):
    root = make.root()
    issuing = make.ca("Issuing", root, *changes, **how)
    return Case(make.leaf(issuing), [root], [issuing])


def _below_root(*changes, **how):
    root = make.root("Root", *changes, **how)
    return Case(make.leaf(root), [root])


def _leaf_with(*changes):
    root = make.root()
    return Case(make.leaf(root, *changes), [root])


@accepted()
def an_intermediate_that_is_a_ca():
    """
    Root (trusted) -> Issuing (CA:TRUE) -> leaf
    """
    return _through()


@refused(Fault.NOT_A_CA)
def an_intermediate_that_is_none():
    """
    Root (trusted) -> Issuing (CA:FALSE, but keyCertSign) -> leaf
    """
    return _through(make.basic_constraints(ca=False))


@refused(Fault.NOT_A_CA)
def an_intermediate_without_basic_constraints():
    """
    Root (trusted) -> Issuing (no basicConstraints, keyCertSign) -> leaf
    """
    return _through(without=[make.BASIC_CONSTRAINTS])


@refused(Fault.NOT_A_CA)
def an_intermediate_without_a_word_on_issuing():
    """
    Root (trusted) -> Issuing (neither basicConstraints nor keyUsage) -> leaf
    """
    return _through(without=[make.BASIC_CONSTRAINTS, make.KEY_USAGE])


@refused(Fault.NOT_A_CA)
def an_intermediate_of_version_one():
    """
    Root (trusted) -> Issuing (v1) -> leaf
    """
    return _through(version=1, without=ALL_OF_A_CA)


@refused(Fault.NOT_A_CA)
def a_trusted_root_that_is_no_ca():
    """
    Root (trusted, CA:FALSE) -> leaf
    """
    return _below_root(make.basic_constraints(ca=False))


@refused(Fault.NOT_A_CA, openssl=KEY_USAGE_SUFFICES)
def a_trusted_root_without_basic_constraints():
    """
    Root (trusted, v3, no basicConstraints, keyCertSign) -> leaf
    """
    return _below_root(without=[make.BASIC_CONSTRAINTS])


@accepted(cryptography=NEEDS_VERSION_THREE)
def a_trusted_root_of_version_one():
    """
    Root (trusted, v1) -> leaf; RFC 5280 6.1.4 (k): known by other means
    """
    return _below_root(version=1, without=ALL_OF_A_CA)


@refused(Fault.NOT_A_CA)
def a_trusted_intermediate_that_is_no_ca():
    """
    (Root) -> Issuing (trusted, CA:FALSE) -> leaf
    """
    issuing = make.ca("Issuing", make.root(), make.basic_constraints(ca=False))
    return Case(make.leaf(issuing), [issuing])


@refused(Fault.NOT_A_CA)
def a_server_that_issues_below_itself():
    """
    Root (trusted) -> server.example (CA:FALSE) -> leaf
    """
    root = make.root()
    server = make.leaf(root, make.basic_constraints(ca=False), name="server.example")
    return Case(make.leaf(server), [root], [server])


@refused(Fault.NOT_A_CA)
def a_server_that_issues_for_a_ca():
    """
    Root (trusted) -> server.example -> False CA (CA:TRUE) -> leaf
    """
    root = make.root()
    server = make.leaf(root, name="server.example")
    false_ca = make.ca("False CA", server)
    return Case(make.leaf(false_ca), [root], [server, false_ca])


@refused(Fault.NOT_A_CA)
def a_trusted_server_that_issues_for_another():
    """
    server.example (trusted, CA:FALSE, keyCertSign) -> leaf
    """
    server = make.alone(make.basic_constraints(ca=False), ISSUES, name="server.example")
    return Case(make.leaf(server), [server])


@accepted(cryptography=MUST_BE_CRITICAL)
def an_intermediate_whose_constraints_are_not_critical():
    """
    Root (trusted) -> Issuing (CA:TRUE, not critical) -> leaf
    """
    return _through(make.basic_constraints(critical=False))


@refused(Fault.NOT_A_CA)
def an_intermediate_that_is_none_in_words_not_critical():
    """
    Root (trusted) -> Issuing (CA:FALSE, not critical) -> leaf
    """
    return _through(make.basic_constraints(ca=False, critical=False))


@accepted(cryptography=MUST_BE_CRITICAL)
def a_root_whose_constraints_are_not_critical():
    """
    Root (trusted, CA:TRUE, not critical) -> leaf
    """
    return _below_root(make.basic_constraints(critical=False))


@accepted()
def a_leaf_that_says_it_is_no_ca():
    """
    Root (trusted) -> leaf (CA:FALSE)
    """
    return _leaf_with(make.basic_constraints(ca=False))


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_leaf_that_is_a_ca_besides():
    """
    Root (trusted) -> leaf (CA:TRUE, digitalSignature and keyCertSign)
    """
    bits = make.key_usage("digitalSignature", "keyCertSign")
    return _leaf_with(make.basic_constraints(), bits)


@refused(Fault.MALFORMED)
def an_intermediate_with_constraints_nobody_can_read():
    """
    Root (trusted) -> Issuing (basicConstraints of random bytes) -> leaf
    """
    unreadable = make.Extension(make.BASIC_CONSTRAINTS, True, b"\x30\x7fnonsense")
    return _through(unreadable)


@refused(Fault.MALFORMED)
def a_leaf_with_constraints_nobody_can_read():
    """
    Root (trusted) -> leaf (basicConstraints of random bytes)
    """
    return _leaf_with(make.Extension(make.BASIC_CONSTRAINTS, True, b"\x04\x00"))


@refused(Fault.MALFORMED, openssl=READS_TO_THE_END_OF_ITS_NEED)
def constraints_with_something_after_them():
    """
    Root (trusted) -> Issuing (basicConstraints, then a NULL) -> leaf
    """
    value = make.basic_constraints().value + der.NULL
    return _through(make.Extension(make.BASIC_CONSTRAINTS, True, value))


@refused(Fault.MALFORMED)
def a_path_length_below_zero():
    """
    Root (trusted) -> Issuing (CA:TRUE, pathlen -1) -> leaf
    """
    return _through(make.basic_constraints(path_length=-1))


@accepted(openssl=NO_WAY_BACK)
def the_only_ca_of_two_namesakes():
    """
    Root (trusted) -> Issuing (CA:FALSE) -/
    Root (trusted) -> Issuing (CA:TRUE)  -> leaf
    """
    root = make.root()
    none = make.ca("Issuing", root, make.basic_constraints(ca=False))
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [root], [none, issuing])
