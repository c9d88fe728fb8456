import os
from contextlib import suppress
from hashlib import pbkdf2_hmac

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInputError, PasswordNeededError
from lab.pki.der import INTEGER, OCTET_STRING, OID, SEQUENCE, element, wrap
from lab.pki.files import Contents, Piece, read_file
from lab.pki.keys import to_der
from lab.pki.pkcs12 import (
    MAX_ITERATIONS,
    MAX_PASSWORD_LENGTH,
    MAX_PASSWORDS,
    read_pkcs12,
)

NULL = b"\x05\x00"
VERSION_0, VERSION_3 = b"\x02\x01\x00", b"\x02\x01\x03"
DATA, ENCRYPTED = "2a864886f70d010701", "2a864886f70d010706"
KEY_BAG, SHROUDED, CERTIFICATE_BAG = (f"2a864886f70d010c0a01{n:02}" for n in (1, 2, 3))
PBKDF2, PBES2, PBMAC1 = (f"2a864886f70d0105{n}" for n in ("0c", "0d", "0e"))
SCRYPT, OLD_3DES = "2b06010401da47040b", "2a864886f70d010c0103"
PASSWORD = "secret"


# -- Files by hand: what no tool writes -----------------------------------------------


def oid(value):
    return wrap(OID, bytes.fromhex(value))


def number(value):
    return wrap(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def sequence(*parts):
    return wrap(SEQUENCE, b"".join(parts))


def algorithm(kind, *parameters):
    return sequence(oid(kind), sequence(*parameters))


def derivation(iterations, salt=b"salt"):
    sha256 = sequence(oid("2a864886f70d0209"), NULL)
    return algorithm(PBKDF2, wrap(OCTET_STRING, salt), number(iterations), sha256)


def scheme(how, iv=bytes(16)):
    aes = sequence(oid("60864801650304012a"), wrap(OCTET_STRING, iv))
    return algorithm(PBES2, how, aes)


def lock(plain, iterations, real=None):
    """Encrypt with PBES2; `real` iterations, where the file tells another count."""
    salt, iv = os.urandom(16), os.urandom(16)
    key = pbkdf2_hmac("sha256", PASSWORD.encode(), salt, real or iterations, 32)
    padder = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    secret = cipher.update(padded) + cipher.finalize()
    return scheme(derivation(iterations, salt), iv), secret


def content(kind, inner):
    return sequence(oid(kind), wrap(0xA0, inner))


def open_safe(*bags):
    return content(DATA, wrap(OCTET_STRING, sequence(*bags)))


def locked_safe(how, secret=bytes(32)):
    inner = sequence(oid(DATA), how, wrap(0x80, secret))
    return content(ENCRYPTED, sequence(VERSION_0, inner))


def bag(kind, value):
    return sequence(oid(kind), wrap(0xA0, value))


def certificate_bag(der):
    kind = oid("2a864886f70d01091601")
    return bag(CERTIFICATE_BAG, sequence(kind, wrap(0xA0, wrap(OCTET_STRING, der))))


def shrouded(how, secret=bytes(64)):
    return bag(SHROUDED, sequence(how, wrap(OCTET_STRING, secret)))


def archive(*safes, mac=b""):
    inner = wrap(OCTET_STRING, sequence(*safes))
    return sequence(VERSION_3, content(DATA, inner), mac)


def seal(iterations=None, kind=None):
    digest = kind or sequence(oid("608648016503040201"), NULL)
    count = [] if iterations is None else [number(iterations)]
    hashed = sequence(digest, wrap(OCTET_STRING, bytes(32)))
    return sequence(hashed, wrap(OCTET_STRING, b"salt"), *count)


def with_open_ends(data, at=0, end=None):
    """The same in BER: indefinite lengths, strings in parts."""
    out = b""
    end = len(data) if end is None else end
    while at < end:
        tag, start, stop = element(data, at)
        if tag & 0x20:
            inner = with_open_ends(data, start, stop)
            out += bytes((tag, 0x80)) + inner + b"\0\0"
        elif tag == OCTET_STRING and stop - start > 40:
            middle = start + 20
            inner = wrap(4, data[start:middle]) + wrap(4, data[middle:stop])
            out += b"\x24\x80" + inner + b"\0\0"
        elif tag == 0x80:
            out += b"\xa0\x80" + wrap(4, data[start:stop]) + b"\0\0"
        else:
            out += data[at:stop]
        at = stop
    return out


@pytest.fixture(scope="module")
def chain(leaf, issuing, root):
    return [leaf, issuing, root]


@pytest.fixture(scope="module")
def written(chain, ec_keys):
    """Have the library write a file with the leaf's key, and the chain."""
    first, *rest = map(x509.load_der_x509_certificate, chain)

    def write(password=PASSWORD, *, name=b"tomcat", key=ec_keys[2], how=None):
        locked = BestAvailableEncryption(password.encode()) if password else None
        return pkcs12.serialize_key_and_certificates(
            name, key, first if key else None, rest, how or locked or NoEncryption()
        )

    return write


def ders(data, passwords=(PASSWORD,)):
    return [piece.der for piece in read_pkcs12(data, passwords)]


# -- What is read ---------------------------------------------------------------------


def test_certificates_come_with_their_names_and_the_key_stays(written, chain):
    contents = Contents()

    found = read_pkcs12(written(), [PASSWORD], contents)

    assert [piece.der for piece in found] == chain
    assert found[0] == Piece(chain[0], place="tomcat", label="tomcat")
    assert found[1] == Piece(chain[1])
    assert contents.private_keys == 1


def test_a_name_that_is_no_purpose_and_no_store_is_no_place(written):
    assert read_pkcs12(written(name=b"my key"), [PASSWORD])[0].place == ""
    assert read_pkcs12(written(name=b"CAPF-trust"), [PASSWORD])[0].place == "CAPF-trust"


@pytest.mark.parametrize(
    "password", ["geheim", "pässwörd", "パスワード", "🔑", "x" * 256]
)
def test_the_right_password_opens_it_wherever_it_stands(written, chain, password):
    data = written(password)

    assert ders(data, [password]) == chain
    assert ders(data, ["", "wrong", "wröng", password]) == chain


def test_an_empty_password_is_tried_by_itself(written, chain):
    data = written("")

    assert ders(data, []) == ders(data, ["another"]) == chain


def test_what_is_not_locked_needs_no_password(chain):
    data = archive(open_safe(*map(certificate_bag, chain)), mac=seal(2048))

    assert ders(data, []) == ders(data, ["wrong"]) == chain


@pytest.mark.parametrize("passwords", [[], ["wrong"], ["", "wrong", "Secret"]])
def test_without_the_password_it_stays_closed(written, passwords):
    with pytest.raises(PasswordNeededError) as refused:
        read_pkcs12(written(), passwords)

    assert "password" in str(refused.value)
    assert refused.value.hint.endswith(".")
    assert "Secret" not in f"{refused.value} {refused.value.hint}"


def test_a_file_is_told_by_its_bytes_and_takes_passwords(written, chain):
    contents = Contents()

    found = list(read_file(written(), passwords=[PASSWORD], contents=contents))

    assert [piece.der for piece in found] == chain
    assert (contents.format, contents.private_keys) == ("PKCS#12", 1)
    with pytest.raises(PasswordNeededError):
        list(read_file(written()))


def test_a_key_alone_is_no_certificate(ec_keys):
    data = pkcs12.serialize_key_and_certificates(
        None, ec_keys[2], None, None, BestAvailableEncryption(PASSWORD.encode())
    )

    with pytest.raises(BadInputError, match="a private key and no certificate"):
        read_pkcs12(data, [PASSWORD])
    with pytest.raises(BadInputError, match="no certificate in the file"):
        read_pkcs12(archive(open_safe()), [])


def test_keys_are_counted_and_never_opened(chain, ec_keys):
    key = bag(KEY_BAG, to_der(ec_keys[2]))
    bags = [certificate_bag(der) for der in chain]
    unreadable = shrouded(scheme(derivation(2048)))
    contents = Contents()

    found = read_pkcs12(archive(open_safe(key, unreadable, *bags, key)), [], contents)

    assert [piece.der for piece in found] == chain
    assert contents.private_keys == 3


def test_not_even_a_key_inside_a_locked_safe_is_opened(chain):
    # It claims two thousand million iterations where nobody can count them. Opening it
    # would take minutes, and fail: the real count is another one.
    key = shrouded(*lock(bytes(32), 2_000_000_000, real=1))
    safe = lock(sequence(key, *map(certificate_bag, chain)), 2048)

    assert ders(archive(locked_safe(*safe))) == chain


def test_ber_is_read_like_der(written, chain, ec_keys):
    for data in (written(), written("")):
        assert ders(with_open_ends(data)) == chain
    inside = archive(open_safe(*map(certificate_bag, chain)))
    safes = sequence(open_safe(*map(certificate_bag, chain)))
    deeper = sequence(
        VERSION_3, content(DATA, wrap(OCTET_STRING, with_open_ends(safes)))
    )

    assert ders(with_open_ends(inside)) == ders(deeper) == chain
    assert [p.der for p in read_file(with_open_ends(inside))] == chain


# -- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (archive(locked_safe(scheme(derivation(10_000_000)))), 10_000_000),
        (archive(open_safe(shrouded(scheme(derivation(1 << 31))))), 1 << 31),
        (archive(open_safe(), mac=seal(10_000_000)), 10_000_000),
        (
            archive(open_safe(), mac=seal(1, algorithm(PBMAC1, derivation(1 << 40)))),
            1 << 40,
        ),
        (
            archive(
                locked_safe(
                    algorithm(OLD_3DES, wrap(OCTET_STRING, b"salt"), number(10**7))
                )
            ),
            10**7,
        ),
        (
            archive(
                locked_safe(
                    scheme(
                        algorithm(
                            SCRYPT,
                            wrap(OCTET_STRING, b"salt"),
                            *map(number, (16384, 8, 20)),
                        )
                    )
                )
            ),
            16384 * 8 * 20,
        ),
        (
            archive(
                *[locked_safe(scheme(derivation(300_000)))] * 3,
                open_safe(shrouded(scheme(derivation(300_000)))),
                mac=seal(300_000),
            ),
            900_000,
        ),
        (archive(locked_safe(scheme(derivation(1 << 80)))), 1 << 63),
        (archive(locked_safe(scheme(derivation((1 << 64) - 1)))), 1 << 63),
    ],
    ids=[
        "PBKDF2",
        "a key",
        "the seal",
        "PBMAC1",
        "3DES",
        "scrypt",
        "all safes together",
        "huge",
        "eight bytes and a sign",
    ],
)
def test_too_many_iterations_are_refused_before_any_is_done(data, count):
    with pytest.raises(BadInputError) as refused:
        read_pkcs12(data, [PASSWORD])

    assert f"asks for {count} iterations; at most 700000 are" in str(refused.value)
    assert MAX_ITERATIONS == 700_000


def test_as_many_iterations_as_allowed_are_done(chain):
    bags = sequence(*map(certificate_bag, chain))
    safe = locked_safe(*lock(bags, MAX_ITERATIONS))
    # Keys and seals are not opened: theirs do not add up.
    key = open_safe(shrouded(scheme(derivation(MAX_ITERATIONS))))

    assert ders(archive(safe, key, key, mac=seal(MAX_ITERATIONS))) == chain
    assert ders(archive(safe, mac=seal())) == chain
    with pytest.raises(BadInputError, match=f"{MAX_ITERATIONS + 1} iterations"):
        read_pkcs12(archive(locked_safe(scheme(derivation(MAX_ITERATIONS + 1)))), [])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive(locked_safe(scheme(algorithm("2a03", number(1))))), "1.2.3"),
        (archive(locked_safe(algorithm("2a0304", number(1)))), "1.2.3.4"),
        (archive(locked_safe(scheme(scheme(derivation(1))))), "1.2.840.113549.1.5.13"),
        (archive(content("2a864886f70d010703", sequence())), "1.2.840.113549.1.7.3"),
        (
            sequence(VERSION_3, content("2a864886f70d010702", sequence())),
            "1.2.840.113549.1.7.2",
        ),
    ],
    ids=["derivation", "cipher", "nested", "for a public key", "signed"],
)
def test_what_cannot_be_counted_is_not_tried(data, kind):
    with pytest.raises(BadInputError) as refused:
        read_pkcs12(data, [PASSWORD])

    assert str(refused.value) == (
        f"the PKCS#12 file is protected by {kind}, which is not read"
    )


@pytest.mark.parametrize(
    ("passwords", "message"),
    [
        (["x"] * (MAX_PASSWORDS + 1), "6 passwords were given; at most 5 are tried"),
        (["x" * (MAX_PASSWORD_LENGTH + 1)], "a password of 257 characters"),
        (["a\0b"], "a character that no password has"),
        (["a\ud800"], "a character that no password has"),
    ],
    ids=["many", "long", "null", "half a pair"],
)
def test_what_is_no_password_is_not_tried(written, passwords, message):
    with pytest.raises(BadInputError, match=message) as refused:
        read_pkcs12(written(), passwords)

    assert not isinstance(refused.value, PasswordNeededError)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        archive() + b"\0",
        archive()[:-1],
        sequence(VERSION_3, content(DATA, b"")),
        archive(sequence(oid(DATA))),
        archive(locked_safe(sequence())),
        archive(open_safe(b"\x30\x00")),
        archive(open_safe(certificate_bag(b"\x30\x00"))),
        archive(content("80" * 40, sequence())),
        b"\x30\x80" * 5000 + b"\x00\x00" * 5000,
        b"\x30\x80" + b"\x30\x00" * 200_000 + b"\x00\x00",
    ],
)
def test_what_is_built_otherwise_is_refused(data):
    with pytest.raises(BadInputError, match="cannot be read"):
        read_pkcs12(data, [PASSWORD])


def test_a_huge_file_is_refused():
    with pytest.raises(BadInputError, match="at most 8388608 are read"):
        read_pkcs12(archive(open_safe(bytes(8 << 20))), [])


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data, written):
    whole = written(data.draw(st.sampled_from([PASSWORD, ""])))
    whole = data.draw(st.sampled_from([whole, with_open_ends(whole)]))
    at = data.draw(st.integers(0, len(whole) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=4))
    gone = data.draw(st.sampled_from([len(patch), 0]))

    with suppress(BadInputError):
        assert read_pkcs12(whole[:at] + patch + whole[at + gone :], [PASSWORD])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    with suppress(BadInputError):
        assert read_pkcs12(data, [PASSWORD])


def test_no_part_of_a_key_is_in_what_comes_out(written, ec_keys):
    secret = ec_keys[2].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    scalar = ec_keys[2].private_numbers().private_value.to_bytes(32)

    for data in (written(), written("")):
        found = repr(read_pkcs12(data, [PASSWORD])).encode("latin-1")
        assert secret not in found
        assert repr(scalar)[2:-1].encode() not in found
