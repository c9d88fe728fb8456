"""The example lab's cluster, asking a responder that answers as a test says."""

from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding

from lab.actions.check_revocation import check
from lab.actions.revocation_settings import set_revocation_settings
from lab.actions.upload_certificate import upload_certificate
from lab.lab import Lab, open_lab
from lab.store import certificates, parties, places
from tests.responder_desk import Desk, designated_signer
from tests.web.conftest import running

CLUSTER, AUTHORITY = "Example Cluster", "example-issuing"


@dataclass(frozen=True)
class Office:
    """`desk` decides what the responder says, and who signs it."""

    lab: Lab
    desk: Desk
    url: str

    def configure(self, **changes):
        """Have the nodes ask the desk, whatever their certificates say."""
        wanted = {"enable_ocsp": True, "use_configured_uri": True}
        wanted |= {"configured_uri": self.url} | changes
        return set_revocation_settings(self.lab, CLUSTER, **wanted)

    def slot(self, party, purpose="tomcat"):
        """The certificate in that slot."""
        found = parties.by_name(self.lab.db, CLUSTER, party)
        place = places.slot(self.lab.db, found.id, purpose)
        return certificates.get(self.lab.db, place.certificate)

    def says(self, certificate, status):
        self.desk.statuses[int(certificate.serial, 16)] = status

    def sign_by_a_designated_responder(self):
        """One that the authority knows nothing of, and that the nodes trust."""
        self.desk.signer = designated_signer(self.lab.clock.now())
        der = self.desk.signer[0].public_bytes(Encoding.DER)
        upload_certificate(self.lab, "cucm-pub", "tomcat-trust", der)

    def check(self, certificate):
        return check(self.lab, CLUSTER, certificate.sha256)


@contextmanager
def open_office(lab, path):
    """The office of the example lab in this file, for as long as the block runs."""
    own = open_lab(path)
    desk = Desk(own, AUTHORITY)
    with running(desk.app()) as client:
        yield Office(lab, desk, f"http://127.0.0.1:{client.port}/ocsp")
        client.connection.close()
    own.close()
