"""Chains made by hand, with extensions that no builder makes, and OpenSSL's verdict."""

import re
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from shutil import which
from subprocess import PIPE, run
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lab.models import KeySpec
from lab.pki.der import SEQUENCE, wrap
from lab.pki.keys import make_key

BEGIN, END = datetime(2030, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
OPENSSL = which("openssl")
TAGS = {
    "otherName": 0xA0,
    "email": 0x81,
    "DNS": 0x82,
    "x400": 0xA3,
    "dirName": 0xA4,
    "edi": 0xA5,
    "URI": 0x86,
    "IP": 0x87,
    "RID": 0x88,
}
SMTP_UTF8_MAILBOX = "06082b06010505070809"
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not on the PATH")
# What one release decides otherwise, the next may not.
needs_openssl_3_0 = pytest.mark.skipif(
    not OPENSSL
    or " 3.0." not in run([OPENSSL, "version"], stdout=PIPE, text=True).stdout,
    reason="openssl on the PATH is not of release 3.0",
)


@cache
def key(number):
    """One key for each place in a chain, the same in every chain."""
    return make_key(KeySpec(type="EC", size=256))


def named(common_name, **more):
    """A name: the common name last, and above it attributes by their NameOID word."""
    attributes = [
        x509.NameAttribute(getattr(NameOID, word), value)
        for word, value in (more | {"COMMON_NAME": common_name}).items()
    ]
    return x509.Name(attributes)


def raw(oid, value):
    """An extension from its bytes."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def general_name(text):
    """The DER of "DNS:…", "IP:10.0.0.0/8", "dirName:O=…" or, of any kind, "IP:#hex"."""
    kind, _, value = text.partition(":")
    if kind == "smtp":  # SmtpUTF8Mailbox, RFC 9598
        inner = wrap(0xA0, wrap(12, value.encode()))
        return wrap(TAGS["otherName"], bytes.fromhex(SMTP_UTF8_MAILBOX) + inner)
    if value.startswith("#"):
        content = bytes.fromhex(value[1:])
    elif kind == "IP" and "/" in value:
        network = ip_network(value)
        content = network.network_address.packed + network.netmask.packed
    elif kind == "IP":
        content = ip_address(value).packed
    elif kind == "dirName":
        content = x509.Name.from_rfc4514_string(value).public_bytes()
    else:
        content = value.encode("latin-1")
    return wrap(TAGS[kind], content)


def alternative(*texts):
    """The extension of alternative names, from texts."""
    return raw("2.5.29.17", wrap(SEQUENCE, b"".join(map(general_name, texts))))


def build_path(links, subjects=None):
    """A chain, anchor first, of one certificate for each list of extensions.

    `subjects` are their names; one that is the name above it makes a certificate that
    is self-issued, with a key of its own.
    """
    last = len(links) - 1
    subjects = list(subjects or [])
    subjects += [named(f"level {number}") for number in range(len(subjects), last + 1)]
    path = []
    for number, extensions in enumerate(links):
        above = max(number - 1, 0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subjects[number])
            .issuer_name(subjects[above])
            .public_key(key(number).public_key())
            .serial_number(number + 1)
            .not_valid_before(BEGIN)
            .not_valid_after(END)
            .add_extension(_subject_key(number), critical=False)
            .add_extension(_authority_key(above), critical=False)
        )
        if number < last:
            ca = x509.BasicConstraints(ca=True, path_length=None)
            builder = builder.add_extension(ca, critical=True)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        path.append(builder.sign(key(above), hashes.SHA256()))
    return path


@cache
def _subject_key(number):
    return x509.SubjectKeyIdentifier.from_public_key(key(number).public_key())


@cache
def _authority_key(number):
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key(number).public_key())


def ask_openssl(path, *options):
    """The numbers of OpenSSL's errors over a path, anchor first; none when it is OK."""
    anchor, *others, leaf = (one.public_bytes(Encoding.PEM) for one in path)
    with TemporaryDirectory() as folder:
        given = {"anchor": anchor, "untrusted": b"".join(others), "leaf": leaf}
        for name, pem in given.items():
            Path(folder, name).write_bytes(pem)
        words = [OPENSSL, "verify", "-no_check_time", "-CAfile", "anchor"]
        if others:
            words += ["-untrusted", "untrusted"]
        words += [*options, "leaf"]
        done = run(words, cwd=folder, capture_output=True, text=True, check=False)
    errors = {int(one) for one in re.findall(r"^error (\d+) at", done.stderr, re.M)}
    assert (done.returncode == 0) == (not errors), done.stderr
    return errors
