"""What the cluster itself says when an upload or request fails, literally."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class ClusterMessage:
    key: str
    trigger: str
    text: str  # wording varies by release
    source: Source


# fmt: off
CLUSTER_MESSAGES: tuple[ClusterMessage, ...] = (
    ClusterMessage("issuer_missing",  "the issuer is not in the trust store",   "CA certificate is not available in the trust-store", Source.TAC217138),
    ClusterMessage("no_request",      "the node has no request",                "File /usr/local/platform/.security/tomcat/keys/tomcat.csr does not exist", Source.TAC217138),
    ClusterMessage("key_mismatch",    "the key is not that of the request",     "CSR Public Key and Certificate Public Key do not match", Source.TAC217138),
    ClusterMessage("names_mismatch",  "the names are not those of the request", "CSR SAN and Certificate SAN does not match", Source.TAC217138),
    ClusterMessage("not_uploaded",    "either of the last two, in general",     "The file /usr/local/platform/upload/certs//tomcat.der could not be uploaded", Source.TAC217138),
    ClusterMessage("remote_node",     "the page of another node fails",         "Connection to the Server cannot be established (unable to connect to Remote Node)", Source.SEED),
    ClusterMessage("uploaded",        "success",                                "Certificate Uploaded",                       Source.TAC118731),
    ClusterMessage("uploaded_shared", "success of a shared certificate, with the list of nodes", "Certificate upload operation successful",    Source.TAC118731),
    ClusterMessage("exported_shared", "success of a shared request, with the list of nodes", "CSR export operation successful",            Source.TAC118731),
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
