"""Files that are no certificates, cut ones, and ones that are not what they say."""

import random

from tests.hostile_files.der import (
    certificate,
    integer,
    octets,
    oid,
    sequence,
    wrap,
)
from tests.hostile_files.making import accepted, refused

NOTHING = "there is no certificate in the file"
CUT = "the file is cut, or bytes follow its end"


@refused(".pem", "the file is empty")
def empty():
    """No byte at all."""
    return b""


@refused(".pem", "the file is empty")
def nothing_but_blanks():
    """A thousand lines without anything on them."""
    return b" \t\r\n" * 1000


@refused(".der", NOTHING)
def one_byte():
    """The first byte of a certificate, and no other."""
    return b"\x30"


@refused(".der", NOTHING)
def zeros():
    """A page of zeros, as a broken disk returns it."""
    return bytes(4096)


@refused(".bin", NOTHING)
def fifty_megabytes_of_junk():
    """50 MiB without any pattern."""
    return random.Random(50).randbytes(50 * 1024 * 1024)


@refused(".bin", "the file has 67108865 bytes")
def too_large():
    """One byte more than is read of a file."""
    return bytes(64 * 1024 * 1024 + 1)


@refused(".pem", "HTML")
def error_page():
    """What a proxy says in place of the certificate."""
    return b"<!DOCTYPE html><html><script>alert(1)</script><h1>502</h1></html>"


@refused(".cer", "PDF")
def document():
    """A PDF under another name."""
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</OpenAction<</S/JavaScript>>>>"


@refused(".crt", NOTHING)
def program():
    """The head of an executable."""
    return b"\x7fELF\x02\x01\x01" + bytes(500) + b"/bin/sh"


@refused(".pem.gz", "gzip")
def compressed():
    """A gzip stream: nothing is unpacked but zip files."""
    return bytes.fromhex("1f8b0800000000000003") + b"\xaa" * 200


@refused(".tar", "tar")
def tape_archive():
    """A tar archive with a path that leads upwards."""
    return b"../../etc/passwd".ljust(257, b"\0") + b"ustar\00000" + bytes(760)


@refused(".jks", "JKS")
def java_keystore():
    """A key store of Java."""
    return bytes.fromhex("feedfeed00000002") + bytes(200)


@refused(".der", CUT)
def cut_in_the_middle():
    """Half a certificate."""
    der = certificate()
    return der[: len(der) // 2]


@refused(".der", CUT)
def bytes_after_the_end():
    """A certificate, and then a script."""
    return certificate() + b"\n#!/bin/sh\nrm -rf /\n"


@refused(".der", CUT)
def two_after_each_other():
    """Two certificates without anything between them."""
    return certificate() + certificate()


@refused(".der", CUT)
def length_of_four_gigabytes():
    """A length that no file here has."""
    return b"\x30\x84\xff\xff\xff\xff" + certificate()[4:]


@refused(".der", CUT)
def length_of_127_octets():
    """A length so long that the universe could not hold it."""
    return b"\x30\xff" + b"\xff" * 127 + certificate()[4:]


@refused(".der", NOTHING)
def indefinite_length():
    """A certificate in BER: its length is left open. X.509 is DER."""
    return b"\x30\x80" + certificate()[4:] + b"\0\0"


@refused(".der", NOTHING)
def endless_tag():
    """A tag of a million bytes."""
    return b"\x3f" + b"\xff" * 1_000_000


@refused(".der", NOTHING)
def nested_a_hundred_thousand_deep():
    """Sequences within sequences, to end the stack of a parser."""
    return b"\x30\x80" * 100_000


@refused(".der", "not a readable X.509 certificate")
def nested_deep_within_a_certificate():
    """A subject of 10,000 sequences, each within the last."""
    deep = b""
    for _ in range(10_000):
        deep = wrap(0x30, deep)
    return certificate(deep)


@refused(".der", "private key and no certificate")
def private_key_pkcs8():
    """A private key alone. It must not be kept."""
    return sequence(integer(0), sequence(oid("1.2.840.10045.2.1")), octets(b"k" * 48))


@refused(".der", "private key and no certificate")
def private_key_pkcs1():
    """An RSA key as OpenSSL used to write it."""
    return sequence(integer(0), *(integer(7919 + n) for n in range(8)))


@refused(".der", "private key and no certificate")
def private_key_encrypted():
    """A private key behind a password."""
    algorithm = sequence(oid("1.2.840.113549.1.5.13"), sequence())
    return sequence(algorithm, octets(b"k" * 64))


@refused(".der", "public key and no certificate")
def public_key():
    """A public key without a name."""
    algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
    return sequence(algorithm, wrap(3, b"\0" + b"\4" + bytes(64)))


@refused(".der", "at most 262144 are read")
def three_hundred_kilobytes():
    """A certificate larger than any that is read."""
    return certificate(more=octets(bytes(300 * 1024)))


@accepted(".pem.exe")
def certificate_with_another_ending():
    """A certificate that calls itself a program: the bytes decide, not the name."""
    return certificate()
