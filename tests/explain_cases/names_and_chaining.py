"""Whose issuer is who: RFC 5280 sections 4.1.2.4, 4.1.2.6, 6.1.3 (a)(4) and 7.1."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.der import dn
from tests.explain_cases.reasons import NOBODY_TO_TRUST

BYTE_FOR_BYTE = refuses(
    "it compares names byte for byte; RFC 5280 section 7.1: case, needless blanks and "
    "the kind of text do not make another name"
)
ASCII_ONLY = refuses(
    "it folds the case of ASCII letters only; RFC 5280 section 7.1 prepares names by "
    "RFC 4518, which folds and normalizes all of Unicode"
)
ANY_NAME = accepts(
    "without -x509_strict it chains by empty names as by others; RFC 5280 sections "
    "4.1.2.4 and 4.1.2.6: an issuer has a name"
)


def _as_written(of_root, of_issuer):
    """A root of one name, and a leaf that writes its issuer in another way."""
    root = make.root(of_root)
    return Case(make.leaf(root, issuer=of_issuer), [root])


@refused(Fault.ISSUER_MISSING, cryptography=NOBODY_TO_TRUST)
def a_leaf_and_nobody_else():
    """
    (Root) -> leaf; nobody is trusted, nobody is there
    """
    return Case(make.leaf(make.root()), [])


@refused(Fault.ISSUER_MISSING)
def an_intermediate_that_the_server_forgot_to_send():
    """
    Root (trusted) -> (Issuing) -> leaf
    """
    root = make.root()
    return Case(make.leaf(make.ca("Issuing", root)), [root])


@refused(Fault.ISSUER_MISSING)
def a_gap_further_up():
    """
    Root (trusted) -> (Sub CA) -> Issuing -> leaf
    """
    root = make.root()
    issuing = make.ca("Issuing", make.ca("Sub CA", root))
    return Case(make.leaf(issuing), [root], [issuing])


@refused(Fault.ISSUER_MISSING)
def a_root_that_nobody_has():
    """
    (Root) -> Issuing -> leaf; another root is trusted
    """
    issuing = make.ca("Issuing", make.root())
    return Case(make.leaf(issuing), [make.root("Another")], [issuing])


@refused(Fault.NOT_TRUSTED)
def a_whole_chain_to_a_root_that_is_not_trusted():
    """
    Root -> Issuing -> leaf; another root is trusted
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [make.root("Another")], [issuing, root])


@refused(Fault.NOT_TRUSTED, cryptography=NOBODY_TO_TRUST)
def a_whole_chain_where_nobody_is_trusted():
    """
    Root -> leaf; no certificate is trusted
    """
    root = make.root()
    return Case(make.leaf(root), [], [root])


@refused(Fault.NOT_TRUSTED)
def a_self_signed_leaf_that_is_not_trusted():
    """
    leaf -> itself; another root is trusted
    """
    return Case(make.alone(), [make.root()])


@refused(Fault.NOT_TRUSTED)
def a_self_signed_leaf_that_vouches_for_itself_among_the_untrusted():
    """
    leaf -> itself, given as untrusted
    """
    leaf = make.alone()
    return Case(leaf, [make.root()], [leaf])


@refused(Fault.ISSUER_MISSING)
def the_same_common_name_in_another_organization():
    """
    O=Office, CN=Root (trusted) -/-> leaf, issuer O=Lab, CN=Root
    """
    return _as_written(dn(O="Office", CN="Root"), dn(O="Lab", CN="Root"))


@refused(Fault.ISSUER_MISSING)
def an_issuer_with_one_attribute_more():
    """
    O=Lab, CN=Root (trusted) -/-> leaf, issuer O=Lab, OU=Voice, CN=Root
    """
    return _as_written(dn(O="Lab", CN="Root"), dn(O="Lab", OU="Voice", CN="Root"))


@refused(Fault.ISSUER_MISSING)
def an_issuer_with_one_attribute_less():
    """
    O=Lab, CN=Root (trusted) -/-> leaf, issuer CN=Root
    """
    return _as_written(dn(O="Lab", CN="Root"), dn(CN="Root"))


@refused(Fault.ISSUER_MISSING)
def an_issuer_with_its_attributes_in_another_order():
    """
    O=Lab, CN=Root (trusted) -/-> leaf, issuer CN=Root, O=Lab
    """
    return _as_written(dn(O="Lab", CN="Root"), dn(CN="Root", O="Lab"))


@refused(Fault.ISSUER_MISSING)
def the_same_text_in_another_attribute():
    """
    O=Lab, CN=Root (trusted) -/-> leaf, issuer O=Lab, OU=Root
    """
    return _as_written(dn(O="Lab", CN="Root"), dn(O="Lab", OU="Root"))


@refused(Fault.ISSUER_MISSING)
def one_part_of_two_attributes_is_not_two_parts():
    """
    O=Lab + CN=Root (trusted) -/-> leaf, issuer O=Lab, CN=Root
    """
    together = der.one_set(der.attribute("O", "Lab"), der.attribute("CN", "Root"))
    return _as_written(dn(together), dn(O="Lab", CN="Root"))


@accepted(cryptography=BYTE_FOR_BYTE)
def an_issuer_in_other_letters():
    """
    CN=Root (trusted) -> leaf, issuer CN=ROOT
    """
    return _as_written(dn(CN="Root"), dn(CN="ROOT"))


@accepted(cryptography=BYTE_FOR_BYTE)
def an_issuer_with_more_blanks():
    """
    CN=Lab Root (trusted) -> leaf, issuer CN="  Lab   Root "
    """
    return _as_written(dn(CN="Lab Root"), dn(CN="  Lab   Root "))


@accepted(cryptography=BYTE_FOR_BYTE)
def an_issuer_in_another_kind_of_text():
    """
    CN=Root as UTF8String (trusted) -> leaf, issuer CN=Root as PrintableString
    """
    return _as_written(dn(CN="Root"), dn(CN="Root", tag=der.PRINTABLE))


@refused(Fault.ISSUER_MISSING)
def a_blank_in_the_middle_of_a_word():
    """
    CN=LabRoot (trusted) -/-> leaf, issuer CN=Lab Root
    """
    return _as_written(dn(CN="LabRoot"), dn(CN="Lab Root"))


@accepted(openssl=ASCII_ONLY, cryptography=BYTE_FOR_BYTE)
def an_issuer_in_other_letters_beyond_ascii():
    """
    CN=Café (trusted) -> leaf, issuer CN=CAFÉ
    """
    return _as_written(dn(CN="Café"), dn(CN="CAFÉ"))


@accepted(openssl=ASCII_ONLY, cryptography=BYTE_FOR_BYTE)
def an_issuer_composed_in_another_way():
    """
    CN=Café (trusted) -> leaf, issuer CN=Cafe and a combining accent
    """
    return _as_written(dn(CN="Caf\u00e9"), dn(CN="Cafe\u0301"))


@accepted(openssl=ASCII_ONLY, cryptography=BYTE_FOR_BYTE)
def an_issuer_in_letters_of_full_width():
    """
    CN=Root (trusted) -> leaf, issuer CN=Root in letters of full width (U+FF32 …)
    """
    return _as_written(dn(CN="Root"), dn(CN="\uff32\uff4f\uff4f\uff54"))


@accepted()
def a_name_in_japanese():
    """
    O=例示株式会社, CN=認証局 (trusted) -> leaf
    """
    name = dn(O="例示株式会社", CN="認証局")
    return _as_written(name, name)


@refused(Fault.ISSUER_MISSING)
def names_in_japanese_that_differ_in_one_character():
    """
    CN=認証局 (trusted) -/-> leaf, issuer CN=認証書
    """
    return _as_written(dn(CN="認証局"), dn(CN="認証書"))


@accepted()
def a_name_of_two_bytes_a_character():
    """
    CN=Root as BMPString (trusted) -> leaf, issuer CN=Root as BMPString
    """
    name = dn(CN="Root", tag=der.BMP)
    return _as_written(name, name)


@accepted()
def a_name_of_domain_components():
    """
    DC=example, DC=uc, CN=Root (trusted) -> leaf
    """
    parts = [der.one_set(der.attribute("DC", each)) for each in ("example", "uc")]
    name = dn(*parts, CN="Root")
    return _as_written(name, name)


@accepted(cryptography=BYTE_FOR_BYTE)
def domain_components_in_other_letters():
    """
    DC=example, DC=uc (trusted) -> leaf, issuer DC=EXAMPLE, DC=UC
    """
    small = [der.one_set(der.attribute("DC", each)) for each in ("example", "uc")]
    great = [der.one_set(der.attribute("DC", each)) for each in ("EXAMPLE", "UC")]
    return _as_written(dn(*small), dn(*great))


@accepted()
def a_part_of_two_attributes():
    """
    O=Lab, CN=Root + serialNumber=7 (trusted) -> leaf
    """
    both = der.one_set(der.attribute("CN", "Root"), der.attribute("serialNumber", "7"))
    name = dn(der.one_set(der.attribute("O", "Lab")), both)
    return _as_written(name, name)


@accepted()
def an_attribute_nobody_knows():
    """
    CN=Root, 1.3.6.1.4.1.99999.30=x (trusted) -> leaf
    """
    odd = der.one_set(der.attribute(f"{make.LAB}.30", "x"))
    name = dn(der.one_set(der.attribute("CN", "Root")), odd)
    return _as_written(name, name)


@refused(Fault.ISSUER_MISSING)
def an_attribute_nobody_knows_with_another_value():
    """
    CN=Root, 1.3.6.1.4.1.99999.30=x (trusted) -/-> leaf, issuer …=y
    """
    common = der.one_set(der.attribute("CN", "Root"))
    names = [
        dn(common, der.one_set(der.attribute(f"{make.LAB}.30", value)))
        for value in ("x", "y")
    ]
    return _as_written(*names)


@refused(Fault.ISSUER_MISSING)
def a_name_that_goes_on_after_a_zero_byte():
    """
    CN=Root (trusted) -/-> leaf, issuer CN="Root", zero byte, "x"
    """
    return _as_written(dn(CN="Root"), dn(CN="Root\0x"))


@refused(Fault.MALFORMED, openssl=ANY_NAME)
def a_leaf_without_an_issuer_name():
    """
    (trusted, no name) -> leaf, issuer of no attributes; RFC 5280 4.1.2.4
    """
    return _as_written(dn(), dn())


@refused(Fault.MALFORMED, openssl=ANY_NAME)
def an_intermediate_without_a_name():
    """
    Root (trusted) -> (no name, CA:TRUE) -> leaf; RFC 5280 4.1.2.6
    """
    root = make.root()
    nameless = make.ca(dn(), root)
    return Case(make.leaf(nameless), [root], [nameless])


@accepted()
def a_leaf_without_a_subject():
    """
    Root (trusted) -> (no subject), alternative names critical
    """
    root = make.root()
    names = make.alternative_names("leaf.example", critical=True)
    return Case(make.leaf(root, names, name=dn()), [root])


@accepted(
    cryptography=refuses(
        "RFC 5280 section 4.2.1.6 asks the issuer to mark the names critical where the "
        "subject is empty; section 6.1 does not look at it"
    )
)
def a_leaf_without_a_subject_whose_names_are_not_critical():
    """
    Root (trusted) -> (no subject), alternative names not critical
    """
    root = make.root()
    return Case(make.leaf(root, name=dn()), [root])


@accepted()
def two_roots_of_one_name_and_the_second_signed():
    """
    Root (trusted, another key)
    Root (trusted) -> leaf
    """
    first, second = make.root(key=keys.elliptic("another")), make.root()
    return Case(make.leaf(second), [first, second])


@refused(Fault.BAD_SIGNATURE)
def two_roots_of_one_name_and_neither_signed():
    """
    Root (trusted, another key) -/
    Root (trusted, a third key) -/-> leaf
    """
    held = [make.root(key=keys.elliptic(each)) for each in ("another", "a third")]
    return Case(make.leaf(make.root()), held)
