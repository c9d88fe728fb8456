"""The fields of the pages that make a request or a self-signed certificate."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class UploadRule:
    topic: str
    rule: str
    refuses: bool
    source: Source


UPLOAD_RULES: tuple[UploadRule, ...] = (
    UploadRule("Choice of purpose",   "authorities, alone or as a chain, go to a trust store; a leaf, alone or with its chain, goes to its purpose", False, Source.SEED),
    UploadRule("Formats",             "DER or PEM for one certificate, PKCS#7 for a chain", False, Source.SEED),
    UploadRule("Order",               "root, then intermediates, then leaf",        False, Source.SEED),
    UploadRule("Nodes",               "each node for itself; CAPF on the first node only, shared certificates once", False, Source.SEED),
    UploadRule("Request",             "the node has a request for the purpose",     True,  Source.TAC217138),
    UploadRule("Key",                 "the certificate has the key of the request", True,  Source.TAC217138),
    UploadRule("Names",               "the alternative names are those of the request, in any order", True,  Source.TAC217138),
    UploadRule("Issuer",              "the chain of issuers is in the store already", True,  Source.TAC217138),
    UploadRule("Dates",               "the certificate has not expired",            True,  Source.TAC217138),
    UploadRule("Organizational unit", "the issued certificate may lack it",         False, Source.SEC15),
    UploadRule("Success",             "the request is deleted and the slot overwritten", False, Source.SEED),
    UploadRule("Twice in a store",    "one certificate of a subject in a store: the one that begins later stays, an older one is refused", True,  Source.SEC15),
    UploadRule("Revocation",          "with OCSP on, the status is asked; the upload is kept and an alarm raised", False, Source.DEDUCED),
    UploadRule("Afterwards",          "restart the services concerned and look at the result in a browser", False, Source.SEED),
    UploadRule("One request",         "one for each node and purpose; a new one overwrites the old one and its key", False, Source.TAC217138),
)


@dataclass(frozen=True)
class DeleteRule:
    topic: str
    rule: str
    source: Source


DELETE_RULES: tuple[DeleteRule, ...] = (
    DeleteRule("What",    "trust certificates only; never an identity", Source.SEED),
    DeleteRule("Undo",    "a deletion cannot be taken back",            Source.SEED),
    DeleteRule("Chains",  "a deletion may break a chain: compare names of issuers and subjects first", Source.SEED),
    DeleteRule("Warning", "a window announces that the deletion is permanent", Source.TAC214231),
)
# fmt: on
