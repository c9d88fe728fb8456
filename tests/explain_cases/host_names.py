"""Whether it is the host that was called: RFC 9525 (RFC 6125), facts §1.3."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, cannot, refused, refuses
from tests.explain_cases.reasons import NEEDS_ALTERNATIVE_NAMES

NO_SUCH_NAME = cannot("it takes no such text for a host name")
MISMATCH = Fault.NAME_MISMATCH


def _called(name, *names, subject="leaf.example"):
    """A host called `name`, whose certificate carries these alternative names."""
    root = make.root()
    carried = make.alternative_names(*names)
    return Case(make.leaf(root, carried, name=subject), [root], name=name)


def _called_without_names(name, subject):
    root = make.root()
    leaf = make.leaf(root, name=subject, without=[make.ALTERNATIVE_NAMES])
    return Case(leaf, [root], name=name)


@accepted()
def the_host_that_was_called():
    """
    Root (trusted) -> leaf.example; called leaf.example
    """
    return _called("leaf.example", "leaf.example")


@refused(MISMATCH)
def another_host_than_was_called():
    """
    Root (trusted) -> other.example; called leaf.example
    """
    return _called("leaf.example", "other.example", subject="Publisher")


@accepted()
def the_second_of_two_names():
    """
    Root (trusted) -> other.example, leaf.example; called leaf.example
    """
    return _called("leaf.example", "other.example", "leaf.example")


@accepted()
def a_name_carried_in_other_letters():
    """
    Root (trusted) -> LEAF.Example; called leaf.example
    """
    return _called("leaf.example", "LEAF.Example")


@accepted()
def a_name_called_in_other_letters():
    """
    Root (trusted) -> leaf.example; called Leaf.EXAMPLE
    """
    return _called("Leaf.EXAMPLE", "leaf.example")


@refused(MISMATCH)
def a_host_below_the_one_carried():
    """
    Root (trusted) -> leaf.example; called a.leaf.example
    """
    return _called("a.leaf.example", "leaf.example")


@refused(MISMATCH)
def the_domain_of_the_host_carried():
    """
    Root (trusted) -> leaf.uc.example; called uc.example
    """
    return _called("uc.example", "leaf.uc.example")


@refused(MISMATCH)
def the_first_label_of_the_host_carried():
    """
    Root (trusted) -> leaf.example; called leaf
    """
    return _called("leaf", "leaf.example")


@accepted()
def a_host_without_a_domain():
    """
    Root (trusted) -> leaf; called leaf
    """
    return _called("leaf", "leaf")


@refused(MISMATCH)
def a_host_that_ends_like_the_one_carried():
    """
    Root (trusted) -> leaf.example; called bleaf.example
    """
    return _called("bleaf.example", "leaf.example")


@accepted(
    openssl=refuses(
        "it compares the dot at the end too; RFC 1034 section 3.1: it only says that "
        "the name is complete"
    ),
    cryptography=NO_SUCH_NAME,
)
def a_name_called_with_the_dot_of_the_dns_root():
    """
    Root (trusted) -> leaf.example; called leaf.example.
    """
    return _called("leaf.example.", "leaf.example")


@accepted()
def a_star_for_one_label():
    """
    Root (trusted) -> *.uc.example; called pub.uc.example
    """
    return _called("pub.uc.example", "*.uc.example")


@refused(MISMATCH)
def a_star_for_two_labels():
    """
    Root (trusted) -> *.uc.example; called a.pub.uc.example
    """
    return _called("a.pub.uc.example", "*.uc.example")


@refused(MISMATCH)
def a_star_for_no_label():
    """
    Root (trusted) -> *.uc.example; called uc.example
    """
    return _called("uc.example", "*.uc.example")


@refused(MISMATCH)
def a_star_in_another_domain():
    """
    Root (trusted) -> *.im.example; called pub.uc.example
    """
    return _called("pub.uc.example", "*.im.example")


@refused(
    MISMATCH,
    openssl=accepts(
        "it lets a star stand for a part of a label unless told otherwise; RFC 9525 "
        "section 6.3: the star is the whole label"
    ),
)
def a_star_for_a_part_of_a_label():
    """
    Root (trusted) -> p*.uc.example; called pub.uc.example
    """
    return _called("pub.uc.example", "p*.uc.example")


@refused(MISMATCH)
def a_star_in_the_second_label():
    """
    Root (trusted) -> pub.*.example; called pub.uc.example
    """
    return _called("pub.uc.example", "pub.*.example")


@refused(MISMATCH)
def two_stars():
    """
    Root (trusted) -> *.*.example; called pub.uc.example
    """
    return _called("pub.uc.example", "*.*.example")


@refused(MISMATCH)
def a_star_alone():
    """
    Root (trusted) -> *; called leaf
    """
    return _called("leaf", "*")


@refused(
    MISMATCH,
    cryptography=accepts(
        "RFC 9525 sets no least number of labels; openssl and browsers ask for two "
        "after the star, and so does the lab"
    ),
)
def a_star_below_a_single_label():
    """
    Root (trusted) -> *.example; called leaf.example
    """
    return _called("leaf.example", "*.example")


@accepted()
def a_star_for_a_label_of_another_script():
    """
    Root (trusted) -> *.uc.example; called xn--fsq.uc.example
    """
    return _called("xn--fsq.uc.example", "*.uc.example")


@accepted()
def a_host_of_another_script_by_its_ascii_form():
    """
    Root (trusted) -> xn--r8jz45g.example; called xn--r8jz45g.example
    """
    return _called("xn--r8jz45g.example", "xn--r8jz45g.example")


@accepted(cryptography=NO_SUCH_NAME)
def a_host_with_an_underscore():
    """
    Root (trusted) -> pub_1.uc.example; called pub_1.uc.example
    """
    return _called("pub_1.uc.example", "pub_1.uc.example")


@accepted()
def an_address_of_the_fourth_version():
    """
    Root (trusted) -> IP:10.1.2.3; called 10.1.2.3
    """
    return _called("10.1.2.3", der.ip("10.1.2.3"))


@refused(MISMATCH)
def another_address_than_was_called():
    """
    Root (trusted) -> IP:10.1.2.4; called 10.1.2.3
    """
    return _called("10.1.2.3", der.ip("10.1.2.4"))


@refused(MISMATCH)
def an_address_written_as_host_name():
    """
    Root (trusted) -> DNS:10.1.2.3; called 10.1.2.3
    """
    return _called("10.1.2.3", "10.1.2.3")


@refused(MISMATCH)
def an_address_written_as_common_name():
    """
    Root (trusted) -> CN=10.1.2.3, no alternative names; called 10.1.2.3
    """
    return _called_without_names("10.1.2.3", "10.1.2.3")


@accepted()
def an_address_of_the_sixth_version():
    """
    Root (trusted) -> IP:2001:db8::1; called 2001:db8::1
    """
    return _called("2001:db8::1", der.ip("2001:db8::1"))


@accepted()
def an_address_of_the_sixth_version_in_all_its_digits():
    """
    Root (trusted) -> IP:2001:db8::1; called 2001:0DB8:0:0:0:0:0:1
    """
    return _called("2001:0DB8:0:0:0:0:0:1", der.ip("2001:db8::1"))


@refused(MISMATCH)
def an_address_of_the_fourth_version_within_one_of_the_sixth():
    """
    Root (trusted) -> IP:::ffff:10.1.2.3 (16 bytes); called 10.1.2.3
    """
    return _called("10.1.2.3", der.ip("::ffff:10.1.2.3"))


@refused(MISMATCH)
def a_host_called_by_name_whose_certificate_has_its_address():
    """
    Root (trusted) -> CN=pub.example, IP:10.1.2.3; called leaf.example
    """
    return _called("leaf.example", der.ip("10.1.2.3"), subject="pub.example")


@refused(MISMATCH)
def a_host_called_by_address_whose_certificate_has_its_name():
    """
    Root (trusted) -> leaf.example; called 10.1.2.3
    """
    return _called("10.1.2.3", "leaf.example")


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_common_name_without_alternative_names():
    """
    Root (trusted) -> CN=leaf.example, no alternative names; called leaf.example
    """
    return _called_without_names("leaf.example", "leaf.example")


@refused(MISMATCH)
def another_common_name_without_alternative_names():
    """
    Root (trusted) -> CN=other.example, no alternative names; called leaf.example
    """
    return _called_without_names("leaf.example", "other.example")


@refused(MISMATCH)
def a_common_name_beside_an_alternative_name_of_another_host():
    """
    Root (trusted) -> CN=leaf.example, DNS:other.example; called leaf.example
    """
    return _called("leaf.example", "other.example")


@accepted(
    cryptography=refuses(
        "it never looks at the common name; the lab's rule lets it count where no "
        "alternative name is a DNS name"
    )
)
def a_common_name_beside_a_mail_address():
    """
    Root (trusted) -> CN=leaf.example, email:ann@uc.example; called leaf.example
    """
    return _called("leaf.example", der.email("ann@uc.example"))


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_common_name_in_other_letters():
    """
    Root (trusted) -> CN=LEAF.Example, no alternative names; called leaf.example
    """
    return _called_without_names("leaf.example", "LEAF.Example")


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_common_name_with_a_star():
    """
    Root (trusted) -> CN=*.uc.example, no alternative names; called pub.uc.example
    """
    return _called_without_names("pub.uc.example", "*.uc.example")


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def the_second_of_two_common_names():
    """
    Root (trusted) -> CN=Publisher, CN=leaf.example; called leaf.example
    """
    names = [der.one_set(der.attribute("CN", each)) for each in ("Publisher",)]
    return _called_without_names("leaf.example", der.dn(*names, CN="leaf.example"))


@refused(MISMATCH)
def a_host_name_in_another_attribute_of_the_subject():
    """
    Root (trusted) -> OU=leaf.example, CN=Publisher; called leaf.example
    """
    return _called_without_names(
        "leaf.example", der.dn(OU="leaf.example", CN="Publisher")
    )


@refused(MISMATCH)
def no_name_at_all():
    """
    Root (trusted) -> O=Lab, no alternative names; called leaf.example
    """
    return _called_without_names("leaf.example", der.dn(O="Lab"))


@refused(MISMATCH)
def a_host_name_that_goes_on_after_a_zero_byte():
    """
    Root (trusted) -> DNS:"leaf.example", zero byte, ".evil.test"; called leaf.example
    """
    hidden = der.dns(b"leaf.example\0.evil.test")
    return _called("leaf.example", hidden, subject="evil.test")


@refused(MISMATCH)
def a_common_name_that_goes_on_after_a_zero_byte():
    """
    Root (trusted) -> CN="leaf.example", zero byte, ".evil.test"; called leaf.example
    """
    return _called_without_names("leaf.example", "leaf.example\0.evil.test")


@refused(MISMATCH)
def a_host_named_in_a_uri():
    """
    Root (trusted) -> URI:https://leaf.example/; called leaf.example
    """
    address = der.uri("https://leaf.example/")
    return _called("leaf.example", address, subject="Publisher")


@refused(MISMATCH)
def a_name_with_a_blank_after_it():
    """
    Root (trusted) -> DNS:"leaf.example "; called leaf.example
    """
    return _called("leaf.example", "leaf.example ", subject="Publisher")


@refused(MISMATCH)
def a_letter_that_only_looks_like_one_of_the_name():
    """
    Root (trusted) -> DNS:leaf.example with a Kelvin sign for k; called kelf.example
    """
    return _called("kelf.example", "\u212aelf.example", subject="Publisher")


@accepted()
def nobody_asks_for_a_name():
    """
    Root (trusted) -> other.example; no name is asked for
    """
    return _called("", "other.example")


@accepted()
def a_client_is_not_asked_for_a_name():
    """
    Root (trusted) -> client.example; as a client, no name is asked for
    """
    root = make.root()
    client = make.leaf(root, make.alternative_names("client.example"))
    return Case(client, [root], name="", usage="client")


@refused(MISMATCH)
def a_trusted_leaf_called_by_another_name():
    """
    leaf.example -> itself (trusted); called pub.example
    """
    leaf = make.alone()
    return Case(leaf, [leaf], name="pub.example")


@refused(
    Fault.MALFORMED,
    openssl=accepts(
        "an empty list is none to it, so that the common name counts; RFC 5280 section "
        "4.2.1.6: at least one"
    ),
)
def a_list_of_no_alternative_names():
    """
    Root (trusted) -> leaf (subjectAltName of none: SIZE (1..MAX))
    """
    return _called("leaf.example")


@refused(Fault.MALFORMED)
def alternative_names_that_cannot_be_read():
    """
    Root (trusted) -> leaf (subjectAltName is an INTEGER); called leaf.example
    """
    root = make.root()
    odd = make.Extension(make.ALTERNATIVE_NAMES, False, der.integer(1))
    return Case(make.leaf(root, odd), [root])
