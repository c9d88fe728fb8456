"""A responder on a real port that answers as a test says, with signers of all kinds."""

from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from lab.actions.key_ring import private_key
from lab.actions.renew_certificate import sign_and_upload
from lab.actions.revocation_settings import set_revocation_settings
from lab.models import KeySpec
from lab.pki.keys import make_key
from lab.store import certificates, parties

SITE = "Site"
NOBODY = "http://127.0.0.1:9/ocsp"  # the discard port: nobody listens
_STATUSES = {
    "good": ocsp.OCSPCertStatus.GOOD,
    "revoked": ocsp.OCSPCertStatus.REVOKED,
    "on_hold": ocsp.OCSPCertStatus.REVOKED,
    "unknown": ocsp.OCSPCertStatus.UNKNOWN,
}


def designated_signer(now, name="Designated Responder"):
    """A certificate that no authority of the lab issued, and its key."""
    key = make_key(KeySpec(type="EC", size=256))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


@dataclass
class Desk:
    """Answers by serial number; `asked` are the serials it was asked for, in order."""

    lab: object  # a connection of its own, as the server has threads of its own
    authority: str
    statuses: dict = field(default_factory=dict)
    signer: tuple | None = None  # certificate and key; else the authority itself
    asked: list = field(default_factory=list)
    on_question: object = None  # called before each answer

    def app(self):
        return Starlette(
            routes=[Route("/ocsp", self.answer, methods=["POST"])],
        )

    async def answer(self, request):
        question = ocsp.load_der_ocsp_request(await request.body())
        self.asked.append(question.serial_number)
        if self.on_question:
            self.on_question()
        status = self.statuses.get(question.serial_number, "good")
        now = self.lab.clock.now()
        above, key = self._authority()
        signer, signing_key = self.signer or (above, key)
        gone = _STATUSES[status] is ocsp.OCSPCertStatus.REVOKED
        reason = x509.ReasonFlags.certificate_hold if status == "on_hold" else None
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=question.issuer_name_hash,
                issuer_key_hash=question.issuer_key_hash,
                serial_number=question.serial_number,
                algorithm=question.hash_algorithm,
                cert_status=_STATUSES[status],
                this_update=now,
                next_update=now + timedelta(hours=1),
                revocation_time=now - timedelta(days=1) if gone else None,
                revocation_reason=reason,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        )
        if signer != above:
            builder = builder.certificates([signer])
        for extension in question.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        answer = builder.sign(signing_key, hashes.SHA256())
        body = answer.public_bytes(Encoding.DER)
        return Response(body, media_type="application/ocsp-response")

    def _authority(self):
        found = parties.authority(self.lab.db, self.authority)
        row = certificates.get(self.lab.db, found.certificate)
        return (
            x509.load_der_x509_certificate(row.der),
            private_key(self.lab, row.key_id),
        )


@dataclass(frozen=True)
class Office:
    """A cluster whose responder is a desk of this test."""

    lab: object
    seen: object
    desk: Desk
    url: str

    def tomcat(self, node="sub"):
        """A certificate below the issuing authority, in a slot of that node."""
        if self.seen.slot(node, "tomcat").self_signed:
            sign_and_upload(self.lab, node, "tomcat", "issuing")
        return self.seen.slot(node, "tomcat")

    def says(self, certificate, status):
        self.desk.statuses[int(certificate.serial, 16)] = status

    def configure(self, **changes):
        wanted = {"enable_ocsp": True, "use_configured_uri": True}
        wanted |= {"configured_uri": self.url} | changes
        set_revocation_settings(self.lab, SITE, **wanted)

    def times_asked(self, certificate):
        return self.desk.asked.count(int(certificate.serial, 16))
