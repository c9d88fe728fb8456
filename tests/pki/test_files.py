import base64
import json
import ssl
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lab.errors import BadInputError
from lab.models import SubjectFields
from lab.pki.bundles import MAX_FILE_BYTES, write_pem, write_pkcs7
from lab.pki.der import OID, SEQUENCE, wrap
from lab.pki.files import Contents, Piece, read_file
from lab.pki.keys import to_der
from lab.pki.pem import MAX_BLOCKS
from lab.pki.pkcs7 import MAX_CERTIFICATES
from lab.pki.requests import build_request, request_pem

PKCS7 = bytes.fromhex("2a864886f70d010702")


@pytest.fixture(scope="module")
def chain(leaf, issuing, root):
    return [leaf, issuing, root]


@pytest.fixture(scope="module")
def key_pem(ec_keys):
    return ec_keys[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ders(data, **how):
    """The certificates of a file in which nothing is broken."""
    return [piece.der for piece in read_file(data, **how)]


def told(data):
    """What else a file told, once it was read."""
    contents = Contents()
    for _ in read_file(data, contents=contents):
        pass
    return contents


def signed_data(content):
    version = b"\x02\x01\x01\x31\x00\x30\x00"
    inner = wrap(SEQUENCE, version + wrap(0xA0, content))
    return wrap(SEQUENCE, wrap(OID, PKCS7) + wrap(0xA0, inner))


# -- What is read ---------------------------------------------------------------------


def test_every_format_gives_the_same_certificates(chain):
    archive = pkcs12.serialize_key_and_certificates(
        None, None, None, map(x509.load_der_x509_certificate, chain), NoEncryption()
    )
    pem = write_pem(chain)
    pkcs7 = b"".join(chain)
    files = {
        "PEM": pem,
        "PKCS#7 DER": signed_data(pkcs7),
        "PKCS#7 PEM": ssl.DER_cert_to_PEM_cert(signed_data(pkcs7))
        .replace("CERTIFICATE", "PKCS7")
        .encode(),
        "PkiPath": wrap(SEQUENCE, pkcs7),
        "PKCS#12": archive,
        "snapshot": json.dumps(
            {"certificates": [{"certificate": pem.decode()}]}
        ).encode(),
        "show cert": b"admin:show cert own tomcat\n" + pem,
    }
    for form, data in files.items():
        assert ders(data) == chain, form
        assert told(data).format == form


@pytest.mark.parametrize("kind_of_key", ["leaf_ec", "leaf_rsa"])
def test_one_certificate_is_read_as_der_pem_and_bare_base64(made, kind_of_key):
    der = made[kind_of_key]

    for data in (der, write_pem([der]), base64.b64encode(der), base64.encodebytes(der)):
        assert list(read_file(data)) == [Piece(der)]


def test_a_certificate_of_the_old_kinds_is_read_too(leaf):
    # Version 1 has no version field; a short one has a length of one or two bytes.
    short = wrap(SEQUENCE, b"\x02\x01\x07" + b"\x30\x00" * 5)
    old = wrap(SEQUENCE, short + b"\x30\x00\x03\x01\x00")

    assert ders(old) == [old]
    assert ders(wrap(SEQUENCE, old + leaf)) == [old, leaf]


def test_bare_base64_may_hold_any_of_them(chain):
    archive = pkcs12.serialize_key_and_certificates(
        None, None, None, map(x509.load_der_x509_certificate, chain), NoEncryption()
    )

    assert ders(base64.encodebytes(archive)) == chain
    assert set(ders(base64.b64encode(write_pkcs7(chain)))) == set(chain)


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: pem.replace(b"\n", b"\r"),
        lambda pem: b"\xef\xbb\xbf" + pem,
        lambda pem: pem.decode().encode("utf-16"),
        lambda pem: pem.decode().encode("utf-16-le"),
        lambda pem: pem.decode().encode("utf-16-be"),
        lambda pem: b"subject=CN = a\nissuer=CN = b\n" + pem + b"\n# the end",
        lambda pem: b"[ a list ]\n" + pem,
        lambda pem: "0番 証明書\n".encode() + pem,
        lambda pem: "0、証明書\n".encode("shift-jis") + pem,
        lambda pem: pem.replace(b"\n", b"\n\t"),
        lambda pem: pem.rstrip(),
        lambda pem: b"\n\n  " + pem + b"\x0c\n",
    ],
    ids=[
        "CRLF",
        "CR",
        "BOM",
        "UTF-16",
        "UTF-16 LE, no mark",
        "UTF-16 BE, no mark",
        "text around",
        "bracket before",
        "zero before",
        "zero before, Shift-JIS",
        "tabs",
        "no last line break",
        "white space around",
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_pem_is_read_however_it_was_saved(chain, change, count):
    assert ders(change(write_pem(chain[:count]))) == chain[:count]


def test_a_broken_block_is_refused_and_the_next_ones_come(chain):
    leaf, issuing, root = chain
    broken = [
        write_pem([leaf]).replace(b"M", b"!", 1),
        write_pem([leaf[:-1]]),
        b"-----BEGIN CERTIFICATE-----\nMII\n",
        b"-----BEGIN PKCS7-----\nMII=\n-----END PKCS7-----\n",
    ]
    data = write_pem([issuing]) + b"".join(broken) + write_pem([root])

    found = list(read_file(data))

    assert [found[0], found[-1]] == [Piece(issuing), Piece(root)]
    assert [str(refusal) for refusal in found[1:-1]] == [
        "PEM block 2 (CERTIFICATE) is not valid base64",
        "PEM block 3 (CERTIFICATE) is not a whole certificate",
        "PEM block 4 (CERTIFICATE) has no end",
        "the PKCS#7 file holds no certificate that can be read",
    ]
    assert all(isinstance(refusal, BadInputError) for refusal in found[1:-1])


def test_a_file_of_one_broken_block_says_what_is_broken(leaf):
    for data, refusal in (
        (write_pem([leaf])[:-30], "has no end"),
        (write_pem([leaf]).replace(b"M", b"!", 1), "is not valid base64"),
        (write_pem([leaf]) + b"-----BEGIN CERTIFICATE-----", "has no end"),
    ):
        assert refusal in str(list(read_file(data))[-1])


def test_keys_and_requests_are_counted_and_never_given(chain, key_pem, ec_keys):
    request = build_request(
        subject=SubjectFields(common_name="x"),
        key=ec_keys[0],
        key_usage=("digitalSignature",),
        extended_key_usage=(),
    )
    data = key_pem + write_pem(chain) + request_pem(request) + key_pem

    contents = told(data)

    assert ders(data) == chain
    assert (contents.private_keys, contents.requests) == (2, 1)


def test_certificates_come_one_at_a_time(chain):
    found = read_file(write_pem(chain) + b"-----BEGIN CERTIFICATE-----\nMII")

    assert [next(found).der for _ in chain] == chain


# -- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \r\n", "the file is empty"),
        (b"hello", "there is no certificate in the file"),
        (b"\x00" * 9, "there is no certificate in the file"),
        (b"MIIhello, world", "there is no certificate in the file"),
        (b"MAA=", "there is no certificate in the file"),
        (b"\x30\x80\x02\x01\x03", "there is no certificate in the file"),
        (b"\xfe\xed\xfe\xed\x00\x00\x00\x02", "a Java keystore of the kind JKS"),
        (b"\xce\xce\xce\xce\x00\x00\x00\x02", "a Java keystore of the kind JCEKS"),
        (bytes.fromhex("0000000200000014"), "a Java keystore of the kind BKS"),
        (b"PuTTY-User-Key-File-3: ssh-rsa", "it is of the kind PuTTY"),
        (b"ssh-ed25519 AAAAC3Nz me@here", "it is of the kind SSH"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----", "it is of the kind SSH"),
        (b"<!DOCTYPE html><title>Log in</title>", "it is of the kind HTML"),
        (b"%PDF-1.7", "it is of the kind PDF"),
        (b"PK\x03\x04" + bytes(40), "the file is a zip archive"),
        (b"PK\x05\x06" + bytes(18), "the file is a zip archive"),
        (b"\x1f\x8b\x08" + bytes(9), "the file is a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(9), "the file is a 7z archive"),
        (b"Rar!\x1a\x07\x01\x00", "the file is a RAR archive"),
        (b"a.pem".ljust(257, b"\0") + b"ustar\x0000", "the file is a tar archive"),
        (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n"
            b"-----END PGP PUBLIC KEY BLOCK-----\n",
            "there is no certificate in the file",
        ),
        (wrap(SEQUENCE, wrap(OID, PKCS7)), "the PKCS#7 file holds no certificate"),
        (signed_data(b""), "the PKCS#7 file holds no certificate"),
    ],
)
def test_what_holds_no_certificate_is_refused_by_what_it_is(data, message):
    with pytest.raises(BadInputError) as refused:
        list(read_file(data))

    assert message in str(refused.value)
    assert refused.value.hint.endswith(".")


def test_keys_requests_and_cut_files_keep_their_words(leaf, ec_keys, key_pem):
    public = ec_keys[0].public_key()
    request = build_request(
        subject=SubjectFields(common_name="x"),
        key=ec_keys[0],
        key_usage=("digitalSignature",),
        extended_key_usage=(),
    )
    spki = PublicFormat.SubjectPublicKeyInfo
    refusals = {
        "the file holds a private key and no certificate": [
            key_pem,
            to_der(ec_keys[0]),
            base64.b64encode(to_der(ec_keys[0])),
            key_pem.replace(b"PRIVATE", b"OPENSSH PRIVATE"),
        ],
        "the file holds a public key and no certificate": [
            public.public_bytes(Encoding.PEM, spki),
            public.public_bytes(Encoding.DER, spki),
        ],
        "the file holds a certificate signing request, not a certificate": [
            request,
            request_pem(request),
        ],
        f"the file is cut, or bytes follow its end: it has {len(leaf) - 1} bytes": [
            leaf[:-1],
            base64.b64encode(leaf[:-1]),
        ],
        f"the file is cut, or bytes follow its end: it has {len(leaf) + 1} bytes": [
            leaf + b"\n"
        ],
    }
    for message, files in refusals.items():
        for data in files:
            with pytest.raises(BadInputError) as refused:
                list(read_file(data))

            assert str(refused.value) == message


def test_how_to_convert_a_java_keystore_is_told():
    with pytest.raises(BadInputError) as refused:
        list(read_file(b"\xfe\xed\xfe\xed" + bytes(30)))

    assert "keytool -importkeystore" in refused.value.hint
    assert "PKCS12" in refused.value.hint


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(BadInputError, match=str(MAX_FILE_BYTES)):
        list(read_file(b" " * (MAX_FILE_BYTES + 1)))


def test_more_parts_than_anybody_has_are_refused():
    blocks = b"-----BEGIN A-----" * (MAX_BLOCKS + 10)
    tiny = signed_data(b"\x30\x00" * (MAX_CERTIFICATES + 1))

    *_, last = read_file(blocks)
    with pytest.raises(BadInputError) as refused:
        list(read_file(tiny))

    assert f"more than {MAX_BLOCKS} PEM blocks" in str(last)
    assert f"more than {MAX_CERTIFICATES} certificates" in str(refused.value)


def test_a_structure_of_structures_without_end_is_no_certificate():
    nested = b""
    for _ in range(3000):
        nested = wrap(SEQUENCE, nested)

    with pytest.raises(BadInputError, match="no certificate"):
        list(read_file(nested))


# -- Anything at all ------------------------------------------------------------------


@given(st.binary(max_size=300))
@example(b"-----BEGIN CERTIFICATE----------END CERTIFICATE-----")
@example(b"\x30\x82\x00\x09\x30\x82\x00\x00\xa0\x03\x02\x01\x02")
@example(b"\xff\xfe\x00")
@example(b"\xfe\xff\xd8\x00{\x00")
@example(b'{"a"')
@example(b"admin:show cert own \xff/\xff.pem\n")
@example(b"PK\x03\x04")
def test_any_bytes_are_read_or_refused(data):
    with suppress(BadInputError):
        for part in read_file(data, passwords=["x"]):
            assert isinstance(part, Piece | BadInputError)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data, chain):
    pem = write_pem(chain)
    whole = data.draw(
        st.sampled_from(
            [
                chain[0],
                pem,
                signed_data(b"".join(chain)),
                wrap(SEQUENCE, b"".join(chain)),
                base64.b64encode(chain[0]),
                json.dumps({"server": "a", "certificate": pem.decode()}).encode(),
                b"admin:show cert trust tomcat-trust/a.pem\r\n" + pem,
            ]
        )
    )
    at = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(min_size=0, max_size=5))
    gone = data.draw(st.integers(0, 40))

    with suppress(BadInputError):
        for part in read_file(whole[:at] + patch + whole[at + gone :]):
            assert isinstance(part, Piece | BadInputError)


@given(data=st.data())
def test_certificates_are_found_in_any_order_with_anything_between(data, made):
    ders_in = data.draw(st.lists(st.sampled_from(sorted(made.values())), min_size=1))
    noise = st.text(st.characters(exclude_characters="-:/{[M"), max_size=30)
    whole = b"".join(
        f" {data.draw(noise)}\n".encode("utf-8", "replace") + write_pem([der])
        for der in ders_in
    )

    assert ders(whole) == ders_in
