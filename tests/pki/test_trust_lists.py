"""ITL and CTL files: what is written is read again, and nothing else is."""

import struct
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from hypothesis import given
from hypothesis import strategies as some

from lab.errors import BadInputError
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_self_signed
from lab.pki.keys import make_key
from lab.pki.reading import read_certificate
from lab.pki.trust_list_building import build_trust_list, list_name
from lab.pki.trust_list_text import absent_text, list_text
from lab.pki.trust_lists import MAX_LIST_BYTES, is_signed_by, read_trust_list
from lab.rules.trust_lists import LIST_ROLES

AT = datetime(2030, 1, 1, 12, tzinfo=UTC)
RSA, EC = KeySpec(type="RSA", size=2048), KeySpec(type="EC", size=256)


def certificate_of(key, name):
    return read_certificate(
        build_self_signed(
            subject=SubjectFields(common_name=name, organization="Site, north"),
            key=key,
            not_before=AT,
            not_after=AT.replace(year=2035),
            key_usage=["digitalSignature"],
            extended_key_usage=[],
        )
    )


@pytest.fixture(scope="module")
def keys():
    return {"rsa": make_key(RSA), "ec": make_key(EC), "big": make_key(EC)}


@pytest.fixture(scope="module")
def recovery(keys):
    return certificate_of(keys["rsa"], "ITLRECOVERY_pub.example")


@pytest.fixture(scope="module")
def caller(keys):
    return certificate_of(keys["ec"], "sub.example")


@pytest.fixture(scope="module")
def file(keys, recovery, caller):
    return build_trust_list(
        "ITLFile.tlv",
        [
            ("SAST", "pub", recovery),
            ("CCM+TFTP", "sub", caller),
            ("SAST", "sub", caller),
            ("TVS", "sub", caller),
        ],
        signer=recovery,
        key=keys["rsa"],
        made_at=AT,
    )


def test_what_is_written_is_read_again(file, recovery, caller):
    found = read_trust_list(file)

    assert (found.name, found.made_at, found.size) == ("ITLFile.tlv", AT, len(file))
    assert found.signer_serial == recovery.serial
    assert found.signer_name == found.issuer_name == list_name(recovery.subject)
    assert [(each.role, each.node) for each in found.records] == [
        ("SAST", "pub"),
        ("CCM+TFTP", "sub"),
        ("SAST", "sub"),
        ("TVS", "sub"),
    ]
    assert [each.certificate for each in found.records] == [recovery] + [caller] * 3
    assert found.known("TVS", "CCM+TFTP") == {caller.sha256}
    assert found.known("SAST") == {recovery.sha256, caller.sha256}


def test_the_bytes_are_those_of_the_public_format(file, recovery):
    """Walked by hand, as usecallmanager.nz describes it, without the lab's reader."""
    assert file[:10] == bytes.fromhex("010002 0102 020002") + file[8:10]
    (header,) = struct.unpack(">H", file[8:10])
    assert header % 4 == 0
    assert file[10:15] == bytes.fromhex("1c0002 0101")
    assert file[15] == 3  # the signer's identity, with name, serial and issuer in it
    (inner,) = struct.unpack(">H", file[16:18])
    name, serial = list_name(recovery.subject).encode() + b"\0", recovery.serial
    number = bytes.fromhex(serial)
    assert file[18 : 21 + len(name)] == b"\4" + struct.pack(">H", len(name)) + name
    at = 21 + len(name)
    assert file[at : at + 3 + len(number)] == b"\5" + struct.pack(">H", 16) + number
    at = 18 + inner
    assert file[at : at + 18] == bytes.fromhex(
        "07000f 080001 03 090008 0a0001 00 0b0001 02".replace(" ", "")
    )
    at += 18
    tag, length = struct.unpack(">BH", file[at : at + 3])
    assert (tag, length) == (12, 256)
    signature = file[at + 3 : at + 3 + length]
    signed = file[:at] + file[at + 3 + length :]
    key = x509.load_der_x509_certificate(recovery.der).public_key()
    key.verify(signature, signed, PKCS1v15(), hashes.SHA512())
    rest = file[at + 3 + length : header]
    assert rest.startswith(b"\x0e" + struct.pack(">H", 12) + b"ITLFile.tlv\0")
    assert struct.pack(">BHI", 15, 4, int(AT.timestamp())) in rest
    assert set(rest[22:]) <= {13}
    ends = []
    at = header
    while at < len(file):
        tag, length, whole = struct.unpack(">BHH", file[at : at + 5])
        assert (tag, length) == (1, 2)
        at += whole
        ends.append(at)
    assert len(ends) == 4
    assert ends[-1] == len(file)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_only_the_key_that_signed_verifies(kind, keys, recovery, caller):
    signer = {"rsa": recovery, "ec": caller}[kind]
    other = {"rsa": caller, "ec": recovery}[kind]
    file = build_trust_list(
        "CTLFile.tlv",
        [("SAST", "pub", other)],
        signer=signer,
        key=keys[kind],
        made_at=AT,
    )

    found = read_trust_list(file)

    assert is_signed_by(found, signer.der)
    assert not is_signed_by(found, other.der)
    assert not is_signed_by(found, certificate_of(keys["big"], "sub.example").der)
    assert not is_signed_by(found, b"no certificate")


def test_a_moment_that_four_bytes_cannot_tell_is_the_last_they_can(keys, recovery):
    file = build_trust_list(
        "L",
        [("SAST", "n", recovery)],
        signer=recovery,
        key=keys["rsa"],
        made_at=AT.replace(year=2200),
    )

    assert read_trust_list(file).made_at.year == 2106


@pytest.mark.parametrize("role", [row.name for row in LIST_ROLES])
def test_every_role_has_its_number(role, keys, recovery):
    file = build_trust_list(
        "L", [(role, "n", recovery)], signer=recovery, key=keys["rsa"], made_at=AT
    )

    (record,) = read_trust_list(file).records

    number = {row.name: row.number for row in LIST_ROLES}[role]
    (function,) = (each.value for each in record.fields if each.tag == 4)
    assert (record.role, int.from_bytes(function)) == (role, number)


def test_a_changed_byte_of_a_record_breaks_the_signature(file, recovery):
    broken = bytearray(file)
    broken[file.index(b"sub\0")] ^= 1

    assert not is_signed_by(read_trust_list(bytes(broken)), recovery.der)


def test_the_text_has_the_shape_of_show_itl(file, recovery):
    text = list_text(file, read_trust_list(file), "ITL")

    lines = text.splitlines()
    assert lines[1].endswith("(MD5)")
    assert lines[2].endswith("(SHA1)")
    assert f"Length of ITL file: {len(file)}" in lines
    assert "ITL Record #:4" in lines
    assert "4       FUNCTION        2       TVS" in lines
    assert lines.count("This etoken was used to sign the ITL file.") == 1
    assert recovery.sha1.upper() in text
    assert lines[-1] == "The ITL file was verified successfully."


def test_the_text_says_when_the_signature_does_not_fit(file):
    broken = bytearray(file)
    broken[file.index(b"sub\0")] ^= 1

    text = list_text(bytes(broken), read_trust_list(bytes(broken)), "ITL")

    assert text.endswith("could not be verified.")


def test_an_absent_list_has_no_length(file):
    assert absent_text("CTL").splitlines() == [
        "Length of CTL file: 0",
        "CTL File not found",
        "Error parsing the CTL File.",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda file: file[:-1],
        lambda file: file[:9],
        lambda file: file + b"\0",
        lambda file: file + b"\1\0\2\0\0",
        lambda file: b"\2" + file[1:],
        lambda file: file[:8] + b"\0\0" + file[10:],
        lambda file: file[:8] + b"\xff\xff" + file[10:],
        lambda file: file.replace(b"\x0e\0\x0c", b"\x63\0\x0c", 1),
        lambda file: file + bytes(MAX_LIST_BYTES),
    ],
    ids=[
        "empty",
        "cut",
        "cut in the header",
        "one byte more",
        "a record of no length",
        "another first tag",
        "no header",
        "a header longer than the file",
        "an unknown tag",
        "huge",
    ],
)
def test_what_is_no_list_is_refused(file, change):
    with pytest.raises(BadInputError):
        read_trust_list(change(file))


@given(some.binary(max_size=400))
def test_any_bytes_are_a_list_or_refused(data):
    with suppress(BadInputError):
        assert read_trust_list(data).records


@given(data=some.data())
def test_a_list_with_bytes_changed_or_cut_is_a_list_or_refused(file, data):
    broken = bytearray(file)
    for _ in range(data.draw(some.integers(1, 5))):
        at = data.draw(some.integers(0, len(broken) - 1))
        broken[at] = data.draw(some.integers(0, 255))
    cut = data.draw(some.integers(0, len(broken)))
    for each in (bytes(broken), bytes(broken[:cut])):
        try:
            found = read_trust_list(each)
        except BadInputError:
            continue
        list_text(each, found, "ITL")
