"""PEM and other text: broken lines, other encodings, keys beside certificates."""

import random

from tests.hostile_files.der import (
    certificate,
    extension,
    integer,
    octets,
    oid,
    pem,
    sequence,
)
from tests.hostile_files.making import accepted, refused

SECRET = b"a private key that nobody may ever see again: " * 3
_KEY = sequence(integer(0), sequence(oid("1.2.840.10045.2.1")), octets(SECRET))


@accepted(".pem")
def byte_order_mark():
    """What an editor puts before the first line."""
    return b"\xef\xbb\xbf" + pem(certificate())


@accepted(".pem")
def carriage_returns():
    """Lines as Windows ends them."""
    return pem(certificate()).replace(b"\n", b"\r\n")


@accepted(".pem")
def line_ends_of_old_macs():
    """Lines that end with a carriage return alone."""
    return pem(certificate()).replace(b"\n", b"\r")


@accepted(".pem", new=2)
def line_ends_of_all_kinds():
    """Each line ends otherwise, some twice, and there are blanks before them."""
    ends = (b"\n", b"\r\n", b"\r", b" \n", b"\t\r\n\n")
    lines = (pem(certificate()) + pem(certificate())).splitlines()
    return b"".join(line + ends[at % 5] for at, line in enumerate(lines))


@accepted(".pem")
def utf_16():
    """PEM as an editor saves it: two bytes a letter, with a mark."""
    return pem(certificate()).decode().encode("utf-16")


@accepted(".pem")
def utf_16_big_endian_without_a_mark():
    """Two bytes a letter, the high one first, and no mark."""
    return pem(certificate()).decode().encode("utf-16-be")


@refused(".pem", "there is no certificate in the file")
def utf_32():
    """Four bytes a letter: nothing writes PEM so."""
    return pem(certificate()).decode().encode("utf-32")


@accepted(".pem")
def one_line():
    """A certificate of 200 KB on a single line."""
    filler = extension("1.2.3.4", bytes(200_000))
    begin, *lines, end = pem(certificate(extensions=[filler])).splitlines()
    return begin + b"\n" + b"".join(lines) + b"\n" + end


@refused(".pem", "is not a whole certificate")
def one_line_of_a_megabyte():
    """A block of a megabyte that is no certificate, on a single line."""
    line = b"QUJD" * (256 * 1024)
    return b"-----BEGIN CERTIFICATE-----\n" + line + b"\n-----END CERTIFICATE-----\n"


@refused(".pem", "is not valid base64")
def wrong_base64():
    """Letters that base64 does not have."""
    return pem(certificate()).replace(b"M", b"*", 1)


@refused(".pem", "is not valid base64")
def cut_base64():
    """A last line that lost two letters."""
    lines = pem(certificate()).splitlines()
    lines[-2] = lines[-2].rstrip(b"=")[:-1]
    return b"\n".join(lines)


@refused(".pem", "is not valid base64")
def padding_in_the_middle():
    """Two texts in base64, one after another, in one block."""
    return pem(certificate()).replace(b"E-----\nM", b"E-----\nTQ==M", 1)


@refused(".pem", "has no end")
def no_end_line():
    """The last line is missing."""
    return pem(certificate()).rsplit(b"-----END", 1)[0]


@refused(".pem", "has no end", refusals=5000)
def nothing_but_beginnings():
    """Five thousand blocks that begin and never end."""
    return b"-----BEGIN CERTIFICATE-----\n" * 5000


@refused(".pem", "has no end")
def end_line_of_another_kind():
    """It begins as a certificate and ends as a request."""
    return pem(certificate()).replace(b"END CERTIFICATE", b"END CERTIFICATE REQUEST")


@refused(".pem", "is not a whole certificate")
def block_without_a_body():
    """Two lines, and nothing between them."""
    return pem(b"")


@refused(".pem", "there is no certificate in the file")
def label_in_small_letters():
    """PEM labels are capitals: RFC 7468 section 3."""
    return pem(certificate(), "certificate")


@refused(".pem", "there is no certificate in the file")
def label_of_a_megabyte():
    """A first line that does not end."""
    return pem(certificate(), "A" * 1_000_000)


@accepted(".pem", "is not a whole certificate", new=2)
def one_broken_among_good_ones():
    """The second of three blocks is no certificate."""
    return pem(certificate()) + pem(b"no certificate") + pem(certificate())


@accepted(".pem", new=5000)
def five_thousand():
    """5,000 certificates in one file."""
    return b"".join(pem(certificate(f"host {n}")) for n in range(5000))


@accepted(".pem", known=4999)
def five_thousand_times_the_same():
    """One certificate, 5,000 times."""
    return pem(certificate()) * 5000


@accepted(".pem")
def private_key_and_certificate():
    """A key before its certificate. The key must not be kept."""
    return pem(_KEY, "PRIVATE KEY") + pem(certificate())


@refused(".pem", "private key and no certificate")
def private_key_alone():
    """A private key, and nothing else."""
    return pem(_KEY, "PRIVATE KEY")


@refused(".pem", "private key and no certificate")
def private_key_with_headers():
    """An encrypted key with the headers of RFC 1421."""
    block = pem(b"k" * 120, "RSA PRIVATE KEY")
    headers = b"KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n"
    return block.replace(b"KEY-----\n", headers, 1)


@refused(".pem", "is not valid base64")
def certificate_with_headers():
    """A certificate with the headers of an encrypted message."""
    headers = b"CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,00\n\n"
    return pem(certificate()).replace(b"CERTIFICATE-----\n", headers, 1)


@refused(".pem", "not a readable X.509 certificate")
def private_key_that_says_it_is_a_certificate():
    """A private key under the label of a certificate. It must not be kept."""
    return pem(_KEY)


@refused(".pem", "private key and no certificate")
def certificate_that_says_it_is_a_private_key():
    """A certificate under the label of a key: what says so is left alone."""
    return pem(certificate(), "PRIVATE KEY")


@refused(".pem", "signing request, not a certificate")
def request():
    """A request for a certificate."""
    return pem(certificate(), "CERTIFICATE REQUEST")


@refused(".pem", "CRL, not a certificate")
def revocation_list():
    """A list of revoked certificates."""
    return pem(certificate(), "X509 CRL")


@refused(".pem", "there is no certificate in the file")
def parameters():
    """Parameters of a key exchange."""
    return pem(sequence(integer(23), integer(5)), "DH PARAMETERS")


@refused(".asc", "there is no certificate in the file")
def message_of_another_kind():
    """PGP, which looks nearly the same."""
    return pem(b"k" * 90, "PGP MESSAGE")


@refused(".pem", "private key and no certificate")
def key_of_ssh():
    """A private key of SSH."""
    return pem(b"openssh-key-v1\0" + b"k" * 90, "OPENSSH PRIVATE KEY")


@accepted(".pem", new=2)
def words_between_the_blocks():
    """What OpenSSL prints around certificates, with lines that look like PEM."""
    words = b"Certificate:\n    Data: -----BEGIN\n-----END CERTIFICATE-----\n\xff\xfe\n"
    return words + pem(certificate()) + words + pem(certificate()) + words


@accepted(".txt")
def escapes_of_a_terminal():
    """A session log: colours, a cleared screen, a title that runs a command."""
    noise = b"\x1b[2J\x1b[31m\x1b]0;$(reboot)\x07\x08\x08\x00\x9b6n\r\n"
    return noise + pem(certificate()) + noise


@refused(".pem", "there is no certificate in the file")
def lines_without_a_first_line():
    """The end of a block, and after it the beginning of another."""
    return b"-----END CERTIFICATE-----\nMIIB\n-----BEGIN CERTIFICATE---\n"


@refused(".txt", "there is no certificate in the file")
def ten_megabytes_of_dashes():
    """Dashes, to make a search for the first line slow."""
    return b"-" * (10 * 1024 * 1024)


@refused(".txt", "there is no certificate in the file")
def base64_of_junk():
    """A megabyte of base64 that mean nothing."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return bytes(random.Random(4).choices(letters, k=1024 * 1024))
