"""What is critical must be known: RFC 5280 sections 4.2, 6.1.4 (o) and 6.1.5 (f)."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, refused, refuses
from tests.explain_cases.reasons import NO_WAY_BACK

POISON = "1.3.6.1.4.1.11129.2.4.3"  # of a precertificate: RFC 6962 section 3.1
CRL_POINTS = "2.5.29.31"
MUST_KNOW = Fault.CRITICAL_EXTENSION


def _leaf_with(*changes):
    root = make.root()
    return Case(make.leaf(root, *changes), [root])


def _through(*changes):
    root = make.root()
    issuing = make.ca("Issuing", root, *changes)
    return Case(make.leaf(issuing), [root], [issuing])


@refused(MUST_KNOW)
def a_leaf_with_a_critical_extension_nobody_knows():
    """
    Root (trusted) -> leaf (unknown, critical)
    """
    return _leaf_with(make.unknown())


@accepted()
def a_leaf_with_an_extension_nobody_knows():
    """
    Root (trusted) -> leaf (unknown, not critical)
    """
    return _leaf_with(make.unknown(critical=False))


@refused(MUST_KNOW)
def an_intermediate_with_a_critical_extension_nobody_knows():
    """
    Root (trusted) -> Issuing (unknown, critical) -> leaf
    """
    return _through(make.unknown())


@accepted()
def an_intermediate_with_an_extension_nobody_knows():
    """
    Root (trusted) -> Issuing (unknown, not critical) -> leaf
    """
    return _through(make.unknown(critical=False))


@refused(MUST_KNOW)
def the_upper_of_two_intermediates_with_a_critical_extension_nobody_knows():
    """
    Root (trusted) -> Sub CA (unknown, critical) -> Issuing -> leaf
    """
    root = make.root()
    sub = make.ca("Sub CA", root, make.unknown())
    issuing = make.ca("Issuing", sub)
    return Case(make.leaf(issuing), [root], [sub, issuing])


@accepted()
def a_trusted_root_with_an_extension_nobody_knows():
    """
    Root (trusted; unknown, not critical) -> leaf
    """
    root = make.root("Root", make.unknown(critical=False))
    return Case(make.leaf(root), [root])


@refused(MUST_KNOW)
def a_trusted_root_with_a_critical_extension_nobody_knows():
    """
    Root (trusted; unknown, critical) -> leaf; RFC 5280 4.2: any certificate
    """
    root = make.root("Root", make.unknown())
    return Case(make.leaf(root), [root])


@refused(MUST_KNOW)
def a_trusted_intermediate_with_a_critical_extension_nobody_knows():
    """
    (Root) -> Issuing (trusted; unknown, critical) -> leaf
    """
    issuing = make.ca("Issuing", make.root(), make.unknown())
    return Case(make.leaf(issuing), [issuing])


@refused(MUST_KNOW)
def a_trusted_leaf_with_a_critical_extension_nobody_knows():
    """
    leaf -> itself (trusted; unknown, critical)
    """
    leaf = make.alone(make.unknown())
    return Case(leaf, [leaf])


@refused(MUST_KNOW)
def one_of_two_unknown_extensions_is_critical():
    """
    Root (trusted) -> leaf (unknown, not critical; another unknown, critical)
    """
    second = make.unknown(oid=f"{make.LAB}.2")
    return _leaf_with(make.unknown(critical=False), second)


@refused(MUST_KNOW)
def a_precertificate_is_no_certificate():
    """
    Root (trusted) -> leaf (CT poison, critical): RFC 6962 section 3.1
    """
    return _leaf_with(make.Extension(POISON, True, der.NULL))


@accepted(
    cryptography=refuses(
        "RFC 5280 section 4.2.1.6 asks the issuer not to mark the names critical "
        "beside a subject; section 6.1 does not look at it"
    )
)
def critical_alternative_names():
    """
    Root (trusted) -> leaf (subjectAltName, critical, beside a subject)
    """
    return _leaf_with(make.alternative_names("leaf.example", critical=True))


@accepted(
    cryptography=refuses("it does not process policies, so it refuses critical ones")
)
def usual_extensions_the_other_way_round():
    """
    Root (trusted) -> leaf (keyUsage not critical, policies critical)
    """
    bits = make.key_usage("digitalSignature", critical=False)
    return _leaf_with(bits, make.policies(f"{make.LAB}.10.1", critical=True))


@accepted()
def places_of_crls_that_are_not_critical():
    """
    Root (trusted) -> leaf (cRLDistributionPoints)
    """
    return _leaf_with(_crl_points(critical=False))


@accepted()
def an_address_of_the_issuer_that_is_not_critical():
    """
    Root (trusted) -> leaf (authorityInfoAccess)
    """
    return _leaf_with(_issuer_access(critical=False))


@accepted(
    cryptography=refuses(
        "the extension is unknown to it; here it is known, and revocation is judged by "
        "itself"
    )
)
def places_of_crls_that_are_critical():
    """
    Root (trusted) -> leaf (cRLDistributionPoints, critical): known, and asked later
    """
    return _leaf_with(_crl_points(critical=True))


@refused(MUST_KNOW)
def an_address_of_the_issuer_that_is_critical():
    """
    Root (trusted) -> leaf (authorityInfoAccess, critical): RFC 5280 4.2.2.1
    """
    return _leaf_with(_issuer_access(critical=True))


@refused(
    MUST_KNOW,
    cryptography=accepts(
        "it can read the extension, so critical is nothing to it; RFC 5280 section "
        "4.2.1.2 forbids it, and openssl refuses it too"
    ),
)
def a_critical_key_identifier_of_the_subject():
    """
    Root (trusted) -> leaf (subjectKeyIdentifier, critical): RFC 5280 4.2.1.2
    """
    key_id = make.subject_key_id(b"any")
    return _leaf_with(key_id._replace(critical=True))


@refused(MUST_KNOW)
def a_critical_key_identifier_of_the_issuer():
    """
    Root (trusted) -> leaf (authorityKeyIdentifier, critical): RFC 5280 4.2.1.1
    """
    root = make.root()
    key_id = make.authority_key_id(root.key.id)._replace(critical=True)
    return Case(make.leaf(root, key_id), [root])


@refused(MUST_KNOW)
def critical_alternative_names_of_the_issuer():
    """
    Root (trusted) -> leaf (issuerAltName, critical)
    """
    names = der.sequence(der.dns("ca.example"))
    return _leaf_with(make.Extension("2.5.29.18", True, names))


@refused(MUST_KNOW)
def a_critical_promise_to_staple():
    """
    Root (trusted) -> leaf (TLS feature, critical): RFC 7633
    """
    feature = der.sequence(der.integer(5))
    return _leaf_with(make.Extension("1.3.6.1.5.5.7.1.24", True, feature))


@refused(MUST_KNOW)
def a_critical_lifetime_of_the_private_key():
    """
    Root (trusted) -> leaf (privateKeyUsagePeriod, critical)
    """
    period = der.sequence(der.wrap(0x80, b"20290101000000Z"))
    return _leaf_with(make.Extension("2.5.29.16", True, period))


@refused(MUST_KNOW)
def a_critical_unknown_extension_under_an_arc_of_the_known():
    """
    Root (trusted) -> leaf (2.5.29.99, critical)
    """
    return _leaf_with(make.unknown(oid="2.5.29.99"))


@refused(MUST_KNOW)
def a_critical_unknown_extension_without_content():
    """
    Root (trusted) -> leaf (unknown, critical, empty)
    """
    return _leaf_with(make.Extension(f"{make.LAB}.4", True, b""))


@refused(MUST_KNOW)
def a_critical_extension_whose_number_needs_many_bytes():
    """
    Root (trusted) -> leaf (2.25.(2^100), critical)
    """
    return _leaf_with(make.unknown(oid=f"2.25.{1 << 100}"))


@accepted()
def a_critical_unknown_extension_in_a_certificate_no_path_needs():
    """
    Root (trusted) -> Other (unknown, critical)
    Root (trusted) -> leaf
    """
    root = make.root()
    other = make.ca("Other", root, make.unknown())
    return Case(make.leaf(root), [root], [other])


@accepted(openssl=NO_WAY_BACK)
def a_way_around_a_critical_unknown_extension():
    """
    Root (trusted) -> Issuing (unknown, critical) -/
    Root (trusted) -> Issuing                     -> leaf
    """
    root = make.root()
    odd = make.ca("Issuing", root, make.unknown())
    plain = make.ca("Issuing", root)
    return Case(make.leaf(plain), [root], [odd, plain])


@refused(MUST_KNOW)
def a_client_with_a_critical_extension_nobody_knows():
    """
    Root (trusted) -> client (unknown, critical)
    """
    root = make.root()
    client = make.leaf(root, make.unknown())
    return Case(client, [root], name="", usage="client")


@refused(MUST_KNOW)
def a_proxy_certificate():
    """
    Root (trusted) -> user -> proxy (proxyCertInfo, critical): RFC 3820, not RFC 5280
    """
    info = der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.21.1")))
    return _leaf_with(make.Extension("1.3.6.1.5.5.7.1.14", True, info))


def _crl_points(critical):
    name = der.wrap(0xA0, der.wrap(0xA0, der.uri("http://lab.example/a.crl")))
    return make.Extension(CRL_POINTS, critical, der.sequence(der.sequence(name)))


def _issuer_access(critical):
    access = der.sequence(
        der.oid("1.3.6.1.5.5.7.48.2"), der.uri("http://lab.example/a.cer")
    )
    return make.Extension("1.3.6.1.5.5.7.1.1", critical, der.sequence(access))
