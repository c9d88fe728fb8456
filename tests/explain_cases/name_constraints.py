"""Which names a CA may certify: RFC 5280 sections 4.2.1.10 and 6.1.3 (b) and (c)."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.der import directory, dn, dns, email, ip, network, uri
from tests.explain_cases.making import name_constraints
from tests.explain_cases.reasons import NEEDS_ALTERNATIVE_NAMES

HOST = "leaf.example"
FORM_OF_DOMAIN = refuses(
    "it takes only whole host names as constraint; RFC 5280 section 4.2.1.10 defines "
    "by adding labels to the left, and adding to nothing gives every name"
)
NOT_THE_SUBJECT = accepts(
    "it looks at alternative names only; RFC 5280 section 4.2.1.10: a constraint on "
    "mail binds emailAddress of the subject when no rfc822Name is there"
)
NO_URIS = refuses("it does not process constraints on URIs, and refuses them all")
NO_DIRECTORY_NAMES = refuses(
    "it does not process constraints on directory names; when critical it refuses them "
    "all, which RFC 5280 section 4.2.1.10 allows and which tells nobody what is wrong"
)
NO_DEPTHS = accepts(
    "it reads the base and looks away from minimum and maximum; RFC 5280 section "
    "4.2.1.10: process them or refuse the certificate"
)
ONLY_IN_A_CA = refuses(
    "RFC 5280 section 4.2.1.10 allows the extension in a CA only; that binds the "
    "issuer, and in the last certificate nobody is left to be constrained"
)
UNIX_NAME = (f"{make.LAB}.20", der.text("leaf"))


def _below(constraints, *names, **how):
    """A constrained CA below the root, and a leaf of these alternative names."""
    root = make.root()
    issuing = make.ca("Issuing", root, constraints)
    leaf = make.leaf(issuing, make.alternative_names(*(names or (HOST,))), **how)
    return Case(leaf, [root], [issuing], name=HOST)


def _mail(constraint, *addresses):
    trees = [email(constraint)] if isinstance(constraint, str) else constraint
    return _below(name_constraints(trees), HOST, *map(email, addresses))


def _address(address, *trees, excluded=()):
    case = _below(name_constraints(trees, excluded), ip(address))
    return Case(case.leaf, case.trusted, case.untrusted, name=address)


# DNS names: "any name that can be constructed by adding labels to the left".


@accepted()
def a_host_name_that_is_the_one_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:leaf.example) -> leaf.example
    """
    return _below(name_constraints([HOST]))


@accepted()
def a_host_name_in_the_domain_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:example) -> leaf.example
    """
    return _below(name_constraints(["example"]))


@refused(Fault.NAME_CONSTRAINTS)
def a_host_name_in_another_domain_than_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:uc.example) -> leaf.example
    """
    return _below(name_constraints(["uc.example"]))


@refused(Fault.NAME_CONSTRAINTS)
def a_host_name_that_ends_like_the_domain_but_not_at_a_dot():
    """
    Root (trusted) -> Issuing (permitted DNS:af.example) -> leaf.example
    """
    return _below(name_constraints(["af.example"]))


@refused(Fault.NAME_CONSTRAINTS)
def a_host_name_above_the_domain_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:a.leaf.example) -> leaf.example
    """
    return _below(name_constraints(["a.leaf.example"]))


@accepted()
def a_host_name_permitted_in_other_letters():
    """
    Root (trusted) -> Issuing (permitted DNS:EXAMPLE) -> leaf.example
    """
    return _below(name_constraints(["EXAMPLE"]))


@accepted()
def a_host_name_in_the_second_of_two_domains_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:uc.example, DNS:example) -> leaf.example
    """
    return _below(name_constraints(["uc.example", "example"]))


@accepted(cryptography=FORM_OF_DOMAIN)
def a_permitted_domain_of_no_letters():
    """
    Root (trusted) -> Issuing (permitted DNS:"") -> leaf.example: every name
    """
    return _below(name_constraints([dns("")]))


@refused(Fault.NAME_CONSTRAINTS)
def an_excluded_domain_of_no_letters():
    """
    Root (trusted) -> Issuing (excluded DNS:"") -> leaf.example: no name
    """
    return _below(name_constraints(excluded=[dns("")]))


@refused(Fault.NAME_CONSTRAINTS)
def a_host_name_that_is_the_one_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:leaf.example) -> leaf.example
    """
    return _below(name_constraints(excluded=[HOST]))


@refused(Fault.NAME_CONSTRAINTS)
def a_host_name_in_the_domain_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:example) -> leaf.example
    """
    return _below(name_constraints(excluded=["example"]))


@accepted()
def a_host_name_beside_the_one_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:other.example) -> leaf.example
    """
    return _below(name_constraints(excluded=["other.example"]))


@refused(Fault.NAME_CONSTRAINTS)
def a_host_name_both_permitted_and_excluded():
    """
    Root (trusted) -> Issuing (permitted DNS:example, excluded DNS:leaf.example)
    -> leaf.example
    """
    return _below(name_constraints(["example"], [HOST]))


@refused(Fault.NAME_CONSTRAINTS)
def another_name_of_the_leaf_outside_what_is_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:example) -> leaf.example, leaf.test
    """
    return _below(name_constraints(["example"]), HOST, "leaf.test")


@refused(Fault.NAME_CONSTRAINTS)
def another_name_of_the_leaf_inside_what_is_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:test) -> leaf.example, leaf.test
    """
    return _below(name_constraints(excluded=["test"]), HOST, "leaf.test")


@accepted()
def a_wildcard_in_the_domain_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:uc.example) -> *.uc.example
    """
    case = _below(name_constraints(["uc.example"]), "*.uc.example")
    return Case(case.leaf, case.trusted, case.untrusted, name="pub.uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def a_wildcard_in_the_domain_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:uc.example) -> *.uc.example
    """
    case = _below(name_constraints(excluded=["uc.example"]), "*.uc.example")
    return Case(case.leaf, case.trusted, case.untrusted, name="pub.uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def a_wildcard_that_stands_for_more_than_the_host_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:pub.uc.example) -> *.uc.example
    """
    case = _below(name_constraints(["pub.uc.example"]), "*.uc.example")
    return Case(case.leaf, case.trusted, case.untrusted, name="pub.uc.example")


@refused(
    Fault.NAME_CONSTRAINTS,
    openssl=accepts(
        "it compares the text with the star in it; the name that was called is excluded"
    ),
)
def a_wildcard_that_stands_for_the_host_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:pub.uc.example) -> *.uc.example

    Called pub.uc.example, which no certificate below may be for.
    """
    case = _below(name_constraints(excluded=["pub.uc.example"]), "*.uc.example")
    return Case(case.leaf, case.trusted, case.untrusted, name="pub.uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def an_intermediate_with_a_host_name_outside_what_is_permitted():
    """
    Root (trusted) -> CA 1 (permitted DNS:example) -> CA 2 (DNS:ca.test) -> leaf.example
    """
    root = make.root()
    upper = make.ca("CA 1", root, name_constraints(["example"]))
    lower = make.ca("CA 2", upper, make.alternative_names("ca.test"))
    return Case(make.leaf(lower), [root], [upper, lower])


@accepted()
def host_names_are_free_where_only_addresses_are_constrained():
    """
    Root (trusted) -> Issuing (permitted IP:10.0.0.0/8) -> leaf.example
    """
    return _below(name_constraints([network("10.0.0.0", "255.0.0.0")]))


@accepted()
def a_chain_that_narrows_the_domain():
    """
    Root (trusted) -> CA 1 (permitted DNS:example)
    -> CA 2 (permitted DNS:leaf.example) -> leaf.example
    """
    return _two("example", HOST)


@refused(Fault.NAME_CONSTRAINTS)
def a_chain_that_narrows_the_domain_past_the_leaf():
    """
    Root (trusted) -> CA 1 (permitted DNS:example)
    -> CA 2 (permitted DNS:uc.example) -> leaf.example
    """
    return _two("example", "uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def a_chain_that_tries_to_widen_the_domain():
    """
    Root (trusted) -> CA 1 (permitted DNS:uc.example)
    -> CA 2 (permitted DNS:example) -> leaf.example
    """
    return _two("uc.example", "example")


@refused(Fault.NAME_CONSTRAINTS)
def a_chain_of_domains_that_have_nothing_in_common():
    """
    Root (trusted) -> CA 1 (permitted DNS:test) -> CA 2 (permitted DNS:example)
    -> leaf.example
    """
    return _two("test", "example")


def _two(first, second):
    root = make.root()
    upper = make.ca("CA 1", root, name_constraints([first]))
    lower = make.ca("CA 2", upper, name_constraints([second]))
    return Case(make.leaf(lower), [root], [upper, lower])


@refused(Fault.NAME_CONSTRAINTS)
def an_exclusion_further_up_holds_below_too():
    """
    Root (trusted) -> CA 1 (excluded DNS:example) -> CA 2 -> leaf.example
    """
    root = make.root()
    upper = make.ca("CA 1", root, name_constraints(excluded=["example"]))
    lower = make.ca("CA 2", upper)
    return Case(make.leaf(lower), [root], [upper, lower])


@refused(Fault.NAME_CONSTRAINTS)
def a_trusted_root_that_permits_another_domain():
    """
    Root (trusted, permitted DNS:uc.example) -> leaf.example
    """
    root = make.root("Root", name_constraints(["uc.example"]))
    return Case(make.leaf(root), [root])


@accepted()
def a_trusted_root_that_permits_the_domain():
    """
    Root (trusted, permitted DNS:example) -> leaf.example
    """
    root = make.root("Root", name_constraints(["example"]))
    return Case(make.leaf(root), [root])


@refused(Fault.NAME_CONSTRAINTS)
def a_trusted_intermediate_that_excludes_the_domain():
    """
    (Root) -> Issuing (trusted, excluded DNS:example) -> leaf.example
    """
    excluded = name_constraints(excluded=["example"])
    issuing = make.ca("Issuing", make.root(), excluded)
    return Case(make.leaf(issuing), [issuing])


@accepted()
def constraints_above_the_trusted_certificate():
    """
    (Root, excluded DNS:example) -> Issuing (trusted) -> leaf.example
    """
    root = make.root("Root", name_constraints(excluded=["example"]))
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [issuing], [root])


@accepted()
def constraints_that_are_not_critical_and_kept():
    """
    Root (trusted) -> Issuing (permitted DNS:example, not critical) -> leaf.example
    """
    return _below(name_constraints(["example"], critical=False))


@refused(Fault.NAME_CONSTRAINTS)
def constraints_that_are_not_critical_and_broken():
    """
    Root (trusted) -> Issuing (permitted DNS:test, not critical) -> leaf.example
    """
    return _below(name_constraints(["test"], critical=False))


@refused(Fault.NAME_CONSTRAINTS)
def a_common_name_that_stands_for_a_host_outside_what_is_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:uc.example) -> CN=leaf.example, no names

    The cluster's rule lets that common name count as host name: so it is bound too.
    """
    return _below_without_names(name_constraints(["uc.example"]))


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_common_name_that_stands_for_a_host_inside_what_is_permitted():
    """
    Root (trusted) -> Issuing (permitted DNS:example) -> CN=leaf.example, no names
    """
    return _below_without_names(name_constraints(["example"]))


@refused(Fault.NAME_CONSTRAINTS)
def a_common_name_that_stands_for_a_host_inside_what_is_excluded():
    """
    Root (trusted) -> Issuing (excluded DNS:example) -> CN=leaf.example, no names
    """
    return _below_without_names(name_constraints(excluded=["example"]))


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_common_name_that_is_no_host_name():
    """
    Root (trusted) -> Issuing (permitted DNS:uc.example) -> CN="the leaf", no names
    """
    root = make.root()
    issuing = make.ca("Issuing", root, name_constraints(["uc.example"]))
    leaf = make.leaf(issuing, name="the leaf", without=[make.ALTERNATIVE_NAMES])
    return Case(leaf, [root], [issuing], name="", usage="client")


def _below_without_names(constraints):
    root = make.root()
    issuing = make.ca("Issuing", root, constraints)
    leaf = make.leaf(issuing, without=[make.ALTERNATIVE_NAMES])
    return Case(leaf, [root], [issuing])


@accepted()
def a_common_name_outside_beside_a_host_name_inside():
    """
    Root (trusted) -> Issuing (permitted DNS:example) -> CN=leaf.test, leaf.example
    """
    return _below(name_constraints(["example"]), name="leaf.test")


# Addresses: network and mask.


@accepted()
def an_address_in_the_network_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:10.1.2.0/24) -> 10.1.2.3
    """
    return _address("10.1.2.3", network("10.1.2.0", "255.255.255.0"))


@accepted()
def the_last_address_of_the_network_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:10.1.2.0/24) -> 10.1.2.255
    """
    return _address("10.1.2.255", network("10.1.2.0", "255.255.255.0"))


@refused(Fault.NAME_CONSTRAINTS)
def the_address_after_the_network_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:10.1.2.0/24) -> 10.1.3.0
    """
    return _address("10.1.3.0", network("10.1.2.0", "255.255.255.0"))


@accepted()
def a_single_address_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:10.1.2.3/32) -> 10.1.2.3
    """
    return _address("10.1.2.3", network("10.1.2.3", "255.255.255.255"))


@accepted()
def every_address_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:0.0.0.0/0) -> 10.1.2.3
    """
    return _address("10.1.2.3", network("0.0.0.0", "0.0.0.0"))


@refused(Fault.NAME_CONSTRAINTS)
def every_address_excluded():
    """
    Root (trusted) -> Issuing (excluded IP:0.0.0.0/0) -> 10.1.2.3
    """
    return _address("10.1.2.3", excluded=[network("0.0.0.0", "0.0.0.0")])


@refused(Fault.NAME_CONSTRAINTS)
def an_address_in_the_network_excluded():
    """
    Root (trusted) -> Issuing (excluded IP:10.1.2.0/25) -> 10.1.2.127
    """
    return _address("10.1.2.127", excluded=[network("10.1.2.0", "255.255.255.128")])


@accepted()
def the_address_after_the_network_excluded():
    """
    Root (trusted) -> Issuing (excluded IP:10.1.2.0/25) -> 10.1.2.128
    """
    return _address("10.1.2.128", excluded=[network("10.1.2.0", "255.255.255.128")])


@accepted()
def an_address_of_the_sixth_version_in_the_network_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:2001:db8::/32) -> 2001:db8::1
    """
    return _address("2001:db8::1", network("2001:db8::", "ffff:ffff::"))


@refused(Fault.NAME_CONSTRAINTS)
def an_address_of_the_sixth_version_outside_the_network_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:2001:db8::/32) -> 2001:db9::1
    """
    return _address("2001:db9::1", network("2001:db8::", "ffff:ffff::"))


@refused(Fault.NAME_CONSTRAINTS)
def an_address_of_the_sixth_version_where_only_the_fourth_is_permitted():
    """
    Root (trusted) -> Issuing (permitted IP:0.0.0.0/0) -> 2001:db8::1
    """
    return _address("2001:db8::1", network("0.0.0.0", "0.0.0.0"))


@accepted()
def an_address_of_the_sixth_version_where_the_fourth_is_excluded():
    """
    Root (trusted) -> Issuing (excluded IP:0.0.0.0/0) -> 2001:db8::1
    """
    return _address("2001:db8::1", excluded=[network("0.0.0.0", "0.0.0.0")])


@accepted()
def addresses_are_free_where_only_host_names_are_constrained():
    """
    Root (trusted) -> Issuing (permitted DNS:example) -> 10.1.2.3
    """
    return _address("10.1.2.3", dns("example"))


@refused(
    Fault.NAME_CONSTRAINTS,
    openssl=accepts(
        "it takes any bits for a mask; RFC 4632 has only masks without holes, and RFC "
        "5280 section 4.2.1.10 goes by it"
    ),
)
def a_mask_with_a_hole():
    """
    Root (trusted) -> Issuing (permitted IP:10.0.2.0, mask 255.0.255.0) -> 10.1.2.3

    RFC 5280 4.2.1.10: in the style of RFC 4632, which has no such masks.
    """
    return _address("10.1.2.3", network("10.0.2.0", "255.0.255.0"))


@refused(Fault.NAME_CONSTRAINTS)
def a_network_of_five_bytes():
    """
    Root (trusted) -> Issuing (permitted IP: five bytes) -> 10.1.2.3
    """
    return _address("10.1.2.3", ip(bytes(5)))


# Mail addresses: a mailbox, all of a host, or all of a domain.


@accepted()
def a_mailbox_that_is_the_one_permitted():
    """
    Root (trusted) -> Issuing (permitted email:ann@uc.example) -> ann@uc.example
    """
    return _mail("ann@uc.example", "ann@uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def another_mailbox_than_the_one_permitted():
    """
    Root (trusted) -> Issuing (permitted email:ann@uc.example) -> bob@uc.example
    """
    return _mail("ann@uc.example", "bob@uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def the_local_part_in_other_letters_is_another_mailbox():
    """
    Root (trusted) -> Issuing (permitted email:ann@uc.example) -> Ann@uc.example
    """
    return _mail("ann@uc.example", "Ann@uc.example")


@accepted()
def the_host_of_a_mailbox_in_other_letters_is_the_same():
    """
    Root (trusted) -> Issuing (permitted email:ann@uc.example) -> ann@UC.EXAMPLE
    """
    return _mail("ann@uc.example", "ann@UC.EXAMPLE")


@accepted()
def any_mailbox_of_the_host_permitted():
    """
    Root (trusted) -> Issuing (permitted email:uc.example) -> bob@uc.example
    """
    return _mail("uc.example", "bob@uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def a_mailbox_of_a_host_below_the_host_permitted():
    """
    Root (trusted) -> Issuing (permitted email:uc.example) -> bob@mail.uc.example
    """
    return _mail("uc.example", "bob@mail.uc.example")


@accepted()
def a_mailbox_of_a_host_in_the_domain_permitted():
    """
    Root (trusted) -> Issuing (permitted email:.uc.example) -> bob@mail.uc.example
    """
    return _mail(".uc.example", "bob@mail.uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def a_mailbox_of_the_domain_itself_where_its_hosts_are_permitted():
    """
    Root (trusted) -> Issuing (permitted email:.uc.example) -> bob@uc.example
    """
    return _mail(".uc.example", "bob@uc.example")


@refused(Fault.NAME_CONSTRAINTS)
def a_mailbox_of_the_host_excluded():
    """
    Root (trusted) -> Issuing (excluded email:uc.example) -> bob@uc.example
    """
    constraints = name_constraints(excluded=[email("uc.example")])
    return _below(constraints, HOST, email("bob@uc.example"))


@accepted()
def a_mailbox_beside_the_one_excluded():
    """
    Root (trusted) -> Issuing (excluded email:ann@uc.example) -> bob@uc.example
    """
    constraints = name_constraints(excluded=[email("ann@uc.example")])
    return _below(constraints, HOST, email("bob@uc.example"))


@refused(Fault.NAME_CONSTRAINTS, cryptography=NOT_THE_SUBJECT)
def a_mailbox_in_the_subject_outside_what_is_permitted():
    """
    Root (trusted) -> Issuing (permitted email:uc.example) -> E=bob@test.example

    RFC 5280 4.2.1.10: bound when there is no rfc822Name in the alternative names.
    """
    subject = dn(O="Lab", CN="leaf.example", E="bob@test.example")
    return _below(name_constraints([email("uc.example")]), HOST, name=subject)


@accepted()
def a_mailbox_in_the_subject_inside_what_is_permitted():
    """
    Root (trusted) -> Issuing (permitted email:uc.example) -> E=bob@uc.example
    """
    subject = dn(O="Lab", CN="leaf.example", E="bob@uc.example")
    return _below(name_constraints([email("uc.example")]), HOST, name=subject)


@refused(Fault.NAME_CONSTRAINTS)
def one_of_two_mailboxes_outside_what_is_permitted():
    """
    Root (trusted) -> Issuing (permitted email:uc.example)
    -> bob@uc.example, bob@test.example
    """
    return _mail("uc.example", "bob@uc.example", "bob@test.example")


# URIs: the host part only.


@accepted(cryptography=NO_URIS)
def a_uri_of_the_host_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:uc.example) -> https://uc.example/a
    """
    return _below(
        name_constraints([uri("uc.example")]), HOST, uri("https://uc.example/a")
    )


@refused(Fault.NAME_CONSTRAINTS)
def a_uri_of_a_host_below_the_host_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:uc.example) -> https://a.uc.example/
    """
    return _below(
        name_constraints([uri("uc.example")]), HOST, uri("https://a.uc.example/")
    )


@accepted(cryptography=NO_URIS)
def a_uri_of_a_host_in_the_domain_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:.uc.example) -> https://a.uc.example/
    """
    return _below(
        name_constraints([uri(".uc.example")]), HOST, uri("https://a.uc.example/")
    )


@refused(Fault.NAME_CONSTRAINTS)
def a_uri_of_the_domain_itself_where_its_hosts_are_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:.uc.example) -> https://uc.example/
    """
    return _below(
        name_constraints([uri(".uc.example")]), HOST, uri("https://uc.example/")
    )


@accepted(cryptography=NO_URIS)
def a_uri_with_a_port_in_the_domain_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:uc.example) -> sip://uc.example:5061/
    """
    return _below(
        name_constraints([uri("uc.example")]), HOST, uri("sip://uc.example:5061/")
    )


@refused(Fault.NAME_CONSTRAINTS)
def a_uri_of_the_host_excluded():
    """
    Root (trusted) -> Issuing (excluded URI:uc.example) -> https://uc.example/a
    """
    return _below(
        name_constraints(excluded=[uri("uc.example")]),
        HOST,
        uri("https://uc.example/a"),
    )


@refused(Fault.NAME_CONSTRAINTS)
def a_uri_without_a_host_where_hosts_are_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:uc.example) -> urn:lab:leaf
    """
    return _below(name_constraints([uri("uc.example")]), HOST, uri("urn:lab:leaf"))


@refused(Fault.NAME_CONSTRAINTS)
def a_uri_of_an_address_where_hosts_are_permitted():
    """
    Root (trusted) -> Issuing (permitted URI:uc.example) -> https://10.1.2.3/
    """
    return _below(name_constraints([uri("uc.example")]), HOST, uri("https://10.1.2.3/"))


@refused(Fault.NAME_CONSTRAINTS)
def a_uri_that_shows_the_permitted_host_before_an_at_sign():
    """
    Root (trusted) -> Issuing (permitted URI:uc.example)
    -> https://uc.example@evil.test/
    """
    return _below(
        name_constraints([uri("uc.example")]),
        HOST,
        uri("https://uc.example@evil.test/"),
    )


# Directory names: the beginning of a distinguished name.


@accepted(cryptography=NO_DIRECTORY_NAMES)
def a_subject_in_the_branch_permitted():
    """
    Root (trusted) -> Issuing (permitted dirName:O=Lab) -> O=Lab, CN=leaf.example
    """
    return _below(name_constraints([directory(dn(O="Lab"))]))


@refused(Fault.NAME_CONSTRAINTS)
def a_subject_in_another_branch_than_permitted():
    """
    Root (trusted) -> Issuing (permitted dirName:O=Office) -> O=Lab, CN=leaf.example
    """
    return _below(name_constraints([directory(dn(O="Office"))]))


@refused(Fault.NAME_CONSTRAINTS)
def a_subject_in_the_branch_excluded():
    """
    Root (trusted) -> Issuing (excluded dirName:O=Lab) -> O=Lab, CN=leaf.example
    """
    return _below(name_constraints(excluded=[directory(dn(O="Lab"))]))


@accepted(cryptography=NO_DIRECTORY_NAMES)
def a_subject_beside_the_branch_excluded():
    """
    Root (trusted) -> Issuing (excluded dirName:O=Lab, CN=other) -> O=Lab, CN=leaf
    """
    return _below(name_constraints(excluded=[directory(dn(O="Lab", CN="other"))]))


@refused(Fault.NAME_CONSTRAINTS)
def a_subject_shorter_than_the_branch_permitted():
    """
    Root (trusted) -> Issuing (permitted dirName:O=Lab, OU=Voice, CN=x) -> O=Lab, CN=…
    """
    branch = directory(dn(O="Lab", OU="Voice", CN="x"))
    return _below(name_constraints([branch]))


@accepted(cryptography=NO_DIRECTORY_NAMES)
def a_branch_written_in_other_letters_and_blanks():
    """
    Root (trusted) -> Issuing (permitted dirName:O="  LAB ") -> O=Lab, CN=leaf.example

    RFC 5280 7.1: case and needless blanks do not make another name.
    """
    return _below(name_constraints([directory(dn(O="  LAB "))]))


@accepted(cryptography=NO_DIRECTORY_NAMES)
def a_branch_written_in_another_kind_of_text():
    """
    Root (trusted) -> Issuing (permitted dirName:O=Lab as PrintableString)
    -> O=Lab as UTF8String
    """
    return _below(name_constraints([directory(dn(O="Lab", tag=der.PRINTABLE))]))


@refused(Fault.NAME_CONSTRAINTS)
def a_branch_that_is_the_beginning_of_a_word():
    """
    Root (trusted) -> Issuing (permitted dirName:O=La) -> O=Lab, CN=leaf.example
    """
    return _below(name_constraints([directory(dn(O="La"))]))


@refused(Fault.NAME_CONSTRAINTS)
def a_directory_name_among_the_alternative_names():
    """
    Root (trusted) -> Issuing (permitted dirName:O=Lab) -> leaf.example, dirName:O=Other
    """
    return _below(
        name_constraints([directory(dn(O="Lab"))]), HOST, directory(dn(O="Other"))
    )


@refused(Fault.NAME_CONSTRAINTS)
def an_intermediate_outside_the_branch_permitted():
    """
    Root (trusted) -> CA 1 (permitted dirName:O=Lab) -> O=Other, CN=CA 2
    -> O=Lab, CN=leaf.example
    """
    root = make.root()
    upper = make.ca("CA 1", root, name_constraints([directory(dn(O="Lab"))]))
    lower = make.ca(dn(O="Other", CN="CA 2"), upper)
    return Case(make.leaf(lower), [root], [upper, lower])


@accepted(cryptography=NO_DIRECTORY_NAMES)
def a_self_issued_certificate_outside_the_branch_permitted():
    """
    Root (trusted) -> O=Other, CN=CA (permitted dirName:O=Lab)
    -> O=Other, CN=CA (new key) -> O=Lab, CN=leaf.example

    RFC 5280 6.1.3 (b): self-issued and not the last, so not asked.
    """
    root = make.root()
    other = dn(O="Other", CN="CA")
    old = make.ca(other, root, name_constraints([directory(dn(O="Lab"))]))
    new = make.ca(other, old, key=keys.elliptic("new"))
    return Case(make.leaf(new), [root], [old, new])


@refused(Fault.NAME_CONSTRAINTS)
def a_self_issued_leaf_is_asked_all_the_same():
    """
    Root (trusted) -> O=Other, CN=CA (permitted dirName:O=Lab)
    -> O=Other, CN=CA as leaf
    """
    root = make.root()
    other = dn(O="Other", CN="CA")
    issuing = make.ca(other, root, name_constraints([directory(dn(O="Lab"))]))
    leaf = make.leaf(issuing, name=other, key=keys.elliptic("new"))
    return Case(leaf, [root], [issuing])


@accepted(cryptography=NO_DIRECTORY_NAMES)
def an_empty_subject_below_a_branch_permitted():
    """
    Root (trusted) -> Issuing (permitted dirName:O=Lab) -> (no subject), leaf.example

    RFC 5280 6.1.3 (b): the subject is asked when it is not empty.
    """
    root = make.root()
    constraints = name_constraints([directory(dn(O="Lab"))])
    issuing = make.ca("Issuing", root, constraints)
    names = make.alternative_names(HOST, critical=True)
    return Case(make.leaf(issuing, names, name=dn()), [root], [issuing])


# Other forms and odd constraints.


@accepted()
def a_form_of_names_nobody_processes_and_nobody_uses():
    """
    Root (trusted) -> Issuing (permitted otherName) -> leaf.example
    """
    return _below(name_constraints([der.other_name(*UNIX_NAME)]))


@refused(Fault.NAME_CONSTRAINTS)
def a_form_of_names_nobody_processes_and_the_leaf_uses():
    """
    Root (trusted) -> Issuing (permitted otherName:x) -> leaf.example, otherName:leaf

    RFC 5280 4.2.1.10: process the constraint or refuse the certificate.
    """
    other = der.other_name(UNIX_NAME[0], der.text("x"))
    return _below(name_constraints([other]), HOST, der.other_name(*UNIX_NAME))


@refused(Fault.NAME_CONSTRAINTS)
def a_registered_number_where_another_is_permitted():
    """
    Root (trusted) -> Issuing (permitted RID:1.2.3) -> leaf.example, RID:1.2.4
    """
    return _below(
        name_constraints([der.registered_id("1.2.3")]),
        HOST,
        der.registered_id("1.2.4"),
    )


@refused(Fault.NAME_CONSTRAINTS, cryptography=NO_DEPTHS)
def a_subtree_that_begins_deeper_than_its_base():
    """
    Root (trusted) -> Issuing (permitted DNS:example, minimum 1) -> leaf.example

    RFC 5280 4.2.1.10: process minimum or refuse; nobody processes it.
    """
    deeper = der.sequence(dns("example"), der.wrap(0x80, b"\x01"))
    return _below(name_constraints([deeper]))


@refused(Fault.NAME_CONSTRAINTS, cryptography=NO_DEPTHS)
def a_subtree_with_a_greatest_depth():
    """
    Root (trusted) -> Issuing (permitted DNS:example, maximum 3) -> leaf.example
    """
    bounded = der.sequence(dns("example"), der.wrap(0x81, b"\x03"))
    return _below(name_constraints([bounded]))


@refused(Fault.MALFORMED)
def constraints_that_cannot_be_read():
    """
    Root (trusted) -> Issuing (nameConstraints is an OCTET STRING) -> leaf.example
    """
    return _below(make.Extension("2.5.29.30", True, der.octets(b"nothing")))


@refused(Fault.NAME_CONSTRAINTS)
def the_constraints_of_a_namesake_with_another_key_do_not_help():
    """
    Root (trusted) -> Issuing (permitted DNS:test)    -/
    Root (trusted) -> Issuing (permitted DNS:example, another key)
    the first alone signed leaf.example
    """
    root = make.root()
    test = make.ca("Issuing", root, name_constraints(["test"]))
    example = make.ca(
        "Issuing", root, name_constraints(["example"]), key=keys.elliptic("other")
    )
    return Case(make.leaf(test), [root], [example, test])


@accepted(cryptography=ONLY_IN_A_CA)
def a_leaf_that_constrains_nobody_below_it():
    """
    Root (trusted) -> leaf.example (permitted DNS:test); 4.2.1.10: only CAs may
    """
    root = make.root()
    return Case(make.leaf(root, name_constraints(["test"])), [root])


@accepted(cryptography=FORM_OF_DOMAIN)
def a_permitted_domain_with_a_dot_before_it():
    """
    Root (trusted) -> Issuing (permitted DNS:.example) -> leaf.example
    """
    return _below(name_constraints([".example"]))
