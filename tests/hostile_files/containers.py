"""Files that hold certificates: PKCS#7, PKCS#12, snapshots, sessions of a terminal."""

import json
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from tests.hostile_files.der import (
    certificate,
    integer,
    octets,
    oid,
    pem,
    sequence,
    set_of,
    signed_data,
    wrap,
)
from tests.hostile_files.making import accepted, refused
from tests.hostile_files.text_files import private_key_alone

_DATA, _SIGNED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
_NO_PKCS7 = "the PKCS#7 file holds no certificate that can be read"


# -- PKCS#7 --------------------------------------------------------------------------


@accepted(".p7b", new=1000)
def a_thousand_in_pkcs7():
    """1,000 certificates in one structure."""
    return signed_data(*(certificate(f"host {n}") for n in range(1000)))


@refused(".p7b", _NO_PKCS7)
def pkcs7_of_nothing():
    """A structure with an empty set of certificates."""
    return signed_data()


@refused(".p7b", _NO_PKCS7)
def pkcs7_within_pkcs7():
    """A thousand structures, each within the last, and a certificate at the bottom."""
    inner = signed_data(certificate())
    for _ in range(1000):
        content = sequence(oid(_DATA), wrap(0xA0, inner))
        data = sequence(integer(1), set_of(), content, set_of())
        inner = sequence(oid(_SIGNED), wrap(0xA0, data))
    return inner


@refused(".p7b", "the file is cut, or bytes follow its end")
def pkcs7_that_is_cut():
    """The first half of a structure."""
    whole = signed_data(certificate(), certificate())
    return whole[: len(whole) // 2]


@refused(".p7b", _NO_PKCS7)
def pkcs7_with_open_lengths_that_never_end():
    """Lengths left open ten thousand times."""
    return b"\x30\x80" + oid(_SIGNED) + b"\xa0\x80\x30\x80" * 10_000


@refused(".p7b", _NO_PKCS7)
def pkcs7_whose_lengths_lie():
    """A set of certificates that is longer than what holds it."""
    whole = bytearray(signed_data(certificate(), certificate()))
    at = whole.rindex(b"\xa0\x82")
    whole[at + 2 : at + 4] = b"\xff\xff"
    return bytes(whole)


@accepted(".p7b", "not a readable X.509 certificate", new=1)
def pkcs7_with_something_else_among_the_certificates():
    """A number that says it is a certificate, beside one that is."""
    return signed_data(sequence(integer(7)), certificate())


@refused(".p7c", "there is no certificate in the file")
def pkcs7_of_encrypted_data():
    """A structure of another kind, which nobody here can open."""
    return signed_data(certificate(), kind="1.2.840.113549.1.7.6")


# -- PKCS#12 -------------------------------------------------------------------------


@cache
def _identity(text):
    key = ec.derive_private_key(7, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xBAD12)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2045, 1, 1, tzinfo=UTC))
    )
    return key, builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def _pfx(name, password=b""):
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(
        name.encode(), *_identity(f"{name}.example"), None, locked
    )


def _pfx_of(*bags, iterations=None, after=b""):
    """A PKCS#12 file around these contents; with iterations, it has a seal."""
    safe = sequence(oid(_DATA), wrap(0xA0, octets(sequence(*bags))))
    seal = b""
    if iterations is not None:
        digest = sequence(
            sequence(oid("2.16.840.1.101.3.4.2.1"), b"\5\0"), octets(b"x" * 32)
        )
        seal = sequence(digest, octets(b"salt" * 2), integer(iterations))
    return sequence(integer(3), safe, seal) + after


@accepted(".p12")
def key_and_certificate_in_pkcs12():
    """A key store without a password. Its key must not be kept."""
    return _pfx("kept")


@refused(".p12", "needs a password")
def pkcs12_behind_a_password():
    """A key store that nobody gave the password of."""
    return _pfx("locked", b"correct horse battery staple")


@accepted(".p12")
def pkcs12_whose_seal_is_broken():
    """A key store whose checksum is not its own. A certificate needs no seal."""
    whole = bytearray(_pfx("broken"))
    whole[whole.rindex(b"\4\x20") + 2] ^= 1  # the first byte of its digest
    return bytes(whole)


@refused(".p12", "iterations")
def pkcs12_that_would_take_years():
    """A password to be hashed two thousand million times."""
    return _pfx_of(iterations=2**31 - 1)


@refused(".p12", "there is no certificate in the file")
def pkcs12_that_iterates_less_than_never():
    """A password to be hashed a negative number of times."""
    return _pfx_of(iterations=-1)


@refused(".p12", "the file is cut, or bytes follow its end")
def pkcs12_that_is_cut():
    """The first half of a key store."""
    whole = _pfx("cut")
    return whole[: len(whole) // 2]


@refused(".p12", "PKCS#12")
def pkcs12_of_junk():
    """A key store whose content is no structure."""
    return _pfx_of(octets(b"\xff" * 100))


@refused(".p12", "PKCS#12")
def pkcs12_of_a_million_empty_bags():
    """A key store of a million contents without a byte."""
    return _pfx_of(sequence() * 1_000_000)


# -- snapshots -----------------------------------------------------------------------


def _snapshot(**more):
    return json.dumps({"server": "cucm-pub", **more}).encode()


@accepted(".json", "certificate 1 of the snapshot", new=1)
def snapshot_with_one_broken():
    """Two identities, of which the first is no certificate."""
    texts = ("broken", pem(certificate()).decode())
    rows = [{"service": "tomcat", "certificate": text} for text in texts]
    return _snapshot(identities=rows)


@refused(".json", "nested too deep")
def snapshot_that_is_nested_too_deep():
    """A hundred thousand lists, each within the last."""
    return b"[" * 100_000 + b"]" * 100_000


@refused(".json", "a value that JSON does not have")
def snapshot_with_a_number_of_a_million_digits():
    """A number that would take minutes to read."""
    return b'{"server": ' + b"9" * 1_000_000 + b"}"


@refused(".json", "a value that JSON does not have")
def snapshot_with_what_is_no_number():
    """NaN, which JSON does not have."""
    return b'{"server": NaN, "identities": []}'


@refused(".json", "parts; at most")
def snapshot_of_two_million_parts():
    """Two million empty lists."""
    return b"[" + b"[]," * 2_000_000 + b"[]]"


@refused(".json", "the same name twice")
def snapshot_that_says_a_name_twice():
    """Two servers: programs differ in which they believe."""
    return b'{"server": "a", "server": "b", "identities": []}'


@refused(".json", "there is no certificate in the JSON")
def snapshot_of_something_else():
    """JSON that is no snapshot."""
    return json.dumps([{"certificates": 7, "identities": {"a": []}}, None, 3]).encode()


@refused(".json", "broken in line")
def snapshot_that_is_cut():
    """The first half of an answer."""
    whole = _snapshot(identities=[{"certificate": pem(certificate()).decode()}])
    return whole[: len(whole) // 2]


@refused(".json", "is no name", refusals=3)
def snapshot_with_names_that_are_none():
    """Places and nodes that are paths with NUL, numbers, half a pair."""
    text = pem(certificate()).decode()
    rows = [
        {"service": service, "certificate": text}
        for service in ("../tomcat\0", 7, "\ud800")
    ]
    return _snapshot(identities=rows)


@accepted(".json")
def snapshot_with_a_node_that_does_not_exist():
    """A node and a slot of no product, and members that nobody asked for."""
    row = {"service": "../../x", "certificate": pem(certificate()).decode()}
    return json.dumps(
        {"server": "<b>nobody</b>", "identities": [row], "__class__": {"x": 1}}
    ).encode()


@refused(".json", "private key and no certificate")
def snapshot_with_a_private_key():
    """A private key where a certificate should be. It must not be kept."""
    row = {"service": "tomcat", "certificate": private_key_alone().decode()}
    return _snapshot(identities=[row])


# -- sessions ------------------------------------------------------------------------


@accepted(".txt", new=2)
def session_with_colours():
    """What a terminal kept: colours, pages, a broken prompt, a bell."""
    shown = b"admin:show cert own tomcat\r\n"
    noise = b"\x1b[7moptions: q=quit, n=next, p=prev, b=begin, e=end\x1b[0m\x07\x08\r\n"
    more = b"admin:\x1b[Kshow cert trust tomcat-trust/\x1b[1mx\x1b[0m.pem\r\n"
    one, two = (pem(certificate()).replace(b"\n", b"\r\n") for _ in range(2))
    return shown + one + noise + more + two + b"admin:exit\r\n"


@refused(".txt", "they only list certificates", refusals=0)
def session_that_only_lists():
    """Names of certificates, and no certificate."""
    line = b"tomcat-trust/evil.pem: \x1b[31mCertificate Signed by =cmd()\r\n"
    return b"admin:show cert list trust\r\n" + line * 3


@refused(".txt", "lists")
def session_that_lists_fifty_thousand():
    """More names than any cluster has."""
    lines = (b"tomcat-trust/x%d.pem: Self-signed\n" % n for n in range(50_000))
    return b"admin:show cert list trust\n" + b"".join(lines)


@refused(".txt", "the session has more than")
def session_of_two_million_lines():
    """A session that somebody left open over the year."""
    return b"admin:show cert list own\n" + b"\n" * 2_000_000


@refused(".txt", "there is no certificate in the file")
def session_of_one_line_of_ten_megabytes():
    """A line without an end, to make a search slow."""
    return b"admin:show cert own " + b"a/" * (5 * 1024 * 1024)
