"""The structure of a PKCS#12 file (RFC 7292): walked over before a key is derived."""

import hmac
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple

from lab.errors import BadInputError
from lab.pki.ber import join_strings, to_der
from lab.pki.der import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    element,
    expect,
    oid_text,
    wrap,
)
from lab.pki.kinds import elements

_DATA = bytes.fromhex("2a864886f70d010701")
_ENCRYPTED_DATA = bytes.fromhex("2a864886f70d010706")
_KEY_BAG = bytes.fromhex("2a864886f70d010c0a0101")
_SHROUDED_KEY_BAG = bytes.fromhex("2a864886f70d010c0a0102")
_SALT_AND_COUNT = {
    *(bytes.fromhex(f"2a864886f70d010c01{n:02x}") for n in range(1, 7)),  # RFC 7292 C
    *(bytes.fromhex(f"2a864886f70d0105{n:02x}") for n in (1, 3, 4, 6, 10, 11)),  # PBES1
    bytes.fromhex("2a864886f70d01050c"),  # PBKDF2, RFC 8018 A.2
}
_SCRYPT = bytes.fromhex("2b06010401da47040b")  # RFC 7914 7.1
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBMAC1 = bytes.fromhex("2a864886f70d01050e")
_LONGEST_OID = 32
_VERSION_0, _VERSION_3 = b"\x02\x01\x00", b"\x02\x01\x03"


class Safes(NamedTuple):
    """What the walk over a file found, before any key is derived."""

    ders: list[bytes]  # ContentInfo each, without the private keys
    iterations: int  # to open the locked safes; or of a key or the seal, if more
    keys: int
    is_locked: bool
    is_old: bool  # locked in a way that tells an empty password from none


def unlocked_copies(safes: Safes, password: str) -> Iterator[bytes]:
    """Write the file anew for the library, with a key of nobody's in front.

    The library opens the first key that it meets and no other. So it never opens one
    of the file's, not even one inside a locked safe, where no iteration can be counted.
    """
    content = wrap(SEQUENCE, b"".join([_NOBODYS_KEY, *safes.ders]))
    start = _VERSION_3 + _data(content)
    yield wrap(SEQUENCE, start)
    if safes.is_old and not password:
        # An empty password has two bytes, and none has none (RFC 7292 appendix B.1).
        # The library takes the one that a seal fits, and without a seal the latter.
        seal = hmac.digest(_SEAL_KEY, content, "sha256")
        digest = wrap(SEQUENCE, _SHA256 + wrap(OCTET_STRING, seal))
        yield wrap(
            SEQUENCE, start + wrap(SEQUENCE, digest + wrap(OCTET_STRING, _SEAL_SALT))
        )


def read_safes(data: bytes) -> Safes:
    """Find what a file holds and what opening it costs; BadInputError if it is none.

    Nothing is decrypted.
    """
    for definite in (bytes, to_der):  # some programs write BER
        try:
            return _walk(data, definite)
        except (ValueError, IndexError):
            continue
    raise broken()


def _walk(data: bytes, definite: Callable[[bytes], bytes]) -> Safes:
    """Walk over a PFX (RFC 7292 section 4); ValueError when it is not built so."""
    data = definite(data)
    start, end = expect(data, 0, SEQUENCE)
    if end != len(data):
        raise ValueError("bytes follow the file")
    _, at = expect(data, start, INTEGER)
    kind, content, at = _content_info(data, at)
    if kind != _DATA:
        raise _unknown(kind)
    ders, keys, is_locked, is_old = [], 0, False, False
    most, iterations = _of_seal(data[at:end]) if at < end else 0, 0
    safes = definite(_octets(content))
    for _, begin, _, stop in elements(safes, *expect(safes, 0, SEQUENCE)):
        kind, content, _ = _content_info(safes[begin:stop], 0)
        if kind == _DATA:
            bags, count, found = _open_safe(definite(_octets(content)))
            ders.append(_data(bags))
            most, keys = max(most, count), keys + found
        elif kind == _ENCRYPTED_DATA:
            der, count, without_pbes2 = _locked_safe(content)
            ders.append(der)
            iterations, is_locked = iterations + count, True
            is_old = is_old or without_pbes2
        else:
            raise _unknown(kind)
    return Safes(ders, max(most, iterations), keys, is_locked, is_old)


def _open_safe(safe: bytes) -> tuple[bytes, int, int]:
    """The bags that are no keys; the most iterations of a key; how many keys."""
    kept, most, keys = [], 0, 0
    for _, begin, start, stop in elements(safe, *expect(safe, 0, SEQUENCE)):
        first, at = expect(safe, start, OID)
        kind = safe[first:at]
        if kind == _SHROUDED_KEY_BAG:
            value, _ = expect(safe, at, 0xA0)
            info, _ = expect(safe, value, SEQUENCE)
            most = max(most, _iterations(safe[info : element(safe, info)[2]]))
        if kind in (_KEY_BAG, _SHROUDED_KEY_BAG):
            keys += 1
        else:
            kept.append(safe[begin:stop])
    return wrap(SEQUENCE, b"".join(kept)), most, keys


def _locked_safe(content: bytes) -> tuple[bytes, int, bool]:
    # EncryptedData and EncryptedContentInfo: RFC 5652 sections 8 and 6.1.
    start, _ = expect(content, 0, SEQUENCE)
    _, at = expect(content, start, INTEGER)
    start, _ = expect(content, at, SEQUENCE)
    _, at = expect(content, start, OID)
    _, _, after = element(content, at)
    algorithm = content[at:after]
    tag, first, last = element(content, after)
    secret = content[first:last]
    if tag == 0xA0:  # BER, in parts
        secret = join_strings(
            secret[begin:stop] for _, begin, _, stop in elements(secret, 0, len(secret))
        )
    inner = wrap(SEQUENCE, content[start:after] + wrap(0x80, secret))
    whole = wrap(0xA0, wrap(SEQUENCE, _VERSION_0 + inner))
    der = wrap(SEQUENCE, wrap(OID, _ENCRYPTED_DATA) + whole)
    return der, _iterations(algorithm), wrap(OID, _PBES2) not in algorithm[:16]


def _of_seal(mac: bytes) -> int:
    # MacData: RFC 7292 section 4, RFC 9579.
    start, end = expect(mac, 0, SEQUENCE)
    digest, at = expect(mac, start, SEQUENCE)
    algorithm = mac[digest : element(mac, digest)[2]]
    first, last = expect(algorithm, expect(algorithm, 0, SEQUENCE)[0], OID)
    if algorithm[first:last] == _PBMAC1:
        return _iterations(algorithm)
    _, at = expect(mac, at, OCTET_STRING)
    return _number(mac, at) if at < end else 1


def _iterations(algorithm: bytes) -> int:
    """How often deriving a key iterates; BadInputError when nobody can tell."""
    start, _ = expect(algorithm, 0, SEQUENCE)
    first, at = expect(algorithm, start, OID)
    kind = algorithm[first:at]
    if kind in (_PBES2, _PBMAC1):  # the derivation comes first: RFC 8018 A.4, A.5
        at, _ = expect(algorithm, at, SEQUENCE)
        start, _ = expect(algorithm, at, SEQUENCE)
        first, at = expect(algorithm, start, OID)
        kind = algorithm[first:at]
    if kind not in _SALT_AND_COUNT and kind != _SCRYPT:
        raise _unknown(kind)
    start, _ = expect(algorithm, at, SEQUENCE)
    _, at = expect(algorithm, start, OCTET_STRING)
    product = 1
    for _ in range(3 if kind == _SCRYPT else 1):  # cost, block size, parallel
        product *= _number(algorithm, at)
        at = expect(algorithm, at, INTEGER)[1]
    return product


def _number(data: bytes, at: int) -> int:
    start, end = expect(data, at, INTEGER)
    if end - start > 8:
        return 1 << 63  # too many, and costly to print
    return max(1, int.from_bytes(data[start:end]))


def _content_info(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    """Kind and content of a ContentInfo, and where it ends (RFC 5652 section 3)."""
    start, end = expect(data, at, SEQUENCE)
    first, at = expect(data, start, OID)
    begin, stop = expect(data, at, 0xA0)
    return data[first:at], data[begin:stop], end


def _octets(content: bytes) -> bytes:
    start, end = expect(content, 0, OCTET_STRING)
    return content[start:end]


def _data(content: bytes) -> bytes:
    inner = wrap(0xA0, wrap(OCTET_STRING, content))
    return wrap(SEQUENCE, wrap(OID, _DATA) + inner)


def broken() -> BadInputError:
    """Refuse what is no PKCS#12 file, or is damaged."""
    return BadInputError(
        "the PKCS#12 file cannot be read", hint="Copy or export the file again."
    )


def _unknown(kind: bytes) -> BadInputError:
    if len(kind) > _LONGEST_OID:
        raise ValueError("no object identifier is so long")
    return BadInputError(
        "the PKCS#12 file is protected by {kind}, which is not read",
        hint="Export it again with AES and a password.",
        kind=oid_text(kind),
    )


# An Ed25519 key of zeros (RFC 8410 section 7), unlocked.
_ZEROS = wrap(OCTET_STRING, wrap(OCTET_STRING, bytes(32)))
_PKCS8 = wrap(
    SEQUENCE, _VERSION_0 + wrap(SEQUENCE, wrap(OID, bytes.fromhex("2b6570"))) + _ZEROS
)
_NOBODYS_KEY = _data(
    wrap(SEQUENCE, wrap(SEQUENCE, wrap(OID, _KEY_BAG) + wrap(0xA0, _PKCS8)))
)
# The key that RFC 7292 appendix B.2 derives from an empty password, a salt of zeros
# and one iteration of SHA-256: the identifier of a seal, the salt, the password.
_SEAL_SALT = bytes(8)
_SEAL_KEY = sha256(b"\x03" * 64 + bytes(64) + bytes(64)).digest()
_SHA256 = wrap(SEQUENCE, wrap(OID, bytes.fromhex("608648016503040201")) + b"\x05\x00")
