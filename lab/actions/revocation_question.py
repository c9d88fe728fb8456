"""What is asked about the revocation of a certificate, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from lab.models import Step
from lab.outside.addresses import Network


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, and who may be asked.

    An address that came out of a certificate is spoken to when it has the host and port
    of `own`, or is in `allowed`; one that somebody configured also when it is in
    `allowed_configured`.
    """

    certificate: bytes  # DER
    issuer: bytes | None = None
    methods: tuple[str, ...] = ("OCSP",)  # "OCSP", "CRL", or both in that order
    ocsp_urls: tuple[str, ...] = ()
    ocsp_configured: bool = False
    crl_urls: tuple[str, ...] = ()
    crl_configured: bool = False
    freshest_urls: tuple[str, ...] = ()  # of delta CRLs; the CRL itself may name more
    trusted_responders: tuple[bytes, ...] = ()
    allowed: tuple[Network, ...] = ()  # as lab.store.settings.allowed_networks
    allowed_configured: tuple[Network, ...] = ()  # as lab.actions' networks_allowed
    own: str = ""  # the base URL of the lab
    hash_name: str = "sha1"
    use_nonce: bool = True
    how: str = "POST"  # or "GET"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was found out, with the evidence of the answer that decided.

    `status` is "good", "revoked", "on_hold" or "unknown" as a believed answer says;
    "unusable" when nothing that came could be believed, "unreachable" when nothing
    came, "unknown" without a method when there was nobody to ask, and "expired" when
    nobody had to be asked.
    """

    status: str
    method: str = ""
    url: str = ""
    model: str = ""  # "DTM" or "TRP": by which the signer of an OCSP answer is believed
    signer: bytes | None = None
    request: bytes | None = None
    response: bytes | None = None
    delta: bytes | None = None  # the delta CRL beside a CRL
    http_status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    address: str = ""
    milliseconds: int = 0
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def cluster_status(self) -> str:
        """The same for a cluster, which knows nothing after an answer of no use."""
        return "unknown" if self.status == "unusable" else self.status
