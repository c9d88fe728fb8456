"""Keys and hashes a verifier still takes: the policy "default" of the lab.

RFC 5280 names no strength. RSA from 2048 bits, elliptic curves from 256, no DSA, no MD5
and no SHA-1; the signature of the trusted certificate itself is not looked at.
"""

from cryptography.hazmat.primitives.asymmetric import ec

from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.reasons import NO_WAY_BACK

WEB_ALGORITHMS = refuses(
    "it takes the algorithms of the web's public certificates only; TLS 1.3 has this "
    "one (RFC 8446 section 4.2.3)"
)
LEVEL_TWO = accepts(
    "its security level 2 asks for 112 bits of strength, which RSA and DSA of about "
    "2048 bits and curves of 224 have; the lab's policy follows the Baseline "
    "Requirements"
)
LEAF_KEY = accepts(
    "it asks the keys of issuers for their strength, and leaves that of the leaf to "
    "whoever connects"
)
CURVES = {"P-224": ec.SECP224R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}


def _leaf_of(key, **how):
    root = make.root()
    return Case(make.leaf(root, key=key, **how), [root])


def _root_of(key, **how):
    """A root of that key, which signs the leaf as `how` says."""
    root = make.root(key=key)
    return Case(make.leaf(root, **how), [root])


def _issuing_of(key, *, leaf=None, **how):
    root = make.root()
    issuing = make.ca("Issuing", root, key=key, **how)
    return Case(make.leaf(issuing, **(leaf or {})), [root], [issuing])


@accepted()
def a_leaf_with_an_rsa_key_of_2048_bits():
    """
    Root (trusted) -> leaf (RSA 2048)
    """
    return _leaf_of(keys.rsa_key(2048))


@refused(Fault.WEAK_KEY, openssl=LEVEL_TWO, cryptography=LEAF_KEY)
def a_leaf_with_an_rsa_key_of_2047_bits():
    """
    Root (trusted) -> leaf (RSA 2047)
    """
    return _leaf_of(keys.rsa_key(2047))


@refused(Fault.WEAK_KEY, cryptography=LEAF_KEY)
def a_leaf_with_an_rsa_key_of_1024_bits():
    """
    Root (trusted) -> leaf (RSA 1024): the smallest that the cluster offers
    """
    return _leaf_of(keys.rsa_key(1024))


@refused(Fault.WEAK_KEY)
def an_intermediate_with_an_rsa_key_of_1024_bits():
    """
    Root (trusted) -> Issuing (RSA 1024) -> leaf
    """
    return _issuing_of(keys.rsa_key(1024))


@refused(Fault.WEAK_KEY)
def a_trusted_root_with_an_rsa_key_of_1024_bits():
    """
    Root (trusted, RSA 1024) -> leaf
    """
    return _root_of(keys.rsa_key(1024))


@refused(Fault.WEAK_KEY, cryptography=LEAF_KEY)
def a_trusted_leaf_with_an_rsa_key_of_1024_bits():
    """
    leaf -> itself (trusted, RSA 1024)
    """
    leaf = make.alone(key=keys.rsa_key(1024))
    return Case(leaf, [leaf])


@accepted()
def a_chain_of_rsa_keys():
    """
    Root (trusted, RSA 2048) -> Issuing (RSA 2048) -> leaf (RSA 2048)
    """
    root = make.root(key=keys.rsa_key())
    issuing = make.ca("Issuing", root, key=keys.rsa_key(label="issuing"))
    return Case(make.leaf(issuing, key=keys.rsa_key()), [root], [issuing])


@accepted()
def an_rsa_leaf_below_an_elliptic_root():
    """
    Root (trusted, P-256) -> Issuing (RSA 2048) -> leaf (P-256)
    """
    return _issuing_of(keys.rsa_key())


@accepted()
def a_leaf_on_the_curve_p384():
    """
    Root (trusted) -> leaf (P-384)
    """
    return _leaf_of(keys.elliptic("", CURVES["P-384"]))


@accepted()
def a_leaf_on_the_curve_p521():
    """
    Root (trusted) -> leaf (P-521)
    """
    return _leaf_of(keys.elliptic("", CURVES["P-521"]))


@refused(Fault.WEAK_KEY, openssl=LEVEL_TWO, cryptography=LEAF_KEY)
def a_leaf_on_the_curve_p224():
    """
    Root (trusted) -> leaf (P-224)
    """
    return _leaf_of(keys.elliptic("", CURVES["P-224"]))


@accepted()
def a_root_on_the_curve_p384_with_its_hash():
    """
    Root (trusted, P-384) -> leaf, ecdsa-with-SHA384
    """
    return _root_of(keys.elliptic("", CURVES["P-384"]), hash_name="sha384")


@accepted()
def a_root_on_the_curve_p521_with_its_hash():
    """
    Root (trusted, P-521) -> leaf, ecdsa-with-SHA512
    """
    return _root_of(keys.elliptic("", CURVES["P-521"]), hash_name="sha512")


@accepted()
def a_leaf_with_a_key_of_ed25519():
    """
    Root (trusted) -> leaf (Ed25519)
    """
    return _leaf_of(keys.ed25519_key())


@accepted(cryptography=WEB_ALGORITHMS)
def a_root_that_signs_with_ed25519():
    """
    Root (trusted, Ed25519) -> leaf
    """
    return _root_of(keys.ed25519_key())


@accepted(cryptography=WEB_ALGORITHMS)
def a_root_that_signs_with_ed448():
    """
    Root (trusted, Ed448) -> leaf
    """
    return _root_of(keys.ed448_key())


@refused(Fault.WEAK_KEY, openssl=LEVEL_TWO, cryptography=LEAF_KEY)
def a_leaf_with_a_key_of_dsa():
    """
    Root (trusted) -> leaf (DSA 2048)
    """
    return _leaf_of(keys.dsa_key())


@refused(Fault.WEAK_KEY, openssl=LEVEL_TWO)
def a_root_that_signs_with_dsa():
    """
    Root (trusted, DSA 2048) -> leaf, dsa-with-sha256
    """
    return _root_of(keys.dsa_key())


@refused(Fault.WEAK_SIGNATURE)
def a_leaf_signed_with_rsa_and_sha1():
    """
    Root (trusted, RSA) -> leaf, sha1WithRSAEncryption
    """
    return _root_of(keys.rsa_key(), hash_name="sha1")


@refused(Fault.WEAK_SIGNATURE)
def a_leaf_signed_with_ecdsa_and_sha1():
    """
    Root (trusted) -> leaf, ecdsa-with-SHA1
    """
    return _root_of(keys.elliptic("Root"), hash_name="sha1")


@refused(Fault.WEAK_SIGNATURE)
def a_leaf_signed_with_rsa_and_md5():
    """
    Root (trusted, RSA) -> leaf, md5WithRSAEncryption
    """
    return _root_of(keys.rsa_key(), hash_name="md5")


@refused(Fault.WEAK_SIGNATURE)
def an_intermediate_signed_with_sha1():
    """
    Root (trusted) -> Issuing, ecdsa-with-SHA1 -> leaf
    """
    return _issuing_of(keys.elliptic("Issuing"), hash_name="sha1")


@accepted()
def a_trusted_root_that_signed_itself_with_sha1():
    """
    Root (trusted, ecdsa-with-SHA1) -> leaf, ecdsa-with-SHA256
    """
    root = make.root(hash_name="sha1")
    return Case(make.leaf(root), [root])


@accepted()
def a_trusted_root_that_signed_itself_with_md5():
    """
    Root (trusted, md5WithRSAEncryption) -> leaf, sha256WithRSAEncryption
    """
    root = make.root(key=keys.rsa_key(), hash_name="md5")
    return Case(make.leaf(root), [root])


@accepted()
def a_trusted_intermediate_signed_with_sha1():
    """
    (Root) -> Issuing (trusted, ecdsa-with-SHA1) -> leaf
    """
    issuing = make.ca("Issuing", make.root(), hash_name="sha1")
    return Case(make.leaf(issuing), [issuing])


@accepted()
def a_trusted_leaf_that_signed_itself_with_sha1():
    """
    leaf -> itself (trusted, ecdsa-with-SHA1): clusters before release 11
    """
    leaf = make.alone(hash_name="sha1")
    return Case(leaf, [leaf])


@accepted(cryptography=WEB_ALGORITHMS)
def a_leaf_signed_with_sha224():
    """
    Root (trusted) -> leaf, ecdsa-with-SHA224
    """
    return _root_of(keys.elliptic("Root"), hash_name="sha224")


@accepted()
def a_leaf_signed_with_rsa_and_sha384():
    """
    Root (trusted, RSA) -> leaf, sha384WithRSAEncryption
    """
    return _root_of(keys.rsa_key(), hash_name="sha384")


@accepted()
def a_leaf_signed_with_rsa_and_sha512():
    """
    Root (trusted, RSA) -> leaf, sha512WithRSAEncryption
    """
    return _root_of(keys.rsa_key(), hash_name="sha512")


@accepted()
def a_leaf_signed_with_a_hash_longer_than_the_curve():
    """
    Root (trusted, P-256) -> leaf, ecdsa-with-SHA512
    """
    return _root_of(keys.elliptic("Root"), hash_name="sha512")


@accepted()
def a_leaf_signed_with_pss_and_sha256():
    """
    Root (trusted, RSA) -> leaf, RSASSA-PSS with SHA-256
    """
    return _root_of(keys.rsa_key(), hash_name="pss-sha256")


@accepted()
def a_leaf_signed_with_pss_and_sha384():
    """
    Root (trusted, RSA) -> leaf, RSASSA-PSS with SHA-384
    """
    return _root_of(keys.rsa_key(), hash_name="pss-sha384")


@refused(Fault.WEAK_SIGNATURE)
def a_leaf_signed_with_pss_and_sha1():
    """
    Root (trusted, RSA) -> leaf, RSASSA-PSS with SHA-1
    """
    return _root_of(keys.rsa_key(), hash_name="pss-sha1")


@refused(Fault.BAD_SIGNATURE)
def a_plain_signature_under_the_name_of_pss():
    """
    Root (trusted, RSA) -/-> leaf, named RSASSA-PSS, signed with PKCS #1 v1.5
    """
    key = keys.rsa_key()
    return _root_of(key, algorithm=key.algorithm("pss-sha256"))


@accepted(openssl=NO_WAY_BACK)
def a_way_around_a_signature_of_sha1():
    """
    Root (trusted) -> Issuing, ecdsa-with-SHA1   -/
    Root (trusted) -> Issuing, ecdsa-with-SHA256 -> leaf
    """
    root = make.root()
    old = make.ca("Issuing", root, hash_name="sha1")
    new = make.ca("Issuing", root)
    return Case(make.leaf(new), [root], [old, new])


@accepted()
def a_weak_certificate_that_no_path_needs():
    """
    Other (RSA 1024)
    Root (trusted) -> leaf
    """
    root = make.root()
    other = make.ca("Other", root, key=keys.rsa_key(1024), hash_name="sha1")
    return Case(make.leaf(root), [root], [other])


@refused(Fault.WEAK_KEY, cryptography=LEAF_KEY)
def a_leaf_with_a_key_of_an_algorithm_nobody_knows():
    """
    Root (trusted) -> leaf (a key of the lab's own OID)
    """
    algorithm = der.sequence(der.oid(f"{make.LAB}.8"))
    return _leaf_of(keys.public_only(der.sequence(algorithm, der.bits(b"key"))))


@refused(
    Fault.WEAK_KEY,
    openssl=accepts(
        "a path does not use the key of a leaf, and it asks for 112 bits only"
    ),
    cryptography=LEAF_KEY,
)
def a_leaf_with_a_key_that_only_agrees_on_keys():
    """
    Root (trusted) -> leaf (X25519)
    """
    algorithm = der.sequence(der.oid("1.3.101.110"))
    return _leaf_of(keys.public_only(der.sequence(algorithm, der.bits(b"\x09" * 32))))
