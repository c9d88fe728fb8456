"""What the cluster itself says when an upload or request fails, literally.

Uploads are refused with these texts, so each stands here once. They are templates:
the documents print them for tomcat.
"""

from dataclasses import dataclass

from lab.rules.sources import Source

ISSUER_MISSING = "CA certificate is not available in the trust-store"
NO_REQUEST = "File {folder}/{purpose}/keys/{purpose}.csr does not exist"
KEY_MISMATCH = "CSR Public Key and Certificate Public Key do not match"
NAMES_MISMATCH = "CSR SAN and Certificate SAN does not match"
NOT_UPLOADED = "The file {uploads}/{purpose}.der could not be uploaded"
REMOTE_NODE = (
    "Connection to the Server cannot be established (unable to connect to Remote Node)"
)
UPLOADED = "Certificate Uploaded"
UPLOADED_SHARED = "Certificate upload operation successful"
EXPORTED_SHARED = "CSR export operation successful"

UPLOADS = "/usr/local/platform/upload/certs/"
_FOLDER = "/usr/local/platform/.security"
_FOLDER_OF_CALLS = "/usr/local/cm/.security"


def folder_of(purpose: str) -> str:
    """Where a node keeps the keys and requests of a purpose: facts §2.5."""
    return _FOLDER_OF_CALLS if purpose.startswith("CallManager") else _FOLDER


@dataclass(frozen=True)
class ClusterMessage:
    key: str
    trigger: str
    text: str  # wording varies by release
    source: Source


# fmt: off
CLUSTER_MESSAGES: tuple[ClusterMessage, ...] = (
    ClusterMessage("issuer_missing",  "an issuer is not in the trust store",          ISSUER_MISSING,  Source.TAC217138),
    ClusterMessage("no_request",      "the node has no request",                      NO_REQUEST,      Source.TAC217138),
    ClusterMessage("key_mismatch",    "the key is not that of the request",           KEY_MISMATCH,    Source.TAC217138),
    ClusterMessage("names_mismatch",  "the names are not those of the request",       NAMES_MISMATCH,  Source.TAC217138),
    ClusterMessage("not_uploaded",    "either of the last two in general; in this lab, both at once", NOT_UPLOADED,    Source.TAC217138),
    ClusterMessage("remote_node",     "the page of another node fails",               REMOTE_NODE,     Source.SEED),
    ClusterMessage("uploaded",        "success",                                      UPLOADED,        Source.TAC118731),
    ClusterMessage("uploaded_shared", "success of a shared certificate, with the list of nodes", UPLOADED_SHARED, Source.TAC118731),
    ClusterMessage("exported_shared", "success of a shared request, with the list of nodes", EXPORTED_SHARED, Source.TAC118731),
)


@dataclass(frozen=True)
class AutomationCode:
    code: str
    meaning: str
    source: Source = Source.HCS


AUTOMATION_CODES: tuple[AutomationCode, ...] = (
    AutomationCode("CAA1015", "the keys do not match"),
    AutomationCode("CAA1016", "the names do not match"),
    AutomationCode("CAA1017", "the request is missing"),
    AutomationCode("CAA1018", "the CA is missing"),
    AutomationCode("CAA1019", "something is wrong with the certificate of the CA"),
    AutomationCode("CAA1020", "the certificate cannot be read"),
    AutomationCode("CAA1021", "the file is not PEM"),
    AutomationCode("CAA1022", "the file is not valid"),
    AutomationCode("CAA1023", "the request is missing"),
    AutomationCode("CAA1025", "the type is wrong"),
    AutomationCode("CAA1026", "the upload failed"),
)
# fmt: on
