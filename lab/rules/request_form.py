"""The fields of the pages that make a request or a self-signed certificate."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class FormField:
    label: str
    notes: str
    source: Source


# fmt: off
CSR_FIELDS: tuple[FormField, ...] = (
    FormField("Certificate Purpose",    "identity purposes only",           Source.SEC15),
    FormField("Distribution",           "one server, or Multi-server(SAN)", Source.TAC118731),
    FormField("Common Name",            "filled in; may be edited",         Source.SEC15),
    FormField("Include OU in CSR",      "off by default from 14 SU1 on",    Source.SEC15),
    FormField("Auto-populated Domains", "the names of the nodes that share it: both products for tomcat, Unified CM for CallManager", Source.TAC118731),
    FormField("Parent Domain",          "the default domain; may be edited or removed", Source.SEC15),
    FormField("Other Domains",          "more names; no IP addresses",      Source.TAC217138),
    FormField("Key Type",               "fixed by the purpose",             Source.SEC15),
    FormField("Key Length",             "see the rules on keys",            Source.SEC15),
    FormField("Hash Algorithm",         "see the rules on keys",            Source.SEC15),
)


@dataclass(frozen=True)
class RegenerateRow:
    topic: str
    regenerate: str
    generate_self_signed: str
    source: Source


REGENERATE: tuple[RegenerateRow, ...] = (
    RegenerateRow("Where",                "button in the details of a certificate", "button on the list",               Source.SEED),
    RegenerateRow("Key length",           "the same as now",                        "chosen; the way to 3072 and 4096", Source.SEED),
    RegenerateRow("Other fields",         "none",                                   "purpose, distribution, common name (read only), parent domain, key type, hash, years", Source.SEC15),
    RegenerateRow("Effect",               "new key, self-signed; overwrites a certificate of a CA", "the same",                         Source.SEED),
    RegenerateRow("Expired certificates", "can be regenerated",                     "can be replaced",                  Source.SEED),
)
# fmt: on

MOST_CERTIFICATES = 200  # in one upload; the largest bundle of roots has fewer
ALL_PROFILES = ("seed-r14", "r15")
LATER = ("r15",)  # what releases after 14.0 ask for


@dataclass(frozen=True)
class UploadRule:
    """One rule; where it `refuses`, it does so in these profiles and warns elsewhere."""

    topic: str
    rule: str
    refuses: bool
    source: Source
    profiles: tuple[str, ...] = ALL_PROFILES


# fmt: off
UPLOAD_RULES: tuple[UploadRule, ...] = (
    UploadRule("Choice of purpose",   "authorities, alone or as a chain, go to a trust store; a leaf, alone or with its chain, goes to its purpose", False, Source.SEED),
    UploadRule("Formats",             "DER or PEM for one certificate, PKCS#7 for a chain; a PKCS#12 file is not taken", True,  Source.SEED),
    UploadRule("Private keys",        "a key in the file is left where it is: that of the request never leaves the node", False, Source.HOUSE),
    UploadRule("Order",               "root, then intermediates, then leaf",        False, Source.SEED),
    UploadRule("Nodes",               "each node for itself; CAPF on the first node only, shared certificates once", True,  Source.SEED),
    UploadRule("Node online",         "the node can be reached",                    True,  Source.SEED),
    UploadRule("Request",             "the node has a request for the purpose",     True,  Source.TAC217138),
    UploadRule("Key",                 "the certificate has the key of the request", True,  Source.TAC217138),
    UploadRule("Names",               "the alternative names are those of the request, in any order", True,  Source.TAC217138),
    UploadRule("Signature",           "RSA for RSA slots; RSA or ECDSA for slots of elliptic curves", True,  Source.SEED),
    UploadRule("Issuer",              "the chain of issuers is in the store already, up to a root", True,  Source.TAC217138),
    UploadRule("Issuer of an authority", "an intermediate goes into a trust store after its issuer, or with it in one file", True,  Source.SEED),
    UploadRule("Authorities",         "a certificate that issues others has CA:TRUE and keyCertSign", True,  Source.CAPF15, LATER),
    UploadRule("CAPF",                "CA:TRUE, digitalSignature and keyCertSign",  True,  Source.CAPF15),
    UploadRule("ipsec",               "one that a CA signed has no CA:TRUE",        True,  Source.CAPF15, LATER),
    UploadRule("Dates",               "no certificate of the file has expired",     True,  Source.TAC217138),
    UploadRule("Not yet valid",       "taken; whoever verifies it refuses it until it begins", False, Source.HOUSE),
    UploadRule("Organizational unit", "the issued certificate may lack it",         False, Source.SEC15),
    UploadRule("Success",             "the request is deleted and the slot overwritten", False, Source.SEED),
    UploadRule("Twice in a store",    "one certificate of a subject in a store: the one that begins later stays, an older one is refused", True,  Source.SEC15),
    UploadRule("Room",                "Phone-Edge-trust takes 16 certificates, on the publisher", True,  Source.OAUTH15),
    UploadRule("Revocation",          "with OCSP on, the status is asked; the upload is kept and an alarm raised", False, Source.DEDUCED),
    UploadRule("Afterwards",          "restart the services concerned and look at the result in a browser", False, Source.SEED),
    UploadRule("One request",         "one for each node and purpose; a new one overwrites the old one and its key", False, Source.TAC217138),
    UploadRule("A refused file",      "changes nothing; that it was refused is noted", True,  Source.HOUSE),
)
# fmt: on


def refuses(topic: str, profile: str) -> bool:
    """Whether this rule refuses an upload in that profile."""
    return any(
        row.topic == topic and row.refuses and profile in row.profiles
        for row in UPLOAD_RULES
    )


@dataclass(frozen=True)
class UploadNote:
    """What to know before an upload that the cluster would take; a template."""

    key: str
    words: str
    source: Source


# fmt: off
UPLOAD_NOTES: Mapping[str, UploadNote] = MappingProxyType({row.key: row for row in (
    UploadNote("not_yet_valid",   "{subject} begins on {begin}; until then whoever verifies it refuses it.", Source.HOUSE),
    UploadNote("ends_earlier",    "It ends on {end}, earlier than the present one, which lasts until {there}.", Source.HOUSE),
    UploadNote("outlives_issuer", "It ends on {end}; {issuer} above it ends on {issuer_end} already, and nobody takes it after that.", Source.RFC5280),
    UploadNote("mints_names",     "{subject} signs itself with CA:TRUE: whoever has its key can make certificates for any name, and those who trust this store take them.", Source.MEASURED),
    UploadNote("no_authority",    "{subject} issues others and has not both CA:TRUE and keyCertSign; from 14 SU2 on it is refused.", Source.CAPF15),
    UploadNote("ipsec_authority", "It has CA:TRUE; from 14 SU3 on such a certificate of ipsec is refused.", Source.CAPF15),
    UploadNote("large_key",       "{subject} has {size} bits; the guides name 4096 as the most.", Source.SEC15),
    UploadNote("revoked",         "{subject} was revoked on {since}; it is taken even so, and an alarm tells of it.", Source.ALARM15),
    UploadNote("older_namesake",  "The file holds {count} certificates of {subject}; the one that begins last is taken.", Source.SEC15),
    UploadNote("unneeded",        "{subject} is in {store} already.",                                          Source.HOUSE),
    UploadNote("use_the_names",   "Open its pages by {names}: by an IP address a browser warns, though the certificate is installed.", Source.SEED),
    UploadNote("tftp_copy",       "TFTP goes on serving its copy of the old certificate until it is deactivated and activated, or restarted in release 15.", Source.SEED),
    UploadNote("edge_copy",       "Phones in SIP OAuth mode verify tomcat with Phone-Edge-trust, which is filled on the publisher by hand: upload {issuer} there too.", Source.OAUTH15),
    UploadNote("edge_fetched",    "Phones in SIP OAuth mode fetch this store from the publisher.",          Source.OAUTH15),
)})
# fmt: on


@dataclass(frozen=True)
class DeleteRule:
    topic: str
    rule: str
    source: Source


# fmt: off
DELETE_RULES: tuple[DeleteRule, ...] = (
    DeleteRule("What",    "trust certificates only; never an identity", Source.SEED),
    DeleteRule("Undo",    "a deletion cannot be taken back",            Source.SEED),
    DeleteRule("Chains",  "a deletion may break a chain: compare names of issuers and subjects first", Source.SEED),
    DeleteRule("Warning", "a window announces that the deletion is permanent", Source.TAC214231),
)
# fmt: on
