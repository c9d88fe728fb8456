"""Who signed what: RFC 5280 sections 4.1.1.2, 4.1.1.3 and 6.1.3 (a)(1)."""

from lab.pki.der import sections
from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, refused, refuses
from tests.explain_cases.reasons import KEY_ID_DECIDES, NEEDS_KEY_IDS

OTHER = keys.elliptic("somebody else")
RSA_SHA256 = keys.rsa_key().algorithm("sha256")


def _last_bit_turned(made):
    return made._replace(der=made.der[:-1] + bytes((made.der[-1] ^ 1,)))


def _renamed(made, old, new):
    return made._replace(der=made.der.replace(old, new))


def _below_issuing(leaf_of, **of_issuing):
    root = make.root()
    issuing = make.ca("Issuing", root, **of_issuing)
    return Case(leaf_of(issuing), [root], [issuing])


@accepted()
def every_signature_of_a_chain_of_four():
    """
    Root (trusted) -> Sub CA -> Issuing -> leaf
    """
    root = make.root()
    sub = make.ca("Sub CA", root)
    issuing = make.ca("Issuing", sub)
    return Case(make.leaf(issuing), [root], [sub, issuing])


@refused(Fault.BAD_SIGNATURE)
def a_leaf_signed_by_somebody_else_in_the_name_of_the_root():
    """
    Root (trusted) -/-> leaf, signed by another key
    """
    root = make.root()
    return Case(make.leaf(root, signer=OTHER), [root])


@refused(Fault.BAD_SIGNATURE)
def a_leaf_signed_by_its_own_key_in_the_name_of_the_root():
    """
    Root (trusted) -/-> leaf, signed by the key of the leaf
    """
    root = make.root()
    own = keys.elliptic("leaf.example")
    return Case(make.leaf(root, signer=own), [root])


@refused(Fault.BAD_SIGNATURE)
def a_leaf_signed_by_somebody_else_who_names_his_key():
    """
    Root (trusted) -/-> leaf, signed by another key, authorityKeyIdentifier of that key
    """
    root = make.root()
    named = make.authority_key_id(OTHER.id)
    return Case(make.leaf(root, named, signer=OTHER), [root])


@refused(Fault.BAD_SIGNATURE)
def a_leaf_signed_by_somebody_else_who_names_no_key():
    """
    Root (trusted) -/-> leaf, signed by another key, no authorityKeyIdentifier
    """
    root = make.root()
    without = [make.AUTHORITY_KEY_ID]
    return Case(make.leaf(root, signer=OTHER, without=without), [root])


@refused(Fault.BAD_SIGNATURE)
def one_bit_of_the_signature_of_a_leaf_turned():
    """
    Root (trusted) -/-> leaf, last bit turned
    """
    root = make.root()
    return Case(_last_bit_turned(make.leaf(root)), [root])


@refused(Fault.BAD_SIGNATURE)
def the_host_name_changed_after_the_signature():
    """
    Root (trusted) -/-> leaf, signed as loaf.example, changed to leaf.example
    """
    root = make.root()
    loaf = make.leaf(root, make.alternative_names("loaf.example"))
    return Case(_renamed(loaf, b"loaf.example", b"leaf.example"), [root])


@refused(Fault.BAD_SIGNATURE)
def an_intermediate_signed_by_somebody_else_in_the_name_of_the_root():
    """
    Root (trusted) -/-> Issuing, signed by another key -> leaf
    """
    return _below_issuing(make.leaf, signer=OTHER)


@refused(Fault.BAD_SIGNATURE)
def one_bit_of_the_signature_of_an_intermediate_turned():
    """
    Root (trusted) -/-> Issuing, last bit turned -> leaf
    """
    root = make.root()
    issuing = make.ca("Issuing", root)
    return Case(make.leaf(issuing), [root], [_last_bit_turned(issuing)])


@refused(Fault.BAD_SIGNATURE)
def a_leaf_signed_by_the_key_above_its_issuer():
    """
    Root (trusted) -> Issuing -/-> leaf, signed by the key of Root
    """
    root = make.root()
    return _below_issuing(lambda issuing: make.leaf(issuing, signer=root.key))


@refused(Fault.BAD_SIGNATURE)
def a_root_of_the_same_name_with_another_key():
    """
    Root (trusted, another key) -/-> leaf
    """
    root = make.root()
    namesake = make.root(key=OTHER)
    return Case(make.leaf(root), [namesake])


@accepted()
def a_trusted_root_whose_own_signature_is_broken():
    """
    Root (trusted, self-signature broken) -> leaf; RFC 5280 6.1.1 (d)
    """
    root = make.root()
    return Case(make.leaf(root), [_last_bit_turned(root)])


@accepted()
def a_trusted_intermediate_whose_signature_is_broken():
    """
    (Root) -/-> Issuing (trusted) -> leaf
    """
    issuing = make.ca("Issuing", make.root(), signer=OTHER)
    return Case(make.leaf(issuing), [issuing])


@accepted()
def a_trusted_leaf_whose_own_signature_is_broken():
    """
    leaf -> itself (trusted, self-signature broken)
    """
    leaf = _last_bit_turned(make.alone())
    return Case(leaf, [leaf])


@refused(Fault.BAD_SIGNATURE)
def an_empty_signature():
    """
    Root (trusted) -/-> leaf, signature of no bits
    """
    root = make.root()
    return Case(make.leaf(root, sign=lambda _: b""), [root])


@refused(Fault.BAD_SIGNATURE)
def a_signature_of_zeros():
    """
    Root (trusted) -/-> leaf, ECDSA r = s = 0
    """
    root = make.root()
    zeros = der.sequence(der.integer(0), der.integer(0))
    return Case(make.leaf(root, sign=lambda _: zeros), [root])


@refused(Fault.BAD_SIGNATURE)
def a_signature_with_bytes_after_it():
    """
    Root (trusted) -/-> leaf, ECDSA signature and one byte more
    """
    root = make.root()
    longer = make.leaf(root, sign=lambda tbs: root.key.sign(tbs, "sha256") + b"\0")
    return Case(longer, [root])


@refused(Fault.BAD_SIGNATURE)
def a_signature_over_another_hash_than_it_names():
    """
    Root (trusted) -/-> leaf, ecdsa-with-SHA256, signed over SHA-384
    """
    root = make.root()
    return Case(make.leaf(root, sign=lambda tbs: root.key.sign(tbs, "sha384")), [root])


@refused(Fault.BAD_SIGNATURE)
def an_algorithm_that_the_key_of_the_issuer_cannot_have():
    """
    Root (trusted, EC key) -/-> leaf, sha256WithRSAEncryption
    """
    root = make.root()
    return Case(make.leaf(root, algorithm=RSA_SHA256), [root])


@refused(Fault.BAD_SIGNATURE)
def an_algorithm_that_an_rsa_issuer_cannot_have():
    """
    Root (trusted, RSA key) -/-> leaf, ecdsa-with-SHA256
    """
    root = make.root(key=keys.rsa_key())
    return Case(make.leaf(root, algorithm=OTHER.algorithm("sha256")), [root])


@refused(Fault.BAD_SIGNATURE)
def a_signature_algorithm_that_nobody_knows():
    """
    Root (trusted) -/-> leaf, an algorithm of the lab's own OID
    """
    root = make.root()
    unheard = der.sequence(der.oid(f"{make.LAB}.7"))
    return Case(make.leaf(root, algorithm=unheard), [root])


@refused(Fault.MALFORMED)
def a_leaf_with_one_algorithm_inside_and_another_outside():
    """
    Root (trusted) -> leaf, ecdsa-with-SHA256 outside, SHA384 inside
    """
    root = make.root()
    inside = root.key.algorithm("sha384")
    return Case(make.leaf(root, inner_algorithm=inside), [root])


@refused(Fault.MALFORMED)
def an_intermediate_with_one_algorithm_inside_and_another_outside():
    """
    Root (trusted) -> Issuing, SHA256 outside, SHA384 inside -> leaf
    """
    return _below_issuing(make.leaf, inner_algorithm=OTHER.algorithm("sha384"))


@accepted(
    cryptography=refuses(
        "it asks a trusted certificate too what it is signed with; RFC 5280 section "
        "6.1 takes its name and key, and does not verify its signature"
    )
)
def a_trusted_root_with_one_algorithm_inside_and_another_outside():
    """
    Root (trusted, SHA256 outside, SHA384 inside) -> leaf: nobody checks its signature
    """
    root = make.root(inner_algorithm=OTHER.algorithm("sha384"))
    return Case(make.leaf(root), [root])


@accepted(openssl=KEY_ID_DECIDES)
def a_key_identifier_that_the_issuer_does_not_have():
    """
    Root (trusted) -> leaf, authorityKeyIdentifier of another key
    """
    root = make.root()
    return Case(make.leaf(root, make.authority_key_id(OTHER.id)), [root])


@accepted(openssl=KEY_ID_DECIDES)
def a_serial_in_the_key_identifier_that_the_issuer_does_not_have():
    """
    Root (trusted, serial 5) -> leaf, issuer and serial 6 in its key identifier
    """
    root = make.root(serial=5)
    named = make.authority_key_id(name=root.subject, serial=6)
    return Case(make.leaf(root, named), [root])


@accepted()
def an_issuer_named_by_name_and_serial_only():
    """
    Root (trusted, serial 5) -> leaf, issuer and serial 5 in its key identifier
    """
    root = make.root(serial=5)
    named = make.authority_key_id(name=root.subject, serial=5)
    return Case(make.leaf(root, named), [root])


@accepted(cryptography=NEEDS_KEY_IDS)
def no_key_identifiers_at_all():
    """
    Root (trusted) -> leaf, neither with a key identifier
    """
    root = make.root(without=[make.SUBJECT_KEY_ID])
    bare = make.leaf(root, without=[make.SUBJECT_KEY_ID, make.AUTHORITY_KEY_ID])
    return Case(bare, [root])


@accepted()
def a_key_identifier_that_is_not_made_from_the_key():
    """
    Root (trusted, key identifier "any") -> leaf, authorityKeyIdentifier "any"
    """
    root = make.root("Root", make.subject_key_id(b"any"))
    return Case(make.leaf(root, make.authority_key_id(b"any")), [root])


@refused(Fault.BAD_SIGNATURE)
def two_leaves_that_exchanged_their_signatures():
    """
    Root (trusted) -/-> leaf, with the signature of another leaf of Root
    """
    root = make.root()
    signed = sections(make.leaf(root, serial=7).der).tbs
    swapped = make.leaf(root, sign=lambda _: root.key.sign(signed, "sha256"))
    return Case(swapped, [root])


@refused(Fault.BAD_SIGNATURE)
def a_chain_broken_twice_has_one_fault_that_decides():
    """
    Root (trusted) -/-> Issuing -/-> leaf
    """
    return _below_issuing(
        lambda issuing: make.leaf(issuing, signer=OTHER),
        signer=keys.elliptic("a third"),
    )
