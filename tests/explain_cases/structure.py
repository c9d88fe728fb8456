"""How a certificate is built: RFC 5280 sections 4.1 and 4.2, and what may be odd in it.

What an issuer must do and a verifier need not check is let pass; what leaves open what
the certificate says is not.
"""

from lab.rules.path_rules import Fault
from tests.explain_cases import der, keys
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.reasons import (
    NEEDS_ALTERNATIVE_NAMES,
    NEEDS_VERSION_THREE,
)

ALL_OF_A_LEAF = (
    make.ALTERNATIVE_NAMES,
    make.KEY_USAGE,
    make.EXTENDED_KEY_USAGE,
    make.SUBJECT_KEY_ID,
    make.AUTHORITY_KEY_ID,
)
UNIQUE_ID = der.wrap(0x81, b"\0leaf")  # issuerUniqueID
MALFORMED = Fault.MALFORMED
UNREAD = Fault.ISSUER_MISSING  # what cannot be read as DER is nobody
READS_BER = accepts(
    "it reads BER that is no DER, and does not mind what follows; RFC 5280 section "
    "4.1: what is signed is DER, so that there is one way to write it"
)
NOT_ASKED = accepts(
    "it asks whether the identifier is there, and does not read it; RFC 5280 section "
    "4.2 defines its content"
)
MEANT_WELL = accepts(
    "without -x509_strict it reads what is there, whatever the version allows; RFC "
    "5280 sections 4.1.2.1, 4.1.2.8 and 4.1.2.9 say what each version has"
)


def _with_parameters(label):
    """The key of that label with the numbers of its curve in place of its name."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    field = der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(prime))
    b = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"
    curve = der.sequence(
        der.octets((prime - 3).to_bytes(32)), der.octets(bytes.fromhex(b))
    )
    base = (
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    parameters = der.sequence(
        der.integer(1),
        field,
        curve,
        der.octets(bytes.fromhex(base)),
        der.integer(order),
        der.integer(1),
    )
    algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), parameters)
    point = keys.elliptic(label).spki[-65:]
    return der.sequence(algorithm, der.bits(point))


def _leaf_with(*changes, **how):
    root = make.root()
    return Case(make.leaf(root, *changes, **how), [root])


def _through(*changes, **how):
    root = make.root()
    issuing = make.ca("Issuing", root, *changes, **how)
    return Case(make.leaf(issuing), [root], [issuing])


@accepted(cryptography=NEEDS_VERSION_THREE)
def a_leaf_of_version_one():
    """
    Root (trusted) -> leaf (v1, known by its common name)
    """
    return _leaf_with(version=1, without=ALL_OF_A_LEAF)


@accepted()
def a_leaf_of_version_three_with_a_unique_identifier():
    """
    Root (trusted) -> leaf (v3, issuerUniqueID); RFC 5280 4.1.2.8: can be parsed
    """
    return _leaf_with(unique_ids=UNIQUE_ID)


@accepted(cryptography=NEEDS_ALTERNATIVE_NAMES)
def a_leaf_of_version_three_without_extensions():
    """
    Root (trusted) -> leaf (v3, no extensions)
    """
    return _leaf_with(without=ALL_OF_A_LEAF)


@refused(MALFORMED, openssl=MEANT_WELL)
def a_leaf_of_version_one_with_extensions():
    """
    Root (trusted) -> leaf (v1, with extensions)
    """
    return _leaf_with(version=1)


@refused(UNREAD, openssl=MEANT_WELL)
def an_intermediate_of_version_two():
    """
    Root (trusted) -> Issuing (v2, CA:TRUE) -> leaf: not read, so it is nobody
    """
    return _through(version=2)


@refused(MALFORMED, openssl=MEANT_WELL)
def a_trusted_root_of_version_one_with_extensions():
    """
    Root (trusted, v1, CA:TRUE) -> leaf
    """
    root = make.root(version=1)
    return Case(make.leaf(root), [root])


@refused(UNREAD, openssl=MEANT_WELL)
def an_intermediate_of_a_version_that_is_not_defined():
    """
    Root (trusted) -> Issuing (v5) -> leaf: it cannot be read, so it is nobody
    """
    return _through(version=5)


@refused(UNREAD)
def an_intermediate_that_is_cut_off():
    """
    Root (trusted) -> Issuing (its last byte is missing) -> leaf
    """
    case = _through()
    cut = case.untrusted[0]._replace(der=case.untrusted[0].der[:-1])
    return Case(case.leaf, case.trusted, [cut])


@accepted()
def a_serial_number_of_zero():
    """
    Root (trusted) -> leaf (serial 0): RFC 5280 4.1.2.2 binds the issuer
    """
    return _leaf_with(serial=0)


@accepted(
    cryptography=refuses(
        "it refuses what RFC 5280 section 4.1.2.2 forbids to issuers; the same section "
        "asks readers to be prepared for it"
    )
)
def a_serial_number_below_zero():
    """
    Root (trusted) -> leaf (serial -1): RFC 5280 4.1.2.2 says to be prepared
    """
    return _leaf_with(serial=-1)


@accepted()
def a_serial_number_of_twenty_bytes():
    """
    Root (trusted) -> leaf (serial of 20 bytes, the most there may be)
    """
    return _leaf_with(serial=(1 << 159) - 1)


@accepted()
def a_serial_number_of_twentyone_bytes():
    """
    Root (trusted) -> leaf (serial of 21 bytes)
    """
    return _leaf_with(serial=1 << 159)


@accepted()
def an_intermediate_with_a_serial_number_of_zero():
    """
    Root (trusted) -> Issuing (serial 0) -> leaf
    """
    return _through(serial=0)


@accepted()
def two_certificates_with_the_same_serial_number():
    """
    Root (trusted) -> leaf (serial 7)
    Root (trusted) -> Other (serial 7)
    """
    root = make.root()
    other = make.ca("Other", root, serial=7)
    return Case(make.leaf(root, serial=7), [root], [other])


@refused(
    MALFORMED,
    openssl=accepts(
        "it does not look at extensions that it does not know, so not at how many "
        "there are; RFC 5280 section 4.2: none twice"
    ),
)
def an_unknown_extension_twice():
    """
    Root (trusted) -> leaf (unknown, unknown again; neither critical)
    """
    return _leaf_with(make.unknown(critical=False), make.unknown(critical=False))


@refused(MALFORMED)
def alternative_names_twice():
    """
    Root (trusted) -> leaf (subjectAltName other.example, subjectAltName leaf.example)
    """
    return _leaf_with(
        make.alternative_names("other.example"), make.alternative_names("leaf.example")
    )


@refused(MALFORMED)
def basic_constraints_twice_in_an_intermediate():
    """
    Root (trusted) -> Issuing (CA:FALSE, CA:TRUE) -> leaf
    """
    return _through(make.basic_constraints(ca=False), make.basic_constraints())


@refused(MALFORMED)
def key_usage_twice_in_a_trusted_root():
    """
    Root (trusted; cRLSign, keyCertSign) -> leaf
    """
    twice = (make.key_usage("cRLSign"), make.key_usage("keyCertSign"))
    root = make.root("Root", *twice)
    return Case(make.leaf(root), [root])


@refused(
    MALFORMED,
    openssl=accepts(
        "in a self-signed leaf it takes neither of the two, as if any usage were "
        "meant; RFC 5280 section 4.2: none twice"
    ),
)
def an_extension_twice_in_a_trusted_leaf():
    """
    leaf -> itself (trusted; extendedKeyUsage twice)
    """
    one = make.extended_key_usage("serverAuth")
    leaf = make.alone(one, one)
    return Case(leaf, [leaf])


@accepted()
def an_unknown_extension_twice_in_a_certificate_no_path_needs():
    """
    Root (trusted) -> Other (unknown twice)
    Root (trusted) -> leaf
    """
    root = make.root()
    odd = make.unknown(critical=False)
    return Case(make.leaf(root), [root], [make.ca("Other", root, odd, odd)])


@accepted()
def sixty_extensions_nobody_knows():
    """
    Root (trusted) -> leaf (sixty unknown ones, none critical)
    """
    many = (make.unknown(False, f"{make.LAB}.50.{number}") for number in range(60))
    return _leaf_with(*many)


@accepted()
def a_thousand_alternative_names():
    """
    Root (trusted) -> leaf (host 0 … host 999, leaf.example the last)
    """
    many = (f"host{number}.example" for number in range(1000))
    return _leaf_with(make.alternative_names(*many, "leaf.example"))


@accepted()
def extensions_in_an_unusual_order():
    """
    Root (trusted) -> leaf (unknown first, then the usual ones backwards)
    """
    usual = (
        make.unknown(critical=False),
        make.extended_key_usage("serverAuth"),
        make.key_usage("digitalSignature"),
        make.alternative_names("leaf.example"),
    )
    return _leaf_with(*usual)


@accepted()
def a_common_name_longer_than_the_standard_allows():
    """
    Root (trusted) -> leaf (CN of 200 characters; the upper bound is 64)
    """
    return _leaf_with(name=der.dn(O="Lab", CN="long" * 50))


@accepted()
def a_country_of_three_letters():
    """
    Root (trusted) -> leaf (C=JPN; the standard has two)
    """
    return _leaf_with(name=der.dn(C="JPN", O="Lab", CN="leaf.example"))


@accepted()
def an_empty_attribute_in_the_subject():
    """
    Root (trusted) -> leaf (OU of no characters)
    """
    return _leaf_with(name=der.dn(O="Lab", OU="", CN="leaf.example"))


@accepted(
    openssl=refuses(
        "it cannot load the certificate; nobody needs that text to judge it"
    )
)
def a_subject_in_bytes_that_are_no_text():
    """
    Root (trusted) -> leaf (OU as UTF8String of bytes that are none)
    """
    broken = der.one_set(der.attribute("OU", der.wrap(der.UTF8, b"\xff\xfe\xfd")))
    return _leaf_with(name=der.dn(broken, CN="leaf.example"))


@accepted()
def a_name_in_t61_letters():
    """
    Root (trusted) -> leaf (O as TeletexString)
    """
    return _leaf_with(name=der.dn(O="Köln", CN="leaf", tag=der.TELETEX))


@accepted()
def a_name_of_four_bytes_a_character():
    """
    Root (trusted) -> leaf (O and CN as UniversalString)
    """
    return _leaf_with(name=der.dn(O="Lab", CN="leaf", tag=der.UNIVERSAL))


@accepted()
def a_point_in_its_short_form():
    """
    Root (trusted) -> leaf (P-256, the point compressed): RFC 5480 section 2.2
    """
    whole = keys.elliptic("leaf.example").spki
    sign = 2 + (whole[-1] & 1)
    algorithm = der.sequence(
        der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7")
    )
    short = der.bits(bytes((sign,)) + whole[-64:-32])
    return _leaf_with(key=keys.public_only(der.sequence(algorithm, short)))


@refused(Fault.BAD_SIGNATURE)
def an_issuer_whose_point_is_not_on_its_curve():
    """
    Root (trusted) -> Issuing (P-256, a point beside the curve) -/-> leaf
    """
    whole = keys.elliptic("Issuing").spki
    off = keys.public_only(whole[:-1] + bytes((whole[-1] ^ 1,)))
    root = make.root()
    issuing = make.ca("Issuing", root, key=off)
    leaf = make.leaf(issuing, signer=keys.elliptic("Issuing"))
    return Case(leaf, [root], [issuing])


@accepted(
    cryptography=refuses(
        "it takes the algorithm with its NULL only; RFC 4055 section 5: parameters may "
        "be absent as well as present"
    )
)
def an_rsa_signature_without_its_null():
    """
    Root (trusted, RSA) -> leaf, sha256WithRSAEncryption without parameters
    """
    root = make.root(key=keys.rsa_key())
    bare = der.sequence(der.oid("1.2.840.113549.1.1.11"))
    return Case(make.leaf(root, algorithm=bare), [root])


@refused(MALFORMED)
def an_rsa_signature_with_its_null_outside_only():
    """
    Root (trusted, RSA) -> leaf, parameters NULL outside, absent inside
    """
    root = make.root(key=keys.rsa_key())
    bare = der.sequence(der.oid("1.2.840.113549.1.1.11"))
    return Case(make.leaf(root, inner_algorithm=bare), [root])


@accepted(
    cryptography=refuses(
        "it reads DER by the letter: a default is not written; what is meant is clear"
    )
)
def a_false_that_need_not_be_written():
    """
    Root (trusted) -> leaf (basicConstraints with cA FALSE written out)
    """
    value = der.sequence(der.boolean(False))
    return _leaf_with(make.Extension(make.BASIC_CONSTRAINTS, True, value))


@refused(UNREAD, openssl=READS_BER)
def an_intermediate_with_a_null_it_should_not_have():
    """
    Root (trusted) -> Issuing, ecdsa-with-SHA256 with parameters NULL -> leaf

    RFC 5758 section 3.2: none. It is not read, so it is nobody.
    """
    algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"), der.NULL)
    return _through(algorithm=algorithm)


@refused(UNREAD, openssl=READS_BER)
def an_intermediate_with_bytes_after_it():
    """
    Root (trusted) -> Issuing (and a NULL after it) -> leaf
    """
    case = _through()
    longer = case.untrusted[0]._replace(der=case.untrusted[0].der + der.NULL)
    return Case(case.leaf, case.trusted, [longer])


@refused(UNREAD, openssl=READS_BER)
def an_intermediate_of_indefinite_length():
    """
    Root (trusted) -> Issuing (BER, its end marked and its length not given) -> leaf
    """
    case = _through()
    plain = case.untrusted[0].der
    endless = b"\x30\x80" + plain[4:] + b"\0\0"
    marked = case.untrusted[0]._replace(der=endless)
    return Case(case.leaf, case.trusted, [marked])


@refused(UNREAD, openssl=READS_BER)
def an_intermediate_with_a_default_written_out():
    """
    Root (trusted) -> Issuing (unknown, critical FALSE written out) -> leaf
    """
    written = der.sequence(
        der.oid(f"{make.LAB}.9"), der.boolean(False), der.octets(b"x")
    )
    return _through(written)


@refused(UNREAD)
def an_intermediate_with_a_signature_that_is_no_number_of_bytes():
    """
    Root (trusted) -> Issuing (3 bits of its signature are unused) -> leaf
    """
    return _through(signature_unused=3)


@refused(
    Fault.WEAK_KEY,
    cryptography=accepts(
        "it does not look at the key of a leaf, and leaves that to whoever connects"
    ),
)
def a_curve_written_out_instead_of_named():
    """
    Root (trusted) -> leaf (P-256 by its parameters); RFC 5480 section 2.1.1
    """
    return _leaf_with(key=keys.public_only(_with_parameters("leaf.example")))


@refused(MALFORMED, openssl=MEANT_WELL)
def a_list_of_no_extensions():
    """
    Root (trusted) -> leaf (v3, an empty list of extensions: SIZE (1..MAX))
    """
    return _leaf_with(b"", without=ALL_OF_A_LEAF)


@refused(MALFORMED, openssl=MEANT_WELL)
def a_unique_identifier_in_version_one():
    """
    Root (trusted) -> leaf (v1, issuerUniqueID); RFC 5280 4.1.2.8: v2 or v3 only
    """
    return _leaf_with(version=1, unique_ids=UNIQUE_ID, without=ALL_OF_A_LEAF)


@refused(MALFORMED, cryptography=NOT_ASKED)
def key_identifiers_that_cannot_be_read():
    """
    Root (trusted) -> leaf (authorityKeyIdentifier is an INTEGER)
    """
    odd = make.Extension(make.AUTHORITY_KEY_ID, False, der.integer(1))
    return _leaf_with(odd)


@refused(MALFORMED, cryptography=NOT_ASKED)
def a_key_identifier_of_the_subject_that_cannot_be_read():
    """
    Root (trusted) -> leaf (subjectKeyIdentifier is an INTEGER)
    """
    odd = make.Extension(make.SUBJECT_KEY_ID, False, der.integer(1))
    return _leaf_with(odd)


@accepted()
def an_unknown_extension_of_bytes_that_mean_nothing():
    """
    Root (trusted) -> leaf (unknown, not critical, no DER inside)
    """
    return _leaf_with(make.Extension(f"{make.LAB}.5", False, b"\xff\x00\xff"))


@accepted()
def a_certificate_of_sixty_kilobytes():
    """
    Root (trusted) -> leaf (unknown, not critical, 60000 bytes long)
    """
    return _leaf_with(make.Extension(f"{make.LAB}.6", False, bytes(60_000)))
