"""A small lab whose responder is asked, and how to ask it."""

import base64
from dataclasses import dataclass
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

from lab.actions.add_authority import add_authority
from lab.lab import Lab
from lab.pki.ocsp import build_request
from tests.revocation_site import EC, STATES, issue_each, issuer_der

TYPE = "application/ocsp-request"
POST_PATH = "/pki/ocsp"


def add_answering_authorities(lab):
    """One with a delegated signer, one that signs itself, and one without answers."""
    add_authority(lab, "issuing", "Lab Issuing", key=EC, ocsp="delegated")
    add_authority(lab, "itself", "Lab Itself", key=EC, ocsp="authority")
    add_authority(lab, "silent", "Lab Silent", key=EC)


@dataclass(frozen=True)
class Asking:
    """The lab, and certificates of it in every state, by authority and state."""

    lab: Lab
    leaves: dict

    def leaf(self, state="good", authority="issuing"):
        return self.leaves[authority][state]

    def request(self, state="good", authority="issuing", **more):
        der = self.leaf(state, authority).der
        return build_request(der, issuer_der(self.lab, authority), **more)

    def issuer(self, authority="issuing"):
        return x509.load_der_x509_certificate(issuer_der(self.lab, authority))


def issue_all(lab):
    return {name: issue_each(lab, name) for name in ("issuing", "itself")}


def post(client, body, **headers):
    return client.ask(POST_PATH, "POST", body, **({"Content_Type": TYPE} | headers))


def get_path(der, *, padded=True):
    text = base64.b64encode(der).decode()
    return f"{POST_PATH}/{quote(text if padded else text.rstrip('='), safe='')}"


def get(client, der, **headers):
    return client.ask(get_path(der), **headers)


def said(answer):
    """The OCSP response in an HTTP answer."""
    assert answer.status == 200, answer.body[:200]
    assert answer.headers["Content-Type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(answer.body)


def status_of(answer):
    """What one word says: a refusal, or the status of the one certificate."""
    return word_of(answer.body)


def word_of(body):
    response = ocsp.load_der_ocsp_response(body)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return response.response_status.name
    return next(response.responses).certificate_status.name


def verify(response, certificate):
    """Raise unless the key of this certificate has signed the response."""
    key, data = certificate.public_key(), response.tbs_response_bytes
    algorithm = response.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(response.signature, data, padding.PKCS1v15(), algorithm)
    else:
        key.verify(response.signature, data, ec.ECDSA(algorithm))


WORDS = dict(zip(STATES, ("GOOD", "REVOKED", "REVOKED", "UNKNOWN"), strict=True))
