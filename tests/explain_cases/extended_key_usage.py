"""What a certificate is for: RFC 5280 section 4.2.1.12, and what it does in a CA."""

from lab.rules.path_rules import Fault
from tests.explain_cases import der
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, accepts, cannot, refused, refuses

ANY_IS_NOT_ENOUGH = refuses(
    "it wants the role by name; RFC 5280 section 4.2.1.12: with anyExtendedKeyUsage "
    "the usage is not restricted, and only an application may want more"
)
NEVER_CRITICAL = refuses(
    "the Baseline Requirements forbid it; RFC 5280 section 4.2.1.12 leaves it to the "
    "issuer"
)
ONLY_TLS = cannot("it judges servers and clients of TLS only")
for_ = make.extended_key_usage


def _leaf_for(usage, *changes, **how):
    root = make.root()
    name = "leaf.example" if usage == "server" else ""
    return Case(make.leaf(root, *changes, **how), [root], name=name, usage=usage)


def _through(*changes, leaf=(), usage="server"):
    root = make.root()
    issuing = make.ca("Issuing", root, *changes)
    name = "leaf.example" if usage == "server" else ""
    return Case(make.leaf(issuing, *leaf), [root], [issuing], name=name, usage=usage)


@accepted()
def a_server_for_servers_only():
    """
    Root (trusted) -> server (serverAuth)
    """
    return _leaf_for("server", for_("serverAuth"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_server_for_clients_only():
    """
    Root (trusted) -> server (clientAuth)
    """
    return _leaf_for("server", for_("clientAuth"))


@accepted()
def a_client_for_clients_only():
    """
    Root (trusted) -> client (clientAuth)
    """
    return _leaf_for("client", for_("clientAuth"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_client_for_servers_only():
    """
    Root (trusted) -> client (serverAuth)
    """
    return _leaf_for("client", for_("serverAuth"))


@accepted()
def a_server_for_anybody_who_is_not_told():
    """
    Root (trusted) -> server (no extendedKeyUsage)
    """
    return _leaf_for("server", without=[make.EXTENDED_KEY_USAGE])


@accepted()
def a_client_for_anybody_who_is_not_told():
    """
    Root (trusted) -> client (no extendedKeyUsage)
    """
    return _leaf_for("client", without=[make.EXTENDED_KEY_USAGE])


@accepted()
def a_server_for_both_the_other_first():
    """
    Root (trusted) -> server (clientAuth, serverAuth)
    """
    return _leaf_for("server", for_("clientAuth", "serverAuth"))


@accepted(openssl=ANY_IS_NOT_ENOUGH, cryptography=ANY_IS_NOT_ENOUGH)
def a_server_for_any_usage():
    """
    Root (trusted) -> server (anyExtendedKeyUsage)
    """
    return _leaf_for("server", for_("any"))


@accepted(openssl=ANY_IS_NOT_ENOUGH, cryptography=ANY_IS_NOT_ENOUGH)
def a_client_for_any_usage():
    """
    Root (trusted) -> client (anyExtendedKeyUsage)
    """
    return _leaf_for("client", for_("any"))


@accepted()
def a_server_for_servers_and_any_usage():
    """
    Root (trusted) -> server (anyExtendedKeyUsage, serverAuth)
    """
    return _leaf_for("server", for_("any", "serverAuth"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_server_for_signing_code():
    """
    Root (trusted) -> server (codeSigning)
    """
    return _leaf_for("server", for_("codeSigning"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_server_for_answering_ocsp():
    """
    Root (trusted) -> server (OCSPSigning)
    """
    return _leaf_for("server", for_("OCSPSigning"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_client_for_mail():
    """
    Root (trusted) -> client (emailProtection)
    """
    return _leaf_for("client", for_("emailProtection"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_server_for_ipsec():
    """
    Root (trusted) -> server (ipsecEndSystem): an old profile of the cluster
    """
    return _leaf_for("server", for_("ipsecEndSystem"))


@accepted()
def a_server_for_servers_and_ipsec():
    """
    Root (trusted) -> server (serverAuth, clientAuth, ipsecEndSystem): CUCM 9 to 12
    """
    return _leaf_for("server", for_("serverAuth", "clientAuth", "ipsecEndSystem"))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_server_for_a_usage_nobody_knows():
    """
    Root (trusted) -> server (a private OID)
    """
    return _leaf_for("server", for_(f"{make.LAB}.3"))


@accepted()
def a_server_for_servers_and_a_usage_nobody_knows():
    """
    Root (trusted) -> server (a private OID, serverAuth)
    """
    return _leaf_for("server", for_(f"{make.LAB}.3", "serverAuth"))


@accepted(cryptography=NEVER_CRITICAL)
def a_server_whose_usage_is_critical():
    """
    Root (trusted) -> server (serverAuth, critical)
    """
    return _leaf_for("server", for_("serverAuth", critical=True))


@refused(Fault.EXTENDED_KEY_USAGE)
def a_client_only_whose_usage_is_critical():
    """
    Root (trusted) -> server (clientAuth, critical)
    """
    return _leaf_for("server", for_("clientAuth", critical=True))


@refused(Fault.MALFORMED)
def a_list_of_no_usages():
    """
    Root (trusted) -> server (extendedKeyUsage of none: SIZE (1..MAX))
    """
    return _leaf_for("server", for_())


@refused(Fault.MALFORMED)
def a_usage_that_is_no_object_identifier():
    """
    Root (trusted) -> server (extendedKeyUsage of an INTEGER)
    """
    odd = der.sequence(der.integer(1))
    return _leaf_for("server", make.Extension(make.EXTENDED_KEY_USAGE, False, odd))


@accepted()
def an_intermediate_for_servers():
    """
    Root (trusted) -> Issuing (serverAuth) -> server
    """
    return _through(for_("serverAuth"))


@refused(Fault.EXTENDED_KEY_USAGE)
def an_intermediate_for_clients_above_a_server():
    """
    Root (trusted) -> Issuing (clientAuth) -> server (serverAuth, clientAuth)
    """
    return _through(for_("clientAuth"))


@refused(Fault.EXTENDED_KEY_USAGE)
def an_intermediate_for_servers_above_a_client():
    """
    Root (trusted) -> Issuing (serverAuth) -> client (serverAuth, clientAuth)
    """
    return _through(for_("serverAuth"), usage="client")


@refused(Fault.EXTENDED_KEY_USAGE)
def an_intermediate_for_code_above_a_server():
    """
    Root (trusted) -> Issuing (codeSigning) -> server
    """
    return _through(for_("codeSigning"))


@refused(Fault.EXTENDED_KEY_USAGE)
def an_intermediate_for_clients_above_a_server_that_is_not_told():
    """
    Root (trusted) -> Issuing (clientAuth) -> server (no extendedKeyUsage)
    """
    root = make.root()
    issuing = make.ca("Issuing", root, for_("clientAuth"))
    leaf = make.leaf(issuing, without=[make.EXTENDED_KEY_USAGE])
    return Case(leaf, [root], [issuing])


@accepted(openssl=ANY_IS_NOT_ENOUGH)
def an_intermediate_for_any_usage():
    """
    Root (trusted) -> Issuing (anyExtendedKeyUsage) -> server
    """
    return _through(for_("any"))


@accepted()
def an_intermediate_for_both():
    """
    Root (trusted) -> Issuing (serverAuth, clientAuth) -> client
    """
    return _through(for_("serverAuth", "clientAuth"), usage="client")


@refused(Fault.EXTENDED_KEY_USAGE)
def usages_that_have_nothing_in_common():
    """
    Root (trusted) -> Sub CA (serverAuth) -> Issuing (clientAuth) -> server
    """
    root = make.root()
    sub = make.ca("Sub CA", root, for_("serverAuth"))
    issuing = make.ca("Issuing", sub, for_("clientAuth"))
    return Case(make.leaf(issuing), [root], [sub, issuing])


@refused(Fault.EXTENDED_KEY_USAGE)
def a_usage_given_away_above_does_not_come_back():
    """
    Root (trusted) -> Sub CA (clientAuth) -> Issuing (serverAuth) -> server
    """
    root = make.root()
    sub = make.ca("Sub CA", root, for_("clientAuth"))
    issuing = make.ca("Issuing", sub, for_("serverAuth"))
    return Case(make.leaf(issuing), [root], [sub, issuing])


@accepted()
def a_root_for_servers():
    """
    Root (trusted, serverAuth) -> server
    """
    root = make.root("Root", for_("serverAuth"))
    return Case(make.leaf(root), [root])


@refused(Fault.EXTENDED_KEY_USAGE)
def a_root_for_clients_above_a_server():
    """
    Root (trusted, clientAuth) -> server
    """
    root = make.root("Root", for_("clientAuth"))
    return Case(make.leaf(root), [root])


@refused(Fault.EXTENDED_KEY_USAGE)
def a_trusted_intermediate_for_clients_above_a_server():
    """
    (Root) -> Issuing (trusted, clientAuth) -> server
    """
    issuing = make.ca("Issuing", make.root(), for_("clientAuth"))
    return Case(make.leaf(issuing), [issuing])


@refused(Fault.EXTENDED_KEY_USAGE)
def a_trusted_leaf_for_clients_that_is_called_as_a_server():
    """
    leaf -> itself (trusted, clientAuth)
    """
    leaf = make.alone(for_("clientAuth"))
    return Case(leaf, [leaf])


@accepted()
def a_trusted_leaf_for_clients_that_calls():
    """
    leaf -> itself (trusted, clientAuth)
    """
    leaf = make.alone(for_("clientAuth"))
    return Case(leaf, [leaf], name="", usage="client")


@accepted(cryptography=ONLY_TLS)
def a_leaf_for_signing_code_that_is_looked_at_for_any_usage():
    """
    Root (trusted) -> leaf (codeSigning, key usage nonRepudiation); any usage will do
    """
    bits = make.key_usage("nonRepudiation")
    return _leaf_for("any", for_("codeSigning"), bits)


@accepted(cryptography=ONLY_TLS)
def an_intermediate_for_mail_above_a_leaf_for_any_usage():
    """
    Root (trusted) -> Issuing (emailProtection) -> leaf; any usage will do
    """
    return _through(for_("emailProtection"), usage="any")


@refused(
    Fault.EXTENDED_KEY_USAGE,
    openssl=accepts(
        "it takes the old usages of Netscape and Microsoft for serverAuth, which no "
        "document of this century does"
    ),
)
def a_server_for_the_step_up_of_the_nineties():
    """
    Root (trusted) -> server (Netscape Step-Up, 2.16.840.1.113730.4.1)
    """
    return _leaf_for("server", for_("2.16.840.1.113730.4.1"))
