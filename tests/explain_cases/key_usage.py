"""What a key is for: RFC 5280 sections 4.2.1.3, 4.2.1.12 and 6.1.4 (n)."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.reasons import NO_CA_FOR_A_LEAF

ONLY_ITS_EKU = accepts(
    "it looks at the extended key usage of a leaf, and not at which bits of its key "
    "usage TLS needs (RFC 5280 section 4.2.1.12 names them)"
)
CA_NEEDS_KEY_USAGE = refuses(
    "it wants a key usage in every CA, as RFC 5280 section 4.2.1.3 asks of issuers; "
    "section 6.1.4 (n) looks at it only where there is one"
)


def _leaf_for(usage, *bits):
    root = make.root()
    name = "leaf.example" if usage == "server" else ""
    return Case(make.leaf(root, make.key_usage(*bits)), [root], name=name, usage=usage)


def _through(*changes, **how):
    root = make.root()
    issuing = make.ca("Issuing", root, *changes, **how)
    return Case(make.leaf(issuing), [root], [issuing])


def _below_root(*changes, **how):
    root = make.root("Root", *changes, **how)
    return Case(make.leaf(root), [root])


@accepted()
def an_intermediate_that_may_sign_certificates_only():
    """
    Root (trusted) -> Issuing (keyCertSign) -> leaf
    """
    return _through(make.key_usage("keyCertSign"))


@refused(Fault.KEY_USAGE)
def an_intermediate_that_may_sign_crls_only():
    """
    Root (trusted) -> Issuing (cRLSign) -> leaf
    """
    return _through(make.key_usage("cRLSign"))


@refused(Fault.KEY_USAGE)
def an_intermediate_with_the_key_usage_of_a_server():
    """
    Root (trusted) -> Issuing (CA:TRUE, digitalSignature, keyEncipherment) -> leaf
    """
    return _through(make.key_usage("digitalSignature", "keyEncipherment"))


@refused(Fault.KEY_USAGE)
def an_intermediate_without_key_cert_sign_and_not_critical():
    """
    Root (trusted) -> Issuing (cRLSign, not critical) -> leaf
    """
    return _through(make.key_usage("cRLSign", critical=False))


@accepted(cryptography=CA_NEEDS_KEY_USAGE)
def an_intermediate_without_key_usage():
    """
    Root (trusted) -> Issuing (CA:TRUE, no keyUsage) -> leaf
    """
    return _through(without=[make.KEY_USAGE])


@accepted()
def an_intermediate_with_every_key_usage():
    """
    Root (trusted) -> Issuing (all bits but the two of keyAgreement) -> leaf
    """
    bits = ("digitalSignature", "nonRepudiation", "keyEncipherment")
    more = ("dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign")
    return _through(make.key_usage(*bits, *more))


@accepted()
def an_intermediate_whose_key_usage_is_not_critical():
    """
    Root (trusted) -> Issuing (keyCertSign, not critical) -> leaf
    """
    return _through(make.key_usage("keyCertSign", critical=False))


@refused(Fault.KEY_USAGE)
def a_trusted_root_that_may_not_sign_certificates():
    """
    Root (trusted, cRLSign) -> leaf
    """
    return _below_root(make.key_usage("cRLSign"))


@accepted(cryptography=CA_NEEDS_KEY_USAGE)
def a_trusted_root_without_key_usage():
    """
    Root (trusted, no keyUsage) -> leaf
    """
    return _below_root(without=[make.KEY_USAGE])


@refused(Fault.KEY_USAGE)
def a_trusted_intermediate_that_may_not_sign_certificates():
    """
    (Root) -> Issuing (trusted, digitalSignature) -> leaf
    """
    issuing = make.ca("Issuing", make.root(), make.key_usage("digitalSignature"))
    return Case(make.leaf(issuing), [issuing])


@refused(Fault.KEY_USAGE)
def the_upper_of_two_intermediates_may_not_sign():
    """
    Root (trusted) -> Sub CA (cRLSign) -> Issuing -> leaf
    """
    root = make.root()
    sub = make.ca("Sub CA", root, make.key_usage("cRLSign"))
    issuing = make.ca("Issuing", sub)
    return Case(make.leaf(issuing), [root], [sub, issuing])


@accepted()
def a_leaf_without_key_usage():
    """
    Root (trusted) -> leaf (no keyUsage)
    """
    root = make.root()
    return Case(make.leaf(root, without=[make.KEY_USAGE]), [root])


@accepted()
def a_server_that_signs():
    """
    Root (trusted) -> server (digitalSignature)
    """
    return _leaf_for("server", "digitalSignature")


@accepted()
def a_server_that_decrypts_keys():
    """
    Root (trusted) -> server (keyEncipherment)
    """
    return _leaf_for("server", "keyEncipherment")


@accepted()
def a_server_that_agrees_on_keys():
    """
    Root (trusted) -> server (keyAgreement)
    """
    return _leaf_for("server", "keyAgreement")


@refused(Fault.KEY_USAGE)
def a_server_that_only_signs_certificates():
    """
    Root (trusted) -> server (keyCertSign)
    """
    return _leaf_for("server", "keyCertSign")


@refused(Fault.KEY_USAGE, cryptography=ONLY_ITS_EKU)
def a_server_that_only_signs_crls():
    """
    Root (trusted) -> server (cRLSign)
    """
    return _leaf_for("server", "cRLSign")


@refused(Fault.KEY_USAGE, cryptography=ONLY_ITS_EKU)
def a_server_that_only_cannot_deny():
    """
    Root (trusted) -> server (nonRepudiation)
    """
    return _leaf_for("server", "nonRepudiation")


@refused(Fault.KEY_USAGE, cryptography=ONLY_ITS_EKU)
def a_server_that_only_decrypts_data():
    """
    Root (trusted) -> server (dataEncipherment)
    """
    return _leaf_for("server", "dataEncipherment")


@accepted()
def a_client_that_signs():
    """
    Root (trusted) -> client (digitalSignature)
    """
    return _leaf_for("client", "digitalSignature")


@accepted()
def a_client_that_agrees_on_keys():
    """
    Root (trusted) -> client (keyAgreement)
    """
    return _leaf_for("client", "keyAgreement")


@refused(Fault.KEY_USAGE, cryptography=ONLY_ITS_EKU)
def a_client_that_only_decrypts_keys():
    """
    Root (trusted) -> client (keyEncipherment): enough for a server, not for a client
    """
    return _leaf_for("client", "keyEncipherment")


@refused(Fault.KEY_USAGE, cryptography=ONLY_ITS_EKU)
def a_client_that_only_cannot_deny():
    """
    Root (trusted) -> client (nonRepudiation)
    """
    return _leaf_for("client", "nonRepudiation")


@accepted()
def a_server_with_a_bit_that_helps_and_one_that_does_not():
    """
    Root (trusted) -> server (nonRepudiation, digitalSignature)
    """
    return _leaf_for("server", "nonRepudiation", "digitalSignature")


@accepted()
def a_server_that_agrees_on_keys_to_decipher_only():
    """
    Root (trusted) -> server (keyAgreement, decipherOnly): nine bits in two bytes
    """
    return _leaf_for("server", "keyAgreement", "decipherOnly")


@refused(Fault.KEY_USAGE, cryptography=ONLY_ITS_EKU)
def a_leaf_whose_key_usage_is_not_critical_is_bound_by_it():
    """
    Root (trusted) -> server (cRLSign, not critical)
    """
    root = make.root()
    return Case(make.leaf(root, make.key_usage("cRLSign", critical=False)), [root])


@accepted(cryptography=NO_CA_FOR_A_LEAF)
def a_leaf_that_may_sign_certificates_but_is_no_ca():
    """
    Root (trusted) -> leaf (CA:FALSE, digitalSignature and keyCertSign)
    """
    root = make.root()
    bits = make.key_usage("digitalSignature", "keyCertSign")
    return Case(make.leaf(root, make.basic_constraints(ca=False), bits), [root])


@refused(Fault.MALFORMED, cryptography=ONLY_ITS_EKU)
def a_key_usage_without_a_bit():
    """
    Root (trusted) -> leaf (keyUsage of no bits; RFC 5280 4.2.1.3 wants one)
    """
    return _leaf_for("server")


@refused(Fault.MALFORMED)
def an_intermediate_with_a_key_usage_without_a_bit():
    """
    Root (trusted) -> Issuing (keyUsage of no bits) -> leaf
    """
    return _through(make.key_usage())


@refused(Fault.MALFORMED)
def a_key_usage_that_is_no_bit_string():
    """
    Root (trusted) -> leaf (keyUsage is an INTEGER)
    """
    root = make.root()
    return Case(
        make.leaf(root, make.Extension(make.KEY_USAGE, True, der.integer(5))), [root]
    )


@refused(Fault.KEY_USAGE)
def a_trusted_leaf_with_the_key_usage_of_a_ca_alone():
    """
    leaf -> itself (trusted, keyCertSign): facts §13
    """
    leaf = make.alone(make.key_usage("keyCertSign"))
    return Case(leaf, [leaf])


@refused(Fault.KEY_USAGE)
def a_path_length_means_nothing_without_key_cert_sign():
    """
    Root (trusted) -> Issuing (CA:TRUE, pathlen 0, cRLSign) -> leaf
    """
    return _through(make.basic_constraints(path_length=0), make.key_usage("cRLSign"))


@accepted()
def a_server_that_is_called_by_no_name():
    """
    Root (trusted) -> server (digitalSignature); no host name is asked for
    """
    root = make.root()
    return Case(make.leaf(root, make.key_usage("digitalSignature")), [root], name="")
