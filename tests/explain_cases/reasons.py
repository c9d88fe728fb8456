"""Why an engine says otherwise, where the same reason explains several cases."""

from tests.explain_cases.cases import accepts, cannot, refuses

# openssl
KEY_ID_DECIDES = refuses(
    "it looks only at issuers whose key identifier is the one named; RFC 5280 section "
    "4.2.1.1 gives it to help in building a path, and 6.1 does not ask for it"
)
NO_WAY_BACK = refuses(
    "it follows the first issuer whose name and key identifier fit, and does not come "
    "back when that one leads nowhere; RFC 5280 asks whether there is a valid path"
)
READS_TO_THE_END_OF_ITS_NEED = accepts(
    "it reads what it needs of the extension and does not ask that nothing follows; "
    "X.690 gives a value one encoding, and RFC 5280 section 4.2 asks for DER"
)

# cryptography
MUST_BE_CRITICAL = refuses(
    "RFC 5280 asks the issuer to mark the extension critical; whether a path is valid "
    "depends on what it says alone"
)
NEEDS_KEY_IDS = refuses(
    "it asks for the key identifiers that RFC 5280 sections 4.2.1.1 and 4.2.1.2 ask of "
    "issuers; section 6.1 does not need them"
)
NEEDS_VERSION_THREE = refuses("it takes certificates of version 3 only")
NEEDS_ALTERNATIVE_NAMES = refuses(
    "it wants a subjectAltName in every leaf, as the Baseline Requirements do; the "
    "lab's rule lets the common name of a leaf without one count"
)
NO_CA_FOR_A_LEAF = refuses(
    "it asks of a leaf what the Baseline Requirements ask: neither cA nor keyCertSign; "
    "RFC 5280 section 6.1 looks for them in issuers only"
)
NAME_TO_ASK = cannot(
    "its verifier of servers wants a host name or an address, and none is carried"
)
NOBODY_TO_TRUST = cannot("it takes no empty list of trusted certificates")
