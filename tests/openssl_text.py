"""What the real openssl says of a request or a certificate, read from its text."""

import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed"
)
WORDS = {
    "Digital Signature": "digitalSignature",
    "Non Repudiation": "nonRepudiation",
    "Key Encipherment": "keyEncipherment",
    "Data Encipherment": "dataEncipherment",
    "Key Agreement": "keyAgreement",
    "Certificate Sign": "keyCertSign",
    "CRL Sign": "cRLSign",
    "Encipher Only": "encipherOnly",
    "Decipher Only": "decipherOnly",
    "TLS Web Server Authentication": "serverAuth",
    "TLS Web Client Authentication": "clientAuth",
    "IPSec End System": "ipsecEndSystem",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One request or certificate, in openssl's eyes."""

    subject: str
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    alternative_names: tuple[str, ...]
    signature_algorithm: str
    basic_constraints: str
    verified: bool  # of a request: its own key made its signature


def openssl(*arguments, data):
    done = subprocess.run(
        ["openssl", *arguments], input=data, capture_output=True, check=True
    )
    return done.stdout.decode(), done.stderr.decode()


def request_told(pem):
    out, err = openssl("req", "-verify", "-noout", "-text", data=pem)
    return _read(out, "verify OK" in err)


def certificate_told(pem):
    out, _ = openssl("x509", "-noout", "-text", data=pem)
    return _read(out, False)


def _read(text, verified):
    return Told(
        subject=re.search(r"Subject: (.*)", text)[1],
        key_usage=tuple(WORDS[word] for word in _below(text, "Key Usage")),
        extended_key_usage=tuple(
            WORDS[word] for word in _below(text, "Extended Key Usage")
        ),
        alternative_names=tuple(_below(text, "Subject Alternative Name")),
        signature_algorithm=re.search(r"Signature Algorithm: (\S+)", text)[1],
        basic_constraints=", ".join(_below(text, "Basic Constraints")),
        verified=verified,
    )


def _below(text, name):
    """The values of an extension: they stand in the line below its name."""
    found = re.search(rf"X509v3 {name}: *(critical)?\n +(.+)", text)
    return found[2].split(", ") if found else []
